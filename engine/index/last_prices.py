"""The last price of every asset, and its supply where one came with the prices."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from engine.table import F64, I64, Bool, Table


class Prices(Table):
    """Last price of every asset that some basket uses; `at` is 0 before the first.

    `supply` (coins) is the last one known: that of the prices, or a market cap over the price it
    came with. It stays until the next one, so that a later price without a market cap weighs too.
    A market cap or supply that is not above zero counts as unknown and changes nothing. NaN where
    none ever came.
    """

    COLUMNS: ClassVar = {
        "price": ("f8", (), 0.0),
        "at": ("i8", (), 0),
        "supply": ("f8", (), np.nan),
    }
    price: F64
    at: I64
    supply: F64

    def take_supply(self, asset: I64, supply: F64) -> None:
        """Note the known ones of these supplies, one a row of prices; of several the last."""
        known = ~np.isnan(supply)
        self.supply[asset[known]] = supply[known]

    def redenominate(self, row: int, ratio: float) -> None:
        """One coin became `ratio` coins of the same name."""
        self.price[row] /= ratio
        self.supply[row] *= ratio

    def join(self, old: int, new: int, ratio: float) -> None:
        """The coin of row `new` goes on from the price of `old`, of which one is `ratio` new."""
        self.price[new], self.at[new] = self.price[old] / ratio, self.at[old]

    def hand_on_supply(self, old: int, new: int, ratio: float) -> None:
        """The coin of row `new` has the supply of `old`, where none is known of it."""
        if np.isnan(self.supply[new]):
            self.supply[new] = self.supply[old] * ratio

    def caps(
        self, rows: Sequence[int], assets: Sequence[str], default: Mapping[str, float]
    ) -> list[float]:
        """Market cap of each row: last price × supply, which is by `default` where none came with
        the prices; NaN where neither knows it."""
        return [
            price * (default.get(asset, math.nan) if math.isnan(supply) else supply)
            for asset, price, supply in zip(
                assets, self.price[rows].tolist(), self.supply[rows].tolist(), strict=True
            )
        ]


def reported_supply(
    price: F64, market_cap: Sequence[float], supply: Sequence[float], rows: Sequence[int]
) -> F64 | None:
    """The supply that each of some rows of a frame reports, NaN where none; None where no row does.

    Where a row has both, its market cap counts.
    """
    if _is_nothing(market_cap) and _is_nothing(supply):
        return None
    caps = np.array([market_cap[k] for k in rows], dtype=np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        implied = caps / price
    plain = np.array([supply[k] for k in rows], dtype=np.float64)
    return np.where(_usable(implied), implied, np.where(_usable(plain), plain, np.nan))


def _is_nothing(values: Sequence[float]) -> bool:
    """Whether none is known. To count one and the same NaN is far quicker than to look at each."""
    return values.count(math.nan) == len(values) or all(map(math.isnan, values))


def _usable(values: F64) -> Bool:
    return (values > 0.0) & (values < np.inf)
