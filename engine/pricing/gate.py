"""The gate of one symbol: which trades are new, which move the price, where some are missing.

Trades are in order of (trade time, then numeric id). In 51,000 recorded trades of Binance,
Coinbase and Kraken the trade time never once fell while the id rose, so the two orders agree in
practice. Where they do not, an id above every id so far is proof of a new trade: it counts in
volume and closes the line of ids, and the price stays with the trade of the later time. So does an
older trade whose id has no order and was not observed lately.
"""

from __future__ import annotations

from collections import deque
from typing import Any, Final, Literal

from engine.records import Gap, Instrument
from engine.types import SECOND

Verdict = Literal["accepted", "reordered", "late", "duplicate"]

ACCEPTED: Final = "accepted"
"""New, and the newest: moves the price."""
REORDERED: Final = "reordered"
"""New by its id, older by its time: counts in volume, never moves the price."""
LATE: Final = "late"
"""Older than the newest and perhaps known, nothing shows that it is new: ignored."""
DUPLICATE: Final = "duplicate"
"""Known: ignored."""

REMEMBERED_FOR = 10 * SECOND
"""Trade time for which ids without order are kept: what a venue sends out of turn, or one of two
connections later than the other, is late by less."""
IDS_REMEMBERED = 4096
"""Such ids kept at most: 400 trades a second, twenty times the busiest recorded symbol's."""
ID_DIGITS = 20
"""An id of more digits than any 64-bit counter has is a text, not a number."""


def number_of(trade_id: str | None) -> int | None:
    """The id as a number, None where it is none."""
    if trade_id is None or not trade_id.isdecimal() or len(trade_id) > ID_DIGITS:
        return None
    return int(trade_id)


class TradeGate:
    """Sorts one symbol's trades as they come and notices what is missing between them.

    `gap` is the last `Gap` found; whoever reads it takes it away with `take_gap`. It lies between
    the last two trades that were let through. One connector brings the trades, named `connector`
    from the first one on; where there are more, an `engine.pricing.shared_gate.SharedGate` is
    around it.

    >>> gate = TradeGate(Instrument("binance", "BTCUSDT", "BTC", "USDT", "spot", counts=True))
    >>> [gate.admit(ts, id) for ts, id in ((5, "1"), (5, "1"), (4, "0"), (7, "4"))]
    ['accepted', 'duplicate', 'late', 'accepted']
    >>> gate.take_gap()[1:]
    ('1', '4', 'ids')
    """

    span = None
    """As in `engine.pricing.shared_gate.SharedGate`: a gap is reported as soon as it is found."""

    __slots__ = (
        "connector",
        "gap",
        "high_id",
        "horizon",
        "instrument",
        "known",
        "last_id",
        "last_text",
        "last_ts",
        "seen",
        "suspected",
    )

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.last_ts = 0
        """Trade time of the newest trade; 0 before the first."""
        self.last_id = -1
        """Highest numeric id at `last_ts`, or -1."""
        self.high_id = -1
        """Highest numeric id of all, or -1; ids are counted on from here."""
        self.last_text: str | None = None
        """Id of the last new trade, as the venue wrote it."""
        self.seen: deque[tuple[int, str]] = deque()
        """Times and ids of trades whose ids are no numbers, in the order of arrival."""
        self.known: set[tuple[int, str]] = set()
        """The same, to find them by."""
        self.horizon = 0
        """Trades with such ids up to this time may have been forgotten."""
        self.connector: str | None = None
        self.suspected: str | None = None
        """Why trades may be missing before the next new one (a session began, a stall …)."""
        self.gap: Gap | None = None

    def suspect_loss(self, reason: str) -> None:
        """Trades may be missing from here to the next new one. The first reason stands."""
        if self.last_ts and self.suspected is None:  # before the first trade nothing is missed
            self.suspected = reason

    def report_gap(self, gap: Gap) -> None:
        """The connector knows these trades to be missing: a gap between two ids, to be reported."""
        self.gap = gap

    def take_gap(self) -> Gap | None:
        """The gap before the trade just admitted, once."""
        gap, self.gap = self.gap, None
        return gap

    def admit(self, ts: int, trade_id: str | None) -> Verdict:
        """Judge the next trade to arrive: `ts` in ns above 0, `trade_id` as the venue wrote it."""
        if trade_id is None or not trade_id.isdecimal() or len(trade_id) > ID_DIGITS:
            return self._admit_text(ts, trade_id)
        number = int(trade_id)
        high = self.high_id
        if number <= high:
            return self._admit_low(ts, number, trade_id)
        if ts < self.last_ts:
            verdict: Verdict = REORDERED
        else:
            verdict = ACCEPTED
            self.last_id = number
            if ts > self.last_ts:
                self.last_ts = ts
                if self.seen:
                    self._forget_all()
        self.high_id = number
        if number - high != 1 or self.suspected is not None:
            if high < 0 or not self.instrument.counts:
                self._report(trade_id, None)
            elif number - high != 1:
                self._report(trade_id, "ids")
            else:  # counted on: whatever was suspected, nothing is missing
                self.suspected = None
        self.last_text = trade_id
        return verdict

    def _admit_low(self, ts: int, number: int, trade_id: str) -> Verdict:
        """Judge a trade whose id is not above the highest: only a later time makes it new."""
        if number == self.high_id:
            return DUPLICATE
        if ts < self.last_ts or (ts == self.last_ts and number <= self.last_id):
            return LATE
        restarted = self.instrument.counts and ts > self.last_ts and number < self.last_id
        if restarted:  # the venue's counter began again: follow it
            self.high_id = number
        self._report(trade_id, "ids_restarted" if restarted else None)
        if ts > self.last_ts:
            self.last_ts = ts
            self._forget_all()
        self.last_id = number
        self.last_text = trade_id
        return ACCEPTED

    def _report(self, trade_id: str | None, reason: str | None) -> None:
        """Note a gap before this trade: for the suspected loss, else for `reason` if any."""
        reason, self.suspected = self.suspected or reason, None
        if reason is not None:
            self.gap = Gap(self.instrument, self.last_text, trade_id, reason)

    def _admit_text(self, ts: int, trade_id: str | None) -> Verdict:
        """Judge a trade whose id has no order, or that has none."""
        if trade_id is not None and (ts, trade_id) in self.known:
            return DUPLICATE
        if ts < self.last_ts:
            forgotten = ts <= self.horizon or ts < self.last_ts - REMEMBERED_FOR
            if forgotten or trade_id is None:
                return LATE
            self._remember(ts, trade_id)
            return REORDERED
        if not self.last_ts:
            self.horizon = ts - 1  # what is older was before us
        if ts > self.last_ts:
            self.last_ts, self.last_id = ts, -1
        if trade_id is not None:
            self._remember(ts, trade_id)
        self._report(trade_id, None)
        self.last_text = trade_id
        return ACCEPTED

    def _remember(self, ts: int, trade_id: str) -> None:
        """Keep an id, and let go what is too old or too much."""
        seen, key = self.seen, (ts, trade_id)
        seen.append(key)
        self.known.add(key)
        oldest = self.last_ts - REMEMBERED_FOR
        while len(seen) > IDS_REMEMBERED or seen[0][0] < oldest:
            if len(seen) > IDS_REMEMBERED:
                self.horizon = max(self.horizon, seen[0][0])
            self.known.remove(seen.popleft())

    def _forget_all(self) -> None:
        self.seen.clear()
        self.known.clear()
        self.horizon = self.last_ts

    def dump(self) -> dict[str, Any]:
        """The state as plain JSON values; ids as text, since they may exceed 64 bits."""
        return {
            "last_ts": self.last_ts,
            "last_id": str(self.last_id),
            "high_id": str(self.high_id),
            "last_text": self.last_text,
            "seen": [list(key) for key in self.seen],
            "horizon": self.horizon,
            "feared": self.suspected,
            "connector": self.connector,
        }

    @classmethod
    def load(cls, instrument: Instrument, state: dict[str, Any]) -> TradeGate:
        """The inverse of `dump`."""
        gate = cls(instrument)
        gate.last_ts = state["last_ts"]
        gate.last_id = int(state["last_id"])
        gate.high_id = int(state["high_id"])
        gate.last_text = state["last_text"]
        gate.seen.extend((ts, trade_id) for ts, trade_id in state["seen"])
        gate.known = set(gate.seen)
        gate.horizon = state["horizon"]
        gate.suspected, gate.connector = state["feared"], state["connector"]
        return gate
