"""Frames of every venue that mutations start from: trades first, then the conversation."""

from __future__ import annotations

import json

from tests.connectors.expected_b import VENUES_B
from tests.connectors.test_conversation_b import ANSWERS
from tests.connectors.wire import BINANCE
from tests.connectors.wire import wire as wire_first
from tests.connectors.wire_a import BITFINEX, subscribed, wrapped
from tests.connectors.wire_a import TRADE as TRADE_A
from tests.connectors.wire_a import wire as wire_a
from tests.connectors.wire_b import TRADE as TRADE_B
from tests.connectors.wire_b import frame_of
from tests.connectors.wire_b import wire as wire_b

_FIRST = {
    "binance": [
        wire_first("binance"),
        json.dumps({"stream": "btcusdt@trade", "data": BINANCE}),
        '{"result":null,"id":1}',
        '{"error":{"code":2,"msg":"Invalid request: invalid stream"},"id":1}',
        '{"e":"serverShutdown","E":1770123456789}',
        '{"u":400900217,"s":"BNBUSDT","b":"25.35","B":"31.21","a":"25.36","A":"40.66"}',
    ],
    "coinbase": [
        wire_first("coinbase"),
        wire_first("coinbase", type="last_match"),
        '{"type":"subscriptions","channels":[{"name":"matches","product_ids":["BTC-USD"]}]}',
        '{"type":"error","message":"Failed to subscribe","reason":"A-USD is not a valid product"}',
        '{"type":"heartbeat","last_trade_id":1052119293,"product_id":"BTC-USD"}',
    ],
    "kraken": [
        wire_first("kraken"),
        '{"method":"subscribe","result":{"channel":"trade","symbol":"BTC/USD"},"success":true}',
        '{"error":"Currency pair not supported XBT/USD","method":"subscribe","success":false,'
        '"symbol":"XBT/USD"}',
        '{"channel":"status","type":"update","data":[{"system":"online"}]}',
        '{"channel":"heartbeat"}',
    ],
}

_A = {
    "okx": [
        wire_a("okx"),
        wire_a("okx", count="3", instId="BTC-USD-SWAP"),
        '{"event":"subscribe","arg":{"channel":"trades","instId":"BTC-USDT"}}',
        '{"event":"error","msg":"channel:trades,instId:A-USDT doesn\'t exist","code":"60018"}',
        '{"table":"spot/trade","data":[{"instrument_id":"BCH-USDT","price":"328.74","side":"sell",'
        '"size":"0.12","timestamp":"2019-08-01T00:00:08.806Z","trade_id":"423886239"}]}',
        "pong",
    ],
    "bybit": [
        wire_a("bybit"),
        wire_a("bybit", L="PlusTick", s="BTCUSD"),
        wire_a("bybit", BT=True),
        wire_a("bybit", BT=True, L="PlusTick", s="SHIB1000USDT"),
        '{"success":true,"ret_msg":"","conn_id":"x","req_id":"BTCUSDT","op":"subscribe"}',
        '{"success":false,"ret_msg":"Invalid topic","conn_id":"x","op":"subscribe"}',
        '{"topic":"trade.BTCUSD","data":[{"timestamp":"2019-11-06T12:50:52.000Z","symbol":"BTCUSD"'
        ',"side":"Buy","size":6000,"price":9366,"trade_id":"8c53dd53"}]}',
    ],
    "binance_usdm": [
        wire_a("binance_usdm"),
        json.dumps({"stream": "btcusdt@trade", "data": TRADE_A["binance_usdm"]}),
        wire_a("binance_usdm", X="ADL"),
        wire_a("binance_usdm", X="NA", p="0", q="0", s="1000PEPEUSDT"),
        wire_a("binance_usdm", s="1000PEPEUSDT"),
        '{"result":null,"id":1}',
        '{"error":{"code":2,"msg":"Invalid request: invalid stream"},"id":1}',
    ],
    "coinbase_advanced": [
        wire_a("coinbase_advanced"),
        wire_a("coinbase_advanced").replace("update", "snapshot"),
        '{"channel":"subscriptions","events":[{"subscriptions":{"market_trades":["BTC-USD"]}}]}',
        '{"channel":"heartbeats","events":[{"heartbeat_counter":41691}]}',
        '{"type":"error","message":"no"}',
    ],
    "kraken_futures": [
        wire_a("kraken_futures"),
        wire_a("kraken_futures", seq=7000, product_id="PI_XBTUSD"),
        wire_a("kraken_futures", type="block", product_id="PI_XBTUSD"),
        '{"feed":"trade_snapshot","trades":[{"product_id":"PF_XBTUSD","uid":"x","seq":5950}]}',
        '{"event":"subscribed","feed":"trade","product_ids":["PF_XBTUSD"]}',
        '{"event":"alert","message":"Bad request"}',
    ],
    "bitstamp": [
        wire_a("bitstamp"),
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
        wire_a("gemini"),
        wire_a("gemini", tid=7, side="block"),
        '{"type":"l2_updates","symbol":"BTCUSD","changes":[],"trades":[{"type":"trade"}]}',
        '{"E":1783981140085684201,"s":"btcusd","t":7,"p":"62145.38","q":"1","m":true}',
        '{"type":"heartbeat","timestamp":1618677942928}',
        '{"result":"error","reason":"InvalidSymbol","message":"no"}',
    ],
    "gate": [
        wire_a("gate"),
        '{"id":0,"channel":"spot.trades","event":"subscribe","result":{"status":"success"}}',
        '{"id":0,"channel":"spot.trades","event":"subscribe","error":{"message":"no"}}',
        '{"channel":"spot.pong","event":"","result":null}',
    ],
}
_EXTRA_B = {
    "deribit": [
        '{"jsonrpc":"2.0","id":1,"result":["trades.BTC_USDC.100ms","trades.BTC-PERPETUAL.100ms"]}',
        '{"jsonrpc":"2.0","id":1,"error":{"code":10028,"message":"too_many_requests"}}',
        '{"jsonrpc":"2.0","method":"heartbeat","params":{"type":"test_request"}}',
        wire_b("deribit", instrument_name="BTC-PERPETUAL"),
        wire_b("deribit", instrument_name="BTC-PERPETUAL", block_trade_id="154988"),
    ],
    "bitmex": [
        '{"info":"Welcome","version":"2021-07-14T01:26:29.000Z","limit":{"remaining":39}}',
        wire_b("bitmex", homeNotional=...),
        wire_b("bitmex", trdType="Referential", side="", homeNotional=...),
    ],
    "htx": [
        '{"ping":1618678073643}',
        '{"id":"btcusdt","status":"ok","subbed":"market.btcusdt.trade.detail","ts":1618678070657}',
        wire_b("htx", tradeId=...),
        frame_of("htx", TRADE_B["htx"], ch="market.BTC_CQ.trade.detail"),
    ],
    "kucoin": ['{"id":"hQvf8jkno","type":"welcome"}'],
    "cryptocom": [
        '{"id":1637709519420,"method":"public/heartbeat"}',
        frame_of("cryptocom", *[TRADE_B["cryptocom"]] * 3),
    ],
    "bitget": [
        frame_of("bitget", ["1649290076333", "0.00003507", "271967", "sell"]),
        frame_of("bitget", *[TRADE_B["bitget"]] * 3),
    ],
    "upbit": [
        json.dumps(
            {"ty": "trade", "cd": "KRW-BTC", "ttms": 1618678262000, "tp": 127.0, "tv": 46.4}
            | {"ab": "BID", "sid": 1618678262000003, "st": "REALTIME"}
        ),
    ],
    "hyperliquid": [wire_b("hyperliquid", coin="kPEPE")],
}
_B = {
    venue: [wire_b(venue), *(f for name, f, _ in ANSWERS if name == venue), *_EXTRA_B[venue]]
    for venue in VENUES_B
}
SEEDS: dict[str, list[str]] = _FIRST | _A | _B
