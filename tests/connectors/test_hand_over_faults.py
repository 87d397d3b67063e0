"""A second fault within a hand-over, and a process that stands still: scripted, in virtual time."""

import asyncio
import contextlib

import pytest

from connectors.feed.overlap import LAG
from connectors.feed.session import HAND_OVER_WITHIN
from tests.connectors.faults.scripted_session import ALL, Setup, Wire, ack, renewing, settle, trades


def close_slowly(wire: Wire, s: Setup, seconds: float) -> None:
    """As a peer that has gone without a word makes it."""
    at_once = wire.close

    async def close() -> None:
        if not wire.closed:
            with contextlib.suppress(TimeoutError):  # of real time, should the test fail meanwhile
                await asyncio.wait_for(asyncio.ensure_future(s.time.clock.sleep(seconds)), 5)
        await at_once()

    wire.close = close  # type: ignore[method-assign]


@pytest.mark.parametrize("stopped", [False, True])
async def test_what_a_broken_new_connection_said_is_not_thrown_away(stopped: bool) -> None:
    """It is ahead, and the old one ends before it has said the same."""
    s = await renewing()
    old, new = s.exchange.wires
    new.give(*map(ack, ALL), trades(("BTC/USD", 60), ("BTC/USD", 61)))
    await settle()
    new.cut()
    await settle()
    assert s.received.ids("BTC/USD")[-1] == "58"
    if stopped:
        await s.end()
    else:
        old.cut()
        await s.time.advance(0.1)
    assert s.received.ids("BTC/USD")[-3:] == ["58", "60", "61"]
    assert s.received.gaps()[3:] == [("BTC/USD", None, "session")]
    await s.end()


@pytest.mark.parametrize("said", [0, 5])
async def test_a_new_connection_that_falls_silent_is_not_handed_over_to(said: int) -> None:
    s = await renewing()
    old, dead = s.exchange.wires
    second = 59
    while len(s.exchange.wires) < 3:
        assert second < 59 + HAND_OVER_WITHIN - 1
        rows = [(symbol, second) for symbol in ALL]
        old.give(trades(*rows))
        if second < 59 + said:  # it never has the last symbol
            dead.give(ack("BTC/USD"), trades(*rows[:2]))
        await s.time.advance(1.0)
        second += 1
    assert (old.closed, dead.closed) == (False, True)
    s.wire.give(trades(*((symbol, second - 1) for symbol in ALL)))
    await s.time.advance(0.3)
    assert old.closed
    for symbol in ALL:
        assert s.received.ids(symbol) == [str(n) for n in range(second)]
    assert len(s.received.gaps()) == 3
    await s.end()


async def test_a_connection_that_is_being_closed_takes_nothing_over() -> None:
    """What the dead one still says at its end joins the last symbol."""
    s = await renewing()
    old, dead = s.exchange.wires
    close_slowly(dead, s, 3.0)
    dead.give(trades(("BTC/USD", 59), ("USDT/USD", 59)))
    for second in range(59, 59 + 25):
        old.give(trades(*((symbol, second) for symbol in ALL)))
        await s.time.advance(1.0)
    dead.give(trades(("USDC/USD", 83)))
    await s.time.advance(0.5)
    assert not old.closed
    while len(s.exchange.wires) < 3:
        assert s.time.now < 100.0
        await s.time.advance(0.5)
    assert not old.closed
    await s.end()


async def test_a_silent_old_connection_is_no_stall_of_what_the_new_one_carries() -> None:
    s = await renewing()
    old, new = s.exchange.wires
    old.give(trades(*((symbol, 59) for symbol in ALL)))
    second = 59
    while not old.closed:
        assert second < 59 + HAND_OVER_WITHIN - 1
        new.give(trades(("BTC/USD", second)))
        await s.time.advance(1.0)
        second += 1
    assert s.received.gaps()[3:] == [("USDT/USD", "59", "stall"), ("USDC/USD", "59", "stall")]
    assert s.received.ids("BTC/USD") == [str(n) for n in range(second)]
    await s.end()


async def test_the_new_connection_need_not_wait_for_the_closing_of_the_old_one() -> None:
    s = await renewing()
    old, new = s.exchange.wires
    close_slowly(old, s, 3.0)
    while s.session.stats.stalls == 0:
        assert s.time.now < 100.0
        await s.time.advance(0.1)
    new.give(trades(("BTC/USD", 90)))
    await s.time.advance(LAG + 0.5)
    assert not old.closed
    assert s.received.ids("BTC/USD")[-2:] == ["58", "90"]
    await s.time.advance(2.0)
    assert old.closed
    await s.end()


async def test_a_hand_over_in_which_the_process_stands_still() -> None:
    """The old connection's trades of before the subscription are read late."""
    s = await renewing()
    old, new = s.exchange.wires
    new.give(*map(ack, ALL))
    await s.time.advance(0.1)
    s.time.now += 2.0  # nobody was woken in time
    old.give(trades(*((symbol, 59) for symbol in ALL)))
    await s.time.advance(LAG + 0.5)
    assert old.closed, "handed over, for both have been silent since"
    new.give(trades(*((symbol, 60) for symbol in ALL)))
    await settle()
    for symbol in ALL:
        assert s.received.ids(symbol) == [str(n) for n in range(61)]
    assert len(s.received.gaps()) == 3
    await s.end()


async def test_a_new_connection_is_not_dead_because_we_stood_still() -> None:
    """It could not even be subscribed to."""
    s = await renewing()
    old, new = s.exchange.wires
    s.time.now += 24.0
    old.give(trades(*((symbol, 59) for symbol in ALL)))
    await s.time.advance(1.0)
    assert not new.closed
    new.give(trades(*((symbol, 59) for symbol in ALL)))
    await s.time.advance(0.3)
    assert (old.closed, new.closed, len(s.exchange.wires)) == (True, False, 2)
    assert len(s.received.gaps()) == 3
    await s.end()
