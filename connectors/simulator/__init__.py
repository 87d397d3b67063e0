"""Exchanges on loopback that speak the real wire formats, on one seeded market.

`Simulator` trades an invented market, `Market` for tests or `CryptoMarket` for a demo, of which
`past_prices` and `prices_between` are the past; `Playback` sends recorded frames. The connectors
know nothing of either but a URL. `connectors.simulator.memory` is the same without sockets, and
`connectors.simulator.faults` is what goes wrong on both.
"""

from connectors.simulator.crypto import CryptoMarket
from connectors.simulator.market import ASSETS, Market
from connectors.simulator.past import PastPrices, past_prices, prices_between
from connectors.simulator.playback import Playback
from connectors.simulator.server import Simulator

__all__ = [
    "ASSETS",
    "CryptoMarket",
    "Market",
    "PastPrices",
    "Playback",
    "Simulator",
    "past_prices",
    "prices_between",
]
