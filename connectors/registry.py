"""The venues by name."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType

from connectors.binance import Binance
from connectors.binance_usdm import BinanceUsdm
from connectors.bitfinex import Bitfinex
from connectors.bitget import Bitget
from connectors.bitmex import Bitmex
from connectors.bitstamp import Bitstamp
from connectors.bybit import Bybit
from connectors.coinbase import Coinbase
from connectors.coinbase_advanced import CoinbaseAdvanced
from connectors.cryptocom import CryptoCom
from connectors.deribit import Deribit
from connectors.gate import Gate
from connectors.gemini import Gemini
from connectors.htx import Htx
from connectors.hyperliquid import Hyperliquid
from connectors.kraken import Kraken
from connectors.kraken_futures import KrakenFutures
from connectors.kucoin import Kucoin
from connectors.okx import Okx
from connectors.upbit import Upbit
from connectors.venue import Venue

_ALL: tuple[Venue, ...] = (
    Binance(),
    Coinbase(),
    Kraken(),
    Okx(),
    Bybit(),
    BinanceUsdm(),
    CoinbaseAdvanced(),
    KrakenFutures(),
    Bitstamp(),
    Bitfinex(),
    Gemini(),
    Gate(),
    Kucoin(),
    CryptoCom(),
    Htx(),
    Bitget(),
    Deribit(),
    Upbit(),
    Bitmex(),
    Hyperliquid(),
)
VENUES: Mapping[str, Venue] = MappingProxyType({venue.name: venue for venue in _ALL})
"""Every venue that has a parser here."""


class UnknownVenueError(LookupError):
    """A name that is no venue's; the message lists the names and the nearest ones."""


def venue(name: str) -> Venue:
    """The venue of this name. Raises UnknownVenueError.

    >>> venue("kraken").url
    'wss://ws.kraken.com/v2'
    """
    found = VENUES.get(name)
    if found is not None:
        return found
    near = get_close_matches(name.lower(), VENUES, n=2)
    hint = f"; did you mean {' or '.join(near)}? Known are" if near else "; known are"
    raise UnknownVenueError(f"unknown venue {name!r}{hint}: {', '.join(VENUES)}")
