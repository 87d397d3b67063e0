"""Why a drawdown alert rang: what each asset brought to the fall, which venues made the prices, and
between what the true drawdown lies where trades are missing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from engine.alerts.words import of_fall
from engine.index.composition import Basket, asset_of
from engine.index.kernel_arrays import Members
from engine.index.quality import Behind
from engine.index.shard_state import ShardState
from engine.index.since_peak import AppliedRows, FallColumns
from engine.kept import Late
from engine.records import FilledSpan, GapSpan
from engine.types import DAY


class FallReasons:
    """Makes what drawdown alerts of a shard say beside their numbers. `span` are the rows that were
    applied last, where an alert may lie within them.

    What the alerts of one call need is copied at once, in compiled code; what each of them says of
    it is made when somebody reads it.
    """

    def __init__(self, state: ShardState, span: AppliedRows | None = None) -> None:
        self.state, self.span = state, span

    def all(
        self,
        rows: Sequence[int],
        facts: Sequence[dict[str, Any]],
        instead: dict[str, float] | None = None,
    ) -> None:
        """Adds `disputed` and `because` to what is said of the falls of the indices in these rows,
        which are in order of time. `instead` are prices in place of those that stand, as the
        heaviest cluster has them."""
        state, columns = self.state, self._columns(rows, facts, instead)
        baskets, behind = state.baskets, state.quality.behind
        before = baskets.contributions.fall.before_span
        spans = self._missing()
        known = zip(rows, facts, state.doubts(rows), strict=True)
        for k, (row, told, (disputed, doubt)) in enumerate(known):
            basket, bounds = baskets.all[row], None
            if spans:
                divisor = float(baskets.levels.divisor[row])
                bounds = self._bounds(basket, divisor, told, spans)
            done = None
            if points := before(basket.id, told["peak_at"]):
                held = list(basket.keys), list(basket.holdings)
                done = _Done(dict(points), *held, float(baskets.levels.divisor[row]))
            sources = behind(basket.id, basket.keys)
            told["disputed"] = disputed
            told["because"] = Late(
                _tell, (basket.id, told, doubt, sources, columns, k, done, bounds)
            )

    def _columns(
        self,
        rows: Sequence[int],
        facts: Sequence[dict[str, Any]],
        instead: dict[str, float] | None,
    ) -> FallColumns:
        baskets, span = self.state.baskets, self.span
        if span is None:
            prices = baskets.prices.price
            if instead:
                prices = prices.copy()
                for key, price in instead.items():
                    if price and key in baskets.price_row:
                        prices[baskets.price_row[key]] = price
            span = AppliedRows.none(prices)
        if not baskets.is_laid_out:
            baskets.lay_out()
        return baskets.contributions.fall.columns(
            facts,
            rows,
            span,
            baskets.all,
            baskets.price_row,
            baskets.levels.divisor,
            Members(baskets.member_ptr, baskets.member, baskets.holding),
        )

    def _missing(self) -> dict[str, list[GapSpan | FilledSpan]]:
        """By price key: the times with missing trades that are known of."""
        found: dict[str, list[GapSpan | FilledSpan]] = {}
        known: list[GapSpan | FilledSpan] = [*self.state.quality.gaps, *self.state.quality.filled]
        for span in known:
            found.setdefault(span.asset, []).append(span)
        return found

    def _bounds(
        self,
        basket: Basket,
        divisor: float,
        facts: dict[str, Any],
        missing: dict[str, list[GapSpan | FilledSpan]],
    ) -> dict[str, float | None] | None:
        """Between what the true drawdown lies at this instant, given the gaps of the last day that
        are known of; None without any.

        A missed trade may have made a peak that nobody saw, have shown that the peak seen was none,
        or be the price that stands. What is not known at all bounds nothing: null.
        """
        at = facts["at"]
        spans = [
            span
            for key in basket.keys
            for span in missing.get(key, ())
            if at - DAY < span.end and span.start < at
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


class _Done(NamedTuple):
    """What an index held brought between its peak and the begin of the present span, and what it
    has held since: rare, for that takes a rebalance within the fall."""

    points: dict[str, float]
    keys: list[str]
    holdings: list[float]
    divisor: float

    def parts(self, price: list[float], opened: list[float], peak: float) -> dict[str, float]:
        """By asset: its part of level / peak − 1."""
        points = dict(self.points)
        for key, holding, now, then in zip(self.keys, self.holdings, price, opened, strict=True):
            points[key] = points.get(key, 0.0) + holding * (now - then) / self.divisor
        found: dict[str, float] = {}
        for key, brought in points.items():
            asset = asset_of(key)
            found[asset] = found.get(asset, 0.0) + brought / peak
        return found


def _tell(
    index: str,
    facts: dict[str, Any],
    doubt: dict[str, Any],
    behind: Behind,
    columns: FallColumns,
    k: int,
    done: _Done | None,
    bounds: dict[str, float | None] | None,
) -> dict[str, Any]:
    """The `because` of the k-th of some falls. `behind` has each asset of the index with what
    is behind its price."""
    begin, end = columns.ptr[k], columns.ptr[k + 1]
    prices, worths = columns.price[begin:end].tolist(), columns.worth[begin:end].tolist()
    because = dict(doubt)
    if columns.is_known[k]:
        if done is None:
            part = columns.part[begin:end].tolist()
            parts = [(brought, told[0]) for told, brought in zip(behind, part, strict=True)]
        else:
            summed = done.parts(prices, columns.opened[begin:end].tolist(), facts["peak"])
            parts = [(brought, asset) for asset, brought in summed.items()]
        parts.sort()
        because["contributions"] = {asset: brought for brought, asset in parts}
    total = math.fsum(worths)
    because["sources"] = {
        asset: {"price": price, "weight": worth / total, **sources}
        for (asset, sources), price, worth in zip(behind, prices, worths, strict=True)
        if worth > 0.0
    }
    if bounds is not None:
        because["drawdown_bounds"] = bounds
    because["words"] = of_fall(index, facts, because)
    return because
