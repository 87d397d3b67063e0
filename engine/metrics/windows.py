"""Figures over trailing windows of minutes, hours and days."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from typing import Any

from engine.metrics.machinery.asked import Definition
from engine.metrics.machinery.card import LOSS, YEARLY, Card, Example
from engine.metrics.machinery.family import (
    DAY_END,
    HOUR_END,
    MINUTE_END,
    Family,
    IndexFigures,
    Part,
)
from engine.metrics.machinery.reading import Reading
from engine.metrics.machinery.rows import pick
from engine.metrics.machinery.windows import WINDOWS
from engine.readings import Undefined
from engine.types import DAY, HOUR, MINUTE

_CHANGES = {MINUTE: MINUTE_END, HOUR: HOUR_END, DAY: DAY_END}

_BARS = (
    "the closes within (anchor, end] of minutes (1d), hours (7d, 30d) or days (90d, 1y); end is "
    "the last bar end"
)
_SHORT = "too_short: the index began after the anchor"
_HALF = "too_few: n is under half of the window's bars"
_FEW = f"{_SHORT}; {_HALF}"
_LATE = f"too_short: the index or the benchmark began after the anchor; {_HALF}"
_LEAST = "half of the bars"
_SD = sqrt(90 / 89) * 0.01
_DRAWN = {"volatility": "90d", "sharpe": "90d", "beta": "90d", "correlation": "90d"}
"""Of which window a figure is drawn over time: a quarter moves, and is not all noise."""


def _window(
    name: str,
    order: int,
    better: str,
    label: str,
    formula: str,
    undefined: str,
    value: float,
    how: str,
    **more: Any,
) -> Card:
    unit = {"sharpe": "ratio", "sortino": "ratio"}.get(name, "fraction")
    unit = "fraction a year" if name == "volatility" else unit
    example = Example("alternating", f"windows.90d.{name}", value, how)
    return Card(
        f"windows.*.{name}",
        f"{formula}, of {_BARS}",
        unit,
        undefined,
        **more,
        example=example,
        order=order,
        better=better,
        label=label,
        drawn=f"windows.{_DRAWN[name]}.{name}" if name in _DRAWN else "",
    )


def _pair(
    name: str,
    order: int,
    better: str,
    unit: str,
    undefined: str,
    value: float,
    how: str,
    **more: Any,
) -> Card:
    example = Example("alternating", f"windows.90d.benchmarks.B.{name}", value, how)
    return Card(
        f"windows.*.benchmarks.*.{name}",
        f"as benchmarks.*.{name}, of the bars of the window in which both have a return",
        unit,
        undefined,
        minimum=_LEAST,
        **more,
        example=example,
        order=order,
        better=better,
        display="change" if name == "alpha" else "",
        drawn=f"windows.{_DRAWN[name]}.benchmarks.*.{name}" if name in _DRAWN else "",
    )


def _reader(window: str, part: Part) -> Callable[[Reading, Definition, Undefined], dict[str, Any]]:
    def read(reading: Reading, definition: Definition, undefined: Undefined) -> dict[str, Any]:
        windows, path = reading.windows, f"windows.{window}"
        baskets = reading.benchmarks[definition.id]
        asked = (window, reading.as_of, reading.history, reading.baskets)
        single = reading.kept(part, "index", lambda: windows.read(*asked)[0])
        figures = pick(single, windows.row[definition.id], path, undefined)
        pairs = reading.kept(part, "pair", lambda: windows.read(*asked)[1])
        figures["benchmarks"] = {
            name: pick(
                pairs,
                windows.pair_row[definition.id, baskets[name]],
                f"{path}.benchmarks.{name}",
                undefined,
            )
            for name in definition.benchmarks
        }
        return {window: figures}

    return read


_PARTS = [
    Part(f"windows.{window}", "windows", _CHANGES[bar], 900 + place)
    for place, (window, bar) in enumerate(WINDOWS.items())
]

FAMILY = Family(
    "Windows",
    cards=(
        Card(
            "windows.*.n",
            f"number of returns, of {_BARS}; a bar without a price gives none",
            "count",
            example=Example("alternating", "windows.90d.n", 90, "one a day"),
            order=6000,
            label="Returns counted",
        ),
        Card(
            "windows.*.benchmarks.*.n",
            "number of those bars in which both have a return",
            "count",
            example=Example("alternating", "windows.90d.benchmarks.B.n", 90, "one a day"),
            order=6001,
            label="Returns counted",
        ),
        _window(
            "return",
            6010,
            "higher",
            "",
            "last close / level at the anchor − 1; bars without a price count here",
            _SHORT,
            0.9999**45 - 1,
            "45 times 1.01 · 0.99",
            sign="a gain is positive",
        ),
        _window(
            "volatility",
            6020,
            "lower",
            "",
            "sd(r) · √A, A bars of this kind a year",
            _FEW,
            _SD * sqrt(365),
            "90 returns of ±1 % about 0: √(90/89) · 1 % · √365",
            ddof="1",
            annualisation=YEARLY,
            minimum=_LEAST,
        ),
        _window(
            "sharpe",
            6030,
            "higher",
            "",
            "as risk.sharpe",
            f"{_FEW}; zero_variance",
            0.0,
            "the mean is 0",
            ddof="1",
            annualisation=YEARLY,
            minimum=_LEAST,
        ),
        _window(
            "sortino",
            6040,
            "higher",
            "",
            "as risk.sortino",
            f"{_FEW}; no_loss",
            0.0,
            "the mean is 0",
            ddof="0, over all n",
            annualisation=YEARLY,
            minimum=_LEAST,
        ),
        _window(
            "max_drawdown",
            6050,
            "lower",
            "Deepest drawdown",
            "largest drawdown from the level at the anchor on",
            _FEW,
            1 - 0.9999**45 / 1.01,
            "the first day is a rise of 1 %, the peak; at the end 0.9999^45 is left",
            sign=LOSS,
            minimum=_LEAST,
        ),
        _window(
            "var_95",
            6060,
            "lower",
            "VaR 95%",
            "as risk.var_95",
            _FEW,
            0.01,
            "half of the returns are −1 %",
            sign=LOSS,
            minimum=_LEAST,
        ),
        _pair("beta", 6100, "lower", "ratio", f"{_LATE}; zero_variance", 2.0, "twice the moves"),
        _pair(
            "correlation",
            6110,
            "lower",
            "−1 … 1",
            f"{_LATE}; zero_variance",
            1.0,
            "always the same way",
        ),
        _pair(
            "alpha",
            6120,
            "higher",
            "fraction a year",
            f"{_LATE}; zero_variance",
            0.0,
            "both means are 0",
            annualisation="× A",
        ),
        _pair(
            "information_ratio",
            6130,
            "higher",
            "ratio",
            f"{_LATE}; zero_variance",
            0.0,
            "the mean of r − f is 0",
            annualisation=YEARLY,
        ),
    ),
    figures=tuple(
        IndexFigures(part, _reader(window, part))
        for window, part in zip(WINDOWS, _PARTS, strict=True)
    ),
)
