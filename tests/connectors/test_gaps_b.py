"""Gaps that a parser finds itself, where ids do not step by one: Deribit, by `trade_seq`."""

import json
from typing import Any

from connectors.venues.base import Malformed
from engine.types import Gap, Tick
from tests.connectors.wire_b import TRADE, VENUES_B, frame_of


def push(*numbers: int) -> str:
    """A frame of trades; the id of each says its `trade_seq`."""
    trade = TRADE["deribit"]
    return frame_of("deribit", *(trade | {"trade_seq": n, "trade_id": f"t{n}"} for n in numbers))


def told(*frames: str) -> list[Any]:
    """What a parser says: ids of trades, ids of gaps, and what it cannot read."""
    parser = VENUES_B["deribit"].parser(())
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
