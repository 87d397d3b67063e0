"""The chain: a market's trades through wire, parsers, ingest, Pricer and Shard, on a virtual clock.

Frames of the log are closed every `BEAT`, by the real `FrameBuilder`. In production that is every
10 ms, with a clock frame in 100 ms of silence. The time of each trade is in its row, so that only
the end of a source's three minutes of silence may show later in large frames, by less than `BEAT`
(a test holds both against each other), and they cost a tenth.
"""

from __future__ import annotations

import logging
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from connectors.simulator.desks import Fill
from drill.alarms import DEPTHS, Alarm
from drill.market import DrawnEvent, DrawnMarket, Floats, Prints
from drill.naive import naive_indices
from drill.wire import EXCHANGES, VenueConnection
from engine.index.shard import Shard
from engine.periods import NEVER
from engine.pricing.pricer import Pricer
from engine.pricing.rules import RULES, Rules
from engine.records import (
    AssetRecord,
    DefinitionRecord,
    Gap,
    Instrument,
    PriceFrame,
    PricerInput,
    Receipt,
    Side,
    Tick,
)
from engine.types import SECOND
from streams.clock import LogClock
from streams.ingest import FrameBuilder, Ingested

BEGIN = 1_760_097_600 * SECOND
"""2025-10-10 12:00 UTC is 0: a day is closed twelve hours later, out of the way."""
BEAT = SECOND
"""Of a frame, in fast runs."""
LINGER = SECOND // 100
"""The same in production (`streams.ingest.LINGER`)."""
INDEX = "DRILL"
LOG = "drill"
LEAST = 1e-8
"""Coins of the smallest trade: venues write eight decimals."""


@dataclass(slots=True)
class Outcome:
    """What was published of a market."""

    alarms: list[Alarm] = field(default_factory=list)
    prices: list[tuple[float, float]] = field(default_factory=list)
    """Time and price (of an old coin), of every instant with a new one."""
    statuses: list[tuple[float, str]] = field(default_factory=list)
    """Each change of the index's status, as seen at the ends of frames."""
    naive: dict[str, list[Alarm]] = field(default_factory=dict)
    trades: int = 0
    malformed: int = 0
    gaps: int = 0


def run(
    market: DrawnMarket, prints: list[Prints], rules: Rules = RULES, beat: int = BEAT
) -> Outcome:
    """Send all trades through the chain, and say what came out."""
    clock_log = logging.getLogger("streams.clock")
    level = clock_log.level
    clock_log.setLevel(logging.ERROR)  # our clock is wrong on purpose
    try:
        return _Run(market, rules, beat).go(prints)
    finally:
        clock_log.setLevel(level)


class _Run:
    """One market on its way."""

    def __init__(self, market: DrawnMarket, rules: Rules, beat: int) -> None:
        self._market, self._beat = market, beat
        self._pricer, self._shard = Pricer(rules), Shard(every=NEVER)
        self._offset = 0
        self._now = 0
        self._due = 0
        """When the ingest polls next; 0 before the index is watched."""
        self._outcome = Outcome()
        self._open: dict[str, Alarm] = {}
        self._naive = naive_indices(market.asset)
        self._indices = tuple(self._naive.values())
        self._set = 0
        """ns by which our own clock was set."""
        self._slept = 0
        """ns in which our machine was suspended, and its monotonic clock stood still."""
        self._times: list[tuple[int, int]] = []
        """The log's time and the world's, where they differ."""
        clock = LogClock(lambda: self._now + self._set, lambda: self._now - self._slept)
        self._time = clock.now if market.clocks else lambda: self._now
        log_clock = clock if market.clocks else None
        self._builder = FrameBuilder(self._sink, "drill", "1", self._time, log_clock=log_clock)
        self._lines = dict[str, VenueConnection]()
        self._instruments: list[Instrument] = [
            EXCHANGES[s.venue].instrument(s.base, s.quote) for s in market.sources
        ]
        for venue in dict.fromkeys(s.venue for s in market.sources):
            mine = [i for i in self._instruments if i.venue == venue]
            self._lines[venue] = VenueConnection(EXCHANGES[venue], mine)
        self._feeds = [(i.venue, self._lines[i.venue], i.symbol) for i in self._instruments]

    def go(self, prints: list[Prints]) -> Outcome:
        """Play all that happens in order of time."""
        market, outcome = self._market, self._outcome
        trades, others = _timeline(market, prints)
        first = next(trades)
        self._now = BEGIN + min(0, first.at, others[0].at if others else 0)
        for line in self._lines.values():
            self._take_events(line.connect(self._now))
        for trade in chain((first,), trades):
            while others and others[0].at < trade.at:
                self._happen(others.popleft())
            self._reach(trade.at)
            self._trade(trade)
        for event in others:
            self._happen(event)
        self._poll_until(BEGIN + round(market.length * SECOND))
        outcome.malformed = sum(line.malformed for line in self._lines.values())
        outcome.gaps = self._builder.counts.gaps
        outcome.naive = {name: index.watcher.alarms for name, index in self._naive.items()}
        return outcome

    def _happen(self, event: _Event) -> None:
        self._reach(event.at)
        event.happen(self)

    def _reach(self, at: int) -> None:
        """Let the time (ns from the beginning) come."""
        if at >= 0:
            if not self._due:
                self._begin()
            if self._due <= BEGIN + at:
                self._poll_until(BEGIN + at)
        self._now = BEGIN + at

    def _begin(self) -> None:
        """The history is in the log; from now on the index is watched."""
        self._now = BEGIN
        self._due = BEGIN - BEGIN % self._beat + self._beat
        self._builder.flush()
        mapping = {"assets": [self._market.asset], "alerts": {"drawdown": list(DEPTHS)}}
        if self._market.event is not None:
            self._apply(_announced(self._market, self._market.event, self._time()))
        self._apply(DefinitionRecord(self._time(), "live", INDEX, mapping))

    def _poll_until(self, end: int) -> None:
        """Let the ingest's polls come up to `end`."""
        while self._due <= end:
            self._now = self._due
            self._due += self._beat
            if not self._is_asleep():
                self._builder.poll()

    def _is_asleep(self) -> bool:
        at = (self._now - BEGIN) / SECOND
        return any(start <= at < end for start, end in self._market.sleeps)

    def _trade(self, trade: _Trade) -> None:
        """A trade comes in, unless the connection is away."""
        _, source, number, ts, price, size, off_book = trade
        venue, line, symbol = self._feeds[source]
        side: Side = "buy" if number % 2 else "sell"
        texts = decimal(price), decimal(max(size, LEAST))
        fill = Fill(symbol, number, *texts, side, BEGIN + ts)
        if self._market.cuts and self._market.is_cut(venue, (self._now - BEGIN) / SECOND):
            line.lose(fill)
        else:
            self._outcome.trades += 1
            self._take_events(line.trade(fill, off_book))

    def connect(self, venue: str) -> None:
        """A connection stands again."""
        self._take_events(self._lines[venue].connect(self._now))

    def step(self, seconds: float) -> None:
        """Our own clock is set."""
        self._set += round(seconds * SECOND)

    def wake(self, seconds: float) -> None:
        """Our own machine goes on after having been suspended."""
        self._slept += round(seconds * SECOND)

    def _take_events(self, said: list[Tick | Gap]) -> None:
        if not said:
            return
        seconds = (self._now - BEGIN) / SECOND
        for event in said:
            if type(event) is Tick:
                for index in self._indices:
                    index.trade(event, seconds)
        received = self._time()
        if self._market.clocks:
            self._times.append((received, self._now))
        self._builder.add(received, said)

    def _sink(self, ingested: Ingested) -> bool:
        self._apply(ingested.frame)
        return True

    def _apply(self, record: PricerInput) -> None:
        for output in self._pricer.apply(record):
            self._offset += 1
            body = output.body
            if isinstance(body, PriceFrame):
                self._note_prices(body)
            for published in self._shard.apply(body, Receipt("prices", LOG, 0, self._offset)):
                if published.topic == "alerts":
                    self._note_alarm(published.body)
        definition = self._shard.roster.definitions.get(INDEX)
        if definition is not None:
            status, statuses = self._shard.status(definition), self._outcome.statuses
            if not statuses or statuses[-1][1] != status:
                statuses.append(((self._now - BEGIN) / SECOND, status))

    def _note_prices(self, frame: PriceFrame) -> None:
        names, event = self._market.names, self._market.event
        for asset, at, price in zip(frame.asset, frame.at, frame.price, strict=True):
            if asset not in names:
                continue
            when = self._when(at)
            changed = event is not None and when > event.at
            if event is not None and changed and asset == names[-1]:
                self._outcome.prices.append((when, price * event.ratio))
            elif not changed:
                self._outcome.prices.append((when, price))

    def _when(self, at: int) -> float:
        """Seconds from the beginning, by the world's clock, of a time in the log."""
        if self._times:
            number = bisect_left(self._times, (at, 0))
            at = self._times[min(number, len(self._times) - 1)][1]
        return (at - BEGIN) / SECOND

    def _note_alarm(self, body: dict[str, Any]) -> None:
        """Put an alert with the episode it belongs to."""
        rule, status = body["rule"], body.get("because", {}).get("status", "live")
        disputed = bool(body.get("disputed", False))
        when = self._when(body["at"])
        if body["state"] == "firing":
            depth = float(rule.split(">=")[1].split("@")[0])
            heaviest = rule.endswith("@heaviest")
            alarm = Alarm(depth, when, None, status, disputed, heaviest=heaviest)
            self._outcome.alarms.append(alarm)
            self._open[body["episode"]] = alarm
        else:
            alarm = self._open.pop(body["episode"])
            alarm.cleared, alarm.clear_status, alarm.clear_disputed = when, status, disputed


def _announced(market: DrawnMarket, event: DrawnEvent, now: int) -> AssetRecord:
    """The `[asset.X]` table of an event."""
    row = {"at": BEGIN + round(event.at * SECOND), "becomes": event.becomes, "ratio": event.ratio}
    return AssetRecord(now, "live", market.asset, {"event": [row], "exclude": []})


class _Trade(NamedTuple):
    """A trade that comes in at `at`, stamped `ts` (ns from the beginning), of the source of this
    number; `id` counts the trades of its source."""

    at: int
    source: int
    id: int
    ts: int
    price: float
    size: float
    off_book: bool


class _Event(NamedTuple):
    """What else happens at `at` (ns from the beginning)."""

    at: int
    happen: Callable[[_Run], None]


def _timeline(market: DrawnMarket, prints: list[Prints]) -> tuple[Iterator[_Trade], deque[_Event]]:
    """All that happens before the end: trades, the first source's first where several come at once,
    and what comes behind the trades of the same instant."""
    end = round(market.length * SECOND)
    others = [_Event(round(cut.end * SECOND), _back(cut.venue)) for cut in market.cuts]
    others += [_Event(round(at * SECOND), _step(seconds)) for at, seconds in market.steps]
    others += [_Event(round(end * SECOND), _wake(end - start)) for start, end in market.sleeps]
    others.sort(key=lambda event: event.at)
    lengths = [len(found.arrival) for found in prints]
    source = np.repeat(np.arange(len(prints)), lengths)
    number = np.concatenate([np.arange(1, length + 1) for length in lengths])
    at, ts = (_ns(np.concatenate([getattr(p, name) for p in prints])) for name in ("arrival", "ts"))
    columns = [at, source, number, ts]
    columns += [np.concatenate([getattr(p, n) for p in prints]) for n in _AS_DRAWN]
    order = np.argsort(at, kind="stable")
    order = order[at[order] < end]
    # As columns until each is due: objects by the ten thousand would be looked through by the
    # garbage collector again and again.
    trades = map(_Trade, *(column[order].tolist() for column in columns))
    return trades, deque(event for event in others if event.at < end)


_AS_DRAWN = ("price", "size", "off_book")


def _ns(seconds: Floats) -> NDArray[np.int64]:
    return np.rint(seconds * SECOND).astype(np.int64)


def _back(venue: str) -> Callable[[_Run], None]:
    return lambda run: run.connect(venue)


def _step(seconds: float) -> Callable[[_Run], None]:
    return lambda run: run.step(seconds)


def _wake(seconds: float) -> Callable[[_Run], None]:
    return lambda run: run.wake(seconds)


def decimal(number: float) -> str:
    """As venues write it: eight decimals, more where a number is so small that they say little."""
    return f"{number:.8f}" if number >= 1e-3 or number == 0.0 else f"{number:.12f}"
