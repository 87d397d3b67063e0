"""Notifiers in virtual time: a log in memory, episodes, receivers that fail, kills and cuts.

All chance comes from one seed. A kill is a cancellation at any point where a process could die: no
code of the notifier writes or sends anything on its way out of one.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import time
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from engine.types import SECOND
from notify.alert import LoggedAlert
from notify.message import Letter, SendOutcome
from notify.quiet import Quiet
from notify.routes import Route, RouteFile
from notify.service import Service
from streams.memory import MemoryLog
from streams.records import OutRecord, Record
from tests.connectors.faults.virtual_loop import START

BERLIN = Quiet(time(22), time(7), ZoneInfo("Europe/Berlin"), frozenset({"critical"}))
"""Quiet hours of people there."""

SEVERITIES = ("info", "warning", "critical")


def clock() -> int:
    """ns UTC in virtual time."""
    return START + int(asyncio.get_running_loop().time() * 1e9)


def alert(n: int, state: str, seq: int, at: int, **more: Any) -> dict[str, Any]:
    """An alert of episode `n`."""
    episode = f"{n:032x}"
    return {
        "id": f"{episode}:{state}",
        "episode": episode,
        "seq": seq,
        "index": f"IX{n % 7}",
        "kind": "drawdown",
        "rule": f"drawdown>=0.{n % 9 + 1}0",
        "state": state,
        "severity": SEVERITIES[n % 3],
        "origin": "live",
        "level": 900.0,
        "peak": 1000.0,
        "drawdown": 0.1,
        "at": at,
        "peak_at": at - SECOND,
    } | more


class Log(MemoryLog):
    """In memory, compacted. `slow` gives how long a record takes, so that a kill can come between
    two of one call; then, as on a broker, what waits to be compacted is read as well."""

    def __init__(self, rng: random.Random, slow: float = 0.0) -> None:
        super().__init__()
        self.rng, self.slow = rng, slow
        self._seqs = Counter[str]()
        self._keys = defaultdict[str, dict[str, Record]](dict)
        self.order: list[dict[str, Any]] = []

    async def latest(
        self, topic: str, partition: int, prefixes: Sequence[str] = ("",)
    ) -> AsyncGenerator[Record, None]:
        compacted = self._keys[topic].values()
        for record in list(self._records[topic, partition] if self.slow else compacted):
            if record.key.startswith(tuple(prefixes)):
                yield record

    @asynccontextmanager
    async def writer(self, *, patience: float | None = None) -> AsyncIterator[Log]:  # type: ignore[override]
        yield self

    async def send(self, *batches: Iterable[OutRecord]) -> None:
        for record in list(chain(*batches)):
            if self.slow:
                await asyncio.sleep(self.rng.random() * self.slow)
            await super().send([record])
            self._keys[record.topic][record.key] = self._records[record.topic, record.partition][-1]
        if self.slow:
            await asyncio.sleep(self.rng.random() * self.slow)

    async def ring(self, n: int, state: str, **more: Any) -> dict[str, Any]:
        """Append an alert of an episode."""
        index = f"IX{n % 7}"
        self._seqs[index] += 1
        body = alert(n, state, self._seqs[index], clock(), **more)
        self.order.append(body)
        await self.append("alerts", index, "alert", body)
        return body

    async def append(self, topic: str, key: str, kind: str, body: Any) -> None:
        """Append a record under the name of whoever may."""
        writer = {"alerts": "shard:0", "silences": "silence:t"}.get(topic, "acknowledge:t")
        value = b"" if body is None else orjson.dumps(body)
        record = OutRecord(topic, 0, key, kind, value, writer, 1, body)
        await super().send([record])
        self._keys[topic][key] = self._records[topic, 0][-1]

    def notes(self) -> dict[str, Any]:
        """What `notifications` says now, by its keys."""
        return {k: orjson.loads(r.value) for k, r in self._keys["notifications"].items()}


class Receiver:
    """A channel that remembers what arrived. `faults` is the share of tries that go wrong, and
    while `cut` nothing arrives. A `keyed` one takes each key once."""

    def __init__(self, rng: random.Random, *, keyed: bool, faults: float = 0.0) -> None:
        self.rng, self.keyed, self.faults = rng, keyed, faults
        self.cut = False
        self.arrived: list[Letter] = []
        self.times: list[int] = []
        self._keys = set[str]()
        self.tries = 0

    async def send(self, letter: Letter) -> SendOutcome:
        self.tries += 1
        await asyncio.sleep(self.rng.random() * 0.1)
        if self.cut:
            return SendOutcome("failed", "no connection")
        fate = self.rng.random()
        if fate < self.faults / 3:
            return SendOutcome("unknown", "500")
        self._take(letter)
        if fate < self.faults:  # it has it, and nobody is told
            await asyncio.sleep(self.rng.random() * 10)
            return SendOutcome("unknown", "no answer")
        await asyncio.sleep(self.rng.random() * 0.1)
        return SendOutcome("sent", "200")

    def _take(self, letter: Letter) -> None:
        if self.keyed and letter.key in self._keys:
            return
        self._keys.add(letter.key)
        self.arrived.append(letter)
        self.times.append(clock())

    async def refresh(self, alerts: Sequence[LoggedAlert], page: str, now: int) -> None:
        pass

    async def close(self) -> None:
        pass

    def told(self, *reasons: str) -> list[str]:
        """The ids of alerts that arrived, in order (of messages of these reasons)."""
        return [a.id for m in self.arrived if not reasons or m.reason in reasons for a in m.alerts]


class Process:
    """A notifier that can be killed."""

    def __init__(self, log: MemoryLog, routes: Sequence[Route], receivers: dict[str, Any]) -> None:
        self.log, self.routes, self.receivers = log, routes, receivers
        self.task: asyncio.Task[None] | None = None
        self.stop = asyncio.Event()

    def start(self, rng: random.Random) -> Process:
        file = RouteFile(tuple(self.routes))
        self.stop = asyncio.Event()
        self.service = Service(self.log, file, self.receivers, clock=clock, chance=rng.random)
        self.task = asyncio.create_task(self.service.run(self.stop))
        return self

    async def kill(self) -> None:
        assert self.task is not None
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task

    async def end(self) -> None:
        """A good end."""
        self.stop.set()
        assert self.task is not None
        await self.task


def webhook(name: str, **more: Any) -> Route:
    return Route(name, "webhook", "http://127.0.0.1/", "http://127.0.0.1", **more)
