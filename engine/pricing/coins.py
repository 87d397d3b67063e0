"""A coin is not a ticker: what a venue's name of a currency stands for, and how many coins.

The names are data, in `engine.pricing.coin_table`. Where a venue trades multiples (1000PEPE, kPEPE,
SHIB1000), prices and sizes are brought to one coin by moving the decimal point: exact in decimal,
rounded once. All multiples are powers of ten.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from math import inf
from typing import NamedTuple
from unicodedata import normalize

from engine.pricing.coin_table import MULTIPLES, ROWS, CoinName
from engine.records import Instrument, Kind, Tick

_MULTIPLE = re.compile(r"1(0{3,8})([A-Z][A-Z0-9]*)", re.ASCII)
"""1000PEPE, 10000000AIDOGE; not 1INCH. Ten million is the most that was ever listed."""
MOST_PLACES = 8


class Coin(NamedTuple):
    """What a name stands for: 10^places coins of this common name, and by which source.

    `source` is empty where the venue's name is the common one.
    """

    name: str
    places: int = 0
    source: str = ""


_BY_THEIRS: dict[tuple[str, str, str], CoinName] = {(r.venue, r.kind, r.theirs): r for r in ROWS}
_BY_OURS: dict[str, list[CoinName]] = {}
for _row in ROWS:
    _BY_OURS.setdefault(_row.ours, []).append(_row)


@lru_cache(maxsize=8192)  # all currencies of all venues are about 6,000
def coin(venue: str, kind: str, theirs: str) -> Coin:
    """What a venue means by a currency in markets of a kind. Names it spells in lower case are
    looked up as such, then in upper case.

    >>> coin("binance_usdm", "perpetual", "1000PEPE")[:2], coin("kraken", "spot", "LUNA2")[:2]
    (('PEPE', 3), ('LUNA', 0))
    >>> coin("okx", "spot", "1INCH")
    Coin(name='1INCH', places=0, source='')
    """
    plain = normalize("NFC", theirs)
    for name in dict.fromkeys((plain, plain.upper())):
        row = _row_of(venue, kind, name)
        if row is not None:
            return Coin(row.ours, row.places, row.source)
    multiple = _MULTIPLE.fullmatch(plain)
    if multiple is not None and (rule := _rule(venue, kind)) is not None:
        return Coin(multiple[2], len(multiple[1]), rule)
    return Coin(plain.upper())


def _row_of(venue: str, kind: str, theirs: str) -> CoinName | None:
    for place in ((venue, kind), (venue, "*"), ("*", "*")):
        row = _BY_THEIRS.get((*place, theirs))
        if row is not None:
            return row
    return None


def _rule(venue: str, kind: str) -> str | None:
    return MULTIPLES.get((venue, kind)) or MULTIPLES.get((venue, "*"))


@lru_cache(maxsize=8192)
def own_name(venue: str, kind: str, asset: str) -> str | None:
    """What a venue lists a coin as in markets of a kind; None where that name is another coin's.

    >>> own_name("kraken", "spot", "LUNC"), own_name("hyperliquid", "perpetual", "PEPE")
    ('LUNA', 'kPEPE')
    >>> own_name("upbit", "spot", "TON") is None  # which is Tokamak there
    True
    """
    for row in _rows_of(venue, kind, asset):
        if row.listed:
            return row.theirs
    return asset if coin(venue, kind, asset)[:2] == (asset, 0) else None


def own_names(venue: str, kind: str, assets: Iterable[str]) -> list[tuple[str, str]]:
    """(asset, what the venue lists it as) of those that it can list, each once, in their order."""
    found = ((asset, own_name(venue, kind, asset)) for asset in dict.fromkeys(assets))
    return [(asset, own) for asset, own in found if own is not None]


def _rows_of(venue: str, kind: str, asset: str) -> list[CoinName]:
    rows = _BY_OURS.get(asset, ())
    return [r for r in rows if r.venue in (venue, "*") and r.kind in (kind, "*")]


def listed(venue: str, symbol: str, base: str, quote: str, kind: Kind, counts: bool) -> Instrument:
    """The instrument of a symbol by the venue's own names of its currencies."""
    ours = coin(venue, kind, base).name, coin(venue, kind, quote).name
    return Instrument(venue, symbol, *ours, kind, counts)


@lru_cache(maxsize=8192)
def meaning(instrument: Instrument) -> Coin:
    """What one unit of a symbol is, read from the symbol, in which the venue's own name stands.

    >>> meaning(Instrument("bybit", "SHIB1000USDT", "SHIB", "USDT", "perpetual", False))[:2]
    ('SHIB', 3)
    """
    own = _own(instrument)
    named = [name for name in own if _names(instrument, name)]
    if not named:  # the symbol is a number, as of Hyperliquid's spot markets
        rows = _rows_of(instrument.venue, instrument.kind, instrument.base)
        listed_as = (own[row.theirs] for row in rows if row.listed and not row.places)
        return next(listed_as, Coin(instrument.base))
    return own[max(named, key=len)]


def as_named_now(instrument: Instrument) -> Instrument:
    """An instrument that an earlier version recorded, under the coin's name by today's table.

    >>> as_named_now(Instrument("kraken", "LUNA/USD", "LUNA", "USD", "spot", True)).base
    'LUNC'
    """
    base = instrument.base
    meant = coin(instrument.venue, instrument.kind, base)
    if instrument.symbol.upper() == base:  # once all names were put in upper case, kPEPE too
        meant = coin(instrument.venue, instrument.kind, instrument.symbol)
    if meant.name == base or any(_names(instrument, name) for name in _own(instrument)):
        return instrument
    named = _names(instrument, base) or instrument.symbol.upper() == base
    return instrument._replace(base=meant.name) if named else instrument


def _own(instrument: Instrument) -> dict[str, Coin]:
    """All that the venue may call the coin of a symbol, and what that stands for."""
    venue, kind, base = instrument.venue, instrument.kind, instrument.base
    own = {r.theirs: Coin(base, r.places, r.source) for r in _rows_of(venue, kind, base)}
    if (rule := _rule(venue, kind)) is not None:
        for n in range(3, MOST_PLACES + 1):
            own.setdefault(f"1{'0' * n}{base}", Coin(base, n, rule))
    if coin(venue, kind, base)[:2] == (base, 0):
        own.setdefault(base, Coin(base))
    return own


def _names(instrument: Instrument, name: str) -> bool:
    """Whether a symbol begins with this name of the base, or has it behind a separator."""
    symbol = instrument.symbol
    spellings = (symbol,) if symbol != symbol.lower() else (symbol, symbol.upper())
    return any(re.search(rf"(?<![^\W_]){re.escape(name)}", s) is not None for s in spellings)


def shifted(value: float, places: int) -> float:
    """value · 10^places, as the double nearest to it in decimal.

    The decimal is the shortest that reads back as `value`: what was sent, up to 15 digits.

    >>> shifted(0.00421, -3), shifted(100.0, 3)
    (4.21e-06, 100000.0)
    """
    digits, _, exponent = repr(value).partition("e")
    return float(f"{digits}e{int(exponent or 0) + places}")


def of_one_coin(tick: Tick) -> Tick:
    """The same trade, priced and sized in single coins. Raises ValueError beyond what doubles hold,
    which no price is; a trade outside the order book has 0 for it."""
    moved = meaning(tick.instrument).places
    if not moved:
        return tick
    price, size = shifted(tick.price, -moved), shifted(tick.size, moved)
    if tick.off_book:
        size = size if size < inf else 0.0
    elif not (price > 0.0 and size < inf):
        raise ValueError("a price or size of many coins cannot be told of one")
    return tick._replace(price=price, size=size)
