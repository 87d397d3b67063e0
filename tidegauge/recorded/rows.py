"""Rows of recorded prices as columns: what compiled code reads them into."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.compiled import uncounted
from engine.names import is_asset_name
from engine.pricing.bounds import LARGEST, SMALLEST
from tidegauge.recorded.grammar import Bytes, decimal_at, time_at
from tidegauge.recorded.names import Names, NameTable, code_at
from tidegauge.recorded.row import VENUE, RecordedRow

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

TS, ASSET, PRICE, SIZE, VENUE_CELL, QUOTE, MARKET_CAP, SUPPLY = range(8)
"""The places of cells, as in `tidegauge.recorded.row.COLUMNS`."""


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


@uncounted
def _amount_at(text: Bytes, begin: int, end: int) -> Any:
    """The amount text[begin:end], and whether it is sure that it is one; 0 for an empty cell."""
    if end <= begin:
        return 0.0, True
    amount, sure = decimal_at(text, begin, end)
    return amount, sure and 0.0 <= amount <= LARGEST


@uncounted
def put_rows(
    text: Bytes,
    begin: NDArray[np.int64],
    end: NDArray[np.int64],
    count: int,
    tables: Tables,
    found: Scratch,
) -> None:
    """Read the cells text[begin[row, k]:end[row, k]] (k as in COLUMNS, begin -1 for none) of the
    first `count` rows that are not odd; where one is not sure, the row is odd.

    All rows in one call: with so many arrays, a call a row would cost more than the reading.
    """
    rows, is_odd, assets, venues = found.rows, found.odd, tables.assets, tables.venues
    usd = tables.usd
    for k in range(count):
        if is_odd[k]:
            continue
        is_odd[k] = True  # until all is read
        row = rows[k]
        ts, sure = time_at(text, begin[k, TS], end[k, TS])
        if not sure:
            continue
        price, sure = decimal_at(text, begin[k, PRICE], end[k, PRICE])
        if not (sure and SMALLEST <= price <= LARGEST):
            continue
        asset = code_at(assets, text, begin[k, ASSET], end[k, ASSET])
        size, sure = _amount_at(text, begin[k, SIZE], end[k, SIZE])
        cap, sure_cap = _amount_at(text, begin[k, MARKET_CAP], end[k, MARKET_CAP])
        supply, sure_supply = _amount_at(text, begin[k, SUPPLY], end[k, SUPPLY])
        if asset < 0 or not (sure and sure_cap and sure_supply):
            continue
        venue, quote = -1, usd
        if end[k, VENUE_CELL] > begin[k, VENUE_CELL]:
            venue = code_at(venues, text, begin[k, VENUE_CELL], end[k, VENUE_CELL])
            if begin[k, QUOTE] >= 0:
                quote = code_at(assets, text, begin[k, QUOTE], end[k, QUOTE])
            if venue < 0 or quote < 0:
                continue
        elif end[k, QUOTE] > begin[k, QUOTE]:  # a price without a venue is in USD
            quote = code_at(assets, text, begin[k, QUOTE], end[k, QUOTE])
            if quote != usd:
                continue
        row.ts, row.price, row.size = ts, price, size
        row.market_cap = np.nan if cap == 0.0 else cap  # 0 stands for unknown
        row.supply = np.nan if supply == 0.0 else supply
        row.asset, row.venue, row.quote = asset, venue, quote
        is_odd[k] = False
