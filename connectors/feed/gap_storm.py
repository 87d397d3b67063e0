"""Gaps that parsers report, so few that the log can take each of them.

A connection whose numbers are broken shows a gap with every message, of every symbol at worst. Each
would cost a record of the log and an open gap in the Pricer. So a symbol has some at once and then
one in a while; the gaps beyond are merged into one without ids, which says that trades may be
missing and cannot be asked for.
"""

from __future__ import annotations

from engine.records import Gap, Instrument

AT_ONCE = 20
"""Gaps of one symbol that are reported one by one: more than one lost packet ever made."""
EVERY = 10.0
"""Seconds after which one more is: true gaps that come faster are not worth asking for, and 1,000
symbols in storm at once come to 100 gaps a second."""
MERGED = "gap_storm"
"""The reason of a merged gap."""


class GapStorm:
    """Decides by symbol which gaps are reported. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._full_at: dict[str, float] = {}
        """By symbol, when all of `AT_ONCE` may be reported again."""
        self._merged: dict[str, Instrument] = {}
        """Symbols with gaps that were not reported yet."""

    def admit(self, gap: Gap, now: float) -> bool:
        """Whether to report it; if not, it is in what `merged` says sooner or later."""
        symbol = gap.instrument.symbol
        full_at = max(self._full_at.get(symbol, 0.0), now) + EVERY
        if symbol in self._merged or full_at - now > AT_ONCE * EVERY:
            self._merged[symbol] = gap.instrument
            return False
        self._full_at[symbol] = full_at
        return True

    def merged(self, now: float) -> list[Gap]:
        """The merged gaps that are due, each one instead of all that were not reported."""
        due = [
            instrument
            for symbol, instrument in self._merged.items()
            if self._full_at[symbol] + EVERY - now <= AT_ONCE * EVERY
        ]
        for instrument in due:
            del self._merged[instrument.symbol]
            self._full_at[instrument.symbol] += EVERY
        return [Gap(instrument, None, None, MERGED) for instrument in due]
