"""The backfiller alone, in virtual time: what it asks for, when it gives up, what it counts."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import astuple
from itertools import pairwise
from typing import Any

import pytest

from connectors import backfiller
from connectors.backfiller import PAUSES, BackfillCounts, Backfiller
from connectors.history import Missed
from connectors.registry import UnknownVenueError
from connectors.rest import RestError
from engine.gate import Gate
from engine.types import Backfill, Gap, Instrument, Tick
from tests.connectors.virtual_loop import START, run_virtual

BTC = Instrument("binance", "BTCUSDT", "BTC", "USDT", "spot", True)
ETH = BTC._replace(symbol="ETHUSDT", base="ETH")
BYBIT = BTC._replace(venue="bybit", counts=False)
MS = 1_000_000
REST = {"binance": "http://binance.memory"}


def tick(number: int, instrument: Instrument = BTC) -> Tick:
    return Tick(instrument, float(number), 1.0, "buy", str(number), START + number * MS)


def row(number: int) -> dict[str, Any]:
    ms = START // MS + number
    return {
        "id": number,
        "price": str(number),
        "qty": "1",
        "time": ms,
        "isBuyerMaker": False,
    }


class Rest:
    """Binance, all of whose trades have a price that is their id. `says` goes first."""

    def __init__(self) -> None:
        self.requests = 0
        self.asked: list[tuple[float, str, int]] = []
        self.says: deque[Any] = deque()
        self.page = 1000
        self.closed = 0
        self.opened: list[tuple[str, float]] = []

    async def get(self, path: str, params: Mapping[str, str | int] | None = None) -> Any:
        assert params is not None
        assert path == "/api/v3/historicalTrades"
        first, limit = int(params["fromId"]), min(int(params["limit"]), self.page)
        now = asyncio.get_running_loop().time()
        self.asked.append((now, str(params["symbol"]), first))
        self.requests += 1
        await asyncio.sleep(0.1)
        answer = self.says.popleft() if self.says else None
        if isinstance(answer, Exception):
            raise answer
        return [row(first + n) for n in range(limit)] if answer is None else answer

    @asynccontextmanager
    async def open(self, url: str, per_second: float) -> AsyncIterator[Rest]:
        self.opened.append((url, per_second))
        try:
            yield self
        finally:
            self.closed += 1


class Setting:
    """A backfiller at work; `out` is what its sink got."""

    def __init__(
        self, known: Sequence[Gate] = (), missed: Sequence[Missed] = (), **urls: Any
    ) -> None:
        self.out: list[tuple[int, list[Tick | Gap | Backfill]]] = []
        self.rest = Rest()
        options = urls or {"urls": {"binance": "ws://x"}, "rest_urls": REST}
        self.backfiller = Backfiller(
            ("binance", "bybit"),
            lambda received, items: self.out.append((received, list(items))),
            **options,
            known=known,
            missed=missed,
            now_ns=lambda: START + round(asyncio.get_running_loop().time() * 1e9),
            open_rest=self.rest.open,
        )
        self.task = asyncio.create_task(self.backfiller.run())

    def come(self, *numbers: int, instrument: Instrument = BTC) -> None:
        self.backfiller.take(START, [tick(n, instrument) for n in numbers])

    @property
    def backfills(self) -> list[Backfill]:
        return [item for _, items in self.out for item in items if isinstance(item, Backfill)]

    @property
    def counts(self) -> BackfillCounts:
        return self.backfiller.counts["binance"]

    async def end(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        assert self.rest.closed == len(self.rest.opened)


def outcome(counts: BackfillCounts) -> tuple[int, ...]:
    """gaps, jobs, filled, partial, failed, dropped, trades, requests"""
    return astuple(counts)


def test_a_gap_is_filled_behind_the_trade_that_showed_it() -> None:
    async def main() -> None:
        s = Setting()
        s.come(5, 9)
        assert s.out == [(START, [tick(5), tick(9)])], "passed on at once, nothing waited for"
        assert (s.backfiller.waiting, s.backfills) == (1, [])
        await asyncio.sleep(1)
        assert s.backfills == [Backfill(BTC, "5", "9", [tick(6), tick(7), tick(8)], True)]
        assert s.out[1][0] == START + 100 * MS
        assert outcome(s.counts) == (1, 1, 1, 0, 0, 0, 3, 1)
        assert s.rest.opened == [("http://binance.memory", 2.0)]
        await s.end()

    run_virtual(main())


def test_only_what_is_missing_is_asked_for() -> None:
    async def main() -> None:
        s = Setting()
        session = Gap(BTC, None, None, "session")
        s.backfiller.take(START, [session])
        s.come(5)
        s.backfiller.take(START, [session])
        s.come(6, 6, 5, instrument=BTC)  # goes on by ids, comes twice, comes late
        s.come(1, 9, instrument=BYBIT)
        s.backfiller.take(START, [Gap(BYBIT, None, None, "session"), tick(12, BYBIT)])
        await asyncio.sleep(5)
        assert (s.rest.asked, s.backfills) == ([], [])
        s.backfiller.take(START, [session])
        s.come(8)
        await asyncio.sleep(5)
        assert [asked[1:] for asked in s.rest.asked] == [("BTCUSDT", 7)]
        assert list(s.backfiller.counts) == ["binance"]
        # The counter begins again: that gap has no order of ids.
        s.backfiller.take(START, [tick(2)._replace(ts=START + 99 * MS)])
        await asyncio.sleep(5)
        assert outcome(s.counts)[:3] == (2, 1, 1)
        await s.end()

    run_virtual(main())


def test_a_gap_whose_ids_the_connector_knows_is_asked_for_as_told() -> None:
    async def main() -> None:
        s = Setting()
        told = Gap(BTC, "3", "6", "ids")
        s.backfiller.take(START, [told])  # before the first trade: of no symbol known
        s.come(9)
        s.backfiller.take(START, [told, tick(10)])
        await asyncio.sleep(1)
        assert s.backfills == [Backfill(BTC, "3", "6", [tick(4), tick(5)], True)]
        await s.end()

    run_virtual(main())


def test_long_gaps_come_in_parts_of_which_the_last_is_complete() -> None:
    async def main() -> None:
        s = Setting()
        s.come(0, 2501)
        await asyncio.sleep(2)
        parts = s.backfills
        assert [(len(b.ticks), b.complete) for b in parts] == [
            (1000, False),
            (1000, False),
            (500, True),
        ]
        assert [t for b in parts for t in b.ticks] == [tick(n) for n in range(1, 2501)]
        assert {b[:3] for b in parts} == {(BTC, "0", "2501")}
        await s.end()

    run_virtual(main())


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


def test_a_part_that_came_is_not_asked_for_again_and_others_have_their_turn() -> None:
    async def main() -> None:
        s = Setting()
        s.rest.says.extend([[row(6), row(7)], []])  # the venue has no more than these yet
        s.come(5, 10)
        s.come(1, 3, instrument=ETH)
        await asyncio.sleep(10)
        firsts = [asked[1:] for asked in s.rest.asked]
        assert firsts == [("BTCUSDT", 6), ("BTCUSDT", 8), ("ETHUSDT", 2), ("BTCUSDT", 8)]
        assert [(b.instrument.base, [t.id for t in b.ticks], b.complete) for b in s.backfills] == [
            ("BTC", ["6", "7"], False),
            ("ETH", ["2"], True),
            ("BTC", ["8", "9"], True),
        ]
        assert outcome(s.counts) == (2, 2, 2, 0, 0, 0, 5, 4)
        await s.end()

    run_virtual(main())


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


def test_known_trades_of_an_earlier_run_show_the_first_gap() -> None:
    async def main() -> None:
        gate = Gate(BTC)
        gate.admit(START + 5 * MS, "5")
        s = Setting(known=[gate, Gate(BYBIT)])
        s.backfiller.take(START, [Gap(BTC, None, None, "session"), tick(8)])
        await asyncio.sleep(1)
        assert s.backfills == [Backfill(BTC, "5", "8", [tick(6), tick(7)], True)]
        await s.end()

    run_virtual(main())


def test_open_gaps_of_an_earlier_run_are_asked_for_first() -> None:
    async def main() -> None:
        ids = ((BTC, "2", "4"), (BYBIT, "2", "4"), (BTC, "9", "3"))
        s = Setting(missed=[Missed(*one, START, None) for one in ids])
        s.come(7, 9)
        await asyncio.sleep(1)
        assert s.backfills == [
            Backfill(BTC, "2", "4", [tick(3)], True),
            Backfill(BTC, "7", "9", [tick(8)], True),
        ]
        assert outcome(s.counts)[:3] == (3, 2, 2)
        await s.end()

    run_virtual(main())


def test_a_replaced_venue_without_rest_url_is_never_asked() -> None:
    async def main() -> None:
        s = Setting(urls={"binance": "ws://127.0.0.1:1"})
        s.come(5, 9)
        await asyncio.sleep(5)
        assert (s.rest.opened, s.backfiller.counts, len(s.out)) == ([], {}, 1)
        await s.end()
        real = Setting(urls={})
        await asyncio.sleep(0.01)
        assert real.rest.opened == [("https://api.binance.com", 2.0)]
        await real.end()

    run_virtual(main())
    with pytest.raises(UnknownVenueError):
        Backfiller(["nowhere"], lambda *_: None)


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
