"""Missing trades found by ids that step by more than one: for pushes that stand for several."""

from __future__ import annotations

from engine.types import Gap, Tick


class IdLine:
    """The ids of one symbol, of which each push covers `count` up to its own.

    Pushes of one millisecond may belong to one order, and nothing says in which order its prices
    are pushed. So ids are missing only when a later millisecond comes and none has covered them.
    """

    def __init__(self) -> None:
        self._high = -1
        self._missing = 0
        self._hole = (0, 0, 0)
        """The time and the id of the push after the missing ids, and the id before them."""

    def admit(self, tick: Tick, count: int) -> Gap | None:
        """Take the next trade, whose id is an integer in text; a Gap if ids are missing by now."""
        gap = None
        ts, after, before = self._hole
        if self._missing > 0 and tick.ts > ts:
            gap = Gap(tick.instrument, str(before), str(after), "ids")
            self._missing = 0
        number = int(tick.id or "0")
        if number <= self._high:
            if before < number < after:  # not one that is merely repeated
                self._missing -= count
            return gap
        if self._high >= 0 and number - self._high > count:
            if self._missing <= 0:
                self._missing, before = 0, self._high
            self._missing += number - self._high - count
            self._hole = (tick.ts, number, before)
        self._high = number
        return gap
