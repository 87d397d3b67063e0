"""A gateway as a desk sees it: indices that live, alarms that can be made to ring, venues that can
be made to fall silent; over a log in memory, so that what people say of them is kept."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson

from engine.index.definition import parse_index
from engine.types import HOUR, MINUTE, SECOND
from gateway.access.keys import KeyRing, new_key
from gateway.access.policy import Access
from gateway.app import create_app
from gateway.state import State
from gateway.wire import rfc3339
from streams.define import define
from streams.memory import MemoryLog
from streams.records import OutRecord
from tests.gateway import records
from tidegauge.serving import fill, keep_shown

NAMES = {
    "TOP3": "Top three",
    "DEFI": "Decentralised finance",
    "LAYER1": "Layer one",
    "MEME": "Memes",
    "PAYMENTS": "Payments",
    "WIDE20": "Twenty, by market cap",
}
SOURCES = {
    "BTC": ["binance:BTCUSDT", "coinbase:BTC-USD", "kraken:BTC/USD"],
    "ETH": ["binance:ETHUSDT", "coinbase:ETH-USD"],
    "SOL": ["binance:SOLUSDT"],
}
LEFT_OUT = [
    {"source": "okx:BTC-USDT", "reason": "outlier"},
    {"source": "kraken:ETH/USD", "reason": "stale"},
]
SHARES = {"BTC": 0.585, "ETH": 0.307, "SOL": 0.108}


class Tries:
    """Says of every rule that it would have rung thrice."""

    async def run(self, rule: str, indices: list[str], most: int | None) -> dict[str, Any]:
        now = time.time_ns()
        episodes = [
            {
                **{"index": indices[0], "rule": rule, "kind": "rule", "severity": "warning"},
                **{"at": now - ago * HOUR, "to": now - (ago - 2) * HOUR, "seconds": 7200.0},
                **{"value": -0.051, "worst": -0.084, "level": 950.0},
                "after": {"1h": 0.01, "1d": -0.02},
            }
            for ago in (700, 300, 40)
        ]
        threshold, since = None if most is None else -0.0625, now - 732 * 24 * HOUR
        return {
            **{"fired": 3, "threshold": threshold, "since": since, "until": now},
            "episodes": episodes,
        }


class DeskWorld:
    """The log, what a gateway shows of it, and what can be made to happen."""

    def __init__(self, indices: int = 6) -> None:
        self.log = MemoryLog()
        self.state = State()
        self.names = [*NAMES, *(f"I{n:04}" for n in range(len(NAMES), indices))][:indices]
        self.depth = dict.fromkeys(self.names, 0.012)
        """How far each index is below its peak."""
        self.silent = {"htx"}
        """Venues that send nothing."""
        self.began = time.time_ns()
        key, self.key = new_key("desk", "admin", 1)
        self.access = Access(KeyRing(keys=[key]))
        self._seqs: dict[str, int] = {}
        self._alerts: dict[str, int] = {}
        self._written = 0

    async def start(self) -> None:
        """Define the indices, and let them have a first figure."""
        rule = {"name": "stormy", "figure": "windows.1d.volatility", "above": 1.2, "for": "10m"}
        await define(
            self.log,
            [
                parse_index(
                    name,
                    {
                        **{"name": NAMES.get(name, name), "assets": list(SOURCES)},
                        **{"benchmarks": ["BTC"], "alerts": {"drawdown": [0.05, 0.1, 0.2]}},
                        **{"targets": {"sharpe": 1.5}, "rule": [rule]},
                    },
                )
                for name in self.names
            ],
            now=self.began - 24 * HOUR,
            by="file",
        )
        await self.beat()

    async def beat(self) -> None:
        """A snapshot and a level of now of each index."""
        now = time.time_ns()
        for n, name in enumerate(self.names):
            seq = self._seqs[name] = self._seqs.get(name, 0) + 2
            wave = 0.002 * math.sin(now / SECOND / 7 + n)
            level = (1000.0 + 37 * n) * (1.0 - self.depth[name] + wave)
            peak = (1000.0 + 37 * n) * 1.003
            body = records.live(name, seq, now, level)
            body["returns"] = body["returns"] | {"1d": 0.0134 - self.depth[name], "1h": wave}
            body["quality"] = body["quality"] | {
                **{"sources": SOURCES, "excluded": LEFT_OUT},
                **{"gap_seconds_24h": 12.5 if n == 1 else 0.0},
                "backfilled": {"trades_24h": 41 if n == 1 else 0, "gaps_24h": int(n == 1)},
            }
            self.state.apply("snapshots", body)
            self.state.apply("levels", records.level(name, seq + 1, now + 1, level, peak))

    async def ring(
        self, index: str = "TOP3", depth: float = 0.1, severity: str = "warning", ago: int = 0
    ) -> str:
        """A drawdown alarm of an index; its episode."""
        self.depth[index] = depth + 0.004
        at = time.time_ns() - ago
        seq = self._alerts[index] = self._alerts.get(index, 0) + 1
        episode = f"{index.lower()}{seq:04}{'f' * 20}"
        body = records.alert(index, seq, depth=depth, at=at, episode=episode)
        body |= {
            "rule": f"drawdown>={depth:.3f}",
            "severity": severity,
            "drawdown": depth + 0.004,
            "because": because(index, depth),
        }
        await self._append(body)
        return episode

    async def end(self, index: str, episode: str, depth: float = 0.1) -> None:
        """The alarm resolves."""
        self.depth[index] = 0.02
        seq = self._alerts[index] = self._alerts[index] + 1
        body = records.alert(index, seq, "resolved", episode, depth, time.time_ns())
        body |= {"rule": f"drawdown>={depth:.3f}"}
        await self._append(body)

    async def sign(self, index: str = "DEFI") -> None:
        """A warning sign."""
        seq = self._alerts[index] = self._alerts.get(index, 0) + 1
        await self._append(records.flag_alert(index, seq, time.time_ns() - 9 * HOUR))

    async def storm(self, alarms: int = 200) -> None:
        """So many alarms at once."""
        for n in range(alarms):
            severity = ("critical", "warning", "info")[n % 3]
            index = self.names[n % len(self.names)]
            await self.ring(index, 0.05 + 0.001 * (n // len(self.names)), severity, n * MINUTE // 4)

    async def _append(self, body: dict[str, Any]) -> None:
        self._written += 1
        value, row = orjson.dumps(body), ("alerts", 0, body["index"], "alert")
        async with self.log.writer() as writer:
            await writer.send([OutRecord(*row, value, "shard:0", self._written, body)])

    def feeds(self) -> dict[str, Any]:
        """How the venues are heard."""
        found = {}
        for n, venue in enumerate(("binance", "coinbase", "kraken", "okx", "htx")):
            silence = 75.0 if venue in self.silent else 0.2 + 0.1 * n
            found[venue] = feed(venue, silence, time.time_ns())
        return found

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """The gateway follows the log, and time goes on."""
        starts = await fill(self.state, self.log)
        tasks = [
            asyncio.create_task(keep_shown(self.state, self.log, starts)),
            asyncio.create_task(self._beats()),
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _beats(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            await self.beat()

    def parts(self) -> dict[str, Any]:
        """What `create_app` is given beside the state."""
        return {
            **{"log": self.log, "feeds": self.feeds, "trials": Tries()},
            "access": self.access,
        }

    def app(self) -> Any:
        """The gateway's application."""
        return create_app(self.state, **self.parts())


def because(index: str, depth: float) -> dict[str, Any]:
    """Why a drawdown rang, as the engine says it."""
    fall = depth + 0.004
    parts = {asset: -fall * share for asset, share in SHARES.items()}
    told = ", ".join(f"{a} −{-100 * p:.1f}" for a, p in parts.items())
    return {
        "status": "live",
        "words": f"{index} fell {100 * fall:.1f} % since 14:03: {told}; Okx left out as outlier",
        "contributions": parts,
        "sources": {
            asset: {
                **{"price": 61_000.0 / 10**n, "weight": share, "used": SOURCES[asset]},
                "left_out": {"okx:BTC-USDT": "outlier"} if asset == "BTC" else {},
            }
            for n, (asset, share) in enumerate(SHARES.items())
        },
    }


def feed(venue: str, silence: float, now: int) -> dict[str, Any]:
    """How a venue is heard."""
    last = rfc3339(now - int(silence * SECOND))
    heard = {"last": last, "silence_seconds": silence}
    quiet = silence > 30.0
    gap = {"from": rfc3339(now - HOUR), "to": rfc3339(now - HOUR + 4 * SECOND), "seconds": 4.0}
    symbols = [
        {
            **{"symbol": f"{asset}USD", "asset": asset, "quote": "USD", "state": "accepted"},
            **{"reason": None, "trades": 1200 - 300 * n, **heard, "stalls": int(quiet)},
            "last_stall": f"{asset}USD silent for 4.1 s while 3 venues traded" if quiet else None,
            **{"gaps": [gap] if n == 0 and venue == "okx" else []},
            "gaps_open": int(n == 0 and venue == "okx"),
        }
        for n, asset in enumerate(SOURCES)
    ]
    return {
        **{"state": "silent" if quiet else "live", "sessions": 1, **heard, "trades": 2700},
        **{"gaps": 3, "stalls": int(quiet), "reconnects": 1, "failed_attempts": 0, "malformed": 0},
        **{"last_error": "no pong in 20 s" if quiet else None, "symbols": symbols},
        "backfill": {
            **{"gaps": 3, "waiting": 1, "filled": 2, "partial": 0, "failed": 0, "dropped": 0},
            **{"trades": 41, "requests": 4},
        },
    }
