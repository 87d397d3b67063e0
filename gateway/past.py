"""The past of a series: what the tables have, and where they end what memory has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.types import DAY, HOUR, MINUTE, SECOND
from gateway.recent import Candle, Recent
from streams.sinks import tables
from streams.sinks.reader import CANDLE, Columns, TableReader, TablesError
from streams.sinks.tables import CANDLES

LATEST = 7_258_118_400 * SECOND
"""2200, behind all that a log may hold."""
_SPANS = (DAY, HOUR, MINUTE, SECOND)
"""The lengths of candles that are kept, the longest first: each is made of the next."""
_LAST_DAYS = 2
"""Files of minutes in which a series is that has no hour yet."""
_UNEVEN = 2
"""So many of its candles may a series in the tables be behind others: partitions are written one
after the other."""


class SeriesCandles(NamedTuple):
    """`columns` are `time` (start, ns) and `CANDLE`. `open_from` is the start of the last one where
    that is not over yet. `missing` are times (ns) of which nothing is known here yet: written too
    late for the tables, and too early for this process to have seen it."""

    columns: Columns
    open_from: int | None
    missing: list[tuple[int, int]]


class Past:
    """What is known of the past; for use from several threads."""

    def __init__(self, reader: TableReader, recent: Recent) -> None:
        self.reader, self._recent = reader, recent

    def candles(self, series: str, begin: int, end: int, step: int, now: int) -> SeriesCandles:
        """Candles of this length (ns) that start in [begin, end), the open one included; `now` is
        the log's time. Raises TablesError.

        A length is made of the largest one kept that it is a multiple of; where that ends, of the
        next smaller one, and so on down to what memory has.
        """
        kept = next((span for span in _SPANS if step >= span and step % span == 0), None)
        if kept is None:
            raise TablesError("step: candles are of whole seconds, as 1s, 5m, 4h or 1d")
        if begin >= end:
            raise TablesError("from: it is not before `to`")
        if step != kept:
            begin -= begin % step  # a candle is told whole or not at all
        parts, at = list[Columns](), begin
        known, hole = 0, None  # until when all is told, and what is not
        for span in (s for s in _SPANS if s <= kept):
            if at >= end:
                break
            rows = self._rows(series, span, at, end)
            parts.append(rows)
            if len(rows["time"]):
                at = int(rows["time"][-1]) + span
            if written := self.reader.written(CANDLES[span]):
                at = max(at, written + span - _UNEVEN * span)
                known = max(known, written + span)
            since = self._recent.since(series, span)
            if since is not None and 0 < known < since:
                hole = hole or (known, since)
            elif since is not None:
                known = max(known, at)
        columns = _joined(parts, begin, step)
        last = min(hole[0], end) if hole else end
        told = np.concatenate([part["time"] for part in parts])
        missing = self._missing(series, (begin, end, last), step, kept, told)
        columns = _without(columns, step, missing)
        if hole and hole[0] < end and hole[1] > begin:
            missing.append(hole)
        times = columns["time"]
        is_open = len(times) > 0 and int(times[-1]) + step > now
        return SeriesCandles(columns, int(times[-1]) if is_open else None, missing)

    def _lost(
        self, series: str, begin: int, end: int, step: int, kept: int
    ) -> tuple[int, int] | None:
        """The first part of [begin, end) where the series had candles, as longer ones show, and
        those of the length `kept` are there no more; to the end of a candle of `step` that it cuts.
        """
        starts = [self._first(series, span) for span in _SPANS if span <= kept]
        first = min((start for start in starts if start is not None), default=end)
        longer = ((self._first(series, span), span) for span in _SPANS if span > kept)
        before = [start for start, span in longer if start is not None and start + span <= first]
        if begin >= first or not before:
            return None
        since, to = max(begin, min(before)), min(-(-first // step) * step, end)
        return (since, to) if since < to else None

    def _missing(
        self,
        series: str,
        times: tuple[int, int, int],
        step: int,
        kept: int,
        told: NDArray[np.int64],
    ) -> list[tuple[int, int]]:
        """The parts of a time, to whole candles of `step`, of which there once were candles of the
        length `kept`, as the next longer ones show, and are none among those that start at `told`.
        `times` are its begin, its end, and until when that can be known."""
        begin, end, last = times
        lost = self._lost(series, begin, end, step, kept)
        missing = [lost] if lost else []
        for since, to in self._holes(series, lost[1] if lost else begin, last, kept, told):
            since, to = max(since // step * step, begin), min(-(-to // step) * step, end)
            if missing and since <= missing[-1][1]:
                missing[-1] = missing[-1][0], max(to, missing[-1][1])
            elif since < to:
                missing.append((since, to))
        return missing

    def _holes(
        self, series: str, begin: int, end: int, kept: int, told: NDArray[np.int64]
    ) -> list[tuple[int, int]]:
        """The whole longer candles within [begin, end) without any of the length `kept`, whose
        starts are `told`: their file is lost, or what they were made of was gone before they were.

        (Where the only price of an index in a minute came in the last tenth of its last second, it
        may count to the second behind it: such a minute is told, too, though nothing is missing.)
        """
        longer = min((span for span in _SPANS if span > kept), default=None)
        edges = np.concatenate(([begin], told[(told >= begin) & (told < end)], [end]))
        if longer is None or not len(wide := np.flatnonzero(np.diff(edges) >= longer)):
            return []  # as nearly always: so nothing is read
        first, last = int(edges[wide[0]]), int(edges[wide[-1] + 1])
        first = -(-first // longer) * longer
        if first + longer > last:
            return []
        starts = self._rows(series, longer, first, last)["time"]
        bare = np.setdiff1d(starts[starts + longer <= last], told // longer * longer)
        runs = np.split(bare, np.flatnonzero(np.diff(bare) != longer) + 1) if len(bare) else []
        return [(int(run[0]), int(run[-1]) + longer) for run in runs]

    def _first(self, series: str, span: int) -> int | None:
        kept, held = self.reader.first(CANDLES[span], series), self._recent.since(series, span)
        return min((start for start in (kept, held) if start is not None), default=None)

    def figures_lost(self, series: str, begin: int, end: int, step: int) -> list[tuple[int, int]]:
        """The first part of [begin, end) of which figures are kept for days and no more for hours,
        as `missing` tells it."""
        if step != HOUR:
            return []
        first = self.reader.first(tables.FIGURES_HOURLY, series)
        since = self.reader.first(tables.FIGURES_DAILY, series)
        to = end if first is None else min(first, end)
        since = to if since is None else max(since, begin)
        return [(since, to)] if since < to else []

    def _rows(self, series: str, span: int, begin: int, end: int) -> Columns:
        """Candles of a kept length: of the tables, and behind these of memory."""
        kept = self.reader.candles(series, begin, end, span)
        last = int(kept["time"][-1]) if len(kept["time"]) else begin - 1
        newest = _columns(self._recent.candles(series, span, max(begin, last + 1), end))
        return {name: np.concatenate((kept[name], newest[name])) for name in newest}

    def newest(self, series: str) -> int | None:
        """The end of the last candle that is known of a series; None of none."""
        ends = [self.reader.newest(series)]
        for span in _SPANS:
            held = self._recent.candles(series, span, 0, LATEST)
            ends += [held[-1][0] + span] if held else []
        return max((end for end in ends if end is not None), default=None)

    def oldest(self, series: str) -> int | None:
        """The start of the first candle that is known of a series; None of none."""
        starts = [self.reader.oldest(series)]
        starts += [self._recent.since(series, span) for span in _SPANS]
        return min((start for start in starts if start is not None), default=None)

    def first_and_last(self) -> dict[str, tuple[int, int]]:
        """Of each series the time (ns) of its first and behind its last candle, to the hour where
        it has an hour."""
        found = {
            series: (first, last + MINUTE)
            for series, (first, last) in self.reader.spans(tables.MINUTES, _LAST_DAYS).items()
        }
        for series, (first, last) in self.reader.spans(tables.HOURS).items():
            begun, ended = found.get(series, (first, last + HOUR))
            found[series] = min(begun, first), max(ended, last + HOUR)
        return found

    def figures(
        self, series: str, begin: int, end: int, step: int, paths: Sequence[str]
    ) -> Columns:
        """Figures as they stood at the ends of hours or days in [begin, end); one that no kept
        snapshot has is undefined throughout. Raises TablesError."""
        table = {HOUR: tables.FIGURES_HOURLY, DAY: tables.FIGURES_DAILY}.get(step)
        if table is None:
            raise TablesError("step: figures are kept at the ends of hours and days: 1h or 1d")
        if begin >= end:
            raise TablesError("from: it is not before `to`")
        known = set(self.reader.paths(table, begin, end))
        asked = [path for path in paths if path in known]
        if not known:
            return {"time": np.zeros(0, np.int64), **{path: np.zeros(0) for path in paths}}
        found = self.reader.figures(series, begin, end, step, asked or ["level"])
        rows = len(found["time"])
        return {
            "time": found["time"],
            **{path: found.get(path, np.full(rows, np.nan)) for path in paths},
        }

    def rebalances(self, index: str) -> list[dict[str, Any]]:
        """What an index held at each rebalance, the oldest first: `rebalanced_at` and `as_of` (ns),
        `assets` with `weight`, `price` and `contribution_today`. Raises duckdb.Error."""
        rows = self.reader.compositions(index, 0, LATEST)
        found = list[dict[str, Any]]()
        names = ("rebalanced_at", "time", "asset", "target", "price", "contribution_today")
        for at, as_of, asset, *values in zip(*(rows[n].tolist() for n in names), strict=True):
            if not found or found[-1]["rebalanced_at"] != at:
                found.append({"rebalanced_at": at, "as_of": as_of, "assets": {}})
            held = (None if value is None or value != value else value for value in values)
            told = zip(("weight", "price", "contribution_today"), held, strict=True)
            found[-1]["assets"][asset] = dict(told)
        return found

    def paths(self, begin: int, end: int, step: int) -> list[str]:
        """The figures that are kept of this time."""
        table = tables.FIGURES_HOURLY if step == HOUR else tables.FIGURES_DAILY
        return self.reader.paths(table, begin, end)


def _without(columns: Columns, step: int, missing: Sequence[tuple[int, int]]) -> Columns:
    """The candles that lie in none of these times, which are in order and apart."""
    if not missing:
        return columns
    times = columns["time"]
    ends = np.array([to for _, to in missing])
    next_one = np.minimum(np.searchsorted(ends, times, side="right"), len(missing) - 1)
    begins = np.array([since for since, _ in missing])[next_one]
    told = (times + step <= begins) | (times >= ends[next_one])
    return {name: column[told] for name, column in columns.items()}


def _columns(candles: Sequence[Candle]) -> Columns:
    if not candles:
        return {"time": np.zeros(0, np.int64), **{name: np.zeros(0) for name in CANDLE}}
    times, *values = zip(*candles, strict=True)
    found: Columns = {"time": np.array(times, dtype=np.int64)}
    return found | {n: np.array(v, dtype=np.float64) for n, v in zip(CANDLE, values, strict=True)}


def _joined(parts: Sequence[Columns], begin: int, step: int) -> Columns:
    """Candles of ever shorter lengths, one behind the other, as candles of `step`."""
    rows = {name: np.concatenate([part[name] for part in parts]) for name in ("time", *CANDLE)}
    rows["peak"] = rows["peak"].astype(np.float64)
    starts = rows["time"] // step * step
    if not len(starts):
        return rows
    firsts: NDArray[np.int64] = np.flatnonzero(np.r_[True, starts[1:] != starts[:-1]])
    lasts = np.r_[firsts[1:], len(starts)] - 1
    return {
        "time": starts[firsts],
        "open": rows["open"][firsts],
        "high": np.maximum.reduceat(rows["high"], firsts),
        "low": np.minimum.reduceat(rows["low"], firsts),
        "close": rows["close"][lasts],
        "peak": np.fmax.reduceat(rows["peak"], firsts),
    }
