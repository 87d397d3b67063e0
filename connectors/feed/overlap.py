"""Two connections of one session side by side: one row of trades for each symbol, each trade once.

While a connection is handed over, the old one and the new one both carry a symbol, one of them
somewhat ahead. What the new one says waits until the old one has said it too. From that common
trade on the new one has everything, so whichever is ahead may speak, and what the other one says
later is left out. So nothing is missed, nothing comes twice, and trades keep their order as far as
each connection keeps it; it takes no ids that count.

A trade that one of them leaves out comes on the other one: in its place where that one is ahead,
otherwise late, and the Pricer takes it in because a Gap was reported for it.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from itertools import islice

from engine.pricing.gate import number_of
from engine.records import Gap, Instrument, Tick

LAG = 1.5
"""Seconds that a trade may be later on one connection than on the other: a lost packet is sent
again after 0.2 to 1 s."""
SEEN = 20_000
"""Ids remembered of a symbol: ten seconds of 2,000 trades each. Beyond, the oldest is forgotten;
should it still come on the other connection, it is passed again, and the engine's gate judges it.
"""
HELD = 10_000
"""Trades of a symbol that may wait for the old connection; beyond, they wait no more: see
`Overlap.give_up`."""

Key = str | tuple[object, ...]


class Overlap:
    """The time in which two connections overlap, for the symbols that the old one carries.

    `carried` are those, with the id of the last trade of each. `suspects` have fallen silent on the
    old one: a Gap was reported, their trades on the new connection wait for nothing, and it is not
    waited for them. With any, the old connection is one that leaves something out, so a symbol
    without a common trade is one as well.
    """

    def __init__(
        self, carried: Mapping[Instrument, str | None], suspects: Container[str] = ()
    ) -> None:
        self._seams = {
            i.symbol: _Seam(i, last, i.symbol in suspects) for i, last in carried.items()
        }
        self._trusted = not any(seam.suspect for seam in self._seams.values())
        self.dropped = 0
        """Trades left out, for they had come on the other connection."""

    def covers(self, symbol: str) -> bool:
        """Whether trades of this symbol are to go through here."""
        return symbol in self._seams

    def from_old(self, event: Tick | Gap, now: float) -> list[Tick | Gap]:
        """What to pass on after a trade of the old connection, or a Gap that its parser has found.

        `now` is monotonic time.
        """
        seam = self._seams[event.instrument.symbol]
        if isinstance(event, Gap):
            return self._once(seam, [event])
        key = _key(event)
        if key in seam.held_keys:  # what the new one said before it, this one leaves out
            self.dropped += 1
            return self._join(seam)
        if not seam.joined and key not in seam.seen:
            seam.alone = now
        return self._once(seam, [event])

    def from_new(self, event: Tick | Gap, now: float) -> list[Tick | Gap]:
        """The same for the new one."""
        seam = self._seams[event.instrument.symbol]
        if seam.joined:
            return self._once(seam, [event])
        if isinstance(event, Gap):
            seam.held.append(event)
            return []
        key = _key(event)
        if seam.observed is None:
            seam.observed = now
        if seam.first is None:
            seam.first = number_of(event.id)
        if not seam.held:
            seam.since = now
        seam.held.append(event)
        seam.held_keys.add(key)
        if key in seam.seen:
            return self._join(seam)
        if seam.suspect or len(seam.held) > HELD:
            return self.give_up(seam.instrument.symbol)
        return []

    def accepted(self, symbol: str, now: float) -> None:
        """The new connection's subscription was accepted."""
        seam = self._seams[symbol]
        if seam.observed is None:
            seam.observed = now

    def poll(self, now: float) -> list[Tick | Gap]:
        """What to pass on because of the time: of symbols that wait in vain, or are silent.

        Where neither connection had a trade for `LAG` after the new one was accepted, all that was
        made before has come on the old one, and all since will come on the new one.
        """
        passed: list[Tick | Gap] = []
        for symbol, seam in self._seams.items():
            if seam.held:
                if now - seam.since > LAG:
                    passed += self.give_up(symbol)
            elif seam.joined or seam.suspect or seam.observed is None:
                continue
            elif seam.alone > seam.observed + LAG:
                continue  # the new one should have had this trade too
            elif now - max(seam.observed, seam.alone) > LAG:
                seam.joined = self._trusted
                seam.suspect = not self._trusted
        return passed

    def away(self, seconds: float) -> None:
        """Nobody listened for so long: what came then is taken in late, on either connection."""
        for seam in self._seams.values():
            seam.since += seconds
            if seam.observed is not None:
                seam.observed += seconds

    def give_up(self, symbol: str) -> list[Tick | Gap]:
        """Wait no more: a Gap, and what the new connection has said."""
        seam = self._seams[symbol]
        if seam.joined:
            return []
        return [Gap(seam.instrument, None, None, "session"), *self._join(seam)]

    def end(self) -> list[Tick | Gap]:
        """What to pass on when the old connection has ended.

        What the new one has said nothing of by then begins with its first trade there, and with a
        Gap, unless the old one had that trade.
        """
        passed: list[Tick | Gap] = []
        for symbol, seam in self._seams.items():
            if seam.held:
                passed += self.give_up(symbol)
            seam.suspect = True
        return passed

    def abandon(self) -> None:
        """The new connection has ended. What it said goes on waiting for the old one."""
        for seam in self._seams.values():
            seam.joined, seam.observed = False, None

    def has(self, gap: Gap) -> bool:
        """Whether a Gap that one parser reports later on is of what has come on the other line."""
        seam = self._seams.get(gap.instrument.symbol)
        return seam is not None and seam.has(gap)

    def joined(self) -> set[str]:
        """The symbols that the new connection carries in place of the old one."""
        return {symbol for symbol, seam in self._seams.items() if seam.joined}

    def waiting(self) -> list[str]:
        """The symbols that it does not carry yet."""
        return [s for s, seam in self._seams.items() if not seam.joined and not seam.suspect]

    def _join(self, seam: _Seam) -> list[Tick | Gap]:
        seam.joined = True
        held, seam.held, seam.held_keys = seam.held, [], set()
        return self._once(seam, held)

    def _once(self, seam: _Seam, events: Iterable[Tick | Gap]) -> list[Tick | Gap]:
        passed: list[Tick | Gap] = []
        for event in events:
            if isinstance(event, Tick):
                key = _key(event)
                if key in seam.seen:
                    self.dropped += 1
                    continue
                seam.see(key)
            elif seam.has(event):
                continue
            passed.append(event)
        return passed


class _Seam:
    """Where the two rows of one symbol are joined. Times are monotonic seconds."""

    __slots__ = (
        "alone",
        "first",
        "held",
        "held_keys",
        "instrument",
        "joined",
        "observed",
        "seen",
        "since",
        "suspect",
    )

    def __init__(self, instrument: Instrument, last_id: str | None, suspect: bool) -> None:
        self.instrument = instrument
        self.suspect = suspect
        self.seen: dict[Key, None] = {} if last_id is None else {last_id: None}
        """Passed on; the oldest first."""
        self.held: list[Tick | Gap] = []
        """Said by the new connection and not yet by the old one."""
        self.held_keys: set[Key] = set()
        self.since = 0.0
        """When the first of them came."""
        self.joined = False
        self.observed: float | None = None
        """When the new connection first spoke of it."""
        self.first: int | None = None
        """The id of the first trade there, where ids are numbers."""
        self.alone = 0.0
        """When the old one last had a trade that the new one had not had."""

    def see(self, key: Key) -> None:
        self.seen[key] = None
        if len(self.seen) > SEEN:
            for oldest in list(islice(self.seen, SEEN // 10)):
                del self.seen[oldest]

    def has(self, gap: Gap) -> bool:
        """Whether all that a parser finds missing on one connection has come on the other one.

        If the last of it has, all has: what the other one left out of it, its own parser reports,
        and of two such rows the one that ends later is reported here. The new connection must have
        spoken before the row began.
        """
        last, following = number_of(gap.last_id), number_of(gap.next_id)
        if last is None or following is None or self.first is None:
            return False
        return self.first <= last + 1 and str(following - 1) in self.seen


def _key(tick: Tick) -> Key:
    """What identifies a trade of its symbol: its id, or all of it where it has none."""
    return tick.id if tick.id is not None else tick[1:]
