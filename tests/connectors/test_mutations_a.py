"""Frames of nine more venues changed at random never make a parser raise."""

import json
import random

import pytest

from connectors.registry import VENUES
from connectors.venue import Malformed
from engine.types import Tick
from tests.connectors.test_mutations import mutate
from tests.connectors.wire_a import BITFINEX, TRADE, subscribed, wire, wrapped

SEEDS = {
    "okx": [
        wire("okx"),
        wire("okx", count="3", instId="BTC-USD-SWAP"),
        '{"event":"subscribe","arg":{"channel":"trades","instId":"BTC-USDT"}}',
        '{"event":"error","msg":"channel:trades,instId:A-USDT doesn\'t exist","code":"60018"}',
        '{"table":"spot/trade","data":[{"instrument_id":"BCH-USDT","price":"328.74","side":"sell",'
        '"size":"0.12","timestamp":"2019-08-01T00:00:08.806Z","trade_id":"423886239"}]}',
        "pong",
    ],
    "bybit": [
        wire("bybit"),
        wire("bybit", L="PlusTick", s="BTCUSD"),
        '{"success":true,"ret_msg":"","conn_id":"x","req_id":"BTCUSDT","op":"subscribe"}',
        '{"success":false,"ret_msg":"Invalid topic","conn_id":"x","op":"subscribe"}',
        '{"topic":"trade.BTCUSD","data":[{"timestamp":"2019-11-06T12:50:52.000Z","symbol":"BTCUSD"'
        ',"side":"Buy","size":6000,"price":9366,"trade_id":"8c53dd53"}]}',
    ],
    "binance_usdm": [
        wire("binance_usdm"),
        json.dumps({"stream": "btcusdt@trade", "data": TRADE["binance_usdm"]}),
        wire("binance_usdm", X="ADL"),
        '{"result":null,"id":1}',
        '{"error":{"code":2,"msg":"Invalid request: invalid stream"},"id":1}',
    ],
    "coinbase_advanced": [
        wire("coinbase_advanced"),
        wire("coinbase_advanced").replace("update", "snapshot"),
        '{"channel":"subscriptions","events":[{"subscriptions":{"market_trades":["BTC-USD"]}}]}',
        '{"channel":"heartbeats","events":[{"heartbeat_counter":41691}]}',
        '{"type":"error","message":"no"}',
    ],
    "kraken_futures": [
        wire("kraken_futures"),
        wire("kraken_futures", seq=7000, product_id="PI_XBTUSD"),
        '{"feed":"trade_snapshot","trades":[{"product_id":"PF_XBTUSD","uid":"x","seq":5950}]}',
        '{"event":"subscribed","feed":"trade","product_ids":["PF_XBTUSD"]}',
        '{"event":"alert","message":"Bad request"}',
    ],
    "bitstamp": [
        wire("bitstamp"),
        '{"event":"bts:subscription_succeeded","channel":"live_trades_btcusd","data":{}}',
        '{"event":"bts:error","channel":"","data":{"code":null,"message":"no"}}',
        '{"event":"bts:request_reconnect","channel":"","data":""}',
    ],
    "bitfinex": [
        wrapped("bitfinex", BITFINEX),
        json.dumps([7, "te", BITFINEX, 12]),
        json.dumps([7, [BITFINEX, BITFINEX], 3]),
        '[7,"hb",20]',
        subscribed("ETHJPY"),
        '{"event":"conf","status":"OK","flags":65536}',
        '{"event":"error","msg":"symbol: invalid","code":10300,"symbol":"tNOPUSD"}',
        '{"event":"info","code":20060,"msg":"so"}',
    ],
    "gemini": [
        wire("gemini"),
        wire("gemini", tid=7, side="block"),
        '{"type":"l2_updates","symbol":"BTCUSD","changes":[],"trades":[{"type":"trade"}]}',
        '{"E":1783981140085684201,"s":"btcusd","t":7,"p":"62145.38","q":"1","m":true}',
        '{"type":"heartbeat","timestamp":1618677942928}',
        '{"result":"error","reason":"InvalidSymbol","message":"no"}',
    ],
    "gate": [
        wire("gate"),
        '{"id":0,"channel":"spot.trades","event":"subscribe","result":{"status":"success"}}',
        '{"id":0,"channel":"spot.trades","event":"subscribe","error":{"message":"no"}}',
        '{"channel":"spot.pong","event":"","result":null}',
    ],
}


@pytest.mark.parametrize("venue", SEEDS)
def test_twenty_thousand_mutations_never_raise(venue: str) -> None:
    rng = random.Random(20_260_809)
    parser = VENUES[venue].parser(VENUES[venue].instruments(["BTC"]))
    parser.subscribe()
    kinds: dict[type, int] = {}
    for number in range(20_000):
        frame = mutate(rng, SEEDS[venue])
        try:
            if venue == "bitfinex" and number % 50 == 0:  # mutations forget or rename the channel
                parser.feed(subscribed("ETHJPY"))
            events = parser.feed(frame)
        except Exception as error:
            raise AssertionError(f"mutation {number}: {frame!r}") from error
        for event in events:
            kinds[type(event)] = kinds.get(type(event), 0) + 1
            if isinstance(event, Malformed):
                assert len(event.excerpt) <= 120
            if isinstance(event, Tick):
                assert 0 < event.price < float("inf")
                assert 0 < event.size < float("inf")
                assert event.side in ("buy", "sell") or (venue == "gemini" and event.side is None)
                assert 0 < event.ts < 2**63
                assert event.instrument.venue == venue
    assert kinds[Malformed] > 5_000
    assert kinds[Tick] > 100, "some mutations must reach the whole way"


@pytest.mark.parametrize("venue", SEEDS)
def test_depth_and_length_do_not_raise(venue: str) -> None:
    for frame in ("[" * 100_000, '{"data":' * 5_000 + "1" + "}" * 5_000, '{"e":"' + "x" * 10**6):
        events = VENUES[venue].parser(()).feed(frame)
        assert [type(e) for e in events] == [Malformed]
