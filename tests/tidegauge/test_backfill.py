"""`up` is killed while exchanges trade on: after its restart the trades in between are fetched."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from connectors.simulator import Simulator
from connectors.venues.history import Missed
from engine.records import BackfillFrame, Gap, TickFrame
from engine.types import DAY, SECOND
from streams.codecs import decode
from streams.sqlite.file import SqliteLog
from tests.connectors.faults.lost_trades import ASKED, counted, newest
from tests.engine.pricing_desk import A, B, Desk, T, frame
from tests.tidegauge.log_checks import check_log, read
from tests.tidegauge.running import Running, write
from tests.waiting import wait_until
from tidegauge.live import open_gaps

INDICES = """
[index.MIX]
weights = { BTC = 0.6, ETH = 0.4 }
return_interval = "1s"
"""


def test_open_gaps_are_those_of_the_last_day_where_ids_count() -> None:
    desk, other = Desk("BTC"), B._replace(counts=False)
    desk.send(frame([(A, 1, 100.0, 1.0), (other, 1, 100.0, 1.0)], ["1", "1"]))
    desk.send(frame([(A, 2, 100.0, 1.0)], ["5"], gaps=[Gap(other, "1", "4", "ids")]))
    assert len(desk.pricer.book.open_gaps) == 2
    expected = Missed(A, "1", "5", T + SECOND - 10 * SECOND, None)
    assert open_gaps(desk.pricer, T + DAY) == [expected]
    assert open_gaps(desk.pricer, T + DAY + 2 * SECOND) == []


def frames_of(directory: Path) -> list[TickFrame | BackfillFrame]:
    """All that connectors wrote into a log."""
    with SqliteLog(directory, readonly=True) as log:
        records = [r for r in read(log, "ticks") if r.type in ("ticks", "backfill")]
        found = [decode(r.type, r.v, r.value, time.time_ns()) for r in records]
    assert all(isinstance(frame, TickFrame | BackfillFrame) for frame in found)
    return found


async def test_the_trades_of_a_downtime_are_fetched(tmp_path: Path) -> None:
    log, venues = tmp_path / "log", ",".join(ASKED)
    indices = write(tmp_path / "indices.toml", INDICES)
    args: list[object] = ["up", "--venues", venues, "--log", log, "--indices", indices]
    async with Simulator(4, ASKED, ("BTC", "ETH"), rate=100.0) as exchanges:
        for venue in ASKED:
            args += ["--url", f"{venue}={exchanges.urls[venue]}"]
            args += ["--url", f"{venue}.rest={exchanges.rest_urls[venue]}"]
        markets = len(newest(exchanges))
        first = newest(exchanges)
        await asyncio.to_thread(run_and_kill, args, log, markets)
        killed = newest(exchanges)
        assert all(killed[m] > first[m] for m in killed)
        await wait_until(lambda: all(newest(exchanges)[m] > killed[m] + 5 for m in killed))
        snapshot = await asyncio.to_thread(run_on, args, markets)
    frames = frames_of(log)
    backfilled = sum(len(f.id) for f in frames if isinstance(f, BackfillFrame))
    assert backfilled > 5 * markets
    found = counted(frames)
    assert len(found) == markets
    for market, times in found.items():
        ids = sorted(map(int, times))
        assert ids == list(range(ids[0], ids[-1] + 1)), market
        assert set(times.values()) == {1}, market
    assert snapshot["quality"]["gap_seconds_24h"] == 0.0
    assert 0 < snapshot["quality"]["backfilled"]["trades_24h"] <= backfilled
    check_log(log)


async def test_gaps_that_an_earlier_run_left_open_are_filled(tmp_path: Path) -> None:
    """Where ids count; the earlier run has no REST interface to ask."""
    log, venues = tmp_path / "log", ("binance", "kraken")
    indices = write(tmp_path / "indices.toml", INDICES)
    args: list[object] = ["up", "--venues", ",".join(venues), "--log", log, "--indices", indices]
    async with Simulator(5, venues, ("BTC", "ETH"), rate=100.0) as exchanges:
        for venue in venues:
            args += ["--url", f"{venue}={exchanges.urls[venue]}"]
        loop, markets = asyncio.get_running_loop(), len(newest(exchanges))

        def cut() -> None:
            for venue in venues:
                asyncio.run_coroutine_threadsafe(drop(exchanges, venue), loop).result(10.0)

        await asyncio.to_thread(run_without, args, markets, cut)
        for venue in venues:
            args += ["--url", f"{venue}.rest={exchanges.rest_urls[venue]}"]
        stopped = newest(exchanges)
        await wait_until(lambda: all(newest(exchanges)[m] > stopped[m] + 5 for m in stopped))
        await asyncio.to_thread(run_on, args, 2 + markets)
    for market, times in counted(frames_of(log)).items():
        ids = sorted(map(int, times))
        assert ids == list(range(ids[0], ids[-1] + 1)), market
        assert set(times.values()) == {1}, market


async def drop(exchanges: Simulator, venue: str) -> None:
    """Cut a venue off, once it is connected."""
    await wait_until(lambda: exchanges.connections(venue) == 1)
    exchanges.drop(venue)


def run_without(args: list[object], markets: int, cut: Callable[[], None]) -> None:
    """Some markets get gaps, and none is filled."""
    with Running(*args) as up:
        until(up, lambda f: f["tidegauge_pricer_accepted_total"] > 20 * markets)
        for _ in range(20):
            cut()  # a new connection may stand so soon that nothing is lost
            accepted = figures(up)["tidegauge_pricer_accepted_total"]
            until(up, lambda f, n=accepted: f["tidegauge_pricer_accepted_total"] > n + 10 * markets)
            if figures(up)["tidegauge_pricer_gaps_total"] >= 2:
                break
        assert figures(up)["tidegauge_pricer_gaps_total"] >= 2
        assert figures(up)["tidegauge_pricer_gaps_filled_total"] == 0
        assert "tidegauge_backfill_gaps_total" not in figures(up)
        up.stop()


def figures(up: Running) -> dict[str, float]:
    """What /metrics says, summed over labels."""
    found: dict[str, float] = {}
    for line in httpx.get(up.url + "/metrics", timeout=10.0).text.splitlines():
        if line and not line.startswith("#"):
            name, value = line.rsplit(" ", 1)
            name = name.partition("{")[0]
            found[name] = found.get(name, 0.0) + float(value)
    return found


def until(up: Running, holds: Any) -> None:
    """Wait until the figures hold."""
    deadline = time.monotonic() + 60.0
    while not holds(found := figures(up)):
        assert time.monotonic() < deadline, found
        time.sleep(0.1)


def run_and_kill(args: list[object], log: Path, markets: int) -> None:
    """Until every market's trades are in the log; then SIGKILL."""
    with Running(*args) as up:
        until(up, lambda f: f["tidegauge_pricer_accepted_total"] > 20 * markets)
        deadline = time.monotonic() + 60.0
        while len(counted(frames_of(log))) < markets:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        up.kill()


def run_on(args: list[object], gaps: int) -> Any:
    """Until all gaps, at least so many, are filled; the last snapshot."""
    with Running(*args) as up:

        def filled(found: dict[str, float]) -> bool:
            known = found["tidegauge_pricer_gaps_total"]
            return found["tidegauge_pricer_gaps_filled_total"] == known >= gaps

        until(up, filled)
        found = figures(up)
        assert found["tidegauge_backfill_filled_total"] == found["tidegauge_pricer_gaps_total"]
        assert found["tidegauge_backfill_failed_total"] == 0
        assert found["tidegauge_backfill_waiting"] == 0
        assert found["tidegauge_backfill_requests_total"] >= gaps
        counted_in = found["tidegauge_backfill_trades_total"]
        assert counted_in == found["tidegauge_pricer_backfilled_total"]
        now = up.get("/readyz")["now"]
        path = "/v1/indices/MIX"
        shown = up.until(path, lambda f: f.get("snapshot", f)["as_of"] > now)
        up.stop()
        return shown.get("snapshot", shown)
