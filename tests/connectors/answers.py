"""What venues say besides trades, in their wire formats, and what it means."""

from __future__ import annotations

import json

from connectors.venues.events import Ack, Event, Heartbeat, Refused
from tests.connectors.wire import (
    BITGET_ARG,
)

ANSWERS: list[tuple[str, str, Event]] = [
    ("bitmex", '{"success":true,"subscribe":"trade:XBTUSD"}', Ack("XBTUSD")),
    (
        "bitmex",
        '{"status":400,"error":"Unknown or expired symbol.","meta":{},'
        '"request":{"op":"subscribe","args":["trade:XBT_USDT"]}}',
        Refused("XBT_USDT", "Unknown or expired symbol."),
    ),
    ("bitmex", "pong", Heartbeat()),
    (
        "htx",
        '{"id":"btcusdt","status":"error","err-code":"bad-request","ts":1494301904959,'
        '"err-msg":"invalid topic market.btcusdt.trade.detail"}',
        Refused("btcusdt", "invalid topic market.btcusdt.trade.detail"),
    ),
    ("kucoin", '{"id":"BTC-USDT","type":"ack"}', Ack("BTC-USDT")),
    (
        "kucoin",
        '{"id":"BTC-USDT","type":"error","code":404,"data":"topic /market/match:X is not found"}',
        Refused("BTC-USDT", "topic /market/match:X is not found"),
    ),
    ("kucoin", '{"id":"1545910590801","type":"pong"}', Heartbeat()),
    ("cryptocom", '{"id":1,"code":0,"method":"subscribe"}', Ack("BTC_USD")),
    (
        "cryptocom",
        '{"id":2,"code":40003,"method":"subscribe","message":"Unknown symbol"}',
        Refused("USDT_USD", "Unknown symbol (code 40003)"),
    ),
    (
        "cryptocom",
        '{"id":-1,"code":40001,"method":"ERROR","message":"Bad request"}',
        Refused(None, "Bad request (code 40001)"),
    ),
    ("bitget", json.dumps({"event": "subscribe", "arg": BITGET_ARG}), Ack("BTCUSDT")),
    (
        "bitget",
        json.dumps({"event": "error", "arg": BITGET_ARG, "code": 30001, "msg": "doesn't exist"}),
        Refused("BTCUSDT", "doesn't exist"),
    ),
    ("bitget", "pong", Heartbeat()),
    ("upbit", '{"status":"UP"}', Heartbeat()),
    (
        "upbit",
        '{"error":{"name":"INVALID_PARAM","message":"codes field is empty."}}',
        Refused(None, "INVALID_PARAM: codes field is empty."),
    ),
    (
        "hyperliquid",
        '{"channel":"subscriptionResponse","data":{"method":"subscribe",'
        '"subscription":{"type":"trades","coin":"BTC"}}}',
        Ack("BTC"),
    ),
    (
        "hyperliquid",
        json.dumps({"channel": "error", "data": 'Invalid subscription {"coin":"BTC"}'}),
        Refused("BTC", 'Invalid subscription {"coin":"BTC"}'),
    ),
    ("hyperliquid", '{"channel":"pong"}', Heartbeat()),
]
"""(venue, frame, event)"""
