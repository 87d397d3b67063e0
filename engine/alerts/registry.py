"""The registry of alert kinds, found by their files.

Every module of `engine.alerts.kinds` has a `KIND` (`engine.alerts.kind.AlertKind`).
"""

from __future__ import annotations

import importlib
import pkgutil

from engine.alerts import kinds
from engine.alerts.kind import AlertKind


def discovered() -> list[AlertKind]:
    """The kinds, by the names of their files."""
    names = sorted(module.name for module in pkgutil.iter_modules(kinds.__path__))
    found = [importlib.import_module(f"{kinds.__name__}.{name}").KIND for name in names]
    if not all(isinstance(kind, AlertKind) for kind in found):
        raise TypeError("a module of engine/alerts/kinds has no KIND of an AlertKind")
    return found


KINDS: list[AlertKind] = discovered()


def kind_named(name: str) -> AlertKind:
    """The kind of an alert."""
    return next(kind for kind in KINDS if name in kind.names)
