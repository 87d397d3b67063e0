"""What the drill's exchanges send decodes to the very trades that were drawn."""

from __future__ import annotations

import numpy as np
import pytest

from connectors.simulator.desks import Fill
from drill.catalogue import SCENARIOS
from drill.chain import BEGIN, decimal
from drill.wire import EXCHANGES, OFF_BOOK, VenueConnection
from engine.records import Gap, Tick
from engine.types import SECOND

TIMES = {"okx": 1_000_000, "bybit": 1_000_000, "gemini": 1_000_000}
"""ns to which a venue's stamps are cut off; the others have µs."""


@pytest.mark.parametrize("name", EXCHANGES)
@pytest.mark.parametrize("quote", ["USD", "USDT", "USDC"])
def test_a_trade_comes_out_as_it_was_made(name: str, quote: str) -> None:
    exchange = EXCHANGES[name]
    if quote == "USD" and not exchange.dollars:
        return  # these venues have no dollars, and no scenario draws any
    instrument = exchange.instrument("TIDE", quote)
    line = VenueConnection(exchange, [instrument])
    assert line.connect(BEGIN) == []
    rng = np.random.default_rng(1)
    for number in range(1, 200):
        price, size = 10.0 ** rng.uniform(-4, 5), 10.0 ** rng.uniform(-6, 6)
        ts = BEGIN + int(rng.integers(3600 * SECOND))
        side = "buy" if number % 2 else "sell"
        fill = Fill(instrument.symbol, number, decimal(price), decimal(size), side, ts)
        *begun, tick = line.trade(fill)
        first = [Gap(instrument, None, None, "session")]
        assert begun == (first if number == 1 else [])
        assert isinstance(tick, Tick)
        assert tick.instrument == instrument
        assert (tick.price, tick.size) == (float(fill.price), float(fill.size))
        assert tick.price == pytest.approx(price, rel=1e-4)
        assert (tick.side, tick.ts) == (side, ts - ts % TIMES.get(name, 1000))
        assert exchange.counts is (tick.id == str(number) and name not in ("okx", *UNCOUNTED))
    assert line.malformed == 0


UNCOUNTED = ("gate", "bitstamp", "gemini", "bybit")


@pytest.mark.parametrize("name", EXCHANGES)
def test_history_that_is_sent_on_a_new_connection_is_no_new_trade(name: str) -> None:
    exchange = EXCHANGES[name]
    instrument = exchange.instrument("TIDE", "USD" if exchange.dollars else "USDT")
    line = VenueConnection(exchange, [instrument])
    line.connect(BEGIN)
    known = set()
    for number in range(1, 10):
        fill = Fill(instrument.symbol, number, "10.5", "1.0", "buy", BEGIN + number * SECOND)
        known |= {e.id for e in line.trade(fill) if isinstance(e, Tick)}
    missed = Fill(instrument.symbol, 10, "9.5", "1.0", "buy", BEGIN + 10 * SECOND)
    line.lose(missed)
    again = [e for e in line.connect(BEGIN + 12 * SECOND) if isinstance(e, Tick)]
    assert {tick.ts for tick in again} <= {missed.ts}  # OKX: the last trade, with its own time
    live = Fill(instrument.symbol, 11, "9.4", "1.0", "buy", BEGIN + 13 * SECOND)
    events = line.trade(live)
    assert isinstance(events[-1], Tick)
    assert events[-1].price == 9.4
    assert again or events[0] == Gap(instrument, None, None, "session")


@pytest.mark.parametrize("name", OFF_BOOK)
def test_marks_of_trades_outside_the_book_are_on_the_wire(name: str) -> None:
    exchange = EXCHANGES[name]
    instrument = exchange.instrument("TIDE", "USDT")
    line = VenueConnection(exchange, [instrument])
    line.connect(BEGIN)
    fill = Fill(instrument.symbol, 1, "10.5", "1.0", "buy", BEGIN)
    assert line.frame(fill) != line.frame(fill, off_book=True)
    assert any(mark in line.frame(fill, off_book=True) for mark in ('"BT":true', '"block"'))


def test_a_price_of_zero_is_refused_at_the_door_and_counted() -> None:
    exchange = EXCHANGES["kraken"]
    instrument = exchange.instrument("TIDE", "USD")
    line = VenueConnection(exchange, [instrument])
    line.connect(BEGIN)
    assert line.trade(Fill(instrument.symbol, 1, decimal(0.0), "1.0", "buy", BEGIN)) == []
    assert line.malformed == 1


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_seed_is_a_market(name: str) -> None:
    (one, some), (same, others) = (SCENARIOS[name].play(7) for _ in range(2))
    assert np.array_equal(one.fair, same.fair)
    assert all(np.array_equal(a.price, b.price) for a, b in zip(some, others, strict=True))
    other, _ = SCENARIOS[name].play(8)
    assert not np.array_equal(one.fair, other.fair)
    for source, found in zip(one.sources, some, strict=True):
        assert EXCHANGES[source.venue].dollars or source.quote != "USD"
        assert (np.diff(found.arrival) >= 0).all(), source
