"""What venues say besides trades, and what they want to have answered."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from connectors.venues.events import Ack, Heartbeat, Malformed, Notice, Refused, Reply
from connectors.venues.htx import LARGEST, Htx
from connectors.venues.registry import VENUES
from engine.records import Tick
from tests.connectors.wire import (
    ANSWERS,
    feed,
    wire,
)


@pytest.mark.parametrize(("venue", "frame", "event"), ANSWERS)
def test_answers(venue: str, frame: str, event: Any) -> None:
    place = VENUES[venue]
    for sent in (frame, frame.encode()):
        parser = place.parser(place.instruments(["BTC"]))
        parser.subscribe()
        assert parser.feed(sent) == [event]


def test_deribit_tells_which_of_a_request_it_did_not_take() -> None:
    venue = VENUES["deribit"]
    parser = venue.parser(venue.instruments(["BTC", "NOPE"]))
    parser.subscribe()
    result = ["trades.BTC_USDC.100ms", "trades.BTC-PERPETUAL.100ms"]
    events = parser.feed(json.dumps({"jsonrpc": "2.0", "id": 1, "result": result}))
    assert events[:2] == [Ack("BTC_USDC"), Ack("BTC-PERPETUAL")]
    refused = [e.symbol for e in events[2:] if isinstance(e, Refused)]
    assert refused == ["NOPE_USDC", "NOPE_USDC-PERPETUAL"]
    parser = venue.parser(venue.instruments(["BTC"]))
    parser.subscribe()
    error = {"code": -32602, "message": "Invalid params"}
    events = parser.feed(json.dumps({"jsonrpc": "2.0", "id": 1, "error": error}))
    assert [e.symbol for e in events if isinstance(e, Refused)] == ["BTC_USDC", "BTC-PERPETUAL"]


def test_what_the_venues_want_to_have_answered() -> None:
    ping = gzip.compress(b'{"ping":18212558000}')
    assert feed("htx", ping) == [Heartbeat(), Reply('{"pong":18212558000}')]
    request = '{"id":1587523073344,"method":"public/heartbeat","code":0}'
    reply = Reply('{"id":1587523073344,"method":"public/respond-heartbeat"}')
    assert feed("cryptocom", request) == [Heartbeat(), reply]
    heartbeat = '{"jsonrpc":"2.0","method":"heartbeat","params":{"type":"heartbeat"}}'
    assert feed("deribit", heartbeat) == [Heartbeat()]


def test_binance_shutdown_is_a_closing_notice() -> None:
    frames = (
        '{"e":"serverShutdown","E":1770123456789}',
        '{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1770123456789}}',
    )
    for frame in frames:
        [event] = feed("binance", frame)
        assert isinstance(event, Notice)
        assert event.closing


# ---- HTX's gzip


def test_htx_frames_are_gzip() -> None:
    frame = gzip.compress(wire("htx").encode())
    assert [type(e) for e in feed("htx", frame)] == [Tick]
    for end in range(2, len(frame)):
        assert [type(e) for e in feed("htx", frame[:end])] == [Malformed]
    [event] = feed("htx", frame + b"x")
    assert isinstance(event, Malformed)
    assert "gzip" in event.reason


def test_htx_bombs_are_not_inflated() -> None:
    whole = b'{"ping":1' + b" " * (LARGEST - 11) + b"} "
    assert len(whole) == LARGEST
    assert len(feed("htx", gzip.compress(whole))) == 2
    bomb = gzip.compress(whole + b" ")
    assert len(bomb) < 10_000
    [event] = feed("htx", bomb)
    assert isinstance(event, Malformed)
    assert event.reason == "gzip that is cut off, has a tail, or is too large"
    assert Htx.limits.keep_alive is None, "the venue pings by itself"
