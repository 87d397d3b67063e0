"""When silence means trouble: each symbol is judged by its own rate.

A heartbeat is no sign of health. Exchanges have stopped sending one symbol's trades for hours while
heartbeats, and the other symbols, went on.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp

MEMORY = 256
"""Waits that the rate of now is made of: half a minute of a busy symbol, hours of a quiet one."""
LONG_MEMORY = 4096
"""Waits that the usual rate is made of. The slower of the two rates counts, so that the calm after
a storm is no silence."""


@dataclass(frozen=True, slots=True)
class StallRule:
    """A silence whose chance is below e^-`factor` by the symbol's own rate is a stall.

    Trades come in clusters, so what comes within `burst` seconds of a counted trade is no evidence
    of its own, and no mean wait counts as shorter than that. Of the waits beyond, n are known, and
    their sum T; if they are exponential, the chance of one longer than t is (1 + t/T)^-n. At 20
    random trades a second that makes a silence of 1.1 s a stall; in six recorded minutes
    of each of four Binance markets, busy and clustered, no silence came beyond 0.6 of its limit.

    No judgement before `beats` waits; but a connection that has no data at all in its first `first`
    seconds is a stall too. `check` is how often to look, in seconds.
    """

    factor: float = 20.0
    burst: float = 0.05
    beats: int = 5
    first: float = 300.0
    check: float = 0.2


class Pulse:
    """How often a symbol (or a whole connection) has data. Times are monotonic seconds."""

    __slots__ = ("_beats", "_counted", "_long_wait", "_rule", "_wait", "last")

    def __init__(self, rule: StallRule) -> None:
        self._rule = rule
        self._wait = self._long_wait = 0.0
        self._beats = 0
        self._counted: float | None = None
        self.last: float | None = None

    def begin(self, now: float) -> None:
        """A session begins: silence is counted from here, the time between is no interval."""
        self._counted = None
        self.last = now

    def beat(self, now: float) -> None:
        """Data came."""
        self.last = now
        if self._counted is None:
            self._counted = now
            return
        wait = now - self._counted - self._rule.burst
        if wait < 0.0:
            return
        self._counted = now
        self._beats += 1
        self._wait += (wait - self._wait) / min(self._beats, MEMORY)
        self._long_wait += (wait - self._long_wait) / min(self._beats, LONG_MEMORY)

    def forget(self) -> None:
        """Drop the known rate: there is no judgement until it is known again."""
        self._beats = 0
        self._wait = self._long_wait = 0.0

    def limit(self) -> float | None:
        """Seconds of silence that are a stall; None while the rate is not known."""
        rule = self._rule
        if self._beats < rule.beats:
            return None
        known = min(self._beats, MEMORY)
        total = known * max(self._wait, self._long_wait, rule.burst)
        return rule.burst + total * (exp(rule.factor / known) - 1.0)

    def stalled(self, now: float) -> bool:
        """Whether the silence is longer than that."""
        limit = self.limit()
        return limit is not None and self.last is not None and now - self.last > limit
