"""Recorded frames through a websocket and a session."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from connectors.feed.connect import VenueSessions
from connectors.feed.decode import decode
from connectors.feed.health import StallRule
from connectors.simulator import Playback
from connectors.venues.registry import VENUES
from engine.records import Gap, Tick
from tests.connectors.recordings import (
    frames,
    needs_recordings,
)
from tests.waiting import wait_until

pytestmark = needs_recordings


PLAYED = (
    *("binance", "coinbase", "kraken", "bitfinex", "bitstamp", "bybit"),
    *("coinbase_advanced", "gate", "gemini", "kraken_futures", "okx"),
)
"""Without Binance's futures, whose frames take the same way as those of Binance spot."""


@pytest.mark.parametrize("venue", PLAYED)
async def test_recorded_frames_through_a_real_session(
    venue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through a websocket and the session comes just what `decode` gives, in the same order.

    But for the symbols that were not subscribed to: they are counted.
    """
    lines = frames(venue).read_text().splitlines()
    decoded = [event for _, event in decode(venue, lines) if isinstance(event, Tick)]
    traded = Counter(tick.instrument for tick in decoded)
    asked = [instrument for instrument, _ in traded.most_common(5)]
    monkeypatch.setattr(type(VENUES[venue]), "instruments", lambda self, assets: asked)
    wanted = [tick for tick in decoded if tick.instrument in asked]
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
    assert ticks == wanted
    [stats] = sessions.stats
    assert (stats.messages, stats.ticks) == (len(lines), len(ticks))
    assert stats.unsubscribed == len(decoded) - len(wanted)
    assert stats.malformed == (1 if venue == "okx" else 0), "an option"
    gaps = Counter((e.instrument.symbol, e.reason) for e in received if isinstance(e, Gap))
    assert {symbol for symbol, _ in gaps} >= {tick.instrument.symbol for tick in ticks}
    assert {reason for _, reason in gaps} <= {"session"}
    assert set(gaps.values()) <= {1}, "one session gap for each symbol"
