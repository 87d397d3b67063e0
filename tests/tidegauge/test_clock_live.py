"""`up`, whole but for the terminal, while the wall clock is set, and across a restart."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from connectors.simulator import Simulator
from engine.index.definition import parse_index
from gateway.readiness import readiness
from streams.clock import LogClock
from streams.codecs import decode
from streams.sqlite.file import SqliteLog
from tidegauge import live
from tidegauge.live import Live, Settings
from tidegauge.opening import Directory

HOUR = 3600 * 10**9
VENUES = ("binance", "coinbase", "kraken")
DEADLINE = 60.0


async def until(holds: Callable[[], Any]) -> None:
    """Wait until this holds."""
    async with asyncio.timeout(DEADLINE):
        while not holds():  # noqa: ASYNC110 - nobody tells when it does
            await asyncio.sleep(0.05)


class Run:
    """`up` on simulated venues; an async context manager."""

    def __init__(self, directory: Path, urls: dict[str, str]) -> None:
        definition = parse_index("ONE", {"assets": ["BTC"]})
        settings = Settings(Directory(directory), VENUES, [definition], urls, port=0)
        self.started = asyncio.Event()
        self.live = Live(settings, lambda _: self.started.set(), lambda _: None)

    async def __aenter__(self) -> Run:
        self.task = asyncio.create_task(self.live.run())
        starting = asyncio.create_task(self.started.wait())
        await asyncio.wait({self.task, starting}, return_when=asyncio.FIRST_COMPLETED)
        assert not self.task.done(), self.task.exception()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.live.stopping.set()
        await self.task

    async def goes_on(self, reasons: list[str]) -> None:
        """Trades move the level, the snapshots with them, and the readiness page says this."""
        ticks, snapshots = self.live.counts["ticks"], self.live.counts["snapshots"]
        await until(
            lambda: (
                self.live.counts["ticks"] >= ticks + 30
                and self.live.counts["snapshots"] >= snapshots + 2
                and [r.split(":")[0] for r in self.reasons()] == reasons
            )
        )

    def reasons(self) -> list[str]:
        return list(readiness(self.live.state, self.live._health)["reasons"])


async def test_up_goes_on_while_the_clock_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    skew = 0
    monkeypatch.setattr(live, "LogClock", partial(LogClock, lambda: time.time_ns() + skew))
    async with Simulator(1, VENUES, ("BTC",), rate=60.0) as venues:
        async with Run(tmp_path, venues.urls) as run:
            await run.goes_on([])
            skew = -HOUR
            await run.goes_on(["clock_stepped"])
        async with Run(tmp_path, venues.urls) as run:
            await run.goes_on(["clock_stepped"])
            skew = HOUR
            await run.goes_on(["clock_stepped"])
            assert run.live.stages.status()["rejected"] == 0
            skew = 0
            await run.goes_on([])
        assert abs(run.live.clock.ahead) < 10**7
        end = time.time_ns()
    with SqliteLog(tmp_path, readonly=True) as log:
        records = log.read("ticks", 0, limit=10**6)
    times, now = [r.time for r in records], 0
    assert times == sorted(times)
    assert abs(times[-1] - end) < 10**9
    for record in records:
        frame = decode(record.type, 1, record.value, record.time)
        if record.type == "ticks":
            assert now < frame.now <= record.time
            assert all(abs(r - t) < 10**9 for r, t in zip(frame.received, frame.ts, strict=True))
            now = frame.now
