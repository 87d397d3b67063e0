"""Three libraries on real crypto closes: every figure of theirs in every case."""

from __future__ import annotations

import csv
import gzip
import math
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise
from typing import Any

from engine.types import DAY
from tests.conformance import theirs
from tests.conformance.bench import Bench, yearly
from tests.conformance.verdicts import Verdict, load, near, number
from tests.shared import shared

FILE = "oracles_crypto_libs.json"
CASES: list[dict[str, Any]] = load(FILE).get("cases", [])
YEAR = 365
ANNUAL = yearly(0.0001, YEAR)
"""0.0001 a day as a yearly rate."""

# What each index differs in from the defaults.
VARIANTS: dict[str, dict[str, Any]] = {
    "PLAIN": {},
    "RF3": {"risk_free": 0.03},
    "RF": {"risk_free": ANNUAL},
    "MAR": {"target": ANNUAL},
    "REQ": {"omega_threshold": 0.10},
    "JULIAN": {"year_days": 365.25},
}
DAILY = 1 / math.sqrt(YEAR)
"""They give some ratios a bar, we a year."""

# library, its figure -> variant, our figure, what ours is multiplied by
EQUAL: dict[tuple[str, str], tuple[str, str, float]] = {
    ("empyrical", "simple_cum_return"): ("PLAIN", "returns.inception", 1),
    ("empyrical", "annual_return_cagr"): ("PLAIN", "cagr", 1),
    ("empyrical", "annual_volatility"): ("PLAIN", "risk.volatility", 1),
    ("empyrical", "sharpe"): ("PLAIN", "risk.sharpe", 1),
    ("empyrical", "sharpe_rf_0001"): ("RF", "risk.sharpe", 1),
    ("empyrical", "sortino"): ("PLAIN", "risk.sortino", 1),
    ("empyrical", "sortino_mar_0001"): ("MAR", "risk.sortino", 1),
    ("empyrical", "downside_risk"): ("PLAIN", "risk.downside_deviation", 1),
    ("empyrical", "omega"): ("PLAIN", "risk.omega", 1),
    ("empyrical", "omega_req10pct_annual"): ("REQ", "risk.omega", 1),
    ("empyrical", "calmar"): ("PLAIN", "risk.calmar", 1),
    ("empyrical", "max_drawdown"): ("PLAIN", "drawdown.max", -1),
    ("empyrical", "var_5"): ("PLAIN", "risk.var_95", -1),
    ("empyrical", "cvar_5"): ("PLAIN", "risk.cvar_95", -1),
    ("empyrical", "beta"): ("PLAIN", "benchmarks.benchmark.beta", 1),
    ("empyrical", "excess_sharpe"): ("PLAIN", "benchmarks.benchmark.information_ratio", DAILY),
    ("empyrical", "stability"): ("PLAIN", "risk.stability", 1),
    ("empyrical", "tail_ratio"): ("PLAIN", "risk.tail_ratio", 1),
    ("quantstats", "comp"): ("PLAIN", "returns.inception", 1),
    ("quantstats", "cagr"): ("PLAIN", "cagr", 1),
    ("quantstats", "volatility"): ("PLAIN", "risk.volatility", 1),
    ("quantstats", "sharpe"): ("PLAIN", "risk.sharpe", 1),
    ("quantstats", "sharpe_rf_3pct_annual"): ("RF3", "risk.sharpe", 1),
    ("quantstats", "sortino"): ("PLAIN", "risk.sortino", 1),
    ("quantstats", "adjusted_sortino"): ("PLAIN", "risk.sortino", math.sqrt(0.5)),
    ("quantstats", "omega"): ("PLAIN", "risk.omega", 1),
    ("quantstats", "profit_factor"): ("PLAIN", "risk.omega", 1),
    ("quantstats", "calmar"): ("PLAIN", "risk.calmar", 1),
    ("quantstats", "max_drawdown"): ("PLAIN", "drawdown.max", -1),
    ("quantstats", "skew"): ("PLAIN", "risk.skew", 1),
    ("quantstats", "kurtosis"): ("PLAIN", "risk.kurtosis", 1),
    ("quantstats", "alpha"): ("PLAIN", "benchmarks.benchmark.alpha", 1),
    ("quantstats", "beta"): ("PLAIN", "benchmarks.benchmark.beta", 1),
    ("quantstats", "information_ratio"): ("PLAIN", "benchmarks.benchmark.information_ratio", DAILY),
    ("quantstats", "gain_to_pain"): ("PLAIN", "risk.gain_to_pain", 1),
    ("quantstats", "tail_ratio"): ("PLAIN", "risk.tail_ratio", 1),
    ("quantstats", "kelly"): ("PLAIN", "risk.kelly", 1),
    ("quantstats", "win_rate"): ("PLAIN", "risk.win_rate", 1),
    ("quantstats", "payoff_ratio"): ("PLAIN", "risk.payoff", 1),
    ("quantstats", "r_squared"): ("PLAIN", "benchmarks.benchmark.r_squared", 1),
    ("ffn", "total_return"): ("PLAIN", "returns.inception", 1),
    ("ffn", "cagr"): ("JULIAN", "cagr", 1),
    ("ffn", "calmar"): ("JULIAN", "risk.calmar", 1),
    ("ffn", "max_drawdown"): ("PLAIN", "drawdown.max", -1),
    ("ffn", "daily_sharpe"): ("PLAIN", "risk.sharpe", 1),
    ("ffn", "daily_sortino"): ("PLAIN", "risk.sortino", 1),
    ("ffn", "daily_vol"): ("PLAIN", "risk.volatility", 1),
    ("ffn", "daily_skew"): ("PLAIN", "risk.skew", 1),
    ("ffn", "daily_kurt"): ("PLAIN", "risk.kurtosis", 1),
    ("ffn", "daily_mean"): ("PLAIN", "risk.mean_return", 1),
    ("ffn", "best_day"): ("PLAIN", "risk.best_day", 1),
    ("ffn", "worst_day"): ("PLAIN", "risk.worst_day", 1),
    ("ffn", "monthly_mean"): ("PLAIN", "months.mean", 1),
    ("ffn", "monthly_vol"): ("PLAIN", "months.volatility", 1),
    ("ffn", "monthly_sharpe"): ("PLAIN", "months.sharpe", 1),
    ("ffn", "monthly_sortino"): ("PLAIN", "months.sortino", 1),
    ("ffn", "avg_drawdown"): ("PLAIN", "drawdown.average", -1),
}

Series = list[float]
# library, its figure -> our nearest figure, why it differs, their definition of r and f
DIFFERENT: dict[tuple[str, str], tuple[str, str, Callable[[Series, Series], float]]] = {
    ("empyrical", "alpha"): (
        "benchmarks.benchmark.alpha",
        "geometric_alpha",
        lambda r, f: theirs.geometric_alpha(r, f, YEAR),
    ),
    ("empyrical", "up_capture"): (
        "benchmarks.benchmark.up_capture",
        "capture_annual",
        lambda r, f: theirs.capture_annual(r, f, 1.0),
    ),
    ("empyrical", "down_capture"): (
        "benchmarks.benchmark.down_capture",
        "capture_annual",
        lambda r, f: theirs.capture_annual(r, f, -1.0),
    ),
    ("quantstats", "cvar_95"): (
        "risk.cvar_95",
        "gaussian",
        lambda r, _: theirs.gaussian_es(r, 0.05, False),
    ),
    ("quantstats", "var_95_parametric"): (
        "risk.var_95_gaussian",
        "gaussian_sample",
        lambda r, _: theirs.gaussian_var(r, 0.05, False),
    ),
    ("quantstats", "ulcer_index"): (
        "drawdown.ulcer_index",
        "ulcer_sample",
        lambda r, _: theirs.ulcer_sample(r),
    ),
    ("quantstats", "ulcer_performance_index"): (
        "risk.martin",
        "total_return",
        lambda r, _: theirs.growth(r) / theirs.ulcer_sample(r),
    ),
    ("quantstats", "recovery_factor"): (
        "risk.recovery_factor",
        "sum_of_returns",
        lambda r, _: abs(math.fsum(r)) / max(theirs.depths(r)),
    ),
    ("ffn", "avg_drawdown_days"): (
        "drawdown.average_seconds",
        "first_fall",
        lambda r, _: theirs.drawdown_days(r),
    ),
    ("quantstats", "treynor"): (
        "benchmarks.benchmark.treynor",
        "total_return",
        lambda r, f: theirs.growth(r) / theirs.beta(r, f),
    ),
    ("quantstats", "probabilistic_sharpe"): (
        "risk.psr",
        "psr_iid",
        lambda r, _: theirs.probabilistic_sharpe(r),
    ),
}
SIDED = {"up_alpha_beta": "up_beta", "down_alpha_beta": "down_beta"}
# Not ours, and why.
NOT_PUBLISHED = {
    ("empyrical", "capture"): "capture_all",
    ("quantstats", "serenity"): "own_invention",
    ("quantstats", "smart_sharpe"): "own_invention",
}


@cache
def bench(end: str) -> Bench:
    """The bench of the series whose last day is `end`: months are those of the calendar."""
    last = datetime.fromisoformat(end).replace(tzinfo=UTC)
    return Bench((int(last.timestamp()) // 86_400 + 1) * DAY)


@cache
def closes() -> dict[str, list[tuple[str, float]]]:
    """(date, close) of every asset, by date."""
    found: dict[str, list[tuple[str, float]]] = {}
    with gzip.open(shared("prices/daily_binance_usdt.csv.gz"), "rt") as lines:
        for row in csv.DictReader(lines):
            found.setdefault(row["asset"], []).append((row["date"], float(row["close"])))
    return {asset: sorted(days) for asset, days in found.items()}


def between(asset: str, start: str, end: str) -> list[float]:
    return [close for day, close in closes()[asset] if start <= day <= end]


def returns(prices: list[float]) -> list[float]:
    return [b / a - 1.0 for a, b in pairwise(prices)]


def figures(theirs_: dict[str, Any]) -> Iterator[tuple[str, str, str, Any]]:
    """Library, figure, element of a list, value."""
    for library, values in theirs_.items():
        for name, value in values.items():
            if isinstance(value, list):
                yield from ((library, name, f"[{k}]", x) for k, x in enumerate(value))
            else:
                yield library, name, "", value


def judge(case: dict[str, Any]) -> Iterator[Verdict]:
    """The verdicts of one case."""
    prices = between(case["asset"], case["start"], case["end"])
    other = between(case["bench"], case["start"], case["end"]) if case["bench"] else None
    r, f = returns(prices), returns(other) if other else []
    assert len(r) == case["n_returns"]
    on = bench(case["end"])
    index = {name: on.add(prices, other, **given) for name, given in VARIANTS.items()}
    name = f"{case['asset']} {case['start']} … {case['end']}"
    close = lambda theirs, ours: near(theirs, ours, 1e-12)  # noqa: E731

    def read(variant: str, path: str, factor: float) -> Callable[[], float | None]:
        def ours() -> float | None:
            value = on.read(index[variant], path)
            return None if value is None else value * factor

        return ours

    for library, figure, element, value in figures(case["values"]):
        key = (library, figure)
        verdict = Verdict(FILE, name, f"{library} {figure}{element}", number(value), "equal")
        verdict.close = close
        if figure in SIDED:
            side = SIDED[figure]
            path = f"benchmarks.benchmark.{side}"
            if element == "[0]":
                verdict.verdict, verdict.why = "not published", "sided_alpha"
            else:
                verdict.figure, verdict.ours = path, read("PLAIN", path, 1)
        elif key in EQUAL:
            variant, path, factor = EQUAL[key]
            verdict.figure, verdict.ours = path, read(variant, path, factor)
        elif key in DIFFERENT:
            path, verdict.why, explain = DIFFERENT[key]
            verdict.verdict, verdict.figure = "different", path
            sign = -1.0 if path.startswith(("risk.cvar_95", "risk.var_95")) else 1.0
            factor = 1 / 86_400 if path.endswith("_seconds") else sign
            verdict.ours, verdict.shown = read("PLAIN", path, factor), explain(r, f)
        else:
            verdict.verdict, verdict.why = "not published", NOT_PUBLISHED[key]
        yield verdict


def verdicts() -> list[Verdict]:
    """Of every figure of every library in every case."""
    return [verdict for case in CASES for verdict in judge(case)]


def count(case: dict[str, Any]) -> int:
    """How many figures the libraries gave."""
    return sum(
        len(value) if isinstance(value, list) else 1
        for values in case["values"].values()
        for value in values.values()
    )
