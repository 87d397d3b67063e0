"""What a feed brings that is wrong: prints, times, beginnings, connections."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from drill import ranges as r
from drill.faults import some_equals
from drill.market import (
    Cut,
    DrawnMarket,
    DrawnSource,
    Edit,
    Prints,
    draw_sources,
    fills,
    make_busy,
)
from drill.ranges import magnitude, uniform, whole
from drill.scenario import (
    COIN,
    SHORT,
    calm,
    draw_fall,
    falling,
    scenario,
    weighted,
)
from drill.wire import EXCHANGES, OFF_BOOK

# ---- prints that are none


@scenario("bad prints on one of several venues, of the coin or of what it is quoted in")
def bad_prints(rng: Generator) -> DrawnMarket:
    """A decimal point, a zero, a wick; one to five fills of one order."""
    sources = draw_sources(rng, COIN, venues=whole(rng, (2, 6)), thin=whole(rng, r.THIN_VENUES))
    market = calm(rng, sources, sd=r.LIVELY)
    for at in sorted(rng.uniform(60.0, SHORT - 60.0, r.BAD_PRINTS).tolist()):
        number = whole(rng, (0, len(market.sources) - 1)) if rng.random() < 0.5 else 0
        market.edits.append(bad_print(rng, market.sources[number], number, at))
    return market


@scenario("bad prints on a lone venue, beside a crash or none", prompt=False)
def bad_prints_lone(rng: Generator) -> DrawnMarket:
    """Case 14: the next print is back."""
    sources = draw_sources(rng, COIN, venues=1)
    sources[0].rate = magnitude(rng, (0.2, 8.0))
    if rng.random() < 0.5:
        market = falling(rng, draw_fall(rng, takes=(0.1, 60.0)), sources)
    else:
        market = calm(rng, sources)
    for at in (uniform(rng, (40.0, 80.0)), uniform(rng, (SHORT - 150.0, SHORT - 60.0))):
        market.edits.append(bad_print(rng, sources[0], 0, at))
    return market


def bad_print(rng: Generator, source: DrawnSource, number: int, at: float) -> Edit:
    """An order at a wrong price, in one millisecond."""
    kind = r.BAD_FACTORS[whole(rng, (0, len(r.BAD_FACTORS) - 1))]
    factor = {
        "decimal": 0.1,
        "tens": 10.0,
        "dip": uniform(rng, r.BAD_DIP),
        "spike": uniform(rng, r.BAD_SPIKE),
        "zero": 0.0,
    }[kind]
    n = int(rng.choice(r.BAD_FILLS))
    size = uniform(rng, r.BAD_SIZE)

    def edit(prints: list[Prints]) -> None:
        found = prints[number]
        k = int(np.searchsorted(found.made, at))
        if 0 < k < found.made.size:
            price, usual = factor * found.price[k - 1], float(np.median(found.size[1:]))
            arrival = max(found.arrival[k - 1], min(at + source.latency, found.arrival[k]))
            found.insert(k, fills(n, at, price, size * usual / n, arrival))

    return edit


@scenario("block trades far off the market, marked as such")
def block_trades(rng: Generator) -> DrawnMarket:
    """Case 02: negotiated prints, on a venue alone or among others."""
    sources = draw_sources(rng, COIN, venues=whole(rng, (1, 5)))
    number = whole(rng, (0, len(sources) - 1))
    venue = OFF_BOOK[whole(rng, (0, len(OFF_BOOK) - 1))]
    for other in sources:  # whoever is that venue takes the name of this one
        if other.venue == venue:
            other.venue = sources[number].venue
            other.quote = "USD" if EXCHANGES[other.venue].dollars else "USDT"
    sources[number].venue = venue
    sources[number].quote = "USD" if EXCHANGES[venue].dollars else "USDT"
    fall = draw_fall(rng)
    market = falling(rng, fall, sources) if rng.random() < 0.5 else calm(rng, sources)
    for at in sorted(rng.uniform(30.0, SHORT - 30.0, whole(rng, (2, 8))).tolist()):
        off, size = np.exp(uniform(rng, r.BLOCK_OFF)), magnitude(rng, r.BLOCK_SIZE)
        market.edits.append(_block(number, at, float(off), size))
    return market


def _block(number: int, at: float, off: float, size: float) -> Edit:
    def edit(prints: list[Prints]) -> None:
        found = prints[number]
        k = int(np.searchsorted(found.made, at))
        if 0 < k < found.made.size:
            usual = float(np.median(found.size[1:]))
            print_ = fills(1, at, off * float(found.price[k - 1]), size * usual, found.arrival[k])
            print_.off_book[:] = True
            found.insert(k, print_)

    return edit


# ---- times that are wrong


@scenario("a trade stamped a day or a year off, just before a crash")
def wrong_stamps(rng: Generator) -> DrawnMarket:
    """Case 06: one stamp from the future or the past, on the deepest venue or another."""
    fall = draw_fall(rng)
    sources = draw_sources(rng, COIN, venues=whole(rng, (1, 4)), thin=whole(rng, (0, 1)))
    market = falling(rng, fall, sources)
    make_busy(rng, market, fall.start, fall.takes)
    number = 0 if rng.random() < 0.7 else whole(rng, (0, len(sources) - 1))
    at, off = fall.start - uniform(rng, (5.0, 60.0)), r.STAMP_OFF[whole(rng, (0, 2))]

    def edit(prints: list[Prints]) -> None:
        found = prints[number]
        k = int(np.searchsorted(found.made, at))
        if k < found.made.size:
            found.ts[k] += off

    market.clocks = True
    market.edits.append(edit)
    return market


@scenario("a venue whose clock is minutes off", prompt=False)
def venue_clock(rng: Generator) -> DrawnMarket:
    """All its stamps, from the beginning or from some time on, before or behind ours."""
    fall = draw_fall(rng)
    sources = some_equals(rng)
    market = falling(rng, fall, sources)
    make_busy(rng, market, fall.start, fall.takes)
    number, off = whole(rng, (0, len(sources) - 1)), magnitude(rng, r.CLOCK_OFF)
    off *= -1.0 if rng.random() < 0.5 else 1.0
    since = -np.inf if rng.random() < 0.5 else uniform(rng, (10.0, fall.start))
    sources[number].honest, market.clocks = False, True

    def edit(prints: list[Prints]) -> None:
        found = prints[number]
        found.ts[found.made >= since] += off

    market.edits.append(edit)
    return market


@scenario("our own clock is set, back or ahead, up to an hour")
def our_clock(rng: Generator) -> DrawnMarket:
    """Before, in or after a crash; once, or again and again."""
    fall = draw_fall(rng)
    market = falling(rng, fall, weighted(rng))
    make_busy(rng, market, fall.start, fall.takes)
    for at in sorted(rng.uniform(20.0, fall.start + fall.takes, whole(rng, r.OUR_STEPS)).tolist()):
        step = magnitude(rng, r.OUR_STEP)
        market.steps.append((at, -step if rng.random() < 0.5 else step))
    market.clocks = True
    return market


@scenario("our own machine sleeps through some of a crash", prompt=False)
def asleep(rng: Generator) -> DrawnMarket:
    """Every connection is lost meanwhile, and what was traded is not known."""
    fall = draw_fall(rng)
    market = falling(rng, fall, weighted(rng))
    make_busy(rng, market, fall.start, fall.takes)
    start = uniform(rng, (20.0, fall.start + fall.takes))
    end = start + magnitude(rng, r.SLEEP)
    market.sleeps.append((start, end))
    for venue in dict.fromkeys(source.venue for source in market.sources):
        market.cuts.append(Cut(venue, start, end + magnitude(rng, r.RECONNECT)))
    market.clocks = True
    return market


# ---- beginnings and connections


@scenario("a log begins, and the first print of a thin venue is far off")
def thin_opening(rng: Generator) -> DrawnMarket:
    """Case 11: nothing is known yet, and the first to speak is wrong."""
    n = whole(rng, (2, 5))
    sources = draw_sources(rng, COIN, venues=n, thin=whole(rng, (1, 2)))
    sources[0].rate = max(sources[0].rate, 0.5)
    odd = len(sources) - 1
    sources[odd].rate = max(sources[odd].rate, 0.05)
    market = calm(rng, sources)
    market.cold = True
    opens = rng.uniform(0.5, 5.0, len(sources)).tolist()
    opens[odd] = 0.0
    low = rng.random() < 0.5
    factor = uniform(rng, r.COLD_LOW if low else r.COLD_HIGH)

    def edit(prints: list[Prints]) -> None:
        for found, opening in zip(prints[: len(opens)], opens, strict=True):
            found.keep(found.made >= opening)
        found, source = prints[odd], sources[odd]
        rate = 1.0 if source.quote == "USD" else market.rates[source.quote][0]
        usual = source.share * r.MEAN_SECOND / source.rate / market.fair[0]
        price = factor * float(market.fair[0] / rate)
        found.insert(0, fills(1, 0.2, price, usual, 0.2 + source.latency))

    market.edits.append(edit)
    return market


@scenario("reconnect storms in a crash: trades lost, history sent again", prompt=False)
def reconnects(rng: Generator) -> DrawnMarket:
    """Most connections are cut again and again, some for half a minute."""
    fall = draw_fall(rng)
    sources = weighted(rng)
    market = falling(rng, fall, sources)
    make_busy(rng, market, fall.start, fall.takes)
    market.cuts = draw_cuts(rng, market, fall.start)
    return market


def draw_cuts(rng: Generator, market: DrawnMarket, about: float) -> list[Cut]:
    """Cuts of most venues' connections, from two minutes before `about` on."""
    cuts = []
    for venue in dict.fromkeys(source.venue for source in market.sources):
        if rng.random() < r.SPARED:
            continue
        at = about - 120.0
        for _ in range(whole(rng, r.CUTS)):
            at += float(rng.exponential(r.CUT_EVERY))
            back = at + magnitude(rng, r.CUT_LASTS)
            cuts.append(Cut(venue, at, back))
            at = back
    return cuts
