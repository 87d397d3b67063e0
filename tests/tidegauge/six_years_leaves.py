"""The leaves of a snapshot, what they should be, and the comparison that leaves none out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

NEAR = 1e-9


class Leaf(NamedTuple):
    """What a leaf should be: a float within `NEAR` of `scale`, else equal; a null has a reason.

    `scale` None is the figure's own size; for sums and ratios of sums it is the sum of the
    magnitudes of the terms, divided as the figure is.
    """

    value: Any
    scale: float | None = None
    reason: str | None = None


Leaves = dict[str, Leaf]


def null(reason: str) -> Leaf:
    """A figure that is not defined."""
    return Leaf(None, None, reason)


def figure(value: float | None, reason: str, scale: float | None = None) -> Leaf:
    """A figure that may not be defined; `scale` counts beside its own size."""
    if value is None:
        return null(reason)
    return Leaf(value, None if scale is None else max(scale, abs(value)))


def under(path: str, leaves: Leaves) -> Leaves:
    """The same leaves below a path."""
    return {f"{path}.{name}": leaf for name, leaf in leaves.items()}


def walk(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every leaf with its path; empty mappings and lists are leaves, calendar entries have names"""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from walk(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value:
        for place, inner in enumerate(value):
            name = inner["period"] if path.startswith("calendar.") else place
            yield from walk(inner, f"{path}.{name}")
    else:
        yield path, value


def as_leaves(value: Any, path: str) -> Leaves:
    """Values that must be equal, or within 1e-9 of their own size."""
    return {name: Leaf(inner) for name, inner in walk(value, path)}


def compare(found: dict[str, Any], expected: Leaves) -> tuple[float, str]:
    """Hold every leaf of a snapshot against what it should be; the largest deviation, and where.

    Every null has its reason, but in the evidence of a flag, where the cycle that lasts has not
    recovered: a flag's evidence is no figure of its own.
    """
    where = (found["index"], found["as_of"])
    reasons = found["undefined"]
    leaves = dict(walk({k: v for k, v in found.items() if k != "undefined"}))
    assert leaves.keys() == expected.keys(), (where, leaves.keys() ^ expected.keys())
    worst = (0.0, "")
    for path, leaf in expected.items():
        value = leaves[path]
        if isinstance(leaf.value, float):
            assert isinstance(value, float), (where, path, value, leaf)
            apart = abs(value - leaf.value)
            scale = abs(leaf.value) if leaf.scale is None else leaf.scale
            assert apart <= NEAR * scale, (where, path, value, leaf)
            if apart:
                worst = max(worst, (apart / scale, path))
        else:
            assert value == leaf.value, (where, path, value, leaf)
            assert type(value) is type(leaf.value), (where, path, value, leaf)
    nulls = {path: leaf.reason for path, leaf in expected.items() if leaf.value is None}
    told = {path: why for path, why in nulls.items() if why or not path.startswith("flags.")}
    assert reasons == told, (where, dict(reasons.items() ^ told.items()))
    return worst
