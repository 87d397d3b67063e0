"""Small markets of several venues in which everything goes wrong that does go wrong."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from typing import NamedTuple

from engine.records import Instrument, TickFrame
from engine.types import DAY, SECOND
from tests.engine.pricing_desk import T

FAULTS = ("frozen", "scaled", "silent", "lagging", "ahead", "premium", "sliding")


class Trade(NamedTuple):
    received: int
    instrument: Instrument
    price: float
    size: float
    ts: int


@dataclass
class Venue:
    """One symbol: how often it trades (mean seconds), how much a trade is worth, what breaks."""

    instrument: Instrument
    pace: float
    usd: float
    faults: list[tuple[float, float, str, float]] = field(default_factory=list)
    """From, until (seconds), what, how much."""

    def fault(self, second: float, what: str) -> float | None:
        return next((x for a, b, w, x in self.faults if w == what and a <= second < b), None)


@dataclass
class Path:
    """A fair price: a walk with one fall or rise that takes some seconds."""

    price: float
    begin: float
    takes: float
    move: float

    def at(self, second: float) -> float:
        part = min(max((second - self.begin) / self.takes, 0.0), 1.0)
        return self.price * (1 + 0.004 * math.sin(second / 37)) * (1 + self.move * part)


class Market:
    """A seeded market: `trades` in order of receipt, `frames` of them."""

    def __init__(self, seed: int, quotes: bool = True, venues: int | None = None) -> None:
        self.r = r = random.Random(seed)
        self.seconds = r.choice([60, 200, 700])
        n = venues or r.randint(1, 6)
        self.paths = {
            "BTC": Path(
                50_000.0,
                self.seconds * r.uniform(0.1, 0.9),
                r.choice([0.01, 1.0, 10.0, 60.0]),
                r.choice([0.0, 0.0, -0.04, -0.12, -0.3, 0.2]),
            ),
            "USDT": Path(1.0, self.seconds * r.random(), 5.0, r.choice([0.0, 0.0, -0.05, -0.3])),
            "EUR": Path(1.1, 0.0, 1.0, 0.0),
            "USD": Path(1.0, 0.0, 1.0, 0.0),
        }
        self.paths["USD"].at = lambda second: 1.0  # type: ignore[method-assign]
        self.venues: list[Venue] = []
        pace = self.seconds / r.choice([10, 40])
        for letter in "abcdef"[:n]:
            quote = r.choice(["USD", "USD", "USDT", "EUR"]) if quotes else "USD"
            self._add(letter, "BTC", quote, pace)
            if quotes and r.random() < 0.25:
                self._add(letter, "BTC", r.choice(["USD", "USDT"]), pace)
        for quote in sorted({v.instrument.quote for v in self.venues} - {"USD"}):
            for letter in r.sample("kl", r.choice([0, 1, 1, 2])):
                self._add(letter, quote, "USD", pace)

    def _add(self, venue: str, base: str, quote: str, pace: float) -> None:
        r = self.r
        instrument = Instrument(venue, f"{base}/{quote}", base, quote, "spot", False)
        if any(v.instrument == instrument for v in self.venues):
            return
        venue_pace = r.choice([0.2, 1.0, 1.0, 5.0]) * pace
        found = Venue(instrument, venue_pace, 10 ** r.uniform(-1, 6))
        for _ in range(r.choice([0, 0, 1, 2])):
            begin = self.seconds * r.random()
            until = begin + r.choice([1.0, 15.0, 200.0])
            what = r.choice(FAULTS)
            much = {
                "scaled": r.choice([10.0, 0.1, 0.65, 1.5]),
                "lagging": r.choice([3.0, 30.0, 200.0]),
                "ahead": r.choice([4.0, 6.0, 86400.0]),
                "premium": r.choice([0.02, 0.035, -0.05]),
                "sliding": r.choice([0.01, 0.02, -0.025]),
            }.get(what, 0.0)
            found.faults.append((begin, until, what, much))
        self.venues.append(found)

    def fair(self, instrument: Instrument, second: float) -> float:
        return self.paths[instrument.base].at(second) / self.paths[instrument.quote].at(second)

    def trades(self) -> list[Trade]:
        r, found = self.r, list[Trade]()
        for venue in self.venues:
            second, last, begun, slid = r.random() * 3, 0.0, False, 1.0
            while second < self.seconds:
                second += 0.05 if begun and r.random() < 0.1 else r.expovariate(1 / venue.pace)
                begun = True
                if venue.fault(second, "silent") is not None:
                    continue
                price = self.fair(venue.instrument, second) * r.uniform(0.999, 1.001)
                price *= venue.fault(second, "scaled") or 1.0
                price *= 1 + (venue.fault(second, "premium") or 0.0)
                step = venue.fault(second, "sliding")  # with each trade a bit further off
                slid = 1.0 if step is None else slid * (1.0 - step)
                price *= min(max(slid, 0.7), 1.4)
                if venue.fault(second, "frozen") is not None and last:
                    price = last
                if r.random() < 0.02:  # a wick
                    price *= r.choice([0.6, 0.9, 0.95, 1.1, 2.5])
                last = price
                received = T + round(second * SECOND)
                ts = received - r.randrange(SECOND // 5)
                ts -= round((venue.fault(second, "lagging") or 0.0) * SECOND)
                ts += round((venue.fault(second, "ahead") or 0.0) * SECOND)
                for _ in range(r.choice([1, 1, 1, 3])):
                    usd = venue.usd * r.expovariate(1.0)
                    quoted = price * self.paths[venue.instrument.quote].at(second)
                    found.append(Trade(received, venue.instrument, price, usd / quoted, ts))
                    price *= r.uniform(0.999, 1.001)
                    ts -= r.choice([0, 0, 10**6])
        return sorted(found, key=lambda t: t.received)

    def frames(self, trades: list[Trade] | None = None) -> list[TickFrame]:
        """A frame for some trades, and empty ones between: time flows on."""
        left, found, n = self.trades() if trades is None else list(trades), list[TickFrame](), 0
        while left:
            part = [left.pop(0) for _ in range(min(len(left), self.r.choice([1, 1, 2, 6])))]
            found.append(frame_of(part, n, part[-1].received + self.r.choice([0, 10**6])))
            n += len(part)
            if self.r.random() < 0.2:
                pause = self.r.choice([SECOND // 10, 3 * SECOND, 180 * SECOND])
                now = min(part[-1].received + pause, left[0].received - 1 if left else DAY * 10**6)
                found.append(frame_of([], n, max(now, found[-1].now)))
        return found


def frame_of(trades: list[Trade], first: int, now: int) -> TickFrame:
    """These trades as one frame, with ids from `first` on."""
    return TickFrame(
        max([now, *(t.received for t in trades)]),
        "live",
        [t.instrument for t in trades],
        list(range(len(trades))),
        [t.price for t in trades],
        [t.size for t in trades],
        [None] * len(trades),
        [str(first + i) for i in range(len(trades))],
        [t.ts for t in trades],
        [t.received for t in trades],
        [],
    )
