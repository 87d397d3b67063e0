"""Scenarios in which the market moves and every venue shows it."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from drill import ranges as r
from drill.market import DrawnMarket, between, draw_sources, make_busy, path
from drill.ranges import magnitude, uniform, whole
from drill.scenario import (
    COIN,
    LONG,
    SHORT,
    complete,
    draw_fall,
    falling,
    scenario,
    weighted,
)
from drill.scenario import calm as calm_market


@scenario("nothing happens")
def calm(rng: Generator) -> DrawnMarket:
    """A lively price without a fall."""
    return calm_market(rng, weighted(rng), sd=r.LIVELY)


@scenario("a deep fall, most of the trading on the deepest venue")
def crash(rng: Generator) -> DrawnMarket:
    """All venues fall together."""
    fall = draw_fall(rng)
    market = falling(rng, fall, weighted(rng))
    make_busy(rng, market, fall.start, fall.takes)
    return market


@scenario("a fall of 5.8 to 9 %, just beyond the smallest alarm")
def mild_fall(rng: Generator) -> DrawnMarket:
    """It ends within one or two bands of where it began."""
    fall = draw_fall(rng, r.MILD)
    market = falling(rng, fall, weighted(rng))
    make_busy(rng, market, fall.start, fall.takes)
    return market


@scenario("a flash crash on every venue, and the recovery")
def flash_crash(rng: Generator) -> DrawnMarket:
    """Down in seconds, back in minutes; every feed with weight is fast."""
    market = flash_crash_slow_feeds(rng)
    for source in market.sources:
        source.latency = magnitude(rng, r.LATENCY_OF_FAST)
    return market


@scenario("the same, and some feeds come up to two seconds late", prompt=False)
def flash_crash_slow_feeds(rng: Generator) -> DrawnMarket:
    """A price falls faster than half of the market can tell of it."""
    fall = draw_fall(rng, r.FLASH, r.FLASH_TAKES)
    lasts, back = uniform(rng, r.FLASH_LASTS), magnitude(rng, r.FLASH_BACK)
    start, bottom = magnitude(rng, r.PRICE), fall.start + fall.takes
    low = start * (1.0 - fall.depth)
    points = [(0.0, start), (fall.start, start), (bottom, low), (bottom + lasts, low)]
    points += [(bottom + lasts + back, 0.995 * start), (LONG, 0.995 * start)]
    market = DrawnMarket(COIN, path(rng, SHORT, points, r.QUIET), weighted(rng))
    make_busy(rng, market, fall.start, fall.takes + lasts)
    return complete(rng, market)


@scenario("a fall that takes half an hour")
def slow_bleed(rng: Generator) -> DrawnMarket:
    """So slow that no venue ever stands apart."""
    start, low = magnitude(rng, r.PRICE), 1.0 - uniform(rng, r.BLEED)
    points = [(0.0, start), (60.0, start), (LONG - 100.0, low * start), (LONG, low * start)]
    sources = draw_sources(rng, COIN, venues=whole(rng, (2, 5)), thin=whole(rng, r.THIN_VENUES))
    return complete(rng, DrawnMarket(COIN, path(rng, LONG, points, r.QUIET), sources))


@scenario("a coin goes to nothing in jumps, and venues halt it one by one", prompt=False)
def to_nothing(rng: Generator) -> DrawnMarket:
    """LUNA, May 2022: an emptying book, so each trade may be far from the one before."""
    begin, takes = uniform(rng, r.EVENT_AT), magnitude(rng, r.NOTHING_TAKES)
    depth, start = uniform(rng, r.NOTHING), magnitude(rng, r.PRICE_OF_NOTHING)
    times, logs = [0.0, begin], [0.0, 0.0]
    while logs[-1] > -depth:
        jump = magnitude(rng, r.NOTHING_JUMP)
        at = times[-1] + takes * jump / depth * float(rng.exponential(1.0)) + 0.2
        times += [at, at + 0.1]
        logs += [logs[-1], max(logs[-1] - jump, -depth)]
    points = [(t, start * float(np.exp(x))) for t, x in zip(times, logs, strict=True)]
    length = min(max(times[-1] + 300.0, SHORT), LONG)
    points.append((length + times[-1], points[-1][1]))
    market = DrawnMarket(COIN, path(rng, length, points, r.QUIET), weighted(rng))
    for source in market.sources[1:]:
        if rng.random() < r.HALTS:
            source.honest = False
            source.pace = between(uniform(rng, (begin, times[-1])), np.inf, 0.0, 1.0)
    make_busy(rng, market, begin, takes)
    return complete(rng, market)


@scenario("one venue with a trade every 20 to 300 seconds", prompt=False)
def lone_sparse(rng: Generator) -> DrawnMarket:
    """Each print is all there is."""
    sources = draw_sources(rng, COIN, venues=1)
    sources[0].rate, sources[0].noise = magnitude(rng, r.LONE_TRADES), uniform(rng, r.LONE_NOISE)
    return falling(rng, draw_fall(rng), sources, 2 * SHORT)
