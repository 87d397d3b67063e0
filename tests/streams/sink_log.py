"""A small log of the real stages, and what the tables beside it must hold."""

from __future__ import annotations

import math
import random
from pathlib import Path
from typing import Any

import orjson
from stream_fakes import FakeClock

from engine.index.definition import parse_index
from engine.index.shard import Shard
from engine.pricing.pricer import Pricer
from engine.records import AssetFrame
from engine.types import MINUTE, SECOND
from streams.codecs import as_json, encode
from streams.level_rows import level_rows
from streams.records import OutRecord
from streams.sqlite.driver import LocalDriver
from streams.sqlite.file import SqliteLog
from tests.ports import define

START = 1_700_006_000 * SECOND
"""46 minutes before midnight."""
ASSETS = ["BTC", "ETH", "SOL"]
NAN = math.nan


def frames(rng: random.Random, count: int, origin: Any = "live") -> list[AssetFrame]:
    """Prices around a midnight: seconds full of them, minutes without any."""
    now, price, found = START, dict.fromkeys(ASSETS, 100.0), []
    for _ in range(count):
        rows = []
        for _ in range(rng.randint(1, 4)):
            now += rng.choice([50_000_000, 50_000_000, SECOND, 20 * SECOND, 3 * MINUTE])
            for asset in rng.sample(ASSETS, rng.randint(1, 3)) if found else ASSETS:
                price[asset] *= math.exp(rng.gauss(0.0, 0.01))
                rows.append((asset, now, price[asset]))
        nothing = [NAN] * len(rows)
        assets, at, prices = (list(column) for column in zip(*rows, strict=True))
        found.append(AssetFrame(now, origin, assets, at, prices, nothing, nothing))
    return found


class Growing:
    """A log in a directory that grows by frames."""

    def __init__(self, directory: Path, shards: int = 1) -> None:
        self.clock = FakeClock(START - SECOND)
        self.log = SqliteLog(directory, prices=shards)
        self._driver = LocalDriver(self.log, Pricer, Shard, self.clock)
        self._driver.start()
        mix = {"weights": {"BTC": 0.6, "ETH": 0.4}, "benchmarks": ["SOL"], "rebalance": "daily"}
        mix["alerts"] = {"drawdown": [0.01]}
        given = [parse_index("MIX", mix), parse_index("EVEN", {"assets": ["ETH", "SOL"]})]
        define(self._driver, given, now=1)
        self._seq = 0

    def put(self, frame: AssetFrame) -> None:
        """Take a frame in, at its own time."""
        self._seq += 1
        self.clock.now = frame.now
        kind, value = encode(frame)
        record = OutRecord("ticks", 0, "", kind or "", value, "backfill:feed", self._seq, frame)
        self._driver.take([record])

    def bodies(self, *topics: str) -> list[tuple[str, int, Any]]:
        """Type, partition and body of all records of some topics."""
        return [
            (record.type, partition, orjson.loads(as_json(record.type, 1, record.value)))
            for topic in topics
            for partition in range(self.log.partitions[topic])
            for record in self.log.read(topic, partition, limit=10**6)
        ]


def candles(log: Growing) -> dict[str, dict[tuple[str, int], list[float]]]:
    """By table the candles of the log's bars, by series and start."""
    found: dict[str, dict[tuple[str, int], list[float]]] = {
        "minutes": {},
        "hours": {},
        "days": {},
    }
    for _, _, bar in log.bodies("bars"):
        series = bar["index"] if "index" in bar else f"asset:{bar['asset']}"
        for span in ("minute", "hour", "day"):
            if span in bar:
                values = [bar[name] for name in ("open", "high", "low", "close", "peak")]
                found[f"{span}s"][series, bar[span]] = values
    return found


def seconds(log: Growing) -> dict[tuple[str, int], list[float]]:
    """The seconds of the log's levels and prices that are over, by series and start."""
    lines: dict[str, list[tuple[int, float, float, float]]] = {}
    """Time, value, and its highest and lowest since the one before."""
    for _, _, body in log.bodies("levels"):
        for row in level_rows(body):
            known = (row["at"], row["level"], row["high"], row["low"])
            lines.setdefault(row["index"], []).append(known)
    ends = dict.fromkeys(lines, max(at for line in lines.values() for at, *_ in line))
    for kind, partition, body in log.bodies("prices"):
        if partition == 0 and kind == "prices":
            for asset, at, price in zip(body["asset"], body["at"], body["price"], strict=True):
                lines.setdefault(f"asset:{asset}", []).append((at, price, price, price))
    last = max(at for series, line in lines.items() if series[0] == "a" for at, *_ in line)
    ends |= {series: last for series in lines if series not in ends}
    found: dict[tuple[str, int], list[float]] = {}
    for series, line in lines.items():
        for at, value, high, low in line:
            start = (at - 1) // SECOND * SECOND
            if start < (ends[series] - 1) // SECOND * SECOND:
                c = found.setdefault((series, start), [value, high, low, value])
                c[:] = [c[0], max(c[1], high), min(c[2], low), value]
    return found


def figures(log: Growing, kind: str) -> dict[tuple[str, int], dict[str, Any]]:
    """The snapshots of a type, by index and time."""
    found = [body for type_, _, body in log.bodies("snapshots.history") if type_ == kind]
    return {(body["index"], body["as_of"]): body for body in found}
