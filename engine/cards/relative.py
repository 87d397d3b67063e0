"""Cards of `benchmarks`: an index against an asset or another index."""

from __future__ import annotations

from math import sqrt

from engine.cards.card import Card, Example
from engine.cards.risk import YEARLY

_UP = (sqrt(1.1 * 1.2) - 1) / (sqrt(1.05 * 1.1) - 1)
_PAIRS = "bars where both have a return; "
_GRINOLD = "Grinold & Kahn, Active Portfolio Management, 1999"

RELATIVE = (
    Card(
        "benchmarks.*.n",
        "bars where both have a return, from when the benchmark was named on",
        "count",
        example=Example("four", "benchmarks.B.n", 4, ""),
    ),
    Card(
        "benchmarks.*.beta",
        f"{_PAIRS}cov(r, f) / var(f)",
        "ratio",
        "too_few: n < 2; zero_variance: the benchmark does not vary",
        ddof="cancels",
        minimum="2",
        reference="Sharpe, Capital Asset Prices, 1964",
        reading="1.2: moves of the benchmark come 1.2 times as large, +30 % as about +36 %",
        example=Example(
            "four",
            "benchmarks.B.beta",
            337.5 / 218.75,
            "deviations of f 3.75, −1.25, 8.75, −11.25 points: products sum to 337.5, squares of f "
            "to 218.75",
        ),
    ),
    Card(
        "benchmarks.*.ewma_beta",
        "Σw·r·f / Σw·f², w halves every ewma_half_life in force, about zero",
        "ratio",
        "too_few: n < 10; zero_variance",
        minimum="10",
        reference="J.P. Morgan, RiskMetrics Technical Document, 1996",
        example=Example("spike", "benchmarks.B.ewma_beta", 2.0, "0.1 · 0.05 / 0.05²"),
    ),
    Card(
        "benchmarks.*.alpha",
        "A · (mean(r − rf) − β · mean(f − rf))",
        "fraction a year",
        "too_few: n < 2; zero_variance",
        sign="ahead of what beta explains is positive",
        annualisation="× A, arithmetic",
        minimum="2",
        reference="Jensen, The Performance of Mutual Funds, 1968",
        example=Example(
            "four",
            "benchmarks.B.alpha",
            4 * (0.025 - 337.5 / 218.75 * 0.0125),
            "4 · (2.5 % − 1.543 · 1.25 %)",
        ),
    ),
    Card(
        "benchmarks.*.correlation",
        "cov(r, f) / (sd(r) · sd(f)) (Pearson)",
        "−1 … 1",
        "too_few: n < 2; zero_variance: either does not vary",
        ddof="cancels",
        minimum="2",
        reading="above 0.9: hardly any diversification",
        example=Example(
            "four",
            "benchmarks.B.correlation",
            337.5 / sqrt(675 * 218.75),
            "337.5 / √(675 · 218.75)",
        ),
    ),
    Card(
        "benchmarks.*.tracking_error",
        "sd(r − f) · √A; r − f is 0 where 1 + r and 1 + f agree to 1e-14 of themselves",
        "fraction a year",
        "too_few: n < 2",
        ddof="1",
        annualisation=YEARLY,
        minimum="2",
        reference=_GRINOLD,
        example=Example(
            "four",
            "benchmarks.B.tracking_error",
            2 * sqrt(218.75 / 3) / 100,
            "r − f = 5, −10, 10, 0 points: squared deviations sum to 218.75; √(218.75/3) · 2",
        ),
    ),
    Card(
        "benchmarks.*.information_ratio",
        "A · mean(r − f) / tracking_error, r − f as there",
        "ratio",
        "too_few: n < 2; zero_variance: r − f does not vary",
        ddof="1",
        annualisation=YEARLY,
        minimum="2",
        reference=_GRINOLD,
        reading="0.5 good, 0.75 very good, 1 exceptional (Grinold & Kahn)",
        example=Example(
            "four",
            "benchmarks.B.information_ratio",
            4 * 0.0125 / (2 * sqrt(218.75 / 3) / 100),
            "4 · 1.25 % / 17.08 %",
        ),
    ),
    *(
        Card(
            f"benchmarks.*.{side}_capture",
            f"geometric mean r / geometric mean f, Π(1 + r)^(1/k) − 1 over the k bars where the "
            f"benchmark {moved}; bars in which it did not move count on neither side",
            "ratio",
            reason,
            minimum="1 such bar",
            reference="Morningstar, Upside and Downside Capture Ratios; here of bars",
            reading=reading,
            example=Example("four", f"benchmarks.B.{side}_capture", value, how),
        )
        for side, moved, reason, reading, value, how in (
            (
                "up",
                "rose",
                "no_rise",
                "above 1: takes more than the benchmark's rises",
                _UP,
                "bars 1 and 3: (√(1.1 · 1.2) − 1) / (√(1.05 · 1.1) − 1)",
            ),
            (
                "down",
                "fell",
                "no_fall",
                "0.8: a fall of 10 % comes as 8 %",
                1.0,
                "bar 4: −10 % / −10 %",
            ),
        )
    ),
    Card(
        "benchmarks.*.capture_ratio",
        "up_capture / down_capture",
        "ratio",
        "no_rise; no_fall; no_loss: the index lost nothing over the falls, so "
        "what it made of them is not below 0",
        reading="above 1: takes more of the rises than of the falls",
        example=Example("four", "benchmarks.B.capture_ratio", _UP, "1.993 / 1"),
    ),
    Card(
        "benchmarks.*.excess.*",
        "returns.* − the benchmark's over the same period; inception: since the index began",
        "fraction",
        "too_short: as returns, or the benchmark began later (inception: or was named later); "
        "not_started",
        sign="ahead of the benchmark is positive",
        example=Example("four", "benchmarks.B.excess.inception", 0.0297, "6.92 % − 3.95 %"),
    ),
)
