"""What each asset of an index brought since the index stood at its peak.

As `engine.index.contributions` counts the day, this counts the fall: in a span of unchanged
holdings an asset brings holding · (price at its end − price at its begin) / divisor points of
level, and the spans since the peak sum to the fall, because no rebalance moves the level.

What the assets cost at the peak is known by one walk over the prices of a record, behind the tick
kernel: that says when the peak was, and the walk stops there. Indices without drawdown alerts are
left out, and without any such index nothing is walked.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.index.composition import Basket
from engine.index.kernel_arrays import Members
from engine.index.seen_prices import SeenPrices
from engine.table import F64, I64

PriceOf = Callable[[str], float]
"""The last price of a price key, 0 before its first."""


class AppliedRows(NamedTuple):
    """Rows begin … end of asset, instant and price, which were applied to the prices `before`."""

    begin: int
    end: int
    asset: I64
    at: I64
    price: F64
    before: F64

    @classmethod
    def none(cls, prices: F64) -> AppliedRows:
        """No rows, where these prices stand."""
        return cls(0, 0, _NO_PLACES, _NO_PLACES, _NO_PRICES, prices)


_NO_PLACES: I64 = np.zeros(0, dtype=np.int64)
_NO_PRICES: F64 = np.zeros(0)


class FallColumns(NamedTuple):
    """Of some falls at once, each of some basket: what its member j says stands at ptr[k] + j.

    The price at the instant of the fall, that at the peak, what is held of it (USD), and its part
    of level / peak − 1. Where `is_known` is false the peak was when nobody looked, and neither
    `opened` nor `part` says anything.
    """

    ptr: list[int]
    is_known: list[bool]
    price: F64
    opened: F64
    worth: F64
    part: F64


@dataclass(slots=True)
class IndexFall:
    """Of one index: when its peak was (ns, 0 where that is not known), the prices at the begin of
    the present span by price key, and the points of the spans before it since then."""

    peak_at: int = 0
    span: dict[str, float] = field(default_factory=dict)
    done: dict[str, float] = field(default_factory=dict)


class SincePeak:
    """The falls of the indices of a shard that have drawdown alerts.

    In a rally each record moves the peak of each index. So the prices at a new peak are noted in
    compiled code, and become an `IndexFall` when somebody asks for it.

    A checkpoint of before there were any has none: what is not known is told when the next peak
    was seen.
    """

    def __init__(self) -> None:
        self.rows: I64 = np.zeros(0, dtype=np.int64)
        """The rows of the baskets that are followed; no state."""
        self.seen = SeenPrices()
        self._falls: dict[str, IndexFall] = {}
        self._ids: list[str] = []
        self._place: dict[str, int] = {}
        self._peak_at: I64 = np.zeros(0, dtype=np.int64)
        self._is_noted = np.zeros(0, dtype=np.bool_)
        """Whether the newest peak of an index is in `_opened` and not in `_falls` yet."""
        self._is_known = np.zeros(0, dtype=np.bool_)
        """Whether `_opened` has the begin of its present span, since `_peak_at`."""
        self._peaks = 0
        """New peaks that were looked at; no state, for a peak of before is not known."""
        self._layout: _Layout | None = None
        self._opened: F64 = np.zeros(0)

    def follow(self, rows: Mapping[str, int]) -> None:
        """Follow these indices, by their rows, and forget all others."""
        self._take_noted()
        self._falls = {index: self._falls.get(index) or IndexFall() for index in rows}
        self._ids = list(rows)
        self._place = {index: k for k, index in enumerate(rows)}
        self.rows = np.array(list(rows.values()), dtype=np.int64)
        self._peak_at = np.array([self._falls[i].peak_at for i in rows], dtype=np.int64)
        self._is_noted, self._layout = np.zeros(len(rows), dtype=np.bool_), None

    def begin(self, basket: Basket, price_of: PriceOf, at: int) -> None:
        """An index has its base, which is its first peak."""
        k = self._place.get(basket.id)
        if k is not None:
            fall = self._falls[basket.id] = IndexFall(
                at, {key: price_of(key) for key in basket.keys}
            )
            self._peak_at[k], self._is_noted[k] = at, False
            self._lay(k, fall, basket)

    def moved(
        self,
        rows: AppliedRows,
        peaks: int,
        peak_at: I64,
        baskets: Sequence[Basket],
        place: Mapping[str, int],
    ) -> None:
        """Prices were applied; all baskets have their peaks at `peak_at` now, of which there were
        `peaks` new ones so far, and the price of a key stands at its `place`."""
        self.seen.follow(*rows)
        if peaks == self._peaks:
            return
        self._peaks = peaks
        layout = self._laid_out(baskets, place)
        _note_peaks(
            *(rows, peak_at, self.rows, self._peak_at, self._is_noted, self._is_known),
            *(layout.begin, layout.place, self._opened),
        )

    def _laid_out(self, baskets: Sequence[Basket], place: Mapping[str, int]) -> _Layout:
        layout = self._layout
        if layout is None or layout.source is not place:
            self._take_noted()
            layout = self._layout = _Layout.of([baskets[row] for row in self.rows], place)
            self._opened = np.zeros(len(layout.place))
            self._is_known = np.zeros(len(self.rows), dtype=np.bool_)
            for k, index in enumerate(self._ids):
                self._lay(k, self._falls[index], baskets[self.rows[k]])
        return layout

    def _lay(self, k: int, fall: IndexFall, basket: Basket) -> None:
        """Put the begin of a span where compiled code finds it."""
        layout = self._layout
        if layout is None:
            return
        if layout.keys[k] != basket.keys:
            self._take_noted()
            self._layout = None
            return
        known = fall.peak_at == self._peak_at[k] and all(key in fall.span for key in basket.keys)
        self._is_known[k] = known
        if known:
            opened = [fall.span[key] for key in basket.keys]
            self._opened[layout.begin[k] : layout.begin[k + 1]] = opened

    def _take_noted(self) -> None:
        for k in np.flatnonzero(self._is_noted).tolist():
            self._of(self._ids[k])

    def _of(self, index: str) -> IndexFall | None:
        """The fall of an index since its newest peak; None where it is not followed."""
        k = self._place.get(index)
        if k is not None and self._is_noted[k]:
            assert self._layout is not None
            self._is_noted[k] = False
            prices = self._opened[self._layout.begin[k] : self._layout.begin[k + 1]].tolist()
            opened = dict(zip(self._layout.keys[k], prices, strict=True))
            self._falls[index] = IndexFall(int(self._peak_at[k]), opened)
        return self._falls.get(index)

    def close_span(self, basket: Basket, divisor: float, price_of: PriceOf) -> None:
        """What an index holds, under this divisor, is about to change; the second time nothing."""
        fall = self._of(basket.id)
        if fall is None:
            return
        add_points(fall.done, fall.span, basket, divisor, price_of)
        fall.span = {}

    def open_span(self, basket: Basket, price_of: PriceOf) -> None:
        """What an index holds has changed."""
        fall = self._of(basket.id)
        if fall is None:
            return
        fall.span = {key: price_of(key) for key in basket.keys}
        self._lay(self._place[basket.id], fall, basket)

    def convert(self, old: str, new: str, held: Container[str]) -> None:
        """One coin of a price key became another: what it brought is the new one's."""
        self.seen.forget()
        self._take_noted()
        self._layout = None
        for index, fall in self._falls.items():
            if index in held and old != new and old in fall.done:
                fall.done[new] = fall.done.get(new, 0.0) + fall.done.pop(old)

    def columns(
        self,
        falls: Sequence[Mapping[str, Any]],
        of: Sequence[int],
        rows: AppliedRows,
        baskets: Sequence[Basket],
        place: Mapping[str, int],
        divisor: F64,
        members: Members,
    ) -> FallColumns:
        """Of `falls` (`at`, `peak`, `peak_at`) of the baskets in the rows `of`, in the order of
        their instants, which lie among the `rows` that were applied last, or behind them.

        `moved` has not seen these rows yet.
        """
        layout = self._laid_out(baskets, place)
        whole: I64 = np.array(
            [
                of,
                [fall["at"] for fall in falls],
                [fall["peak_at"] for fall in falls],
                [self._place.get(baskets[row].id, -1) for row in of],
            ],
            dtype=np.int64,
        )
        peak = np.array([fall["peak"] for fall in falls])
        ptr, known, *found = _measure(
            rows,
            whole,
            peak,
            self._peak_at,
            self._is_known,
            layout.begin,
            self._opened,
            divisor,
            members.ptr,
            members.asset,
            members.holding,
        )
        return FallColumns(ptr.tolist(), known.tolist(), *found)

    def before_span(self, index: str, peak_at: int) -> dict[str, float]:
        """The points that each key brought between the peak and the begin of the present span."""
        fall = self._falls.get(index)
        if fall is None or not fall.done or fall.peak_at != peak_at:
            return {}
        return {} if self._is_noted[self._place[index]] else fall.done

    def dump(self) -> dict[str, Any]:
        """State for a checkpoint."""
        self._take_noted()
        falls = {
            index: [fall.peak_at, dict(fall.span), dict(fall.done)]
            for index, fall in self._falls.items()
        }
        return {"falls": falls, "seen": self.seen.dump()} if falls else {}

    @classmethod
    def load(cls, state: Mapping[str, Any]) -> SincePeak:
        """What `dump` came from; `follow` lays out what is followed."""
        self = cls()
        for index, (peak_at, span, done) in state.get("falls", {}).items():
            self._falls[index] = IndexFall(peak_at, dict(span), dict(done))
        self.seen = SeenPrices.load(state.get("seen"))
        return self


def add_points(
    done: dict[str, float],
    span: Mapping[str, float],
    basket: Basket,
    divisor: float,
    price_of: PriceOf,
) -> None:
    """Add to `done` the points of level that each key brought since it stood at its price in
    `span`, under unchanged holdings."""
    for key, holding in zip(basket.keys, basket.holdings, strict=True):
        if key in span:
            points = holding * (price_of(key) - span[key]) / divisor
            done[key] = done.get(key, 0.0) + points


class _Layout(NamedTuple):
    """Where the prices of followed indices are noted: those of index k, in the order of its keys,
    at begin[k] … begin[k + 1]. `place` has for each where the last price stands."""

    keys: list[list[str]]
    begin: I64
    place: I64
    source: Mapping[str, int]
    """What the places are from."""

    @classmethod
    def of(cls, baskets: Sequence[Basket], place: Mapping[str, int]) -> _Layout:
        """The layout for these baskets."""
        keys = [list(basket.keys) for basket in baskets]
        begin = np.cumsum([0, *map(len, keys)])
        places = np.array([place[key] for held in keys for key in held], dtype=np.int64)
        return cls(keys, begin.astype(np.int64), places, place)


@njit(cache=True)
def _note_peaks(
    rows: AppliedRows,
    peak_at: I64,
    followed: I64,
    known: I64,
    is_noted: NDArray[np.bool_],
    is_known: NDArray[np.bool_],
    begin: I64,
    place: I64,
    opened: F64,
) -> None:
    """Note the prices at each peak that came with these rows: one walk over them, in the order of
    the peaks. A peak of before them was when nobody followed: its prices are not known."""
    if rows.begin >= rows.end:
        return
    new = np.empty(len(followed), dtype=np.int64)
    count = 0
    for k in range(len(followed)):
        instant = peak_at[followed[k]]
        if instant != known[k]:
            known[k], is_known[k] = instant, False
            if instant >= rows.at[rows.begin]:
                new[count] = k
                count += 1
    if count == 0:
        return
    prices, row = rows.before.copy(), rows.begin
    for i in np.argsort(known[new[:count]]):
        k = new[i]
        row = _walk(row, rows.end, known[k], rows.asset, rows.at, rows.price, prices)
        for j in range(begin[k], begin[k + 1]):
            opened[j] = prices[place[j]]
        is_noted[k] = is_known[k] = True


@njit(cache=True)
def _walk(row: int, end: int, instant: int, asset: I64, at: I64, price: F64, prices: F64) -> int:
    """Take the prices up to an instant; the row behind them."""
    while row < end and at[row] <= instant:
        prices[asset[row]] = price[row]
        row += 1
    return row


@njit(cache=True)
def _measure(
    rows: AppliedRows,
    falls: I64,
    peak: F64,
    known_at: I64,
    is_known: NDArray[np.bool_],
    begin: I64,
    spans: F64,
    divisor: F64,
    member_ptr: I64,
    member: NDArray[np.uint32],
    holding: F64,
) -> Any:
    """`FallColumns` of falls (4, falls): row, instant, instant of the peak, and place among those
    that are followed, or -1. Two walks over the rows: to the instants of the falls, and to those of
    the peaks that lie among them."""
    count = falls.shape[1]
    ptr = np.zeros(count + 1, dtype=np.int64)
    for k in range(count):
        i = falls[0, k]
        ptr[k + 1] = ptr[k] + member_ptr[i + 1] - member_ptr[i]
    price, opened, worth, part = (
        np.empty(ptr[count]), np.empty(ptr[count]), np.empty(ptr[count]), np.empty(ptr[count])
    )  # fmt: skip
    known = np.zeros(count, dtype=np.bool_)
    prices, row = rows.before.copy(), rows.begin
    for k in range(count):
        row = _walk(row, rows.end, falls[1, k], rows.asset, rows.at, rows.price, prices)
        first = member_ptr[falls[0, k]]
        for j in range(ptr[k + 1] - ptr[k]):
            price[ptr[k] + j] = prices[member[first + j]]
    prices, row = rows.before.copy(), rows.begin
    for k in np.argsort(falls[2]):
        i, peak_at, f = falls[0, k], falls[2, k], falls[3, k]
        first, size = member_ptr[i], ptr[k + 1] - ptr[k]
        if rows.begin < rows.end and peak_at >= rows.at[rows.begin]:
            row = _walk(row, rows.end, peak_at, rows.asset, rows.at, rows.price, prices)
            known[k] = True
            for j in range(size):
                opened[ptr[k] + j] = prices[member[first + j]]
        elif f >= 0 and known_at[f] == peak_at and is_known[f]:
            known[k] = begin[f + 1] - begin[f] == size
            if known[k]:
                for j in range(size):
                    opened[ptr[k] + j] = spans[begin[f] + j]
        for j in range(size):
            place, held = ptr[k] + j, holding[first + j]
            worth[place] = held * price[place]
            moved = held * (price[place] - opened[place]) / divisor[i] if known[k] else 0.0
            part[place] = (0.0 + moved) / peak[k]
    return ptr, known, price, opened, worth, part
