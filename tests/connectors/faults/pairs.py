"""Two faults on one venue, close in time: above all within a hand-over.

The first is one of the matrix, and asks for a hand-over. The second strikes around it, on the `old`
connection or on the first `new` one only.
"""

import contextlib
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from connectors.simulator.desks import Desk, Fill
from connectors.simulator.exchange import Client, Exchange, Tamper
from connectors.simulator.faults import FAULTS, Fault, Planned, relent, strike
from engine.types import SECOND
from tests.connectors.faults.virtual_loop import START
from tests.connectors.faults.world import FORETOLD, Outcome, run_in_memory


class Pair(NamedTuple):
    """Two kinds, and which connection the second one strikes."""

    first: str
    second: str
    where: Literal["old", "new"]

    def __str__(self) -> str:
        return f"{self.first} + {self.second}, {self.where}"


PAIRS = (
    Pair("cut_24h_known", "id_gaps", "old"),
    Pair("cut_24h_known", "id_gaps", "new"),
    Pair("cut_24h_known", "corrupt_json", "old"),
    Pair("cut_24h_known", "corrupt_json", "new"),
    Pair("cut_24h_known", "reordered", "old"),
    Pair("cut_24h_known", "reordered", "new"),
    Pair("cut_24h_known", "duplicated", "old"),
    Pair("cut_24h_known", "duplicated", "new"),
    Pair("cut_24h_known", "half_open", "old"),
    Pair("cut_24h_known", "half_open", "new"),
    Pair("cut_24h_known", "rst", "new"),
    Pair("cut_24h_known", "http_429", "new"),
    Pair("cut_24h_notice", "wrong_ack_other", "new"),
    Pair("cut_24h_notice", "cut_24h", "new"),
    Pair("mute_symbol", "id_gaps", "old"),
    Pair("mute_symbol", "mute_all", "new"),
)
"""Those in which most can go wrong."""
SECONDS = 45.0
"""When the trading ends: the last venue's faults begin at 17 s; refusals let us wait."""
TO_STAND_STILL = ("cut_24h_known", "rst", "id_gaps", "mute_symbol")
"""Kinds around which the process stands still in a run."""
STANDSTILLS = (0.5, 2.0)
"""Seconds."""


def run_pair(pair: Pair, seed: int) -> dict[str, Outcome]:
    """Both faults on each venue, in virtual time."""

    def also(places: Mapping[str, Exchange], firsts: Sequence[Planned]) -> Callable[[], None]:
        found = [Second(pair, places[first.venue], first, seed) for first in firsts]

        def step() -> None:
            for second in found:
                second.step()

        return step

    unreadable = "corrupt_json" in pair
    return run_in_memory(pair.first, seed, also, unreadable=unreadable, seconds=SECONDS)


def run_late(kind: str, standstill: float, seed: int) -> dict[str, Outcome]:
    """One fault on each venue, and the process stands still about the time of one of them."""
    at = random.Random(f"late:{kind}:{standstill}:{seed}").uniform(7.5, 18.0)
    return run_in_memory(kind, seed, standstill=(at, standstill))


class Second:
    """The second fault of one venue. Call `step` now and then."""

    def __init__(self, pair: Pair, exchange: Exchange, first: Planned, seed: int) -> None:
        self._exchange, self._where = exchange, pair.where
        text = f"{pair}:{seed}:{exchange.name}"
        rng = random.Random(text)
        kind = FAULTS[pair.second]
        self._fault = Fault(pair.second, first.fault.symbol, rng.uniform(*kind.seconds), text)
        # What lasts begins before the hand-over does; but a tampering must not be replaced by one.
        early = kind.end is not None and pair.first in FORETOLD
        after = rng.uniform(-2.0, 0.5) if early else rng.uniform(0.0, 2.0)
        self._at = first.at + after
        self._wait = rng.uniform(0.0, 1.0)
        self._renewed = first.at - 0.5
        self._struck: list[Client] | None = None
        self._ended = False

    def step(self) -> None:
        """Strike when it is time, and relent."""
        now = (self._exchange.now_ns() - START) / SECOND
        if self._struck is None:
            self._begin(now)
        elif not self._ended and now >= self._at + self._fault.seconds:
            self._ended = True
            with only(self._exchange, self._struck):
                relent(self._exchange, self._fault)

    def _begin(self, now: float) -> None:
        age = [((client.opened - START) / SECOND, client) for client in self._exchange.met]
        if self._where == "old":
            clients = [client for opened, client in age if opened < self._renewed]
        else:
            clients = [client for opened, client in age if opened >= self._renewed][:1]
            self._at = next((opened for opened, _ in age if opened >= self._renewed), now)
            self._at += self._wait
        if now < self._at or not clients:
            return
        self._struck = clients
        before = {client: client.tamper for client in clients}
        with only(self._exchange, clients):
            strike(self._exchange, self._fault)
        for client, tamper in before.items():
            if tamper is not None and client.tamper not in (None, tamper):
                assert client.tamper is not None
                client.tamper = Both(tamper, client.tamper)


class Both:
    """What is left of a trade when two tamper with it, of whom the first lets it be or drops it."""

    def __init__(self, first: Tamper, second: Tamper) -> None:
        self._first, self._second = first, second

    def frames(self, desk: Desk, fill: Fill) -> list[str]:
        """See `connectors.simulator.exchange.Tamper`."""
        return self._second.frames(desk, fill) if self._first.frames(desk, fill) else []

    def rest(self) -> list[str]:
        """What both hold back."""
        return [*self._first.rest(), *self._second.rest()]


@contextlib.contextmanager
def only(exchange: Exchange, clients: Iterable[Client]) -> Iterator[None]:
    """Meanwhile the exchange has these clients only, as far as they are still there."""
    everyone = exchange.clients
    chosen = [client for client in clients if client in everyone]
    exchange.clients = dict.fromkeys(chosen)
    try:
        yield
    finally:
        gone = set(chosen) - set(exchange.clients)
        exchange.clients = {client: None for client in everyone if client not in gone}
