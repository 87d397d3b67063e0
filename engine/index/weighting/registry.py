"""The weighting methods, found by their files.

Every module of `engine.index.weighting` that has a `METHOD` is one; whoever needs to know which
there are, or what one of them takes, reads it here.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence
from types import ModuleType
from typing import Any

from engine.index import weighting
from engine.index.weighting.method import Member, Method


def find(package: ModuleType) -> dict[str, Method]:
    """The methods that the modules of a package declare, by name."""
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    modules = [importlib.import_module(f"{package.__name__}.{n}") for n in names if n != "registry"]
    methods = [module.METHOD for module in modules if hasattr(module, "METHOD")]
    return {method.name: method for method in methods}


METHODS: dict[str, Method] = find(weighting)


def method_of(definition: Any) -> Method:
    """The method that an index definition names."""
    return METHODS[definition.weighting]


def weigh(definition: Any, members: Sequence[Member]) -> list[float]:
    """The weights of the members: they sum to one, or are all zero where none can be weighed."""
    method = method_of(definition)
    return method.weigh(members, {key: getattr(definition, key) for key in method.keys})


def unweighable(definition: Any, keys: Sequence[str], members: Sequence[Member]) -> tuple[str, ...]:
    """The keys that get no weight by the method, for want of something that it must know."""
    known = method_of(definition).is_known
    return tuple(key for key, member in zip(keys, members, strict=True) if not known(member))


def parameters(definition: Any) -> tuple[Any, ...]:
    """What `weigh` takes from a definition beside the shares: where it changes, weights may."""
    keys = method_of(definition).keys
    return (definition.weighting, *(getattr(definition, key) for key in keys)) if keys else ()
