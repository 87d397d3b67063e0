"""`up` in memory and virtual time: five venues, a market that falls, and clocks that are set.

Sessions, builder, runners with their codecs, and the gateway's state are the real ones; the log is
a list of records.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from connectors.feed.connect import VenueSessions
from connectors.feed.transport import Clock
from connectors.simulator.desks import Fill
from connectors.simulator.exchange import WIRES, Exchange
from connectors.simulator.memory import MemorySimulator
from engine.index.definition import parse_index
from engine.index.shard import Shard
from engine.pricing.pricer import Pricer
from engine.records import DefinitionRecord
from gateway.readiness import readiness
from gateway.state import State
from streams.clock import LogClock
from streams.codecs import encode
from streams.ingest import FrameBuilder, Ingested, key_of
from streams.level_rows import level_rows
from streams.records import Record
from streams.runner import pricer_runner, shard_runner
from streams.topics import partition_counts
from tests.connectors.faults.virtual_loop import START, run_virtual

VENUES = tuple(WIRES)
STEP = 0.05
"""Seconds between two looks of the exchanges at what is to be sent."""
TRADES = 0.2
"""A venue trades in so many of them: four times a second."""
FALLS = (8.0, 20.0, 35.5, 48.0)
"""When the market falls, for two seconds; it has recovered six seconds later."""
SECONDS = 60.0
COUNTS = partition_counts(prices=1)
INDEX = {"assets": ["BTC"], "alerts": {"drawdown": [0.05, 0.1]}}

Event = Callable[["World"], None]


def fair(t: float, depths: list[float]) -> float:
    """The price at `t`: it falls by one of the depths after the other, and comes back each time."""
    price = 20_000.0
    for begin, depth in zip(FALLS, depths, strict=True):
        if begin < t < begin + 8.0:
            share = min((t - begin) / 2.0, 1.0) - max((t - begin - 4.0) / 4.0, 0.0)
            price *= 1.0 - depth * share
    return price


class Life:
    """One process, from its start to its end."""

    def __init__(self, world: World) -> None:
        self.world = world
        loop = asyncio.get_running_loop()
        last = world.log[-1].time if world.log else world.last
        self.clock = LogClock(world.wall, world.monotonic, last)
        self.pricer = pricer_runner(Pricer(), "L", COUNTS)
        self.shard = shard_runner(Shard(), "L", COUNTS, 0)
        if world.kept:
            for runner, state in zip((self.pricer, self.shard), world.kept, strict=True):
                runner.load(state)
        else:
            mapping = parse_index("ONE", INDEX).to_mapping()
            self.append(DefinitionRecord(self.clock.now(), "live", "ONE", mapping), "define:1", 1)
        number = world.lives = world.lives + 1
        self.builder = FrameBuilder(
            self._sink, "up", str(number), self.clock.now, log_clock=self.clock
        )
        self.sessions = VenueSessions(
            VENUES,
            ["BTC"],
            self.builder.add,
            world.simulator.urls,
            clock=Clock(self.clock.now, loop.time, asyncio.sleep),
            connect=world.simulator.connect,
            rng=random.Random(f"{world.seed}:{number}"),
        )
        self.tasks = [
            asyncio.create_task(self.sessions.run()),
            asyncio.create_task(self.builder.run()),
        ]

    def _sink(self, ingested: Ingested) -> bool:
        self.append(ingested.frame, ingested.writer, ingested.seq)
        return True

    def append(self, frame: Any, writer: str, seq: int) -> None:
        """As `streams.local.LocalDriver` does."""
        world, now = self.world, self.clock.now()
        world.frames.append(frame)
        kind, value = encode(frame)
        key = "ONE" if isinstance(frame, DefinitionRecord) else key_of(frame)
        offset = len(world.log)
        world.log.append(
            Record("ticks", 0, offset, key, kind or "", 1, "L", writer, seq, now, value)
        )
        for out in self.pricer.apply(world.log[-1]):
            if out.topic != "prices":
                world.take(out.topic, out.body)
                continue
            row = (out.key, out.type, 1, "L", out.writer, out.seq, now, out.value)
            world.prices += 1
            for said in self.shard.apply(Record("prices", 0, world.prices - 1, *row)):
                world.take(said.topic, said.body)

    async def end(self) -> None:
        """SIGTERM."""
        self.sessions.stop()
        await self.tasks[0]
        await self.builder.close(1.0)
        self.tasks[1].cancel()
        await asyncio.gather(self.tasks[1], return_exceptions=True)
        self.world.kept = [self.pricer.dump(), self.shard.dump()]

    def health(self) -> Mapping[str, Any]:
        """As `tidegauge.live.Live` tells it."""
        return {"reasons": self.clock.reasons(), "now": self.clock.now()}


class World:
    """The venues, the machine's clocks, and all that came out.

    Seconds here are those of the virtual loop, which are true but for the time slept. `last` is the
    log's last time ahead of the first start, or 0.
    """

    def __init__(self, seed: int = 1, last: int = 0, events: Mapping[float, Event] | None = None):
        self.seed, self.last, self.events = seed, last, dict(events or {})
        self.skew = self.slept = 0
        """Of the wall clock, and of the machine while it was suspended, ns."""
        self.off = dict.fromkeys(VENUES, 0)
        """Of the venues' clocks, ns."""
        self.down = 0.0
        """The process is not to run before."""
        self.lives = self.prices = 0
        self.kept: list[dict[str, Any]] = []
        self.log = list[Record]()
        self.frames = list[Any]()
        self.alerts = list[tuple[float, dict[str, Any]]]()
        self.levels = list[tuple[float, dict[str, Any]]]()
        self.snapshots = list[tuple[float, dict[str, Any]]]()
        self.ready = list[tuple[float, list[str]]]()
        self.rejected = 0

    # ---- clocks

    def true(self) -> int:
        return START + self.slept + self.monotonic()

    def wall(self) -> int:
        return self.true() + self.skew

    def monotonic(self) -> int:
        return int(self.loop.time() * 1e9)

    # ---- what happens

    def sleep(self, ns: int) -> None:
        """The machine is suspended; its connections do not outlive that."""
        self.slept += ns
        for line in self.simulator.links:
            if line.end is None:
                line.reset()

    def take(self, topic: str, body: Any) -> None:
        at = self.loop.time()
        if topic == "rejected":
            self.rejected += 1
        if topic in ("alerts", "levels", "snapshots"):
            rows = level_rows(body) if topic == "levels" else [body]
            getattr(self, topic).extend((at, row) for row in rows)
            self.state.apply(topic, body)

    def _tape(self) -> Iterator[list[tuple[str, Fill]]]:
        rng = random.Random(self.seed)
        depths = [rng.choice([0.07, 0.13]) for _ in FALLS]
        numbers = dict.fromkeys(VENUES, 1_000_000)
        while True:
            t, fills = self.loop.time(), list[tuple[str, Fill]]()
            for venue in VENUES:
                trades, wobble = rng.random() < TRADES, rng.gauss(0.0, 1e-4)
                price = fair(t, depths) * (1.0 + wobble)
                if not trades:
                    continue
                numbers[venue] += 1
                symbol = next(iter(self.simulator.exchanges[venue].recent))
                ts = self.true() + self.off[venue]
                made = Fill(symbol, numbers[venue], f"{price:.2f}", "0.50000000", "buy", ts)
                fills.append((venue, made))
            yield fills
            if t >= SECONDS:
                return

    async def _run(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.state = State(clock=self.loop.time, wall=lambda: self.life.clock.now())
        exchanges = [Exchange(venue, self.true) for venue in VENUES]
        for exchange in exchanges:
            usdt = exchange.name in ("binance", "okx", "bybit")
            exchange.list_market("BTC", "USDT" if usdt else "USD")
        self.simulator = MemorySimulator(exchanges)
        self.life = Life(self)
        playing = asyncio.create_task(self.simulator.play(self._tape(), STEP))
        due = sorted(self.events)
        while not playing.done():
            await asyncio.sleep(0.5)
            while due and due[0] <= self.loop.time():
                self.events[due.pop(0)](self)
            if self.down > self.loop.time():
                await self.life.end()
                await asyncio.sleep(self.down - self.loop.time())
                self.life = Life(self)
            told = readiness(self.state, self.life.health)
            self.ready.append((self.loop.time(), told["reasons"]))
        await playing
        await self.life.end()

    def run(self) -> World:
        """Let it all happen."""
        run_virtual(self._run())
        return self

    # ---- what came out

    def told(self) -> list[tuple[str, str]]:
        """The alarms and all-clears, in order."""
        return [(body["rule"], body["state"]) for _, body in self.alerts]

    def reasons(self, begin: float, end: float) -> set[str]:
        """What the readiness page said between two times, each by its first word."""
        return {r.split(":")[0] for at, told in self.ready if begin < at <= end for r in told}
