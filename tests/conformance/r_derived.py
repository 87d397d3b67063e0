"""Figures of PerformanceAnalytics that follow from published ones by a line of arithmetic.

The formula stands in the report, and each is computed by it from what the engine publishes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist

from tests.conformance import managers as m
from tests.conformance.bench import yearly
from tests.conformance.managers import YEAR, Ours, Subject
from tests.conformance.r_call import Call, Found

_A = "benchmarks.*"


def joined(formula: Callable[..., float], *reads: Ours) -> Ours:
    """A formula of figures; undefined where one of them is."""

    def ours() -> float | None:
        values = [read() for read in reads]
        return None if None in values else formula(*values)

    return ours


def lacking(c: Call) -> str:
    """Why a figure against a benchmark differs for an asset that lacks some of its months."""
    mine, _ = m.paired(c.me, c.pair)
    return "months_lacking" if mine and len(mine) < len(c.pair.observed()) else ""


def growth(subject: Subject) -> Ours:
    return m.grown(subject, "cagr")


def target_of(c: Call) -> float:
    """A year's rate of the target that the calls have: half a percent a month of Bacon's series."""
    return yearly(0.005 if c.me.table == "portfolio_bacon" else 0.0, YEAR)


def appraisal(c: Call) -> Found:
    """Jensen's alpha over beta, or over the systematic risk."""
    divisor = "beta" if "modified" in c.text else "systematic_risk"
    reads = (m.against(c.me, c.pair, x) for x in ("appraisal", "specific_risk", divisor))
    text = f"{_A}.appraisal · {_A}.specific_risk / {_A}.{divisor}"
    return text, "", joined(lambda ratio, risk, by: ratio * risk / by, *reads), None


def capital_market(c: Call) -> Found:
    """Slope and height of the capital market line, slope of the security market line."""
    if "SML" in c.text:
        return "12 / risk.mean_return", "", joined(lambda x: YEAR / x, mean(c)), None
    if "CML.slope" in c.text:
        free = Subject("managers", "US 3m TR")
        return "risk.sharpe / √12", "", m.sharpe(c.me, free, 1 / math.sqrt(YEAR)), None
    if "CML" in c.text:
        slope = m.sharpe(c.pair, 0.0, 1 / math.sqrt(YEAR))
        text = "the benchmark's risk.sharpe / √12 · risk.mean_return / 12"
        return text, "", joined(lambda sharpe, r: sharpe * r / YEAR, slope, mean(c)), None
    return "risk.mean_return / 12", "", joined(lambda x: x / YEAR, mean(c)), None


def mean(c: Call) -> Ours:
    return m.risk(c.me, "mean_return")


def m2_sortino(c: Call) -> Found:
    target = target_of(c)
    mine, other = (m.risk(x, "downside_deviation", target=target) for x in (c.me, c.pair))
    sortino = m.risk(c.me, "sortino", 1 / math.sqrt(YEAR), target=target)
    text = (
        "cagr + risk.sortino / √12 · (the benchmark's risk.downside_deviation − "
        "risk.downside_deviation)"
    )
    reads = (growth(c.me), sortino, other, mine)
    return text, "", joined(lambda g, ratio, b, a: g + ratio * (b - a), *reads), None


def m_squared_arithmetic(c: Call) -> Found:
    scaled = m.against(c.argument(0), c.argument(1), "m_squared")
    text = f"{_A}.m_squared − the benchmark's cagr"
    return text, "", joined(lambda x, g: x - g, scaled, growth(c.argument(1))), None


def fama(c: Call) -> Found:
    """Fama's beta, and what is left of the growth when it is taken for the benchmark's risk."""
    vols = (m.risk(c.me, "volatility"), m.risk(c.pair, "volatility"))
    if c.fn == "FamaBeta":
        text = "risk.volatility / the benchmark's"
        return text, "", joined(lambda a, b: a / b, *vols), None
    text = "cagr − risk.volatility / the benchmark's · the benchmark's cagr"
    reads = (growth(c.me), growth(c.pair), *vols)
    why = "manual" if c.expected == -0.017 else lacking(c)
    return text, why, joined(lambda g, h, a, b: g - a / b * h, *reads), None


def omega_excess(c: Call) -> Found:
    mine, other = (m.risk(x, "downside_deviation", target=target_of(c)) for x in (c.me, c.pair))
    text = "cagr − 3 · risk.downside_deviation · the benchmark's"
    reads = (growth(c.me), mine, other)
    return text, lacking(c), joined(lambda g, a, b: g - 3 * a * b, *reads), None


def excess(c: Call) -> Found:
    text = "(1 + cagr) / (1 + the benchmark's cagr) − 1"
    reads = (growth(c.me), growth(c.pair))
    return text, "", joined(lambda g, h: (1 + g) / (1 + h) - 1, *reads), None


def treynor(c: Call) -> Found:
    pair = c.me.of(c.row.split(": ")[1]) if ": " in c.row else c.pair
    reads = (m.against(c.me, pair, x) for x in ("treynor", "beta", "systematic_risk"))
    text = f"{_A}.treynor · {_A}.beta / {_A}.systematic_risk"
    return text, "", joined(lambda ratio, beta, risk: ratio * beta / risk, *reads), None


def mean_error(c: Call) -> Found:
    """Standard error of the mean, and the bounds within which it is with 95 %."""
    n = len(c.me.observed())
    sd = m.risk(c.me, "volatility", 1 / math.sqrt(YEAR * n))
    if "stderr" in c.text:
        return "risk.volatility / √(12 n)", "", sd, None
    sign = 1 if "UCL" in c.text else -1
    z, free = NormalDist().inv_cdf(0.975), n - 1
    t = z + (z**3 + z) / (4 * free) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * free**2)
    text = "risk.mean_return / 12 ± t · risk.volatility / √(12 n)"
    return text, "", joined(lambda r, error: r / YEAR + sign * t * error, mean(c), sd), None


def total_risk(c: Call) -> Found:
    reads = (m.against(c.me, c.pair, x) for x in ("specific_risk", "systematic_risk"))
    text = f"√({_A}.specific_risk² + {_A}.systematic_risk²)"
    why = "manual" if c.expected == 0.0134 else lacking(c)
    return text, why, joined(math.hypot, *reads), None


def downside_frequency(c: Call) -> Found:
    above = m.risk(c.me, "upside_frequency", target=target_of(c))
    return "1 − risk.upside_frequency", "", joined(lambda x: 1 - x, above), None


def volatility_skewness(c: Call) -> Found:
    names = ("upside_deviation", "downside_deviation")
    reads = (m.risk(c.me, name, target=target_of(c)) for name in names)
    text = "risk.upside_deviation / risk.downside_deviation"
    return text, "", joined(lambda up, down: up / down, *reads), None


DERIVED: dict[str, Callable[[Call], Found]] = {
    "CAPM.RiskPremium": capital_market,
    "DownsideFrequency": downside_frequency,
    "FamaBeta": fama,
    "M2Sortino": m2_sortino,
    "NetSelectivity": fama,
    "OmegaExcessReturn": omega_excess,
    "Return.annualized.excess": excess,
    "TotalRisk": total_risk,
    "VolatilitySkewness": volatility_skewness,
}
