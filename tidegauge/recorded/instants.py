"""Rows of recorded prices to instants that agree, and instants to frames."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tidegauge.recorded.file import Trouble
from tidegauge.recorded.row import RecordedRow
from tidegauge.recorded.rows import ROW, Rows, Vocabulary, joined

_ROWS_PER_FRAME = 2000
"""Enough that the cost of a record vanishes, few enough to keep a frame under 100 KB."""
_REPEATS_KEPT = 10
"""Rows that are remembered of those that say the same again: as many as are reported in full."""

Refuse = Callable[[RecordedRow, str, str], None]
"""Is called with a row that cannot be used, its kind and the reason."""
Name = Callable[[RecordedRow, RecordedRow], str]
"""How a message about the first row calls the second."""
Place = tuple[int, int]
"""A time and the code of an asset."""


class AgreedInstants:
    """Puts rows that come in order of time into instants: of an asset one price each.

    Prices of one asset at one time must agree: where they do not, none of them is used, and each
    is refused as a `contradiction`. `tell` is called with each trouble among the rows.
    """

    def __init__(
        self, names: Vocabulary, refuse: Refuse, name: Name, tell: Callable[[Trouble], None]
    ) -> None:
        self._names, self._refuse, self._name, self._tell = names, refuse, name, tell
        self._open: list[Rows] = []
        """Rows of the last instant so far."""
        self._repeats: dict[Place, _Repeats] = {}
        self._seen = np.full(0, -1, dtype=np.int64)
        """The last time of each asset that had a price."""
        self.good = 0
        """Rows that were used: equal ones are one price."""

    def take(self, rows: Rows, troubles: Sequence[Trouble] = ()) -> Rows:
        """More rows; returns those of the instants that are over now."""
        room = len(self._names.assets.all) - len(self._seen)
        if room:
            self._seen = np.append(self._seen, np.full(room, -1, dtype=np.int64))
        again = np.zeros(len(rows), dtype=bool)
        if mark_repeated(rows["ts"], rows["asset"], rows["venue"], self._seen, again) or troubles:
            self._in_order(rows, np.flatnonzero(again).tolist(), troubles)
            rows = rows[~again]
        if not len(rows):
            return rows
        if self._open and rows["ts"][-1] == self._open[0]["ts"][0]:
            self._open.append(rows)
            return np.zeros(0, ROW)
        cut = int(np.searchsorted(rows["ts"], rows["ts"][-1]))
        over = joined([*self._open, rows[:cut]])
        self._open = [rows[cut:]]
        return self._close(over, int(rows["ts"][-1]))

    def end(self) -> Rows:
        """The rows of the last instant."""
        return self._close(joined(self._open), None)

    def _in_order(self, rows: Rows, again: list[int], troubles: Sequence[Trouble]) -> None:
        """Tell the troubles, and look at the rows of assets that had a price at their instant."""
        told = 0
        for place in [*again, len(rows)]:
            while told < len(troubles) and troubles[told].place <= place:
                self._tell(troubles[told])
                told += 1
            if place < len(rows):
                row = rows[place]
                key = int(row["ts"]), int(row["asset"])
                if key not in self._repeats:
                    first = self._names.decode(self._first(key, rows))
                    self._repeats[key] = _Repeats(first, self._refuse, self._name)
                self._repeats[key].take(self._names.decode(row))

    def _first(self, key: Place, rows: Rows) -> Any:
        """The first row of an asset at an instant."""
        for part in (*self._open, rows):
            begin, end = np.searchsorted(part["ts"], [key[0], key[0] + 1]).tolist()
            here = part[begin:end]
            found = np.flatnonzero((here["asset"] == key[1]) & (here["venue"] < 0))
            if len(found):
                return here[found[0]]
        raise AssertionError("a repeated price has no first one")

    def _close(self, rows: Rows, until: int | None) -> Rows:
        """The rows of instants that are over, before `until`, as all that was said of them."""
        done = [key for key in self._repeats if until is None or key[0] < until]
        keep = np.ones(len(rows), dtype=bool)
        for key in done:
            begin, end = np.searchsorted(rows["ts"], [key[0], key[0] + 1]).tolist()
            here = rows[begin:end]
            place = int(np.flatnonzero((here["asset"] == key[1]) & (here["venue"] < 0))[0])
            repeats = self._repeats.pop(key)
            keep[begin + place] = repeats.agree
            if repeats.agree:
                self.good += repeats.count - 1
                here["market_cap"][place] = repeats.said.market_cap
                here["supply"][place] = repeats.said.supply
        if done:
            rows = rows[keep]
        self.good += len(rows)
        return rows


@njit(cache=True)
def mark_repeated(
    ts: NDArray[np.int64],
    asset: NDArray[np.int32],
    venue: NDArray[np.int32],
    seen: NDArray[np.int64],
    again: NDArray[np.bool_],
) -> int:
    """Mark the rows (`again`) of assets that had a price at the same time; how many there are."""
    count = 0
    for row in range(ts.shape[0]):
        if venue[row] < 0:
            if seen[asset[row]] == ts[row]:
                again[row] = True
                count += 1
            seen[asset[row]] = ts[row]
    return count


class _Repeats:
    """The rows of one asset at one time, where there are several; the first of them are kept."""

    def __init__(self, first: RecordedRow, refuse: Refuse, name: Name) -> None:
        self.agree, self.count = True, 1
        self.said, self._kept = first, [first]

        self._refuse, self._name = refuse, name

    def take(self, row: RecordedRow) -> None:
        """One more; `said` is what all say together so far."""
        joined = _joined(self.said, row) if self.agree else None
        if joined is not None:
            self.said = joined
            self.count += 1
            if len(self._kept) < _REPEATS_KEPT:
                self._kept.append(row)
            return
        if self.agree:
            self.agree = False
            for earlier in self._kept:
                self._contradicts(earlier, row)
            for _ in range(self.count - len(self._kept)):
                self._contradicts(self._kept[-1], row)
        self._contradicts(row, self._kept[0])

    def _contradicts(self, row: RecordedRow, other: RecordedRow) -> None:
        text = f"{_shown(row)} contradicts {self._name(row, other)} of the same instant"
        self._refuse(row, "contradiction", f"{text}, {_shown(other)}; neither is used")


def _shown(row: RecordedRow) -> str:
    amounts = {"market cap": row.market_cap, "supply": row.supply}
    known = [f"{name} {value!r}" for name, value in amounts.items() if value == value]  # no NaN
    return ", ".join([f"{row.asset} at {row.price!r}", *known])


def _joined(row: RecordedRow, other: RecordedRow) -> RecordedRow | None:
    """What two rows of one asset say together; None where they contradict each other."""
    if row.price != other.price:
        return None
    found = row
    for column in ("market_cap", "supply"):
        one, two = getattr(row, column), getattr(other, column)
        if one == one and two == two and one != two:  # neither is NaN, which stands for unknown
            return None
        if one != one:
            found = found._replace(**{column: two})
    return found


def framed(blocks: Iterable[Rows], every: int | None = None) -> Iterator[Rows]:
    """Rows of whole instants in order of time, cut into frames.

    A frame never splits an instant, nor reaches over a slot of `every` ns. It is of prices or of
    trades, or of a single instant.
    """
    pending = np.zeros(0, ROW)
    for block in blocks:
        rows = joined([pending, block])
        begins = np.zeros(len(rows), dtype=np.int64)
        count = cut_frames(rows["ts"], rows["venue"], every or 0, _ROWS_PER_FRAME, begins)
        begin = 0
        for end in begins[:count].tolist():
            yield rows[begin:end]
            begin = end
        pending = rows[begin:]
    if len(pending):
        yield pending


@njit(cache=True)
def cut_frames(
    ts: NDArray[np.int64],
    venue: NDArray[np.int32],
    every: int,
    most: int,
    begins: NDArray[np.int64],
) -> int:
    """The rows at which other frames than the first begin; `every` is 0 for no slots."""
    count, begin, row = 0, 0, 0
    prices, trades = False, False
    while row < ts.shape[0]:
        end, price, trade = row, False, False
        while end < ts.shape[0] and ts[end] == ts[row]:
            if venue[end] < 0:
                price = True
            else:
                trade = True
            end += 1
        crossed = every > 0 and (ts[row] - 1) // every > (ts[begin] - 1) // every
        other = (prices and trade) or (trades and price)
        if row > begin and (crossed or other or row - begin >= most):
            begins[count] = begin = row
            count += 1
            prices, trades = False, False
        prices, trades = prices or price, trades or trade
        row = end
    return count
