"""The rows of a price frame that some basket uses, as columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from engine.index.last_prices import reported_supply
from engine.records import PriceFrame
from engine.records.packed_prices import CodedKeys
from engine.table import F64, I64


class PriceColumns(NamedTuple):
    """Places of the assets among the baskets' prices, times (ns), prices, and the supplies reported
    with them (coins, NaN for none; None where no row has one)."""

    asset: I64
    at: I64
    price: F64
    supply: F64 | None

    @classmethod
    def of(cls, frame: PriceFrame, place: Mapping[str, int]) -> PriceColumns:
        """The rows of the price keys that have a place."""
        if isinstance(frame.asset, CodedKeys):
            return cls._of_codes(frame, frame.asset, place)
        rows = len(frame.asset)
        try:  # as the Pricer sends them
            asset = np.fromiter(map(place.__getitem__, frame.asset), np.int64, rows)
        except KeyError:
            return cls._of_used(frame, place)
        at, price = np.array(frame.at, dtype=np.int64), np.fromiter(frame.price, np.float64, rows)
        supply = reported_supply(price, frame.market_cap, frame.supply, range(rows))
        return cls(asset, at, price, supply)

    @classmethod
    def _of_used(cls, frame: PriceFrame, place: Mapping[str, int]) -> PriceColumns:
        used = [k for k, key in enumerate(frame.asset) if key in place]
        asset = np.array([place[frame.asset[k]] for k in used], dtype=np.int64)
        at = np.array([frame.at[k] for k in used], dtype=np.int64)
        price = np.array([frame.price[k] for k in used], dtype=np.float64)
        return cls(asset, at, price, reported_supply(price, frame.market_cap, frame.supply, used))

    @classmethod
    def _of_codes(
        cls, frame: PriceFrame, keys: CodedKeys, place: Mapping[str, int]
    ) -> PriceColumns:
        places = np.array([place.get(name, -1) for name in keys.names], dtype=np.int64)
        asset = places[keys.codes]
        at, price = np.array(frame.at, dtype=np.int64), np.array(frame.price, dtype=np.float64)
        used = asset >= 0
        if used.all():
            rows: Sequence[int] = range(len(asset))
        else:
            rows = np.flatnonzero(used).tolist()
            asset, at, price = asset[used], at[used], price[used]
        return cls(asset, at, price, reported_supply(price, frame.market_cap, frame.supply, rows))
