"""What nobody asked for, and too much of what we did: dropped or merged, bounded, and counted."""

from __future__ import annotations

import asyncio
import json
import logging
import random
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosedError
from websockets.frames import Close

from connectors.feed.gap_storm import AT_ONCE, EVERY, MERGED, GapStorm
from connectors.feed.session import Session
from connectors.venues import shared
from connectors.venues.base import MOST_SYMBOLS
from connectors.venues.events import Malformed, malformed
from connectors.venues.registry import VENUES
from connectors.venues.sequential_ids import MOST_ROWS, PushedIds
from engine.records import Gap, Instrument, Tick
from tests.connectors.faults.scripted_session import (
    Exchange,
    Received,
    VirtualTime,
    settle,
)
from tests.connectors.wire import wire

BTC = Instrument("okx", "BTC-USDT", "BTC", "USDT", "spot", False)


class Rig:
    """A session of one venue for Bitcoin, on a scripted connection."""

    def __init__(self, venue: str) -> None:
        self.time, self.received = VirtualTime(), Received()
        self.exchange = Exchange(self.time)
        place = VENUES[venue]
        self.session = Session(
            place,
            place.instruments(["BTC"]),
            lambda received, events: self.received.append((received, list(events))),
            clock=self.time.clock,
            connect=self.exchange,
        )
        self.stats = self.session.stats

    async def __aenter__(self) -> Rig:
        self.running = asyncio.create_task(self.session.run())
        await settle()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.session.stop()
        await self.time.advance(1.0)
        await self.running

    async def give(self, *frames: str) -> None:
        for frame in frames:
            self.exchange.wires[-1].give(frame)
            await asyncio.sleep(0)
        await settle()

    def events(self) -> list[Tick | Gap]:
        return [event for _, events in self.received for event in events]


async def test_trades_of_symbols_that_were_not_subscribed_to_are_dropped_and_counted() -> None:
    async with Rig("coinbase") as rig:
        await rig.give(wire("coinbase"))
        known = set(rig.stats.symbols)
        strangers = [wire("coinbase", product_id=f"A{n}-USD", trade_id=n) for n in range(3_000)]
        await rig.give(*strangers)
        await rig.give(wire("coinbase", trade_id=1052119290))
        events = rig.events()
    assert [e.id for e in events if isinstance(e, Tick)] == ["1052119289", "1052119290"]
    assert {e.instrument.symbol for e in events} <= known
    assert set(rig.stats.symbols) == known
    assert rig.stats.unsubscribed == 3_000
    assert rig.stats.ticks == 2
    assert rig.stats.last_error is not None
    assert "not subscribed to" in rig.stats.last_error


async def test_a_contract_with_the_symbol_of_a_subscribed_spot_market_is_a_stranger() -> None:
    async with Rig("bybit") as rig:
        await rig.give(wire("bybit"), wire("bybit", L="PlusTick"))
        kinds = [e.instrument.kind for e in rig.events() if isinstance(e, Tick)]
    assert kinds == ["spot"]
    assert rig.stats.unsubscribed == 1


SYMBOL = {
    "coinbase": "product_id",
    "okx": "instId",
    "bybit": "s",
    "deribit": "instrument_name",
    "kraken_futures": "product_id",
    "hyperliquid": "coin",
}


@pytest.mark.parametrize("venue", SYMBOL)
def test_a_parser_remembers_no_more_symbols_than_a_venue_can_have(
    venue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MOST_SYMBOLS >= 10_000
    monkeypatch.setattr(shared, "MOST_SYMBOLS", 50)
    parser: Any = VENUES[venue].parser(())
    form = {"okx": "A{}-USDT", "bybit": "A{}USDT", "deribit": "A{}_USDC", "hyperliquid": "A{}"}
    form |= {"coinbase": "A{}-USD", "kraken_futures": "PF_A{}USD"}
    said = [
        event
        for n in range(200)
        for event in parser.feed(wire(venue, **{SYMBOL[venue]: form[venue].format(n)}))
    ]
    assert sum(type(event) is Malformed for event in said) == 150
    remembered = [value for value in vars(parser).values() if isinstance(value, dict | set)]
    assert max(map(len, remembered)) == 50


def hole(n: int) -> str:
    """A trade of Kraken's futures, of which every second one is missing."""
    return wire("kraken_futures", seq=2 * n, uid=f"u{n}")


async def test_a_storm_of_gaps_is_merged_and_every_trade_still_passes() -> None:
    number = 5_000
    async with Rig("kraken_futures") as rig:
        await rig.give(*map(hole, range(number)))
        begun = [e for e in rig.events() if isinstance(e, Gap)]
        await rig.time.advance(3 * EVERY)
        await rig.give(*map(hole, range(number, number + 10)))
        events = rig.events()
    gaps = [e for e in events if isinstance(e, Gap)]
    assert len(begun) == 1 + AT_ONCE, "the session's own, and as many as are allowed at once"
    assert [g.reason for g in gaps[len(begun) :]].count(MERGED) == 1
    assert len(gaps) < AT_ONCE + 10
    assert sum(isinstance(e, Tick) for e in events) == number + 10
    assert rig.stats.merged_gaps + AT_ONCE >= number - 1
    assert rig.stats.gaps >= number + 9


def test_no_gap_of_a_storm_is_lost() -> None:
    """Behind each gap that was not reported, one comes that says so, within the time for one."""
    rng = random.Random(5)
    storm, now = GapStorm(), 0.0
    untold: float | None = None
    told = 0
    for _ in range(20_000):
        now += rng.choice((0.001, 0.01, 0.2, 0.2, 5.0 if rng.random() < 0.01 else 0.0))
        if rng.random() < 0.7:
            if storm.admit(Gap(BTC, "1", "3", "ids"), now):
                told += 1
            else:
                untold = now if untold is None else untold
        for merged in storm.merged(now):
            assert untold is not None
            assert merged == Gap(BTC, None, None, MERGED)
            told, untold = told + 1, None
        assert untold is None or now - untold <= EVERY + 5.0
    assert told <= AT_ONCE + now / EVERY + 1
    assert storm.merged(now + EVERY) == ([Gap(BTC, None, None, MERGED)] if untold else [])


def test_holes_within_one_millisecond_cost_the_same_however_many() -> None:
    """A storm of ids in one ms that are pushed twice once took time by its square: 8,000, 24 s."""
    line, gaps, count = PushedIds(), [], 60_000
    for n in range(count):
        gaps += line.admit(Tick(BTC, 1.0, 1.0, "buy", str(2 * n + 1), 10**18), 1)
        gaps += line.admit(Tick(BTC, 1.0, 1.0, "buy", "1", 10**18), 1)
        assert len(line._missing) <= MOST_ROWS
    gaps += line.end(BTC)
    assert [(g.last_id, g.next_id) for g in gaps] == [
        (str(2 * n + 1), str(2 * n + 3)) for n in range(count - 1)
    ]


def test_ids_that_come_out_of_turn_within_a_millisecond_fill_their_holes() -> None:
    rng = random.Random(8)
    for _ in range(300):
        line, covered, pushes = PushedIds(), set[int](), []
        for _ in range(rng.randrange(2, 40)):
            last, count = rng.randrange(10, 90), rng.randrange(1, 8)
            assert line.admit(Tick(BTC, 1.0, 1.0, "buy", str(last), 10**18), count) == []
            covered |= set(range(last - count + 1, last + 1))
            pushes.append(last)
        gaps = line.end(BTC)
        missing = {n for g in gaps for n in range(int(g.last_id or 0) + 1, int(g.next_id or 0))}
        assert missing == set(range(pushes[0], max(pushes))) - covered


HOSTILE = "no\n2026-11-27 WARNING all is well\x1b[2J\r\x00\u202e\u2028"


async def test_control_characters_never_reach_a_line_of_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    async with Rig("bybit") as rig:
        refusal = {"success": False, "op": "subscribe", "req_id": "BTCUSDT", "ret_msg": HOSTILE}
        await rig.give(json.dumps(refusal), HOSTILE, json.dumps({"topic": HOSTILE}))
        assert rig.stats.symbols["BTCUSDT"].reason is not None
        assert rig.stats.symbols["BTCUSDT"].reason.isprintable()
        close = Close(1008, "\x1b[31m\nbye")
        rig.exchange.wires[-1]._inbox.put_nowait(ConnectionClosedError(close, None))
        await settle()
    texts = [record.getMessage() for record in caplog.records]
    assert any("was refused: no\\n2026" in text for text in texts)
    assert any("\\x1b[31m\\nbye" in text for text in texts)
    assert any("malformed frame number 1" in text for text in texts)
    assert all(text.isprintable() for text in texts)


def test_an_excerpt_is_printable_and_short() -> None:
    [event] = malformed("bad\x07", "\x1b" * 500)
    assert isinstance(event, Malformed)
    assert event.reason == "bad\\x07"
    assert event.excerpt == ("\\x1b" * 30)
