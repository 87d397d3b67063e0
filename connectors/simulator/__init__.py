"""Exchanges on loopback that speak the real wire formats, on one seeded market.

`Simulator` trades an invented market; `Playback` sends recorded frames. The connectors know nothing
of either but a URL. `connectors.simulator.memory` is the same without sockets, and
`connectors.simulator.faults` is what goes wrong on both.
"""

from connectors.simulator.market import ASSETS, Market
from connectors.simulator.playback import Playback
from connectors.simulator.server import Simulator

__all__ = ["ASSETS", "Market", "Playback", "Simulator"]
