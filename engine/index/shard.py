"""The shard: prices in, and of every index it owns levels, snapshots, daily bars and alerts out.

A state machine without a clock: the same records in the same order give the same outputs to the
byte. All time comes from the records, and what is due between two of them (bar ends, rebalances,
planned changes) is carried out in order before the later one takes effect.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from engine.alerts.evaluator import AlertEvaluator
from engine.index.basket_flags import read_composition
from engine.index.baskets import Baskets
from engine.index.cadence import LEVEL_EVERY, SNAPSHOT_EVERY, enter
from engine.index.coin_events import parse_asset
from engine.index.definition import (
    DefinitionError,
    IndexDefinition,
    check_change,
    parse_index,
)
from engine.index.disputes import Disputes
from engine.index.due import may_begin, run_due
from engine.index.outputs import day_bar, moved_levels
from engine.index.price_columns import PriceColumns
from engine.index.quality import Quality
from engine.index.roster import Roster
from engine.index.snapshot import SnapshotSources
from engine.index.status import held, status_of
from engine.metrics.machinery.bars import BarStatistics
from engine.metrics.machinery.history import History
from engine.metrics.machinery.reader import FigureReader
from engine.metrics.machinery.regimes import Regimes
from engine.metrics.machinery.years import Years
from engine.metrics.registry import REGISTRY
from engine.migrations import migrate, version_of
from engine.periods import NEVER, bar_end
from engine.records import AssetRecord, DefinitionRecord, Output, PriceFrame, Receipt, ShardInput
from engine.types import DAY


class Shard:
    """One partition's share of the indices: those whose id hashes to it.

    `every` overrides the cadence of snapshots (ns; NEVER for none but by `snapshots`).
    """

    def __init__(self, partition: int = 0, partitions: int = 1, every: int | None = None) -> None:
        self.every = every
        self.now = 0
        self.roster = Roster(partition, partitions)
        self._is_settled = True
        self.baskets = Baskets()
        self.history = History(REGISTRY.families)
        self.stats: dict[int, BarStatistics] = {}
        self.regimes = Regimes()
        self.quality, self.disputes = Quality(), Disputes()
        self.alerts = AlertEvaluator()
        self._look_back()
        self.slot: dict[str, int] = {"snapshot": -1, "level": -1}
        self.published: dict[str, int] = {}
        self.refused = 0

    # --- input -------------------------------------------------------------------------------

    def apply(self, record: ShardInput, receipt: Receipt) -> list[Output]:
        """Take one record; returns what it causes, in order."""
        out: list[Output] = []
        origin = record.origin
        if isinstance(record, DefinitionRecord | AssetRecord):
            # Before the first price, only prices give the time: they may be old ones.
            if self.now and record.now > self.now:
                self.settle()
                self._advance(record.now, origin, receipt, out)
            if isinstance(record, AssetRecord):
                self._learn(record)
            else:
                self._define(record, receipt, out)
        else:
            self.settle()
            self._take(record, receipt, out)
            self._advance(record.now, origin, receipt, out)
            self._publish(origin, receipt, out)
        return out

    def _take(self, frame: PriceFrame, receipt: Receipt, out: list[Output]) -> None:
        self.quality.take(frame.sources, frame.gaps, frame.filled)
        self.quality.take_clock(frame.clock, frame.now)
        rows, trust = PriceColumns.of(frame, self.baskets.price_row), deque(frame.trust)
        begin, at = 0, rows.at
        while begin < len(at) or trust:
            now = int(at[begin]) if begin < len(at) else trust[0].at
            now = min(now, trust[0].at) if trust else now
            self._advance(now - 1, frame.origin, receipt, out)
            judged = bool(self.disputes.claims)
            while trust and trust[0].at <= now:
                self.disputes.take(trust.popleft())
                judged = True
            until = min(self._next_event(), trust[0].at - 1 if trust else NEVER)
            # In a dispute the levels by the heaviest cluster are judged at every instant.
            end = int(np.searchsorted(at, now if judged else until, side="right"))
            if end > begin:
                begin = self._take_rows(begin, end, rows, frame.origin, receipt, out)
            if judged:
                owned, doubts, origin = self.roster.owned(), self._doubts, frame.origin
                out.extend(
                    self.alerts.judge_claims(
                        owned, now, self.baskets, self.disputes, doubts, origin, receipt
                    )
                )

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
        end, starts = self.baskets.until_decisive(begin, end, rows)
        begin, events = self.baskets.apply(begin, end, rows)
        out.extend(self.alerts.crossed(events, self.baskets, self._doubts, origin, receipt))
        if starts and begin == end:
            self.baskets.start(int(rows.at[end - 1]))
            self._note_beginnings(int(rows.at[end - 1]))
        return begin

    def _note_beginnings(self, at: int) -> None:
        for stats in self.stats.values():
            stats.begin(at, self.baskets)
        self.history.begin(at, self.baskets)
        if at % DAY == 0 and self.history.ends[DAY] > at:  # the day had been closed before
            self.regimes.judge(at, self.baskets)

    def _doubts(self, definition: IndexDefinition) -> dict[str, Any]:
        """What an alert says of how far the prices behind it are to be trusted."""
        row = self.baskets.row[definition.id]
        disputed = self.disputes.is_disputed(self.baskets, row)
        because: dict[str, Any] = {"status": self.status(definition)}
        if disputed:
            because["clusters"] = self.disputes.evidence(self.baskets, row)
        return {"disputed": disputed, "because": because}

    def status(self, definition: IndexDefinition) -> str:
        """`warming`, `live`, `degraded` or `stale`, as of now."""
        self.settle()
        row = self.baskets.row[definition.id]
        degraded = self.disputes.is_degraded(self.baskets, row)
        dropped = self.quality.dropped(held(self.baskets, row), self.now)
        return status_of(definition, self.baskets, row, self.now, degraded=degraded or dropped)

    # --- time --------------------------------------------------------------------------------

    def _clocks(self) -> list[tuple[int, int]]:
        bars = [(s.end, s.interval) for s in self.stats.values()]
        return bars + [(end, grid) for grid, end in self.history.ends.items()]

    def _next_event(self) -> int:
        """When the next bar ends or the next rebalance or change is due."""
        return min(min(end for end, _ in self._clocks()), self.baskets.next_due)

    def _advance(self, limit: int, origin: str, receipt: Receipt, out: list[Output]) -> None:
        """Carry out all that is due up to `limit`. No price comes in between, so each clock
        closes at most one bar with prices in it and passes over the empty ones at once."""
        if self.now == 0 and limit > 0:
            self._start_clocks(limit)
        for at in may_begin(self.baskets, self.now, limit):  # bars after it are bars of what begins
            self._advance(at, origin, receipt, out)
        self.now = max(self.now, limit)
        day = 0
        for grid, end in self.history.ends.items():
            if end <= limit:
                self.history.close(grid, end, self.baskets)
                if grid == DAY:
                    day = end
                    self._close_day(end, origin, receipt, out)
                self.history.ends[grid] = end + ((limit - end) // grid + 1) * grid
        for stats in self.stats.values():
            if stats.end <= limit:
                self.regimes.update(stats.interval, stats.close(stats.end, self.baskets))
                empty = (limit - stats.end) // stats.interval
                if empty:
                    stats.skip(empty)
                stats.end += (empty + 1) * stats.interval
        if day:
            self._judge_day(day, origin, receipt, out)
        self._run_due(limit)

    def _run_due(self, limit: int) -> None:
        """Carry out the rebalances and changes due; some index may begin by a change."""
        if self.baskets.next_due <= limit:
            done = len(self.baskets.coins.done)
            for at in run_due(self.baskets, limit):
                self._note_beginnings(at)
            for effect in self.baskets.coins.done[done:]:
                self.quality.convert(effect)

    def _start_clocks(self, first: int) -> None:
        """The first bar of every kind is the one that holds the instant after `first`."""
        for grid in self.history.ends:
            self.history.ends[grid] = bar_end(first + 1, grid)
        for stats in self.stats.values():
            stats.end = bar_end(first + 1, stats.interval)

    def _close_day(self, end: int, origin: str, receipt: Receipt, out: list[Output]) -> None:
        for definition in self._seen_on(end):
            body = day_bar(definition.id, end, self.baskets, origin, receipt)
            out.append(Output("bars", definition.id, "bar", body))
        self.baskets.turn_day(end)

    def _seen_on(self, end: int) -> list[IndexDefinition]:
        """Our indices that had a price in the UTC day that ends at `end`."""
        lv, row = self.baskets.levels, self.baskets.row
        seen = (lv.started & (lv.last_at > end - DAY)).tolist()
        return [d for d in self.roster.owned() if seen[row[d.id]]]

    def _judge_day(self, end: int, origin: str, receipt: Receipt, out: list[Output]) -> None:
        """Judge regimes, flags and targets at a daily close, after the rebalances due then."""
        self._run_due(end)
        self.regimes.judge(end, self.baskets)
        years, figures = Years(self.history), self.reader.at(end).figures
        for definition in self._seen_on(end):
            first = self.roster.first_benchmark(definition)
            out.extend(
                self.alerts.close_day(
                    definition, end, self.baskets, years, first, figures, origin, receipt
                )
            )

    # --- definitions -------------------------------------------------------------------------

    def _define(self, record: DefinitionRecord, receipt: Receipt, out: list[Output]) -> None:
        """Put a definition into force. What is new is laid out with all that comes at this instant
        (`settle`): nothing can happen to it before. What was known changes at once."""
        is_new = record.definition is not None and record.index not in self.baskets.row
        if not is_new:
            self.settle()
        if record.definition is None:
            if not self.roster.retire(record.index):
                return
            self._review_alerts(record, None, receipt, out)
        else:
            try:
                definition = parse_index(record.index, record.definition)
                check_change(self.roster.definitions.get(record.index), definition)
            except DefinitionError:
                self.refused += 1  # whoever wrote it past the check gets no index, not a crash
                return
            self._review_alerts(record, definition, receipt, out)
            self.roster.put(definition)
            self.baskets.add_index(definition, self.now)
            self._add_benchmarks(definition)
        self._is_settled = False
        if not is_new:
            self.settle()

    def _add_benchmarks(self, definition: IndexDefinition) -> None:
        if self.roster.owns(definition.id):
            for key in self.roster.benchmark_assets(definition):
                self.baskets.add_asset(key)

    def _learn(self, record: AssetRecord) -> None:
        """Take in what happens to a coin; what is due already takes effect now."""
        try:
            coin = parse_asset(record.asset, record.definition)
        except DefinitionError:
            self.refused += 1
            return
        self.settle()
        self.baskets.learn(coin, self.now)
        if self.now:
            self._run_due(self.now)
        self._arrange()

    def settle(self) -> None:
        """Lay out the definitions that came since the last instant, all together."""
        if not self._is_settled:
            self._is_settled = True
            self._arrange()

    def _arrange(self) -> None:
        """Lay out baskets, series and pairs as the definitions in force ask for."""
        for definition in self.roster.owned():
            self._add_benchmarks(definition)
        layout = self.roster.layout()
        kept, series, pairs = layout.kept, layout.series, layout.pairs
        rules = {d.id: d.drawdown_alerts for d in self.roster.owned()}
        self.baskets.arrange(kept.keys() | self.roster.definitions.keys(), rules)
        if self.now:
            self.baskets.start(self.now)
        self.history.arrange(list(kept), self.baskets)
        self.stats = {i: s for i, s in self.stats.items() if i in series}
        for interval, ids in series.items():
            if interval not in self.stats:
                self.stats[interval] = BarStatistics(interval, REGISTRY.families)
                self.stats[interval].end = bar_end(self.now + 1, interval)
            self.stats[interval].arrange(
                self.roster.definitions, list(ids), pairs.get(interval, []), self.baskets
            )
        self.stats = dict(sorted(self.stats.items()))
        self.regimes.arrange(list(kept), self.roster.references(), self.stats, self.baskets)
        self._look_back()
        self._note_beginnings(self.now)

    def _review_alerts(
        self,
        record: DefinitionRecord,
        definition: IndexDefinition | None,
        receipt: Receipt,
        out: list[Output],
    ) -> None:
        if self.roster.owns(record.index):
            out.extend(
                self.alerts.define(
                    record.index, definition, self.baskets, self.now, record.origin, receipt
                )
            )

    def _look_back(self) -> None:
        """Lay out what reads the figures of our indices."""
        known = [(d, self.roster.benchmarks(d)) for d in self.roster.owned()]
        read = (self.history, self.stats, self.regimes, partial(read_composition, self.baskets))
        self.reader = FigureReader(REGISTRY, self.baskets, *read, known)

    # --- output ------------------------------------------------------------------------------

    def _publish(self, origin: str, receipt: Receipt, out: list[Output]) -> None:
        every = SNAPSHOT_EVERY[origin] if self.every is None else self.every
        if enter(self.slot, "snapshot", self.now, every):
            out.extend(self.snapshots(origin, receipt))
        if enter(self.slot, "level", self.now, LEVEL_EVERY[origin]):
            ids = [definition.id for definition in self.roster.owned()]
            out.extend(moved_levels(ids, self.baskets, self.published, receipt))

    def snapshots(self, origin: str, receipt: Receipt) -> list[Output]:
        """A snapshot of every index, as of now."""
        self.settle()
        reading, status = self.reader.at(self.now), self.status
        sources = SnapshotSources(self.baskets, self.stats, self.alerts, self.quality)
        return [
            Output(
                "snapshots", d.id, "snapshot", sources.body(d, reading, status(d), origin, receipt)
            )
            for d in self.roster.owned()
        ]

    # --- state -------------------------------------------------------------------------------

    def dump(self) -> dict[str, Any]:
        """State for a checkpoint: plain values and arrays."""
        self.settle()
        return {
            "state": version_of("shard"),
            "partition": self.roster.partition,
            "partitions": self.roster.partitions,
            "now": self.now,
            "definitions": {d.id: d.to_mapping() for d in self.roster.definitions.values()},
            "baskets": self.baskets.dump(),
            "history": self.history.dump(),
            "stats": [s.dump() for s in self.stats.values()],
            "regimes": self.regimes.dump(),
            "watch": self.alerts.dump(),
            "quality": self.quality.dump(),
            "disputes": self.disputes.dump(),
            "slot": dict(self.slot),
            "published": dict(self.published),
            "refused": self.refused,
        }

    @classmethod
    def load(cls, state: Mapping[str, Any], every: int | None = None) -> Shard:
        """The shard that `dump` came from."""
        state = migrate("shard", state)
        self = cls(state["partition"], state["partitions"], every)
        self.now = state["now"]
        for index, mapping in state["definitions"].items():
            self.roster.put(parse_index(index, mapping))
        self.baskets = Baskets.load(state["baskets"])
        self.history = History.load(state["history"], REGISTRY.families, self.baskets)
        stats = [
            BarStatistics.load(s, REGISTRY.families, self.roster.definitions, self.baskets)
            for s in state["stats"]
        ]
        self.stats = {s.interval: s for s in stats}
        self.regimes = Regimes.load(state["regimes"])
        self.regimes.locate(self.roster.references(), self.stats, self.baskets)
        self.alerts = AlertEvaluator.load(state["watch"])
        self.quality = Quality.load(state["quality"])
        self.disputes = Disputes.load(state.get("disputes", ()))
        self._look_back()
        self.slot, self.published = dict(state["slot"]), dict(state["published"])
        self.refused = state["refused"]
        return self
