"""Regimes of the market, and what an index did within each."""

from __future__ import annotations

from math import sqrt
from typing import Any

from engine.metrics.machinery.asked import Definition
from engine.metrics.machinery.card import YEARLY, Card, Example
from engine.metrics.machinery.family import Family, IndexFigures
from engine.metrics.machinery.parts import REGIME
from engine.metrics.machinery.reading import Reading
from engine.metrics.machinery.regimes import MIN_RETURNS, REGIMES, TRENDS, VOLATILITIES
from engine.metrics.machinery.rows import pick
from engine.readings import Undefined


def _read(reading: Reading, definition: Definition, undefined: Undefined) -> dict[str, Any]:
    regimes = reading.regimes
    i, r = regimes.row[definition.id], regimes.references
    k = int(regimes.reference[i])
    trend, volatility = int(r.trend[k]), int(r.volatility[k])
    found: dict[str, Any] = {
        "reference": regimes.indices[i][1],
        "trend": TRENDS[trend] if trend >= 0 else None,
        "trend_since": int(r.trend_since[k]) if trend >= 0 else None,
        "volatility": VOLATILITIES[volatility] if volatility >= 0 else None,
        "volatility_since": int(r.volatility_since[k]) if volatility >= 0 else None,
    }
    flat = "zero_variance" if r.n[k] >= MIN_RETURNS else "too_few"
    for name, reason in (("trend", "no_turn"), ("volatility", flat)):
        if found[name] is None:
            undefined.nulls("regime", (name, f"{name}_since"), reason)
    stamp = sum(stats.end for stats in reading.stats.values())
    columns = reading.kept_at(REGIME, "", stamp, regimes.figures)
    for place, regime in enumerate(REGIMES):
        found[regime] = pick(columns, i * len(REGIMES) + place, f"regime.{regime}", undefined)
    return found


FAMILY = Family(
    "Regimes",
    cards=(
        Card(
            "regime.reference",
            "basket whose daily closes decide: first benchmark, or itself; with another one the "
            "figures by regime begin anew",
            "id",
            example=Example("growth", "regime.reference", "B", "the benchmark"),
            order=8000,
        ),
        Card(
            "regime.trend",
            "at each daily close of the reference: bear from 20 % below the highest close of the "
            "rise "
            "on, bull from 20 % above the lowest close of the fall on; either is sideways once "
            "that "
            "extreme is 21 days old and until it is passed or a turn comes, so all closes since "
            "lie "
            "within 20 % of it; three weeks are where Dow theory ends the day to day movements",
            "bull, bear or sideways",
            "no_turn: no move of 20 % yet; not_started",
            reference="Lunde & Timmermann, Duration Dependence in Stock Prices, 2004; Rhea, The "
            "Dow "
            "Theory, 1932",
            example=Example("growth", "regime.trend", "bull", "1.0005^365 is the first above 1.2"),
            order=8010,
            drawn="regime.trend",
        ),
        Card(
            "regime.trend_since",
            "the daily close at which it began",
            "time",
            "no_turn; not_started",
            example=Example("growth", "regime.trend_since", "day 365", "1.0005^365 = 1.2002"),
            order=8020,
        ),
        Card(
            "regime.volatility",
            "v = √(Σ0.94^k·x² / Σ0.94^k) over the reference's daily returns x, k returns ago, "
            "against "
            "the median of its last 730 values, the first being that of the tenth return: high "
            "from "
            "1.125 times on, low again at 0.875 times; at first, high where at least the median",
            "high or low",
            "too_few: under 90 daily returns; zero_variance; not_started",
            minimum="90 daily returns",
            reference="J.P. Morgan, RiskMetrics Technical Document, 1996: the decay",
            example=Example(
                "storm",
                "regime.volatility",
                "high",
                "at the first ±4 %, v² goes from 1 to 0.94 + 0.06 · 16 = 1.9, in points²",
            ),
            order=8030,
            drawn="regime.volatility",
        ),
        Card(
            "regime.volatility_since",
            "the daily close at which it began",
            "time",
            "too_few; zero_variance; not_started",
            example=Example("storm", "regime.volatility_since", "day 201", "the first ±4 %"),
            order=8040,
        ),
        *(
            Card(
                f"regime.*.{name}",
                f"{formula} the bars that began within the regime, as judged then",
                unit,
                undefined,
                ddof="1" if name in ("volatility", "sharpe") else "",
                annualisation=YEARLY if name in ("volatility", "sharpe") else "",
                minimum=minimum,
                example=Example(series, f"regime.{regime}.{name}", value, how),
                order=8050 + place,
                label="Returns counted" if name == "n" else "",
                display="change" if name == "return" else "",
                better=better,
            )
            for place, (
                name,
                better,
                formula,
                unit,
                undefined,
                minimum,
                series,
                regime,
                value,
                how,
            ) in enumerate(
                (
                    (
                        "n",
                        "",
                        "number of",
                        "count",
                        "",
                        "",
                        "storm",
                        "high_volatility",
                        19,
                        "day 202 to 220",
                    ),
                    (
                        "return",
                        "higher",
                        "Π(1 + r) − 1 over",
                        "fraction",
                        "too_few: n < 1",
                        "1",
                        "growth",
                        "bull",
                        1.001**35 - 1,
                        "35 bars, from day 365 to day 400: 1.001^35 − 1",
                    ),
                    (
                        "volatility",
                        "lower",
                        "sd(r) · √A over",
                        "fraction a year",
                        "too_few: n < 2",
                        "2",
                        "storm",
                        "high_volatility",
                        sqrt((19 * 0.0016 - 0.0016 / 19) / 18 * 365),
                        "19 returns of ±4 %, ten of them down: √((19·4² − 4²/19)/18) · √365 %",
                    ),
                    (
                        "sharpe",
                        "higher",
                        "mean(r − rf) / sd(r) · √A over",
                        "ratio",
                        "too_few: n < 2; zero_variance",
                        "2",
                        "storm",
                        "high_volatility",
                        -0.04 / 19 / sqrt((19 * 0.0016 - 0.0016 / 19) / 18) * sqrt(365),
                        "mean −4/19 %",
                    ),
                )
            )
        ),
    ),
    figures=(IndexFigures(REGIME, _read),),
)
