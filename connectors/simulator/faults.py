"""What exchanges do wrong, as a table: each kind on each transport, seeded.

`strike` lets a fault begin and `relent` lets it end. What a kind does to a connection it does
through `connectors.simulator.exchange.ClientLink`, so it is the same fault on every transport.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import NamedTuple

from connectors.simulator.exchange import Client, Exchange, Tamper
from connectors.simulator.tamper import SHARE, Corrupt, Lose, Mute, Reorder, Repeat, Skew

OVERSIZE = 9 * 2**20
"""Bytes: above the 8 MiB that a client of ours accepts."""
DRIP = 0.7
"""Seconds a message takes on a slow link."""


class Fault(NamedTuple):
    """One fault to be: its kind, the symbol it picks where it picks one, how long, and chance."""

    kind: str
    symbol: str
    seconds: float
    seed: str

    def rng(self) -> random.Random:
        """The fault's own chance, anew."""
        return random.Random(self.seed)


# ---- how a kind begins and ends


Make = Callable[[Fault], Tamper]
Act = Callable[[Exchange, Fault], None]


def _clients(exchange: Exchange) -> tuple[Client, ...]:
    return tuple(exchange.clients)


def _tampering(make: Make) -> Act:
    def act(exchange: Exchange, fault: Fault) -> None:
        for client in _clients(exchange):
            client.tamper = make(fault)

    return act


def _untamper(exchange: Exchange, fault: Fault) -> None:
    for client in _clients(exchange):
        tamper, client.tamper = client.tamper, None
        for frame in tamper.rest() if tamper is not None else ():
            client.link.send(frame)


def _on_links(do: Callable[[Client, str], None]) -> Act:
    """`do` gets each client and a frame with the latest trade of the fault's symbol."""

    def act(exchange: Exchange, fault: Fault) -> None:
        for client in _clients(exchange):
            do(client, client.desk.fill(exchange.recent[fault.symbol][-1]))

    return act


def _reset(exchange: Exchange, fault: Fault) -> None:
    for client in _clients(exchange):
        client.link.reset()


def _cut(exchange: Exchange, fault: Fault) -> None:
    for client in _clients(exchange):
        client.link.close(1001, "24 hours")


def _doom(exchange: Exchange, fault: Fault) -> None:
    for client in _clients(exchange):
        client.doomed = True


def _announce(exchange: Exchange, fault: Fault) -> None:
    _doom(exchange, fault)
    for client in _clients(exchange):
        for frame in client.desk.farewell(exchange.now_ns()):
            client.link.send(frame)


def _cut_doomed(exchange: Exchange, fault: Fault) -> None:
    """Cut the clients that were warned, or could know it, and are still here."""
    for client in _clients(exchange):
        if client.doomed:
            client.link.close(1001, "24 hours")


def _drip(exchange: Exchange, fault: Fault) -> None:
    for client in _clients(exchange):
        client.link.drip(DRIP)


def _end_drip(exchange: Exchange, fault: Fault) -> None:
    """Either all that has piled up is sent, or the exchange cuts off who is too slow."""
    for client in _clients(exchange):
        if fault.rng().random() < 0.5:
            client.link.drip(0.0)
        else:
            client.link.reset()


def _refuse(exchange: Exchange, fault: Fault) -> None:
    exchange.refusing = fault.rng().randint(1, 3)
    _reset(exchange, fault)


def _accept(exchange: Exchange, fault: Fault) -> None:
    exchange.refusing = 0


def _unlist(exchange: Exchange, fault: Fault) -> None:
    exchange.unlisted = fault.symbol
    _reset(exchange, fault)


def _misname(exchange: Exchange, fault: Fault) -> None:
    others = [name for name in exchange.recent if name != fault.symbol]
    # Binance's answers name the request, not the symbol.
    binance = exchange.name == "binance"
    wrong = ('"id":1', '"id":77') if binance else (fault.symbol, fault.rng().choice(others))
    exchange.misname = wrong
    _reset(exchange, fault)


class Kind(NamedTuple):
    """A row of the table. `seconds` is how long it lasts, at least and at most; 0 is an instant."""

    does: str
    memory: str
    sockets: str
    seconds: tuple[float, float]
    begin: Act
    end: Act | None = None


SAME = "the same"
ON_THE_WIRE = "the frames differ"
FAULTS: dict[str, Kind] = {
    "rst": Kind(
        "resets the connection",
        "what is under way is lost, then 1006",
        "SO_LINGER 0 and close: TCP RST",
        (0, 0),
        _reset,
    ),
    "fin": Kind(
        "ends the connection without a close frame",
        "1006 after what is under way",
        "close of the socket: TCP FIN",
        (0, 0),
        _on_links(lambda client, frame: client.link.fin()),
    ),
    "close_1006": Kind(
        "ends the connection within a frame",
        "the frame is lost, then 1006",
        "half of the bytes of a frame, then TCP FIN",
        (0, 0),
        _on_links(lambda client, frame: client.link.cut_within(frame)),
    ),
    "mute_symbol": Kind(
        "sends no trade of one liquid symbol any more; all else goes on",
        ON_THE_WIRE,
        SAME,
        (40, 40),
        _tampering(lambda fault: Mute(fault.symbol)),
        _untamper,
    ),
    "mute_all": Kind(
        "sends no trade any more; heartbeats go on",
        ON_THE_WIRE,
        SAME,
        (40, 40),
        _tampering(lambda fault: Mute(None)),
        _untamper,
    ),
    "half_open": Kind(
        "is gone without a word",
        "nothing arrives; closing takes its full time; 1011 when a ping is not answered",
        "stops reading and writing, the socket stays open",
        (0, 0),
        _on_links(lambda client, frame: client.link.freeze()),
    ),
    "slow_drip": Kind(
        f"sends a message in {DRIP} s; after a while all that piled up, or it cuts the line",
        "messages arrive so far apart",
        "messages in small fragments with pauses between",
        (3, 6),
        _drip,
        _end_drip,
    ),
    "corrupt_json": Kind(
        f"sends every seventh trade ({SHARE:.0%}) as something that is no JSON",
        ON_THE_WIRE,
        SAME,
        (2, 5),
        _tampering(lambda fault: Corrupt(fault.rng())),
        _untamper,
    ),
    "wrong_ack_refused": Kind(
        "resets, then refuses a liquid symbol once (Binance: accepts it and stays silent)",
        ON_THE_WIRE,
        SAME,
        (0, 0),
        _unlist,
    ),
    "wrong_ack_other": Kind(
        "resets, then answers once for another symbol than was asked for",
        ON_THE_WIRE,
        SAME,
        (0, 0),
        _misname,
    ),
    "duplicated": Kind(
        "sends trades twice, at once or some trades later",
        ON_THE_WIRE,
        SAME,
        (2, 5),
        _tampering(lambda fault: Repeat(fault.rng())),
        _untamper,
    ),
    "reordered": Kind(
        "sends trades after the next one or two",
        ON_THE_WIRE,
        SAME,
        (2, 5),
        _tampering(lambda fault: Reorder(fault.rng())),
        _untamper,
    ),
    "id_gaps": Kind(
        "leaves one to five trades out, the connection stays",
        ON_THE_WIRE,
        SAME,
        (2, 5),
        _tampering(lambda fault: Lose(fault.rng())),
        _untamper,
    ),
    "clock_skew": Kind(
        "writes times up to 30 s ahead or behind, then right ones again",
        ON_THE_WIRE,
        SAME,
        (2, 5),
        _tampering(lambda fault: Skew(fault.rng())),
        _untamper,
    ),
    "http_429": Kind(
        "resets, and answers the next one to three attempts with HTTP 429",
        "InvalidStatus from connecting",
        "the handshake is answered with 429",
        (12, 12),
        _refuse,
        _accept,
    ),
    "cut_24h": Kind(
        "cuts without notice: close frame 1001",
        "the close frame arrives after what is under way",
        "closing handshake",
        (0, 0),
        _cut,
    ),
    "cut_24h_notice": Kind(
        "says that it will cut (Coinbase, Bybit: no such word), does so some seconds later",
        "as cut_24h",
        "closing handshake",
        (3, 5),
        _announce,
        _cut_doomed,
    ),
    "cut_24h_known": Kind(
        "cuts at an age that we know, and renew some seconds before",
        "as cut_24h",
        "closing handshake",
        (3, 5),
        _doom,
        _cut_doomed,
    ),
    "oversized": Kind(
        f"sends a frame of {OVERSIZE // 2**20} MiB",
        "refused with 1009",
        SAME,
        (0, 0),
        _on_links(lambda client, frame: client.link.send(frame.ljust(OVERSIZE))),
    ),
    "deflate": Kind(
        "sends a compressed frame though compression was not agreed upon",
        "refused with 1002",
        "a frame with RSV1 set",
        (0, 0),
        _on_links(lambda client, frame: client.link.send_compressed(frame)),
    ),
}
"""Every kind of fault by its name."""


class Planned(NamedTuple):
    """A fault of a venue, so many seconds from the start."""

    at: float
    venue: str
    fault: Fault


def plan(
    kind: str, seed: int, liquid: dict[str, str], start: float, apart: float
) -> Sequence[Planned]:
    """One fault of a kind for each venue, in a seeded order, `apart` seconds between.

    `liquid` is the symbol of each venue that a fault picks.
    """
    rng = random.Random(f"{kind}:{seed}")
    venues = sorted(liquid)
    rng.shuffle(venues)
    return [
        Planned(
            start + apart * index + rng.uniform(0.0, 0.5 * apart),
            venue,
            Fault(
                kind, liquid[venue], rng.uniform(*FAULTS[kind].seconds), f"{kind}:{seed}:{venue}"
            ),
        )
        for index, venue in enumerate(venues)
    ]


def strike(exchange: Exchange, fault: Fault) -> None:
    """Let a fault begin."""
    FAULTS[fault.kind].begin(exchange, fault)


def relent(exchange: Exchange, fault: Fault) -> None:
    """Let it end; for a fault of an instant there is nothing to do."""
    end = FAULTS[fault.kind].end
    if end is not None:
        end(exchange, fault)
