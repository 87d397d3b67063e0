"""The venues by name."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType

from connectors.venues.base import Venue
from connectors.venues.binance import Binance
from connectors.venues.binance_usdm import BinanceUsdm
from connectors.venues.bitfinex import Bitfinex
from connectors.venues.bitget import Bitget
from connectors.venues.bitmex import Bitmex
from connectors.venues.bitstamp import Bitstamp
from connectors.venues.bybit import Bybit
from connectors.venues.coinbase import Coinbase
from connectors.venues.coinbase_advanced import CoinbaseAdvanced
from connectors.venues.cryptocom import CryptoCom
from connectors.venues.deribit import Deribit
from connectors.venues.gate import Gate
from connectors.venues.gemini import Gemini
from connectors.venues.htx import Htx
from connectors.venues.hyperliquid import Hyperliquid
from connectors.venues.kraken import Kraken
from connectors.venues.kraken_futures import KrakenFutures
from connectors.venues.kucoin import Kucoin
from connectors.venues.okx import Okx
from connectors.venues.upbit import Upbit

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
