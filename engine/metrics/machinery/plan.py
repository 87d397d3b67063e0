"""In which pieces the figures of an index are read, and how they are put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
        self._places: dict[str, dict[str | None, list[int]]] = {}
        for section in registry.sections:
            parts = [part for part in registry.parts if part.section == section]
            names: Sequence[str | None] = benchmarks if section == BENCHMARKS else (None,)
            places = self._places[section] = {}
            for name in names:
                places[name] = list(range(len(pieces), len(pieces) + len(parts)))
                pieces += [Piece(part, name) for part in parts]
        self.pieces = tuple(pieces)
        self.instants = [k for k, piece in enumerate(pieces) if piece.part.changes == INSTANT]
        """Places of the pieces that are read anew each time."""
        self.others = [k for k, piece in enumerate(pieces) if piece.part.changes != INSTANT]

    def join(self, found: Sequence[Read]) -> dict[str, Any]:
        """The figures by section, from what was read of each piece."""
        body: dict[str, Any] = {}
        for section, by_name in self._places.items():
            if section == BENCHMARKS:
                body[section] = {name: _joined(found, ks) for name, ks in by_name.items()}
            else:
                body[section] = _joined(found, by_name[None])
        return body

    def reasons(self, found: Sequence[Read]) -> dict[str, str]:
        """The reasons of all nulls."""
        reasons: dict[str, str] = {}
        for _, undefined in found:
            reasons.update(undefined)
        return reasons


def _joined(found: Sequence[Read], places: Sequence[int]) -> Any:
    if len(places) == 1:
        return found[places[0]][0]
    return Joined([found[k][0] for k in places])
