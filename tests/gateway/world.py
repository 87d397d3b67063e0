"""A gateway over a real log of the real stages: months of recorded prices, then some live ones of
which the tables do not have the newest minutes yet."""

from __future__ import annotations

import asyncio
import math
import random
from pathlib import Path
from typing import Any

import httpx
import orjson
from fastapi import FastAPI

from engine.index.definition import parse_index
from engine.index.shard import Shard
from engine.pricing.pricer import Pricer
from engine.records import AssetFrame
from engine.types import DAY, HOUR, MINUTE, SECOND
from gateway.app import create_app
from gateway.state import State
from streams.codecs import as_json, encode
from streams.log import at_once
from streams.records import OutRecord
from streams.sinks.parquet import ParquetSink
from streams.sinks.reader import TableReader
from streams.sinks.sink import Follower
from streams.sqlite.driver import LocalDriver
from streams.sqlite.file import SqliteLog
from tests.ports import define, port
from tidegauge.filling import show

FIRST = 19_676 * DAY  # 2023-11-15T00:00:00Z
DAYS = 80
"""Less than the 90 that minutes are kept."""
LIVE = FIRST + DAYS * DAY
ASSETS = ("BTC", "ETH", "SOL")
NAN = math.nan
TABLES = {
    "MIX": {
        "name": "A mix",
        "weights": {"BTC": 0.6, "ETH": 0.4},
        "benchmarks": ["SOL"],
        "rebalance": "monthly",
        "alerts": {"drawdown": [0.01, 0.05, 0.2]},
        "targets": {"max_drawdown": 0.1},
        "risk_free": 0.04,
    },
    "EVEN": {"assets": ["ETH", "SOL"], "benchmarks": ["MIX"]},
    "NEW": {"assets": ["BTC", "SOL"], "benchmarks": ["BTC"]},
}


class _Clock:
    def __init__(self) -> None:
        self.now = 1

    def __call__(self) -> int:
        return self.now


class World:
    """The log, its tables, and what a gateway shows of them."""

    def __init__(self, directory: Path) -> None:
        self.clock = _Clock()
        self.log = SqliteLog(directory / "log")
        self._driver = LocalDriver(self.log, Pricer, Shard, self.clock)
        self._driver.start()
        self._seq = 0
        self._prices = dict(zip(ASSETS, (36_000.0, 2_000.0, 60.0), strict=True))
        self._rng = random.Random(14)
        define(self._driver, [parse_index(i, TABLES[i]) for i in ("MIX", "EVEN")], now=1)
        for day in range(DAYS):
            if day == 40:
                define(self._driver, [parse_index("NEW", TABLES["NEW"])], now=self.clock.now)
            times = [FIRST + day * DAY + k * 6 * HOUR for k in (1, 2, 3, 4)]
            self.put(times, "backfill", 0.02)
        self.now = LIVE
        self.sink = ParquetSink(directory / "tables", self.log.log_id, 1)
        self.follower = Follower(port(self.log), self.sink)
        self.reader = TableReader(directory / "tables")
        self.state = State(wall=lambda: self.clock.now)
        self._shown: dict[str, int] = {}

    def put(self, times: list[int], origin: Any = "live", spread: float = 0.001) -> None:
        """Prices of all assets at these times."""
        rows = []
        for at in times:
            for asset in ASSETS:
                self._prices[asset] *= math.exp(self._rng.gauss(0.0, spread))
                rows.append((asset, at, self._prices[asset]))
        names, at_, prices = (list(column) for column in zip(*rows, strict=True))
        nothing = [NAN] * len(rows)
        frame = AssetFrame(times[-1], origin, names, at_, prices, nothing, nothing)
        self._seq += 1
        self.clock.now = times[-1]
        kind, value = encode(frame)
        record = OutRecord("ticks", 0, "", kind or "", value, "backfill:world", self._seq, frame)
        self._driver.take([record])

    def live(self, minutes: int) -> None:
        """Some minutes with a price every seven seconds."""
        end = self.now + minutes * MINUTE
        while self.now < end:
            self.now += 7 * SECOND
            self.put([self.now])

    def write(self) -> None:
        """Write the tables of what the log has."""
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            asyncio.run(self._catch_up())
        else:
            at_once(self._catch_up())

    async def _catch_up(self) -> None:
        await self.follower.catch_up()

    def show(self) -> None:
        """Let the gateway see what the log has."""
        for topic in ("definitions", "snapshots", "levels", "bars", "alerts"):
            for record in self.log.read(topic, 0, self._shown.get(topic, -1), limit=10**6):
                show(self.state, record)
                self._shown[topic] = record.offset

    def app(self) -> FastAPI:
        """The gateway's application."""
        return create_app(self.state, tables=self.reader)

    def bodies(self, topic: str) -> list[Any]:
        """The values of a topic's records."""
        return [
            orjson.loads(as_json(r.type, 1, r.value)) for r in self.log.read(topic, 0, limit=10**6)
        ]

    def close(self) -> None:
        """Let files go."""
        self.sink.close()
        self.log.close()


def lived(directory: Path) -> World:
    """One with 48 minutes of live prices, the last eight of them not in the tables."""
    world = World(directory)
    world.live(40)
    world.write()
    world.show()
    world.live(8)
    world.show()
    return world


def client(app: FastAPI) -> httpx.AsyncClient:
    """Asks an application."""
    transport = httpx.ASGITransport(app=app)
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", timeout=300)
