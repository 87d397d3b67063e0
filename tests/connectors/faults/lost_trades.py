"""Exchanges that lose trades on the way, sessions, a backfiller, and what the engine makes of it.

Each venue has a log of its own, so that a price is that of one venue: weights, into which
backfilled trades do go, cannot change it.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.feed.backfiller import BackfillCounts, Backfiller
from connectors.feed.connect import VenueSessions
from connectors.simulator.desks import Fill
from connectors.simulator.faults import Fault, Planned, relent, strike
from connectors.simulator.market import Market
from connectors.simulator.memory import MemorySimulator
from connectors.simulator.server import Simulator
from engine.index.shard import Shard
from engine.pricing.gate import ACCEPTED, REORDERED, TradeGate
from engine.pricing.pricer import Pricer
from engine.records import (
    Backfill,
    BackfillFrame,
    DefinitionRecord,
    Gap,
    PriceFrame,
    Receipt,
    Tick,
    TickFrame,
)
from engine.types import SECOND
from streams.ingest import FrameBuilder, Ingested
from tests.connectors.faults.virtual_loop import run_virtual, virtual_clock
from tests.connectors.faults.world import ASSETS, RATE, TICK, liquid, listed, record_tape
from tests.waiting import wait_until

ASKED = ("binance", "coinbase", "kraken", "okx")
"""Venues that are simulated and have a history."""
INDEX = {"weights": {"BTC": 0.5, "LTC": 0.5}, "return_interval": "1s"}
Market_ = tuple[str, str]
Row = tuple[float, float, str | None, int]
"""Price, size, side and time."""


class Logs:
    """A log for each venue, filled through real frames."""

    def __init__(self, venues: Iterable[str], now_ns: Callable[[], int]) -> None:
        self.frames: dict[str, list[TickFrame | BackfillFrame]] = {v: [] for v in venues}
        self.builders = {
            venue: FrameBuilder(self._keep(venue), venue, "1", now_ns) for venue in self.frames
        }

    def _keep(self, venue: str) -> Callable[[Ingested], bool]:
        def keep(ingested: Ingested) -> bool:
            self.frames[venue].append(ingested.frame)
            return True

        return keep

    def add(self, received: int, items: Sequence[Tick | Gap | Backfill]) -> None:
        """The sink."""
        self.builders[items[0].instrument.venue].add(received, items)

    def flush(self) -> None:
        """Close the frames."""
        for builder in self.builders.values():
            builder.flush()


@dataclass
class Engine:
    """What a Pricer and a Shard say to a log, with or without its backfills."""

    pricer: Pricer = field(default_factory=Pricer)
    rows: list[tuple[str, int, float]] = field(default_factory=list)
    of_backfills: list[str] = field(default_factory=list)
    """Assets that a backfill gave a price row: none should. What time alone makes before it, as
    the first price of an asset, is not of it."""
    gap_seconds: float = 0.0
    backfilled: dict[str, int] = field(default_factory=dict)

    def read(self, frames: Iterable[TickFrame | BackfillFrame]) -> Engine:
        """Take a log in, and a snapshot at the end."""
        shard, taken = Shard(0, 1), list(frames)
        columns: list[list[Any]] = [[] for _ in range(9)]
        clock = TickFrame(taken[-1].now + 2 * SECOND, "live", *columns)
        records = [DefinitionRecord(1, "live", "X", INDEX), *taken, clock]
        for offset, record in enumerate(records):
            for output in self.pricer.apply(record):
                body = output.body
                if isinstance(body, PriceFrame):
                    self.rows += zip(body.asset, body.at, body.price, strict=True)
                    if isinstance(record, BackfillFrame):
                        columns_of = zip(body.asset, body.at, strict=True)
                        self.of_backfills += [a for a, at in columns_of if at >= record.now]
                for told in shard.apply(body, Receipt("prices", "log", 0, offset)):
                    if told.topic == "snapshots" and told.key == "X":
                        self.gap_seconds = told.body["quality"]["gap_seconds_24h"]
                        self.backfilled = told.body["quality"]["backfilled"]
        return self


def counted(frames: Iterable[TickFrame | BackfillFrame]) -> dict[Market_, Counter[str]]:
    """How often each trade of each market counts: let through by a gate, or backfilled."""
    gates: dict[Market_, TradeGate] = {}
    found: dict[Market_, Counter[str]] = {}
    for frame in frames:
        if isinstance(frame, BackfillFrame):
            found[frame.instrument[:2]].update(frame.id)
            continue
        for place, ts, trade_id in zip(frame.instrument, frame.ts, frame.id, strict=True):
            market = frame.instruments[place][:2]
            gate = gates.setdefault(market, TradeGate(frame.instruments[place]))
            if gate.admit(ts, trade_id) in (ACCEPTED, REORDERED):
                found.setdefault(market, Counter()).update([trade_id or ""])
    return found


def values(frames: Iterable[TickFrame | BackfillFrame]) -> dict[Market_, dict[str, Row]]:
    """Price, size, side and time of every backfilled trade, by market and id."""
    found: dict[Market_, dict[str, Row]] = {}
    for frame in frames:
        if isinstance(frame, BackfillFrame):
            rows = zip(frame.id, frame.price, frame.size, frame.side, frame.ts, strict=True)
            trades = found.setdefault(frame.instrument[:2], {})
            trades.update({row[0]: row[1:] for row in rows})
    return found


@dataclass
class Lost:
    """A run: what was traded, what the logs hold, what the backfiller says of itself."""

    truth: dict[Market_, dict[str, Fill]]
    frames: dict[str, list[TickFrame | BackfillFrame]]
    counts: dict[str, BackfillCounts]


def run_losing(seed: int) -> Lost:
    """Every venue leaves trades out for some seconds and is then cut off, in virtual time."""
    return run_virtual(_losing(seed))


def faults_of(seed: int) -> list[Planned]:
    """Trades left out from second 6 on, the connection cut at second 14, again at 18."""
    planned = []
    for venue in ASKED:
        for kind, at, seconds in (
            ("id_gaps", 6.0, 4.0),
            ("rst", 14.0, 0.0),
            ("cut_24h", 18.0, 0.0),
        ):
            fault = Fault(kind, liquid(venue), seconds, f"{kind}:{seed}:{venue}")
            planned.append(Planned(at, venue, fault))
    return planned


def told(truth: Iterable[tuple[str, Fill]]) -> dict[Market_, dict[str, Fill]]:
    """All trades made, by market and id."""
    found: dict[Market_, dict[str, Fill]] = {}
    for venue, fill in truth:
        found.setdefault((venue, fill.symbol), {})[str(fill.id)] = fill
    return found


async def _losing(seed: int) -> Lost:
    loop = asyncio.get_running_loop()
    clock = virtual_clock(loop)
    tape = record_tape(seed)
    exchanges = listed(clock.now_ns, Market(seed, ASSETS, (*ASKED, "bybit"), RATE))
    for venue, fill in tape[0]:
        exchanges[venue].keep(fill)
    simulator = MemorySimulator(exchanges[venue] for venue in ASKED)
    logs = Logs(ASKED, clock.now_ns)
    backfiller = Backfiller(
        ASKED,
        logs.add,
        simulator.urls,
        simulator.rest_urls,
        now_ns=clock.now_ns,
        open_rest=simulator.open_rest,
    )
    sessions = VenueSessions(
        ASKED,
        ASSETS,
        backfiller.take,
        simulator.urls,
        clock=clock,
        connect=simulator.connect,
        rng=random.Random(seed),
    )
    running = asyncio.create_task(sessions.run())
    filling = asyncio.create_task(backfiller.run())
    kept = [[(venue, fill) for venue, fill in step if venue in ASKED] for step in tape]
    await simulator.play(kept[1:], TICK, faults_of(seed), logs.flush)
    sessions.stop()
    await running
    for _ in range(600):  # virtual seconds
        if backfiller.waiting:
            await asyncio.sleep(1.0)
    filling.cancel()
    await asyncio.gather(filling, return_exceptions=True)
    logs.flush()
    truth = told(entry for step in kept for entry in step)
    return Lost(truth, logs.frames, backfiller.counts)


async def run_on_sockets(seed: int, seconds: float) -> Lost:
    """The same over loopback websockets and HTTP, in real time; the REST interface balks once."""
    truth: list[tuple[str, Fill]] = []
    logs = Logs(ASKED, time.time_ns)
    async with Simulator(seed, ASKED, ASSETS, rate=150.0, truth=truth) as simulator:
        backfiller = Backfiller(ASKED, logs.add, simulator.urls, simulator.rest_urls)
        sessions = VenueSessions(ASKED, ASSETS, backfiller.take, simulator.urls)
        running = asyncio.create_task(sessions.run())
        filling = asyncio.create_task(backfiller.run())
        markets = {(venue, s) for venue in ASKED for s in simulator.exchanges[venue].recent}
        await wait_until(lambda: len(heard(sessions)) == len(markets))
        simulator.exchanges["binance"].rest_refusing = 1
        losing = {
            venue: Fault("id_gaps", liquid(venue), 0.0, f"sockets:{seed}:{venue}")
            for venue in ASKED
        }
        for venue, fault in losing.items():
            strike(simulator.exchanges[venue], fault)
        await asyncio.sleep(seconds)
        for venue, fault in losing.items():
            relent(simulator.exchanges[venue], fault)
        # OKX's parser tells of missing ids with the next trade: a cut before would take them along.
        made = newest(simulator)
        await wait_until(lambda: all(newest(simulator)[m] > made[m] + 2 for m in made))
        for venue in ASKED:
            assert simulator.drop(venue) == 1
        # A new connection each, and a trade of every market on it, so that what was lost is known.
        await wait_until(lambda: all(len(e.met) > 1 for e in simulator.exchanges.values()))
        await wait_until(lambda: all(m in again(simulator) for m in markets))
        simulator.halt()
        await asyncio.sleep(0.5)  # what is under way arrives; nothing more is made
        sessions.stop()
        await running
        await wait_until(lambda: not backfiller.waiting, 120.0)
        filling.cancel()
        await asyncio.gather(filling, return_exceptions=True)
    logs.flush()
    return Lost(told(truth), logs.frames, backfiller.counts)


def heard(sessions: VenueSessions) -> set[Market_]:
    """The markets of which a trade came."""
    return {(s.venue, name) for s in sessions.stats for name, x in s.symbols.items() if x.ticks}


def newest(simulator: Simulator) -> dict[Market_, int]:
    """The id of the last trade of every market."""
    exchanges = simulator.exchanges.items()
    return {(v, name): fills[-1].id for v, e in exchanges for name, fills in e.recent.items()}


def again(simulator: Simulator) -> set[Market_]:
    """The markets of which a trade was sent on the second connection of their venue."""
    exchanges = simulator.exchanges.items()
    return {(venue, symbol) for venue, e in exchanges for symbol in e.met[1].first_trade}
