"""Red flags, judged at daily closes by `engine.alerts.flags`: each flag is a kind of its own."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from engine.alerts.book import Rule
from engine.alerts.flags import ROUNDING, Drift, MonthEnd, flag_rule
from engine.alerts.kind import AlertKind, AlertState, Close, DayVerdict
from engine.index.baskets import Baskets
from engine.index.definition import IndexDefinition
from engine.index.weighting.registry import weigh
from engine.metrics.machinery.years import Years
from engine.metrics.watched import RULES


def _kept(definition: IndexDefinition, state: AlertState) -> list[str]:
    return state.flags.kept(definition)


def _close_day(close: Close, state: AlertState) -> Iterator[DayVerdict]:
    definition, end, row = close.definition, close.end, close.row
    drift = None if definition.rebalance == "never" else furthest(close.baskets, row, end)
    month = None
    if state.flags.is_month_end(definition.id, end):
        month = _month_end(definition, end, close.years, close.benchmark)
    for change in state.flags.judge(definition.id, end, close.level, drift, month):
        yield DayVerdict(flag_rule(change.flag), change.raised, change.evidence)


def _removed(
    index: str, rule: Rule, baskets: Baskets, now: int, state: AlertState
) -> dict[str, Any]:
    return {"evidence": state.flags.evidence(index, rule.kind)}


def furthest(baskets: Baskets, row: int, end: int) -> Drift | None:
    """The asset of a started basket whose weight is furthest from the method's, first of equals.

    None where the method can weigh no asset now.
    """
    basket = baskets.all[row]
    definition = basket.definition
    assert definition is not None
    # However old the prices.
    targets = weigh(definition, baskets.members(definition, basket.keys, basket.shares, end))
    if not any(targets):
        return None
    prices = [float(baskets.prices.price[baskets.price_row[key]]) for key in basket.keys]
    values = [h * p for h, p in zip(basket.holdings, prices, strict=True)]
    total = math.fsum(values)
    drifts = [
        Drift(key, value / total, target)
        for key, value, target in zip(basket.keys, values, targets, strict=True)
    ]
    offs = [abs(drift.weight - drift.target) for drift in drifts]
    # Of two assets one gains what the other loses, but for rounding, which must not choose.
    return next(d for d, off in zip(drifts, offs, strict=True) if off >= max(offs) - ROUNDING)


def _month_end(
    definition: IndexDefinition, end: int, years: Years, benchmark: str | None
) -> MonthEnd:
    rates = (definition.risk_free, definition.year_days)
    pair = years.sharpes(definition.id, benchmark, end, *rates) if benchmark else None
    year = years.year(definition.id, end, 0, *rates)
    return MonthEnd(year, years.year(definition.id, end, 1, *rates), pair)


KIND = AlertKind(frozenset(RULES), _kept, _close_day, _removed)
