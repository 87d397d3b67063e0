"""What all indices hold and what each asset brought today, computed at once.

The common case: every asset of an index has a known price, target and price at 00:00 UTC, and none
left it today. Of any other index `Contributions.read` tells, asset by asset.
"""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import Any, NamedTuple

import numpy as np

from engine.index.basket_flags import pending, read_composition
from engine.index.baskets import Baskets
from engine.index.composition import Basket, assets_of
from engine.index.contributions import Attribution
from engine.kept import SLOT, Slotted
from engine.metrics.machinery.asked import CompositionAt
from engine.metrics.machinery.moving import Placed, checked
from engine.periods import years_before
from engine.readings import Column, Undefined, column, settled
from engine.table import F64, I64


class _Held(NamedTuple):
    """What an index holds, and what is kept of it: its places in the columns begin at `begin`."""

    begin: int
    end: int
    assets: list[str]
    record: Attribution


class _Columns(NamedTuple):
    """One value for each asset of each index: place of its price, holding (coins), prices at the
    begin of the day's present span and at 00:00, points before that span (`done`), and of its index
    divisor and level at 00:00."""

    place: I64
    holding: F64
    span: F64
    opened: F64
    done: F64
    target: list[float]
    divisor: F64
    level: F64


class Compositions:
    """Reads `composition` of the indices of some baskets, laid out as now; it is no state."""

    def __init__(self, baskets: Baskets) -> None:
        self.baskets = baskets
        self._version = -1
        self._held: dict[int, _Held] = {}

    def at(self, as_of: int) -> CompositionAt:
        """What reads them at this instant, which is now."""
        if self._version != self.baskets.contributions.version:
            self._version = self.baskets.contributions.version
            self._lay_out()
        return _At(self.baskets, self._held, self._columns, self._version, as_of)

    def _lay_out(self) -> None:
        """Lay out the holdings of the indices that are as in the common case."""
        baskets, held, rows = self.baskets, dict[int, _Held](), list[tuple[float, ...]]()
        levels = baskets.levels
        for row, (basket, divisor) in enumerate(
            zip(baskets.all, levels.divisor.tolist(), strict=True)
        ):
            record = baskets.contributions.records.get(basket.id)
            if basket.id in baskets.idle:
                continue
            if record is not None and _is_common(basket, record):
                held[row] = _Held(
                    len(rows), len(rows) + len(basket.keys), assets_of(basket.keys), record
                )
                rows += [
                    (
                        baskets.price_row[key],
                        holding,
                        record.span[key],
                        record.opened[key],
                        record.done.get(key, 0.0),
                        record.targets[key],
                        divisor,
                        record.level,
                    )
                    for key, holding in zip(basket.keys, basket.holdings, strict=True)
                ]
        found = [np.array(column, dtype=np.float64) for column in zip(*rows, strict=True)]
        found = found or [np.zeros(0) for _ in _Columns._fields]
        place, holding, span, opened, done, target, divisors, level = found
        self._held = held
        self._columns = _Columns(
            place.astype(np.int64), holding, span, opened, done, target.tolist(), divisors, level
        )


class _At:
    """The compositions at one instant."""

    def __init__(
        self,
        baskets: Baskets,
        held: dict[int, _Held],
        columns: _Columns,
        version: int,
        as_of: int,
    ) -> None:
        self._baskets, self._held, self._columns = baskets, held, columns
        self._year_ago, self.as_of = years_before(as_of, 1), as_of
        self._stamp = version, self._year_ago

    def numbers(self) -> Column:
        """Four of each asset of each index: weight, price, and return and contribution today."""
        c = self._columns
        price = self._baskets.prices.price[c.place]
        worth: F64 = c.holding * price
        plain, total = worth.tolist(), np.ones(len(worth))
        for h in self._held.values():
            total[h.begin : h.end] = math.fsum(plain[h.begin : h.end])
        points = c.done + c.holding * (price - c.span) / c.divisor
        changes = settled(price / c.opened - 1.0)
        found: F64 = np.stack([worth / total, price, changes, points / c.level], axis=1)
        return checked(column(found.ravel()))

    def stamp(self, row: int) -> Hashable:
        """Equal as long as the template of a row stays; never where a row is not as in the common
        case."""
        if row in self._held and not pending(self._baskets, row):
            return self._stamp
        return object()

    def template(self, row: int) -> Placed:
        """`composition` of the snapshot of the started index in this row."""
        baskets, undefined = self._baskets, Undefined()
        held = self._held.get(row)
        if held is None or pending(baskets, row):
            found = read_composition(baskets, row, self.as_of, undefined)
            return Placed(found, reasons=undefined.reasons)
        record, turnover = held.record, None
        if 0 < record.since <= max(baskets.levels.inception.item(row), self._year_ago):
            turned = zip(record.turned_at.tolist(), record.turned.tolist(), strict=True)
            turnover = math.fsum(moved for at, moved in turned if at > self._year_ago)
        else:
            undefined.reasons["composition.turnover_1y"] = "unobserved"
        targets = self._columns.target[held.begin : held.end]
        template: dict[str, Any] = {
            "rebalanced_at": record.rebalanced_at,
            "divisor": baskets.levels.divisor.item(row),
            "turnover_1y": turnover,
            "pending": [],
            "assets": {
                asset: {
                    "weight": SLOT,
                    "target": target,
                    "price": SLOT,
                    "return_today": SLOT,
                    "contribution_today": SLOT,
                }
                for asset, target in zip(held.assets, targets, strict=True)
            },
        }
        names = [
            f"composition.assets.{asset}.{name}"
            for asset in held.assets
            for name in ("weight", "price", "return_today", "contribution_today")
        ]
        places = np.arange(4 * held.begin, 4 * held.end)
        return Placed(Slotted(template), names, places, undefined.reasons)


def _is_common(basket: Basket, record: Attribution) -> bool:
    """Whether all is known of each asset of an index, and none but these counts today."""
    keys = set(basket.keys)
    return (
        bool(keys)
        and len(set(assets_of(basket.keys))) == len(basket.keys)
        and record.rebalanced_at > 0
        and not math.isnan(record.level)
        and record.done.keys() <= keys
        and record.span.keys() >= keys
        and record.opened.keys() >= keys
        and record.targets.keys() >= keys
    )
