"""What metric families say, put together: the lists that snapshots, cards, targets, rankings and
screens are made of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from engine.metrics.machinery.bars import OWN, BarStatistics
from engine.metrics.machinery.card import Card
from engine.metrics.machinery.family import ClosesFigures, Family, Figures, MovingFigures
from engine.metrics.machinery.history import RESERVED
from engine.metrics.machinery.parts import INSTANT, Part


class Goal(NamedTuple):
    """A figure that can be a target or be ranked by: its path (`*`: the first benchmark)."""

    path: tuple[str, ...]
    least: bool
    """Whether more is better, so that a target is the least that is expected."""


class Registry:
    """What some families say, put together."""

    def __init__(self, families: Sequence[Family]) -> None:
        self.families = tuple(families)
        _check_states(self.families)
        found = {figures.part for family in families for figures in family.figures}
        self.parts: tuple[Part, ...] = tuple(sorted(found, key=lambda part: part.order))
        """In the order of the snapshot."""
        self.figures: dict[Part, list[Figures]] = {part: [] for part in self.parts}
        """What gives the figures of each part."""
        for family in families:
            for figures in family.figures:
                self.figures[figures.part].append(figures)
        self.sections: tuple[str, ...] = tuple(dict.fromkeys(p.section for p in self.parts))
        groups: dict[str, list[Card]] = {}
        for family in families:
            for card in family.cards:
                groups.setdefault(card.group or family.group, []).append(card)
        first = {name: min(card.order for card in cards) for name, cards in groups.items()}
        self.groups: dict[str, tuple[Card, ...]] = {
            name: tuple(sorted(groups[name], key=lambda card: card.order))
            for name in sorted(groups, key=lambda name: first[name])
        }
        """The cards by their heading."""
        self.cards = tuple(card for cards in self.groups.values() for card in cards)
        paths = [card.path for card in self.cards]
        if twice := sorted({path for path in paths if paths.count(path) > 1}):
            raise ValueError(f"two cards of {', '.join(twice)}")
        self.order: dict[str, int] = {}
        """Of each figure, or group of figures, in its section."""
        for card in self.cards:
            steps = card.path.split(".")
            for k in range(len(steps)):
                self.order.setdefault(".".join(steps[: k + 1]), card.order)
        self.digest = digest([card.normative() for card in self.cards])
        """Changes whenever the definition of a figure does; not with references, readings or
        examples."""
        self.goals = dict(_goals(self.cards))
        """Every name that `[index.X.targets]` may have."""
        self._approximate = [
            (family.is_approximate, [card.path for card in family.cards if card.approximate])
            for family in sorted(families, key=lambda family: min(c.order for c in family.cards))
            if family.is_approximate is not None
        ]
        self.columns: dict[str, tuple[str, ...]] = {}
        """The figures of the table of all indices, by their section."""
        for card in self.cards:
            if card.column:
                section, name = card.path.split(".")
                self.columns[section] = (*self.columns.get(section, ()), name)
        self.times = {c.path.rsplit(".", 1)[-1] for c in self.cards if c.display == "time"}
        """The names of figures that are instants."""
        self.lower = {card.path for card in self.cards if card.better == "lower"}
        """Figures of which the lower is the better one."""

    def moves(self, part: Part) -> bool:
        """Whether the numbers of a part change with every price and are read as columns."""
        figures = self.figures[part][0]
        is_instant = part.changes == INSTANT and isinstance(figures, ClosesFigures)
        return is_instant or isinstance(figures, MovingFigures)

    def approximate(self, stats: BarStatistics, series: int) -> list[str]:
        """The figures of a series that are within 1 % by now, and not exact."""
        found: list[str] = []
        for is_approximate, paths in self._approximate:
            if is_approximate(stats, series):
                found += paths
        return found

    def meaning(self, definition: str) -> str:
        """What a snapshot's figures mean: SHA-256 over the cards and an index definition's
        digest."""
        return _meaning(self.digest, definition)

    def published(self) -> dict[str, dict[str, Any]]:
        """The cards by path, as `/v1/definitions` tells them."""
        return {
            card.path: card.published(group)
            for group, cards in self.groups.items()
            for card in cards
        }


def _check_states(families: Sequence[Family]) -> None:
    """Raise ValueError where two tables would stand at one place of a checkpoint."""
    places = {state.name: "engine.metrics.machinery" for state in OWN}
    places |= dict.fromkeys(RESERVED, "engine.metrics.machinery")
    for state in (state for family in families for state in family.states):
        for name, place in places.items():
            # A dot nests a table in what has the name before it.
            if f"{name}.".startswith(f"{state.name}.") or f"{state.name}.".startswith(f"{name}."):
                raise ValueError(
                    f"{state.table.__module__}: its state {state.name!r} would stand in "
                    f"checkpoints where {name!r} of {place} does; give it another name"
                )
        places[state.name] = state.table.__module__


def _goals(cards: Sequence[Card]) -> Iterator[tuple[str, Goal]]:
    """A figure without a better direction is no goal, nor one of which there are many."""
    for card in cards:
        path = tuple(card.path.split("."))
        many = "*" in path[1 + (path[0] == "benchmarks") :]
        name = path[-1] if card.target is None else card.target
        if card.better and name and not many:
            yield name, Goal(path, card.better == "higher")


def digest(value: object) -> str:
    """SHA-256 of a value as JSON, hexadecimal."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@lru_cache(maxsize=16_384)  # asked for with every snapshot; more indices only cost time
def _meaning(cards: str, definition: str) -> str:
    return digest([cards, definition])
