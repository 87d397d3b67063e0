"""Levels at the start of every calendar month (UTC), and the returns of months and years."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping
from itertools import pairwise
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numba import njit

from engine.kept import SLOT, Slotted
from engine.metrics.machinery.asked import Definition
from engine.metrics.machinery.bars import BEGINNINGS
from engine.metrics.machinery.card import Card, Example
from engine.metrics.machinery.family import CLOSES, Family, MovingFigures, Placed, StateTable
from engine.metrics.machinery.history import DayClose
from engine.metrics.machinery.parts import CALENDAR_MONTHS, CALENDAR_YEARS
from engine.metrics.machinery.reading import Reading
from engine.periods import month_of, month_start
from engine.readings import ZERO_RETURN, Column, Undefined, column, settled
from engine.table import F64, I64, Bool, Table
from engine.types import DAY


class MonthStarts(Table):
    """Per basket: its first month (`engine.periods.month_of`; 0 is none yet), the level at its
    inception and at the start of each month since, and the level at the last daily close.

    A level is NaN where the basket had begun before its row was kept; so is `close` at first.
    """

    COLUMNS: ClassVar = {
        "first": ("i8", (), 0),
        "n": ("i8", (), 0),
        "starts": ("f8", (16,), 0.0),
        "close": ("f8", (), np.nan),
    }
    first: I64
    n: I64
    starts: F64
    close: F64

    def update(self, end: int, started: Bool, levels: F64, base_at: I64, base_level: F64) -> None:
        """Take the daily close at `end` of every row.

        No price came between the close before and the day that ends now, so months that began in
        between began at that close.
        """
        month = month_of(end)
        for i in np.flatnonzero(started & (self.n == 0)).tolist():
            known = int(base_at[i]) > end - DAY
            self.first[i] = month_of(int(base_at[i])) if known else month_of(end - 1)
            self.starts[i, 0] = base_level[i] if known else np.nan
            self.n[i], self.close[i] = 1, base_level[i] if known else np.nan
        needed = int((month - self.first + 1)[started].max(initial=0))
        while self.starts.shape[1] < needed:
            self.starts = np.pad(self.starts, ((0, 0), (0, self.starts.shape[1])))
        on_start = month_start(month) == end
        _fill(month, on_start, started, levels, self.first, self.n, self.starts, self.close)


@njit(cache=True)
def _fill(
    month: int,
    on_start: bool,
    started: Bool,
    levels: F64,
    first: I64,
    n: I64,
    starts: F64,
    close: F64,
) -> None:
    for i in range(n.shape[0]):
        if not started[i]:
            continue
        while first[i] + n[i] <= month:
            now = on_start and first[i] + n[i] == month
            starts[i, n[i]] = levels[i] if now else close[i]
            n[i] += 1
        close[i] = levels[i]


class Span(NamedTuple):
    """A calendar period of a basket: its name, first month and the level at its start."""

    period: str
    month: int
    start: float


class Months:
    """The months of one basket up to an instant."""

    def __init__(
        self, table: MonthStarts, row: int, as_of: int, base_at: int, base_level: float
    ) -> None:
        if table.n[row]:
            self.first, self.starts = int(table.first[row]), table.starts[row].tolist()
            del self.starts[int(table.n[row]) :]
        else:  # no daily close yet
            self.first, self.starts = month_of(base_at), [base_level]
        missing = month_of(as_of) - self.first + 1 - len(self.starts)
        self.starts += [float(table.close[row])] * missing
        # What begins later in its first month has no level yet when that month begins.
        self.known = 0 if base_at <= month_start(self.first) else 1

    def months(self) -> list[Span]:
        """Every month, the one that lasts as the last."""
        named = enumerate(self.starts, self.first)
        return [Span(f"{m // 12:04}-{m % 12 + 1:02}", m, start) for m, start in named]

    def years(self) -> list[Span]:
        """Every year, the first one from the inception on."""
        return [
            Span(month.period[:4], month.month, month.start)
            for k, month in enumerate(self.months())
            if k == 0 or month.month % 12 == 0
        ]

    def start_of(self, month: int) -> float:
        """The level at 00:00 of a month's first day; NaN where it is not known."""
        place = month - self.first
        return self.starts[place] if self.known <= place < len(self.starts) else float("nan")


def returns(spans: list[Span], level: float) -> list[float]:
    """Return over each period, the last one up to `level`; NaN where a start is not known."""
    ends = [span.start for span in spans[1:]] + [level]
    return [_change(end, span.start) for span, end in zip(spans, ends, strict=True)]


def excess(own: list[float], starts: list[float]) -> list[float]:
    """Each return of `own` less the benchmark's over the same period, from its levels at their
    starts and at the end of the last one; NaN where unknown."""
    return [r - _change(end, start) for r, (start, end) in zip(own, pairwise(starts), strict=True)]


def _change(end: float, start: float) -> float:
    change = end / start - 1.0
    return 0.0 if abs(change) < ZERO_RETURN else change


def entries(spans: list[Span], own: list[float], over: dict[str, list[float]]) -> list[Any]:
    """The snapshot's list: period, return, and excess over each benchmark; null where NaN."""
    return [
        _entry(span, r, {name: values[k] for name, values in over.items()})
        for k, (span, r) in enumerate(zip(spans, own, strict=True))
    ]


def _entry(span: Span, own: float, over: Mapping[str, float]) -> dict[str, Any]:
    excess = {name: _known(value) for name, value in over.items()}
    return {"period": span.period, "return": _known(own), "excess": excess}


def _known(value: float) -> float | None:
    return value if value - value == 0.0 else None


MONTHS = StateTable("months", CLOSES, MonthStarts)


def _close_day(day: DayClose) -> None:
    levels = (day.started, day.levels, day.base_at, day.base_level)
    day.history[MONTHS].update(day.end, *levels)


class _Past(NamedTuple):
    """What stays of the months, or years, of an index until a day closes: the entries that have
    ended, the reasons of their nulls, the one that lasts, and the levels of the benchmarks at its
    start."""

    entries: list[Any]
    reasons: dict[str, str]
    last: Span
    starts: dict[str, float]


class _Lasting(NamedTuple):
    """The months, or years, that last: the past of each index, and of each number its basket's row,
    the level at the start, and the place of the index's own return, of which this is the excess.
    The numbers of index k begin at `begins[k]`: its return, and its excess over each benchmark."""

    past: list[_Past | None]
    row: I64
    start: F64
    own: I64
    begins: list[int]


_KINDS = ("months", "years")


def _lasting(reading: Reading, kind: int) -> _Lasting:
    both: tuple[_Lasting, _Lasting] = reading.once(
        ("calendar", ""), reading.closed, lambda: _both_lasting(reading)
    )
    return both[kind]


def _both_lasting(reading: Reading) -> tuple[_Lasting, _Lasting]:
    started = reading.baskets.levels.started[reading.laid.row].tolist()
    pasts = [
        _past(reading, definition) if begun else (None, None)
        for definition, begun in zip(reading.laid.definitions, started, strict=True)
    ]
    months, years = (_laid_out(reading, [past[kind] for past in pasts]) for kind in range(2))
    return months, years


def _laid_out(reading: Reading, pasts: list[_Past | None]) -> _Lasting:
    rows, starts, own, begins = list[int](), list[float](), list[int](), list[int]()
    for definition, past in zip(reading.laid.definitions, pasts, strict=True):
        begins.append(len(rows))
        if past is not None:
            benchmarks = reading.benchmarks[definition.id]
            ids = [definition.id, *(benchmarks[name] for name in past.starts)]
            rows += [reading.baskets.row[basket] for basket in ids]
            starts += [past.last.start, *past.starts.values()]
            own += [begins[-1]] * len(ids)
    places = (np.array(found, dtype=np.int64) for found in (rows, own))
    row, mine = places
    return _Lasting(pasts, row, np.array(starts), mine, begins)


def _reader(kind: int) -> Callable[[Reading], Column]:
    def numbers(reading: Reading) -> Column:
        lasting, levels = _lasting(reading, kind), reading.baskets.levels
        level = np.where(levels.started[lasting.row], levels.level[lasting.row], np.nan)
        change = settled(level / lasting.start - 1.0)
        is_own = lasting.own == np.arange(len(change))
        values = np.where(is_own, change, change[lasting.own] - change)
        lost = ~np.isfinite(values)
        return column(values, (lost & is_own, "unobserved"), (lost, "too_short"))

    return numbers


def _placer(kind: int) -> Callable[[Reading, int, int | None], Placed]:
    name = _KINDS[kind]

    def place(reading: Reading, index: int, _: int | None) -> Placed:
        lasting = _lasting(reading, kind)
        past = lasting.past[index]
        assert past is not None
        period = past.last.period
        last = {"period": period, "return": SLOT, "excess": dict.fromkeys(past.starts, SLOT)}
        path = f"calendar.{name}.{period}"
        paths = [f"{path}.return", *(f"{path}.excess.{other}" for other in past.starts)]
        begin = lasting.begins[index]
        places = np.arange(begin, begin + len(paths))
        return Placed(Slotted({name: [*past.entries, last]}), paths, places, past.reasons)

    return place


def _stamps(reading: Reading) -> list[Hashable]:
    return [reading.closed] * len(reading.laid.definitions)


def _past(reading: Reading, definition: Definition) -> tuple[_Past, _Past]:
    """Its months and its years."""
    benchmarks = reading.benchmarks[definition.id]
    begun = {name: _begun(reading, definition, basket) for name, basket in benchmarks.items()}
    own = _months(reading, definition.id)
    others = {name: _months(reading, basket) for name, basket in benchmarks.items()}
    found = []
    for kind, spans in zip(_KINDS, (own.months(), own.years()), strict=True):
        r = returns(spans, math.nan)[:-1]
        starts = {
            name: [begun[name], *(other.start_of(span.month) for span in spans[1:])]
            for name, other in others.items()
        }
        over = {name: excess(r, levels) for name, levels in starts.items()}
        before, reasons = entries(spans[:-1], r, over), Undefined()
        _explain(kind, before, reasons)
        last = {name: levels[-1] for name, levels in starts.items()}
        found.append(_Past(before, reasons.reasons, spans[-1], last))
    return found[0], found[1]


def _begun(reading: Reading, definition: Definition, basket: str) -> float:
    """The level of a benchmark when the index began, NaN where it began later."""
    stats = reading.stats[definition.return_interval]
    return stats[BEGINNINGS].level.item(stats.pair_row[definition.id, basket])


def _months(reading: Reading, basket: str) -> Months:
    lv, row = reading.baskets.levels, reading.baskets.row[basket]
    base_at = int(lv.inception[row]) if lv.started[row] else reading.as_of
    base = float(lv.base_level[row]) if lv.started[row] else float("nan")
    history = reading.history
    return Months(history[MONTHS], history.kept[basket], reading.as_of, base_at, base)


def _explain(kind: str, entries: list[dict[str, Any]], undefined: Undefined) -> None:
    for entry in entries:
        path = f"calendar.{kind}.{entry['period']}"
        if entry["return"] is None:
            undefined.reasons[f"{path}.return"] = "unobserved"
        for name, value in entry["excess"].items():
            if value is None:
                undefined.reasons[f"{path}.excess.{name}"] = "too_short"


FAMILY = Family(
    "Returns",
    cards=(
        *(
            Card(
                f"calendar.{kind}.*.return",
                f"level at the end of the {what} (or now) / level at its beginning (or at the "
                "inception) − 1, UTC",
                "fraction",
                "unobserved: the index ran before months were kept",
                sign="a gain is positive",
                example=Example("growth", f"calendar.{kind}.{period}.return", value, how),
                order=order,
                better="higher",
            )
            for kind, what, period, value, how, order in (
                ("months", "month", "2024-01", 1.001**31 - 1, "1.001^31 − 1", 2200),
                ("years", "year", "2024", 1.001**366 - 1, "1.001^366 − 1", 2201),
            )
        ),
        *(
            Card(
                f"calendar.{kind}.*.excess.*",
                "return − the benchmark's over the same time",
                "fraction",
                "too_short: the benchmark began later, or (the first one) was named later; "
                "unobserved",
                sign="ahead of the benchmark is positive",
                example=Example("growth", f"calendar.{kind}.{period}.excess.B", value, how),
                order=order,
                better="higher",
            )
            for kind, period, value, how, order in (
                ("months", "2024-01", 1.001**31 - 1.0005**31, "1.001^31 − 1.0005^31", 2210),
                ("years", "2024", 1.001**366 - 1.0005**366, "1.001^366 − 1.0005^366", 2211),
            )
        ),
    ),
    states=(MONTHS,),
    close_day=_close_day,
    figures=tuple(
        MovingFigures(part, _reader(kind), _placer(kind), _stamps)
        for kind, part in enumerate((CALENDAR_MONTHS, CALENDAR_YEARS))
    ),
)
