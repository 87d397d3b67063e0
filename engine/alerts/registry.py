"""The registry of alert kinds, found by their files.

Every module of `engine.alerts.kinds` has a `KIND` (`engine.alerts.kind.AlertKind`).
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

from engine.alerts import kinds
from engine.alerts.kind import AlertKind
from engine.alerts.rule import RuleSetting
from engine.index.definition import IndexDefinition


def discovered() -> list[AlertKind]:
    """The kinds, by the names of their files."""
    names = sorted(module.name for module in pkgutil.iter_modules(kinds.__path__))
    found = [importlib.import_module(f"{kinds.__name__}.{name}").KIND for name in names]
    if not all(isinstance(kind, AlertKind) for kind in found):
        raise TypeError("a module of engine/alerts/kinds has no KIND of an AlertKind")
    return found


KINDS: list[AlertKind] = discovered()


def told_rules(definition: IndexDefinition) -> Iterator[tuple[str, RuleSetting]]:
    """The rules of an index as people are told of them, each with the kind of its alerts."""
    for kind in KINDS:
        yield from kind.told(definition)


def kind_named(name: str) -> AlertKind:
    """The kind of an alert."""
    return next(kind for kind in KINDS if name in kind.names)
