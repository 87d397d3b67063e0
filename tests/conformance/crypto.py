"""Three libraries on real crypto closes: every figure of theirs in every case."""

from __future__ import annotations

import csv
import gzip
import math
from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise
from typing import Any

from tests.conformance import theirs
from tests.conformance.bench import Bench, yearly
from tests.conformance.verdicts import Verdict, load, near, number
from tests.shared import shared

FILE = "oracles_crypto_libs.json"
CASES: list[dict[str, Any]] = load(FILE).get("cases", [])
BENCH = Bench()
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
    ("ffn", "total_return"): ("PLAIN", "returns.inception", 1),
    ("ffn", "cagr"): ("JULIAN", "cagr", 1),
    ("ffn", "calmar"): ("JULIAN", "risk.calmar", 1),
    ("ffn", "max_drawdown"): ("PLAIN", "drawdown.max", -1),
    ("ffn", "daily_sharpe"): ("PLAIN", "risk.sharpe", 1),
    ("ffn", "daily_sortino"): ("PLAIN", "risk.sortino", 1),
    ("ffn", "daily_vol"): ("PLAIN", "risk.volatility", 1),
    ("ffn", "daily_skew"): ("PLAIN", "risk.skew", 1),
    ("ffn", "daily_kurt"): ("PLAIN", "risk.kurtosis", 1),
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
    ("quantstats", "probabilistic_sharpe"): (
        "risk.psr",
        "psr_iid",
        lambda r, _: theirs.probabilistic_sharpe(r),
    ),
}
# Not ours; their definition where it is short.
NOT_PUBLISHED: dict[tuple[str, str], Callable[[Series, Series], float] | None] = {
    ("quantstats", "var_95_parametric"): lambda r, _: theirs.gaussian_var(r, 0.05, False),
    ("quantstats", "win_rate"): lambda r, _: sum(x > 0 for x in r) / sum(x != 0 for x in r),
    ("quantstats", "gain_to_pain"): lambda r, _: sum(r) / -sum(x for x in r if x < 0),
    ("quantstats", "r_squared"): lambda r, f: theirs.correlation(r, f) ** 2,
    ("ffn", "daily_mean"): lambda r, _: sum(r) / len(r) * YEAR,
    ("ffn", "best_day"): lambda r, _: max(r),
    ("ffn", "worst_day"): lambda r, _: min(r),
    **dict.fromkeys(
        ("empyrical", name)
        for name in ("capture", "down_alpha_beta", "up_alpha_beta", "stability", "tail_ratio")
    ),
    **dict.fromkeys(
        ("quantstats", name)
        for name in ("kelly", "payoff_ratio", "recovery_factor", "serenity", "smart_sharpe",
                     "tail_ratio", "treynor", "ulcer_index", "ulcer_performance_index")
    ),
    **dict.fromkeys(
        ("ffn", name)
        for name in ("avg_drawdown", "avg_drawdown_days", "monthly_mean", "monthly_sharpe",
                     "monthly_sortino", "monthly_vol")
    ),
}  # fmt: skip


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
    index = {name: BENCH.add(prices, other, **given) for name, given in VARIANTS.items()}
    name = f"{case['asset']} {case['start']} … {case['end']}"
    close = lambda theirs, ours: near(theirs, ours, 1e-12)  # noqa: E731

    def read(variant: str, path: str, factor: float) -> Callable[[], float | None]:
        def ours() -> float | None:
            value = BENCH.read(index[variant], path)
            return None if value is None else value * factor

        return ours

    for library, figure, element, value in figures(case["values"]):
        key = (library, figure)
        verdict = Verdict(FILE, name, f"{library} {figure}{element}", number(value), "equal")
        verdict.close = close
        if key in EQUAL:
            variant, path, factor = EQUAL[key]
            verdict.figure, verdict.ours = path, read(variant, path, factor)
        elif key in DIFFERENT:
            path, verdict.why, explain = DIFFERENT[key]
            verdict.verdict, verdict.figure = "different", path
            sign = -1.0 if path == "risk.cvar_95" else 1.0
            verdict.ours, verdict.shown = read("PLAIN", path, sign), explain(r, f)
        else:
            definition = NOT_PUBLISHED[key]
            verdict.verdict = verdict.why = "not published"
            verdict.why = "not_published"
            verdict.shown = definition(r, f) if definition else None
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
