"""Cards of the level, the weighting methods, returns, growth and the calendar."""

from __future__ import annotations

from engine.cards.card import Card, Example

_WEIGHTS = "fractions that sum to one; they change at rebalances and planned changes only"
_AGE = "weight 0 and quality.flags no_weight:A where the price is older than max_price_age"
_PERIODS = (
    "too_short: the index began after the anchor; not_started; no_price (1h): no price in the hour "
    "before the anchor"
)

LEVELS = (
    Card(
        "level",
        "Σ holding · price / divisor; base_level at the first instant when every asset has a price "
        "and one of them can be weighed; the divisor keeps it unchanged by rebalances and changes",
        "points",
        "not_started",
        reference="divisor method: S&P Dow Jones Indices, Index Mathematics Methodology",
        example=Example("four", "level", 1069.2, "1000 · 106.92 / 100"),
    ),
    Card(
        "method: cap",
        "weights ∝ last price · supply; supply = market cap / price where a market cap came with "
        "the price, else the supply that came, else the definition's; above cap_limit cut to it, "
        "the excess to the others in proportion until none exceeds; all the same where fewer than "
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
    ),
    Card(
        "method: inverse_volatility",
        "weights ∝ 1/sd of the daily simple returns of each asset's price that end at a 00:00 UTC "
        "in the vol_window up to the rebalance; a day without a price gives no return",
        _WEIGHTS,
        f"equal until every asset has 30 returns, and where one does not vary (sd < 1e-12); {_AGE}",
        ddof="1",
        minimum="30 returns of each asset",
        example=Example(
            "inverse",
            "returns.1d",
            0.1 / 3,
            "A varies twice as much as C, so it weighs 1/3 and C 2/3; 1/3 of 10 %",
        ),
    ),
    Card(
        "method: fixed and equal",
        "the definition's weights, or 1/n; an asset that a change adds to fixed ones counts 1/n, n "
        "the assets there are then, beside the definition's weights of the others, and all are "
        "scaled to sum to one",
        _WEIGHTS,
        _AGE,
        example=Example("drift", "level", 1500.0, "half of 1,000 doubles, half stays"),
    ),
    Card(
        "status",
        "warming before the first level; stale where the last price of an asset with a holding is "
        "older than max_price_age; degraded where the price of one is not to be trusted: the "
        "sources left out have as much weight as those used or more, none is left, half "
        "of its weight rests on the last known rate of a quote currency, a dispute is open, or "
        "trades were dropped; else live. Page and REST also say degraded while their newest record "
        "is more than 2 s behind the clock, and stale from 10 s on",
        "warming, live, degraded or stale",
        example=Example("four", "status", "live", "A has just had a price"),
    ),
)

RETURNS = (
    *(
        Card(
            f"returns.{period}",
            f"level / level at the anchor − 1; the anchor is {anchor}, its level the last one at "
            "or before it",
            "fraction",
            _PERIODS if period == "1h" else _PERIODS.split("; no_price")[0],
            sign="a gain is positive",
            minimum="an index that began at or before the anchor",
            example=Example(series, f"returns.{period}", value, how),
        )
        for period, anchor, series, value, how in (
            ("1h", "as_of − 1 h, floored to the minute", "hours", 0.02, "101 to 103.02"),
            ("1d", "as_of − 1 d, floored to the minute", "growth", 0.001, "one day of 0.1 %"),
            ("7d", "as_of − 7 d, floored to the hour", "growth", 1.001**7 - 1, "1.001^7 − 1"),
            ("30d", "as_of − 30 d, floored to the hour", "growth", 1.001**30 - 1, "1.001^30 − 1"),
            (
                "90d",
                "as_of − 90 d, floored to the UTC day",
                "growth",
                1.001**90 - 1,
                "1.001^90 − 1",
            ),
            (
                "1y",
                "the same date a year ago, 00:00 UTC (29 February: the 28th)",
                "growth",
                1.001**366 - 1,
                "1.001^366 − 1: 366 days since 4 February 2024, there was a 29th",
            ),
            ("3y", "the same date three years ago, 00:00 UTC", "three years", 1.0, "100 to 200"),
            ("5y", "the same date five years ago, 00:00 UTC", "five years", 1.0, "100 to 200"),
            ("mtd", "00:00 UTC of the month's first day", "growth", 1.001**3 - 1, "1.001^3 − 1"),
            (
                "qtd",
                "00:00 UTC of the quarter's first day",
                "growth",
                1.001**34 - 1,
                "1.001^34 − 1",
            ),
            ("ytd", "00:00 UTC of 1 January", "growth", 1.001**34 - 1, "1.001^34 − 1"),
        )
    ),
    Card(
        "returns.inception",
        "level / base_level − 1",
        "fraction",
        "not_started",
        sign="a gain is positive",
        example=Example("four", "returns.inception", 0.0692, "106.92 / 100 − 1"),
    ),
    *(
        Card(
            f"annualised.{years}y",
            f"(1 + returns.{years}y)^(1/{years}) − 1",
            "fraction a year",
            "too_short: as returns; not_started",
            sign="a gain is positive",
            annualisation="geometric, by whole years",
            reference="GIPS: periods under a year are not annualised",
            example=Example(series, f"annualised.{years}y", value, how),
        )
        for years, series, value, how in (
            (1, "growth", 1.001**366 - 1, "returns.1y itself"),
            (3, "three years", 2 ** (1 / 3) - 1, "doubled in three years: 2^(1/3) − 1, 26 %"),
            (5, "five years", 2 ** (1 / 5) - 1, "doubled in five years: 2^(1/5) − 1, 15 %"),
        )
    ),
    *(
        Card(
            path,
            "(L1/L0)^(365 / days) − 1, from the first level to the last, by calendar days "
            "whatever year_days is",
            "fraction a year",
            "too_short: under 90 days; not_started",
            sign="a gain is positive",
            annualisation="geometric, by elapsed days",
            minimum="90 days",
            example=Example("three years", path, 2 ** (365 / 1096) - 1, "2^(365/1096) − 1"),
        )
        for path in ("cagr", "annualised.inception")
    ),
    *(
        Card(
            f"calendar.{kind}.*.return",
            f"level at the end of the {what} (or now) / level at its beginning (or at the "
            "inception) − 1, UTC",
            "fraction",
            "unobserved: the index ran before months were kept",
            sign="a gain is positive",
            example=Example("growth", f"calendar.{kind}.{period}.return", value, how),
        )
        for kind, what, period, value, how in (
            ("months", "month", "2024-01", 1.001**31 - 1, "1.001^31 − 1"),
            ("years", "year", "2024", 1.001**366 - 1, "1.001^366 − 1"),
        )
    ),
    *(
        Card(
            f"calendar.{kind}.*.excess.*",
            "return − the benchmark's over the same time",
            "fraction",
            "too_short: the benchmark began later, or (the first one) was named later; unobserved",
            sign="ahead of the benchmark is positive",
            example=Example("growth", f"calendar.{kind}.{period}.excess.B", value, how),
        )
        for kind, period, value, how in (
            ("months", "2024-01", 1.001**31 - 1.0005**31, "1.001^31 − 1.0005^31"),
            ("years", "2024", 1.001**366 - 1.0005**366, "1.001^366 − 1.0005^366"),
        )
    ),
)
