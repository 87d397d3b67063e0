"""Where the log of `make notify` is: in a directory, or on a Kafka with a network that breaks."""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Protocol, Self

import orjson

from streams.kafka.address import KafkaAddress, KafkaLog
from streams.kafka.log import BrokerLog
from streams.kafka.topics import create_topics
from streams.log import Writer
from streams.records import OutRecord
from streams.sqlite.file import SqliteLog
from tests.kafka.broker import Broker
from tests.proxy import Proxy

BLIND = "no Kafka broker can be reached"
"""What a notifier says that starts while the network is cut; then it is started again."""


FAULTS = ("silent for long", "reset", "silent", "refused")
"""Of a network, one after the other."""


class Ground(Protocol):
    """A log, and how notifiers come to it. An async context manager."""

    cuts: Counter[str]
    """How often each fault of the network to the log was made."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *_: object) -> None: ...

    def address(self) -> str:
        """The `--log` of a notifier that starts now."""

    async def append(self, index: str, seq: int, body: dict[str, Any]) -> None:
        """Append an alert."""

    async def cut(self) -> None:
        """Break the way to the log for a while."""


class Directory:
    """A log in a directory: there is no network to it."""

    def __init__(self, place: Path) -> None:
        self.place, self.cuts = place / "log", Counter[str]()

    async def __aenter__(self) -> Self:
        self._file = SqliteLog(self.place, role=None)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._file.close()

    def address(self) -> str:
        return str(self.place)

    async def append(self, index: str, seq: int, body: dict[str, Any]) -> None:
        value = orjson.dumps(body)
        self._file.append("alerts", 0, index, "alert", value, "shard:0", seq, time.time_ns())

    async def cut(self) -> None:
        pass


class Kafka:
    """A log on a Kafka, of which most notifiers start behind a proxy. What is cut there is cut for
    these alone, so that one which is not takes over while they do not know of it."""

    def __init__(self, servers: tuple[str, str], proxy: Proxy, rng: random.Random) -> None:
        """`servers` are `host:port` directly and behind the proxy, which is started."""
        prefix = f"notify-{uuid.uuid4().hex[:8]}."
        self._direct, self._behind = (
            KafkaLog(KafkaAddress((server,), prefix)) for server in servers
        )
        self._proxy, self._rng = proxy, rng
        self._seq = 0
        self.cuts = Counter[str]()

    async def __aenter__(self) -> Self:
        self._stack = AsyncExitStack()
        log = BrokerLog(self._direct, await create_topics(self._direct, prices=1))
        self._writer: Writer = await self._stack.enter_async_context(log.writer())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    def address(self) -> str:
        behind = self._rng.random() < 0.7
        return str((self._behind if behind else self._direct).address)

    async def append(self, index: str, seq: int, body: dict[str, Any]) -> None:
        self._seq += 1
        value = orjson.dumps(body)
        record = OutRecord("alerts", 0, index, "alert", value, "shard:0", self._seq, body)
        await self._writer.send([record])

    async def cut(self) -> None:
        """The next of the faults: silence is shorter or longer than a session."""
        what = FAULTS[sum(self.cuts.values()) % len(FAULTS)]
        self.cuts[what] += 1
        try:
            if what == "reset":
                self._proxy.reset()
            elif what == "refused":
                self._proxy.refusing = True
                self._proxy.reset()
                await asyncio.sleep(self._rng.random() * 15)
            else:
                self._proxy.black_hole()
                low, high = (0.5, 8.0) if what == "silent" else (9.0, 25.0)
                await asyncio.sleep(self._rng.uniform(low, high))
        finally:
            self._proxy.heal()


@asynccontextmanager
async def own_kafka(place: Path, rng: random.Random) -> AsyncIterator[Kafka]:
    """A log on a broker of its own, with a proxy before it."""
    broker = await asyncio.to_thread(Broker, place / "kafka")
    try:
        await asyncio.to_thread(broker.start)
        servers = broker.address, broker.proxied_address
        async with (
            Proxy(broker.ports.behind, broker.ports.proxied) as proxy,
            Kafka(servers, proxy, rng) as ground,
        ):
            yield ground
    finally:
        await asyncio.to_thread(broker.close)
