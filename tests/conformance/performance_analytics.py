"""PerformanceAnalytics: the checked table, one row a figure."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from tests.conformance import theirs
from tests.conformance.managers import (
    YEAR,
    Ours,
    Subject,
    against,
    against_excess,
    below,
    below_mean,
    grown,
    own_history,
    paired,
    risk,
    sharpe,
)
from tests.conformance.verdicts import Verdict, load, number, within

FILE = "oracles_performanceanalytics.json"
CASES: list[dict[str, Any]] = load(FILE).get("rows", [])
ROOT = 1 / math.sqrt(YEAR)


class Row:
    """The inputs of one row."""

    def __init__(self, row: dict[str, Any]) -> None:
        self.inputs = row["inputs"]
        self.me = Subject(self.inputs["data"], self.inputs["col"])
        self.pair = Subject(self.inputs["data"], self.inputs.get("bench", "SP500 TR"))

    @property
    def free(self) -> float | Subject:
        """The risk-free rate a month, or the series of it."""
        text = self.inputs["rf"]
        return 0.035 / 12 if text == "0.035/12" else self.me.of(text)

    def excess(self, name: str, factor: float = 1.0) -> Ours:
        """A figure of excess returns over a benchmark's."""
        if isinstance(self.free, Subject):
            return against_excess(self.me, self.pair, self.free, name, factor)
        return against(self.me, self.pair, name, factor, self.free)

    def explained(self, definition: Callable[..., float], *more: Any) -> float:
        """A definition of theirs on the months that both have."""
        return definition(*paired(self.me, self.pair), *more)


def es(r: Row) -> Ours:
    return risk(r.me, "cvar_95", -1)


# metric -> our figure, and how it is read
EQUAL: dict[str, tuple[str, Callable[[Row], Ours]]] = {
    "sharpe_periodic": ("risk.sharpe / √12", lambda r: sharpe(r.me, r.free, ROOT)),
    "sharpe_annualised_arithmetic": ("risk.sharpe", lambda r: sharpe(r.me, r.free)),
    "annual_return_geometric": ("cagr", lambda r: grown(r.me, "cagr")),
    "sortino_periodic": ("risk.sortino / √12", lambda r: risk(r.me, "sortino", ROOT, target=0.0)),
    "downside_deviation": (
        "risk.downside_deviation / √12",
        lambda r: below(r.me, r.inputs["mar"]),
    ),
    "semi_deviation": (
        "risk.downside_deviation / √12, target the mean",
        lambda r: below_mean(r.me),
    ),
    "omega_L0": ("risk.omega", lambda r: risk(r.me, "omega")),
    "var_p_0_95_method_historical": ("risk.var_95", lambda r: risk(r.me, "var_95", -1)),
    "var_p_0_95_method_modified": ("risk.var_95_cf", lambda r: risk(r.me, "var_95_cf", -1)),
    "var_p_0_99": ("risk.var_99_cf", lambda r: risk(r.me, "var_99_cf", -1)),
    "es_historical_95": ("risk.cvar_95", es),
    "TrackingError": (
        "benchmarks.*.tracking_error",
        lambda r: against(r.me, r.pair, "tracking_error"),
    ),
    "beta": ("benchmarks.*.beta", lambda r: r.excess("beta")),
    "alpha_periodic": ("benchmarks.*.alpha / 12", lambda r: r.excess("alpha", 1 / YEAR)),
    "annual_return_arithmetic": ("risk.mean_return", lambda r: risk(r.me, "mean_return")),
    "var_p_0_95_method_gaussian": (
        "risk.var_95_gaussian",
        lambda r: risk(r.me, "var_95_gaussian", -1),
    ),
    "es_gaussian_95": ("risk.cvar_95_gaussian", lambda r: risk(r.me, "cvar_95_gaussian", -1)),
    "ActivePremium": (
        "benchmarks.*.active_premium",
        lambda r: against(r.me, r.pair, "active_premium"),
    ),
    "up_number": ("benchmarks.*.up_number", lambda r: against(r.me, r.pair, "up_number")),
    "down_number": ("benchmarks.*.down_number", lambda r: against(r.me, r.pair, "down_number")),
    "up_percent": ("benchmarks.*.up_percent", lambda r: against(r.me, r.pair, "up_percent")),
    "down_percent": ("benchmarks.*.down_percent", lambda r: against(r.me, r.pair, "down_percent")),
    "treynor": ("benchmarks.*.treynor", lambda r: r.excess("treynor")),
    "beta_bull": ("benchmarks.*.up_beta", lambda r: r.excess("up_beta")),
    "beta_bear": ("benchmarks.*.down_beta", lambda r: r.excess("down_beta")),
    "sterling": ("risk.sterling", lambda r: grown(r.me, "risk.sterling")),
    "max_drawdown": ("drawdown.max", lambda r: grown(r.me, "drawdown.max")),
    "calmar": ("risk.calmar", lambda r: grown(r.me, "risk.calmar")),
}
# metric -> our nearest figure, why it differs, how ours is read, and their definition
DIFFERENT: dict[str, tuple[str, str, Callable[[Row], Ours], Callable[[Row], float]]] = {
    "up_capture": (
        "benchmarks.*.up_capture",
        "capture_total",
        lambda r: against(r.me, r.pair, "up_capture"),
        lambda r: r.explained(theirs.capture_total, True),
    ),
    "down_capture": (
        "benchmarks.*.down_capture",
        "capture_total",
        lambda r: against(r.me, r.pair, "down_capture"),
        lambda r: r.explained(theirs.capture_total, False),
    ),
    "InformationRatio": (
        "benchmarks.*.information_ratio",
        "geometric_active",
        lambda r: against(r.me, r.pair, "information_ratio"),
        lambda r: r.explained(theirs.geometric_information_ratio, YEAR),
    ),
}


def verdicts() -> list[Verdict]:
    """Of every row."""
    found = []
    for raw in CASES:
        row, metric = Row(raw), raw["metric"]
        inputs = ", ".join(f"{k}={v}" for k, v in raw["inputs"].items())
        verdict = Verdict(FILE, f"{metric}({inputs})", "", number(raw["expected"]), "equal")
        verdict.close = within(raw["abs_tol"])
        if metric in EQUAL:
            verdict.figure, read = EQUAL[metric]
            verdict.ours = read(row)
            if verdict.figure.endswith("_cf") and not theirs.monotone(row.me.observed()):
                verdict.verdict, verdict.why = "different", "cf_domain"
                tail = 0.01 if "99" in verdict.figure else 0.05
                verdict.shown = theirs.cornish_fisher(row.me.observed(), tail)
            if metric == "treynor" and own_history(row.me, row.pair):
                verdict.verdict, verdict.why = "different", "own_history"
        elif metric in DIFFERENT:
            verdict.figure, verdict.why, read, explain = DIFFERENT[metric]
            verdict.verdict, verdict.ours = "different", read(row)
            verdict.shown = explain(row)
        else:
            raise AssertionError(f"nothing is said of {metric}")
        found.append(verdict)
    return found


def count(_: dict[str, Any]) -> int:
    """A row is one figure."""
    return 1
