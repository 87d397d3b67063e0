"""What a session reports about itself, for the metrics and the readiness page."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

SessionState = Literal["connecting", "subscribing", "live", "waiting", "stopped"]
"""waiting: between two attempts. live: this session has had a trade."""
SymbolState = Literal["asked", "accepted", "refused"]


@dataclass(slots=True)
class SymbolStats:
    """One symbol. `last_data` is when its last trade arrived (ns UTC), `reason` a refusal's.

    `last_stall` says of its last silence how long it was, and what other venues traded meanwhile.
    """

    state: SymbolState = "asked"
    ticks: int = 0
    last_data: int | None = None
    last_id: str | None = None
    reason: str | None = None
    stalls: int = 0
    last_stall: str | None = None


@dataclass(slots=True)
class SessionStats:
    """One session. Counters only grow, over all of its connections.

    `overlapped` counts the trades that came on both connections of a hand-over and were passed on
    once; `ticks` those that were passed on, `off_book` those of them that were made outside the
    order book and so never price. `unsubscribed` are trades of symbols that were not asked for,
    which are dropped; `merged_gaps` gaps that were too many to be reported one by one
    (`connectors.feed.gap_storm`), which are in `gaps` too.
    """

    name: str
    venue: str
    url: str
    state: SessionState = "connecting"
    connections: int = 0
    reconnects: int = 0
    failed_attempts: int = 0
    messages: int = 0
    ticks: int = 0
    malformed: int = 0
    heartbeats: int = 0
    gaps: int = 0
    stalls: int = 0
    refused: int = 0
    overlapped: int = 0
    off_book: int = 0
    unsubscribed: int = 0
    merged_gaps: int = 0
    last_error: str | None = None
    symbols: dict[str, SymbolStats] = field(default_factory=dict)

    def last_data(self) -> dict[str, int | None]:
        """When each symbol last had a trade (ns UTC), None for never."""
        return {symbol: stats.last_data for symbol, stats in self.symbols.items()}
