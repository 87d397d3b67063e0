"""In which pieces the figures of an index are read, and how they are put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import is_
from typing import Any, NamedTuple

from engine.kept import Joined
from engine.metrics.machinery.parts import INSTANT, Part
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
        moving = {k for k, piece in enumerate(pieces) if registry.moves(piece.part)}
        self.moving = sorted(moving)
        """Places of the pieces whose numbers are read of all indices at once."""
        instants = {k for k, piece in enumerate(pieces) if piece.part.changes == INSTANT} - moving
        self.instants = sorted(instants)
        """Of those that are read anew each time, and of those that change when something ends."""
        self.others = [k for k in range(len(pieces)) if k not in moving | instants]

    def join(self, found: Sequence[Read], joined: list[Mapping[str, Any]]) -> None:
        """Put together what was read of each piece to what stands in the snapshot as one: a
        section, or what it says of a benchmark. What was `joined` before of the very same parts
        stays."""
        for k, (_, _, places) in enumerate(self._groups):
            if len(places) == 1:
                joined[k] = found[places[0]][0]
                continue
            parts, before = [found[place][0] for place in places], joined[k]
            if not (isinstance(before, Joined) and all(map(is_, before.parts, parts))):
                joined[k] = Joined(parts)

    def sections(self, found: Sequence[Read]) -> dict[str, Any]:
        """The figures by section, from what was read of each piece."""
        joined: list[Mapping[str, Any]] = [{}] * len(self._groups)
        self.join(found, joined)
        return self.body(joined)

    @property
    def groups(self) -> int:
        """How many of what `join` puts together there are."""
        return len(self._groups)

    def body(self, joined: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """The figures by section, from all groups."""
        body: dict[str, Any] = dict.fromkeys(self._sections)
        body[BENCHMARKS] = benchmarks = dict[str, Any]()
        for (section, name, _), value in zip(self._groups, joined, strict=True):
            if name is None:
                body[section] = value
            else:
                benchmarks[name] = value
        return body

    def reasons(self, found: Sequence[Read]) -> dict[str, str]:
        """The reasons of all nulls."""
        reasons: dict[str, str] = {}
        for _, undefined in found:
            reasons.update(undefined)
        return reasons
