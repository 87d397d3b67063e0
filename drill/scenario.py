"""What a scenario is, and what many of them draw alike. Ranges stand in `drill.ranges`."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from drill import ranges as r
from drill.market import (
    DrawnMarket,
    DrawnSource,
    Prints,
    draw_dollar_markets,
    draw_sources,
    draw_trades,
    path,
)
from drill.ranges import magnitude, uniform, whole

COIN = "TIDE"
SHORT, LONG = 900.0, 1800.0
"""Seconds of a market: enough for a fall, its alarms, and what follows; `LONG` where something
lasts for many minutes."""
Draw = Callable[[Generator], DrawnMarket]


@dataclass(frozen=True, slots=True)
class Scenario:
    """`decidable`: the truth can be known from the trades, so the index answers for it. `prompt`:
    no venue is slow or halted, so an alarm has no excuse to wait."""

    name: str
    title: str
    draw: Draw
    decidable: bool = True
    prompt: bool = True

    def play(self, seed: int) -> tuple[DrawnMarket, list[Prints]]:
        """The market of a seed, and its trades."""
        rng = np.random.default_rng([zlib.crc32(self.name.encode()), seed])
        market = self.draw(rng)
        return market, draw_trades(rng, market)


ENTERED: list[Scenario] = []


def scenario(title: str, *, decidable: bool = True, prompt: bool = True) -> Callable[[Draw], Draw]:
    """Enter a function among the scenarios, under its own name."""

    def enter(draw: Draw) -> Draw:
        ENTERED.append(Scenario(draw.__name__, title, draw, decidable, prompt))
        return draw

    return enter


def complete(rng: Generator, market: DrawnMarket) -> DrawnMarket:
    """The market with what converts its quote currencies."""
    draw_dollar_markets(rng, market)
    return market


def calm(
    rng: Generator, sources: list[DrawnSource], length: float = SHORT, sd: float = r.QUIET
) -> DrawnMarket:
    """A price that goes nowhere."""
    start = magnitude(rng, r.PRICE)
    fair = path(rng, length, [(0.0, start), (length, start)], sd)
    return complete(rng, DrawnMarket(COIN, fair, sources))


@dataclass(slots=True)
class Fall:
    """When a fall begins, how long it takes, how deep it is (a fraction)."""

    start: float
    takes: float
    depth: float


def draw_fall(rng: Generator, depth: r.Range = r.CRASH, takes: r.Range = r.CRASH_TAKES) -> Fall:
    """A fall somewhere in the first minutes."""
    return Fall(uniform(rng, r.EVENT_AT), magnitude(rng, takes), uniform(rng, depth))


def falling(
    rng: Generator, fall: Fall, sources: list[DrawnSource], length: float = SHORT
) -> DrawnMarket:
    """A price that falls once and stays there."""
    start, low = magnitude(rng, r.PRICE), 1.0 - fall.depth
    end = fall.start + fall.takes
    points = [(0.0, start), (fall.start, start), (end, low * start)]
    points.append((max(length, end + 1.0), low * start * uniform(rng, r.AFTERWARDS)))
    return complete(rng, DrawnMarket(COIN, path(rng, length, points, r.QUIET), sources))


def weighted(rng: Generator) -> list[DrawnSource]:
    """Any number of venues, and thin ones."""
    return draw_sources(rng, COIN, thin=whole(rng, r.THIN_VENUES))
