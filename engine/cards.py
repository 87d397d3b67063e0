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
from engine.flags import RULES


@dataclass(frozen=True, slots=True)
class Card:
    """One figure: its place in the snapshot, formula, unit, and when it is null."""

    path: str
    formula: str
    unit: str
    undefined: str = ""


CARDS = (
    Card(
        "level",
        "Σ holding · price / divisor; base_level at the first instant when every asset has a price "
        "and one of them can be weighed; the divisor keeps it unchanged by rebalances and changes",
        "points",
        "not_started",
    ),
    Card(
        "level, weighting = cap",
        "weights ∝ last price · supply; supply = market cap / price where a market cap came with "
        "the price, else the supply that came, else the definition's; above cap_limit cut to it, "
        "the excess to the others in proportion until none exceeds; all the same where fewer than "
        "1/cap_limit assets can be weighed",
        "fractions that sum to one, at rebalances and changes only",
        "weight 0, quality.flags: no_weight:A where the price is older than max_price_age; with "
        "unknown_cap:A where no cap above 0 and no supply is known",
    ),
    Card(
        "level, weighting = inverse_volatility",
        "weights ∝ 1/sd of the daily simple returns of each asset's price that end at a 00:00 UTC "
        "in the vol_window up to the rebalance; a day without a price gives no return",
        "fractions that sum to one, at rebalances and changes only",
        "equal until every asset has 30 returns, and where one does not vary (sd < 1e-12)",
    ),
    Card(
        "level, weighting = fixed and equal",
        "the definition's weights (an asset added later: 1/n of the whole) or 1/n",
        "fractions that sum to one, at rebalances and changes only",
        "weight 0, quality.flags: no_weight:A where the price is older than max_price_age",
    ),
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
    Card(
        "risk.sharpe_se",
        "√(A·Ω/n), Ω the long-run variance of ψ = x/σ − S/2·(x²/σ² − 1), x = r − mean, S the "
        "sharpe of one bar; Newey-West, Bartlett weights, lag min(⌊4(n/100)^(2/9)⌋, 20)",
        "ratio, as sharpe",
        "too_few: n < 20; zero_variance",
    ),
    Card(
        "risk.psr", "Φ(sharpe / sharpe_se): the true Sharpe is > 0", "probability", "as sharpe_se"
    ),
    Card(
        "risk.var_95_cf and var_99_cf",
        "−(mean + sd·(z + (z²−1)S/6 + (z³−3z)K/24 − (2z³−5z)S²/36)), population moments, z the 5 % "
        "(1 %) normal quantile",
        "fraction of the level, positive is a loss",
        "too_few: n < 20; zero_variance; cf_domain: the expansion does not rise with z over all z",
    ),
    Card(
        "risk.var_95_exceedances and var_99_exceedances",
        "n returns held each against the VaR of the returns before it; observed: losses above it; "
        "expected: n · 5 % (1 %); kupiec_p: χ²(1) probability of the proportion of failures",
        "counts; probability",
        "kupiec_p too_few: n < 250",
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
    Card(
        "benchmarks.*.excess.*",
        "returns.* − the benchmark's over the same period; inception: since the index began",
        "fraction",
        "as returns.*; too_short: the benchmark began later",
    ),
    Card(
        "risk.calmar_36m",
        "annualised.3y / largest drawdown over the levels at 00:00 UTC of the last three years",
        "ratio",
        "too_short: under three years; no_loss: no drawdown",
    ),
    Card(
        "windows.*",
        "return, volatility, sharpe, sortino, max_drawdown and var_95, defined as those of risk, "
        "of the closes within (anchor, end]: of minutes (1d), hours (7d, 30d) or days (90d, 1y), "
        "annualised by that bar; end is the last bar end; bars without a price give no return, the "
        "move across them counts in return and max_drawdown",
        "as risk",
        "too_short: the index began after the anchor; too_few: n < 2 (var_95: n < 20); "
        "zero_variance; no_loss",
    ),
    Card(
        "windows.*.benchmarks.*",
        "beta, correlation, alpha and information_ratio, defined as those of benchmarks, of the "
        "bars of the window in which both have a return",
        "as benchmarks",
        "too_short: either began after the anchor; too_few: n < 2; zero_variance",
    ),
    Card(
        "rolling.*",
        "returns of all windows of that length that ended at 00:00 UTC of a day with a price: "
        "latest, share above 0, min, median, max, and their number n",
        "fraction",
        "too_short: no whole window yet",
    ),
    Card(
        "calendar.*",
        "return of every calendar month and year (UTC) since inception, the first from the "
        "inception, the last up to now, and return − the benchmark's over the same time",
        "fraction",
        "too_short: the benchmark began later; unobserved: the index ran before it was kept here",
    ),
    Card("regime.reference", "basket whose daily closes decide: first benchmark, or itself", "id"),
    Card(
        "regime.trend",
        "at each daily close of the reference: bear from 20 % below the highest close of the rise "
        "on, bull from 20 % above the lowest close of the fall on; either is sideways once that "
        "extreme is 21 days old and until it is passed or a turn comes, so all closes since lie "
        "within 20 % of it; three weeks are where Dow theory ends the day to day movements",
        "bull, bear or sideways; trend_since is the close at which it began",
        "no_turn: no move of 20 % yet",
    ),
    Card(
        "regime.volatility",
        "v = √(Σ0.94^k·x² / Σ0.94^k) over the reference's daily returns x, k returns ago, against "
        "the median of its last 730 values: high from 1.125 times on, low again at 0.875 times; at "
        "first, high where at least the median",
        "high or low; volatility_since is the close at which it began",
        "too_few: under 90 daily returns; zero_variance",
    ),
    Card("regime.*.n", "bars that began within the regime, as judged then", "count"),
    Card("regime.*.return", "Π(1 + r) − 1 over these bars", "fraction", "too_few: n < 1"),
    Card("regime.*.volatility", "sd(r) · √A over these bars", "fraction a year", "too_few: n < 2"),
    Card(
        "regime.*.sharpe",
        "mean(r − rf) / sd(r) · √A over these bars",
        "ratio",
        "too_few: n < 2; zero_variance",
    ),
    *(
        Card(f"flags.{flag}", rule, "flag, since which daily close, evidence")
        for flag, rule in RULES.items()
    ),
    Card(
        "targets.*",
        "value is the figure of that name, met whether it is at least (at most, for losses, "
        "volatility and the like) the target; the alert is judged at daily closes, of risk figures "
        "and those against a benchmark from 30 days after the first level",
        "as the figure",
        "as the figure",
    ),
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
