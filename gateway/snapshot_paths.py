"""Figures by path: where each stands in a snapshot, and whether there is such a figure at all.

A path is names with dots between, as `windows.1d.volatility` or `benchmarks.BTC.beta`. A name may
itself have dots, as ids of indices do; an entry of a calendar goes by its period, of another list
by its number from 0. A path may also stop at a group, which is then given as it is.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from engine.metrics.registry import REGISTRY

ABSENT: Any = object()
"""What is at a path that leads nowhere."""
_PATTERN = re.compile(r"[A-Za-z0-9_*]+(\.[A-Za-z0-9_*]+)*")
_PATHS = {card.path for card in REGISTRY.cards if _PATTERN.fullmatch(card.path)}
_GROUPS = {path[:k] for path in _PATHS for k, letter in enumerate(path) if letter == "."}
_KNOWN = [re.compile(re.escape(path).replace(r"\*", r".+")) for path in _PATHS | _GROUPS]
"""All figures that the registry can give, and their groups, whether or not a snapshot has them."""


def figure_at(snapshot: Any, path: str) -> Any:
    """The figure, or the group of figures, at a path; ABSENT where there is none."""
    if isinstance(snapshot, Mapping):
        if path in snapshot:
            return snapshot[path]
        end = path.find(".")
        while end >= 0:  # the shortest name that leads on
            if path[:end] in snapshot:
                found = figure_at(snapshot[path[:end]], path[end + 1 :])
                if found is not ABSENT:
                    return found
            end = path.find(".", end + 1)
        return ABSENT
    if isinstance(snapshot, list):
        name, _, rest = path.partition(".")
        found = _entry(snapshot, name)
        return figure_at(found, rest) if rest and found is not ABSENT else found
    return ABSENT


def _entry(entries: list[Any], name: str) -> Any:
    if name.isascii() and name.isdigit() and len(name) < 4:
        place = int(name)
        if place < len(entries):
            return entries[place]
    for entry in entries:
        if isinstance(entry, Mapping) and name in (entry.get("period"), entry.get("flag")):
            return entry
    return ABSENT


def reasons_of(path: str, value: Any, undefined: Mapping[str, str]) -> dict[str, str]:
    """Why the figure at a path, or those below it, are null, by their paths."""
    if value is ABSENT:
        above = _reason(path, undefined)
        return {path: above or "absent"}
    if value is None:
        found = _reason(path, undefined)
        return {path: found} if found else {}
    if isinstance(value, Mapping | list):
        below = f"{path}."
        return {p: reason for p, reason in undefined.items() if p.startswith(below)}
    return {}


def _reason(path: str, undefined: Mapping[str, str]) -> str | None:
    """A reason may stand at a whole group."""
    while path not in undefined and "." in path:
        path = path.rpartition(".")[0]
    return undefined.get(path)


def is_figure(path: str, snapshot: Mapping[str, Any] | None) -> bool:
    """Whether a snapshot has it, or some snapshot can."""
    if any(pattern.fullmatch(path) for pattern in _KNOWN):
        return True
    return snapshot is not None and figure_at(snapshot, path) is not ABSENT


def near_figures(path: str, snapshot: Mapping[str, Any] | None) -> list[str]:
    """Paths that look like this one, best first."""
    known = set(_paths(snapshot or {})) | _PATHS
    return difflib.get_close_matches(path, sorted(known), n=3, cutoff=0.5)


def _paths(body: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for name, value in body.items():
        yield f"{prefix}{name}"
        if isinstance(value, Mapping) and name != "undefined":
            yield from _paths(value, f"{prefix}{name}.")
