"""The backfiller alone, in virtual time: what it asks for, what it hands over, what it counts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any, ClassVar

import pytest

from connectors.feed.backfiller import Backfiller
from connectors.simulator.desks import Fill
from connectors.venues.deribit import Deribit as DeribitVenue
from connectors.venues.events import Event
from connectors.venues.history import Missed
from connectors.venues.registry import UnknownVenueError
from engine.pricing.gate import TradeGate
from engine.pricing.pricer import Pricer
from engine.records import Backfill, BackfillFrame, Gap, Instrument
from streams.ingest import FrameBuilder, Ingested
from tests.connectors import deribit_rest
from tests.connectors.faults.scripted_backfiller import (
    BTC,
    BYBIT,
    ETH,
    MS,
    Rest,
    Setting,
    outcome,
    row,
    tick,
)
from tests.connectors.faults.virtual_loop import START, run_virtual


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


def test_what_finds_no_room_waits_and_nothing_more_is_asked_for(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def main() -> None:
        s = Setting()
        s.room = 3
        s.come(5, 10)
        s.come(10, 12)
        await asyncio.sleep(30)
        assert (s.backfills, s.backfiller.waiting, len(s.rest.asked)) == ([], 2, 1)
        assert caplog.messages == ["binance: a backfill waits until there is room for it"]
        s.room = 4
        await asyncio.sleep(2)
        expected = [(["6", "7", "8", "9"], True), (["11"], True)]
        assert [([t.id for t in b.ticks], b.complete) for b in s.backfills] == expected
        assert outcome(s.counts) == (2, 2, 2, 0, 0, 0, 5, 2)
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


class Deribit(Rest):
    """Deribit, whose trades two and two share a time."""

    fills: ClassVar = [
        Fill("SOL_USDC", n, f"{100 + n}", "2", "buy", START + n // 2 * MS) for n in range(40)
    ]

    async def get(self, path: str, params: Mapping[str, str | int] | None = None) -> Any:
        self.requests += 1
        query = {name: str(value) for name, value in (params or {}).items()}
        return deribit_rest.history(path, query, {"SOL_USDC": self.fills}, most=7)


def spoken(first: int, last: int) -> list[Event]:
    """What a connection says of these trades."""
    parser = DeribitVenue().parser([SOL])
    params = {"channel": "trades.SOL_USDC.100ms"}
    said: list[Event] = []
    for fill in Deribit.fills[first : last + 1]:
        if not LEFT_OUT[0] <= fill.id <= LEFT_OUT[1]:
            body = {"method": "subscription", "params": params | {"data": [deribit_rest.row(fill)]}}
            said += parser.feed(json.dumps({"jsonrpc": "2.0"} | body))
    return said


SOL = Instrument("deribit", "SOL_USDC", "SOL", "USDC", "spot", False)
LEFT_OUT = 6, 27


@pytest.mark.parametrize(
    ("connections", "gaps"),
    [([(3, 5), (28, 30), (31, 33)], 2), ([(3, 33)], 1)],
    ids=["between connections, and none between the next two", "within a connection"],
)
def test_a_hole_of_ids_without_order_is_filled_in_the_pricer(
    connections: list[tuple[int, int]], gaps: int
) -> None:
    """Deribit: sessions begin anew, ids do not count, times are shared."""

    async def main() -> None:
        frames: list[Any] = []

        def keep(ingested: Ingested) -> bool:
            frames.append(ingested.frame)
            return True

        rest = Deribit()
        builder = FrameBuilder(keep, "c", "1", lambda: START + 60 * 10**9)
        urls = {"deribit": "http://deribit.memory"}
        filler = Backfiller(["deribit"], builder.add, rest_urls=urls, open_rest=rest.open)
        task = asyncio.create_task(filler.run())
        for first, last in connections:
            said: list[Any] = [Gap(SOL, None, None, "session"), *spoken(first, last)]
            filler.take(START + last * 10**9, said)
        await asyncio.sleep(60)
        builder.flush()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        pricer = Pricer()
        for frame in frames:
            pricer.apply(frame)
        counters = pricer.counters
        assert (counters.gaps, counters.gaps_filled) == (gaps, gaps)
        assert (counters.backfilled, counters.backfill_known) == (22, 0)
        filled = [i for f in frames if isinstance(f, BackfillFrame) for i in f.id]
        assert filled == [deribit_rest.trade_id(n) for n in range(6, 28)]
        assert outcome(filler.counts["deribit"])[:4] == (gaps, gaps, gaps, 0)

    run_virtual(main())


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


def test_known_trades_of_an_earlier_run_show_the_first_gap() -> None:
    async def main() -> None:
        gate = TradeGate(BTC)
        gate.admit(START + 5 * MS, "5")
        s = Setting(known=[gate, TradeGate(BYBIT)])
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
