"""Scenarios that no rule can decide from the trades alone: their results are reported, not judged.

They are what the rule cannot know by its nature: two sides without a majority, a lone source, who
is silent when it matters, a premium within the band or that of the heaviest. `fair` is what
happened to be true in the drawing.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from drill import ranges as r
from drill.faults import depeg, freeze
from drill.market import (
    DrawnMarket,
    DrawnSource,
    Prints,
    between,
    draw_sources,
    draw_tellers,
    fills,
    make_busy,
    path,
)
from drill.ranges import magnitude, uniform, whole
from drill.scenario import COIN, LONG, calm, draw_fall, falling, scenario


@scenario("a stablecoin breaks on a venue with 85 to 95 % of the volume", decidable=False)
def stablecoin_dominant(rng: Generator) -> DrawnMarket:
    """Whether the many or the heavy one is right, only the drawing knows."""
    return depeg(rng, uniform(rng, r.DEPEG_DOMINANT), pairs=1)


@scenario("two identical wrong prints of a lone venue", decidable=False)
def two_wrong_prints(rng: Generator) -> DrawnMarket:
    """Nothing distinguishes them from a move."""
    sources = draw_sources(rng, COIN, venues=1)
    market = calm(rng, sources)
    at = uniform(rng, (100.0, 600.0))
    factor, size = uniform(rng, r.BAD_DIP), uniform(rng, r.BAD_SIZE)
    second = at + uniform(rng, r.BAD_TWICE)

    def edit(prints: list[Prints]) -> None:
        found = prints[0]
        found.keep((found.made < at) | (found.made > second))  # nobody contradicts in between
        k = int(np.searchsorted(found.made, at))
        price, usual = factor * float(found.price[k - 1]), size * float(np.median(found.size[1:]))
        for moment in (second, at):
            found.insert(k, fills(1, moment, price, usual, moment + sources[0].latency))

    market.edits.append(edit)
    return market


def _breaks(source: DrawnSource) -> None:
    times = [200.0, 230.0, 600.0, 660.0]
    source.honest = False
    source.off = lambda t, _: np.interp(t, times, np.log([1.0, 0.8, 0.8, 1.0]))


@scenario("two equal venues, of which one falls", decidable=False)
def two_equal(rng: Generator) -> DrawnMarket:
    """One of them is wrong."""
    sources = draw_sources(rng, COIN, venues=2, deepest=0.5, least=0.5)
    _breaks(sources[0])
    return calm(rng, sources)


@scenario("two venues, of which the heavier falls", decidable=False)
def two_unequal(rng: Generator) -> DrawnMarket:
    """The lighter one is right here."""
    sources = draw_sources(rng, COIN, venues=2, deepest=uniform(rng, (0.6, 0.95)))
    _breaks(sources[0])
    return calm(rng, sources)


@scenario("one deep venue falls, several small ones are frozen", decidable=False)
def deep_against_frozen(rng: Generator) -> DrawnMarket:
    """The fall is true here, and most venues do not see it."""
    fall = draw_fall(rng)
    sources = draw_sources(rng, COIN, venues=3, deepest=uniform(rng, (0.8, 0.95)), least=0.015)
    market = falling(rng, fall, sources)
    make_busy(rng, market, fall.start, fall.takes)
    for source in sources[1:]:
        freeze(market, source, fall.start)
        source.pace = between(fall.start, np.inf, uniform(rng, r.FROZEN_PACE), 1.0)
        source.busy = None
    return market


@scenario("the heaviest venue has a lasting premium", decidable=False)
def premium_heaviest(rng: Generator) -> DrawnMarket:
    """What the coin costs there, or elsewhere, is a matter of definition."""
    sources = draw_sources(rng, COIN, venues=whole(rng, (2, 4)), deepest=uniform(rng, (0.5, 0.9)))
    fall = draw_fall(rng)
    market = falling(rng, fall, sources)
    sources[0].honest, sources[0].basis = False, r.PREMIUM[whole(rng, (0, 1))]
    sources[0].pace = between(fall.start, fall.start + uniform(rng, (0.0, 300.0)), 0.0, 1.0)
    return market


@scenario("a stablecoin breaks on the deepest venue, the others trade seldom", decidable=False)
def deep_breaks_among_slow(rng: Generator) -> DrawnMarket:
    """Who could contradict within a second or two does not trade in time."""
    market = depeg(rng, uniform(rng, r.DEPEG_SHARE), pairs=1)
    for source in market.main:
        if source.honest:
            source.rate = magnitude(rng, r.DEPEG_SLOW)
    return market


@scenario("what all quote in loses its peg while its dollar market rests", decidable=False)
def quote_breaks_unseen(rng: Generator) -> DrawnMarket:
    """Case 04, had the price of the rest moved: nobody can tell a rise from a cheaper dollar."""
    sources = draw_sources(rng, COIN, venues=whole(rng, (1, 4)), dollars=False)
    for source in sources:
        source.quote = "USDC"
    length, start = LONG, magnitude(rng, r.PRICE)
    begin, takes = uniform(rng, r.EVENT_AT), magnitude(rng, r.QUOTE_TAKES)
    rest, low = uniform(rng, r.QUOTE_REST), 1.0 - uniform(rng, r.QUOTE_FALL)
    peg = [(0.0, 1.0), (begin, 1.0), (begin + takes, low), (length + takes, low)]
    fair = path(rng, length, [(0.0, start), (length, start)], r.QUIET)
    market = DrawnMarket(COIN, fair, sources, {"USDC": path(rng, length, peg, r.QUIET)})
    tellers = draw_tellers(rng, "USDC", whole(rng, (1, 2)))
    for teller in tellers:
        teller.rate = magnitude(rng, r.QUOTE_TRADES)
        teller.pace = between(begin, begin + rest, 0.0, 1.0)
    market.sources = [*sources, *tellers]
    return market


@scenario("a lively venue with a premium at the edge of the band", decidable=False)
def at_the_edge(rng: Generator) -> DrawnMarket:
    """The others have the volume and trade seldom; within the band nobody is outvoted."""
    sources = draw_sources(
        rng, COIN, venues=whole(rng, (3, 5)), deepest=uniform(rng, (0.4, 0.6)), least=0.05
    )
    market = falling(rng, draw_fall(rng, r.EDGE_FALL), sources)
    for source in sources:
        source.rate = magnitude(rng, r.EDGE_OTHERS)
    odd = sources[1]
    odd.honest, odd.rate = False, magnitude(rng, r.EDGE_TRADES)
    odd.basis, odd.noise = uniform(rng, r.EDGE), uniform(rng, r.EDGE_NOISE)
    return market
