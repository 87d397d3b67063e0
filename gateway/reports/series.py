"""What a report draws over time: levels, figures, and the words that held for a while."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from engine.index.definition import price_key
from engine.types import DAY, HOUR, MINUTE, SECOND
from gateway.api.history import Asked, figure_columns
from gateway.api.tables import time_texts
from gateway.comparing import ComparedCloses
from gateway.past import Past
from gateway.reports.distribution import distribution
from gateway.wire import rfc3339
from streams.sinks.reader import Columns, fitting_step

LEVELS = 2500
"""Points of a level, over all indices of a report: six years of days. With the others and the
charts' program that keeps a page below a MB."""
FIGURES = 400
"""The same of the figures that are drawn, of which there are a dozen."""
FEW_DAYS = 14 * DAY
"""Up to so long a time figures are those of hours, and bars that are compared, too."""
_FEW = 4
"""A quarter of fewer points than that says nothing of how far they usually are apart."""
_OWN = (DAY, HOUR)
"""The return intervals whose bars are kept for ever."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A series to be drawn over [begin, end] (ns), among so many `indices` of a report."""

    past: Past
    index: str
    definition: Mapping[str, Any]
    snapshot: Mapping[str, Any]
    status: str | None
    begin: int
    end: int
    now: int
    indices: int

    def step(self) -> int:
        """From one point of the level to the next."""
        base = fitting_step(self.begin, self.end)
        most = max(LEVELS // self.indices, 100)
        return base * max(-(-(self.end - self.begin) // (base * most)), 1)


def series_of(drawn: Drawn, patterns: Sequence[str]) -> dict[str, Any]:
    """Level, benchmarks, figures, words and the distribution of returns; `patterns` are paths of
    figures with `*` for any benchmark. Raises ApiProblem, TablesError, duckdb.Error."""
    step = drawn.step()
    columns, open_from, missing = _candles(drawn, drawn.index, step)
    if (wider := widest_gap(columns["time"], step)) > step:
        step = wider
        columns, open_from, missing = _candles(drawn, drawn.index, step)
    starts = columns["time"]
    benchmarks = list((drawn.snapshot.get("benchmarks") or {}).keys())
    numbers, words = _figures(drawn, list(_filled(patterns, benchmarks)))
    return {
        "step": step // SECOND,
        "open_from": None if open_from is None else rfc3339(open_from),
        "missing": [{"from": rfc3339(since), "to": rfc3339(to)} for since, to in missing],
        "level": {
            "at": time_texts(starts),
            "close": columns["close"].tolist(),
            "peak": _known(columns["peak"]),
        },
        "benchmarks": {name: _beside(drawn, name, step, starts) for name in benchmarks},
        "figures": numbers,
        "words": words,
        "distribution": _distribution(drawn),
    }


def widest_gap(times: Any, step: int) -> int:
    """From one candle to the next (ns) where they stand farthest apart: what was filled in from
    days and went on live must not change its step within a chart. Of each quarter of the time the
    usual gap, so that an outage counts for nothing, nor does a quarter that has no usual one; as
    a length that is kept, or whole days."""
    if len(times) < 2:
        return step
    edges = np.linspace(times[0], times[-1], 5)
    quarters = (times[(times >= a) & (times <= b)] for a, b in pairwise(edges))
    gaps = [_usual(np.diff(quarter)) for quarter in quarters if len(quarter) >= _FEW]
    widest = max((gap for gap in gaps if gap is not None), default=step)
    if widest <= step:
        return step
    return next((kept for kept in (MINUTE, HOUR) if widest <= kept), -(-widest // DAY) * DAY)


def _usual(gaps: Any) -> int | None:
    """The gap that most of them are; None where there is none."""
    usual = int(np.median(gaps))
    return usual if 2 * np.count_nonzero(gaps == usual) > len(gaps) else None


def _candles(drawn: Drawn, series: str, step: int) -> Any:
    begin = max(drawn.begin - step, 0)  # the candle that ends at the beginning
    return drawn.past.candles(series, begin, drawn.end, step, drawn.now)


def _beside(drawn: Drawn, name: str, step: int, starts: Any) -> list[float | None]:
    """The closes of a benchmark at the times of the level's; null where it has none."""
    for series in series_named(name, drawn.definition):
        columns = _candles(drawn, series, step).columns
        if len(columns["time"]):
            closes = dict(zip(columns["time"].tolist(), columns["close"].tolist(), strict=True))
            return [closes.get(start) for start in starts.tolist()]
    return [None] * len(starts)


def series_named(name: str, definition: Mapping[str, Any]) -> list[str]:
    """The kept series that a benchmark may be: an index, or an asset as the index prices it."""
    key = f"asset:{price_key(name, definition.get('kinds') or ['spot'])}"
    return list(dict.fromkeys((name, key, f"asset:{name}")))


def _known(column: Any) -> list[float | None]:
    return [None if value != value else value for value in column.tolist()]


def _filled(patterns: Sequence[str], benchmarks: Sequence[str]) -> Iterator[str]:
    for pattern in patterns:
        if "*" in pattern:
            yield from (pattern.replace("*", name) for name in benchmarks)
        else:
            yield pattern


def _figures(drawn: Drawn, paths: list[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Figures that are numbers, thinned; and words, as the times over which they held."""
    step = DAY if drawn.end - drawn.begin > FEW_DAYS else HOUR
    columns = kept_figures(drawn, drawn.begin, drawn.end + 1, step, paths)
    times = columns["time"]
    every = max(-(-len(times) // max(FIGURES // drawn.indices, 60)), 1)
    shown = np.arange(len(times) - 1, -1, -every)[::-1]
    numbers: dict[str, Any] = {"at": time_texts(times[shown]), "columns": {}}
    words = {}
    for path, column in columns.items():
        if path == "time":
            continue
        if column.dtype == object:
            words[path] = _runs(times.tolist(), column.tolist())
        elif len(known := column[~np.isnan(column)]):
            if np.all(known == known[0]) and len(known) == len(column):
                numbers["columns"][path] = [float(known[0])]
            else:
                numbers["columns"][path] = _known(column[shown])
    return numbers, words


def kept_figures(drawn: Drawn, begin: int, end: int, step: int, paths: list[str]) -> Columns:
    """Figures as `/v1/indices/{id}/history` tells them, of those paths that are kept or known now;
    none is all of them."""
    now = set(_flat(drawn.snapshot)) | {"status"}
    known = now | set(drawn.past.paths(begin, end, step))
    chosen = sorted(known) if not paths else [path for path in paths if path in known]
    asked = Asked(
        past=drawn.past,
        series=drawn.index,
        begin=begin,
        end=end,
        step=step,
        paths=chosen,
        now=drawn.now,
        status=drawn.status,
        snapshot=drawn.snapshot,
    )
    return figure_columns(asked, begin, end, step)[0]


def _flat(body: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for name, value in body.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        elif not isinstance(value, list):
            yield f"{prefix}{name}"


def _runs(times: list[int], values: list[Any]) -> list[dict[str, Any]]:
    """Words with the times from which and until which each held; a null is none."""
    found = list[dict[str, Any]]()
    before = None
    for at, value in zip(times, values, strict=True):
        if found and before is not None:
            found[-1]["to"] = rfc3339(at)
        if value is not None and value != before:
            found.append({"from": rfc3339(at), "to": rfc3339(at), "value": value})
        before = value
    return found


def _distribution(drawn: Drawn) -> dict[str, Any]:
    """Of the returns of days, or of the index's own bars where these are kept for ever."""
    interval = int(drawn.definition.get("return_interval") or DAY)
    step = interval if interval in _OWN else DAY
    columns, open_from, _ = _candles(drawn, drawn.index, step)
    closed = columns["time"] < (drawn.now if open_from is None else open_from)
    one = ComparedCloses(drawn.index, columns["time"][closed] + step, columns["close"][closed])
    found = distribution(one, step)
    return {"step": step // SECOND, "is_return_interval": step == interval, **found}


PATH = re.compile(r"[A-Za-z0-9_.*@+:-]+")
"""Of a card that is of a place in the snapshot: there are cards of methods and alerts, too."""
