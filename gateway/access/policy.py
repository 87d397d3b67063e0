"""What a gateway takes: its hosts, origins, keys, the proxy it trusts, its rates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field

from gateway.access.keys import Key, KeyRing, Scope
from gateway.access.names import IPNetwork, Origin, ip_address
from gateway.access.rates import Rates
from gateway.access.sessions import Sessions
from gateway.exposition import Figures, Labels

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
HOW = "tidegauge keys add NAME --scope {scope}"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: an address, and what it has shown. Without a key, `name` is empty."""

    address: str
    key: Key | None = None
    by_cookie: bool = False
    cookie: str = field(default="", repr=False)

    @property
    def name(self) -> str:
        """Of the key."""
        return self.key.name if self.key else ""

    def may(self, scope: Scope) -> bool:
        """Whether the key is good for what needs `scope`."""
        return self.key is not None and self.key.allows(scope)


@dataclass(frozen=True)
class Access:
    """The rules of one gateway.

    `open_reading` is for one that is reached over loopback alone: there everybody may look, and
    only what writes needs a key. `how` says how to make a key, `{scope}` being what it needs.
    """

    keys: KeyRing = field(default_factory=KeyRing)
    hosts: Collection[str] = LOOPBACK_HOSTS
    origins: frozenset[Origin] = frozenset()
    """Of foreign pages that may ask."""
    proxies: tuple[IPNetwork, ...] = ()
    """Whose X-Forwarded-* is believed."""
    open_reading: bool = True
    own_address: bool = False
    """Whether a Host that is the address by which the gateway was reached is known, too: no name
    leads to it that could be rebound."""
    how: str = HOW
    rates: Rates = field(default_factory=Rates)
    sessions: Sessions = field(default_factory=Sessions)
    refused: Counter[str] = field(default_factory=Counter)
    """Requests that were refused, by kind of problem; connections, by what was wrong with them."""

    def knows_host(self, host: str, reached_at: str) -> bool:
        """Whether a request that names this host is meant for here."""
        if host in self.hosts:
            return True
        literal = ip_address(host) if self.own_address else None
        return literal is not None and literal == ip_address(reached_at)

    def trusts(self, peer: str) -> bool:
        """Whether this is the proxy."""
        address = ip_address(peer)
        return address is not None and any(address in network for network in self.proxies)

    def how_to(self, scope: Scope) -> str:
        """A sentence for who lacks a key."""
        made = self.how.replace("{scope}", scope)
        return f"make one with `{made}`, and send it as `Authorization: Bearer KEY`"

    def figures(self) -> Figures:
        """For `/metrics`."""
        refused: dict[Labels, float] = {(("kind", k),): n for k, n in self.refused.items()}
        return {"tidegauge_gateway_refused_total": refused}
