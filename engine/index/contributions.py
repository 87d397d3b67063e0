"""What each asset of an index weighs, was asked to weigh, and brought to today's return.

A day is cut into spans of unchanged holdings, at every rebalance and change. In a span an asset
brings holding · (price at its end − price at its begin) / divisor points of level; these sum, over
assets and spans, to the level's move since 00:00 UTC, because no rebalance moves the level. Divided
by the level at 00:00 they are the contributions to the return today.

Hooks: `Baskets.set_holdings` closes the span of what was held and opens the next one, after
`rebalanced` where it is for new weights (the first time at the index's start); `turn` when a day
has ended. A coin event closes the spans of what it changes before it changes a price, and hands on
what is known of the coin (`convert`). Assets are named by their price keys until they are read.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engine.index.composition import Basket, asset_of, assets_of
from engine.index.since_peak import PriceOf, SincePeak, add_points
from engine.periods import years_before
from engine.readings import Undefined, settled_return
from engine.table import F64, I64


@dataclass(slots=True)
class Attribution:
    """Of one started index. Prices and points are by price key.

    `since` is from when on rebalances are counted (0: not yet), `rebalanced_at` the last of them (0
    where it came before they were), `targets` the weights that it asked for. `level` is that of
    00:00, or of the base where that is later; NaN where it is not known. `opened` are the prices
    then, `span` those at the begin of the present span, `done` the points of the spans before it.
    `turned_at` and `turned` are the instants and turnovers of the rebalances of the last year.
    """

    since: int = 0
    rebalanced_at: int = 0
    targets: dict[str, float] = field(default_factory=dict)
    level: float = math.nan
    opened: dict[str, float] = field(default_factory=dict)
    span: dict[str, float] = field(default_factory=dict)
    done: dict[str, float] = field(default_factory=dict)
    turned_at: I64 = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    turned: F64 = field(default_factory=lambda: np.zeros(0))

    def dump(self) -> dict[str, Any]:
        """Plain values and arrays for a checkpoint."""
        state = {name: getattr(self, name) for name in self.__slots__}
        return {k: v.copy() if isinstance(v, dict | np.ndarray) else v for k, v in state.items()}


class Contributions:
    """The records of the indices of a shard, and all prices at the last 00:00 UTC.

    An index whose record is lost, because a checkpoint is older than this table, gets another one
    at the next rebalance or day; what is not known until then is null `unobserved`.
    """

    def __init__(self) -> None:
        self.records: dict[str, Attribution] = {}
        self.midnight: dict[str, float] = {}
        self.fall = SincePeak()
        """The same since the peak of those that have drawdown alerts."""
        self.version = self.turned = 0
        """Another number after each change, for who keeps what was read; and how many of these were
        ends of days, which change nothing that is held. No state."""

    def keep(self, ids: Iterable[str]) -> None:
        """Forget all other indices."""
        self.version += 1
        kept = set(ids)
        self.records = {index: r for index, r in self.records.items() if index in kept}

    def begin(
        self, basket: Basket, level: float, named: Iterable[str], price_of: PriceOf, at: int
    ) -> None:
        """An index has its base at this level; `named` are the price keys that it may ever hold."""
        self.version += 1
        # Of what joins later, too: its return today is since the base as well.
        known = {key: price_of(key) for key in named}
        opened = {key: price for key, price in known.items() if price > 0.0}
        self.records[basket.id] = Attribution(since=at, level=level, opened=opened)
        self.fall.begin(basket, price_of, at)

    def rebalanced(
        self,
        basket: Basket,
        keys: Sequence[str],
        weights: Sequence[float],
        started: bool,
        price_of: PriceOf,
        at: int,
    ) -> None:
        """An index goes over from its holdings to these weights, or begins with them."""
        self.version += 1
        record = self.records.get(basket.id)
        if record is None:
            record = self.records[basket.id] = Attribution(since=at)
        if started:
            moved = turnover(weights_of(basket, price_of), keys, weights)
            record.turned_at = np.append(record.turned_at, np.int64(at))
            record.turned = np.append(record.turned, moved)
        record.rebalanced_at = at
        record.targets = dict(zip(keys, weights, strict=True))
        for key in keys:
            if key not in record.opened and key in self.midnight:
                record.opened[key] = self.midnight[key]

    def close_span(self, basket: Basket, divisor: float, price_of: PriceOf) -> None:
        """What an index holds, under this divisor, is about to change; the second time nothing."""
        self.fall.close_span(basket, divisor, price_of)
        record = self.records.get(basket.id)
        if record is None:
            return
        self.version += 1
        add_points(record.done, record.span, basket, divisor, price_of)
        record.span = {}

    def open_span(self, basket: Basket, price_of: PriceOf) -> None:
        """What an index holds has changed."""
        self.fall.open_span(basket, price_of)
        record = self.records.get(basket.id)
        if record is not None:
            self.version += 1
            record.span = {key: price_of(key) for key in basket.keys}

    def convert(self, old: str, new: str, ratio: float, own: bool, held: Container[str]) -> None:
        """One coin of a price key became `ratio` coins of `new`, of itself where that is the same.

        `own` means that the new one goes by a price that it had already, and not by the old one's;
        `held` are the indices that held the old one: what it brought today is the new one's.
        """
        self.version += 1
        self.fall.convert(old, new, held)
        _hand_on(self.midnight, old, new, ratio, own)
        for index, record in self.records.items():
            if own and new in self.midnight:
                record.opened.setdefault(new, self.midnight[new])
            _hand_on(record.opened, old, new, ratio, own)
            if index in held and old != new:
                for sums in (record.done, record.targets):
                    if old in sums:
                        sums[new] = sums.get(new, 0.0) + sums.pop(old)

    def turn(
        self,
        end: int,
        baskets: Iterable[tuple[Basket, float]],
        prices: Mapping[str, float],
    ) -> None:
        """A day ended: the started indices with their levels, and the last prices of all keys."""
        self.version += 1
        self.turned += 1
        self.midnight = {key: price for key, price in prices.items() if price > 0.0}
        year_ago = years_before(end, 1)
        for basket, level in baskets:
            record = self.records.get(basket.id)
            if record is None:
                record = self.records[basket.id] = Attribution(since=end)
            record.level, record.done = level, {}
            record.opened = {key: prices[key] for key in basket.keys}
            record.span = dict(record.opened)
            if len(record.turned_at) and record.turned_at.item(0) <= year_ago:
                recent = record.turned_at > year_ago
                record.turned_at, record.turned = record.turned_at[recent], record.turned[recent]

    def read(
        self,
        basket: Basket,
        inception: int,
        divisor: float,
        price_of: PriceOf,
        as_of: int,
        pending: Iterable[str],
        undefined: Undefined,
    ) -> dict[str, Any]:
        """`composition` of a started index; `pending` are the price keys that it waits for."""
        record = self.records.get(basket.id) or Attribution()
        year_ago = years_before(as_of, 1)
        counted = 0 < record.since <= max(inception, year_ago)
        found: dict[str, Any] = {
            "rebalanced_at": record.rebalanced_at or None,
            "divisor": divisor,
            "turnover_1y": None,
            "pending": list(dict.fromkeys(assets_of(pending))),
            "assets": self._assets(record, basket, divisor, price_of, undefined),
        }
        if counted:
            turned = zip(record.turned_at.tolist(), record.turned.tolist(), strict=True)
            found["turnover_1y"] = math.fsum(moved for at, moved in turned if at > year_ago)
        for name in ("rebalanced_at", "turnover_1y"):
            if found[name] is None:
                undefined.reasons[f"composition.{name}"] = "unobserved"
        return found

    def _assets(
        self,
        record: Attribution,
        basket: Basket,
        divisor: float,
        price_of: PriceOf,
        undefined: Undefined,
    ) -> dict[str, Any]:
        """Those in the index, then those that left it today, whose weight is 0."""
        holdings = dict(zip(basket.keys, basket.holdings, strict=True))
        keys = (*basket.keys, *(key for key in record.done if key not in holdings))
        prices = {key: price_of(key) for key in keys}
        weights = weights_of(basket, prices.__getitem__)
        known = not math.isnan(record.level)
        found: dict[str, Any] = {}
        for key, price in prices.items():
            asset, points = asset_of(key), record.done.get(key, 0.0)
            if key in record.span and key in holdings:
                points += holdings[key] * (price - record.span[key]) / divisor
            brought = points / record.level  # NaN where the level at 00:00 is not known
            if asset in found:  # its other price key left the index today
                found[asset]["contribution_today"] += brought
                continue
            opened = record.opened.get(key)
            found[asset] = {
                "weight": weights.get(asset, 0.0),
                "target": record.targets.get(key) if key in holdings else 0.0,
                "price": price,
                "return_today": None if opened is None else settled_return(price / opened - 1.0),
                "contribution_today": brought,
            }
        for asset, figures in found.items():
            if not known:
                figures["contribution_today"] = None
            if None in figures.values():
                for name in [name for name, value in figures.items() if value is None]:
                    late = known and name == "return_today"
                    reason = "no_price" if late else "unobserved"
                    undefined.reasons[f"composition.assets.{asset}.{name}"] = reason
        return found

    def dump(self) -> dict[str, Any]:
        """State for a checkpoint."""
        records = {index: record.dump() for index, record in self.records.items()}
        found = {"records": records, "midnight": dict(self.midnight)}
        return found | ({"fall": fall} if (fall := self.fall.dump()) else {})

    @classmethod
    def load(cls, state: Mapping[str, Any] | None) -> Contributions:
        """What `dump` came from; nothing is known where a checkpoint has no such table."""
        self = cls()
        if state is not None:
            for index, fields in state["records"].items():
                record = Attribution(**fields)
                self.records[index] = Attribution(**record.dump())
            self.midnight = dict(state["midnight"])
            self.fall = SincePeak.load(state.get("fall", {}))
        return self


def _hand_on(prices: dict[str, float], old: str, new: str, ratio: float, own: bool) -> None:
    """Join the earlier price of a coin by the ratio, where the new one's own does not count."""
    if old in prices and not (own and new in prices):
        prices[new] = prices[old] / ratio


def weights_of(basket: Basket, price_of: PriceOf) -> dict[str, float]:
    """By asset: the share of each in what the basket is worth."""
    worth = [h * price_of(k) for k, h in zip(basket.keys, basket.holdings, strict=True)]
    total = math.fsum(worth)
    return {a: w / total for a, w in zip(assets_of(basket.keys), worth, strict=True)}


def turnover(before: Mapping[str, float], keys: Sequence[str], weights: Sequence[float]) -> float:
    """Half of Σ |new weight − old weight|: 1 where all is sold for other assets."""
    after = dict(zip(assets_of(keys), weights, strict=True))
    moves = [abs(after.get(a, 0.0) - before.get(a, 0.0)) for a in {**before, **after}]
    return math.fsum(moves) / 2.0
