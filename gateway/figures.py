"""The figures of a snapshot as a type: what rows, rankings and screens may rely on.

It is made of the registry's cards, so that a metric more is checked without a word here. A figure
is a number, a time or null as its card displays it; any group may be null as a whole. What no card
names, and what a card shows as text, is free.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from engine.metrics.machinery.card import Card
from engine.metrics.registry import REGISTRY
from engine.records.bounds import Time

_PATH = re.compile(r"[A-Za-z0-9_*]+(\.[A-Za-z0-9_*]+)*")
_FREE = ("text", "date")
ANY = "*"
"""Stands in a path for any name, or for a place in a list."""
_RANKED = {
    goal.path[: goal.path.index(ANY)] for goal in REGISTRY.goals.values() if ANY in goal.path
}
"""Groups of which a ranking takes the first name: these are no lists."""


def tree(cards: Iterable[Card]) -> dict[str, Any]:
    """Cards by the names in their paths, one below the other; those that are no path are left."""
    found: dict[str, Any] = {}
    for card in cards:
        if _PATH.fullmatch(card.path):
            *above, last = card.path.split(".")
            node = found
            for name in above:
                node = node.setdefault(name, {})
            node[last] = card
    return found


def _type_of(path: tuple[str, ...], node: Any) -> Any:
    """The type of a figure, or of a group of them."""
    if isinstance(node, Card):
        if node.display in _FREE:
            return Any
        return Time | None if node.display == "time" else float | None
    if all(isinstance(inner, Card) and inner.display in _FREE for inner in node.values()):
        return Any
    if set(node) == {ANY}:
        inner = _type_of((*path, ANY), node[ANY])
        by_name: Any = dict[str, inner] | None  # type: ignore[valid-type]
        return by_name if path in _RANKED else by_name | list[inner]  # type: ignore[valid-type]
    named = {key: inner for key, inner in node.items() if key != ANY}
    fields = [
        (f"f{k}", _type_of((*path, key), inner), None)
        for k, (key, inner) in enumerate(named.items())
    ]
    rename = {f"f{k}": key for k, key in enumerate(named)}
    return msgspec.defstruct("_".join(("Snapshot", *path)), fields, rename=rename) | None


Figures = _type_of((), tree(REGISTRY.cards))
"""A snapshot, or null."""


def check_figures(snapshot: Any) -> None:
    """Raises msgspec.ValidationError where a figure is not what its card says."""
    msgspec.convert(snapshot, Figures)
