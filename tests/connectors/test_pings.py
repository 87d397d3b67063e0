"""Pings that a session sends."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from connectors.feed.conversation import REPLY_QUEUE
from connectors.venues.base import Limits
from connectors.venues.kraken import Kraken
from tests.connectors.faults.scripted_session import Setup, trades

PING = '{"op":"ping"}'
LIMITS = Limits(100, 10.0, attempts=10, attempts_window=60.0, lifetime=None)


def pings(setup: Setup, wire: int = -1) -> list[float]:
    """When pings were sent on a connection."""
    return [at for at, frame in setup.exchange.wires[wire].sent if frame == {"op": "ping"}]


async def test_a_ping_is_sent_again_and_again_where_a_venue_wants_it() -> None:
    s = Setup(limits=replace(LIMITS, keep_alive=(20.0, PING)))
    await s.time.advance(70.0)
    assert pings(s) == [20.0, 40.0, 60.0]
    s.wire.give(trades(("BTC/USD", 1)))
    s.wire.cut()
    await s.time.advance(35.0)
    assert len(s.exchange.wires) == 2
    begun = s.exchange.attempts[1]
    assert pings(s) == [begun + 20.0], "each connection has its own"
    assert len(pings(s, 0)) == 3, "and a closed one no more"
    await s.end()


async def test_a_venue_that_wants_no_ping_gets_none() -> None:
    assert Kraken().limits.keep_alive is None
    s = Setup()
    await s.time.advance(200.0)
    assert [frame["method"] for _, frame in s.wire.sent] == ["subscribe"]
    await s.end()


async def test_pings_wait_for_the_message_budget_like_all_else(
    caplog: pytest.LogCaptureFixture,
) -> None:
    slow = replace(LIMITS, messages_per_second=0.1, keep_alive=(1.0, PING))
    s = Setup(limits=slow)
    await s.time.advance(45.0)
    assert [at for at, _ in s.wire.sent] == [0.0, 10.0, 20.0, 30.0, 40.0]
    assert s.session.stats.stalls == 0
    with caplog.at_level(logging.WARNING):
        await s.time.advance(REPLY_QUEUE + 60.0)
    assert s.exchange.wires[0].closed, "a queue that only grows ends the connection"
    assert "connection ended: more than 256 frames are waiting to be sent" in caplog.text
    await s.end()
