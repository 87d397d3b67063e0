"""Drawdowns over every instant, and over the levels at 00:00 UTC."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from engine.index.kernel import is_deeper, is_under
from engine.index.kernel_arrays import EPISODES, PATH
from engine.kept import SLOT, Slotted
from engine.metrics.machinery.asked import BasketView
from engine.metrics.machinery.card import LOSS, Card, Example
from engine.metrics.machinery.family import CLOSES, Family, MovingFigures, Placed, StateTable
from engine.metrics.machinery.history import DayClose
from engine.metrics.machinery.moving import flat, placed_names
from engine.metrics.machinery.parts import DRAWDOWN
from engine.metrics.machinery.reading import Reading
from engine.readings import ZERO_RETURN, Column, Undefined, column, seconds, settled
from engine.table import F64, I64, Bool, Table
from engine.types import DAY, SECOND


class DailyPath(Table):
    """Drawdown over the levels at 00:00 UTC: their peak, and the deepest fall from it."""

    COLUMNS: ClassVar = {"peak": ("f8", (), 0.0), "deepest": ("f8", (), 0.0)}
    peak: F64
    deepest: F64


DAILY = StateTable("daily", CLOSES, DailyPath)


def _close_day(day: DayClose) -> None:
    d, rows, levels = day.history[DAILY], day.rows, day.levels[day.rows]
    d.peak[rows] = np.maximum(d.peak[rows], levels)
    fall = (d.peak[rows] - levels) / d.peak[rows]
    d.deepest[rows] = np.maximum(d.deepest[rows], settled(fall))


def _stands(reading: Reading) -> tuple[NDArray[Any], F64, Bool]:
    """Of each index its path and its level, and whether that is under water."""
    row = reading.laid.row
    path, levels = reading.baskets.path[row], reading.baskets.levels
    level, peak = levels.level[row], path["peak"]
    return path, level, levels.started[row] & (peak - level >= ZERO_RETURN * peak)


_NUMBERS = ("current", "underwater_seconds", "longest_seconds")


def _numbers(reading: Reading) -> Column:
    path, level, under = _stands(reading)
    lasting = np.where(under, reading.as_of - path["peak_at"], 0)
    peak = np.where(under, path["peak"], 1.0)
    found = (
        np.where(under, (peak - level) / peak, 0.0),
        seconds(lasting),
        seconds(np.maximum(path["longest"], lasting)),
    )
    return flat({name: column(each) for name, each in zip(_NUMBERS, found, strict=True)})


_OF_DEEPEST = ("max_depth", "max_peak_at", "max_trough_at", "max_recovered_at")
_OF_OPEN = ("peak", "peak_at", "trough", "trough_at")
"""Of a path what stands in the template, and what does so only while it is under water."""


def _stamps(reading: Reading) -> list[bytes]:
    path, _, under = _stands(reading)
    ends = np.full(len(path), reading.history.ends[DAY])
    # Another finished drawdown among the deepest changes their depths.
    depths = reading.baskets.levels.depths[reading.laid.row]
    found = [
        *(under.astype(np.int64), ends),
        *(_bits(path[name]) for name in _OF_DEEPEST),
        *(np.where(under, _bits(path[name]), 0) for name in _OF_OPEN),
        *(_bits(depth) for depth in depths.T),
    ]
    return list(np.stack(found, axis=1).view(f"V{8 * len(found)}").ravel().tolist())


def _bits(values: NDArray[Any]) -> I64:
    return np.ascontiguousarray(values).view(np.int64)


def _place(reading: Reading, index: int, _: int | None) -> Placed:
    """What stays until the path changes or a day ends, in the order of the snapshot."""
    baskets, row = reading.baskets, int(reading.laid.row[index])
    p, undefined = path_of(baskets, row), Undefined()
    under = is_under(baskets.levels.level.item(row), p["peak"], p["peak"])
    found: dict[str, Any] = {
        "current": SLOT,
        "max": p["max_depth"],
        "max_daily": None,
        "peak_at": p["max_peak_at"] or None,
        "trough_at": p["max_trough_at"] or None,
        "recovered_at": p["max_recovered_at"] or None,
        "underwater_seconds": SLOT,
        "longest_seconds": SLOT,
        "recovery_seconds": None,
        "episodes": episodes(baskets, row, p if under else None),
    }
    if found["recovered_at"] is not None:
        found["recovery_seconds"] = (found["recovered_at"] - found["trough_at"]) / SECOND
    for name in ("peak_at", "trough_at", "recovered_at", "recovery_seconds"):
        if found[name] is None:
            reason = "no_drawdown" if found["max"] == 0.0 else "not_recovered"
            undefined.reasons[f"drawdown.{name}"] = reason
    for place, episode in enumerate(found["episodes"]):
        if episode["recovered_at"] is None:
            undefined.reasons[f"drawdown.episodes.{place}.recovered_at"] = "not_recovered"
    daily, kept = reading.history[DAILY], int(reading.laid.kept[index])
    if daily.peak.item(kept) > 0.0:
        found["max_daily"] = daily.deepest.item(kept)
    else:
        undefined.reasons["drawdown.max_daily"] = "unobserved"
    placed = placed_names("drawdown", _NUMBERS, index)
    return placed._replace(template=Slotted(found), reasons=undefined.reasons)


def path_of(baskets: BasketView, row: int) -> dict[str, Any]:
    """The path of a basket (`engine.index.kernel_arrays.PATH`) as plain values."""
    return dict(zip(PATH.names or (), baskets.path[row].item(), strict=True))


def episodes(
    baskets: BasketView, row: int, lasting: Mapping[str, Any] | None
) -> list[dict[str, Any]]:
    """The deepest drawdowns, deepest first; among them the one of a `lasting` path."""
    lv = baskets.levels
    found = [
        {"peak_at": peak, "trough_at": trough, "recovered_at": recovered, "depth": depth}
        for depth, (peak, trough, recovered) in zip(
            lv.depths[row].tolist(), lv.times[row].tolist(), strict=True
        )
        if depth > 0.0
    ]
    if lasting is not None:
        depth = (lasting["peak"] - lasting["trough"]) / lasting["peak"]
        times = {"peak_at": lasting["peak_at"], "trough_at": lasting["trough_at"]}
        place = next((k for k, e in enumerate(found) if is_deeper(depth, e["depth"])), len(found))
        found.insert(place, {**times, "recovered_at": None, "depth": depth})
    return found[:EPISODES]


FAMILY = Family(
    "Drawdown",
    cards=(
        Card(
            "drawdown.current",
            "(peak − level) / peak, the peak of every instant so far",
            "fraction",
            sign=LOSS,
            reading="0.2 and more is called a bear market",
            example=Example("fall", "drawdown.current", 0.25, "20,000 to 15,000"),
            order=4000,
            better="lower",
            target="drawdown",
            column="Drawdown",
            headline=True,
            drawn="drawdown.current",
        ),
        Card(
            "drawdown.max",
            "largest drawdown over every instant",
            "fraction",
            sign=LOSS,
            example=Example("fall", "drawdown.max", 0.4, "20,000 to 12,000"),
            order=4010,
            label="Deepest drawdown",
            better="lower",
            target="max_drawdown",
            column="Deepest",
            headline=True,
        ),
        Card(
            "drawdown.max_daily",
            "largest drawdown over the levels at 00:00 UTC",
            "fraction",
            "unobserved: no 00:00 yet",
            sign=LOSS,
            example=Example("fall", "drawdown.max_daily", 0.4, "all of these are at 00:00"),
            order=4020,
            label="Deepest drawdown, daily",
            better="lower",
            target="max_daily_drawdown",
        ),
        *(
            Card(
                f"drawdown.{name}",
                formula,
                "time",
                undefined,
                example=None if day is None else Example("fall", f"drawdown.{name}", day, how),
                order=4030 + place,
            )
            for place, (name, formula, undefined, day, how) in enumerate(
                (
                    (
                        "peak_at",
                        "of the largest drawdown, the earliest of equal ones: last instant at the "
                        "peak",
                        "no_drawdown",
                        "day 1",
                        "the last at 20,000 before the fall",
                    ),
                    (
                        "trough_at",
                        "first instant at its lowest level",
                        "no_drawdown",
                        "day 2",
                        "12,000",
                    ),
                    (
                        "recovered_at",
                        "first instant at or above the peak again, to 1e-14 of it",
                        "no_drawdown; not_recovered",
                        "day 3",
                        "20,000 again",
                    ),
                )
            )
        ),
        *(
            Card(
                f"drawdown.{name}",
                formula,
                "seconds",
                undefined,
                example=Example("fall", f"drawdown.{name}", days * 86_400.0, how),
                order=4040 + place,
                label=label,
                better="lower",
            )
            for place, (name, label, formula, undefined, days, how) in enumerate(
                (
                    (
                        "underwater_seconds",
                        "Under water for",
                        "as_of − last instant at the peak, to 1e-14 of it; 0 at the peak",
                        "",
                        1,
                        "a day since 20,000",
                    ),
                    (
                        "longest_seconds",
                        "Longest under water",
                        "longest time from peak to recovery, the open one included",
                        "",
                        2,
                        "day 1 to day 3",
                    ),
                    (
                        "recovery_seconds",
                        "Recovery of the deepest",
                        "from the trough of the largest drawdown to its recovery",
                        "no_drawdown; not_recovered",
                        1,
                        "day 2 to day 3",
                    ),
                )
            )
        ),
        *(
            Card(
                f"drawdown.episodes.*.{name}",
                f"{formula}; the five deepest, deepest first",
                unit,
                undefined,
                sign=LOSS if name == "depth" else "",
                example=Example("fall", f"drawdown.episodes.{place}.{name}", value, how),
                order=order,
            )
            for order, name, formula, unit, undefined, place, value, how in (
                (
                    4050,
                    "depth",
                    "(peak − trough) / peak",
                    "fraction",
                    "",
                    1,
                    0.25,
                    "the second deepest",
                ),
                (
                    4051,
                    "peak_at",
                    "last instant at its peak",
                    "time",
                    "",
                    1,
                    "day 3",
                    "20,000 again",
                ),
                (4052, "trough_at", "first at its lowest level", "time", "", 1, "day 4", "15,000"),
                (
                    4053,
                    "recovered_at",
                    "its recovery",
                    "time",
                    "not_recovered",
                    0,
                    "day 3",
                    "of the 40 %",
                ),
            )
        ),
    ),
    states=(DAILY,),
    close_day=_close_day,
    figures=(MovingFigures(DRAWDOWN, _numbers, _place, _stamps),),
)
