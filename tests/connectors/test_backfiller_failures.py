"""The backfiller where the venue fails, where there is too much to do, and at its end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from connectors.feed import backfiller
from connectors.feed.backfiller import PAUSES, Backfiller
from connectors.feed.rest import RestError
from engine.records import Backfill
from tests.connectors.faults.scripted_backfiller import BTC, ETH, REST, Setting, outcome, row, tick
from tests.connectors.faults.virtual_loop import START, run_virtual
from tests.waiting import wait_until


def test_a_gap_of_too_many_pages_is_filled_from_its_oldest_side(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(backfiller, "PAGES", 4)

    async def main() -> None:
        s = Setting()
        s.rest.page = 10
        s.come(0, 1000)
        s.come(1, 4, instrument=ETH)
        await asyncio.sleep(200)
        mine = [b for b in s.backfills if b.instrument == BTC]
        assert [t.id for b in mine for t in b.ticks] == [str(n) for n in range(1, 41)]
        assert not any(b.complete for b in mine)
        assert outcome(s.counts) == (2, 2, 1, 1, 0, 0, 42, 5)
        await s.end()

    run_virtual(main())
    assert "between trades 0 and 1000, 40 came: it takes more than 4 requests" in caplog.text


FAILURES: list[Any] = [
    RestError("HTTP 429: slow down"),
    RestError("HTTP 503: down"),
    RestError("the answer is no JSON: <html>"),
    {"code": -1121, "msg": "Invalid symbol."},
    [],
    [row(900)],
]


@pytest.mark.parametrize("failure", FAILURES, ids=str)
def test_a_failure_leaves_the_gap_open_and_is_tried_again(
    failure: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        s = Setting()
        s.rest.says.extend([failure] * (1 + len(PAUSES)))
        s.come(5, 9)
        await asyncio.sleep(100)
        assert s.backfills == []
        times = [asked[0] for asked in s.rest.asked]
        waited = [round(b - a - 0.1) for a, b in pairwise(times)]
        assert waited == [round(pause) for pause in PAUSES]
        assert outcome(s.counts) == (1, 1, 0, 0, 1, 0, 0, 3)
        assert s.backfiller.waiting == 0
        s.rest.says.append(failure)
        s.come(12)
        await asyncio.sleep(100)
        assert [b.complete for b in s.backfills] == [True]
        assert outcome(s.counts) == (2, 2, 1, 0, 1, 0, 2, 5)
        await s.end()

    run_virtual(main())
    assert "BTCUSDT: gap number 1 not filled, between trades 5 and 9, 0 came: " in caplog.text


HTTP: list[tuple[int, str, dict[str, str]]] = [
    (429, "slow down", {"Retry-After": "0"}),
    (429, "slow down", {"Retry-After": "3600"}),
    (503, "down", {}),
    (418, "banned", {}),
    (401, '{"code":-2014,"msg":"API-key format invalid."}', {}),
    (200, "<html>", {}),
    (200, "", {}),
    (200, "[]", {}),
    (200, '{"code":-1121,"msg":"Invalid symbol."}', {}),
]


@pytest.mark.parametrize(("status", "text", "headers"), HTTP)
async def test_http_that_fails_leaves_the_gap_open(
    status: int, text: str, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real client and a real server, with one attempt instead of several."""
    monkeypatch.setattr("connectors.feed.rest.ATTEMPTS", 1)
    monkeypatch.setattr(backfiller, "PAUSES", ())

    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=status, text=text, headers=headers)

    application = web.Application()
    application.router.add_get("/api/v3/historicalTrades", answer)
    out: list[Any] = []
    async with TestServer(application) as server:
        urls = {"binance": str(server.make_url(""))}
        filler = Backfiller(["binance"], lambda _, items: out.extend(items), rest_urls=urls)
        task = asyncio.create_task(filler.run())
        filler.take(START, [tick(5), tick(9)])
        await wait_until(lambda: not filler.waiting)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert out == [tick(5), tick(9)]
    assert outcome(filler.counts["binance"]) == (1, 1, 0, 0, 1, 0, 0, 1)


def test_of_too_many_gaps_the_oldest_are_let_go(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(backfiller, "JOBS", 3)

    async def main() -> None:
        s = Setting()
        s.come(*range(0, 20, 2))  # nine gaps in one message
        await asyncio.sleep(5)
        assert [asked[2] for asked in s.rest.asked] == [13, 15, 17]
        assert outcome(s.counts) == (9, 9, 3, 0, 0, 6, 3, 3)
        await s.end()

    run_virtual(main())
    assert "more than 3 gaps are waiting" in caplog.text


def test_it_ends_at_once_in_the_middle_of_a_request(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)

    async def main() -> None:
        s = Setting()
        s.come(5, 9, 20)
        await asyncio.sleep(0.05)
        before = asyncio.get_running_loop().time()
        await s.end()
        assert asyncio.get_running_loop().time() == before
        assert s.backfills == []

    run_virtual(main())
    assert "2 gaps were still to be filled" in caplog.text


def test_a_sink_that_fails_ends_it() -> None:
    async def main() -> None:
        s = Setting()

        def full(received: int, items: Sequence[Any]) -> None:
            if isinstance(items[0], Backfill):
                raise RuntimeError("the sink is full")

        broken = Backfiller(["binance"], full, rest_urls=REST, open_rest=s.rest.open)
        task = asyncio.create_task(broken.run())
        broken.take(START, [tick(5), tick(9)])
        with pytest.raises(RuntimeError, match="the sink is full"):
            await task
        await s.end()

    run_virtual(main())
