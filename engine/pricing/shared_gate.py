"""The gate of one symbol that two or more connectors bring, so that one may fail unseen.

Each trade is let through once, whoever brings it first. And trades are missing only if no connector
brings them: when one of them finds a gap, or begins anew, the others may still be on their way
with what it missed. So the gap is a *doubt* until another connector that was observed without a
break has come as far as the trade behind the gap. If it brought what was missing, nothing is
reported.

It only works for connectors that have names of their own; two of the same name are one to it. And
where both were away and ids do not count, a gap may be reported though the slower one soon shows
that nothing was missed: when the faster one is back, that cannot be known.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, field
from itertools import pairwise
from typing import Any

from engine.pricing.gate import ACCEPTED, LATE, REORDERED, TradeGate, Verdict, number_of
from engine.records import Gap, Instrument
from engine.types import SECOND

PATIENCE = 60 * SECOND
"""Trade time that a connector may lie behind before it is not waited for: far more than the delay
between two connections, and short enough that a gap is reported while it matters."""
CONNECTORS_KEPT = 16
"""Names at a time: more than anyone runs for one venue, and few where each start has a new one."""
DOUBTS_KEPT = 64
"""Doubts at a time; of more the oldest is reported, as if there were one connector."""
MOST_MISSING = 4096
"""Trades of one gap that are waited for; a longer one is reported at once."""


@dataclass(slots=True)
class Progress:
    """What one connector brought: the time of its newest trade, why it may have missed some since,
    the time of the first one after it last had, and the time before the newest.
    """

    last_ts: int = 0
    suspected: str | None = None
    since: int = 0
    before: int = 0


@dataclass(slots=True)
class Doubt:
    """A gap that one connector found and another may still show to be none.

    `start` and `end` are the times of the trades around it. `between` has their ids where those are
    numbers that rise, `brought` the ids in between that came meanwhile, where ids count.
    """

    last_id: str | None
    next_id: str | None
    reason: str
    found_by: str
    start: int
    end: int
    between: tuple[int, int] | None = None
    brought: list[int] = field(default_factory=list)

    @property
    def missing(self) -> int | None:
        """How many ids did not come, None where there are no numbers."""
        if self.between is None:
            return None
        return self.between[1] - self.between[0] - 1 - len(self.brought)

    def bring(self, number: int, counts: bool) -> bool:
        """Whether a late trade is one of the missing; if so it is one no more."""
        if self.between is None or not self.between[0] < number < self.between[1]:
            return False
        if number in self.brought:
            return False
        if counts:
            self.brought.append(number)
        return True

    def advance(self, ts: int, trade_id: str | None) -> None:
        """Nothing is missing up to this trade: whoever brought it was not away."""
        if self.between is not None:
            number = number_of(trade_id)
            if number is None or number <= self.between[0]:
                return
            self.between = (number, self.between[1])
        self.last_id, self.start = trade_id, ts

    def gaps(self, instrument: Instrument) -> list[Gap]:
        """What is missing in the end: the gap, or the parts of it between the ids that came."""
        if self.between is None or not self.brought:
            return [Gap(instrument, self.last_id, self.next_id, self.reason)]
        known = [self.between[0], *sorted(self.brought), self.between[1]]
        return [
            Gap(instrument, str(a), str(b), self.reason) for a, b in pairwise(known) if b - a > 1
        ]


class SharedGate:
    """A `TradeGate` and who brings its trades; it is used in the same way.

    Set `connector` to whoever brings the next ones. `span` has the times of the gap that `take_gap`
    gave last where that was reported later than found, else None.
    """

    __slots__ = ("_doubts", "_gate", "_progress", "_ready", "connector", "span")

    def __init__(self, gate: TradeGate) -> None:
        self._gate = gate
        self.connector = gate.connector or ""
        self._progress = {self.connector: Progress(gate.last_ts, gate.suspected, gate.last_ts)}
        gate.suspected = None
        self._doubts: list[Doubt] = []
        self._ready: list[tuple[Gap, tuple[int, int] | None]] = []
        self.span: tuple[int, int] | None = None

    @property
    def instrument(self) -> Instrument:
        """Whose gate it is."""
        return self._gate.instrument

    @instrument.setter
    def instrument(self, instrument: Instrument) -> None:
        self._gate.instrument = instrument

    @property
    def last_ts(self) -> int:
        """Trade time of the newest trade; 0 before the first."""
        return self._gate.last_ts

    @property
    def gap(self) -> Gap | None:
        """The next gap to report."""
        return self._ready[0][0] if self._ready else None

    def take_gap(self) -> Gap | None:
        """The next gap to report, once."""
        if not self._ready:
            return None
        gap, self.span = self._ready.pop(0)
        return gap

    def _current(self) -> Progress:
        """The connector at hand; of too many, the one silent for longest is forgotten."""
        progress = self._progress.get(self.connector)
        if progress is None:
            progress = self._progress[self.connector] = Progress()
            if len(self._progress) > CONNECTORS_KEPT:
                others = (name for name in self._progress if name != self.connector)
                del self._progress[min(others, key=lambda name: self._progress[name].last_ts)]
        return progress

    def suspect_loss(self, reason: str) -> None:
        """This connector may have missed trades up to its next one. The first reason stands."""
        progress = self._current()
        if self._gate.last_ts and progress.suspected is None:
            progress.suspected = reason
            self._give_up()

    def report_gap(self, gap: Gap) -> None:
        """This connector knows these trades to be missing, before the time of its newest one."""
        progress = self._current()
        first, last = number_of(gap.last_id), number_of(gap.next_id)
        between = (first, last) if first is not None and last is not None and first < last else None
        doubt = Doubt(*gap[1:], self.connector, progress.before, progress.last_ts, between)
        others = self._others(doubt)
        if not others:
            self._report(doubt, None)
        elif all(other.last_ts <= doubt.end for other in others):
            self._put(doubt)  # else one has passed it already, and brought what there was

    def admit(self, ts: int, trade_id: str | None) -> Verdict:
        """Judge the next trade to arrive, see `TradeGate.admit`."""
        gate, progress = self._gate, self._current()
        before, last_id, high = gate.last_ts, gate.last_text, gate.high_id
        verdict, unbroken = (
            gate.admit(ts, trade_id),
            progress.suspected is None and progress.last_ts > 0,
        )
        if verdict is ACCEPTED or verdict is REORDERED:
            self._look_before(
                progress, Gap(gate.instrument, last_id, trade_id, ""), before, ts, high
            )
        elif ts > progress.last_ts:
            progress.suspected = None  # others were observed up to here: they report their own gaps
        if not unbroken and progress.suspected is None:
            progress.since = ts
        if ts > progress.last_ts:
            progress.before, progress.last_ts = progress.last_ts, ts
        if verdict is LATE and self._bring(progress, trade_id):
            verdict = REORDERED
        if self._doubts:
            if progress.suspected is None:
                self._confirm(progress, ts, trade_id)
            self._give_up()
        return verdict

    def _look_before(
        self, progress: Progress, around: Gap, before: int, ts: int, high: int
    ) -> None:
        """A new trade came: what may be missing before it?"""
        found, suspected = self._gate.take_gap(), progress.suspected
        number, counts = number_of(around.next_id), self._gate.instrument.counts
        if suspected is not None and ts < before and ts <= progress.last_ts:
            suspected = None  # a trade from before the break: the next one decides
        elif suspected is not None:
            progress.suspected = None
            counted = counts and number is not None and number == high + 1
            if ts < before or (counted and found is None):
                suspected = None  # others are ahead of it, or nothing is left out
        reason = suspected or (found.reason if found else None)
        if reason is None:
            return
        between = (high, number) if number is not None and 0 <= high < number - 1 else None
        doubt = Doubt(*around[1:3], reason, self.connector, before, ts, between)
        if between is None and counts and number is not None:
            self._report(
                doubt, None
            )  # the venue's counter began again: no id shows what is between
        elif self._others(doubt) and not (counts and (doubt.missing or 0) > MOST_MISSING):
            self._put(doubt)
        else:
            self._report(doubt, None)

    def _put(self, doubt: Doubt) -> None:
        self._doubts.append(doubt)
        if len(self._doubts) > DOUBTS_KEPT:
            self._report_late(self._doubts.pop(0))

    def _others(self, doubt: Doubt) -> list[Progress]:
        """Connectors that may still bring what another one missed."""
        return [
            progress
            for name, progress in self._progress.items()
            if name != doubt.found_by
            and progress.suspected is None
            and 0 < progress.since <= doubt.start
            and progress.last_ts >= doubt.start - PATIENCE
        ]

    def _bring(self, progress: Progress, trade_id: str | None) -> bool:
        """Whether a late trade is one that a doubt is about."""
        number, counts = number_of(trade_id), self._gate.instrument.counts
        return number is not None and any(
            doubt.bring(number, counts)
            for doubt in self._doubts
            if counts or (progress.suspected is None and progress.since <= doubt.start)
        )

    def _confirm(self, progress: Progress, ts: int, trade_id: str | None) -> None:
        """The connector at hand came as far as `ts`: settle what lies in its unbroken run."""
        counts = self._gate.instrument.counts
        for doubt in list(self._doubts):
            if counts and doubt.missing == 0:
                self._doubts.remove(doubt)
            elif doubt.found_by == self.connector or progress.since > doubt.start:
                continue
            elif ts > doubt.end or trade_id == doubt.next_id is not None:
                self._doubts.remove(doubt)
                if counts and doubt.missing:
                    self._report_late(doubt)
            elif not counts and ts >= doubt.start:
                doubt.advance(ts, trade_id)

    def _give_up(self) -> None:
        """Report the doubts that nobody is left to settle."""
        for doubt in list(self._doubts):
            if not self._others(doubt) or self._gate.last_ts > doubt.end + PATIENCE:
                self._doubts.remove(doubt)
                self._report_late(doubt)

    def _report_late(self, doubt: Doubt) -> None:
        self._report(doubt, (doubt.start, doubt.end))

    def _report(self, doubt: Doubt, span: tuple[int, int] | None) -> None:
        self._ready += [(gap, span) for gap in doubt.gaps(self._gate.instrument)]

    def dump(self) -> dict[str, Any]:
        """The state as plain JSON values; a plain `TradeGate` can be loaded from it too."""
        return {
            **self._gate.dump(),
            "connector": self.connector,
            "heard": {name: list(astuple(progress)) for name, progress in self._progress.items()},
            "doubts": [
                [
                    *astuple(d)[:6],
                    d.between and list(map(str, d.between)),
                    list(map(str, d.brought)),
                ]
                for d in self._doubts
            ],
            "ready": [[list(gap[1:]), span] for gap, span in self._ready],
        }

    @classmethod
    def load(cls, instrument: Instrument, state: dict[str, Any]) -> SharedGate:
        """The inverse of `dump`."""
        shared = cls(TradeGate.load(instrument, state))
        shared._progress = {name: Progress(*values) for name, values in state["heard"].items()}
        for *fields, between, brought in state["doubts"]:
            ids = (int(between[0]), int(between[1])) if between else None
            doubt = Doubt(*fields)
            doubt.between, doubt.brought = ids, list(map(int, brought))
            shared._doubts.append(doubt)
        for gap, span in state["ready"]:
            shared._ready.append((Gap(instrument, *gap), (span[0], span[1]) if span else None))
        return shared


def load_gate(instrument: Instrument, state: dict[str, Any]) -> TradeGate | SharedGate:
    """The gate that `dump` came from."""
    return (SharedGate if "heard" in state else TradeGate).load(instrument, state)


def brought_by(gate: TradeGate | SharedGate, connector: str) -> TradeGate | SharedGate:
    """The gate to use for what this connector brings next: the same, until there is a second."""
    if isinstance(gate, TradeGate):
        if gate.connector is None:
            gate.connector = connector
        if gate.connector == connector:
            return gate
        gate = SharedGate(gate)
    gate.connector = connector
    return gate
