"""Trades made outside the order book: each venue's mark, and what becomes of their ids."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import pytest

from connectors.feed.session import Session
from connectors.venues.binance_usdm import BinanceUsdm
from connectors.venues.deribit import Deribit
from connectors.venues.events import Malformed
from connectors.venues.fields import loose_number
from connectors.venues.history import Missed
from engine.records import Gap, Instrument, Tick
from tests.connectors.faults.scripted_session import Exchange, Received, VirtualTime
from tests.connectors.wire import MS, TRADE, feed, live_parser, wire

BOOK = False
OFF = True


def fed(venue: str, **changed: Any) -> Any:
    [event] = feed(venue, wire(venue, **changed))
    return event


@pytest.mark.parametrize(
    ("venue", "changed", "off_book"),
    [
        ("binance_usdm", {"X": "MARKET"}, BOOK),
        ("binance_usdm", {"X": "NA", "p": "0", "q": "0"}, OFF),
        ("binance_usdm", {"X": "INSURANCE_FUND"}, OFF),
        ("binance_usdm", {"X": "ADL"}, OFF),
        ("bybit", {"BT": False}, BOOK),
        ("bybit", {"BT": True}, OFF),
        ("bybit", {"RPI": True}, BOOK),
        ("gemini", {"side": "block"}, OFF),
        ("gemini", {"side": "auction"}, BOOK),
        ("kraken_futures", {"type": "fill"}, BOOK),
        ("kraken_futures", {"type": "liquidation"}, BOOK),
        ("kraken_futures", {"type": "assignment"}, OFF),
        ("kraken_futures", {"type": "termination"}, OFF),
        ("kraken_futures", {"type": "block"}, OFF),
        ("kraken_futures", {"type": "block", "product_id": "PI_XBTUSD"}, OFF),
        ("deribit", {"liquidation": "T"}, BOOK),
        ("deribit", {"block_trade_id": "154988"}, OFF),
        ("deribit", {"block_rfq_id": 12}, OFF),
        ("deribit", {"combo_id": "BTC-FS-1NOV24_PERP", "combo_trade_id": 9}, OFF),
        ("bitmex", {"trdType": "Regular"}, BOOK),
        ("bitmex", {"trdType": "Referential", "side": "", "homeNotional": ...}, OFF),
        ("okx", {"source": "1"}, BOOK),
        ("hyperliquid", {"hash": "0x" + "0" * 64}, BOOK),
    ],
)
def test_marks(venue: str, changed: dict[str, Any], off_book: bool) -> None:
    tick = fed(venue, **changed)
    assert isinstance(tick, Tick), tick
    assert tick.off_book is off_book
    assert off_book or 0.0 not in (tick.price, tick.size)


@pytest.mark.parametrize(
    ("venue", "broken"),
    [
        ("binance_usdm", {"X": "NA", "p": None, "q": "x", "m": None}),
        ("bybit", {"BT": True, "p": "", "v": "-1", "S": ...}),
        ("gemini", {"side": "block", "price": "0", "quantity": "nan"}),
        ("kraken_futures", {"type": "block", "price": None, "qty": 0, "side": ...}),
        ("deribit", {"block_trade_id": "1", "price": "x", "amount": None, "direction": 1}),
        ("bitmex", {"trdType": "Referential", "price": 0, "homeNotional": None}),
    ],
)
def test_their_numbers_need_not_be_any(venue: str, broken: dict[str, Any]) -> None:
    tick = fed(venue, **broken)
    assert (tick.price, tick.size, tick.off_book) == (0.0, 0.0, True)
    assert tick.id is not None


@pytest.mark.parametrize(
    ("venue", "broken"),
    [
        ("binance_usdm", {"X": "NA", "t": "7"}),
        ("binance_usdm", {"X": "NA", "T": None}),
        ("binance_usdm", {"X": "NA", "s": "nothing"}),
        ("bybit", {"BT": True, "i": 5}),
        ("deribit", {"block_trade_id": "1", "trade_seq": None}),
    ],
)
def test_their_id_time_and_symbol_must_be_known(venue: str, broken: dict[str, Any]) -> None:
    assert isinstance(fed(venue, **broken), Malformed)


@pytest.mark.parametrize(
    ("sent", "read"),
    [("1.5", 1.5), (2, 2.0), (0.25, 0.25), *((bad, 0.0) for bad in ("0", "-1", "1_0", "inf", "٣"))],
)
def test_loose_numbers(sent: object, read: float) -> None:
    assert loose_number(sent) == read
    assert [loose_number(bad) for bad in (None, True, [], float("nan"), 10**400, -5)] == [0.0] * 6


def test_the_numbers_of_deribit_and_kraken_futures_go_on_over_them() -> None:
    parser = live_parser("deribit")
    seqs = (101, {}), (102, {"block_trade_id": "1"}), (103, {}), (105, {"block_trade_id": "2"})
    events = [
        e
        for seq, mark in seqs
        for e in parser.feed(wire("deribit", trade_seq=seq, trade_id=str(seq), **mark))
    ]
    assert [type(e) for e in events] == [Tick, Tick, Tick, Gap, Tick]


def test_a_backfill_leaves_them_out_and_is_complete() -> None:
    instrument = Instrument("deribit", "BTC_USDC", "BTC", "USDC", "spot", False)

    def sent(seq: int, **mark: Any) -> dict[str, Any]:
        return TRADE["deribit"] | {
            **{"instrument_name": "BTC_USDC", "trade_seq": seq, "trade_id": f"id{seq}"},
            **mark,
        }

    after = Tick(instrument, 1.0, 1.0, "buy", "id4", MS * 1_000_000)
    pages = Deribit().history(Missed(instrument, "id1", "id4", after.ts, after))
    assert pages is not None
    answer = {"result": {"trades": [sent(1), sent(2, block_trade_id="9"), sent(3), sent(4)]}}
    assert [tick.id for tick in pages.take(json.loads(json.dumps(answer)))] == ["id3"]
    assert pages.complete


async def test_they_are_counted_and_not_told_line_by_line(caplog: pytest.LogCaptureFixture) -> None:
    time, received = VirtualTime(), Received()
    exchange = Exchange(time)
    venue = BinanceUsdm()
    session = Session(
        venue, venue.instruments(["BTC"]), received, clock=time.clock, connect=exchange
    )
    running = asyncio.create_task(session.run())
    await time.advance(1.0)
    with caplog.at_level(logging.INFO):
        for number, mark in enumerate(("MARKET", "NA", "NA", "ADL", "NA", "MARKET"), 1):
            exchange.wires[0].give(wire("binance_usdm", t=number, X=mark))
        await time.advance(1.0)
    assert (session.stats.ticks, session.stats.off_book, session.stats.malformed) == (6, 4, 0)
    assert received.ids("BTCUSDT") == ["1", "2", "3", "4", "5", "6"]
    assert [record.getMessage() for record in caplog.records] == []
    session.stop()
    await time.advance(1.0)
    await running
