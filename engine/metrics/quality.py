"""How good what the figures are made of is. Cards of what is no metric."""

from __future__ import annotations

from engine.metrics.machinery.card import Card, Example
from engine.metrics.machinery.family import Family

FAMILY = Family(
    "Quality",
    cards=(
        Card(
            "quality.sources.*",
            "venues and symbols that make the price of each asset",
            "names",
            order=9500,
        ),
        Card(
            "quality.excluded",
            "sources left out, each with its reason: stale (no trade for some time), outlier (its "
            "price is far from the others'), lagging (the price moved away and it has not traded "
            "since), thin (its venue has less than 1 % of the volume), no_conversion (no price of "
            "its "
            "quote currency in USD), excluded (left out by hand), two_coins (it prices another "
            "coin of "
            "the same name)",
            "list",
            order=9510,
            label="Left out",
        ),
        Card(
            "quality.flags",
            "assumed_peg: USDT and USDC count as 1 USD; stale_rate: a quote currency counts at its "
            "last known rate; single_source: one source alone makes a price; disputed: the sources "
            "disagree so much that a price may be wrong; two_coins: a source prices another coin "
            "of "
            "the same name; stale: no source of an asset is fresh; no_price:A, no_weight:A, "
            "unknown_cap:A: the asset A has had no price yet, got no weight at the last "
            "rebalance, has "
            "no known market cap; pending:A: a planned change or a new coin waits for A's first "
            "price; "
            "jump:A: the price of A stepped by a factor of 50 or more, and no event tells why; "
            "clock_stepped: the clock of a connector was set, and the log's time is not the right "
            "one "
            "until that has come up to it",
            "list",
            order=9520,
        ),
        Card(
            "quality.approximate",
            "figures that are within 1 %, not exact",
            "list of paths",
            order=9530,
        ),
        Card(
            "quality.oldest_price_seconds",
            "age of the oldest last price of the assets that have a holding",
            "seconds",
            "not_started",
            example=Example("fall", "quality.oldest_price_seconds", 0.0, "A has just had a price"),
            order=9540,
            label="Oldest price",
            drawn="quality.oldest_price_seconds",
        ),
        Card(
            "quality.gap_seconds_24h",
            "time within the last 24 h that lies in a gap of some source of an asset",
            "seconds",
            example=Example("fall", "quality.gap_seconds_24h", 0.0, "recorded prices have no gaps"),
            order=9550,
            label="Gaps in 24 h",
            drawn="quality.gap_seconds_24h",
        ),
        Card(
            "quality.backfilled.trades_24h",
            "missing trades that came afterwards, of the gaps that backfilled.gaps_24h counts",
            "count",
            example=Example("fall", "quality.backfilled.trades_24h", 0, "no gaps, nothing to fill"),
            order=9560,
            label="Trades fetched in 24 h",
        ),
        Card(
            "quality.backfilled.gaps_24h",
            "gaps of sources of the assets that end within the last 24 h and were filled "
            "afterwards; "
            "gap_seconds_24h leaves them out",
            "count",
            example=Example("fall", "quality.backfilled.gaps_24h", 0, "no gaps, nothing to fill"),
            order=9570,
            label="Gaps filled in 24 h",
        ),
        Card(
            "quality.gap_drawdown",
            "an estimate for quality only, which moves no level, peak or alert: the largest, over "
            "the "
            "gaps that backfilled.gaps_24h counts, of 1 − L/peak, where L is the level with the "
            "lowest "
            "backfilled price of the gap's source in place of the asset's price, with the "
            "holdings, "
            "other prices, peak and divisor of now; 0 where L is above the peak. The low is in "
            "USD by "
            "the rate of the source's quote currency when the gap was filled, and the peak may be "
            "later than the gap",
            "fraction of the peak",
            "not_started, nothing_filled",
            "never negative",
            example=Example("fall", "quality.gap_drawdown", None, "nothing_filled: no gaps"),
            order=9580,
            label="Drawdown in filled gaps",
        ),
        Card(
            "quality.unobserved_bars",
            "bars since inception in which no asset had a price; they give no return",
            "count",
            example=Example("hole", "quality.unobserved_bars", 1, "the third day"),
            order=9590,
            drawn="quality.unobserved_bars",
        ),
    ),
)
