"""An invented market: its true prices, its venues, and every trade with the time of its arrival.

Times are seconds from the beginning; trades before 0 are the history that gave the venues their
weights. All is drawn from one generator, so a seed is a market.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from drill import ranges as r
from drill.ranges import magnitude, uniform, whole
from drill.wire import EXCHANGES

Floats = NDArray[np.float64]
Shape = Callable[[Floats, Floats], Floats]
"""Of time (s) and the log of the fair price there: a difference in log price, or a factor."""

STEP = 0.1
"""Seconds between two points of a true path; between them it is straight."""
HISTORY_TRADES = 20
"""Of each market before 0: enough for its pace to be known."""
DAY_WEIGHT = 86_400 / np.log(2)
"""Seconds of trading that a volume fading by half in a day stands for."""


@dataclass(slots=True)
class DrawnSource:
    """One market: a pair on a venue. `share` is of the volume of its base, `rate` is trades a
    second, `noise` the sd of a print and `basis` a lasting difference (log)."""

    venue: str
    base: str
    quote: str
    share: float
    rate: float
    noise: float
    basis: float
    latency: float
    honest: bool = True
    """Its prices are about the fair one, and it trades: what alarms can be due by."""
    off: Shape | None = None
    """How far its prices are from the fair one (log), beside basis and noise."""
    pace: Shape | None = None
    """Factor of its trades."""
    busy: Shape | None = None
    """Factor of its sizes."""
    behind: float = 0.0
    """Seconds that its feed lags."""


@dataclass(slots=True)
class Prints:
    """The trades of one market, in order of arrival. Prices are in the quote currency, `ts` is the
    venue's stamp, `ids` step by one in order of `made`, when the trade really was."""

    made: Floats
    ts: Floats
    price: Floats
    size: Floats
    arrival: Floats
    off_book: NDArray[np.bool_]

    def insert(self, number: int, rows: Prints) -> None:
        """Put trades before the one at `number`."""
        for name in ("made", "ts", "price", "size", "arrival", "off_book"):
            setattr(self, name, np.insert(getattr(self, name), number, getattr(rows, name)))

    def keep(self, which: NDArray[np.bool_]) -> None:
        """Let the others go."""
        for name in ("made", "ts", "price", "size", "arrival", "off_book"):
            setattr(self, name, getattr(self, name)[which])

    def delay(self) -> None:
        """What is sent later never arrives earlier on one connection."""
        self.arrival = np.maximum.accumulate(self.arrival) if self.arrival.size else self.arrival


def fills(n: int, at: float, price: float, size: float, arrival: float) -> Prints:
    """One order of `n` fills at one price."""
    made, ts, prices, sizes, arrivals = (np.full(n, x) for x in (at, at, price, size, arrival))
    return Prints(made, ts, prices, sizes, arrivals, np.zeros(n, np.bool_))


Edit = Callable[[list[Prints]], None]
"""Changes the trades of the markets, in the order of `Market.sources`."""


@dataclass(slots=True)
class Cut:
    """A connection is lost at `start` and stands again at `end`; trades in between are lost."""

    venue: str
    start: float
    end: float


@dataclass(slots=True)
class DrawnEvent:
    """At `at` one coin becomes `ratio` of `becomes`, or of itself where that is None."""

    at: float
    becomes: str | None
    ratio: float


@dataclass(slots=True)
class DrawnMarket:
    """What a scenario draws. `fair` is the true price in dollars on a grid of `STEP`, `rates` the
    true price of each quote currency on the same."""

    asset: str
    fair: Floats
    sources: list[DrawnSource]
    rates: dict[str, Floats] = field(default_factory=dict)
    edits: list[Edit] = field(default_factory=list)
    cuts: list[Cut] = field(default_factory=list)
    steps: list[tuple[float, float]] = field(default_factory=list)
    """When our own clock is set, and by how many seconds."""
    sleeps: list[tuple[float, float]] = field(default_factory=list)
    """From when to when our own machine is suspended; its connections are among `cuts`."""
    clocks: bool = False
    """Some clock is wrong, theirs or ours: trades go by the clock of the log, which finds out.
    Elsewhere it shows the time as it is, and only takes some."""
    event: DrawnEvent | None = None
    """What happens to the coin, as was announced beforehand. `fair` goes on in old coins."""
    cold: bool = False
    """There is no history: the log begins with the market."""

    @property
    def length(self) -> float:
        """Seconds."""
        return (self.fair.size - 1) * STEP

    @property
    def main(self) -> list[DrawnSource]:
        """The markets of the asset, under whatever name."""
        return [s for s in self.sources if s.base in self.names]

    @property
    def names(self) -> tuple[str, ...]:
        """What the asset is called, one after the other."""
        later = self.event.becomes if self.event is not None else None
        return (self.asset,) if later is None else (self.asset, later)

    def is_cut(self, venue: str, at: float) -> bool:
        """Whether what comes from a venue at this time is lost."""
        return any(c.venue == venue and c.start <= at < c.end for c in self.cuts)

    def noise(self) -> float:
        """How far an honest price is from the fair one at the most (log): three sd of a print and
        the lasting difference, of the worst venue with a hundredth of the volume, and the same of
        what converts its currency."""
        main = [s for s in self.main if s.honest]
        voters = [s for s in main if s.share >= 0.01] or main
        return max(abs(s.basis) + 3 * s.noise + self._rate_noise(s.quote) for s in voters)

    def _rate_noise(self, quote: str) -> float:
        if quote == "USD":
            return 0.0
        tellers = [s for s in self.sources if s.base == quote]
        if not tellers:  # it is taken for a dollar
            return float(np.max(np.abs(np.log(self.rates[quote]))))
        return max(abs(s.basis) + 3 * s.noise for s in tellers)


# ---- drawing


def path(rng: Generator, length: float, points: Sequence[tuple[float, float]], sd: float) -> Floats:
    """A true price through these (time, price) points, straight in log price, with a walk of `sd`
    over a second's root on it."""
    t = np.arange(0.0, length + STEP / 2, STEP)
    log = np.interp(t, [p[0] for p in points], np.log([p[1] for p in points]))
    walk = np.cumsum(rng.normal(0.0, sd * np.sqrt(STEP), t.size))
    walk[0] = 0.0
    price: Floats = np.exp(log + walk)
    return price


def draw_sources(
    rng: Generator,
    asset: str,
    *,
    venues: int | None = None,
    deepest: float | None = None,
    least: float = 0.01,
    thin: int = 0,
    dollars: bool | None = None,
) -> list[DrawnSource]:
    """The markets of an asset, the deepest first, thin ones last.

    `venues` have `least` of the volume or more; `dollars` says which quote they have, if only one.
    """
    n = whole(rng, r.VENUES) if venues is None else venues
    shares = _shares(rng, n, uniform(rng, r.DEEPEST) if deepest is None else deepest, least)
    shares += [magnitude(rng, r.THIN_SHARE) for _ in range(thin)]
    names = [name for name, e in EXCHANGES.items() if dollars is None or e.dollars == dollars]
    order = rng.permutation(len(names))
    sources = []
    for number, share in enumerate(shares):
        name = names[order[number]]
        quote = "USD" if EXCHANGES[name].dollars else "USDT"
        sources.append(draw_source(rng, name, asset, quote, share, number >= n))
    return sources


def _shares(rng: Generator, n: int, deepest: float, least: float) -> list[float]:
    if n == 1:
        return [1.0]
    rest = 1.0 - deepest
    spare = max(rest - (n - 1) * least, 0.0)
    drawn = rng.dirichlet(np.ones(n - 1)) * spare + min(least, rest / (n - 1))
    shares = [deepest, *drawn.tolist()]
    return sorted(shares, reverse=True)


def draw_source(
    rng: Generator, venue: str, base: str, quote: str, share: float, thin: bool = False
) -> DrawnSource:
    """A market with what goes with its share."""
    pace = r.TRADES * np.sqrt(share) * magnitude(rng, r.TRADES_SPREAD)
    rate = magnitude(rng, r.THIN_TRADES) if thin else float(np.clip(pace, *r.TRADES_WITHIN))
    noise = float(np.clip(r.NOISE_AT_ALL * share**r.NOISE_GROWTH, *r.NOISE_WITHIN))
    basis = float(rng.normal(0.0, r.BASIS)) * (r.BASIS_OF_DEEP if share > 0.2 else 1.0)
    return DrawnSource(venue, base, quote, share, rate, noise, basis, magnitude(rng, r.LATENCY))


def draw_dollar_markets(rng: Generator, market: DrawnMarket) -> None:
    """True rates of the quote currencies in use, and mostly markets that show them."""
    for quote in dict.fromkeys(s.quote for s in market.main):
        if quote == "USD" or quote in market.rates:
            continue
        peg = float(np.exp(uniform(rng, r.PEG)))
        market.rates[quote] = path(rng, market.length, [(0.0, peg)], r.QUIET / 10)
        if rng.random() >= r.NO_DOLLAR_MARKET:
            market.sources = [*market.sources, *draw_tellers(rng, quote, whole(rng, (1, 2)))]


def draw_tellers(rng: Generator, quote: str, n: int) -> list[DrawnSource]:
    """Markets of a quote currency in dollars."""
    tellers = []
    for number in rng.permutation(3)[:n]:
        rate = magnitude(rng, r.PEG_TRADES)
        venue = ("kraken", "coinbase", "bitstamp")[number]
        late = magnitude(rng, r.LATENCY)
        tellers.append(DrawnSource(venue, quote, "USD", 1.0 / n, rate, r.PEG_NOISE, 0.0, late))
    return tellers


def make_busy(rng: Generator, market: DrawnMarket, start: float, takes: float) -> None:
    """In a crash all trade more, the deepest most."""
    for number, source in enumerate(market.main):
        if source.share < 0.01 or source.pace is not None or source.busy is not None:
            continue
        factor = uniform(rng, r.BUSY_OTHERS if number else r.BUSY_DEEP)
        source.busy = between(start, start + takes + r.BUSY_AFTER, factor, 1.0)


def between(start: float, end: float, inside: float, outside: float = 0.0) -> Shape:
    """One number from `start` to `end`, another one elsewhere."""
    return lambda t, _: np.where((t > start) & (t < end), inside, outside)


def stuck(start: float, end: float = np.inf, at: float = 0.0) -> Shape:
    """A price that stays at `at` (log) from `start` on, wherever the fair one goes."""
    return lambda t, log: np.where((t > start) & (t < end), at - log, 0.0)


# ---- trades


def draw_trades(rng: Generator, market: DrawnMarket) -> list[Prints]:
    """The trades of every market, edited as the scenario says."""
    prints = []
    for source in market.sources:
        found = _live(rng, market, source)
        if not market.cold and (source.base == market.asset or source.base in market.rates):
            found.insert(0, _history(rng, market, source))
        prints.append(found)
    for edit in market.edits:
        edit(prints)
    for found in prints:
        found.delay()
    return prints


def _truth(market: DrawnMarket, source: DrawnSource, t: Floats) -> tuple[Floats, Floats]:
    """The log of the fair price of a market's base in dollars, and the same in its quote."""
    grid = np.arange(market.fair.size) * STEP
    base = market.fair if source.base in market.names else market.rates[source.base]
    log = np.interp(t, grid, np.log(base))
    if market.event is not None and source.base == market.names[-1]:
        new = np.log(market.event.ratio)
        log = log - np.where((t > market.event.at) | (source.base != market.asset), new, 0.0)
    if source.quote == "USD":
        return log, log
    return log, log - np.interp(t, grid, np.log(market.rates[source.quote]))


def _prints(rng: Generator, market: DrawnMarket, source: DrawnSource, t: Floats) -> Prints:
    fair, quoted = _truth(market, source, t)
    begin = _truth(market, source, np.zeros(1))[0][0]
    log = quoted + source.basis + rng.normal(0.0, source.noise, t.size)
    if source.off is not None:
        log = log + source.off(t, fair - begin)
    dollars = source.share * r.MEAN_SECOND / source.rate
    size = dollars * np.exp(rng.normal(-(r.SIZE_SPREAD**2) / 2, r.SIZE_SPREAD, t.size) - fair)
    if source.busy is not None:
        size = size * source.busy(t, fair)
    way = source.latency * (0.8 + rng.exponential(0.2, t.size))
    none = np.zeros(t.size, np.bool_)
    return Prints(t, t.copy(), np.exp(log), size, t + source.behind + way, none)


def _live(rng: Generator, market: DrawnMarket, source: DrawnSource) -> Prints:
    half = 0.5
    t = np.arange(0.0, market.length, half)
    factor = np.ones(t.size) if source.pace is None else source.pace(t, t)
    counts = rng.poisson(source.rate * half * factor)
    times = np.repeat(t, counts) + rng.uniform(0.0, half, int(counts.sum()))
    return _prints(rng, market, source, np.sort(times))


def _history(rng: Generator, market: DrawnMarket, source: DrawnSource) -> Prints:
    """Trades before 0 at the market's own pace, of which the first stands for a day's volume."""
    waits = rng.exponential(1.0 / source.rate, HISTORY_TRADES)
    found = _prints(rng, market, source, -np.cumsum(waits)[::-1])
    day = source.share * r.MEAN_SECOND * DAY_WEIGHT * np.exp(rng.normal(0.0, 0.2))
    found.size[0] = day / float(np.exp(_truth(market, source, np.zeros(1))[0][0]))
    return found
