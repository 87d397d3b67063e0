"""What is watched: warning signs, targets and drawdown alerts. Cards of what is no metric."""

from __future__ import annotations

from engine.metrics.machinery.card import Card, Example
from engine.metrics.machinery.family import Family

_YEARS = (
    ". Month ends are the first daily closes of a month. A year gives no figure where the closes "
    "do not reach back to its start, fewer than 180 daily returns of it were seen or they do not "
    "vary; a month end without a figure clears and begins anew"
)

RULES = {
    "weight_drift": "some weight is at least 0.05 off the one that the method gives, after the "
    "rebalance due then, if any, and however old the prices: an asset without a weight for the age "
    "of its price is adrift; clears at 0.025; not judged where rebalance is never",
    "deeper_drawdowns": "the last three falls of 20 % or more between daily closes, from a peak to "
    "its recovery, each deeper than the one before; the open one counts once it is the deeper one; "
    "clears when one ends that was not deeper than the one before",
    "falling_sharpe": "at month ends, Sharpe of the daily closes of the trailing year lower than "
    "at the month end before, three times running, and by 0.7 in all; clears at the first month "
    f"end at which it did not fall{_YEARS}",
    "behind_benchmark": "at each of the last 12 month ends, Sharpe of the trailing year below that "
    f"of the first benchmark over the same days; clears at the first at which it is not{_YEARS}",
    "more_volatility_without_return": "at a month end, volatility of the trailing year at least "
    "1.2 times that of the year before, and its return not above; clears below 1.1 times or with "
    f"a return above{_YEARS}",
}
"""Every flag and its rule; `engine.alerts.flags` judges them."""

FAMILY = Family(
    "Warning signs, targets, alerts",
    cards=(
        *(
            Card(
                f"flags.{flag}",
                RULES[flag],
                "since which daily close, and the evidence; an alert of its own kind",
                example=Example(series, f"flags.{flag}", True, how),
                order=9000 + place,
            )
            for place, (flag, series, how) in enumerate(
                (
                    (
                        "weight_drift",
                        "drift",
                        "A weighs 2/3 where the method gives 1/2: 16.7 points off",
                    ),
                    ("deeper_drawdowns", "cycles", "20, 25, 30 %"),
                    ("falling_sharpe", "fading", "the mean falls by 0.02 points a month"),
                    ("behind_benchmark", "fading", "its mean fell and the benchmark's did not"),
                    (
                        "more_volatility_without_return",
                        "fading",
                        "±1.5 % after ±1 %, and a lower mean",
                    ),
                )
            )
        ),
        Card(
            "targets.*.target",
            "the number in the definition",
            "as the figure",
            example=Example("fall", "targets.max_drawdown.target", 0.3, ""),
            order=9010,
        ),
        Card(
            "targets.*.value",
            "the figure of that name",
            "as the figure",
            "as the figure",
            example=Example("fall", "targets.max_drawdown.value", 0.4, "drawdown.max"),
            order=9020,
        ),
        Card(
            "targets.*.met",
            "whether value is at least (for losses, volatility and the like: at most) the target, "
            "to "
            "1e-12; the alert is judged at daily closes, of risk figures and those against a "
            "benchmark "
            "from 30 days after the first level",
            "true or false",
            "as the figure",
            example=Example("fall", "targets.max_drawdown.met", False, "40 % is more than 30 %"),
            order=9030,
        ),
        Card(
            "alert: drawdown",
            "fires at the first instant at which drawdown.current is at least the depth of the "
            "rule, "
            "resolves at the first at which it is at most half of that depth, both to 1e-14; it "
            "may "
            "then fire again",
            "an alert",
            example=Example(
                "fall",
                "alert: drawdown",
                ["day 2 firing", "day 3 resolved"],
                "40 % on day 2; above 20,000 · 0.85 on day 3; 25 % on day 4 is not enough",
            ),
            order=9040,
        ),
    ),
)
