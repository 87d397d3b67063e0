"""When silence means trouble: each symbol is judged by its own rate.

A heartbeat is no sign of health. Exchanges have stopped sending one symbol's trades for hours while
heartbeats, and the other symbols, went on.
"""

from __future__ import annotations

from dataclasses import dataclass

MEMORY = 32
"""Intervals that the mean remembers: minutes for a busy symbol, hours for a quiet one."""


@dataclass(frozen=True, slots=True)
class StallRule:
    """Silence of `factor` usual intervals is a stall.

    At random arrivals the chance of that is e^-20. Trades closer than `burst` seconds count as
    one, since trades come in clusters; so no silence under `factor · burst` is a stall. No
    judgement before `beats` intervals; but a connection that has no data at all in its first
    `first` seconds is a stall too. `check` is how often to look, in seconds.
    """

    factor: float = 20.0
    burst: float = 1.0
    beats: int = 5
    first: float = 300.0
    check: float = 1.0


class Pulse:
    """How often a symbol (or a whole connection) has data. Times are monotonic seconds."""

    __slots__ = ("_beats", "_counted", "_interval", "_rule", "last")

    def __init__(self, rule: StallRule) -> None:
        self._rule = rule
        self._interval = 0.0
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
        interval = now - self._counted
        if interval < self._rule.burst:
            return
        self._counted = now
        self._beats += 1
        self._interval += (interval - self._interval) / min(self._beats, MEMORY)

    def forget(self) -> None:
        """Drop the known rate: there is no judgement until it is known again."""
        self._beats = 0
        self._interval = 0.0

    def limit(self) -> float | None:
        """Seconds of silence that are a stall; None while the rate is not known."""
        if self._beats < self._rule.beats:
            return None
        return self._rule.factor * max(self._interval, self._rule.burst)

    def stalled(self, now: float) -> bool:
        """Whether the silence is longer than that."""
        limit = self.limit()
        return limit is not None and self.last is not None and now - self.last > limit
