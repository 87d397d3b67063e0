"""In which pieces the figures of an index are read, and how they are put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import is_
from typing import Any, NamedTuple

from engine.kept import Joined
from engine.metrics.machinery.family import INSTANT, Part
from engine.metrics.machinery.registry import Registry

BENCHMARKS = "benchmarks"
"""The section that has a mapping for each benchmark."""


class Piece(NamedTuple):
    """A part of the figures; of those against benchmarks, what it says of one of them."""

    part: Part
    benchmark: str | None = None


Read = tuple[Any, Mapping[str, str]]
"""What stands in the section by a piece, and the reasons of its nulls by their whole path."""


class Plan:
    """The pieces of an index with these benchmarks, in the order of the snapshot."""

    def __init__(self, registry: Registry, benchmarks: Sequence[str]) -> None:
        pieces: list[Piece] = []
        self._sections = registry.sections
        self._groups: list[tuple[str, str | None, tuple[int, ...]]] = []
        """Section, benchmark, and the places of the pieces that are joined there."""
        for section in registry.sections:
            parts = [part for part in registry.parts if part.section == section]
            names: Sequence[str | None] = benchmarks if section == BENCHMARKS else (None,)
            for name in names:
                places = tuple(range(len(pieces), len(pieces) + len(parts)))
                self._groups.append((section, name, places))
                pieces += [Piece(part, name) for part in parts]
        self.pieces = tuple(pieces)
        self.instants = [k for k, piece in enumerate(pieces) if piece.part.changes == INSTANT]
        """Places of the pieces that are read anew each time."""
        self.others = [k for k, piece in enumerate(pieces) if piece.part.changes != INSTANT]

    def join(self, found: Sequence[Read], joined: dict[int, Joined]) -> dict[str, Any]:
        """The figures by section, from what was read of each piece. What was `joined` before is
        used again as long as its parts are the same."""
        body: dict[str, Any] = dict.fromkeys(self._sections)
        body[BENCHMARKS] = {}
        for section, name, places in self._groups:
            parts = [found[k][0] for k in places]
            value = parts[0]
            if len(parts) > 1:
                before = joined.get(places[0])
                if before is None or not all(map(is_, before.parts, parts)):
                    before = joined[places[0]] = Joined(parts)
                value = before
            if name is None:
                body[section] = value
            else:
                body[section][name] = value
        return body

    def reasons(self, found: Sequence[Read]) -> dict[str, str]:
        """The reasons of all nulls."""
        reasons: dict[str, str] = {}
        for _, undefined in found:
            reasons.update(undefined)
        return reasons
