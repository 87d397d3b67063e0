"""A session that renews its connection while the old one goes on: scripted, in virtual time."""

import asyncio
import logging
from dataclasses import replace

import pytest

from connectors.feed.overlap import LAG
from connectors.feed.session import HAND_OVER_WITHIN
from engine.records import Gap, Tick
from tests.connectors.faults.scripted_session import (
    ALL,
    LIMITS,
    Setup,
    ack,
    feed_regularly,
    renewing,
    settle,
    trades,
)


async def test_the_old_connection_goes_on_until_the_new_one_carries_all() -> None:
    s = await renewing()
    old, new = s.exchange.wires
    assert new.sent[0][1]["method"] == "subscribe"
    new.give(*map(ack, ALL))
    for number in range(59, 64):  # both speak, the new one is ahead
        new.give(trades(("BTC/USD", number + 1), ("USDT/USD", number + 1)))
        old.give(trades(("BTC/USD", number), ("USDT/USD", number)))
        await s.time.advance(0.2)
    assert not old.closed, "USDC/USD is silent on both"
    await s.time.advance(LAG)
    assert old.closed
    new.give(trades(("BTC/USD", 65), ("USDC/USD", 59)))
    await settle()
    assert s.received.ids("BTC/USD") == [str(n) for n in range(66)]
    assert s.received.ids("USDT/USD") == [str(n) for n in range(65)]
    assert s.received.ids("USDC/USD") == [str(n) for n in range(60)]
    assert len(s.received.gaps()) == 3, "not one for the renewal"
    stats = s.session.stats
    assert (stats.state, stats.connections, stats.reconnects) == ("live", 2, 1)
    assert stats.overlapped == 8
    assert stats.ticks == 66 + 65 + 60
    await s.end()


async def test_what_the_old_connection_still_says_after_the_new_ones_is_told_once() -> None:
    """The old one lags: what it drains when it is closed has come already."""
    s = await renewing()
    old, new = s.exchange.wires
    new.give(*map(ack, ALL))
    rows = [trades(*((symbol, n) for symbol in ALL)) for n in range(59, 70)]
    new.give(*rows)
    old.give(rows[0])
    await s.time.advance(0.3)
    old.give(*rows[1:])
    await s.time.advance(0.3)
    assert old.closed
    for symbol in ALL:
        assert s.received.ids(symbol) == [str(n) for n in range(70)]
    # And the other way round: the new one is behind when it takes over.
    await s.end()
    s = await renewing()
    old, new = s.exchange.wires
    new.give(*map(ack, ALL), rows[0])
    old.give(*rows)
    await s.time.advance(0.3)
    assert old.closed
    new.give(*rows[1:], trades(("BTC/USD", 70)))
    await s.time.advance(LAG + 0.5)
    new.give(trades(("BTC/USD", 71)))
    await settle()
    assert s.received.ids("BTC/USD") == [str(n) for n in range(72)]
    assert len(s.received.gaps()) == 3
    await s.end()


async def test_the_old_connection_breaks_before_the_new_one_has_spoken() -> None:
    s = await renewing()
    old, new = s.exchange.wires
    old.cut()
    await s.time.advance(0.1)
    new.give(ack("BTC/USD"), trades(("BTC/USD", 63)))
    await s.time.advance(LAG + 1.0)
    new.give(trades(("USDT/USD", 77)))
    await settle()
    assert s.received.gaps()[3:] == [("BTC/USD", None, "session"), ("USDT/USD", None, "session")]
    assert s.received.ids("BTC/USD")[-2:] == ["58", "63"]
    assert len(s.exchange.wires) == 2, "it goes on with the new one"
    assert s.session.stats.state == "live"
    await s.end()


async def test_the_old_connection_breaks_when_the_new_one_has_what_it_had() -> None:
    s = await renewing()
    old, new = s.exchange.wires
    new.give(*map(ack, ALL), trades(("BTC/USD", 59), ("BTC/USD", 60)))
    old.give(trades(("BTC/USD", 59)))
    old.cut()
    await s.time.advance(0.1)
    new.give(trades(("BTC/USD", 61), ("USDT/USD", 59)))
    await settle()
    assert s.received.ids("BTC/USD") == [str(n) for n in range(62)]
    assert s.received.gaps()[3:] == [("USDT/USD", None, "session")], "BTC/USD has none"
    await s.end()


async def test_the_new_connection_breaks_and_another_is_tried() -> None:
    s = await renewing()
    old, new = s.exchange.wires
    new.give(*map(ack, ALL), trades(("BTC/USD", 60)))
    await s.time.advance(0.1)
    new.cut()
    old.give(trades(("BTC/USD", 59), ("BTC/USD", 60)))
    await s.time.advance(0.1)
    assert s.received.ids("BTC/USD") == [str(n) for n in range(61)]
    assert not old.closed
    await s.time.advance(LAG + 2.0)
    assert len(s.exchange.wires) == 3
    s.wire.give(*map(ack, ALL))
    await s.time.advance(LAG + 0.5)
    assert old.closed
    assert len(s.received.gaps()) == 3
    await s.end()


async def test_while_no_new_connection_can_be_opened_the_old_one_goes_on() -> None:
    limits = replace(LIMITS, attempts=4)
    s = Setup(limits=limits)
    await s.time.advance(0.1)
    s.wire.give(*map(ack, ALL))
    await feed_regularly(s, dict.fromkeys(ALL, 1), 60, 0)
    s.exchange.down = True
    for second in range(60, 160):
        s.exchange.wires[0].give(trades(*((symbol, second) for symbol in ALL)))
        await s.time.advance(1.0)
    made = s.exchange.attempts
    assert len(made) > 5
    for first, fifth in zip(made, made[4:], strict=False):
        assert fifth - first >= 59.999_999, "within the venue's limit"
    assert s.received.ids("BTC/USD") == [str(n) for n in range(160)]
    s.exchange.wires[0].cut()  # at last the venue cuts it
    s.exchange.down = False
    while len(s.exchange.wires) < 2:
        assert s.time.now < 300.0
        await s.time.advance(1.0)
    s.wire.give(trades(("BTC/USD", 170)))
    await settle()
    assert s.received.gaps()[3:] == [("BTC/USD", None, "session")]
    await s.end()


async def test_a_new_connection_that_refuses_a_symbol_is_not_waited_for_for_ever(
    caplog: pytest.LogCaptureFixture,
) -> None:
    s = await renewing()
    old, new = s.exchange.wires
    new.give(ack("BTC/USD"), ack("USDC/USD"))
    for number in range(59, 59 + int(HAND_OVER_WITHIN) - 1):
        old.give(trades(*((symbol, number) for symbol in ALL)))
        new.give(trades(("BTC/USD", number), ("USDC/USD", number)))
        await s.time.advance(1.0)
    assert not old.closed
    with caplog.at_level(logging.WARNING):
        await s.time.advance(2.0)
    assert old.closed
    assert "USDT/USD: not on the new connection yet" in caplog.text
    new.give(trades(("USDT/USD", 99)))
    await settle()
    assert s.received.gaps()[3:] == [("USDT/USD", None, "session")]
    await s.end()


async def test_stopping_in_the_middle_loses_nothing_that_had_arrived() -> None:
    s = await renewing()
    old, new = s.exchange.wires
    new.give(*map(ack, ALL), *(trades(("BTC/USD", n)) for n in range(61, 500)))
    old.give(*(trades(("BTC/USD", n)) for n in range(59, 62)))
    await s.end()
    assert old.closed
    assert new.closed
    assert s.received.ids("BTC/USD") == [str(n) for n in range(500)]
    assert len(s.received.gaps()) == 3
    assert s.session.stats.state == "stopped"


async def test_what_waited_when_we_stop_comes_out_behind_a_gap() -> None:
    s = await renewing()
    new = s.exchange.wires[1]
    new.give(trades(("BTC/USD", 80), ("BTC/USD", 81)))
    await s.end()
    assert s.received.ids("BTC/USD")[-3:] == ["58", "80", "81"]
    assert s.received.gaps()[3:] == [("BTC/USD", None, "session")]


async def test_a_mute_symbol_does_not_cut_off_the_others() -> None:
    s = Setup()
    await s.time.advance(0.1)
    s.wire.give(*map(ack, ALL))
    await feed_regularly(s, dict.fromkeys(ALL, 1), 120, 0)
    old = s.exchange.wires[0]
    second = 120
    while not old.closed:
        assert second < 160
        rows = trades(*((symbol, second) for symbol in ("BTC/USD", "USDC/USD")))
        for wire in s.exchange.wires:
            wire.give(rows)
        if len(s.exchange.wires) == 2:
            s.wire.give(trades(("USDT/USD", second)))
        await s.time.advance(1.0)
        second += 1
    for symbol in ("BTC/USD", "USDC/USD"):
        assert s.received.ids(symbol) == [str(n) for n in range(second)]
    gaps = s.received.gaps()[3:]
    assert gaps == [("USDT/USD", "119", "stall"), ("USDT/USD", None, "session")]
    assert s.received.ids("USDT/USD")[120] == str(second - len(s.received.ids("USDT/USD")) + 120)
    assert second < 120 + 30
    await s.end()


@pytest.mark.parametrize("which", ["old", "new"])
async def test_a_sink_that_fails_within_a_hand_over_ends_both(which: str) -> None:
    taken: list[Tick | Gap] = []

    def picky(received: int, events: list[Tick | Gap]) -> None:
        taken.extend(events)
        if any(isinstance(e, Tick) and e.id == "666" for e in events):
            raise OSError("the log is full")

    s = Setup(sink=picky, limits=LIMITS)
    await s.time.advance(0.1)
    s.wire.give(*map(ack, ALL), trades(("BTC/USD", 1)))
    await s.time.advance(60.9)
    assert len(s.exchange.wires) == 2
    old, new = s.exchange.wires
    new.give(trades(("BTC/USD", 1)))
    await settle()
    (old if which == "old" else new).give(trades(("BTC/USD", 666)))
    with pytest.raises(OSError, match="the log is full"):
        await asyncio.wait_for(s.task, 5)
    assert old.closed
    assert new.closed


async def test_a_process_that_is_always_late_renews_in_time_all_the_same() -> None:
    """Its looks are too late to judge silence by, but an age is an age."""
    s = Setup(limits=LIMITS)
    await s.time.advance(0.1)
    s.wire.give(*map(ack, ALL))
    for number in range(1, 60):
        s.time.now += 1.0  # nobody was woken in time
        s.wire.give(*(trades((symbol, number)) for symbol in ALL))
        await s.time.advance(0.0)
    assert len(s.exchange.wires) == 1
    while len(s.exchange.wires) < 2:
        assert s.time.now < 65.0
        s.time.now += 1.0
        await s.time.advance(0.0)
    assert not s.exchange.wires[0].closed
    await s.end()


async def test_a_notice_makes_a_hand_over_too() -> None:
    """Of a venue that says so: OKX, through a real parser."""
    from tests.connectors.faults.world import run_in_memory

    logging.disable(logging.ERROR)
    try:
        outcome = (await asyncio.to_thread(run_in_memory, "cut_24h_notice", 3))["okx"]
    finally:
        logging.disable(logging.NOTSET)
    assert (outcome.lost, outcome.gaps, outcome.begun_anew) == (0, 0, 0)
    assert outcome.connections == 2
