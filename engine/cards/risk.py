"""Cards of `risk` and `drawdown`."""

from __future__ import annotations

from math import erfc, log, sqrt

from engine.cards.card import Card, Example

YEARLY = "× √A, A bars a year"
LOSS = "a loss is positive"
_Z = 1.6448536269514722
"""Minus the 5 % quantile of the standard normal."""


def _kupiec(n: int, rate: float) -> float:
    """χ²(1) probability of no exceedance in n returns."""
    return erfc(sqrt(-n * log(1.0 - rate)))


RISK = (
    Card("risk.n", "number of bar returns", "count", example=Example("four", "risk.n", 4, "")),
    Card(
        "risk.volatility",
        "sd(r) · √A",
        "fraction a year",
        "too_few: n < 2",
        ddof="1",
        annualisation=YEARLY,
        minimum="2",
        reading="0.1 to 0.2 is usual of shares, 0.5 to 1 of large coins",
        example=Example(
            "four",
            "risk.volatility",
            0.30,
            "mean 2.5 %; deviations 7.5, −12.5, 17.5, −12.5 points, squares sum to 675; "
            "√(675/3) = 15 %, times 2",
        ),
    ),
    Card(
        "risk.downside_deviation",
        "√(mean over all n of min(r − target, 0)²) · √A, each r against the target in force at its "
        "bar's end, of one bar: (1 + target)^(1/A) − 1",
        "fraction a year",
        "too_few: n < 2",
        ddof="0, over all n",
        annualisation=YEARLY,
        minimum="2",
        reference="Sortino & Price, Performance Measurement in a Downside Risk Framework, 1994",
        example=Example("four", "risk.downside_deviation", sqrt(0.02), "√((0.01 + 0.01)/4) · 2"),
    ),
    Card(
        "risk.ewma_volatility",
        "√(Σw·r² / Σw · A), w halves every ewma_half_life in force, about zero",
        "fraction a year",
        "too_few: n < 10",
        ddof="none: about zero, weights sum to one",
        annualisation=YEARLY,
        minimum="10",
        reference="J.P. Morgan, RiskMetrics Technical Document, 1996",
        example=Example(
            "spike",
            "risk.ewma_volatility",
            sqrt(0.01 / (2 - 2**-9) * 4),
            "Σw = 1 + 1/2 + … + 1/512 = 1.998; √(0.1²/1.998 · 4)",
        ),
    ),
    Card(
        "risk.sharpe",
        "mean(r − rf) / sd(r) · √A, rf = (1 + risk_free)^(1/A) − 1",
        "ratio",
        "too_few: n < 2; zero_variance: sd < 1e-12",
        ddof="1",
        annualisation=YEARLY,
        minimum="2; see sharpe_se for how little a few returns say",
        reference="Sharpe, The Sharpe Ratio, 1994",
        reading="below 1 weak, 1 to 2 good, above 2 very good, above 3 rare",
        example=Example("four", "risk.sharpe", 1 / 3, "2.5 % / 15 % · 2"),
    ),
    Card(
        "risk.sharpe_se",
        "√(A·Ω/n), Ω the long-run variance of ψ = x/σ − S/2·(x²/σ² − 1), x = r − mean, S the "
        "sharpe of one bar; Newey-West, Bartlett weights, lag min(⌊4(n/100)^(2/9)⌋, 20)",
        "ratio, as sharpe",
        "too_few: n < 20; zero_variance",
        annualisation=YEARLY,
        minimum="20",
        reference="Lo, The Statistics of Sharpe Ratios, 2002; Newey & West, 1987",
        reading="sharpe ± 1.96 · sharpe_se held the truth in 93 to 95 % of simulated paths "
        "(docs/coverage.md)",
        example=Example(
            "calm",
            "risk.sharpe_se",
            sqrt(4 * (39 / 40) / 40),
            "the mean is 0, so S = 0 and ψ = x/σ; Ω = Σx²/(nσ²) = 39/40, neighbours within lag 3 "
            "have no common moves; √(4 · 0.975/40)",
        ),
    ),
    Card(
        "risk.psr",
        "Φ(sharpe / sharpe_se): how probable it is that the true Sharpe ratio is above 0",
        "probability",
        "too_few: n < 20; zero_variance",
        minimum="20",
        reference="Bailey & López de Prado, The Sharpe Ratio Efficient Frontier, 2012, with the "
        "error above",
        reading="above 0.95: hardly by chance alone",
        example=Example("calm", "risk.psr", 0.5, "the sharpe is 0"),
    ),
    Card(
        "risk.sortino",
        "mean(r − target) · √A / √(mean of min(r − target, 0)²), target of one bar as there",
        "ratio",
        "too_few: n < 2; no_loss: no return below the target",
        ddof="0, over all n",
        annualisation=YEARLY,
        minimum="2",
        reference="Sortino & Price, 1994",
        reading="as Sharpe's, mostly somewhat higher",
        example=Example("four", "risk.sortino", sqrt(0.5), "2.5 % · 4 / 14.14 %"),
    ),
    Card(
        "risk.calmar",
        "cagr / drawdown.max",
        "ratio",
        "too_short: as cagr; no_loss: no drawdown of 1e-14 or more",
        minimum="90 days",
        reference="Young, Calmar Ratio: A Smoother Tool, 1991, over the whole history",
        reading="above 1 good, above 3 excellent",
        example=Example(
            "three years", "risk.calmar", (2 ** (365 / 1096) - 1) / 0.2, "26 % / (250 to 200: 20 %)"
        ),
    ),
    Card(
        "risk.calmar_36m",
        "annualised.3y / largest drawdown over the levels at 00:00 UTC of the last three years",
        "ratio",
        "too_short: under three years; no_loss: no drawdown of 1e-14 or more",
        minimum="three years",
        reference="Young, 1991",
        reading="above 1 good, above 3 excellent",
        example=Example("three years", "risk.calmar_36m", (2 ** (1 / 3) - 1) / 0.2, "26 % / 20 %"),
    ),
    Card(
        "risk.omega",
        "Σ max(r − threshold, 0) / Σ max(threshold − r, 0), each r about the omega_threshold in "
        "force at its bar's end, of one bar: (1 + omega_threshold)^(1/A) − 1",
        "ratio",
        "too_few: n < 2; no_loss: losses sum to less than 1e-12",
        minimum="2",
        reference="Keating & Shadwick, A Universal Performance Measure, 2002",
        reading="above 1: more gained than lost about the threshold",
        example=Example("four", "risk.omega", 1.5, "(10 + 20) / (10 + 10)"),
    ),
    Card(
        "risk.skew",
        "G1 = √(n(n−1))/(n−2) · m3/m2^1.5, m the moments about the mean over n",
        "number",
        "too_few: n < 3; zero_variance",
        sign="a long tail of gains is positive",
        minimum="3",
        reference="Joanes & Gill, Comparing Measures of Sample Skewness and Kurtosis, 1998",
        reading="below 0: losses are rarer and larger than gains",
        example=Example(
            "four",
            "risk.skew",
            sqrt(12) / 2 * 468.75 / 168.75**1.5,
            "cubes of the deviations sum to 1,875: m3 = 468.75, m2 = 168.75",
        ),
    ),
    Card(
        "risk.kurtosis",
        "G2 = (n−1)/((n−2)(n−3)) · ((n+1)·(m4/m2² − 3) + 6), excess over the normal's",
        "number",
        "too_few: n < 4; zero_variance",
        minimum="4",
        reference="Joanes & Gill, 1998",
        reading="above 0: fatter tails than the normal's; 5 to 10 is usual of daily coin returns",
        example=Example(
            "four",
            "risk.kurtosis",
            1.5 * (5 * (36445.3125 / 168.75**2 - 3) + 6),
            "m4 = 36,445.3; m4/m2² − 3 = −1.72; 3/2 · (5 · −1.72 + 6)",
        ),
    ),
    *(
        Card(
            f"risk.var_{c}",
            f"minus the {100 - c} % quantile of r, linear interpolation (type 7); within 1 % from "
            "a histogram beyond 4,096 bars (of the returns that it lies between; 1e-8 and less "
            "reads as 0), named in quality.approximate",
            "fraction of the level over one bar",
            f"too_few: n < {least}",
            sign=LOSS,
            minimum=str(least),
            reference="Hyndman & Fan, Sample Quantiles in Statistical Packages, 1996",
            reading=f"a loss beyond it is to be expected in {100 - c} of 100 bars",
            example=Example("scatter", f"risk.var_{c}", value, how),
        )
        for c, least, value, how in (
            (95, 20, 0.045, "the sixth lowest of 101, as 5 % of 100 is 5: −4.5 %"),
            (99, 100, 0.049, "the second lowest: −4.9 %"),
        )
    ),
    *(
        Card(
            f"risk.cvar_{c}",
            f"minus the mean of the ⌊(n−1)·{100 - c}/100⌋+1 lowest r; beyond 4,096 bars as var_{c}",
            "fraction of the level over one bar",
            f"too_few: n < {least}",
            sign=LOSS,
            minimum=str(least),
            reference="Acerbi & Tasche, On the Coherence of Expected Shortfall, 2002",
            reading="what is lost on average where var is passed",
            example=Example("scatter", f"risk.cvar_{c}", value, how),
        )
        for c, least, value, how in (
            (95, 20, 0.0475, "mean of −5.0, −4.9 … −4.5 %"),
            (99, 100, 0.0495, "mean of −5.0 and −4.9 %"),
        )
    ),
    *(
        Card(
            f"risk.var_{c}_cf",
            "−(mean + sd·(z + (z²−1)S/6 + (z³−3z)K/24 − (2z³−5z)S²/36)), S and K the population "
            f"skewness and excess kurtosis, z the {100 - c} % normal quantile",
            "fraction of the level over one bar",
            "too_few: n < 20; zero_variance; cf_domain: the expansion does not rise with z over "
            "all z: unless a = K/8 − S²/6 ≥ 0, c = 1 − K/8 + 5S²/36 > 0 and S²/9 ≤ 4ac, to 1e-9",
            sign=LOSS,
            ddof="0",
            minimum="20",
            reference="Maillard, A User's Guide to the Cornish Fisher Expansion, 2012",
            example=Example(
                "calm",
                f"risk.var_{c}_cf",
                0.01 * (z + (z**3 - 3 * z) / 24),
                f"mean 0, sd 1 %, S = 0, K = 4 − 3 = 1: 1 % · (z + (z³ − 3z)/24), z = {z:.4f}",
            ),
        )
        for c, z in ((95, _Z), (99, 2.3263478740408408))
    ),
    *(
        Card(
            f"risk.var_{c}_exceedances.{name}",
            formula,
            unit,
            undefined,
            minimum=minimum,
            reference="Kupiec, Techniques for Verifying the Accuracy of Risk Measurement Models, "
            "1995",
            reading=reading,
            example=Example("shrinking", f"risk.var_{c}_exceedances.{name}", value, how),
        )
        for c, least, n in ((95, 20, 340), (99, 100, 260))
        for name, formula, unit, undefined, minimum, reading, value, how in (
            (
                "n",
                f"returns held each against the var_{c} of the returns before it",
                "count",
                "",
                f"{least} returns before the first",
                "",
                n,
                f"360 returns, the first {least} have no VaR before them",
            ),
            (
                "expected",
                f"n · {100 - c} %",
                "count",
                "",
                "",
                "",
                n * (100 - c) / 100,
                f"{n} · {100 - c} %",
            ),
            (
                "observed",
                f"losses above the var_{c} that was published before them; 1e-14 above is as great",
                "count",
                "",
                "",
                "",
                0,
                "every loss is smaller than all before it, so smaller than what was promised",
            ),
            (
                "kupiec_p",
                "χ²(1) probability of −2·ln(p^x(1−p)^(n−x) / (x/n)^x(1−x/n)^(n−x)), x observed",
                "probability",
                "too_few: n < 250",
                "250",
                "below 0.05 the VaR is rejected: too many exceedances, or too few",
                _kupiec(n, (100 - c) / 100),
                f"none of {n}: −2·{n}·ln({c / 100})",
            ),
        )
    ),
)

DRAWDOWN = (
    Card(
        "drawdown.current",
        "(peak − level) / peak, the peak of every instant so far",
        "fraction",
        sign=LOSS,
        reading="0.2 and more is called a bear market",
        example=Example("fall", "drawdown.current", 0.25, "20,000 to 15,000"),
    ),
    Card(
        "drawdown.max",
        "largest drawdown over every instant",
        "fraction",
        sign=LOSS,
        example=Example("fall", "drawdown.max", 0.4, "20,000 to 12,000"),
    ),
    Card(
        "drawdown.max_daily",
        "largest drawdown over the levels at 00:00 UTC",
        "fraction",
        "unobserved: no 00:00 yet",
        sign=LOSS,
        example=Example("fall", "drawdown.max_daily", 0.4, "all of these are at 00:00"),
    ),
    *(
        Card(
            f"drawdown.{name}",
            formula,
            "time",
            undefined,
            example=None if day is None else Example("fall", f"drawdown.{name}", day, how),
        )
        for name, formula, undefined, day, how in (
            (
                "peak_at",
                "of the largest drawdown, the earliest of equal ones: last instant at the peak",
                "no_drawdown",
                "day 1",
                "the last at 20,000 before the fall",
            ),
            ("trough_at", "first instant at its lowest level", "no_drawdown", "day 2", "12,000"),
            (
                "recovered_at",
                "first instant at or above the peak again, to 1e-14 of it",
                "no_drawdown; not_recovered",
                "day 3",
                "20,000 again",
            ),
        )
    ),
    *(
        Card(
            f"drawdown.{name}",
            formula,
            "seconds",
            undefined,
            example=Example("fall", f"drawdown.{name}", days * 86_400.0, how),
        )
        for name, formula, undefined, days, how in (
            (
                "underwater_seconds",
                "as_of − last instant at the peak, to 1e-14 of it; 0 at the peak",
                "",
                1,
                "a day since 20,000",
            ),
            (
                "longest_seconds",
                "longest time from peak to recovery, the open one included",
                "",
                2,
                "day 1 to day 3",
            ),
            (
                "recovery_seconds",
                "from the trough of the largest drawdown to its recovery",
                "no_drawdown; not_recovered",
                1,
                "day 2 to day 3",
            ),
        )
    ),
    *(
        Card(
            f"drawdown.episodes.*.{name}",
            f"{formula}; the five deepest, deepest first",
            unit,
            undefined,
            sign=LOSS if name == "depth" else "",
            example=Example("fall", f"drawdown.episodes.{place}.{name}", value, how),
        )
        for name, formula, unit, undefined, place, value, how in (
            ("depth", "(peak − trough) / peak", "fraction", "", 1, 0.25, "the second deepest"),
            ("peak_at", "last instant at its peak", "time", "", 1, "day 3", "20,000 again"),
            ("trough_at", "first at its lowest level", "time", "", 1, "day 4", "15,000"),
            ("recovered_at", "its recovery", "time", "not_recovered", 0, "day 3", "of the 40 %"),
        )
    ),
)
