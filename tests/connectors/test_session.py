"""The session against a scripted connection in virtual time: nothing here waits for real."""

import asyncio
import json
import logging

import pytest

from connectors.feed.session import Session
from connectors.venues.base import Limits
from connectors.venues.kraken import Kraken
from engine.records import Gap, Tick
from tests.connectors.faults.scripted_session import (
    HEARTBEAT,
    Received,
    Setup,
    Wire,
    ack,
    feed_regularly,
    settle,
    trades,
)


async def test_a_session_from_beginning_to_end() -> None:
    s = Setup()
    await s.time.advance(1.0)
    assert s.wire.sent[0][1]["params"]["symbol"] == ["BTC/USD", "USDT/USD", "USDC/USD"]
    s.wire.give(ack("BTC/USD"), ack("USDT/USD"), HEARTBEAT, trades(("BTC/USD", 5), ("USDC/USD", 9)))
    await settle()
    calls = [
        [("gap" if isinstance(e, Gap) else e.id, e.instrument.symbol) for e in events]
        for _, events in s.received
    ]
    assert calls == [
        [("gap", "BTC/USD")],
        [("gap", "USDT/USD")],
        [("5", "BTC/USD"), ("gap", "USDC/USD"), ("9", "USDC/USD")],
    ]
    assert {received for received, _ in s.received} == {10**18 + 10**9}
    stats = s.session.stats
    assert (stats.state, stats.messages, stats.ticks, stats.gaps) == ("live", 4, 2, 3)
    assert (stats.heartbeats, stats.connections, stats.reconnects) == (1, 1, 0)
    assert stats.last_data() == {
        "BTC/USD": 10**18 + 10**9,
        "USDT/USD": None,
        "USDC/USD": 10**18 + 10**9,
    }
    await s.end()
    assert s.wire.closed
    assert stats.state == "stopped"


async def test_each_connection_begins_with_a_session_gap() -> None:
    s = Setup()
    await s.time.advance(1.0)
    s.wire.give(trades(("BTC/USD", 1)), trades(("BTC/USD", 2)))
    s.wire.cut()
    await s.time.advance(1.0)
    assert len(s.exchange.wires) == 2
    s.wire.give(ack("BTC/USD"), trades(("BTC/USD", 4)))
    await settle()
    assert s.received.gaps() == [("BTC/USD", None, "session")] * 2
    assert [type(e).__name__ for e in s.received.events()] == ["Gap", "Tick", "Tick", "Gap", "Tick"]
    assert s.session.stats.reconnects == 1
    await s.end()


async def test_backoff_grows_while_there_is_no_data_and_resets_after_it() -> None:
    s = Setup()
    s.exchange.down = True
    await s.time.advance(100.0)
    gaps = [b - a for a, b in zip(s.exchange.attempts, s.exchange.attempts[1:], strict=False)]
    assert gaps == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    assert s.session.stats.failed_attempts == 9
    assert "cannot connect" in (s.session.stats.last_error or "")
    s.exchange.down = False
    await s.time.advance(30.0)
    s.wire.give(ack("BTC/USD"), HEARTBEAT)  # alive, but no data
    s.wire.cut()
    await s.time.advance(29.0)
    assert len(s.exchange.wires) == 1, "heartbeats and acks do not reset the back-off"
    await s.time.advance(1.0)
    assert len(s.exchange.wires) == 2
    s.wire.give(trades(("BTC/USD", 1)))
    s.wire.cut()
    await s.time.advance(0.5)
    assert len(s.exchange.wires) == 3, "data does"
    await s.end()


async def test_attempts_of_a_venue_are_limited() -> None:
    limits = Limits(100, 10.0, attempts=4, attempts_window=60.0, lifetime=None)
    s = Setup(limits=limits)
    await s.time.advance(0.1)
    for n in range(12):
        while not s.exchange.wires or s.wire.closed:
            await s.time.advance(1.0)
        s.wire.give(trades(("BTC/USD", n)))  # good data, so the back-off stays short
        s.wire.cut()
        await s.time.advance(1.0)
    made = s.exchange.attempts
    assert len(made) > 6
    for first, fifth in zip(made, made[4:], strict=False):
        assert fifth - first >= 59.999_999
    await s.end()


async def test_messages_are_sent_no_faster_than_allowed() -> None:
    limits = Limits(1000, 4.0, attempts=10, attempts_window=60.0, lifetime=None)
    s = Setup(limits=limits, assets=tuple(f"A{n}" for n in range(450)))
    await s.time.advance(10.0)
    times = [at for at, _ in s.wire.sent]
    assert [len(frame["params"]["symbol"]) for _, frame in s.wire.sent] == [100, 100, 100, 100, 52]
    assert times == [0.0, 0.25, 0.5, 0.75, 1.0]
    await s.end()


async def test_a_silent_symbol_is_a_stall_though_all_others_go_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    s = Setup()
    await s.time.advance(0.1)
    await feed_regularly(s, {"BTC/USD": 1, "USDT/USD": 1, "USDC/USD": 10}, 120, 1000)
    assert s.session.stats.stalls == 0
    with caplog.at_level(logging.WARNING):
        await feed_regularly(s, {"BTC/USD": 1, "USDC/USD": 10}, 19, 2000)
        assert s.session.stats.stalls == 0
        await feed_regularly(s, {"BTC/USD": 1, "USDC/USD": 10}, 5, 3000)
    assert s.received.gaps()[3] == ("USDT/USD", "1119", "stall")
    assert s.session.stats.stalls == 1
    assert "no data for too long: USDT/USD silent for 20." in caplog.text
    assert s.session.stats.symbols["USDT/USD"].stalls == 1
    assert len(s.exchange.wires) == 2
    # It stays silent: a halted pair must not cut off the others again and again.
    await feed_regularly(s, {"BTC/USD": 1, "USDC/USD": 10}, 200, 4000)
    assert len(s.exchange.wires) == 2
    # It speaks again, and is judged again.
    await feed_regularly(s, {"BTC/USD": 1, "USDT/USD": 1, "USDC/USD": 10}, 120, 5000)
    await feed_regularly(s, {"BTC/USD": 1, "USDC/USD": 10}, 25, 6000)
    assert s.session.stats.stalls == 2
    await s.end()


async def test_a_silent_connection_is_renewed_until_data_comes() -> None:
    s = Setup()
    await s.time.advance(0.1)
    await feed_regularly(s, {"BTC/USD": 1}, 60, 1000)
    for _ in range(300):  # heartbeats only
        s.wire.give(HEARTBEAT)
        await s.time.advance(1.0)
    assert s.session.stats.stalls >= 5
    assert set(s.received.gaps()[1:]) == {("BTC/USD", "1059", "stall")}
    while s.wire.closed:
        await s.time.advance(1.0)
    s.wire.give(trades(("BTC/USD", 5000)))
    await settle()
    assert s.received.gaps()[-1] == ("BTC/USD", None, "session")
    assert s.session.stats.state == "live"
    await s.end()


async def test_many_silent_symbols_make_a_short_message(caplog: pytest.LogCaptureFixture) -> None:
    s = Setup(assets=tuple(f"A{n}" for n in range(8)))
    await s.time.advance(0.1)
    await feed_regularly(s, {f"A{n}/USD": 1 for n in range(8)}, 60, 1000)
    await s.time.advance(25.0)
    [told] = [r.getMessage() for r in caplog.records if "no data for too long" in r.getMessage()]
    assert "A4/USD silent for" in told
    assert "A5/USD" not in told
    assert told.endswith(", and 3 more")
    stalls = [stats.last_stall for stats in s.session.stats.symbols.values() if stats.stalls]
    assert len(stalls) == 8
    await s.end()


async def test_our_own_absence_is_no_stall() -> None:
    """After a pause of the whole process, what came meanwhile is read before it is judged."""
    s = Setup()
    await s.time.advance(0.1)
    await feed_regularly(s, {"BTC/USD": 1}, 60, 1)
    s.time.now += 500.0  # nobody was woken
    await s.time.advance(0.0)
    assert s.session.stats.stalls == 0
    s.wire.give(trades(("BTC/USD", 61)))
    await s.time.advance(15.0)
    assert s.session.stats.stalls == 0
    await s.end()


async def test_a_connection_that_never_has_data_is_renewed() -> None:
    s = Setup()
    await s.time.advance(0.1)
    s.wire.give(ack("BTC/USD"))
    await s.time.advance(300.0)
    assert len(s.exchange.wires) == 1
    await s.time.advance(3.0)
    assert s.exchange.wires[0].closed
    assert s.session.stats.stalls == 1
    await s.end()


async def test_a_refused_symbol_leaves_the_others_alive(caplog: pytest.LogCaptureFixture) -> None:
    s = Setup()
    await s.time.advance(0.1)
    refusal = {"error": "Currency pair not supported USDC/USD", "method": "subscribe"}
    with caplog.at_level(logging.WARNING):
        s.wire.give(
            json.dumps({**refusal, "success": False, "symbol": "USDC/USD"}),
            ack("BTC/USD"),
            trades(("BTC/USD", 1)),
        )
        await settle()
    stats = s.session.stats
    assert stats.symbols["USDC/USD"].state == "refused"
    assert stats.symbols["USDC/USD"].reason == "Currency pair not supported USDC/USD"
    assert stats.refused == 1
    assert "USDC/USD was refused" in caplog.text
    assert "run `tidegauge symbols kraken --base USDC`" in caplog.text
    assert s.received.ids("BTC/USD") == ["1"]
    assert ("USDC/USD", None, "session") not in s.received.gaps()
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        await s.time.advance(32.0)
    assert "USDT/USD: no answer to the subscription" in caplog.text
    assert "run `tidegauge symbols kraken --base USDT`" in caplog.text
    assert "USDC/USD" not in caplog.text
    await s.end()


async def test_malformed_frames_are_counted_and_told_ever_more_rarely(
    caplog: pytest.LogCaptureFixture,
) -> None:
    s = Setup()
    await s.time.advance(0.1)
    with caplog.at_level(logging.WARNING):
        s.wire.give(*["{"] * 1000)
        while s.session.stats.messages < 1000:
            await settle()
    assert s.session.stats.malformed == 1000
    told = [r for r in caplog.records if "malformed frame number" in r.getMessage()]
    assert len(told) == 10
    assert s.received == []
    await s.end()


async def test_stopping_takes_in_what_had_arrived() -> None:
    s = Setup()
    await s.time.advance(0.1)
    s.wire.give(*[trades(("BTC/USD", n)) for n in range(5000)])
    await s.end()
    assert s.received.ids("BTC/USD") == [str(n) for n in range(5000)]


async def test_stopping_while_waiting_and_while_connecting() -> None:
    s = Setup()
    s.exchange.down = True
    await s.time.advance(3.0)
    assert s.session.stats.state == "waiting"
    await s.end()

    async def never(url: str) -> Wire:
        await asyncio.Event().wait()
        raise AssertionError

    venue = Kraken()
    session = Session(venue, venue.instruments(["BTC"]), Received(), connect=never)
    task = asyncio.create_task(session.run())
    await settle()
    assert session.stats.state == "connecting"
    session.stop()
    await asyncio.wait_for(task, 5)


async def test_a_failing_sink_ends_the_session_with_its_error() -> None:
    def full(received: int, events: list[Tick | Gap]) -> None:
        raise OSError("the log is full")

    s = Setup(sink=full)
    await s.time.advance(0.1)
    s.wire.give(trades(("BTC/USD", 1)))
    with pytest.raises(OSError, match="the log is full"):
        await asyncio.wait_for(s.task, 5)
    assert s.wire.closed


async def test_a_sink_that_fails_on_a_stall_ends_the_session_too() -> None:
    def picky(received: int, events: list[Tick | Gap]) -> None:
        if any(isinstance(e, Gap) and e.reason == "stall" for e in events):
            raise OSError("no room for gaps")

    s = Setup(sink=picky)
    await s.time.advance(0.1)
    await feed_regularly(s, {"BTC/USD": 1}, 30, 1)
    await s.time.advance(30.0)
    with pytest.raises(OSError, match="no room for gaps"):
        await asyncio.wait_for(s.task, 5)
