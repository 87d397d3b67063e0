"""The shard: prices in, and of every index it owns levels, snapshots, daily bars and alerts out.

A state machine without a clock: the same records in the same order give the same outputs to the
byte. All time comes from the records. `ShardState` is what it knows, `Timeline` carries out what is
due between two instants, `Publisher` says how the indices stand; `Shard` takes the records in.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

import numpy as np

from engine.alerts.claims import ClaimJudge
from engine.alerts.evaluator import AlertEvaluator
from engine.index.baskets import Baskets
from engine.index.because import FallReasons
from engine.index.canonical import parse_canonical
from engine.index.coin_events import parse_asset
from engine.index.definition import DefinitionError, IndexDefinition, check_change
from engine.index.price_columns import PriceColumns
from engine.index.publishing import Publisher
from engine.index.roster import Roster
from engine.index.rule_watch import RuleWatch
from engine.index.shard_state import ShardState
from engine.index.since_peak import AppliedRows
from engine.index.timeline import Timeline
from engine.metrics.machinery.history import History
from engine.migrations import migrate, version_of
from engine.periods import NEVER
from engine.records import AssetRecord, DefinitionRecord, Output, PriceFrame, Receipt, ShardInput


class Shard:
    """One partition's share of the indices: those whose id hashes to it.

    `every` overrides the cadence of snapshots (ns; NEVER for none but by `snapshots`). `refused`
    counts the definitions that could not be taken.
    """

    def __init__(self, partition: int = 0, partitions: int = 1, every: int | None = None) -> None:
        self._use(ShardState(partition, partitions), every)
        self.refused = 0

    def _use(self, state: ShardState, every: int | None) -> None:
        self.state = state
        self.publisher = Publisher(state, every)
        self.watch = RuleWatch(state)
        self.timeline = Timeline(state, self.publisher.keep, self.watch)
        self._quiet: tuple[str, int] = ("", 0)
        """Before then nothing is due behind prices of this origin, and nothing is in dispute."""

    # --- input -------------------------------------------------------------------------------

    def apply(self, record: ShardInput, receipt: Receipt) -> list[Output]:
        """Take one record; returns what it causes, in order."""
        out: list[Output] = []
        if isinstance(record, PriceFrame):
            if not self._take_plain(record, receipt, out):
                self._take_frame(record, receipt, out)
            return out
        self._quiet = ("", 0)
        self.state.baskets.is_followed = record.origin != "replay"
        # Before the first price, only prices give the time: they may be old ones.
        if self.state.now and record.now > self.state.now:
            self.state.settle()
            self.timeline.advance(record.now, record.origin, receipt, out)
        if isinstance(record, AssetRecord):
            self._learn(record)
        else:
            self._define(record, receipt, out)
        return out

    def _take_plain(self, frame: PriceFrame, receipt: Receipt, out: list[Output]) -> bool:
        """Take a frame with which nothing comes but prices, and before whose end nothing is due;
        False, and nothing done, where it may be another one (`engine.index.plain_frames`)."""
        origin, until = self._quiet
        now, at = frame.now, frame.at
        if now >= until or frame.origin != origin or frame.trust or frame.keep:
            return False
        state, rows = self.state, len(at)
        row = count = 0
        fall = state.baskets.contributions.fall
        before = state.baskets.prices.price.copy() if rows and len(fall.rows) else None
        if rows:
            if at[-1] > now or not state.baskets.pack(frame):
                return False
            row, count = state.baskets.apply_packed(0, rows)
            if row < 0:
                return False
        if frame.sources or frame.gaps or frame.filled:
            state.quality.take(frame.sources, frame.gaps, frame.filled)
        if frame.clock:
            state.quality.take_clock(frame.clock, now)
        first = 0
        while first < rows:
            applied = None
            if before is not None:
                applied = AppliedRows(first, row, *state.baskets.packed(rows), before)
            if count or row < rows:
                state.now = max(state.now, int(at[first]) - 1)
                events = state.baskets.events(count)
                because = FallReasons(state, applied).all
                out += state.alerts.crossed(events, state.baskets, because, origin, receipt)
            if applied is not None:
                baskets = state.baskets
                fall.moved(applied, *baskets.peaks_now(), baskets.all, baskets.price_row)
            first = row
            if row < rows:
                before = state.baskets.prices.price.copy() if before is not None else None
                row, count = state.baskets.apply_packed(row, rows)
        state.now = max(state.now, now)
        return True

    def _take_frame(self, frame: PriceFrame, receipt: Receipt, out: list[Output]) -> None:
        """Take any frame; then note until when nothing is due."""
        state, origin = self.state, frame.origin
        state.baskets.is_followed = origin != "replay"
        state.settle()
        self._take(frame, receipt, out)
        self.timeline.advance(frame.now, origin, receipt, out)
        if frame.keep and state.now == frame.now:
            out.extend(self.publisher.keep(False, origin, receipt))
        if not self.watch.is_idle:
            out.extend(self.watch.record(origin, receipt))
        if not self.publisher.is_idle(origin):
            out.extend(self.publisher.publish(origin, receipt))
        until = min(self.timeline.next_event(), self.publisher.idle_until + 1)
        is_busy = state.disputes.claims or not self.watch.is_idle
        self._quiet = origin, 0 if is_busy else until

    def _take(self, frame: PriceFrame, receipt: Receipt, out: list[Output]) -> None:
        """Take the prices and doubts of a frame, instant by instant."""
        state, origin = self.state, frame.origin
        if frame.sources or frame.gaps or frame.filled:
            state.quality.take(frame.sources, frame.gaps, frame.filled)
        state.quality.take_clock(frame.clock, frame.now)
        rows, trust = PriceColumns.of(frame, state.baskets.price_row), deque(frame.trust)
        begin, at = 0, rows.at
        is_plain = len(at) and state.now and not trust and not state.disputes.claims
        if is_plain and at[-1] <= self.timeline.next_event():  # nothing is due in between
            state.now = max(state.now, int(at[0]) - 1)
            begin = self._take_rows(0, len(at), rows, origin, receipt, out)
        while begin < len(at) or trust:
            now = int(at[begin]) if begin < len(at) else trust[0].at
            now = min(now, trust[0].at) if trust else now
            if judged := bool(state.disputes.claims):
                out.extend(state.alerts.say_claims(self._claims().run(now - 1), origin, receipt))
            self.timeline.advance(now - 1, origin, receipt, out)
            while trust and trust[0].at <= now:
                state.disputes.take(trust.popleft())
                judged = True
            until = min(self.timeline.next_stop(origin), trust[0].at - 1 if trust else NEVER)
            # In a dispute the levels by the heaviest cluster are judged at every instant.
            end = int(np.searchsorted(at, now if judged else until, side="right"))
            if end > begin:
                begin = self._take_rows(begin, end, rows, origin, receipt, out)
            if judged:
                out.extend(state.alerts.say_claims(self._claims().judge(now), origin, receipt))
        if state.disputes.claims:
            out.extend(state.alerts.say_claims(self._claims().run(frame.now), origin, receipt))

    def _claims(self) -> ClaimJudge:
        """What judges the falls that only the heaviest clusters of venues see."""
        state = self.state
        known = state.roster.owned(), state.baskets, state.disputes, FallReasons(state).all
        return ClaimJudge(state.alerts.state, *known)

    def _take_rows(
        self,
        begin: int,
        end: int,
        rows: PriceColumns,
        origin: str,
        receipt: Receipt,
        out: list[Output],
    ) -> int:
        """Take rows begin … end, or the first of them; the row behind the last one taken."""
        state, baskets = self.state, self.state.baskets
        end, starts = baskets.until_decisive(begin, end, rows)
        judge = None
        if not self.watch.is_idle:
            decisive = end
            end, judge = self.watch.until(begin, end, rows)
            starts &= end == decisive
            if end == begin and judge is not None:
                out.extend(judge(origin, receipt))
                return begin
        span, fall = None, baskets.contributions.fall
        before = baskets.prices.price.copy() if len(fall.rows) else None
        start = begin
        begin, first, events = baskets.apply(begin, end, rows, state.history)
        state.now = max(state.now, int(rows.at[first]) - 1)  # as far as bars have been closed
        if before is not None:
            span = AppliedRows(start, begin, *rows[:3], before)
        if len(events):
            because = FallReasons(state, span).all
            out.extend(state.alerts.crossed(events, baskets, because, origin, receipt))
        if span is not None:
            fall.moved(span, *baskets.peaks_now(), baskets.all, baskets.price_row)
        if starts and begin == end:
            baskets.start(int(rows.at[end - 1]))
            state.note_beginnings(int(rows.at[end - 1]))
            if not self.watch.is_idle:
                out.extend(self.watch.begin(int(rows.at[end - 1]), origin, receipt))
        if judge is not None and begin == end:
            out.extend(judge(origin, receipt))
        return begin

    # --- definitions -------------------------------------------------------------------------

    def _define(self, record: DefinitionRecord, receipt: Receipt, out: list[Output]) -> None:
        """Put a definition into force. It is laid out with all that comes at this instant
        (`ShardState.settle`) where nothing can happen to it before, else at once."""
        state, definition = self.state, None
        if record.definition is not None:
            try:
                definition = parse_canonical(record.index, record.definition)
                check_change(state.roster.definitions.get(record.index), definition)
            except DefinitionError:
                self.refused += 1  # whoever wrote it past the check gets no index, not a crash
                return
        together = definition is not None and state.may_wait(definition)
        if not together:
            state.settle()
        if definition is None:
            if not state.roster.retire(record.index):
                return
            self._review_alerts(record, None, receipt, out)
        else:
            self._review_alerts(record, definition, receipt, out)
            state.roster.put(definition)
            state.baskets.add_index(definition, state.now)
            state.add_benchmarks(definition)
        state.unsettle(record.index)
        if not together:
            state.settle()

    def _review_alerts(
        self,
        record: DefinitionRecord,
        definition: IndexDefinition | None,
        receipt: Receipt,
        out: list[Output],
    ) -> None:
        """Resolve what fires under rules that are gone."""
        state = self.state
        if state.roster.owns(record.index):
            known = (record.index, definition, state.baskets, state.now)
            out.extend(state.alerts.define(*known, record.origin, receipt))

    def _learn(self, record: AssetRecord) -> None:
        """Take in what happens to a coin; what is due already takes effect now."""
        state = self.state
        try:
            coin = parse_asset(record.asset, record.definition)
        except DefinitionError:
            self.refused += 1
            return
        state.settle()
        state.baskets.learn(coin, state.now)
        if state.now:
            self.timeline.run_due(state.now)
        state.arrange()

    # --- what others see ---------------------------------------------------------------------

    @property
    def roster(self) -> Roster:
        """The definitions in force."""
        return self.state.roster

    @property
    def baskets(self) -> Baskets:
        """What the indices hold, and their levels."""
        return self.state.baskets

    @property
    def history(self) -> History:
        """Kept closes, and what daily closes fill."""
        return self.state.history

    @property
    def alerts(self) -> AlertEvaluator:
        """The alerts, open and closed."""
        return self.state.alerts

    def status(self, definition: IndexDefinition) -> str:
        """`warming`, `live`, `degraded` or `stale`, as of now."""
        self.state.settle()
        return self.state.status(definition)

    def snapshots(self, origin: str, receipt: Receipt) -> list[Output]:
        """A snapshot of every index, as of now."""
        self.state.settle()
        return self.publisher.snapshots(origin, receipt)

    # --- checkpoints -------------------------------------------------------------------------

    def dump(self) -> dict[str, Any]:
        """State for a checkpoint: plain values and arrays."""
        return {
            "state": version_of("shard"),
            **self.state.dump(),
            **self.publisher.dump(),
            "refused": self.refused,
        }

    @classmethod
    def load(cls, state: Mapping[str, Any], every: int | None = None) -> Shard:
        """The shard that `dump` came from."""
        self = cls(state["partition"], state["partitions"], every)
        self.restore(state)
        return self

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on with the state that `dump` gave."""
        state, rung, only = migrate("shard", state), self.watch.rung, self.watch.only
        self._use(ShardState.load(state), self.publisher.every)
        self.publisher.load(state)
        self.refused, self.watch.rung, self.watch.only = state["refused"], rung, only
