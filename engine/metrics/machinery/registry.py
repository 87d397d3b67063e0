"""What metric families say, put together: the lists that snapshots, cards, targets, rankings and
screens are made of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from engine.metrics.machinery.card import Card
from engine.metrics.machinery.family import Family, Figures, Part


class Goal(NamedTuple):
    """A figure that can be a target or be ranked by: its path (`*`: the first benchmark)."""

    path: tuple[str, ...]
    least: bool
    """Whether more is better, so that a target is the least that is expected."""


class Registry:
    """What some families say, put together."""

    def __init__(self, families: Sequence[Family]) -> None:
        self.families = tuple(families)
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
        self.order = {card.path: card.order for card in self.cards}
        """Of each figure in its section."""
        if len(self.order) < len(self.cards):
            paths = [card.path for card in self.cards]
            twice = sorted({path for path in paths if paths.count(path) > 1})
            raise ValueError(f"two cards of {', '.join(twice)}")
        self.digest = digest([card.normative() for card in self.cards])
        """Changes whenever the definition of a figure does; not with references, readings or
        examples."""
        self.goals = dict(_goals(self.cards))
        """Every name that `[index.X.targets]` may have."""
        self.approximate = tuple(card.path for card in self.cards if card.approximate)
        """Figures that are within 1 %, not exact, beyond the kept returns."""
        self.lower = {card.path for card in self.cards if card.better == "lower"}
        """Figures of which the lower is the better one."""

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
