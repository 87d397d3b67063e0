"""PerformanceAnalytics: every call of its manual with what it prints, and Bacon's figures."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.conformance import managers as m
from tests.conformance import theirs
from tests.conformance.bench import yearly
from tests.conformance.managers import SERIES, YEAR, Ours, Subject
from tests.conformance.verdicts import Verdict, load, number, truncated, within

FILE = "oracles_performanceanalytics_calls.json"
BACON = "oracles_bacon_published.json"
CASES: list[dict[str, Any]] = load(FILE).get("rows", [])
BACON_CASES: list[dict[str, Any]] = load(BACON).get("rows", [])
ROOT = 1 / math.sqrt(YEAR)


@dataclass(slots=True)
class Call:
    """One R call, and the cell of its print that is looked at."""

    fn: str
    text: str
    row: str = ""
    column: str = ""
    mar: float | None = None
    expected: float | None = None

    @property
    def table(self) -> str:
        return next(t for t in SERIES if re.search(rf"\b{t}\b", self.text) and t != "source")

    @property
    def year(self) -> str:
        found = re.search(r"\[['\"](\d{4})['\"]", self.text)
        return found[1] if found else ""

    def _names(self) -> list[str]:
        return [name for name in SERIES[self.table] if name != "date"]

    def _argument(self, place: int) -> Subject:
        """The column that a call's argument starts with, such as managers[, 8:7]."""
        parts = re.findall(r"\b(managers|edhec|portfolio_bacon)\[([^\]]*)\]", self.text)
        table, inside = parts[place]
        columns = inside.split(",")[1].strip() if "," in inside else ""
        names = self._names()
        quoted = re.match(r'"([^"]+)"', columns)
        first = int(re.match(r"\d+", columns)[0]) if columns[:1].isdigit() else 1  # type: ignore[index]
        return Subject(table, quoted[1] if quoted else names[first - 1], self.year)

    @property
    def me(self) -> Subject:
        """Whose figure this cell holds."""
        for label in (self.column, self.row):
            name = label.split(" to ")[0]
            if name in self._names():
                return Subject(self.table, name, self.year)
        return self._argument(0)

    @property
    def pair(self) -> Subject:
        """The benchmark of this cell: named in a label, or the second argument."""
        for label in (self.column, self.row):
            named = re.search(r"(?::| to) (.+)$", label)
            if named and named[1] in self._names():
                return Subject(self.table, named[1], self.year)
        return self._argument(1)

    @property
    def free(self) -> float | Subject:
        """The risk-free rate a month, or the series of it."""
        if re.search(r'Rf = managers\[, (10|"US 3m TR")', self.text):
            return Subject("managers", "US 3m TR")
        rate = re.search(r"Rf = (0\.\d+)/12", self.text)
        return float(rate[1]) / 12 if rate else 0.0

    def explained(self, definition: Callable[..., float], *more: Any) -> float:
        return definition(*m.paired(self.me, self.pair), *more)


Found = tuple[str, str, Ours | None, float | None]
"""Our figure, why it differs ("" where it is equal), how it is read, their definition."""
ABSENT: Found = ("", "not_published", None, None)


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
    shown = theirs.gaussian_es(c.me.observed(), 0.05, True) if "gaussian" in c.text else None
    return "", "not_published", None, shown


def value_at_risk(c: Call) -> Found:
    if "historical" in c.text:
        return "risk.var_95", "", m.risk(c.me, "var_95", -1), None
    if "gaussian" in c.text:
        shown = theirs.gaussian_var(c.me.observed(), 0.05, True)
        return "", "not_published", None, shown
    if "clean" in c.text:
        return ABSENT
    level = "99" if "0.99" in c.text or "0.01" in c.text else "95"
    why = "" if theirs.monotone(c.me.observed()) else "cf_domain"
    shown = theirs.cornish_fisher(c.me.observed(), (100 - int(level)) / 100)
    return f"risk.var_{level}_cf", why, m.risk(c.me, f"var_{level}_cf", -1), shown


def sharpe(c: Call) -> Found:
    if "StdDev" not in c.text or c.row.startswith(("VaR", "ES")):
        return ABSENT
    return "risk.sharpe / √12", "", m.sharpe(c.me, c.free, ROOT), None


def annualised(c: Call) -> Found:
    return ABSENT if "geometric = FALSE" in c.text else ("cagr", "", m.grown(c.me, "cagr"), None)


def alpha(c: Call) -> Found:
    figure, one = "benchmarks.*.alpha / 12", 1 / YEAR
    if isinstance(c.free, Subject):
        ours = m.against_excess(c.me, c.pair, c.free, "alpha", one)
        return figure, "", ours, None
    return figure, "", m.against(c.me, c.pair, "alpha", one, c.free), None


def deviation(c: Call) -> Found:
    if "clean" in c.text:
        return ABSENT
    return "risk.volatility / √12", "", m.risk(c.me, "volatility", ROOT), None


def geometric_mean(c: Call) -> Found:
    if not c.text.startswith("mean.geometric"):
        return ABSENT
    ours = m.grown(c.me, "cagr", lambda x: (1 + x) ** (1 / YEAR) - 1)
    return "(1 + cagr)^(1/12) − 1", "", ours, None


def omega_sharpe(c: Call) -> Found:
    why = "null" if c.expected == math.inf else ""
    return "risk.omega − 1", why, m.less_one(m.risk(c.me, "omega")), None


def captures(c: Call) -> Found:
    names = {"Up Capture": ("up_capture", True), "Down Capture": ("down_capture", False)}
    if c.column not in names:
        return ABSENT
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
    }
    return read.get(c.row, lambda: ABSENT)()


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
    "table.InformationRatio": lambda c: (
        information_ratio(c) if c.row == "Information Ratio" else tracking_error(c)
    ),
}
NOT_PUBLISHED = {
    "ActivePremium", "AdjustedSharpeRatio", "AppraisalRatio", "BurkeRatio", "CAPM.RiskPremium",
    "DRatio", "DownsideFrequency", "FamaBeta", "Frequency", "M2Sortino", "MSquared",
    "MSquaredExcess", "MartinRatio", "NetSelectivity", "OmegaExcessReturn", "PainRatio",
    "ProspectRatio", "Return.annualized.excess", "SkewnessKurtosisRatio", "SpecificRisk",
    "SystematicRisk", "TotalRisk", "TreynorRatio", "UpsideFrequency", "UpsideRisk",
    "VolatilitySkewness", "table.SpecificRisk",
}  # fmt: skip


def judge(file: str, call: Call, expected: Any, close: Any) -> Verdict:
    call.expected = number(expected)
    cell = " · ".join(x for x in (call.row, call.column) if x)
    if call.fn in HANDLERS:
        figure, why, ours, shown = HANDLERS[call.fn](call)
    else:
        assert call.fn in NOT_PUBLISHED, call.fn
        figure, why, ours, shown = ABSENT
    said = {"": "equal", "not_published": "not published"}.get(why, "different")
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


def printed(call: str) -> Any:
    """Four decimals, but one table of alphas came with three."""
    return within(0.5001e-3) if call.startswith("SFM.alpha(managers[, 1:3]") else truncated(4)


def verdicts() -> list[Verdict]:
    """Of every printed cell of every call."""
    return [
        judge(FILE, Call(row["fn"], row["call"], label, column), value, printed(row["call"]))
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
