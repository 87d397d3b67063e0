"""Frames of expected_b's venues changed at random never make a parser raise."""

import gzip
import json
import random

import pytest

from connectors.venue import Malformed, Reply
from engine.types import Tick
from tests.connectors.expected_b import VENUES_B
from tests.connectors.test_conversation_b import ANSWERS
from tests.connectors.test_mutations import mutate
from tests.connectors.wire_b import TRADE, frame_of, wire

EXTRA = {
    "deribit": [
        '{"jsonrpc":"2.0","id":1,"result":["trades.BTC_USDC.100ms","trades.BTC-PERPETUAL.100ms"]}',
        '{"jsonrpc":"2.0","id":1,"error":{"code":10028,"message":"too_many_requests"}}',
        '{"jsonrpc":"2.0","method":"heartbeat","params":{"type":"test_request"}}',
        wire("deribit", instrument_name="BTC-PERPETUAL"),
    ],
    "bitmex": [
        '{"info":"Welcome","version":"2021-07-14T01:26:29.000Z","limit":{"remaining":39}}',
        wire("bitmex", homeNotional=...),
    ],
    "htx": [
        '{"ping":1618678073643}',
        '{"id":"btcusdt","status":"ok","subbed":"market.btcusdt.trade.detail","ts":1618678070657}',
        wire("htx", tradeId=...),
        frame_of("htx", TRADE["htx"], ch="market.BTC_CQ.trade.detail"),
    ],
    "kucoin": ['{"id":"hQvf8jkno","type":"welcome"}'],
    "cryptocom": [
        '{"id":1637709519420,"method":"public/heartbeat"}',
        frame_of("cryptocom", *[TRADE["cryptocom"]] * 3),
    ],
    "bitget": [
        frame_of("bitget", ["1649290076333", "0.00003507", "271967", "sell"]),
        frame_of("bitget", *[TRADE["bitget"]] * 3),
    ],
    "upbit": [
        json.dumps(
            {"ty": "trade", "cd": "KRW-BTC", "ttms": 1618678262000, "tp": 127.0, "tv": 46.4}
            | {"ab": "BID", "sid": 1618678262000003, "st": "REALTIME"}
        ),
    ],
    "hyperliquid": [],
}


@pytest.mark.parametrize("venue", VENUES_B)
def test_twenty_thousand_mutations_never_raise(venue: str) -> None:
    rng = random.Random(20_260_707)
    seeds = [wire(venue), *(f for name, f, _ in ANSWERS if name == venue), *EXTRA[venue]]
    parser = VENUES_B[venue].parser(VENUES_B[venue].instruments(["BTC"]))
    parser.subscribe()
    kinds: dict[type, int] = {}
    for number in range(20_000):
        frame = mutate(rng, seeds)
        if venue == "htx" and rng.random() < 0.5:
            frame = compressed(rng, frame)
        try:
            events = parser.feed(frame)
        except Exception as error:
            raise AssertionError(f"mutation {number}: {frame!r}") from error
        for event in events:
            kinds[type(event)] = kinds.get(type(event), 0) + 1
            if isinstance(event, Reply):
                assert isinstance(json.loads(event.frame), dict)
            if isinstance(event, Tick):
                assert 0 < event.price < float("inf")
                assert 0 < event.size < float("inf")
                assert event.side in ("buy", "sell")
                assert 0 < event.ts < 2**63
                assert event.instrument.venue == venue
                assert event.instrument.base
                assert event.instrument.quote
    assert kinds[Malformed] > 5_000
    assert kinds[Tick] > 100, "some mutations must reach the whole way"


def compressed(rng: random.Random, frame: str | bytes) -> bytes:
    """The frame in gzip, half the time with a broken byte."""
    raw = frame if isinstance(frame, bytes) else frame.encode(errors="surrogatepass")
    whole = bytearray(gzip.compress(raw, compresslevel=1, mtime=0))
    if rng.random() < 0.5:
        whole[rng.randrange(len(whole))] = rng.randrange(256)
    return bytes(whole)
