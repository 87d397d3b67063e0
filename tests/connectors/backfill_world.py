"""Exchanges that lose trades on the way, sessions, a backfiller, and what the engine makes of it.

Each venue has a log of its own, so that a price is that of one venue: weights, into which
backfilled trades do go, cannot change it.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from connectors.backfiller import BackfillCounts, Backfiller
from connectors.connect import VenueSessions
from connectors.simulator.desks import Fill
from connectors.simulator.faults import Fault, Planned
from connectors.simulator.market import Market
from connectors.simulator.memory import MemorySimulator
from engine.gate import ACCEPTED, REORDERED, Gate
from engine.pricing import Pricer
from engine.shard import Shard
from engine.types import (
    Backfill,
    BackfillFrame,
    DefinitionRecord,
    Gap,
    PriceFrame,
    Receipt,
    Tick,
    TickFrame,
)
from streams.ingest import FrameBuilder, Ingested
from tests.connectors.faults_world import ASSETS, RATE, TICK, liquid, listed, record_tape
from tests.connectors.virtual_loop import run_virtual, virtual_clock

ASKED = ("binance", "coinbase", "kraken", "okx")
"""Venues that are simulated and have a history."""
INDEX = {"weights": {"BTC": 0.5, "LTC": 0.5}, "return_interval": "1s"}
Market_ = tuple[str, str]


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
    """Assets that a backfill gave a price row: none should."""
    gap_seconds: float = 0.0
    backfilled: dict[str, int] = field(default_factory=dict)

    def read(self, frames: Iterable[TickFrame | BackfillFrame]) -> Engine:
        """Take a log in."""
        shard = Shard(0, 1)
        records = [DefinitionRecord(1, "live", "X", INDEX), *frames]
        for offset, record in enumerate(records):
            for output in self.pricer.apply(record):
                body = output.body
                if isinstance(body, PriceFrame):
                    self.rows += zip(body.asset, body.at, body.price, strict=True)
                    if isinstance(record, BackfillFrame):
                        self.of_backfills += body.asset
                for told in shard.apply(body, Receipt("prices", "log", 0, offset)):
                    if told.topic == "snapshots" and told.key == "X":
                        self.gap_seconds = told.body["quality"]["gap_seconds_24h"]
                        self.backfilled = told.body["quality"]["backfilled"]
        return self


def counted(frames: Iterable[TickFrame | BackfillFrame]) -> dict[Market_, Counter[str]]:
    """How often each trade of each market counts: let through by a gate, or backfilled."""
    gates: dict[Market_, Gate] = {}
    found: dict[Market_, Counter[str]] = {}
    for frame in frames:
        if isinstance(frame, BackfillFrame):
            found[frame.instrument[:2]].update(frame.id)
            continue
        for place, ts, trade_id in zip(frame.instrument, frame.ts, frame.id, strict=True):
            market = frame.instruments[place][:2]
            gate = gates.setdefault(market, Gate(frame.instruments[place]))
            if gate.admit(ts, trade_id) in (ACCEPTED, REORDERED):
                found.setdefault(market, Counter()).update([trade_id or ""])
    return found


def values(frames: Iterable[TickFrame | BackfillFrame]) -> dict[Market_, dict[str, tuple]]:  # type: ignore[type-arg]
    """Price, size, side and µs of every backfilled trade, by market and id."""
    found: dict[Market_, dict[str, tuple]] = {}  # type: ignore[type-arg]
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
    async with asyncio.timeout(600):
        while backfiller.waiting:
            await asyncio.sleep(0.1)
    filling.cancel()
    await asyncio.gather(filling, return_exceptions=True)
    logs.flush()
    truth = told(entry for step in kept for entry in step)
    return Lost(truth, logs.frames, backfiller.counts)
