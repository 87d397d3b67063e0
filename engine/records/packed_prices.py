"""A price frame as arrays: what a shard takes without an object for each price.

Its columns stand behind one another in one block, little-endian, which is also the columnar form of
`prices` on the wire (`streams.columns`): `at` as 8-byte integers, `price` and, where any is known,
`market_cap` and `supply` as 8-byte floats, then the places of the rows' assets as 4-byte integers.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import nan
from struct import pack
from typing import Any, Final, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from engine.compiled import uncounted
from engine.records.bounds import RecordError
from engine.records.prices import PriceFrame
from engine.table import F64, I64

WIDTH: Final = 20
"""Bytes of a row without market cap and supply, each of which adds eight."""
_FAULTS: Final = (
    "",
    "a price is not above zero, or not finite",
    "at is negative",
    "at decreases",
    "at is after the frame's now",
    "a row names an asset that is not there",
    "a market cap or a supply is infinite",
)


class CodedKeys(NamedTuple):
    """The price keys of the rows of a frame whose columns are arrays: names[codes[row]]."""

    names: Sequence[str]
    codes: NDArray[np.integer]


def pack_prices(frame: PriceFrame) -> tuple[bytes, list[str], bool]:
    """The columns of a frame of lists as one block, the assets that its codes point to, and whether
    market caps and supplies are among them."""
    rows = len(frame.asset)
    places: dict[str, int] = {}
    codes = [places.setdefault(asset, len(places)) for asset in frame.asset]
    floats = frame.price
    is_known = not (_is_nothing(frame.market_cap) and _is_nothing(frame.supply))
    if is_known:
        floats = frame.price + frame.market_cap + frame.supply
    if len(frame.at) != rows or len(floats) != (3 * rows if is_known else rows):
        raise RecordError("the columns have different numbers of rows")
    block = pack(f"<{rows}q{len(floats)}d{rows}I", *frame.at, *floats, *codes)
    return block, list(places), is_known


def unpack_prices(
    frame: PriceFrame, rows: int, block: bytes, offset: int, names: Sequence[str], is_known: bool
) -> PriceFrame:
    """The frame with these columns as arrays, each checked. Raises RecordError."""
    at = np.frombuffer(block, np.int64, rows, offset)
    floats = np.frombuffer(block, np.float64, 3 * rows if is_known else rows, offset + 8 * rows)
    codes = np.frombuffer(block, np.uint32, rows, offset + 8 * (rows + len(floats)))
    if rows:
        fault = _find_fault(at, floats, codes, len(names), frame.now)
        if fault:
            raise RecordError(_FAULTS[fault])
    return frame._replace(
        asset=CodedKeys(names, codes),
        at=at,
        price=floats[:rows],
        market_cap=floats[rows : 2 * rows].tolist() if is_known else [],
        supply=floats[2 * rows :].tolist() if is_known else [],
    )


def as_lists(frame: PriceFrame) -> PriceFrame:
    """The same with columns of lists."""
    if not isinstance(frame.asset, CodedKeys):
        return frame
    keys, at, price = frame.asset, cast(Any, frame.at), cast(Any, frame.price)
    rows = len(at)
    return frame._replace(
        asset=[keys.names[code] for code in keys.codes.tolist()],
        at=at.tolist(),
        price=price.tolist(),
        market_cap=frame.market_cap or [nan] * rows,
        supply=frame.supply or [nan] * rows,
    )


def _is_nothing(values: list[float]) -> bool:
    # Counting finds the one NaN that most columns are made of, without a look at its value.
    return values.count(nan) == len(values) or all(value != value for value in values)


@uncounted
def _find_fault(at: I64, floats: F64, codes: NDArray[np.uint32], names: int, now: int) -> int:
    """The place in `_FAULTS` of what is wrong, 0 for nothing."""
    rows, last = at.size, 0
    for row in range(rows):
        if not 0.0 < floats[row] < np.inf:
            return 1
        if at[row] < 0:
            return 2
        if at[row] < last:
            return 3
        last = at[row]
        if codes[row] >= names:
            return 5
    for k in range(rows, floats.size):
        if np.isinf(floats[k]):
            return 6
    return 4 if last > now else 0
