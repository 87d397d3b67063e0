"""Cards of `regime`, `flags`, `targets`, alerts and `quality`."""

from __future__ import annotations

from math import sqrt

from engine.alerts.flags import RULES
from engine.cards.card import Card, Example
from engine.cards.risk import YEARLY

REGIMES = (
    Card(
        "regime.reference",
        "basket whose daily closes decide: first benchmark, or itself; with another one the "
        "figures by regime begin anew",
        "id",
        example=Example("growth", "regime.reference", "B", "the benchmark"),
    ),
    Card(
        "regime.trend",
        "at each daily close of the reference: bear from 20 % below the highest close of the rise "
        "on, bull from 20 % above the lowest close of the fall on; either is sideways once that "
        "extreme is 21 days old and until it is passed or a turn comes, so all closes since lie "
        "within 20 % of it; three weeks are where Dow theory ends the day to day movements",
        "bull, bear or sideways",
        "no_turn: no move of 20 % yet; not_started",
        reference="Lunde & Timmermann, Duration Dependence in Stock Prices, 2004; Rhea, The Dow "
        "Theory, 1932",
        example=Example("growth", "regime.trend", "bull", "1.0005^365 is the first above 1.2"),
    ),
    Card(
        "regime.trend_since",
        "the daily close at which it began",
        "time",
        "no_turn; not_started",
        example=Example("growth", "regime.trend_since", "day 365", "1.0005^365 = 1.2002"),
    ),
    Card(
        "regime.volatility",
        "v = √(Σ0.94^k·x² / Σ0.94^k) over the reference's daily returns x, k returns ago, against "
        "the median of its last 730 values, the first being that of the tenth return: high from "
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
    ),
    Card(
        "regime.volatility_since",
        "the daily close at which it began",
        "time",
        "too_few; zero_variance; not_started",
        example=Example("storm", "regime.volatility_since", "day 201", "the first ±4 %"),
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
        )
        for name, formula, unit, undefined, minimum, series, regime, value, how in (
            ("n", "number of", "count", "", "", "storm", "high_volatility", 19, "day 202 to 220"),
            (
                "return",
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
    ),
)

WATCH = (
    *(
        Card(
            f"flags.{flag}",
            RULES[flag],
            "since which daily close, and the evidence; an alert of its own kind",
            example=Example(series, f"flags.{flag}", True, how),
        )
        for flag, series, how in (
            ("weight_drift", "drift", "A weighs 2/3 where the method gives 1/2: 16.7 points off"),
            ("deeper_drawdowns", "cycles", "20, 25, 30 %"),
            ("falling_sharpe", "fading", "the mean falls by 0.02 points a month"),
            ("behind_benchmark", "fading", "its mean fell and the benchmark's did not"),
            (
                "more_volatility_without_return",
                "fading",
                "±1.5 % after ±1 %, and a lower mean",
            ),
        )
    ),
    Card(
        "targets.*.target",
        "the number in the definition",
        "as the figure",
        example=Example("fall", "targets.max_drawdown.target", 0.3, ""),
    ),
    Card(
        "targets.*.value",
        "the figure of that name",
        "as the figure",
        "as the figure",
        example=Example("fall", "targets.max_drawdown.value", 0.4, "drawdown.max"),
    ),
    Card(
        "targets.*.met",
        "whether value is at least (for losses, volatility and the like: at most) the target, to "
        "1e-12; the alert is judged at daily closes, of risk figures and those against a benchmark "
        "from 30 days after the first level",
        "true or false",
        "as the figure",
        example=Example("fall", "targets.max_drawdown.met", False, "40 % is more than 30 %"),
    ),
    Card(
        "alert: drawdown",
        "fires at the first instant at which drawdown.current is at least the depth of the rule, "
        "resolves at the first at which it is at most half of that depth, both to 1e-14; it may "
        "then fire again",
        "an alert",
        example=Example(
            "fall",
            "alert: drawdown",
            ["day 2 firing", "day 3 resolved"],
            "40 % on day 2; above 20,000 · 0.85 on day 3; 25 % on day 4 is not enough",
        ),
    ),
)

QUALITY = (
    Card("quality.sources.*", "venues and symbols that make the price of each asset", "names"),
    Card(
        "quality.excluded",
        "sources left out, each with its reason: stale (no trade for some time), outlier (its "
        "price is far from the others'), lagging (the price moved away and it has not traded "
        "since), thin (its venue has less than 1 % of the volume), no_conversion (no price of its "
        "quote currency in USD), excluded (left out by hand), two_coins (it prices another coin of "
        "the same name)",
        "list",
    ),
    Card(
        "quality.flags",
        "assumed_peg: USDT and USDC count as 1 USD; stale_rate: a quote currency counts at its "
        "last known rate; single_source: one source alone makes a price; disputed: the sources "
        "disagree so much that a price may be wrong; two_coins: a source prices another coin of "
        "the same name; stale: no source of an asset is fresh; no_price:A, no_weight:A, "
        "unknown_cap:A: the asset A has had no price yet, got no weight at the last rebalance, has "
        "no known market cap; pending:A: a planned change or a new coin waits for A's first price; "
        "jump:A: the price of A stepped by a factor of 50 or more, and no event tells why; "
        "clock_stepped: the clock of a connector was set, and the log's time is not the right one "
        "until that has come up to it",
        "list",
    ),
    Card("quality.approximate", "figures that are within 1 %, not exact", "list of paths"),
    Card(
        "quality.oldest_price_seconds",
        "age of the oldest last price of the assets that have a holding",
        "seconds",
        "not_started",
        example=Example("fall", "quality.oldest_price_seconds", 0.0, "A has just had a price"),
    ),
    Card(
        "quality.gap_seconds_24h",
        "time within the last 24 h that lies in a gap of some source of an asset",
        "seconds",
        example=Example("fall", "quality.gap_seconds_24h", 0.0, "recorded prices have no gaps"),
    ),
    Card(
        "quality.backfilled.trades_24h",
        "missing trades that came afterwards, of the gaps that backfilled.gaps_24h counts",
        "count",
        example=Example("fall", "quality.backfilled.trades_24h", 0, "no gaps, nothing to fill"),
    ),
    Card(
        "quality.backfilled.gaps_24h",
        "gaps of sources of the assets that end within the last 24 h and were filled afterwards; "
        "gap_seconds_24h leaves them out",
        "count",
        example=Example("fall", "quality.backfilled.gaps_24h", 0, "no gaps, nothing to fill"),
    ),
    Card(
        "quality.gap_drawdown",
        "an estimate for quality only, which moves no level, peak or alert: the largest, over the "
        "gaps that backfilled.gaps_24h counts, of 1 − L/peak, where L is the level with the lowest "
        "backfilled price of the gap's source in place of the asset's price, with the holdings, "
        "other prices, peak and divisor of now; 0 where L is above the peak. The low is in USD by "
        "the rate of the source's quote currency when the gap was filled, and the peak may be "
        "later than the gap",
        "fraction of the peak",
        "not_started, nothing_filled",
        "never negative",
        example=Example("fall", "quality.gap_drawdown", None, "nothing_filled: no gaps"),
    ),
    Card(
        "quality.unobserved_bars",
        "bars since inception in which no asset had a price; they give no return",
        "count",
        example=Example("hole", "quality.unobserved_bars", 1, "the third day"),
    ),
)
