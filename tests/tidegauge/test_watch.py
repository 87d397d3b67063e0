"""`watch` against a gateway on a real socket: what it shows is what the gateway says."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from textual.pilot import Pilot
from textual.widgets import DataTable, Input, Static

from engine.types import HOUR, SECOND
from gateway.access.keys import KeyRing
from gateway.access.policy import Access
from gateway.state import State
from streams.sqlite.file import SqliteLog
from tests.gateway import records
from tests.gateway.serving import served
from tests.tidegauge.command import one_line, run
from tidegauge.opening import Directory
from tidegauge.watch.alarms import AlarmScreen, why
from tidegauge.watch.app import WatchApp
from tidegauge.watch.chart import line_chart
from tidegauge.watch.link import GatewayLink
from tidegauge.watch.one_index import CardScreen, IndexScreen
from tidegauge.watch.overview import PAGE_ROWS, OverviewScreen
from tidegauge.watch.own import gateway_over
from tidegauge.watch.words import duration_text, figure_text

SMALL = (80, 24)


def state() -> State:
    found = State(wall=records.wall)
    for index, change, status in (("AAA", 0.02, "live"), ("BBB", -0.01, "degraded")):
        found.apply("definitions", records.definition(index))
        found.apply("snapshots", records.live(index, change=change) | {"status": status})
    found.apply("definitions", records.definition("NEW"))
    for index, level in (("AAA", 1003.2), ("BBB", 998.1)):
        found.apply("levels", records.level(index, level=level))
    return found


@asynccontextmanager
async def watching(
    link: GatewayLink, size: tuple[int, int] = SMALL
) -> AsyncIterator[tuple[WatchApp, Pilot[Any]]]:
    app = WatchApp(link)
    async with app.run_test(size=size) as pilot:
        yield app, pilot


async def until(pilot: Pilot[Any], holds: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 30.0
    while not holds():
        assert time.monotonic() < deadline, pilot.app.screen
        await pilot.pause(0.02)


def cells(app: WatchApp) -> list[list[str]]:
    table = app.screen.query_one(DataTable)
    return [[cell.plain for cell in table.get_row_at(k)] for k in range(table.row_count)]


def said(app: WatchApp, selector: str) -> str:
    return str(app.screen.query_one(selector, Static).render())


async def test_the_overview_is_what_the_gateway_says_sorted_and_searched() -> None:
    async with served(state()) as port:
        url = f"http://127.0.0.1:{port}"
        async with watching(GatewayLink(url)) as (app, pilot):
            await until(pilot, lambda: len(cells(app)) == 3)
            assert isinstance(app.screen, OverviewScreen)
            assert "● connected" in said(app, "#link")
            await until(pilot, lambda: said(app, "#alarms") == "no alarm")
            async with httpx.AsyncClient() as http:
                rows = (await http.get(f"{url}/v1/indices")).json()["indices"]
            for row, shown in zip(rows, cells(app), strict=True):
                assert shown[0] == row["index"]
                assert shown[-1] == row["name"]
                expected = [
                    figure_text(row["level"], "money"),
                    figure_text(row["returns"]["1d"], "change"),
                    figure_text(row["returns"]["inception"], "change"),
                    figure_text(row["risk"]["volatility"], "percent"),
                    figure_text(row["risk"]["sharpe"], "ratio"),
                    figure_text(row["risk"]["sortino"], "ratio"),
                    figure_text(row["drawdown"]["current"], "percent"),
                    figure_text(row["drawdown"]["max"], "percent"),
                ]
                assert shown[2:10] == expected
            assert [row[1] for row in cells(app)] == ["● live", "◐ degraded", "no data"]
            assert cells(app)[0][2:4] == ["1,003.20", "+2.00%"]
            await pilot.press("s", "s", "s")
            assert [row[0] for row in cells(app)] == ["BBB", "AAA", "NEW"], "by the change"
            await pilot.press("r")
            assert [row[0] for row in cells(app)] == ["AAA", "BBB", "NEW"], "unknown ones last"
            await pilot.press("slash")
            await until(pilot, lambda: isinstance(app.focused, Input))
            await pilot.press("b", "b")
            await until(pilot, lambda: [row[0] for row in cells(app)] == ["BBB"])
            await pilot.press("escape")
            await until(pilot, lambda: len(cells(app)) == 3)


async def test_an_alarm_and_a_new_level_show_within_seconds() -> None:
    kept = state()
    async with served(kept) as port, watching(GatewayLink(f"http://127.0.0.1:{port}")) as (app, _p):
        await until(_p, lambda: len(cells(app)) == 3)
        began = time.monotonic()
        kept.apply("levels", records.level("AAA", seq=2, at=records.T0, level=900.0, peak=1010.0))
        kept.apply("alerts", records.alert("AAA", 1, depth=0.05))
        kept.apply("alerts", records.alert("AAA", 2, depth=0.1) | {"severity": "critical"})
        await until(_p, lambda: "drawdown>=0.10" in said(app, "#alarms"))
        first, second = said(app, "#alarms").splitlines()
        assert first.startswith("▲▲ critical AAA")
        assert second.startswith("▲ warning   AAA")
        await until(_p, lambda: cells(app)[0][2] == "900.00")
        assert time.monotonic() - began < 10.0


async def test_of_thousands_all_can_be_seen_a_page_at_a_time_and_found() -> None:
    kept = State(wall=records.wall)
    for number in range(1200):
        body = records.live(f"IX{number:04}", change=number / 1000)
        kept.apply("snapshots", body)
    async with (
        served(kept) as port,
        watching(GatewayLink(f"http://127.0.0.1:{port}")) as (app, pilot),
    ):
        await until(pilot, lambda: "of 1,200" in said(app, "#more"))
        assert [row[0] for row in cells(app)][:2] == ["IX0000", "IX0001"]
        await pilot.press("s", "s", "s", "r")
        await until(pilot, lambda: [row[0] for row in cells(app)][:2] == ["IX1199", "IX1198"])
        assert len(cells(app)) == PAGE_ROWS
        assert said(app, "#more").startswith("1 to 200 of 1,200")
        await pilot.press("n", "n", "n", "n", "n", "n")  # there are six
        await until(pilot, lambda: said(app, "#more").startswith("1,001 to 1,200 of 1,200"))
        assert [cells(app)[k][0] for k in (0, -1)] == ["IX0199", "IX0000"]
        await pilot.press("up")  # over the edge is the page before
        await until(pilot, lambda: said(app, "#more").startswith("801 to 1,000"))
        table = app.screen.query_one(DataTable)
        assert (table.cursor_row, cells(app)[-1][0]) == (PAGE_ROWS - 1, "IX0200")
        await pilot.press("down")
        await until(pilot, lambda: said(app, "#more").startswith("1,001 to 1,200"))
        await pilot.press("s")  # another order begins at its beginning
        await until(pilot, lambda: said(app, "#more").startswith("1 to 200"))
        screen = app.screen
        assert isinstance(screen, OverviewScreen)
        began = time.thread_time()
        screen.show()  # nothing has changed
        assert time.thread_time() - began < 0.5
        await pilot.press("slash")
        await until(pilot, lambda: isinstance(app.focused, Input))
        await pilot.press(*"ix0077")
        await until(pilot, lambda: [row[0] for row in cells(app)] == ["IX0077"])


async def test_one_index_has_its_figures_the_reasons_and_their_meaning() -> None:
    async with (
        served(state()) as port,
        watching(GatewayLink(f"http://127.0.0.1:{port}")) as (app, pilot),
    ):
        await until(pilot, lambda: len(cells(app)) == 3)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, IndexScreen) and len(cells(app)) > 100)
        shown = {row[0].strip(): row[1:] for row in cells(app)}
        assert cells(app)[0] == ["Returns", "", ""], "what matters first"
        snapshot = records.live("AAA", change=0.02)
        assert shown["Sharpe"][0] == figure_text(snapshot["risk"]["sharpe"], "ratio")
        assert shown["5y (annualised)"][0] == "–"
        assert shown["5y (annualised)"][1] == "the history is too short for this yet"
        head = said(app, "#head")
        assert head.startswith("The index AAA  ● live  1,003.20  1 d +2.00%  below peak 0.67%")
        table = app.screen.query_one(DataTable)
        table.move_cursor(row=[row[0].strip() for row in cells(app)].index("5y (annualised)"))
        await until(pilot, lambda: "annualised.5y" in said(app, "#detail"))
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.screen, CardScreen))
        card = str(app.screen.query_one(Static).render())
        assert "because: the history is too short for this yet" in card
        assert "Formula" in card
        await pilot.press("escape", "escape")
        await until(pilot, lambda: isinstance(app.screen, OverviewScreen))


async def test_an_index_that_is_retired_is_said_to_be_gone() -> None:
    kept = state()
    async with (
        served(kept) as port,
        watching(GatewayLink(f"http://127.0.0.1:{port}")) as (app, pilot),
    ):
        await until(pilot, lambda: len(cells(app)) == 3)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, IndexScreen) and len(cells(app)) > 100)
        kept.apply("definitions", records.definition("AAA", now=records.T0 + 1, retired=True))
        await until(pilot, lambda: "no index 'AAA'" in said(app, "#head"))
        assert not app._notifications, "and not told again every second"
        await pilot.press("escape")
        await until(pilot, lambda: [row[0] for row in cells(app)] == ["BBB", "NEW"])


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """An index with levels of a day, and two alarms, one of which is over."""
    import orjson

    now = time.time_ns()
    bodies = [
        records.alert("TOP3", 1, depth=0.05, at=now - HOUR),
        records.alert("TOP3", 2, depth=0.1, at=now - HOUR)
        | {"severity": "critical", "because": BECAUSE},
        records.alert("TOP3", 3, depth=0.05, at=now, state="resolved"),
    ]
    with SqliteLog(tmp_path / "log", role=None) as file:
        for seq, body in enumerate(bodies, 1):
            file.append("alerts", 0, "TOP3", "alert", orjson.dumps(body), "shard:0", seq, now)
        snapshot = orjson.dumps(records.live("TOP3", as_of=now))
        file.append("snapshots", 0, "TOP3", "snapshot", snapshot, "shard:0", 1, now)
    return tmp_path / "log"


BECAUSE = {
    "status": "live",
    "contributions": {"BTC": -0.08, "ETH": -0.03, "SOL": 0.01},
    "words": "TOP3 fell 10.0 % since 11:00: BTC −8.0, ETH −3.0",
}


async def test_alerts_tell_why_and_are_acknowledged_and_silenced_over_a_log(log: Path) -> None:
    async with (
        gateway_over(Directory(log)) as link,
        watching(link, (120, 40)) as (app, pilot),
    ):
        await until(pilot, lambda: link.open and link.past)
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, AlarmScreen) and len(cells(app)) == 2)
        fires, over = cells(app)
        assert fires[:4] == ["▲ fires", "▲▲ critical", "TOP3", "drawdown>=0.10"]
        assert over[:4] == ["✓ over", "▲ warning", "TOP3", "drawdown>=0.05"]
        reason = said(app, "#reason").splitlines()
        assert reason[0] == BECAUSE["words"]
        bars = {line.split()[0]: line.split()[1:] for line in reason[-3:]}
        assert bars == {"BTC": ["-8.00%", "█" * 24], "ETH": ["-3.00%", "█" * 9],
                        "SOL": ["+1.00%", "█" * 3]}  # fmt: skip
        await pilot.press("k")
        await until(pilot, lambda: cells(app)[0][-1] != "")
        assert link.open[0]["acknowledged"]["who"] in cells(app)[0][-1]
        await pilot.press("x")
        await until(pilot, lambda: "silenced until" in cells(app)[0][-1])
        await pilot.press("down", "k")
        await until(pilot, lambda: app._notifications)
        await pilot.press("f")
        await until(pilot, lambda: len(cells(app)) == 1)
    with SqliteLog(log, readonly=True) as file:
        assert len(file.read("acknowledgements", 0)) == 1
        [silence] = file.read("silences", 0)
        assert b"drawdown>=0.10" in silence.value


async def test_a_gateway_that_is_gone_is_said_and_comes_back() -> None:
    kept = state()
    async with served(kept) as port:
        link = GatewayLink(f"http://127.0.0.1:{port}")
        app = WatchApp(link)
        running = app.run_test(size=SMALL)
        pilot = await running.__aenter__()
        await until(pilot, lambda: len(cells(app)) == 3)
    try:
        await until(pilot, lambda: "○ DISCONNECTED since" in said(app, "#link"))
        assert cells(app)[0][2] == "1,003.20", "what was known stays"
        link.since -= timedelta(seconds=11)
        await until(pilot, lambda: cells(app)[0][1] == "○ stale")
        kept.apply("levels", records.level("AAA", seq=9, at=records.T0 + SECOND, level=1007.0))
        async with served(kept, port):
            await until(pilot, lambda: "● connected" in said(app, "#link"))
            await until(pilot, lambda: cells(app)[0][1:3] == ["● live", "1,007.00"])
    finally:
        await running.__aexit__(None, None, None)


async def test_without_a_key_it_says_what_to_do() -> None:
    access = Access(KeyRing(None, []), open_reading=False)
    async with served(state(), access=access) as port:
        app = WatchApp(GatewayLink(f"http://127.0.0.1:{port}"))
        async with app.run_test(size=SMALL) as pilot:
            await until(pilot, lambda: app.return_value is not None)
    assert "key" in str(app.return_value)


@pytest.mark.parametrize("size", [(80, 24), (40, 12), (200, 60)])
async def test_every_screen_fits_every_size(size: tuple[int, int]) -> None:
    kept = state()
    kept.apply("alerts", records.disputed_alert("AAA"))
    async with served(kept) as port:
        link = GatewayLink(f"http://127.0.0.1:{port}")
        async with watching(link, size) as (app, pilot):
            await until(pilot, lambda: len(cells(app)) == 3 and link.open)
            for keys in (["enter"], ["1"], ["l"], ["g"], ["a"], ["i"], ["escape"]):
                await pilot.press(*keys)
                await pilot.pause(0.05)
            await pilot.resize_terminal(100, 30)
            await until(pilot, lambda: len(cells(app)) == 3)


def test_a_line_hides_no_fall() -> None:
    assert line_chart([1.0, 2.0, 3.0, 4.0], 2, 1) == ["⡠⠊"]
    path = [100.0] * 1000
    path[500] = 90.0
    top, *_, bottom = line_chart(path, 20, 4)
    assert bottom.strip(), "one of a thousand values"
    assert len(top.strip()) == 20
    assert line_chart([], 5, 2) == ["     ", "     "]
    assert line_chart([1.0, None, None, 1.0], 2, 1)[0][0] != line_chart([1.0] * 4, 2, 1)[0][0]
    assert line_chart([1.0, 10.0, 100.0], 6, 3, True) == line_chart([0.0, 1.0, 2.0], 6, 3)


def test_words() -> None:
    assert figure_text(None, "ratio") == "–"
    assert figure_text(0.0512, "percent") == "5.12%"
    assert figure_text(-0.0512, "change") == "-5.12%"
    assert figure_text(1234.5, "money") == "1,234.50"
    assert figure_text(["a", "b"], "text") == "a, b"
    assert duration_text(187_300) == "2 d 4 h"
    assert duration_text(61) == "1 min 1 s"
    episode = {
        "open": False, "to": "2026-01-01T00:00:00Z", "now": {}, "resolved": {"reason": "gone"},
        "firing": {"index": "X", "because": {"figure": "risk.sharpe", "value": 0.4, "limit": 0.5}},
    }  # fmt: skip
    assert "X: risk.sharpe was 0.4, the limit is 0.5" in str(why(episode))
    assert "gone" in str(why(episode))


def test_it_needs_a_terminal() -> None:
    assert "watch needs a terminal" in one_line(run("watch"), 2)
