"""One simulated exchange, Sans-I/O: its symbols, ids, clients, and what is wrong with it just now.

The transport (`server`, `memory`) brings a `ClientLink` for each connection and calls `knock`,
`admit`, `receive` and `leave`; the market brings trades; `connectors.simulator.faults` sets what
goes wrong.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

from connectors.simulator import binance, bybit, coinbase, kraken, okx
from connectors.simulator.desks import (
    NOT_FOUND,
    Answer,
    Desk,
    Fill,
    History,
    MakeDesk,
    decimals,
)
from connectors.simulator.market import Trade


class Wire(NamedTuple):
    """How a venue writes symbols, who sits at its end of a connection, who answers over REST."""

    symbol: Callable[[str, str], str]
    desk: MakeDesk
    history: History | None = None
    """None where missed trades cannot be asked for."""


WIRES = {
    "binance": Wire(binance.symbol, binance.BinanceDesk, binance.history),
    "coinbase": Wire(coinbase.symbol, coinbase.CoinbaseDesk, coinbase.history),
    "kraken": Wire(kraken.symbol, kraken.KrakenDesk, kraken.history),
    "okx": Wire(okx.symbol, okx.OkxDesk, okx.history),
    "bybit": Wire(bybit.symbol, bybit.BybitDesk),
}
RECENT = 50
"""Trades kept per symbol: as many as Kraken sends for history."""
TRADED = 5000
"""Trades kept per symbol for the REST interface: some minutes, 2 MB of each symbol."""
FIRST_ID = 1_000_000


class ClientLink(Protocol):
    """The exchange's end of a connection. After an ending, nothing has an effect any more."""

    def send(self, frame: str) -> None:
        """Send one message, without waiting for the client."""
        ...

    def close(self, code: int, reason: str) -> None:
        """End it in the orderly way, with a close frame."""
        ...

    def fin(self) -> None:
        """End it without a close frame; what was sent before still arrives."""
        ...

    def reset(self) -> None:
        """End it at once; what is under way is lost."""
        ...

    def cut_within(self, frame: str) -> None:
        """Send the first half of a message, then end it as `fin` does."""
        ...

    def freeze(self) -> None:
        """From now on send nothing and answer nothing, pings and closing included."""
        ...

    def drip(self, seconds: float) -> None:
        """From now on one message takes so long; 0 sends what has piled up, and is fast again."""
        ...

    def send_compressed(self, frame: str) -> None:
        """Send a message compressed, though compression was not agreed upon."""
        ...


class Tamper(Protocol):
    """What becomes of the trades of one connection on their way out."""

    def frames(self, desk: Desk, fill: Fill) -> list[str]:
        """The frames to send for a trade."""
        ...

    def rest(self) -> list[str]:
        """The frames still held back, when it ends."""
        ...


class Client:
    """One connection as the exchange sees it. Times are ns UTC of the simulator's clock."""

    def __init__(self, desk: Desk, link: ClientLink, opened: int) -> None:
        self.desk, self.link, self.opened = desk, link, opened
        self.first_trade: dict[str, int] = {}
        """When each symbol's first live trade was sent."""
        self.tamper: Tamper | None = None
        self.doomed = False
        """Whether it is going to be cut at an age or a time that it can know."""
        self.misname: tuple[str, str] | None = None
        """Answers say the second text where they should say the first."""


class Exchange:
    """One venue. `now_ns` is its clock."""

    def __init__(self, name: str, now_ns: Callable[[], int]) -> None:
        self.name = name
        self.wire = WIRES[name]
        self.now_ns = now_ns
        self.recent: dict[str, deque[Fill]] = {}
        self.traded: dict[str, deque[Fill]] = {}
        self.last_ids: dict[str, int] = {}
        """The ids of the last trades before the simulation, of the symbols that had any."""
        self.clients: dict[Client, None] = {}
        self.met: list[Client] = []
        """Every client ever, in order."""
        self.attempts: list[int] = []
        """When somebody tried to connect."""
        self.muted: set[str] = set()
        self.all_muted = False
        self.refusing = 0
        """So many attempts to come are answered with HTTP 429."""
        self.rest_refusing = 0
        """So many requests over REST to come, too."""
        self.asked: list[tuple[str, dict[str, str]]] = []
        """The path and query of every request over REST."""
        self.unlisted: str | None = None
        """A symbol that is refused to the next client as unknown."""
        self.misname: tuple[str, str] | None = None
        """For the next client; see `Client.misname`."""
        self.sent = 0

    def list_market(self, asset: str, quote: str) -> str:
        """List a market; its symbol."""
        name = self.wire.symbol(asset, quote)
        self.recent[name] = deque(maxlen=RECENT)
        self.traded[name] = deque(maxlen=TRADED)
        return name

    def book(self, trade: Trade, ts: int) -> Fill:
        """Give a trade its symbol, id and texts, and keep it."""
        name = self.wire.symbol(trade.asset, trade.quote)
        recent = self.recent[name]
        last = recent[-1].id if recent else self.last_ids.get(name, FIRST_ID + len(self.recent) - 1)
        price = f"{trade.price:.{decimals(trade.price)}f}"
        size = f"{max(trade.size, 1e-8):.8f}"
        fill = Fill(name, last + 1, price, size, trade.side, ts)
        self.keep(fill)
        return fill

    def keep(self, fill: Fill) -> None:
        """Remember a trade: for those who subscribe, and for those who ask afterwards."""
        self.recent[fill.symbol].append(fill)
        self.traded[fill.symbol].append(fill)

    def answer(self, path: str, query: Mapping[str, str]) -> Answer:
        """A GET over REST."""
        self.asked.append((path, dict(query)))
        if self.rest_refusing:
            self.rest_refusing -= 1
            return 429, {"message": "too many requests"}
        if self.wire.history is None:
            return NOT_FOUND
        return self.wire.history(path, query, self.traded)

    # ---- connections

    def knock(self) -> bool:
        """Somebody wants to connect: False if the answer is HTTP 429."""
        self.attempts.append(self.now_ns())
        if self.refusing:
            self.refusing -= 1
            return False
        return True

    def admit(self, target: str, link: ClientLink) -> Client:
        """A connection stands; `target` is the path and query of its URL."""
        unlisted, self.unlisted = self.unlisted, None
        listed = {name: fills for name, fills in self.recent.items() if name != unlisted}
        client = Client(self.wire.desk(target, listed), link, self.now_ns())
        client.misname, self.misname = self.misname, None
        self.clients[client] = None
        self.met.append(client)
        for frame in client.desk.greet(self.now_ns()):
            link.send(frame)
        return client

    def receive(self, client: Client, frame: str | bytes) -> None:
        """A client says something."""
        for answer in client.desk.receive(frame, self.now_ns()):
            if client.misname is not None and '"px"' not in answer:  # that would be a trade
                answer = answer.replace(*client.misname)
            client.link.send(answer)

    def leave(self, client: Client) -> None:
        """A connection has ended."""
        self.clients.pop(client, None)

    # ---- what it sends

    def publish(self, fill: Fill) -> None:
        """Send a trade to whom it may concern."""
        if self.all_muted or fill.symbol in self.muted:
            return
        for client in tuple(self.clients):
            if fill.symbol not in client.desk.subscribed:
                continue
            if client.tamper is None:
                frames = [client.desk.fill(fill)]
            else:
                frames = client.tamper.frames(client.desk, fill)
            for frame in frames:
                client.first_trade.setdefault(fill.symbol, self.now_ns())
                client.link.send(frame)
                self.sent += 1

    def heartbeat(self) -> None:
        """To be called once a second."""
        for client in tuple(self.clients):
            for frame in client.desk.heartbeat(self.now_ns()):
                client.link.send(frame)
                self.sent += 1
