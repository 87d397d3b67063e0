"""Why a drawdown alert rang: what each asset brought to the fall, which venues made the prices, and
between what the true drawdown lies where trades are missing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from engine.alerts.words import of_fall
from engine.index.composition import Basket, asset_of
from engine.index.shard_state import ShardState
from engine.index.since_peak import AppliedRows
from engine.records import FilledSpan, GapSpan
from engine.table import F64
from engine.types import DAY


class FallReasons:
    """Makes what drawdown alerts of a shard say beside their numbers. `span` are the rows that were
    applied last, where an alert may lie within them."""

    def __init__(self, state: ShardState, span: AppliedRows | None = None) -> None:
        self.state, self.span = state, span
        self._then: dict[int, F64] = {}
        """Prices at an instant among these rows."""
        self._known: dict[str, tuple[list[str], dict[str, str]]] = {}
        """By price key: the sources used, and those left out with why."""

    def all(
        self,
        rows: Sequence[int],
        facts: Sequence[dict[str, Any]],
        instead: dict[str, float] | None = None,
    ) -> list[dict[str, Any]]:
        """What is said of the falls of the indices in these rows, with `disputed` and `because`.
        `instead` are prices in place of those that stand, as the heaviest cluster has them."""
        doubts = self.state.doubts(rows)
        return [self._of(*known, instead or {}) for known in zip(rows, facts, doubts, strict=True)]

    def _of(
        self,
        row: int,
        facts: dict[str, Any],
        doubt: dict[str, Any],
        claimed: dict[str, float],
    ) -> dict[str, Any]:
        baskets = self.state.baskets
        basket = baskets.all[row]
        prices, opened = self._prices(basket, facts["at"], facts["peak_at"])
        if claimed:
            prices |= {key: claimed[key] for key in basket.keys if claimed.get(key)}
        divisor = float(baskets.levels.divisor[row])
        because = dict(doubt["because"])
        fall = baskets.contributions.fall
        parts = fall.read(basket, divisor, facts["peak"], facts["peak_at"], prices, opened)
        if parts is not None:
            because["contributions"] = parts
        because["sources"] = self._sources(basket, prices)
        bounds = self._bounds(basket, divisor, facts)
        if bounds is not None:
            because["drawdown_bounds"] = bounds
        because["words"] = of_fall(basket.id, facts, because)
        return {**facts, "disputed": doubt["disputed"], "because": because}

    def _prices(
        self, basket: Basket, at: int, peak_at: int
    ) -> tuple[dict[str, float], dict[str, float] | None]:
        """By price key: the prices at an instant, and those at the peak where it is among the rows
        applied last; None else."""
        baskets, span, keys = self.state.baskets, self.span, basket.keys
        places = [baskets.price_row[key] for key in keys]

        def of(prices: F64) -> dict[str, float]:
            return dict(zip(keys, prices[places].tolist(), strict=True))

        if span is None or span.begin == span.end or at < span.at[span.begin]:
            return of(baskets.prices.price), None
        then = of(self._prices_at(peak_at)) if peak_at >= span.at[span.begin] else None
        return of(self._prices_at(at)), then

    def _prices_at(self, instant: int) -> F64:
        assert self.span is not None
        if instant not in self._then:
            self._then[instant] = self.span.prices_at(instant)
        return self._then[instant]

    def _sources(self, basket: Basket, prices: Mapping[str, float]) -> dict[str, Any]:
        """By asset with weight: its price and weight, the sources used, and those left out."""
        worth = {
            key: holding * prices[key]
            for key, holding in zip(basket.keys, basket.holdings, strict=True)
            if holding > 0.0
        }
        total = math.fsum(worth.values())
        found: dict[str, Any] = {}
        for key, value in worth.items():
            used, left_out = self._known.get(key) or self._sources_of(key)
            found[asset_of(key)] = {
                "price": prices[key],
                "weight": value / total,
                "used": used,
                "left_out": left_out,
            }
        return found

    def _sources_of(self, key: str) -> tuple[list[str], dict[str, str]]:
        sources = self.state.quality.sources.get(key)
        found = (list(sources.used), dict(sources.excluded)) if sources else ([], {})
        self._known[key] = found
        return found

    def _bounds(
        self, basket: Basket, divisor: float, facts: dict[str, Any]
    ) -> dict[str, float | None] | None:
        """Between what the true drawdown lies at this instant, given the gaps of the last day that
        are known of; None without any.

        A missed trade may have made a peak that nobody saw, have shown that the peak seen was none,
        or be the price that stands. What is not known at all bounds nothing: null.
        """
        quality, at = self.state.quality, facts["at"]
        known: list[GapSpan | FilledSpan] = [*quality.gaps, *quality.filled]
        if not known:
            return None
        spans = [
            span
            for span in known
            if span.asset in basket.keys and at - DAY < span.end and span.start < at
        ]
        if not spans:
            return None
        holdings = dict(zip(basket.keys, basket.holdings, strict=True))
        higher = dict.fromkeys(holdings, 0.0)  # points of level that an asset may have hidden
        lower, now_lower, now_higher = (dict(higher) for _ in range(3))
        since = self._unchanged_since(basket)
        for span in spans:
            if since > span.start:  # it may hold what a missed trade would have changed
                return {"low": 0.0, "high": None}
            up, down = self._hidden(span, holdings, divisor)
            key = span.asset
            higher[key] = max(higher[key], up)
            if span.start < facts["peak_at"] <= span.end:
                lower[key] = max(lower[key], down)
            if self.state.baskets.prices.at[self.state.baskets.price_row[key]] < span.end:
                now_higher[key] = max(now_higher[key], up)
                now_lower[key] = max(now_lower[key], down)
        peak, level = facts["peak"], facts["level"]
        peak_high = peak + math.fsum(higher.values())
        level_low = max(level - math.fsum(now_lower.values()), 0.0)
        level_high = level + math.fsum(now_higher.values())
        peak_low = max(peak - math.fsum(lower.values()), 0.0)
        low = max(1.0 - level_high / peak_low, 0.0) if peak_low > 0.0 else 0.0
        return {"low": low, "high": 1.0 - level_low / peak_high if peak_high < math.inf else None}

    def _unchanged_since(self, basket: Basket) -> int:
        """Since when it holds what it holds."""
        record = self.state.baskets.contributions.records.get(basket.id)
        return record.rebalanced_at if record else 2**63 - 1

    def _hidden(
        self,
        span: GapSpan | FilledSpan,
        holdings: dict[str, float],
        divisor: float,
    ) -> tuple[float, float]:
        """By how many points of level the truth may have been above, and below, what was seen while
        these trades were missing."""
        place = self.state.baskets.price_row[span.asset]
        fall = self.state.baskets.contributions.fall
        seen = fall.seen.between(place, span.start, span.end)
        unit = holdings[span.asset] / divisor
        if isinstance(span, FilledSpan) and not span.trades:
            return 0.0, 0.0
        if not isinstance(span, FilledSpan) or span.low is None or span.high is None:
            return math.inf, math.inf
        if seen is None:
            return math.inf, math.inf
        return unit * max(span.high - seen[0], 0.0), unit * max(seen[1] - span.low, 0.0)
