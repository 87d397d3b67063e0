"""Scenarios in which a venue stands still or breaks away, and the others still trade."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from drill import ranges as r
from drill.market import (
    DrawnMarket,
    DrawnSource,
    Edit,
    Prints,
    between,
    draw_sources,
    draw_tellers,
    make_busy,
    path,
    stuck,
)
from drill.ranges import magnitude, uniform, whole
from drill.scenario import (
    COIN,
    LONG,
    SHORT,
    complete,
    draw_fall,
    falling,
    scenario,
)
from drill.wire import EXCHANGES

# ---- venues that do not move


def freeze(market: DrawnMarket, source: DrawnSource, start: float) -> None:
    """From `start` on it trades at the old price."""
    source.honest = False
    source.off = stuck(start)


@scenario("a crash while thin venues are frozen")
def frozen_thin(rng: Generator) -> DrawnMarket:
    """Case 03: deposits are halted, a few trades go on at the old price."""
    fall = draw_fall(rng)
    sources = draw_sources(rng, COIN, venues=whole(rng, (1, 3)), thin=whole(rng, (1, 2)))
    market = falling(rng, fall, sources)
    make_busy(rng, market, fall.start, fall.takes)
    for source in sources:
        if source.share < 0.01:
            source.rate = magnitude(rng, r.FROZEN_THIN_TRADES)
            freeze(market, source, fall.start)
    return market


@scenario("a crash while a venue of some weight is frozen")
def frozen_middle(rng: Generator) -> DrawnMarket:
    """One of four to six."""
    fall = draw_fall(rng)
    sources = draw_sources(
        rng,
        COIN,
        venues=whole(rng, (4, 6)),
        deepest=uniform(rng, (0.25, 0.5)),
        least=0.04,
        thin=whole(rng, r.THIN_VENUES),
    )
    market = falling(rng, fall, sources)
    make_busy(rng, market, fall.start, fall.takes)
    frozen = sources[whole(rng, (1, 3))]
    freeze(market, frozen, fall.start)
    frozen.pace, frozen.busy = between(fall.start, np.inf, uniform(rng, r.FROZEN_PACE), 1.0), None
    return market


@scenario("one deep venue, the others trade once in minutes", prompt=False)
def deep_and_slow(rng: Generator) -> DrawnMarket:
    """Case 03, second part: the others are right, and late."""
    fall = draw_fall(rng, takes=r.FAST)
    n = whole(rng, (3, 4))
    sources = draw_sources(rng, COIN, venues=n, deepest=uniform(rng, r.SLOW_DEEP), least=0.012)
    sources[0].rate = magnitude(rng, (0.2, 8.0))
    for source in sources[1:]:
        source.rate = magnitude(rng, r.SLOW_TRADES)
    market = falling(rng, fall, sources)
    make_busy(rng, market, fall.start, fall.takes)
    return market


@scenario("the deepest venue is halted in a crash", prompt=False)
def deep_halted(rng: Generator) -> DrawnMarket:
    """Its last price is that of before, its weight that of the day."""
    fall = draw_fall(rng, takes=r.FAST)
    sources = draw_sources(
        rng,
        COIN,
        venues=whole(rng, (3, 5)),
        deepest=uniform(rng, (0.6, 0.9)),
        least=0.02,
        thin=whole(rng, (0, 1)),
    )
    sources[1].rate = max(sources[1].rate, 0.5)
    market = falling(rng, fall, sources)
    before = uniform(rng, (0.0, 3.0)) if rng.random() < 0.5 else uniform(rng, (3.0, 80.0))
    back = fall.start + fall.takes + uniform(rng, (60.0, 400.0))
    sources[0].honest = False
    sources[0].pace = between(fall.start - before, back, 0.0, 1.0)
    make_busy(rng, market, fall.start, fall.takes)
    return market


@scenario("the venue with nearly all volume closes minutes before a crash", prompt=False)
def deep_gone(rng: Generator) -> DrawnMarket:
    """What is left has less than a hundredth each, of a volume that is no more."""
    fall = draw_fall(rng)
    sources = draw_sources(
        rng, COIN, venues=whole(rng, (3, 4)), deepest=uniform(rng, r.GONE_DEEP), least=0.001
    )
    before = uniform(rng, r.GONE_BEFORE)
    fall.start += before
    market = falling(rng, fall, sources)
    sources[0].honest = False
    sources[0].pace = between(-np.inf, fall.start - before, 1.0, 0.0)
    return market


@scenario("a venue goes silent in a crash and returns with old prices", prompt=False)
def old_prices(rng: Generator) -> DrawnMarket:
    """A stalled feed sends its backlog, under the old stamps or as if it were new."""
    fall = draw_fall(rng, takes=(10.0, 200.0))
    sources = some_equals(rng)
    market = falling(rng, fall, sources)
    number = whole(rng, (0, 1))
    source = sources[number]
    back = fall.start + fall.takes + uniform(rng, (20.0, 300.0))
    end = back + magnitude(rng, r.BACKLOG)
    source.honest = False
    source.pace = between(fall.start - 5.0, back, 0.0, 1.0)
    source.off = stuck(back, end)
    make_busy(rng, market, fall.start, fall.takes)
    if rng.random() < 0.5:
        market.edits.append(_stamp_backlog(number, back, end, fall.start - 5.0))
        market.clocks = True
    return market


def _stamp_backlog(number: int, back: float, end: float, since: float) -> Edit:
    """What comes from `back` to `end` was traded, and stamped, from `since` on."""

    def edit(prints: list[Prints]) -> None:
        found = prints[number]
        which = (found.ts >= back) & (found.ts < end)
        found.ts[which] = since + (found.ts[which] - back) / (end - back)

    return edit


def some_equals(rng: Generator) -> list[DrawnSource]:
    """Three to five venues of some weight each, and perhaps a thin one."""
    return draw_sources(
        rng,
        COIN,
        venues=whole(rng, (3, 5)),
        deepest=uniform(rng, r.DEPEG_SHARE),
        least=0.05,
        thin=whole(rng, (0, 1)),
    )


@scenario("a feed runs 15 to 40 seconds behind", prompt=False)
def feed_behind(rng: Generator) -> DrawnMarket:
    """It is right, and half a minute late."""
    fall = draw_fall(rng)
    sources = some_equals(rng)
    market = falling(rng, fall, sources)
    make_busy(rng, market, fall.start, fall.takes)
    late = sources[whole(rng, (0, 1))]
    late.behind, late.honest, market.clocks = uniform(rng, r.BEHIND), False, True
    return market


# ---- venues that break away


@scenario("a stablecoin at 0.62 to 0.85 on its deepest venue alone")
def stablecoin(rng: Generator) -> DrawnMarket:
    """USDe on 10 October 2025."""
    return depeg(rng, uniform(rng, r.DEPEG_SHARE), pairs=1)


@scenario("the same, in several pairs of that venue")
def stablecoin_pairs(rng: Generator) -> DrawnMarket:
    """One failure, two or three sources."""
    return depeg(rng, uniform(rng, r.DEPEG_SHARE), pairs=whole(rng, (2, 3)))


def depeg(rng: Generator, deepest: float, pairs: int) -> DrawnMarket:
    """The deepest venue falls, in all its pairs, and is back after some minutes."""
    n, thin = whole(rng, r.DEPEG_VENUES), whole(rng, r.THIN_VENUES)
    least = 0.03 if deepest < 0.8 else 0.012
    sources = draw_sources(rng, COIN, venues=n, deepest=deepest, least=least, thin=thin)
    for source in sources[1:n]:
        source.rate = max(source.rate, r.DEPEG_TRADES)
    start = uniform(rng, r.EVENT_AT)
    takes, depth = magnitude(rng, r.DEPEG_TAKES), uniform(rng, r.DEPEG)
    end = start + takes + uniform(rng, r.DEPEG_LASTS)
    busy = uniform(rng, r.DEPEG_BUSY)
    times, logs = [start, start + takes, end, end + 120.0], np.log([1.0, 1 - depth, 1 - depth, 1.0])
    quotes = ("USD", "USDT", "USDC") if EXCHANGES[sources[0].venue].dollars else ("USDT", "USDC")
    others = [q for q in quotes if q != sources[0].quote][: pairs - 1]
    parts = rng.dirichlet(np.full(1 + len(others), 3.0)) * sources[0].share
    deep, pace = [sources[0]], sources[0].rate / len(parts)
    for quote in others:
        s = sources[0]
        twin = DrawnSource(s.venue, COIN, quote, 0.0, s.rate, s.noise, s.basis, s.latency)
        sources.append(twin)
        deep.append(twin)
    for source, part in zip(deep, parts, strict=True):
        source.share = float(part)
        source.rate = pace
        source.honest = False
        source.off = lambda t, _: np.interp(t, times, logs)
        source.busy = between(start, end, busy, 1.0)
    length = min(max(end + 300.0, SHORT), LONG)
    fair = path(rng, length, [(0.0, 1.0), (length, 1.0)], r.QUIET)
    return complete(rng, DrawnMarket(COIN, fair, sources))


@scenario("a quote currency loses its peg while its dollar market rests", prompt=False)
def quote_breaks(rng: Generator) -> DrawnMarket:
    """USDC on 11 March 2023: some venues quote the coin in it, others in dollars, or nobody else
    does; its dollar market falls, trades nothing for minutes, and goes on."""
    start, length = magnitude(rng, r.PRICE), LONG
    fair = path(rng, length, [(0.0, start), (length, start)], r.QUIET)
    alone = rng.random() < 0.3
    if alone:
        sources = draw_sources(rng, COIN, venues=whole(rng, (1, 3)), dollars=False)
    else:
        sources = draw_sources(rng, COIN, venues=whole(rng, (4, 6)))
        name_venues(rng, sources, whole(rng, (2, min(4, len(sources) - 1))))
    for source in sources:
        source.quote = "USD" if EXCHANGES[source.venue].dollars else "USDC"
    begin, takes = uniform(rng, r.EVENT_AT), magnitude(rng, r.QUOTE_TAKES)
    rest, low = uniform(rng, r.QUOTE_REST), 1.0 - uniform(rng, r.QUOTE_FALL)
    # With dollars beside it the peg may go on falling unseen; alone, nobody could know.
    stop = begin + (takes if alone else takes * uniform(rng, (0.0, 1.0)))
    if alone:
        moves = uniform(rng, r.QUOTE_REST_MOVE)
        points = [(0.0, 1.0), (begin, 1.0), (stop, low), (stop + 30.0, low)]
        points += [(stop + rest, low + moves), (length, low + moves)]
    else:
        points = [(0.0, 1.0), (begin, 1.0), (begin + takes, low), (length + takes, low)]
    market = DrawnMarket(COIN, fair, sources, {"USDC": path(rng, length, points, r.QUIET)})
    tellers = draw_tellers(rng, "USDC", whole(rng, (1, 2)))
    for teller in tellers:
        teller.rate = magnitude(rng, r.QUOTE_TRADES)
        teller.pace = between(stop, stop + rest, 0.0, 1.0)
    market.sources = [*sources, *tellers]
    for source in sources:
        source.honest = source.quote == "USD" or alone
    return market


def name_venues(rng: Generator, sources: list[DrawnSource], dollars: int) -> None:
    """Give so many of the markets, whichever, to venues of dollars, the others to the rest."""
    names = {kind: [n for n, e in EXCHANGES.items() if e.dollars is kind] for kind in (True, False)}
    for rank, number in enumerate(rng.permutation(len(sources)).tolist()):
        kind = rank < dollars
        sources[number].venue = names[kind][rank if kind else rank - dollars]


@scenario("a venue with a lasting premium of 3 or 8 %")
def premium(rng: Generator) -> DrawnMarket:
    """It is silent for a while, and the market falls by about as much."""
    sources = draw_sources(
        rng,
        COIN,
        venues=whole(rng, (3, 6)),
        deepest=uniform(rng, (0.4, 0.8)),
        least=0.02,
        thin=whole(rng, (0, 1)),
    )
    fall = draw_fall(rng, (0.025, 0.04) if rng.random() < 0.5 else (0.06, 0.15))
    market = falling(rng, fall, sources)
    odd = sources[whole(rng, (1, len(sources) - 1))]
    odd.honest, odd.basis = False, r.PREMIUM[whole(rng, (0, 1))]
    away = fall.start - uniform(rng, (0.0, 90.0)), fall.start + uniform(rng, (0.0, 300.0))
    odd.pace = between(*away, 0.0, 1.0)
    return market
