"""Scenarios in which a coin changes its name or its unit, as was announced beforehand, or another
one takes its ticker."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from drill import ranges as r
from drill.market import (
    DrawnEvent,
    DrawnMarket,
    DrawnSource,
    Edit,
    between,
    draw_source,
    draw_sources,
    make_busy,
)
from drill.ranges import magnitude, uniform, whole
from drill.scenario import COIN, calm, draw_fall, falling, scenario, weighted
from drill.wire import EXCHANGES

NEW = "TIDEX"


def draw_event(rng: Generator, about: float, becomes: str | None, ratio: float) -> DrawnEvent:
    """An event at a whole second near a fall."""
    return DrawnEvent(float(round(about + uniform(rng, (-60.0, 150.0)))), becomes, ratio)


def _ratio(rng: Generator) -> float:
    return r.RATIOS[whole(rng, (0, len(r.RATIOS) - 1))]


@scenario(
    "a coin is redenominated about a crash; venues halt it, one is early or late", prompt=False
)
def redenominated(rng: Generator) -> DrawnMarket:
    """Case 09: a fall to a thousandth that is none, and a true one."""
    fall = draw_fall(rng)
    sources = weighted(rng)
    market = falling(rng, fall, sources)
    event = market.event = draw_event(rng, fall.start, None, _ratio(rng))
    late = sources[-1] if len(sources) > 2 and rng.random() < 0.3 else None
    early = sources[whole(rng, (0, len(sources) - 1))] if rng.random() < 0.3 else None
    for source in sources:
        if source is late:
            _go_on(source, event, uniform(rng, r.LATE_AFTER))
        elif source is early:
            _go_ahead(source, event, uniform(rng, r.EARLY_BY))
        else:
            halt = event.at - magnitude(rng, r.HALT_BEFORE), event.at + magnitude(rng, r.HALT_AFTER)
            source.pace = between(*halt, 0.0, 1.0)
    make_busy(rng, market, fall.start, fall.takes)
    return market


def _go_on(source: DrawnSource, event: DrawnEvent, seconds: float) -> None:
    """It trades the old coin for some time more."""
    source.honest = False
    old = float(np.log(event.ratio))
    source.off = between(event.at, event.at + seconds, old)


def _go_ahead(source: DrawnSource, event: DrawnEvent, seconds: float) -> None:
    """It trades the new coin for some time already."""
    source.off = between(event.at - seconds, event.at, -float(np.log(event.ratio)))


@scenario("a coin is renamed or swapped about a crash; its markets end, others begin", prompt=False)
def renamed(rng: Generator) -> DrawnMarket:
    """Case 08: MATIC became POL."""
    fall = draw_fall(rng)
    market = falling(rng, fall, weighted(rng))
    ratio = 1.0 if rng.random() < 0.6 else _ratio(rng)
    event = market.event = draw_event(rng, fall.start, NEW, ratio)
    make_busy(rng, market, fall.start, fall.takes)
    for old in market.main:
        new = DrawnSource(
            *(old.venue, NEW, old.quote, old.share, old.rate, old.noise, old.basis, old.latency),
            busy=old.busy,
        )
        old.pace = between(event.at - magnitude(rng, r.HALT_BEFORE), np.inf, 0.0, 1.0)
        new.pace = between(-np.inf, event.at + magnitude(rng, r.HALT_AFTER), 0.0, 1.0)
        market.sources.append(new)
    return market


@scenario("venues list another coin under the same ticker, and trade it like mad")
def shared_ticker(rng: Generator) -> DrawnMarket:
    """Case 05: LUNA is two coins."""
    sources = draw_sources(rng, COIN, venues=whole(rng, (1, 2)))
    off = float(np.log(magnitude(rng, r.TICKER_OFF))) * (1.0 if rng.random() < 0.5 else -1.0)
    busy, at = magnitude(rng, r.TICKER_BUSY) * float(np.exp(-off)), uniform(rng, r.EVENT_AT)
    edits, taken = list[Edit](), {source.venue for source in sources}
    free = rng.permutation([venue for venue in EXCHANGES if venue not in taken]).tolist()
    for venue in free[: whole(rng, r.TICKER_VENUES)]:
        quote = "USD" if EXCHANGES[venue].dollars else "USDT"
        other = draw_source(rng, venue, COIN, quote, uniform(rng, r.DEPEG_SHARE))
        other.honest = False
        other.off = between(-np.inf, np.inf, off)
        other.busy = between(-np.inf, np.inf, busy)
        edits.append(_listed(len(sources), at + uniform(rng, r.TICKER_APART)))
        sources.append(other)
    market = calm(rng, sources, sd=r.LIVELY)
    market.edits += edits
    return market


def _listed(number: int, since: float) -> Edit:
    """A market has no trades before."""
    return lambda prints: prints[number].keep(prints[number].made >= since)
