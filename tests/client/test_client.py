"""The clients over real sockets: what they give, through cuts and restarts, each once."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import aclosing
from datetime import UTC, datetime
from itertools import islice, pairwise
from typing import Any

import orjson
import pytest

from gateway.state import State
from tests.gateway import records
from tests.gateway.records import T0
from tests.gateway.serving import served
from tests.kafka.configuration import free_ports
from tests.proxy import Proxy
from tests.waiting import wait_until
from tidegauge.client import AsyncClient, ClientError, RefusedError, SkippedSpan, SyncClient
from tidegauge.client import client as client_module
from tidegauge.client.items import IndexSnapshot

OVERS: Any = pytest.mark.parametrize("over", ["websocket", "events"])


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "FIRST_DELAY", 0.02)


@OVERS
async def test_snapshots_then_newer_ones(over: Any) -> None:
    state = State(wall=records.wall)
    state.apply("snapshots", records.live(seq=1))
    state.apply("snapshots", records.live("OTHER", seq=1))
    async with served(state) as port, AsyncClient(f"http://127.0.0.1:{port}", over=over) as client:
        snapshots = client.snapshots("TOP3")
        first = await anext(snapshots)
        assert (first.index, first.seq, first.status) == ("TOP3", 1, "live")
        assert first.as_of == datetime(2025, 11, 23, tzinfo=UTC)
        assert (first.figure("risk.sharpe"), first.figure("benchmarks.BTC.beta")) == (1.27, 1.08)
        assert first.figure("risk.var_99_cf") is None
        assert first.reason("risk.var_99_cf") == "cf_domain"
        with pytest.raises(KeyError):
            first.figure("risk.sharp")
        state.apply("snapshots", records.live("OTHER", seq=2))
        state.apply("snapshots", records.live(seq=2, level=77.0))
        state.apply("snapshots", records.live(seq=3, level=78.0))
        second = await anext(snapshots)
        assert (second.seq, second.level, second.gap) == (3, 78.0, SkippedSpan(2, 2, 1))
        entry = state.entry("TOP3")
        assert entry is not None
        assert orjson.dumps(second.body) == entry.snapshot_json()


@OVERS
async def test_levels_and_figures(over: Any) -> None:
    state = State(wall=records.wall)
    state.apply("snapshots", records.live(seq=1))
    state.apply("levels", records.level(seq=1, level=900.0, peak=1000.0))
    async with served(state) as port, AsyncClient(f"ws://127.0.0.1:{port}", over=over) as client:
        levels = client.levels("TOP3", every=0.1)
        level = await anext(levels)
        assert (level.level, level.drawdown, level.left_out) == (900.0, 0.1, 0)
        for n in (2, 3):
            state.apply("levels", records.level(seq=n, at=T0 + n, level=900.0 + n))
        assert ((level := await anext(levels)).level, level.left_out) == (903.0, 1)
        figures = client.figures(["risk.sharpe", "level"])
        found = await anext(figures)
        assert found.values == {"risk.sharpe": 1.27, "level": 1003.2}
        state.apply("snapshots", records.live(seq=2, level=77.0))
        assert (await anext(figures)).values == {"risk.sharpe": 1.27, "level": 77.0}


@OVERS
async def test_what_the_gateway_does_not_know_is_refused(over: Any) -> None:
    state = State(wall=records.wall)
    state.apply("snapshots", records.live())
    async with served(state) as port, AsyncClient(f"http://127.0.0.1:{port}", over=over) as client:
        with pytest.raises(RefusedError, match="no index 'TOP4'; did you mean TOP3") as refused:
            await anext(client.snapshots("TOP4"))
        assert (refused.value.status, refused.value.near) == (404, ["TOP3"])
        with pytest.raises(RefusedError, match="did you mean"):
            await anext(client.figures(["risk.sharpee"]))
    with pytest.raises(ClientError, match="expected http://, https://, kafka:// or a directory"):
        AsyncClient("ftp://x")


class Feed:
    """A log of snapshots and alerts; `state` is the gateway that has read it."""

    def __init__(self) -> None:
        self.snapshots: list[dict[str, Any]] = []
        self.alerts: list[dict[str, Any]] = []
        self.start()

    def start(self) -> None:
        self.state = State(wall=records.wall)
        for n in range(max(len(self.snapshots) - 1, 0), len(self.snapshots)):
            self.state.apply("snapshots", self.snapshots[n], n)
        for n, alert in enumerate(self.alerts):
            self.state.apply("alerts", alert, n)

    def put(self) -> None:
        n = len(self.snapshots)
        self.snapshots.append(records.live(seq=n + 1, change=0.001 * (n % 7)))
        self.state.apply("snapshots", self.snapshots[-1], n)
        if n % 3 == 0:
            seq = len(self.alerts) + 1
            self.alerts.append(records.alert(seq=seq, episode=f"e{seq}"))
            self.state.apply("alerts", self.alerts[-1], seq - 1)


@OVERS
async def test_cuts_and_restarts_lose_and_double_nothing(over: Any) -> None:
    """A proxy cuts the connections, and the gateway ends twice and begins anew."""
    feed, (port,) = Feed(), free_ports(1)
    seen: list[IndexSnapshot] = []
    rung: list[int] = []
    feed.put()

    async def follow(client: AsyncClient) -> None:
        async for snapshot in client.snapshots("TOP3", every=0.1):
            seen.append(snapshot)  # noqa: PERF401 - one by one

    async def listen(client: AsyncClient) -> None:
        async for alert in client.alerts("TOP3"):
            rung.append(alert.seq)
            assert alert.missed == 0

    async with Proxy(port) as proxy, asyncio.timeout(60.0):
        address = f"http://{proxy.address}"
        async with AsyncClient(address, over=over) as one, AsyncClient(address, over=over) as two:
            tasks = [asyncio.create_task(follow(one)), asyncio.create_task(listen(two))]
            for _ in range(3):
                async with served(feed.state, port):
                    for n in range(30):
                        feed.put()
                        await asyncio.sleep(0.02)
                        if n % 10 == 9:
                            proxy.reset()
                    last = feed.snapshots[-1]["seq"]
                    await wait_until(lambda last=last: seen[-1].seq == last)
                    await wait_until(lambda: len(rung) == len(feed.alerts))
                feed.put()  # while nobody serves
                feed.start()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
    assert rung == list(range(1, len(rung) + 1))
    seqs = [snapshot.seq for snapshot in seen]
    assert seqs == sorted(set(seqs))
    for before, after in pairwise(seen):
        missing = after.seq - before.seq - 1
        if after.gap is None:
            assert missing == 0
        elif after.gap.number is not None:
            assert after.gap == SkippedSpan(before.seq + 1, after.seq - 1, missing)


async def test_alerts_since_another_run() -> None:
    feed = Feed()
    for _ in range(9):
        feed.put()
    async with served(feed.state) as port:
        address = f"http://127.0.0.1:{port}"
        async with AsyncClient(address) as client, aclosing(client.alerts()) as alerts:
            seen = [await anext(alerts) for _ in range(3)]
            assert [(alert.seq, alert.is_firing) for alert in seen] == [
                (1, True), (2, True), (3, True)
            ]  # fmt: skip
            cursor = seen[-1].cursor
        for _ in range(7):
            feed.put()
        async with AsyncClient(address) as client, aclosing(client.alerts(since=cursor)) as alerts:
            later = [(await anext(alerts)).seq for _ in range(2)]
    assert later == [4, 5]


@OVERS
async def test_a_cursor_covers_the_alert_that_it_came_with(over: Any) -> None:
    """Of an alert that is sent at once, ahead of the next look at figures."""
    feed = Feed()
    async with (
        served(feed.state) as port,
        AsyncClient(f"http://127.0.0.1:{port}", over=over) as client,
    ):
        alerts, cursors = client.alerts(), []
        for seq in (1, 2, 3):
            asked = asyncio.create_task(anext(alerts))
            if seq == 1:  # nothing rang yet, and the place is known
                await wait_until(lambda: alerts.cursor is not None)
                cursors.append(alerts.cursor)
            rung = records.alert(seq=seq, episode=f"e{seq}")
            feed.state.apply("alerts", rung, seq - 1)
            cursors.append((await asked).cursor)
        assert alerts.cursor == cursors[2]  # with the third it is not done
        feed.state.apply("alerts", records.alert(seq=4, episode="e4"), 3)
        later = []
        for cursor in cursors:
            async with aclosing(client.alerts(since=cursor)) as found:
                later.append((await anext(found)).seq)
    assert later == [1, 2, 3, 4]


async def test_the_place_is_known_before_any_alert_without_async_too() -> None:
    """A program that saw no alert is ended, and begun again when two were missed."""
    state = State(wall=records.wall)
    state.apply("snapshots", records.live(seq=1))

    def waited(port: int) -> str | None:
        with SyncClient(f"http://127.0.0.1:{port}") as client:
            alerts = client.alerts("TOP3")
            threading.Thread(target=lambda: next(alerts, None), daemon=True).start()
            while alerts.cursor is None:
                time.sleep(0.005)
            return alerts.cursor

    def missed(port: int, cursor: str | None) -> list[tuple[int, str]]:
        with SyncClient(f"http://127.0.0.1:{port}") as client:
            alerts = client.alerts("TOP3", since=cursor)
            return [(alert.seq, alert.state) for alert in islice(alerts, 2)]

    async with served(state) as port, asyncio.timeout(60.0):
        kept = await asyncio.to_thread(waited, port)
        state.apply("alerts", records.alert(seq=1), 0)
        state.apply("alerts", records.alert(seq=2, state="resolved"), 1)
        assert await asyncio.to_thread(missed, port, kept) == [(1, "firing"), (2, "resolved")]


async def test_without_async() -> None:
    state = State(wall=records.wall)
    state.apply("snapshots", records.live(seq=1))

    def put(seq: int) -> None:
        state.apply("snapshots", records.live(seq=seq))

    def read(port: int) -> list[int]:
        found = []
        with SyncClient(f"http://127.0.0.1:{port}") as client:
            for snapshot in client.snapshots("TOP3"):
                found.append(snapshot.seq)
                loop.call_soon_threadsafe(put, len(found) + 1)
                if len(found) == 3:
                    break
        return found

    loop = asyncio.get_running_loop()
    async with served(state) as port:
        assert await asyncio.to_thread(read, port) == [1, 2, 3]
