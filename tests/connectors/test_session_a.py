"""Pings of the session, and sessions of nine more venues on recorded frames."""

import asyncio
import logging
from collections import Counter
from dataclasses import replace

import pytest

from connectors.feed.connect import VenueSessions
from connectors.feed.conversation import REPLY_QUEUE
from connectors.feed.decode import decode
from connectors.feed.health import StallRule
from connectors.simulator import Playback
from connectors.venues.base import Limits
from connectors.venues.kraken import Kraken
from engine.types import Gap, Tick
from tests.connectors.expected_a import DATA, FRAMES, lines_of
from tests.connectors.faults.scripted_session import Setup, trades
from tests.connectors.waiting import wait_until

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


QUIET = {"binance_usdm"}
"""Not played back: its frames take the same way as those of Binance spot."""


@pytest.mark.skipif(not (DATA / "frames").is_dir(), reason=f"no recordings: {DATA}")
@pytest.mark.parametrize("venue", sorted(set(FRAMES) - QUIET))
async def test_recorded_frames_through_a_real_session(venue: str) -> None:
    """Through a websocket and the session comes just what `decode` gives, in the same order."""
    lines = lines_of("frames", f"frames_{FRAMES[venue]}.jsonl")
    wanted = [event for _, event in decode(venue, lines)]
    received: list[Tick | Gap] = []
    async with Playback(lines) as playback:
        urls = {venue: playback.url}
        sessions = VenueSessions(
            [venue],
            ["BTC"],
            lambda _, events: received.extend(events),
            urls,
            stall=StallRule(first=60.0),
        )
        task = asyncio.create_task(sessions.run())
        await wait_until(lambda: playback.played == 1)
        sessions.stop()
        await asyncio.wait_for(task, 15)
    ticks = [event for event in received if isinstance(event, Tick)]
    assert ticks == [event for event in wanted if isinstance(event, Tick)]
    [stats] = sessions.stats
    assert (stats.messages, stats.ticks) == (len(lines), len(ticks))
    assert stats.malformed == (1 if venue == "okx" else 0), "an option"
    gaps = Counter((e.instrument.symbol, e.reason) for e in received if isinstance(e, Gap))
    assert {symbol for symbol, _ in gaps} >= {tick.instrument.symbol for tick in ticks}
    assert {reason for _, reason in gaps} <= {"session"}
    assert set(gaps.values()) <= {1}, "one session gap for each symbol"
