"""Cards of `windows` and `rolling`."""

from __future__ import annotations

from math import sqrt

from engine.cards.card import Card, Example
from engine.cards.risk import LOSS, YEARLY

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


def _window(name: str, formula: str, undefined: str, value: float, how: str, **more: str) -> Card:
    unit = {"sharpe": "ratio", "sortino": "ratio"}.get(name, "fraction")
    unit = "fraction a year" if name == "volatility" else unit
    example = Example("alternating", f"windows.90d.{name}", value, how)
    return Card(
        f"windows.*.{name}", f"{formula}, of {_BARS}", unit, undefined, **more, example=example
    )


def _pair(name: str, unit: str, undefined: str, value: float, how: str, **more: str) -> Card:
    example = Example("alternating", f"windows.90d.benchmarks.B.{name}", value, how)
    return Card(
        f"windows.*.benchmarks.*.{name}",
        f"as benchmarks.*.{name}, of the bars of the window in which both have a return",
        unit,
        undefined,
        minimum=_LEAST,
        **more,
        example=example,
    )


WINDOWS = (
    Card(
        "windows.*.n",
        f"number of returns, of {_BARS}; a bar without a price gives none",
        "count",
        example=Example("alternating", "windows.90d.n", 90, "one a day"),
    ),
    Card(
        "windows.*.benchmarks.*.n",
        "number of those bars in which both have a return",
        "count",
        example=Example("alternating", "windows.90d.benchmarks.B.n", 90, "one a day"),
    ),
    _window(
        "return",
        "last close / level at the anchor − 1; bars without a price count here",
        _SHORT,
        0.9999**45 - 1,
        "45 times 1.01 · 0.99",
        sign="a gain is positive",
    ),
    _window(
        "volatility",
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
        "largest drawdown from the level at the anchor on",
        _FEW,
        1 - 0.9999**45 / 1.01,
        "the first day is a rise of 1 %, the peak; at the end 0.9999^45 is left",
        sign=LOSS,
        minimum=_LEAST,
    ),
    _window(
        "var_95",
        "as risk.var_95",
        _FEW,
        0.01,
        "half of the returns are −1 %",
        sign=LOSS,
        minimum=_LEAST,
    ),
    _pair("beta", "ratio", f"{_LATE}; zero_variance", 2.0, "twice the moves"),
    _pair("correlation", "−1 … 1", f"{_LATE}; zero_variance", 1.0, "always the same way"),
    _pair(
        "alpha",
        "fraction a year",
        f"{_LATE}; zero_variance",
        0.0,
        "both means are 0",
        annualisation="× A",
    ),
    _pair(
        "information_ratio",
        "ratio",
        f"{_LATE}; zero_variance",
        0.0,
        "the mean of r − f is 0",
        annualisation=YEARLY,
    ),
)

_WHOLE = "too_short: no whole window yet"
_RISE = 1.001**30 - 1

ROLLING = (
    *(
        Card(
            f"rolling.*.{name}",
            f"{formula} the returns of all windows of that length that ended at 00:00 UTC of a day "
            "with a price",
            "fraction",
            _WHOLE,
            sign="a gain is positive",
            example=Example("growth", f"rolling.30d.{name}", _RISE, "1.001^30 − 1 in each window"),
        )
        for name, formula in (
            ("latest", "the last of"),
            ("min", "the lowest of"),
            ("median", "the median (type 7) of"),
            ("max", "the highest of"),
        )
    ),
    Card(
        "rolling.*.positive_share",
        "share of these returns above 0",
        "fraction",
        _WHOLE,
        reading="how often one gained who held for so long",
        example=Example("growth", "rolling.30d.positive_share", 1.0, "all of them"),
    ),
    Card(
        "rolling.*.n",
        "their number",
        "count",
        example=Example("growth", "rolling.30d.n", 371, "ends at day 30 to day 400"),
    ),
)
