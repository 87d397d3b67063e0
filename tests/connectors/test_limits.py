"""Limits that we keep, and the pings that keep a connection alive."""

from __future__ import annotations

import json

import pytest

from connectors.venues.base import Limits
from connectors.venues.events import Heartbeat
from connectors.venues.registry import VENUES
from tests.connectors.wire import (
    feed,
)


@pytest.mark.parametrize("venue", ["binance", "coinbase", "kraken"])
def test_limits_are_sane(venue: str) -> None:
    limits = VENUES[venue].limits
    assert isinstance(limits, Limits)
    documented = {"binance": (1024, 5), "coinbase": (10_000, 100), "kraken": (10_000, 100)}[venue]
    assert 1 <= limits.subscriptions <= documented[0]
    assert 0 < limits.messages_per_second < documented[1]


def test_rates_are_below_what_is_documented() -> None:
    messages = {"binance_usdm": 10, "coinbase_advanced": 8, "okx": 4}
    for name, most in messages.items():
        assert 0 < VENUES[name].limits.messages_per_second < most
    attempts = {"okx": 3, "bybit": 500 / 300, "coinbase_advanced": 8, "bitfinex": 20 / 60}
    for name, rate in attempts.items():
        limits = VENUES[name].limits
        assert 0 < limits.attempts / limits.attempts_window < rate
    assert VENUES["bitfinex"].limits.subscriptions <= 25
    assert (VENUES["binance_usdm"].limits.lifetime or 0) < 24 * 3600


DOCUMENTED = {  # subscriptions, messages a second, attempts a minute
    "deribit": (500, 3.3, 32),
    "bitmex": (1000, 10, 40 / 60),
    "htx": (1000, 10, 60),
    "kucoin": (300, 10, 30),
    "cryptocom": (400, 100, 60),
    "bitget": (1000, 10, 60),
    "upbit": (1000, 5, 300),
    "hyperliquid": (1000, 2000 / 60, 30),
}


@pytest.mark.parametrize("venue", DOCUMENTED)
def test_limits_are_below_what_is_documented(venue: str) -> None:
    limits = VENUES[venue].limits
    a_minute = 60 * limits.attempts / limits.attempts_window
    ours = (limits.subscriptions, limits.messages_per_second, a_minute)
    assert all(mine <= theirs for mine, theirs in zip(ours, DOCUMENTED[venue], strict=True))


def test_pings_are_sent_in_time_and_understood() -> None:
    pinged = (
        *("okx", "bybit", "binance_usdm", "coinbase_advanced", "kraken_futures"),
        *("bitstamp", "bitfinex", "gemini", "gate"),
    )
    longest = {"okx": 30, "bybit": 20, "bitstamp": 60, "gate": 60}
    pings = {n: VENUES[n].limits.keep_alive for n in pinged}
    assert {n for n, ping in pings.items() if ping is not None} == set(longest)
    for name, seconds in longest.items():
        every, frame = pings[name] or (0.0, "")
        assert 0 < every <= seconds
        assert frame == "ping" or json.loads(frame)
    assert feed("okx", "pong") == [Heartbeat()]


def test_keep_alive_frames() -> None:
    frames = {name: venue.limits.keep_alive for name, venue in VENUES.items() if name in DOCUMENTED}
    assert {n: f[1] for n, f in frames.items() if f} == {
        "bitmex": "ping",
        "kucoin": '{"id":"keep-alive","type":"ping"}',
        "bitget": "ping",
        "upbit": "PING",
        "hyperliquid": '{"method":"ping"}',
    }
    silence = {"kucoin": 60, "bitget": 30, "upbit": 120, "hyperliquid": 60}
    assert all(f[0] < silence.get(n, 60) for n, f in frames.items() if f)
