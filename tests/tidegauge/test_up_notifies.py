"""`up --routes FILE`: what rings is at a webhook soon after, and the log says so."""

from __future__ import annotations

import asyncio
import statistics
import time
from pathlib import Path
from typing import Any

from connectors.simulator import Simulator
from gateway.catalogue import CATALOGUE
from streams.sqlite.file import SqliteLog
from tests.notify.receivers import Hook
from tests.tidegauge.running import Running, write
from tests.tidegauge.test_served_figures import checked, named_in

INDICES = """
[index.B]
assets = ["BTC"]
return_interval = "1s"
[index.B.alerts]
drawdown = [0.0005, 0.001, 0.002, 0.005]
"""


class Timed(Hook):
    """Notes how long after its instant each alert came (s)."""

    def __init__(self) -> None:
        super().__init__()
        self.late: list[float] = []

    def fate(self) -> str:
        self.late.append(time.time())
        return "ok"


async def test_up_sends_what_rings(tmp_path: Path) -> None:
    indices = write(tmp_path / "i.toml", INDICES)
    log = tmp_path / "log"
    async with Timed() as hook, Simulator(seed=8, rate=100) as exchanges:
        routes = write(tmp_path / "r.toml", f'[[route]]\nname = "hook"\nwebhook = "{hook.url}"\n')
        args: list[object] = ["up", "--venues", ",".join(exchanges.urls), "--indices", indices]
        args += ["--log", log, "--routes", routes]
        for venue, url in exchanges.urls.items():
            args += ["--url", f"{venue}={url}"]
        metrics = await asyncio.to_thread(follow, args, hook)
    with SqliteLog(log, readonly=True) as file:
        rung = {record.value for record in file.read("alerts", 0)}
    assert len(rung) >= len(hook.taken) >= 5
    assert hook.problems({a["id"] for said in hook.taken.values() for a in said["alerts"]}) == []
    assert "tidegauge_notify_at_work 1" in metrics
    assert named_in(metrics) == set(CATALOGUE), "it is all commands in one"
    checked(metrics)
    late = [
        at - said["alerts"][0]["at"] / 1e9
        for at, said in zip(hook.late, hook.arrivals, strict=False)
    ]
    assert statistics.median(late) < 2.0  # on a busy machine; `bench.webhook` measures it


def follow(args: list[object], hook: Hook) -> str:
    import httpx

    with Running(*args) as up:

        def sent(_: Any) -> bool:
            return len(hook.taken) >= 5

        up.until("/v1/indices", sent)
        text = httpx.get(up.url + "/metrics?indices=1").text
        up.stop()
        return text
