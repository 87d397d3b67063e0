"""The compiled guard of rules that are judged with every price: where one of them can change.

A rule on a level, a return or the present drawdown stays as it is while its figure lies in an open
interval. That is a *band* of levels: fixed for a level, moving with the peak for a drawdown, and
with the level at the anchor for a return, which is another one every minute or hour. Prices run
through the indices that have such rules until a level leaves its band; there, and only there, the
rules of that index are judged by what the snapshot would say (`engine.index.rule_watch`).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.compiled import inlined, uncounted
from engine.index.baskets import Baskets
from engine.index.price_columns import PriceColumns
from engine.metrics.machinery.history import History
from engine.metrics.machinery.rings import close_at
from engine.periods import anchor, anchor_grid
from engine.table import F64, I32, I64, Bool
from engine.types import DAY, HOUR, MINUTE

LEVEL, FALL, RETURN = range(3)
"""What a guarded rule is about."""

_MARGIN = 1e-8
"""Bands are narrower by this share of the level. A level that ran through a million prices is off
by 6 · 2⁻⁵³ of it for each: a tenth of that."""


_DAY = DAY // MINUTE


class Guarded(NamedTuple):
    """A rule as the guard sees it: the row of its basket, what it is about, of a return the period
    ("inception" for the base), the open interval of the figure in which nothing changes, and
    whether the figure was missing when it was seen last."""

    row: int
    kind: int
    period: str
    low: float
    high: float
    is_missing: bool


_RULE = np.dtype(
    [
        ("slot", "i8"),
        ("kind", "i8"),
        ("grid", "i8"),  # of the closes among which the anchor's is; 0 where it stays within a day
        ("span", "i8"),  # back to the anchor, ns
        ("place", "i8"),  # of the basket in the history
        ("base", "f8"),  # the level at the anchor, NaN where the return is undefined
        ("low", "f8"),
        ("high", "f8"),
        ("sign", "f8"),  # 1 or -1 while the highest or lowest figure is kept, else 0
        ("worst", "f8"),
    ]
)


class _Closes(NamedTuple):
    """The columns `count`, `minute` and `level` of a ring."""

    came: I64
    minute: I32
    level: F64


class _Slots(NamedTuple):
    """Of each basket with rules: its level and peak as they run, its band, its rules (places ptr[s]
    to ptr[s + 1]), whether any is about a return, and whether it has left the band."""

    level: F64
    peak: F64
    low: F64
    high: F64
    ptr: I64
    has_return: Bool
    left: Bool


class Guard:
    """The guard of some rules, which stand by their baskets; made anew with each layout."""

    def __init__(self, rules: list[Guarded], baskets: Baskets, history: History) -> None:
        rows = list(dict.fromkeys(rule.row for rule in rules))
        self.rows = np.array(rows, dtype=np.int64)
        slot = {row: s for s, row in enumerate(rows)}
        place = {int(row): k for k, row in enumerate(history.row.tolist())}
        self._rules = np.zeros(len(rules), dtype=_RULE)
        for k, rule in enumerate(rules):
            grid, span = _anchored(rule.period)
            base = np.nan if rule.is_missing else 1.0  # until the first turn
            known = (slot[rule.row], rule.kind, grid, span, place[rule.row], base)
            self._rules[k] = (*known, rule.low, rule.high, 0.0, np.nan)
        self.periods = [rule.period for rule in rules]
        size, held = len(rows), self._rules["slot"]
        level, peak, low, high = (np.zeros(size) for _ in range(4))
        ptr = np.searchsorted(held, np.arange(size + 1)).astype(np.int64)
        has_return, left = (np.zeros(size, dtype=np.bool_) for _ in range(2))
        self._slots = _Slots(level, peak, low, high, ptr, has_return, left)
        self._slots.has_return[held[self._rules["kind"] == RETURN]] = True
        self.has_hour = "1h" in self.periods
        self._lay_holders(baskets)
        self.refresh(baskets)
        self.minute = -1
        """In which it is, −1 before the first `turn`."""

    def _lay_holders(self, baskets: Baskets) -> None:
        """Who holds what, by the places of prices."""
        held: list[list[tuple[int, float]]] = [[] for _ in baskets.keys]
        divisor = baskets.levels.divisor
        for s, row in enumerate(self.rows.tolist()):
            basket = baskets.all[row]
            for key, holding in zip(basket.keys, basket.holdings, strict=True):
                held[baskets.price_row[key]].append((s, holding / float(divisor[row])))
        self._ptr = np.cumsum([0, *map(len, held)]).astype(np.int64)
        flat = [entry for entries in held for entry in entries]
        self._holder = np.array([s for s, _ in flat], dtype=np.int64)
        self._slope = np.array([slope for _, slope in flat], dtype=np.float64)

    def refresh(self, baskets: Baskets) -> None:
        """Take levels and peaks as they are."""
        self._slots.level[:] = baskets.levels.level[self.rows]
        self._slots.peak[:] = baskets.path["peak"][self.rows]

    def turn(self, minute: int, baskets: Baskets, history: History) -> list[int]:
        """A minute (since 1970) has begun: look up what returns start from. The rows of baskets
        that stand outside of their bands by it."""
        if minute == self.minute and minute % _DAY:
            return []  # but at midnight what begins there has its base only behind the day's close
        self.refresh(baskets)
        as_of = minute * MINUTE
        rules = self._rules
        for k in np.flatnonzero((rules["kind"] == RETURN) & (rules["grid"] == 0)).tolist():
            base = self._fixed_base(k, as_of, baskets, history)
            if np.isnan(base) != np.isnan(rules["base"][k]):  # the return came or went
                self._slots.left[rules["slot"][k]] = True
            rules["base"][k] = base
        self.minute = minute
        _turn(minute, rules, self._slots, _closes(history, MINUTE), _closes(history, HOUR), True)
        return self._rows_left()

    def _fixed_base(self, k: int, as_of: int, baskets: Baskets, history: History) -> float:
        """The level at an anchor that stays for the day; NaN where there is none."""
        row = int(self.rows[self._rules["slot"][k]])
        if self.periods[k] == "inception":
            return float(baskets.levels.base_level[row])
        start = anchor(self.periods[k], as_of)
        place = int(self._rules["place"][k])
        ring = history.rings[anchor_grid(self.periods[k])]
        kept = ring.count[place], ring.minute[place], ring.level[place]
        _, level = close_at(start // MINUTE, *kept)
        return float(level) if baskets.levels.inception[row] <= start else np.nan

    def set_band(self, k: int, low: float, high: float) -> None:
        """The interval of the figure in which rule k stays as it is."""
        self._rules["low"][k], self._rules["high"][k] = low, high
        _set_band(self._rules["slot"][k], self._rules, self._slots)

    def keep_worst(self, k: int, sign: float) -> float:
        """The furthest that the figure of rule k went since this was called last, NaN where that
        was not kept; from now on keep the highest (`sign` 1), the lowest (−1) or none (0)."""
        found = float(self._rules["worst"][k])
        self._rules["sign"][k], self._rules["worst"][k] = sign, np.nan
        return found

    def run(
        self, begin: int, end: int, rows: PriceColumns, baskets: Baskets, history: History
    ) -> tuple[int, list[int], int]:
        """Run prices begin … end until a level leaves its band.

        Returns the row behind the last one that it ran through, the rows of the baskets that left,
        and the minute that began there where it was by that and not by a price, else 0.
        """
        minutes, hours = _closes(history, MINUTE), _closes(history, HOUR)
        last = baskets.prices.price.copy()
        at = rows.at
        row, minute, turned = _run(
            begin, end, rows.asset, at, rows.price, last, self._ptr, self._holder, self._slope,
            self._rules, self._slots, minutes, hours, self.minute,
        )  # fmt: skip
        if turned and minute % _DAY == 0:  # what stays for a day is another one
            found = self._rows_left()
            self.minute = -1
            return row, [*found, *self.turn(minute, baskets, history)], minute
        self.minute = minute
        return row, self._rows_left(), minute if turned else 0

    def _rows_left(self) -> list[int]:
        found = self.rows[self._slots.left].tolist()
        self._slots.left[:] = False
        return list(found)


def _closes(history: History, grid: int) -> _Closes:
    ring = history.rings[grid]
    return _Closes(ring.count, ring.minute, ring.level)


def _anchored(period: str) -> tuple[int, int]:
    """The grid and span of a period whose anchor moves within a day; 0 and 0 of others."""
    if period in ("", "inception") or anchor_grid(period) == DAY:
        return 0, 0
    grid = anchor_grid(period)
    return grid, 10_000 * DAY - anchor(period, 10_000 * DAY)


@uncounted
def _set_band(s: int, rules: NDArray[Any], slots: _Slots) -> None:
    """The open interval of levels in which no rule of slot s changes; empty where a return came or
    went with its anchor."""
    low, high = -np.inf, np.inf
    for k in range(slots.ptr[s], slots.ptr[s + 1]):
        rule = rules[k]
        if rule.kind == LEVEL:
            a, b = rule.low, rule.high
        elif rule.kind == FALL:
            a, b = slots.peak[s] * (1.0 - rule.high), slots.peak[s] * (1.0 - rule.low)
        elif rule.base != rule.base:
            continue
        else:
            a, b = rule.base * (1.0 + rule.low), rule.base * (1.0 + rule.high)
        low, high = max(low, a), min(high, b)
    slots.low[s] = low + _MARGIN * abs(low) if low > -np.inf else low
    slots.high[s] = high - _MARGIN * abs(high) if high < np.inf else high


@uncounted
def _turn(
    minute: int,
    rules: NDArray[Any],
    slots: _Slots,
    minutes: _Closes,
    hours: _Closes,
    everything: bool,
) -> bool:
    """What returns start from in this minute, and which slots are out of their bands by it."""
    any_left = False
    for s in range(slots.level.shape[0]):
        if not (slots.has_return[s] or everything):
            continue
        came_or_went = False
        for k in range(slots.ptr[s], slots.ptr[s + 1]):
            if rules[k].kind != RETURN or rules[k].grid == 0:
                continue
            grid, i, was = rules[k].grid, rules[k].place, rules[k].base
            start = (minute * MINUTE - rules[k].span) // grid * grid // MINUTE
            if grid == MINUTE:
                at, level = close_at(start, minutes.came[i], minutes.minute[i], minutes.level[i])
                if rules[k].span == HOUR and at <= start - HOUR // MINUTE:
                    level = np.nan
            else:
                _, level = close_at(start, hours.came[i], hours.minute[i], hours.level[i])
            rules[k].base = level
            came_or_went |= (level == level) != (was == was)
        _set_band(s, rules, slots)
        if came_or_went or not slots.low[s] < slots.level[s] < slots.high[s]:
            slots.left[s] = any_left = True
    return any_left


@uncounted
def _run(
    begin: int,
    end: int,
    asset: I64,
    at: I64,
    price: F64,
    last: F64,
    ptr: I64,
    holder: I64,
    slope: F64,
    rules: NDArray[Any],
    slots: _Slots,
    minutes: _Closes,
    hours: _Closes,
    minute: int,
) -> tuple[int, int, bool]:
    """`Guard.run`: where it stopped, the minute there, and whether that was by its turn."""
    row = begin
    while row < end:
        now = at[row]
        if (now - 1) // MINUTE > minute:  # minutes that began before this instant
            minute = (now - 1) // MINUTE
            left = _turn(minute, rules, slots, minutes, hours, False)
            if left or minute % _DAY == 0:
                return row, minute, True
        left, turns = False, now // MINUTE > minute
        if turns:  # with this instant
            minute = now // MINUTE
            left = _turn(minute, rules, slots, minutes, hours, False)
        first, touched = row, 0
        while row < end and at[row] == now:
            a = asset[row]
            change = price[row] - last[a]
            last[a] = price[row]
            for j in range(ptr[a], ptr[a + 1]):
                slots.level[holder[j]] += slope[j] * change
            touched += ptr[a + 1] - ptr[a]
            row += 1
        if turns or touched > slots.level.shape[0]:  # each once is less than those of each price
            for s in range(slots.level.shape[0]):
                left |= _look(s, rules, slots)
        else:
            for k in range(first, row):
                for j in range(ptr[asset[k]], ptr[asset[k] + 1]):
                    left |= _look(holder[j], rules, slots)
        if left:
            return row, minute, False
    return row, minute, False


@inlined
def _look(s: int, rules: NDArray[Any], slots: _Slots) -> bool:
    """Whether slot s has left its band; follows its peak, and the worst of what is open."""
    level = slots.level[s]
    if level > slots.peak[s]:
        slots.peak[s] = level
        _set_band(s, rules, slots)
    for k in range(slots.ptr[s], slots.ptr[s + 1]):
        if rules[k].sign != 0.0:
            _keep_worst(rules[k], level, slots.peak[s])
    if slots.low[s] < slots.level[s] < slots.high[s]:
        return False
    slots.left[s] = True
    return True


@inlined
def _keep_worst(rule: Any, level: float, peak: float) -> None:
    if rule.kind == LEVEL:
        figure = level
    elif rule.kind == FALL:
        figure = (peak - level) / peak
    else:
        figure = level / rule.base - 1.0
    if not rule.worst * rule.sign >= figure * rule.sign:
        rule.worst = figure
