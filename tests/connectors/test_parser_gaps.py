"""Gaps that parsers find themselves, where ids do not step by one."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from connectors.feed.session import Session
from connectors.venues.events import Malformed
from connectors.venues.okx import Okx
from connectors.venues.registry import VENUES
from engine.records import Gap, Instrument, Tick
from tests.connectors.faults.scripted_session import (
    Exchange,
    Highest,
    Received,
    VirtualTime,
    settle,
)
from tests.connectors.wire import (
    BITFINEX,
    TRADE,
    feed,
    frame_of,
    subscribed,
    wire,
)

OKX = Instrument("okx", "BTC-USDT", "BTC", "USDT", "spot", False)
KRAKEN = Instrument("kraken_futures", "PF_XBTUSD", "BTC", "USD", "perpetual", False)


def okx_push(number: int, ms: int, count: int | None = None) -> str:
    more = {} if count is None else {"count": str(count)}
    return wire("okx", tradeId=str(number), ts=str(1652459224000 + ms), **more)


@pytest.mark.parametrize(
    ("pushes", "gaps"),
    [
        ([(1, 0, None), (2, 0, None), (3, 5, None), (4, 9, None)], []),
        ([(1, 0, 1), (4, 3, 3), (5, 4, 1), (6, 9, 1)], []),
        ([(1, 0, None), (3, 5, None), (4, 9, None)], [("1", "3")]),
        ([(1, 0, 1), (5, 3, 3), (6, 9, 1)], [("1", "3")]),  # 3 to 5 came
        ([(1, 0, 1), (4, 3, 2), (2, 3, 1), (5, 9, 1)], []),  # another price of one order
        ([(1, 0, 1), (4, 3, 1), (2, 3, 1), (5, 9, 1)], [("2", "4")]),
        ([(1, 0, 1), (9, 3, 2), (5, 3, 2), (10, 9, 1)], [("1", "4"), ("5", "8")]),
        ([(1, 0, 1), (3, 3, 1), (6, 3, 1), (7, 9, 1)], [("1", "3"), ("3", "6")]),  # 3 came
        ([(1, 0, 1), (4, 3, 2), (5, 3, 1)], []),  # not yet
        ([(5, 0, 1), (5, 0, 1), (4, 3, 1), (6, 9, 1)], []),  # twice, or late
        ([(1, 0, 1), (3, 3, 1), (9, 6, 1), (10, 9, 1)], [("1", "3"), ("3", "9")]),
        ([(1, 0, 4), (2, 3, 9), (3, 9, 1)], []),
        ([(1, 0, 1), (3, 3, 1), (3, 3, 1), (1, 3, 1), (4, 9, 1)], [("1", "3")]),  # repeated
    ],
)
def test_okx_ids_step_by_count(
    pushes: list[tuple[int, int, int | None]], gaps: list[tuple[str, str]]
) -> None:
    events = feed("okx", *(okx_push(*push) for push in pushes))
    assert [e for e in events if isinstance(e, Gap)] == [Gap(OKX, *g, "ids") for g in gaps]
    assert [e.id for e in events if isinstance(e, Tick)] == [str(p[0]) for p in pushes]


@pytest.mark.parametrize("foretold", [False, True])
async def test_ids_left_out_right_before_the_end_of_a_connection_are_told(foretold: bool) -> None:
    time, received = VirtualTime(), Received()
    exchange = Exchange(time)
    connect = {"clock": time.clock, "connect": exchange, "rng": Highest()}
    session = Session(Okx(), [OKX], received, **connect)  # type: ignore[arg-type]
    running = asyncio.create_task(session.run())
    await time.advance(1.0)
    exchange.wires[0].give(okx_push(1, 0), okx_push(4, 3, 2))
    if foretold:  # but no other connection can be opened in time
        exchange.down = True
        exchange.wires[0].give('{"event":"notice","code":"64008","msg":"soon"}')
        await time.advance(1.0)
        exchange.down = False
    exchange.wires[0].cut()
    await time.advance(2.0)
    exchange.wires[1].give(okx_push(5, 9))
    await time.advance(1.0)
    session.stop()
    await running
    assert [e[1:] if isinstance(e, Gap) else e.id for e in received.events()] == [
        (None, None, "session"),
        "1",
        "4",
        ("1", "3", "ids"),  # 3 and 4 came
        (None, None, "session"),
        "5",
    ]


async def test_what_cannot_be_read_on_the_new_connection_is_told_once_that_carries() -> None:
    time, received = VirtualTime(), Received()
    exchange = Exchange(time)
    connect = {"clock": time.clock, "connect": exchange, "rng": Highest()}
    session = Session(Okx(), [OKX], received, **connect)  # type: ignore[arg-type]
    running = asyncio.create_task(session.run())
    await time.advance(1.0)
    exchange.wires[0].give(okx_push(1, 0), '{"event":"notice","code":"64008","msg":"soon"}')
    while len(exchange.wires) < 2:
        await time.advance(0.1)
    exchange.wires[1].give("{", okx_push(1, 0), okx_push(2, 5))
    await settle()
    assert len(received.gaps()) == 1, "the old one still carried it"
    exchange.wires[1].give("{")
    await settle()
    assert received.gaps()[1:] == [("BTC-USDT", "2", "malformed")], "the old one may break now"
    session.stop()
    await running


def test_kraken_futures_gaps_by_seq() -> None:
    name = "kraken_futures"
    frames = [wire(name, seq=n, uid=f"u{n}") for n in (5, 6, 6, 5, 7, 9, 10)]
    events = feed(name, *frames)
    assert [e for e in events if isinstance(e, Gap)] == [Gap(KRAKEN, "u7", "u9", "ids")]
    assert [getattr(e, "id", "gap") for e in events[4:]] == ["u7", "gap", "u9", "u10"]
    rows = [TRADE[name] | {"seq": n, "uid": f"u{n}"} for n in (9, 8)]
    history = json.dumps({"feed": "trade_snapshot", "product_id": "PF_XBTUSD", "trades": rows})
    assert [type(e) for e in feed(name, history, wire(name, seq=10))] == [Tick]
    gap, _ = feed(name, history, wire(name, seq=11, uid="u11"))
    assert gap == Gap(KRAKEN, "u9", "u11", "ids")


def test_bitfinex_gaps_by_the_sequence_of_the_connection() -> None:
    conf = '{"event":"conf","status":"OK","flags":65536}'
    trade = [7, "te", BITFINEX]
    frames = [
        '[7,"hb",1]',
        json.dumps([*trade, 2]),
        json.dumps([7, "tu", BITFINEX, 3]),
        json.dumps([9, [1, 2, 3], 4]),  # a channel that is not known
        '[7,"cs",12,6]',
    ]
    events = feed("bitfinex", conf, *frames)
    instrument = events[1].instrument
    assert [e for e in events if isinstance(e, Gap)] == [
        Gap(instrument, "658733916", None, "sequence")
    ]
    assert not [e for e in feed("bitfinex", *frames) if isinstance(e, Gap)], "not asked for"
    info = '{"event":"info","version":2,"serverId":"x","platform":{"status":1}}'
    again = feed("bitfinex", conf, *frames[:2], info, conf, subscribed("ETHJPY"), '[7,"hb",9]')
    assert not [e for e in again if isinstance(e, Gap)], "a new connection counts anew"


# ---- Deribit, by `trade_seq`


def push(*numbers: int) -> str:
    """A frame of trades; the id of each says its `trade_seq`."""
    trade = TRADE["deribit"]
    return frame_of("deribit", *(trade | {"trade_seq": n, "trade_id": f"t{n}"} for n in numbers))


def told(*frames: str) -> list[Any]:
    """What a parser says: ids of trades, ids of gaps, and what it cannot read."""
    parser = VENUES["deribit"].parser(())
    said: list[Any] = []
    for event in (event for frame in frames for event in parser.feed(frame)):
        match event:
            case Tick(id=number):
                said.append(number)
            case Gap(instrument, last_id, next_id, reason):
                assert instrument.symbol == TRADE["deribit"]["instrument_name"]
                said.append((last_id, next_id, reason))
            case _:
                said.append(type(event))
    return said


def test_what_counts_on_has_no_gap_though_some_come_twice() -> None:
    ids = ["t5", "t6", "t7", "t7", "t8", "t6", "t9"]
    assert told(push(5), push(6, 7), push(7, 8), push(6), push(9)) == ids


def test_what_is_left_out_is_a_gap_between_its_neighbours() -> None:
    found = told(push(5), push(6, 9), push(7), push(12))
    assert found == ["t5", "t6", ("t6", "t9", "ids"), "t9", "t7", ("t9", "t12", "ids"), "t12"]


def test_instruments_count_each_by_itself() -> None:
    other = TRADE["deribit"] | {"instrument_name": "BTC-PERPETUAL", "trade_seq": 900}
    assert told(push(5), frame_of("deribit", other), push(6)) == ["t5", other["trade_id"], "t6"]


def test_a_trade_that_cannot_be_read_is_missed() -> None:
    frame = json.loads(push(5, 6, 7))
    frame["params"]["data"][1]["price"] = -1.0
    assert told(json.dumps(frame)) == ["t5", Malformed, ("t5", "t7", "ids"), "t7"]
    frame["params"]["data"][1] |= {"price": 1.0, "trade_seq": "6"}
    assert told(json.dumps(frame)) == ["t5", Malformed, ("t5", "t7", "ids"), "t7"]
