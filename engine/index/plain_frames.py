"""Frames with which nothing but prices comes, and between which nothing is due: nearly all of them.

Their columns are written into one piece of memory that the kernel knows, and one compiled call does
what `Baskets.apply` does in several. Where a frame is not so plain, nothing is done, and the
careful way (`engine.index.shard`) takes it; both give the same.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from functools import lru_cache
from math import nan
from operator import itemgetter
from typing import Any

import numpy as np
from numba import njit, types

from engine.index import candles, jumps, kernel, kernel_arrays
from engine.index.kernel_arrays import Instants, Packed
from engine.records import PriceFrame

ApplyPacked = Callable[[int, int, bool, Any], tuple[int, int]]

MOST = 4096
"""Rows of a frame that is taken so. The Pricer's have a thousand; 96 KB hold them."""


class Packing:
    """The memory into which the columns of one frame at a time are written."""

    def __init__(self) -> None:
        self._bytes = bytearray(3 * 8 * MOST)
        self.columns = Packed(
            np.frombuffer(self._bytes, dtype=np.int64), np.frombuffer(self._bytes)
        )

    def pack(self, frame: PriceFrame, place: Mapping[str, int]) -> bool:
        """Write the places of its price keys, its times and its prices, one column behind the
        other; False where it has other columns, or a key without a place."""
        names, rows = frame.asset, len(frame.asset)
        caps, supplies = frame.market_cap, frame.supply
        if type(names) is not list or type(caps) is not list or type(supplies) is not list:
            return False
        # Of undefined values a decoded frame has one and the same NaN.
        if not 0 < rows <= MOST or caps.count(nan) != rows or supplies.count(nan) != rows:
            return False
        try:
            # Three times as quick as to make arrays of ten rows.
            places = itemgetter(*names)(place) if rows > 1 else (place[names[0]],)
            _format(rows).pack_into(self._bytes, 0, *places, *frame.at, *frame.price)
        except (KeyError, struct.error):
            return False
        return True


@lru_cache(maxsize=MOST)
def _format(rows: int) -> struct.Struct:
    return struct.Struct(f"{2 * rows}q{rows}d")


@njit(cache=True)
def apply_packed(begin: int, rows: int, is_followed: bool, shared: Any) -> tuple[int, int]:
    """Apply the packed rows from `begin` on, as `kernel.apply_prices` does, and follow the candles
    of their assets; the row where it stopped and the number of events. Row -1, and nothing done,
    where a price jumps (`engine.index.jumps`), as the first one of an asset does from 0."""
    columns, s = shared.packed, shared
    asset, at = columns.whole, columns.whole[rows:]
    price = columns.real[2 * rows :]
    if begin == 0 and not jumps.are_quiet(0, rows, asset, price, s.last.price):
        return -1, 0
    row, count = kernel.apply_prices(begin, rows, asset, at, price, shared)
    if is_followed:
        candles.follow(begin, row, Instants(asset, at, price), s.candles)
    return row, count


def applies_to(shared: kernel_arrays.Shared) -> ApplyPacked:
    """`apply_packed` as machine code for what has the type of `shared`, and for nothing else.

    Called by its name, four fifths of its time would go into finding out that type.
    """
    of = (types.int64, types.int64, types.boolean, shared._numba_type_)
    found: ApplyPacked = apply_packed.compile(of)
    return found
