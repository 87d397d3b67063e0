"""Rows of recorded prices as columns: what compiled code reads them into."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.names import is_asset_name
from engine.pricing.bounds import LARGEST, SMALLEST
from tidegauge.recorded_grammar import Bytes, decimal_at, time_at
from tidegauge.recorded_names import Names, NameTable, code_at
from tidegauge.rows import VENUE, RecordedRow

ROW = np.dtype(
    [
        ("ts", "i8"),
        ("price", "f8"),
        ("size", "f8"),
        ("market_cap", "f8"),
        ("supply", "f8"),
        ("line", "i8"),
        ("asset", "i4"),
        ("venue", "i4"),
        ("quote", "i4"),
        ("file", "i4"),
    ]
)
"""A `RecordedRow`, its names as codes; `venue` is -1 for an asset price."""

Rows = NDArray[Any]
"""Of shape (rows,) and type `ROW`."""

MOST_ODD = 256
"""Rows left to the careful way at once: what it says of them is held until it is told."""

TS, ASSET, PRICE, SIZE, VENUE_CELL, QUOTE, MARKET_CAP, SUPPLY = range(8)
"""The places of cells, as in `tidegauge.rows.COLUMNS`."""


def joined(parts: Sequence[Rows]) -> Rows:
    """All rows behind each other; as plain bytes, which numpy copies ten times as fast."""
    whole = f"V{ROW.itemsize}"
    return np.concatenate([np.zeros(0, whole), *(part.view(whole) for part in parts)]).view(ROW)


class Scratch(NamedTuple):
    """What is read of some lines: the rows, where the line of each begins in the text, and whether
    it is left to the careful way (`rows` then has its line only). Each of shape (rows,)."""

    rows: Rows
    begin: NDArray[np.int64]
    odd: NDArray[np.bool_]


class Tables(NamedTuple):
    """The tables of names of assets (and quotes) and of venues; the code of USD."""

    assets: NameTable
    venues: NameTable
    usd: int


class Vocabulary:
    """The names met in recorded prices."""

    def __init__(self) -> None:
        self.assets = Names(is_asset_name)
        self.venues = Names(VENUE.fullmatch)
        self.usd = self.assets.code("USD")

    def tables(self) -> Tables:
        """For compiled code; good until a name is added by `encode`."""
        return Tables(self.assets.table, self.venues.table, self.usd)

    def learn(self, found: Scratch, count: int) -> None:
        """Look at what was scanned: rows of what is no name are odd."""
        self.assets.learn()
        self.venues.learn()
        rows, odd = found.rows[:count], found.odd[:count]
        if len(self.assets.unusable):
            odd |= np.isin(rows["asset"], self.assets.unusable)
            odd |= np.isin(rows["quote"], self.assets.unusable)
        if len(self.venues.unusable):
            odd |= np.isin(rows["venue"], self.venues.unusable)

    def encode(self, row: RecordedRow) -> tuple[Any, ...]:
        """A row as `ROW` has it."""
        asset, quote = self.assets.code(row.asset), self.assets.code(row.quote)
        venue = self.venues.code(row.venue) if row.venue else -1
        numbers = (row.ts, row.price, row.size, row.market_cap, row.supply, row.line)
        return (*numbers, asset, venue, quote, row.file)

    def decode(self, row: Any) -> RecordedRow:
        """The inverse of `encode`."""
        ts, price, size, market_cap, supply, line, asset, venue, quote, file = row.item()
        names = self.assets.all
        at = self.venues.all[venue] if venue >= 0 else ""
        return RecordedRow(
            ts, names[asset], price, size, at, names[quote], market_cap, supply, line, file
        )


@njit(cache=True)
def put_row(
    row: Any, text: Bytes, begin: NDArray[np.int64], end: NDArray[np.int64], tables: Tables
) -> bool:
    """Read the cells text[begin[k]:end[k]] (in the order of COLUMNS, begin -1 for none) into a row;
    False where that is not sure."""
    ts, sure = time_at(text, begin[TS], end[TS])
    if not sure:
        return False
    price, sure = decimal_at(text, begin[PRICE], end[PRICE])
    if not (sure and SMALLEST <= price <= LARGEST):
        return False
    row.ts, row.price = ts, price
    row.asset = code_at(tables.assets, text, begin[ASSET], end[ASSET])
    row.size, row.market_cap, row.supply = 0.0, np.nan, np.nan
    row.venue, row.quote = -1, tables.usd
    if row.asset < 0:
        return False
    if end[SIZE] > begin[SIZE]:
        amount, sure = decimal_at(text, begin[SIZE], end[SIZE])
        if not (sure and 0.0 <= amount <= LARGEST):
            return False
        row.size = amount
    if end[MARKET_CAP] > begin[MARKET_CAP]:
        amount, sure = decimal_at(text, begin[MARKET_CAP], end[MARKET_CAP])
        if not (sure and 0.0 <= amount <= LARGEST):
            return False
        row.market_cap = np.nan if amount == 0.0 else amount
    if end[SUPPLY] > begin[SUPPLY]:
        amount, sure = decimal_at(text, begin[SUPPLY], end[SUPPLY])
        if not (sure and 0.0 <= amount <= LARGEST):
            return False
        row.supply = np.nan if amount == 0.0 else amount
    if end[VENUE_CELL] > begin[VENUE_CELL]:
        row.venue = code_at(tables.venues, text, begin[VENUE_CELL], end[VENUE_CELL])
        if row.venue < 0:
            return False
        if begin[QUOTE] >= 0:
            row.quote = code_at(tables.assets, text, begin[QUOTE], end[QUOTE])
        return bool(row.quote >= 0)
    if end[QUOTE] > begin[QUOTE]:  # a price without a venue is in USD
        row.quote = code_at(tables.assets, text, begin[QUOTE], end[QUOTE])
        return bool(row.quote == tables.usd)
    return True
