"""The registry of metrics: the families of this package, found by their files.

Every module of `engine.metrics` but this one is a family and has a `FAMILY`
(`machinery.family.Family`); the package in it is machinery. Whoever lists figures (snapshots,
cards, documents, targets, rankings, REST, the page) reads them here.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

import engine.metrics
from engine.metrics.machinery.family import Family
from engine.metrics.machinery.registry import Registry


def discovered() -> Iterator[Family]:
    """The families of this package, by the names of their files."""
    found = pkgutil.iter_modules(engine.metrics.__path__)
    for name in sorted(module.name for module in found if not module.ispkg):
        if name != "registry":
            module = importlib.import_module(f"engine.metrics.{name}")
            family = getattr(module, "FAMILY", None)
            if not isinstance(family, Family):
                raise TypeError(f"engine/metrics/{name}.py: it has no FAMILY; see registry.py")
            yield family


REGISTRY = Registry(tuple(discovered()))
