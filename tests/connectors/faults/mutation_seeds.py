"""Frames of every venue that mutations start from: trades first, then the conversation."""

from __future__ import annotations

import json

from tests.connectors.answers import ANSWERS
from tests.connectors.wire import BITFINEX, SAME_TRADE, TRADE, frame_of, subscribed, wire

_WHOLE = {
    "binance": [
        wire("binance"),
        json.dumps({"stream": "btcusdt@trade", "data": TRADE["binance"]}),
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
        wire("bybit", BT=True),
        wire("bybit", BT=True, L="PlusTick", s="SHIB1000USDT"),
        '{"success":true,"ret_msg":"","conn_id":"x","req_id":"BTCUSDT","op":"subscribe"}',
        '{"success":false,"ret_msg":"Invalid topic","conn_id":"x","op":"subscribe"}',
        '{"topic":"trade.BTCUSD","data":[{"timestamp":"2019-11-06T12:50:52.000Z","symbol":"BTCUSD"'
        ',"side":"Buy","size":6000,"price":9366,"trade_id":"8c53dd53"}]}',
    ],
    "binance_usdm": [
        wire("binance_usdm"),
        json.dumps({"stream": "btcusdt@trade", "data": TRADE["binance_usdm"]}),
        wire("binance_usdm", X="ADL"),
        wire("binance_usdm", X="NA", p="0", q="0", s="1000PEPEUSDT"),
        wire("binance_usdm", s="1000PEPEUSDT"),
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
        wire("kraken_futures", type="block", product_id="PI_XBTUSD"),
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
        frame_of("bitfinex", BITFINEX),
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
_MORE = {
    "deribit": [
        '{"jsonrpc":"2.0","id":1,"result":["trades.BTC_USDC.100ms","trades.BTC-PERPETUAL.100ms"]}',
        '{"jsonrpc":"2.0","id":1,"error":{"code":10028,"message":"too_many_requests"}}',
        '{"jsonrpc":"2.0","method":"heartbeat","params":{"type":"test_request"}}',
        wire("deribit", instrument_name="BTC-PERPETUAL"),
        wire("deribit", instrument_name="BTC-PERPETUAL", block_trade_id="154988"),
    ],
    "bitmex": [
        '{"info":"Welcome","version":"2021-07-14T01:26:29.000Z","limit":{"remaining":39}}',
        wire("bitmex", homeNotional=...),
        wire("bitmex", trdType="Referential", side="", homeNotional=...),
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
    "hyperliquid": [wire("hyperliquid", coin="kPEPE")],
}
_TOLD = {
    venue: [wire(venue), *(f for name, f, _ in ANSWERS if name == venue), *_MORE[venue]]
    for venue in SAME_TRADE
}
SEEDS: dict[str, list[str]] = _WHOLE | _TOLD
