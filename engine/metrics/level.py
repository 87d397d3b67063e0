"""The level itself, the weighting methods and the status: cards of what is no metric."""

from __future__ import annotations

from engine.metrics.machinery.card import Card, Example
from engine.metrics.machinery.family import Family

_WEIGHTS = "fractions that sum to one; they change at rebalances and planned changes only"
_AGE = "weight 0 and quality.flags no_weight:A where the price is older than max_price_age"

FAMILY = Family(
    "Level and weighting",
    cards=(
        Card(
            "level",
            "Σ holding · price / divisor; base_level at the first instant when every asset has a "
            "price "
            "and one of them can be weighed; the divisor keeps it unchanged by rebalances and "
            "changes",
            "points",
            "not_started",
            reference="divisor method: S&P Dow Jones Indices, Index Mathematics Methodology",
            example=Example("four", "level", 1069.2, "1000 · 106.92 / 100"),
            order=100,
        ),
        Card(
            "method: cap",
            "weights ∝ last price · supply; supply = market cap / price where a market cap came "
            "with "
            "the price, else the supply that came, else the definition's; above cap_limit cut to "
            "it, "
            "the excess to the others in proportion until none exceeds; all the same where fewer "
            "than "
            "1/cap_limit assets can be weighed",
            _WEIGHTS,
            f"{_AGE}; with unknown_cap:A where no cap above 0 and no supply is known",
            reference="S&P Dow Jones Indices, Index Mathematics Methodology: capped market cap",
            example=Example(
                "capped",
                "returns.1d",
                0.055,
                "caps 60,000 and 40,000 give 60 % and 40 %; A is cut to 55 %; it rises by 10 %",
            ),
            order=110,
        ),
        Card(
            "method: inverse_volatility",
            "weights ∝ 1/sd of the daily simple returns of each asset's price that end at a 00:00 "
            "UTC "
            "in the vol_window up to the rebalance; a day without a price gives no return",
            _WEIGHTS,
            "equal until every asset has 30 returns, and where one does not vary (sd < 1e-12); "
            f"{_AGE}",
            ddof="1",
            minimum="30 returns of each asset",
            example=Example(
                "inverse",
                "returns.1d",
                0.1 / 3,
                "A varies twice as much as C, so it weighs 1/3 and C 2/3; 1/3 of 10 %",
            ),
            order=120,
        ),
        Card(
            "method: fixed and equal",
            "the definition's weights, or 1/n; an asset that a change adds to fixed ones counts "
            "1/n, n "
            "the assets there are then, beside the definition's weights of the others, and all are "
            "scaled to sum to one",
            _WEIGHTS,
            _AGE,
            example=Example("drift", "level", 1500.0, "half of 1,000 doubles, half stays"),
            order=130,
        ),
        Card(
            "status",
            "warming before the first level; stale where the last price of an asset with a "
            "holding is "
            "older than max_price_age; degraded where the price of one is not to be trusted: the "
            "sources left out have as much weight as those used or more, none is left, half "
            "of its weight rests on the last known rate of a quote currency, a dispute is open, or "
            "trades were dropped; else live. Page and REST also say degraded while their newest "
            "record "
            "is more than 2 s behind the clock, and stale from 10 s on",
            "warming, live, degraded or stale",
            example=Example("four", "status", "live", "A has just had a price"),
            order=140,
        ),
    ),
)
