"""Frames changed at random never make a parser raise."""

import json
import random
from typing import Any

import pytest

from connectors.registry import VENUES
from connectors.simulator.desks import Fill
from connectors.simulator.server import WIRES
from connectors.venue import (
    Malformed,
)
from engine.types import Tick
from tests.connectors.wire import BINANCE, wire

SEEDS = {
    "binance": [
        wire("binance"),
        json.dumps({"stream": "btcusdt@trade", "data": BINANCE}),
        '{"result":null,"id":1}',
        '{"error":{"code":2,"msg":"Invalid request: invalid stream"},"id":1}',
        '{"e":"serverShutdown","E":1770123456789}',
        '{"u":400900217,"s":"BNBUSDT","b":"25.35","B":"31.21","a":"25.36","A":"40.66"}',
    ],
    "coinbase": [
        wire("coinbase"),
        wire("coinbase", type="last_match"),
        '{"type":"subscriptions","channels":[{"name":"matches","product_ids":["BTC-USD"]}]}',
        '{"type":"error","message":"Failed to subscribe","reason":"A-USD is not a valid product"}',
        '{"type":"heartbeat","last_trade_id":1052119293,"product_id":"BTC-USD"}',
    ],
    "kraken": [
        wire("kraken"),
        '{"method":"subscribe","result":{"channel":"trade","symbol":"BTC/USD"},"success":true}',
        '{"error":"Currency pair not supported XBT/USD","method":"subscribe","success":false,'
        '"symbol":"XBT/USD"}',
        '{"channel":"status","type":"update","data":[{"system":"online"}]}',
        '{"channel":"heartbeat"}',
    ],
}
SPLICES = (
    *("null", "true", "-1", "0", "1e400", "1e-400", "[]", "{}", '""', '"x"', "NaN", "\x00", "\\"),
    *('"\\ud800"', "9" * 30, "[" * 40, "18446744073709551615", "0.1", '"e"', '"data"', "é", "💥"),
)


def mutate(rng: random.Random, seeds: list[str]) -> str | bytes:
    """A frame with one to four random changes, in text or in bytes."""
    frame = seeds[0] if rng.random() < 0.5 else rng.choice(seeds)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        a, b = sorted(rng.randrange(len(frame) + 1) for _ in range(2))
        match rng.randrange(7):
            case 0:
                frame = frame[:a] + frame[b:]
            case 1:
                frame = frame[:b] + frame[a:]
            case 2:
                frame = frame[:a] + rng.choice(SPLICES) + frame[a:]
            case 3:
                frame = frame[:a] + chr(rng.randrange(32, 127)) + frame[a + 1 :]
            case 4:
                frame = frame[:a] + rng.choice(seeds)[b:]
            case 5:  # one value for another, so that it stays JSON
                values = frame.split(":")
                values[rng.randrange(len(values))] = rng.choice((*SPLICES, "")) + ","
                frame = ":".join(values)
            case _:
                frame = json.dumps(swap(rng, frame))
    if rng.random() < 0.3:
        raw = bytearray(frame.encode(errors="surrogatepass"))
        if raw:
            raw[rng.randrange(len(raw))] = rng.randrange(256)
        return bytes(raw)
    return frame


def swap(rng: random.Random, frame: str) -> Any:
    """The same JSON with one value of another type."""
    try:
        data = json.loads(frame)
    except ValueError:
        return frame
    place = data
    while True:
        if not isinstance(place, dict | list) or not place:
            return data
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = rng.choice(keys)
        if isinstance(place[key], dict | list) and rng.random() < 0.7:
            place = place[key]
            continue
        place[key] = rng.choice(
            [None, True, [], {}, "", "x", -1, 0, 1.5, 2**64, [[]], {"e": 1}, "1e308", 10**18]
        )
        return data


@pytest.mark.parametrize("venue", SEEDS)
def test_twenty_thousand_mutations_never_raise(venue: str) -> None:
    rng = random.Random(20_260_707)
    parser = VENUES[venue].parser(VENUES[venue].instruments(["BTC"]))
    parser.subscribe()
    kinds: dict[type, int] = {}
    for number in range(20_000):
        frame = mutate(rng, SEEDS[venue])
        try:
            events = parser.feed(frame)
        except Exception as error:
            raise AssertionError(f"mutation {number}: {frame!r}") from error
        for event in events:
            kinds[type(event)] = kinds.get(type(event), 0) + 1
            if isinstance(event, Tick):
                assert 0 < event.price < float("inf")
                assert 0 < event.size < float("inf")
                assert event.side in ("buy", "sell")
                assert 0 < event.ts < 2**63
                assert event.instrument.venue == venue
    assert kinds[Malformed] > 5_000
    assert kinds[Tick] > 100, "some mutations must reach the whole way"


ASKED = [
    '{"method":"SUBSCRIBE","params":["btcusdt@trade"],"id":1}',
    '{"type":"subscribe","product_ids":["BTC-USD"],"channels":["matches",{"name":"heartbeat"}]}',
    '{"method":"subscribe","params":{"channel":"trade","symbol":["BTC/USD"],"snapshot":false}}',
    '{"method":"ping","req_id":42}',
]


@pytest.mark.parametrize("venue", WIRES)
def test_what_a_client_sends_never_breaks_a_simulated_exchange(venue: str) -> None:
    rng = random.Random(11)
    symbol = WIRES[venue].symbol("BTC", "USDT" if venue == "binance" else "USD")
    desk = WIRES[venue].desk("/ws", {symbol: [Fill(symbol, 1, "1.0", "2.0", "buy", 10**18)]})
    answers = [
        json.loads(answer)
        for _ in range(5_000)
        for answer in desk.receive(mutate(rng, ASKED), 10**18)
    ]
    assert all(isinstance(answer, dict) for answer in answers)
    assert len(answers) > 1_000
    assert desk.subscribed <= {symbol}
