"""PerformanceAnalytics: every call of its manual with what it prints, and Bacon's figures."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from typing import Any

from tests.conformance import managers as m
from tests.conformance import r_derived as derived
from tests.conformance import theirs
from tests.conformance.bench import yearly
from tests.conformance.managers import SERIES, YEAR, Subject
from tests.conformance.r_call import Call, Found, absent
from tests.conformance.verdicts import Verdict, load, number, truncated, within

FILE = "oracles_performanceanalytics_calls.json"
BACON = "oracles_bacon_published.json"
CASES: list[dict[str, Any]] = load(FILE).get("rows", [])
BACON_CASES: list[dict[str, Any]] = load(BACON).get("rows", [])
ROOT = 1 / math.sqrt(YEAR)


def information_ratio(c: Call) -> Found:
    ours = m.against(c.me, c.pair, "information_ratio")
    if c.me == c.pair:  # against itself: nothing in both
        return "benchmarks.*.information_ratio", "", ours, None
    shown = c.explained(theirs.geometric_information_ratio, YEAR)
    return "benchmarks.*.information_ratio", "geometric_active", ours, shown


def tracking_error(c: Call) -> Found:
    factor = ROOT if c.row == "Tracking Error" else 1.0
    figure = "benchmarks.*.tracking_error" + (" / √12" if factor < 1 else "")
    return figure, "", m.against(c.me, c.pair, "tracking_error", factor), None


def jensen(c: Call) -> Found:
    if not c.me.observed():
        return "benchmarks.*.alpha", "", m.against(c.me, c.pair, "alpha"), None
    beta = theirs.beta(*m.paired(c.me, c.pair))  # the months of both; returns of all its own
    shown = theirs.jensen(c.me.observed(), c.pair.observed(), YEAR, beta)
    return "benchmarks.*.alpha", "jensen", m.against(c.me, c.pair, "alpha"), shown


def downside(c: Call) -> Found:
    if c.text.startswith("apply"):  # its header is HAM1's own figure: names are one off
        names = list(SERIES["managers"])[1:]
        shifted = c.me.of(names[names.index(c.column) + 1])
        return "risk.volatility / √12", "", m.risk(shifted, "volatility", ROOT), None
    if c.text.startswith("SemiVariance"):
        shown = theirs.semivariance_subset(c.me.observed())
        figure = "risk.downside_deviation² / 12, target the mean"
        return figure, "semivariance", m.below_mean(c.me, squared=True), shown
    if c.text.startswith("SemiDeviation"):
        figure = "risk.downside_deviation / √12, target the mean"
        return figure, "", m.below_mean(c.me), None
    target = c.mar if c.mar is not None else 0.04 / 12 if "MAR = 0.04/12" in c.text else 0.0
    return "risk.downside_deviation / √12", "", m.below(c.me, target), None


def expected_shortfall(c: Call) -> Found:
    if "historical" in c.text:
        return "risk.cvar_95", "", m.risk(c.me, "cvar_95", -1), None
    if "gaussian" in c.text:
        return "risk.cvar_95_gaussian", "", m.risk(c.me, "cvar_95_gaussian", -1), None
    return absent("modified_es")


def value_at_risk(c: Call) -> Found:
    if "historical" in c.text:
        return "risk.var_95", "", m.risk(c.me, "var_95", -1), None
    if "gaussian" in c.text:
        return "risk.var_95_gaussian", "", m.risk(c.me, "var_95_gaussian", -1), None
    if "clean" in c.text:
        return absent("cleaned")
    level = "99" if "0.99" in c.text or "0.01" in c.text else "95"
    why = "" if theirs.monotone(c.me.observed()) else "cf_domain"
    shown = theirs.cornish_fisher(c.me.observed(), (100 - int(level)) / 100)
    return f"risk.var_{level}_cf", why, m.risk(c.me, f"var_{level}_cf", -1), shown


def sharpe(c: Call) -> Found:
    if "StdDev" not in c.text or c.row.startswith(("VaR", "ES")):
        return absent("var_ratio")
    return "risk.sharpe / √12", "", m.sharpe(c.me, c.free, ROOT), None


def annualised(c: Call) -> Found:
    if "geometric = FALSE" in c.text:
        return "risk.mean_return", "", m.risk(c.me, "mean_return"), None
    return "cagr", "", m.grown(c.me, "cagr"), None


def alpha(c: Call) -> Found:
    figure, one = "benchmarks.*.alpha / 12", 1 / YEAR
    if isinstance(c.free, Subject):
        ours = m.against_excess(c.me, c.pair, c.free, "alpha", one)
        return figure, "", ours, None
    return figure, "", m.against(c.me, c.pair, "alpha", one, c.free), None


def deviation(c: Call) -> Found:
    if "clean" in c.text:
        return absent("cleaned")
    return "risk.volatility / √12", "", m.risk(c.me, "volatility", ROOT), None


def geometric_mean(c: Call) -> Found:
    if not c.text.startswith("mean.geometric"):
        return derived.mean_error(c)
    ours = m.grown(c.me, "cagr", lambda x: (1 + x) ** (1 / YEAR) - 1)
    return "(1 + cagr)^(1/12) − 1", "", ours, None


def omega_sharpe(c: Call) -> Found:
    why = "null" if c.expected == math.inf else ""
    return "risk.omega − 1", why, m.less_one(m.risk(c.me, "omega")), None


def captures(c: Call) -> Found:
    names = {"Up Capture": ("up_capture", True), "Down Capture": ("down_capture", False)}
    name, up = names[c.column]
    shown = c.explained(theirs.capture_total, up)
    return f"benchmarks.*.{name}", "capture_total", m.against(c.me, c.pair, name), shown


def distributions(c: Call) -> Found:
    r = c.me.observed()
    read: dict[str, Callable[[], Found]] = {
        "monthly Std Dev": lambda: deviation(c),
        "Sample skewness": lambda: (
            "risk.skew", "half_corrected", m.risk(c.me, "skew"), theirs.half_corrected_skew(r),
        ),
        "Sample excess kurtosis": lambda: ("risk.kurtosis", "", m.risk(c.me, "kurtosis"), None),
        "Skewness": lambda: (
            "risk.skew", "population", m.risk(c.me, "skew"), theirs.moment(r, 3),
        ),
        "Kurtosis": lambda: (
            "risk.kurtosis", "population", m.risk(c.me, "kurtosis"), theirs.moment(r, 4),
        ),
        "Excess kurtosis": lambda: (
            "risk.kurtosis", "population", m.risk(c.me, "kurtosis"), theirs.moment(r, 4) - 3,
        ),
    }  # fmt: skip
    return read[c.row]()


def downside_table(c: Call) -> Found:
    read: dict[str, Callable[[], Found]] = {
        "monthly downside risk": lambda: downside(c),
        "Annualised downside risk": lambda: (
            "risk.downside_deviation",
            "",
            m.risk(c.me, "downside_deviation", target=0.0),
            None,
        ),
        "Omega": lambda: ("risk.omega", "", m.risk(c.me, "omega"), None),
        "Sortino ratio": lambda: (
            "risk.sortino / √12",
            "",
            m.risk(c.me, "sortino", ROOT, target=0.0),
            None,
        ),
        "Omega-sharpe ratio": lambda: omega_sharpe(c),
        "Downside potential": lambda: potential(c, "downside_potential"),
        "Upside potential": lambda: potential(c, "upside_potential"),
        "Upside potential ratio": lambda: potential(c, "upside_potential_ratio"),
    }
    return read[c.row]()


def active_premium(c: Call) -> Found:
    return "benchmarks.*.active_premium", "", m.against(c.me, c.pair, "active_premium"), None


def lacking(c: Call) -> str:
    """Why risk beyond the benchmark differs for an asset that lacks some of the months."""
    mine, _ = m.paired(c.me, c.argument(1))
    return "months_lacking" if mine and len(mine) < len(c.argument(1).observed()) else ""


def appraisal(c: Call) -> Found:
    if "modified" in c.text or "alternative" in c.text:
        return derived.appraisal(c)
    return "benchmarks.*.appraisal", lacking(c), m.against(c.me, c.pair, "appraisal"), None


def suffered(c: Call, name: str) -> Found:
    """Growth a year over what was suffered: Martin, pain, Burke."""
    why = "null" if c.expected == math.inf else ""
    if name.startswith("burke") and c.expected is not None and c.column != "SP500 TR":
        why = "burke_runs"  # of that one, the runs of losses are the drawdowns
    if c.expected in (1.7, 2.66):
        why = "manual"
    return f"risk.{name}", why, m.grown(c.me, f"risk.{name}"), None


def burke(c: Call) -> Found:
    return suffered(c, "burke_modified" if "modified" in c.text else "burke")


def m_squared(c: Call) -> Found:
    me = c.argument(0)  # one cell names the benchmark twice
    if c.column.startswith("HAM"):
        me = c.me
    if "arithmetic" in c.text:
        return derived.m_squared_arithmetic(c)
    name = "m_squared" if c.fn == "MSquared" else "m_squared_excess"
    why = "manual" if c.expected == -0.00998 else lacking(c)
    return f"benchmarks.*.{name}", why, m.against(me, c.argument(1), name), None


def residual_risk(c: Call) -> Found:
    kind = c.row if c.fn == "table.SpecificRisk" else c.fn
    if kind == "Total Risk":
        return derived.total_risk(c)
    name = "specific_risk" if kind.startswith("Specific") else "systematic_risk"
    why = "manual" if c.expected == 0.013 else lacking(c)
    return f"benchmarks.*.{name}", why, m.against(c.me, c.pair, name), None


def treynor(c: Call) -> Found:
    if "modified" in c.text:
        return derived.treynor(c)
    pair = c.me.of(c.row.split(": ")[1]) if ": " in c.row else c.pair
    why = "own_history" if m.own_history(c.me, pair) else ""
    if isinstance(c.free, Subject):
        return "benchmarks.*.treynor", why, m.against_excess(c.me, pair, c.free, "treynor"), None
    return "benchmarks.*.treynor", why, m.against(c.me, pair, "treynor", 1.0, c.free), None


def up_down(c: Call) -> Found:
    if c.column.endswith("Capture"):
        return captures(c)
    name = c.column.lower().replace(" ", "_")
    return f"benchmarks.*.{name}", "", m.against(c.me, c.pair, name), None


def upside(c: Call) -> Found:
    """UpsideRisk and UpsideFrequency about a target a month."""
    target = yearly(0.005 if c.me.table == "portfolio_bacon" else 0.0, YEAR)
    if c.fn == "UpsideFrequency" or "potential" in c.text:
        name = "upside_frequency" if c.fn == "UpsideFrequency" else "upside_potential"
        return f"risk.{name}", "", m.risk(c.me, name, target=target), None
    why = "manual" if c.expected in (0.08628, 1.82) else ""
    if not c.me.observed():
        why = "null"
    if "variance" in c.text:
        ours = m.squared(m.risk(c.me, "upside_deviation", ROOT, target=target))
        return "risk.upside_deviation² / 12", why, ours, None
    return (
        "risk.upside_deviation / √12",
        why,
        m.risk(c.me, "upside_deviation", ROOT, target=target),
        None,
    )


def potential(c: Call, name: str) -> Found:
    why = "upside_subset" if name.endswith("ratio") else ""
    return f"risk.{name}", why, m.risk(c.me, name, target=0.0), None


def bacon_kurtosis(c: Call) -> Found:
    ours = m.plain_kurtosis(c.me)
    return "risk.kurtosis + 3(n−1)²/((n−2)(n−3))", "", ours, None


def kappa(c: Call) -> Found:
    """With the power 2, which is what the manual sets, it is Sortino."""
    target = 0.005 if c.me.table == "portfolio_bacon" else 0.0
    ours = m.risk(c.me, "sortino", ROOT, target=yearly(target, YEAR))
    why = "manual" if c.expected == 1.493 else "null" if c.expected == math.inf else ""
    return "risk.sortino / √12", why, ours, None


HANDLERS: dict[str, Callable[[Call], Found]] = {
    "InformationRatio": information_ratio,
    "TrackingError": tracking_error,
    "CAPM.jensenAlpha": jensen,
    "Selectivity": jensen,
    "DownsideDeviation": downside,
    "ES": expected_shortfall,
    "VaR": value_at_risk,
    "SharpeRatio": sharpe,
    "Return.annualized": annualised,
    "SFM.alpha": alpha,
    "StdDev": deviation,
    "mean.geometric": geometric_mean,
    "OmegaSharpeRatio": omega_sharpe,
    "BernardoLedoitRatio": lambda c: ("risk.omega", "", m.risk(c.me, "omega"), None),
    "kurtosis": bacon_kurtosis,
    "Kappa": kappa,
    "table.CaptureRatios": captures,
    "table.Distributions": distributions,
    "table.DownsideRiskRatio": downside_table,
    "ActivePremium": active_premium,
    "AppraisalRatio": appraisal,
    "BurkeRatio": burke,
    "DRatio": lambda c: ("risk.d_ratio", "", m.risk(c.me, "d_ratio"), None),
    "MSquared": m_squared,
    "MSquaredExcess": m_squared,
    "MartinRatio": lambda c: suffered(c, "martin"),
    "PainRatio": lambda c: suffered(c, "pain_ratio"),
    "SpecificRisk": residual_risk,
    "SystematicRisk": residual_risk,
    "TreynorRatio": treynor,
    "UpsideFrequency": upside,
    "UpsideRisk": upside,
    "table.SpecificRisk": residual_risk,
    "table.UpDownRatios": up_down,
    "table.InformationRatio": lambda c: (
        information_ratio(c) if c.row == "Information Ratio" else tracking_error(c)
    ),
}
NOT_PUBLISHED = {
    "AdjustedSharpeRatio": "ratio_of_moments",
    "Frequency": "setting",
    "ProspectRatio": "ratio_of_moments",
    "SkewnessKurtosisRatio": "ratio_of_moments",
}


def judge(file: str, call: Call, expected: Any, close: Any) -> Verdict:
    call.expected = number(expected)
    cell = " · ".join(x for x in (call.row, call.column) if x)
    handlers = HANDLERS | derived.DERIVED
    called = re.match(r"(?:print\()?([\w.]+)\(", call.text)
    if called and called[1] in handlers:  # some are filed under the page that they stand on
        call.fn = called[1]
    if call.fn in handlers:
        figure, why, ours, shown = handlers[call.fn](call)
    else:
        figure, why, ours, shown = absent(NOT_PUBLISHED[call.fn])
    said = "equal" if not why else "different" if figure else "not published"
    return Verdict(
        file, call.text, cell, call.expected, said, figure, why, ours, shown, close=close
    )


def cells(row: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Row label, column label and value of every printed figure."""
    if row["table"] is None:
        yield "", "", row["scalar"]
    else:
        for label, columns in row["table"].items():
            for column, value in columns.items():
                yield label, column, value


def printed(call: str, value: Any) -> Any:
    """Four decimals, but one table of alphas came with three, and seven digits at most."""
    if isinstance(value, float) and 1e4 < value < math.inf:
        return truncated(2)
    return within(0.5001e-3) if call.startswith("SFM.alpha(managers[, 1:3]") else truncated(4)


def verdicts() -> list[Verdict]:
    """Of every printed cell of every call."""
    return [
        judge(FILE, Call(row["fn"], row["call"], label, column), value, printed(row["call"], value))
        for row in CASES
        for label, column, value in cells(row)
    ]


def bacon_verdicts() -> list[Verdict]:
    """Of every published figure."""
    return [
        judge(
            BACON,
            Call(row["fn"], row["call"], mar=row["MAR"]),
            row["expected"],
            within(0.5001 * 10.0 ** -row["decimals"]),
        )
        for row in BACON_CASES
    ]


def count(row: dict[str, Any]) -> int:
    """How many figures a call printed."""
    return 1 if row["table"] is None else sum(map(len, row["table"].values()))
