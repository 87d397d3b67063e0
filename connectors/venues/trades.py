"""Trades as venues write them: which field says what, and what a frame of several of them says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from connectors.venues.events import UNUSABLE, Event, malformed
from connectors.venues.fields import json_number, loose_number, text_number, trade_id, unix_ms
from engine.pricing.coins import meaning, of_one_coin
from engine.records import Instrument, Side, Tick

SIDES: dict[str, Side] = {"buy": "buy", "sell": "sell"}
"""The taker's, as most venues send it."""
new_tuple = tuple.__new__
"""`new_tuple(Tick, values)` is `Tick(*values)` in less than half of its time."""


class Row(NamedTuple):
    """How a venue writes a trade: the field (the place in a list) of each part, and how it is read.

    What reads a field raises ValueError where it cannot be used.
    """

    price: str | int
    size: str | int
    side: str | int
    id: str | int
    ts: str | int
    number: Callable[[object], float] = text_number
    """Reads price and size."""
    sides: Mapping[Any, Side | None] = SIDES
    """The taker's side by what is sent."""
    read_id: Callable[[object], str | None] = trade_id
    read_ts: Callable[[object], int] = unix_ms


ReadTrade = Callable[[Instrument, Any], Tick]
"""Makes a trade as the venue writes it a tick. Raises what `each_trade` allows."""


def reader(row: Row) -> ReadTrade:
    """What reads the trades of this form."""
    price, size, side, id_, ts, number, sides, read_id, read_ts = row

    def read(instrument: Instrument, trade: Any) -> Tick:
        return new_tuple(
            Tick,
            (
                instrument,
                number(trade[price]),
                number(trade[size]),
                sides[trade[side]],
                read_id(trade[id_]),
                read_ts(trade[ts]),
                False,
            ),
        )

    return read


def off_book(row: Row, instrument: Instrument, trade: Any) -> Tick:
    """A trade of this form that was made outside the order book: price, size and side may be
    anything. Raises what `each_trade` allows."""
    price, size = loose_number(trade.get(row.price)), loose_number(trade.get(row.size))
    side = row.sides.get(str(trade.get(row.side)))
    number, ts = row.read_id(trade[row.id]), row.read_ts(trade[row.ts])
    return Tick(instrument, price, size, side, number, ts, off_book=True)


def dollars_in_coins(tick: Tick) -> Tick:
    """The same trade, whose size was sent in dollars. Raises ValueError where that is no size."""
    instrument, price, dollars, side, number, ts, outside = tick
    size = dollars / price if price else 0.0
    size = loose_number(size) if outside else json_number(size)
    return new_tuple(Tick, (instrument, price, size, side, number, ts, outside))


def each_trade(read: Callable[[Any], Tick], trades: Any, frame: object) -> list[Event]:
    """The ticks of a frame's trades in their order; a trade that cannot be used is `Malformed`.

    Prices and sizes are of one coin each, also where the venue trades multiples. The frame is
    `Malformed` where `trades` is no list.

    `read` makes one trade a tick. It may raise what is in `events.UNUSABLE`.
    """
    if type(trades) is not list:
        return malformed("trades that are no list", frame)
    events: list[Event] = []
    for trade in trades:
        try:
            tick = read(trade)
            events.append(of_one_coin(tick) if meaning(tick.instrument).places else tick)
        except UNUSABLE as error:
            events += _unusable(error, frame)
    return events


def one_trade(read: Callable[[Any], Tick], trade: Any, frame: object) -> list[Event]:
    """The same of the only trade of a frame."""
    try:
        tick = read(trade)
        return [of_one_coin(tick) if meaning(tick.instrument).places else tick]
    except UNUSABLE as error:
        return _unusable(error, frame)


def _unusable(error: Exception, frame: object) -> list[Event]:
    missing = isinstance(error, KeyError)
    return malformed(f"a trade with {error} missing or unknown" if missing else str(error), frame)


def each_oldest_first(read: Callable[[Any], Tick], trades: Any, frame: object) -> list[Event]:
    """The same of a venue that lists the newest first: what is malformed, then ticks by time."""
    events = each_trade(read, trades, frame)
    ticks = oldest_first([event for event in events if isinstance(event, Tick)])
    return [*(event for event in events if not isinstance(event, Tick)), *ticks]


def oldest_first(ticks: list[Tick]) -> list[Tick]:
    """Trades of one frame of a venue that lists the newest first, in order of time.

    Trades whose times, or ids of equal times, rise from the first to the last stay as they are.
    """
    if len(ticks) > 1 and _order(ticks[0]) < _order(ticks[-1]):
        return ticks
    return ticks[::-1]


def _order(tick: Tick) -> tuple[int, int]:
    number = tick.id if tick.id and tick.id.isascii() and tick.id.isdigit() else "0"
    return tick.ts, int(number)
