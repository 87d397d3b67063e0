"""Missing trades found in sequential ids: numbers that step by one for each symbol.

`SequenceNumbers` is for a number beside the ids, `PushedIds` for ids of pushes that each stand for
several trades.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from operator import itemgetter

from connectors.venues.base import MOST_SYMBOLS
from engine.records import Gap, Instrument, Tick

MOST_ROWS = 1000
"""Rows of missing ids in one ms: a hundred times what one order ever left out of turn. Beyond, they
are reported, in order or not."""


class SequenceNumbers:
    """The sequence numbers of one connection: by symbol the highest, and the id of its trade."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[int, str | None]] = {}

    def note(self, symbol: str, number: int, trade_id: str | None) -> None:
        """A trade that is not passed on: it only shows where the numbers stand."""
        room = symbol in self._last or len(self._last) < MOST_SYMBOLS
        if room and number > self._last.get(symbol, (-1, None))[0]:
            self._last[symbol] = (number, trade_id)

    def missing(self, tick: Tick, number: int) -> list[Gap]:
        """Take the next trade; what is missing right before it."""
        symbol = tick.instrument.symbol
        last = self._last.get(symbol)
        self.note(symbol, number, tick.id)
        if last is None or number <= last[0] + 1:
            return []
        return [Gap(tick.instrument, last[1], tick.id, "ids")]


class PushedIds:
    """The ids of one symbol, of which each push covers `count` up to its own.

    Pushes of one millisecond may belong to one order, and nothing says in which order its prices
    are pushed. So ids are missing only when a later millisecond comes and none has covered them.
    """

    def __init__(self) -> None:
        self._high = -1
        self._missing: list[tuple[int, int]] = []
        """First and last id of each row of ids that no push has covered, rising."""
        self._since = 0
        """Time of the push that left out the last of them."""

    def admit(self, tick: Tick, count: int) -> list[Gap]:
        """Take the next trade, whose id is an integer in text; what is missing by now.

        The missing ids lie strictly between those of a Gap: its `next_id` is the first that the
        push after it stands for, not the one that the push carries.
        """
        gaps = self.end(tick.instrument) if tick.ts > self._since else []
        last = int(tick.id or "0")
        first = last - count + 1
        if self._missing:
            self._cover(first, last)
        if last <= self._high:
            return gaps
        if 0 <= self._high < first - 1:
            if len(self._missing) >= MOST_ROWS:
                gaps += self.end(tick.instrument)
            self._missing.append((self._high + 1, first - 1))
            self._since = tick.ts
        self._high = last
        return gaps

    def _cover(self, first: int, last: int) -> None:
        """These ids are no longer missing."""
        rows = self._missing
        begin = bisect_left(rows, first, key=itemgetter(1))
        end = bisect_right(rows, last, lo=begin, key=itemgetter(0))
        rows[begin:end] = [part for row in rows[begin:end] for part in _outside(row, first, last)]

    def end(self, instrument: Instrument) -> list[Gap]:
        """What is missing if no more of that millisecond comes."""
        rows, self._missing = self._missing, []
        return [Gap(instrument, str(first - 1), str(last + 1), "ids") for first, last in rows]


def _outside(row: tuple[int, int], first: int, last: int) -> list[tuple[int, int]]:
    """What is left of a row of ids without those from `first` to `last`."""
    parts = (row[0], min(row[1], first - 1)), (max(row[0], last + 1), row[1])
    return [part for part in parts if part[0] <= part[1]]
