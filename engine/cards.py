"""Definition cards: what each published figure is, in words and formula.

r are simple returns of the observed bars, f those of the benchmark, n their number, A the bars a
year, rf the risk-free rate of one bar; sd has ddof 1. Losses are positive.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import lru_cache

from engine.definitions import IndexDefinition


@dataclass(frozen=True, slots=True)
class Card:
    """One figure: its place in the snapshot, formula, unit, and when it is null."""

    path: str
    formula: str
    unit: str
    undefined: str = ""


CARDS = (
    Card("level", "Σ holding · price / divisor", "points", "not_started"),
    Card(
        "returns.*",
        "level over the level at the anchor − 1; the anchor is as_of minus the period, floored to "
        "the minute (1h, 1d), hour (7d, 30d) or UTC day (90d), the same date at 00:00 (years), or "
        "00:00 of the first day (to date)",
        "fraction",
        "too_short: the index began after the anchor; no_price: none in the hour before it (1h)",
    ),
    Card("annualised.Ny", "(1 + returns.Ny)^(1/N) − 1", "fraction a year", "as returns.Ny"),
    Card("cagr", "(L1/L0)^(year_days / days) − 1", "fraction a year", "too_short: under 90 days"),
    Card("risk.n", "number of bar returns", "count"),
    Card("risk.volatility", "sd(r) · √A", "fraction a year", "too_few: n < 2"),
    Card(
        "risk.downside_deviation",
        "√(mean over all n of min(r − target, 0)²) · √A",
        "fraction a year",
        "too_few: n < 2",
    ),
    Card(
        "risk.ewma_volatility",
        "√(Σw·r² / Σw · A), w halves every ewma_half_life",
        "fraction a year",
        "too_few: n < 10",
    ),
    Card(
        "risk.sharpe",
        "mean(r − rf) / sd(r) · √A",
        "ratio",
        "too_few: n < 2; zero_variance: sd < 1e-12",
    ),
    Card(
        "risk.sortino",
        "mean(r − target) · √A / √(mean of min(r − target, 0)²)",
        "ratio",
        "too_few: n < 2; no_loss",
    ),
    Card("risk.calmar", "cagr / drawdown.max", "ratio", "too_short: as cagr; no_loss"),
    Card(
        "risk.omega",
        "Σ max(r − threshold, 0) / Σ max(threshold − r, 0)",
        "ratio",
        "too_few: n < 2; no_loss",
    ),
    Card("risk.skew", "G1, bias-corrected", "number", "too_few: n < 3; zero_variance"),
    Card("risk.kurtosis", "G2, bias-corrected, excess", "number", "too_few: n < 4; zero_variance"),
    Card(
        "risk.var_95 and var_99",
        "minus the 5 % (1 %) quantile of r, linear interpolation (type 7); within 1 % from a "
        "histogram beyond 4,096 bars",
        "fraction of the level, positive is a loss",
        "too_few: n < 20 (n < 100)",
    ),
    Card(
        "risk.cvar_95 and cvar_99",
        "minus the mean of the ⌊(n−1)·(100−c)/100⌋+1 lowest r",
        "fraction of the level, positive is a loss",
        "too_few: n < 20 (n < 100)",
    ),
    Card("drawdown.current", "(peak − level) / peak, peak over every instant", "fraction"),
    Card("drawdown.max", "largest drawdown over every instant", "fraction"),
    Card("drawdown.max_daily", "largest drawdown over the levels at 00:00 UTC", "fraction"),
    Card(
        "drawdown.peak_at, trough_at, recovered_at",
        "of the largest drawdown: last instant at the peak, first at the trough, first at or above "
        "the peak again",
        "time",
        "no_drawdown; not_recovered",
    ),
    Card(
        "drawdown.underwater_seconds",
        "as_of − last instant at the peak; 0 at the peak",
        "seconds",
    ),
    Card("drawdown.longest_seconds", "longest time from peak to recovery, open one too", "seconds"),
    Card(
        "drawdown.recovery_seconds",
        "from the trough of the largest drawdown to its recovery",
        "seconds",
        "no_drawdown; not_recovered",
    ),
    Card("drawdown.episodes", "the five deepest drawdowns, deepest first", "list"),
    Card("benchmarks.*.beta", "cov(r, f) / var(f)", "ratio", "too_few: n < 2; zero_variance"),
    Card(
        "benchmarks.*.ewma_beta",
        "Σw·r·f / Σw·f², w halves every ewma_half_life",
        "ratio",
        "too_few: n < 10; zero_variance",
    ),
    Card(
        "benchmarks.*.alpha",
        "A · (mean(r − rf) − β · mean(f − rf))",
        "fraction a year",
        "as beta",
    ),
    Card("benchmarks.*.correlation", "Pearson", "−1 … 1", "too_few: n < 2; zero_variance"),
    Card("benchmarks.*.tracking_error", "sd(r − f) · √A", "fraction a year", "too_few: n < 2"),
    Card(
        "benchmarks.*.information_ratio",
        "A · mean(r − f) / tracking_error",
        "ratio",
        "too_few: n < 2; zero_variance",
    ),
    Card(
        "benchmarks.*.up_capture and down_capture",
        "geometric mean r / geometric mean f over the bars where the benchmark rose (fell)",
        "ratio",
        "no_rise; no_fall",
    ),
    Card("benchmarks.*.capture_ratio", "up_capture / down_capture", "ratio", "as its parts"),
    Card("benchmarks.*.excess.*", "returns.* − the benchmark's", "fraction", "as returns.*"),
)


def _digest(value: object) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


METRICS_DIGEST = _digest([asdict(card) for card in CARDS])
"""Changes whenever a card does."""


@lru_cache(maxsize=16_384)  # asked for with every snapshot; more indices only cost time
def snapshot_digest(definition: IndexDefinition) -> str:
    """What a snapshot's figures mean: SHA-256 over the cards and the index definition."""
    return _digest([METRICS_DIGEST, definition.digest()])
