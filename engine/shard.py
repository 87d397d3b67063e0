"""The shard: prices in, and of every index it owns levels, snapshots, daily bars and alerts out.

A state machine without a clock: the same records in the same order give the same outputs to the
byte. All time comes from the records, and what is due between two of them (bar ends, rebalances,
planned changes) is carried out in order before the later one takes effect.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.alerts import AlertBook
from engine.bars import BarStatistics
from engine.basket import Baskets
from engine.cards import snapshot_digest
from engine.definitions import (
    DefinitionError,
    IndexDefinition,
    check_change,
    parse_index,
    price_key,
)
from engine.estimators.tail import KEPT
from engine.history import History
from engine.periods import NEVER, bar_end
from engine.quality import Quality
from engine.snapshot import Snapshots, unstarted
from engine.table import I64
from engine.types import (
    DAY,
    ENGINE_VERSION,
    SECOND,
    DefinitionRecord,
    Output,
    PriceFrame,
    Receipt,
    ShardInput,
)

SNAPSHOT_EVERY = {"live": SECOND, "backfill": DAY, "replay": NEVER}
"""How often, in the log's time, each index is published, by the origin of the prices."""
LEVEL_EVERY = {"live": SECOND // 10, "backfill": DAY, "replay": NEVER}
"""The same for bare levels: ten a second is more than an eye can follow."""


class Shard:
    """One partition's share of the indices: those whose id hashes to it.

    `every` overrides the cadence of snapshots (ns; NEVER for none but by `snapshots`).
    """

    def __init__(self, partition: int = 0, partitions: int = 1, every: int | None = None) -> None:
        self.partition, self.partitions, self.every = partition, partitions, every
        self.now = 0
        self.definitions: dict[str, IndexDefinition] = {}
        self.baskets = Baskets()
        self.history = History()
        self.stats: dict[int, BarStatistics] = {}
        self.alerts = AlertBook()
        self.quality = Quality()
        self.slot: dict[str, int] = {"snapshot": -1, "level": -1}
        self.published: dict[str, int] = {}
        self.refused = 0

    # --- input -------------------------------------------------------------------------------

    def apply(self, record: ShardInput, receipt: Receipt) -> list[Output]:
        """Take one record; returns what it causes, in order."""
        out: list[Output] = []
        origin = record.origin
        if isinstance(record, DefinitionRecord):
            self._advance(max(record.now, self.now), origin, receipt, out)
            self._define(record, receipt, out)
        else:
            self._take(record, receipt, out)
            self._advance(record.now, origin, receipt, out)
            self._publish(origin, receipt, out)
        return out

    def _take(self, frame: PriceFrame, receipt: Receipt, out: list[Output]) -> None:
        self.quality.take(frame.sources, frame.gaps)
        place = self.baskets.place
        known = [k for k, key in enumerate(frame.asset) if key in place]
        if not known:
            return
        asset = np.array([place[frame.asset[k]] for k in known], dtype=np.int64)
        at = np.array([frame.at[k] for k in known], dtype=np.int64)
        price = np.array([frame.price[k] for k in known], dtype=np.float64)
        begin = 0
        while begin < len(at):
            self._advance(int(at[begin]) - 1, frame.origin, receipt, out)
            end = int(np.searchsorted(at, self._next_event(), side="right"))
            end, starts = self._until_first_price(begin, end, asset, at)
            begin, events = self.baskets.apply(begin, end, asset, at, price)
            self._alert(events, frame.origin, receipt, out)
            if starts and begin == end:
                self.baskets.start(int(at[end - 1]))

    def _until_first_price(self, begin: int, end: int, asset: I64, at: I64) -> tuple[int, bool]:
        """Cut the rows behind the first instant that brings an asset its first price."""
        if not self.baskets.unpriced:
            return end, False
        first = np.flatnonzero(self.baskets.prices.at[asset[begin:end]] == 0)
        if not len(first):
            return end, False
        instant = at[begin + int(first[0])]
        return int(np.searchsorted(at, instant, side="right")), True

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
        self.now = max(self.now, limit)
        for grid, end in self.history.ends.items():
            if end <= limit:
                self.history.close(grid, end, self.baskets)
                if grid == DAY:
                    self._close_day(end, origin, receipt, out)
                self.history.ends[grid] = end + ((limit - end) // grid + 1) * grid
        for stats in self.stats.values():
            if stats.end <= limit:
                stats.close(stats.end, self.baskets)
                empty = (limit - stats.end) // stats.interval
                if empty:
                    stats.skip(empty)
                stats.end += (empty + 1) * stats.interval
        if self.baskets.next_due <= limit:
            self.baskets.run_due(limit)

    def _start_clocks(self, first: int) -> None:
        """The first bar of every kind is the one that holds the instant after `first`."""
        for grid in self.history.ends:
            self.history.ends[grid] = bar_end(first + 1, grid)
        for stats in self.stats.values():
            stats.end = bar_end(first + 1, stats.interval)

    def _close_day(self, end: int, origin: str, receipt: Receipt, out: list[Output]) -> None:
        for definition in self._owned():
            row = self.baskets.row[definition.id]
            lv, p = self.baskets.levels, self.baskets.path[row]
            if not lv.started[row]:
                continue
            if lv.last_at[row] > end - DAY:
                body = {
                    "index": definition.id,
                    "day": end - DAY,
                    "open": float(p["day_open"]),
                    "high": float(p["day_high"]),
                    "low": float(p["day_low"]),
                    "close": float(lv.level[row]),
                    "peak": float(p["peak"]),
                    "origin": origin,
                    "receipt": receipt._asdict(),
                }
                out.append(Output("bars", definition.id, "bar", body))
        self.baskets.open_day()

    # --- definitions -------------------------------------------------------------------------

    def owns(self, index: str) -> bool:
        """Whether this index is computed and published here."""
        return zlib.crc32(index.encode()) % self.partitions == self.partition

    def _owned(self) -> list[IndexDefinition]:
        return [d for d in self.definitions.values() if self.owns(d.id)]

    def _define(self, record: DefinitionRecord, receipt: Receipt, out: list[Output]) -> None:
        if record.definition is None:
            if self.definitions.pop(record.index, None) is None:
                return
            self._resolve_removed(record.index, (), "retired", record.origin, receipt, out)
        else:
            try:
                definition = parse_index(record.index, record.definition)
                check_change(self.definitions.get(record.index), definition)
            except DefinitionError:
                self.refused += 1  # whoever wrote it past the check gets no index, not a crash
                return
            keep = definition.drawdown_alerts
            self._resolve_removed(record.index, keep, "rule_removed", record.origin, receipt, out)
            self.definitions[record.index] = definition
            self.baskets.add_index(definition, self.now)
        self._arrange()

    def benchmarks(self, definition: IndexDefinition) -> dict[str, str]:
        """The basket ids of a definition's benchmarks: an index's own, or an asset's price key."""
        return {
            name: name if name in self.definitions else price_key(name, definition.kinds)
            for name in definition.benchmarks
        }

    def _arrange(self) -> None:
        """Lay out baskets, series and pairs as the definitions in force ask for."""
        kept: dict[str, None] = dict.fromkeys(d.id for d in self._owned())
        series: dict[int, dict[str, None]] = {}
        pairs: dict[int, list[tuple[str, str]]] = {}
        for definition in self._owned():
            interval = definition.return_interval
            series.setdefault(interval, {})[definition.id] = None
            for name, basket in self.benchmarks(definition).items():
                if basket != name or name not in self.definitions:
                    self.baskets.add_asset(basket)
                kept[basket] = series[interval][basket] = None
                pairs.setdefault(interval, []).append((definition.id, basket))
        used = kept.keys() | self.definitions.keys()
        self.baskets.remove(b.id for b in self.baskets.all if b.id not in used)
        self.baskets.set_rules({d.id: d.drawdown_alerts for d in self._owned()})
        if self.now:
            self.baskets.start(self.now)
        self.history.arrange(list(kept), self.baskets)
        self.stats = {i: s for i, s in self.stats.items() if i in series}
        for interval, ids in series.items():
            if interval not in self.stats:
                self.stats[interval] = BarStatistics(interval)
                self.stats[interval].end = bar_end(self.now + 1, interval)
            self.stats[interval].arrange(
                self.definitions, list(ids), pairs.get(interval, []), self.baskets
            )
        self.stats = dict(sorted(self.stats.items()))

    def _resolve_removed(
        self,
        index: str,
        keep: tuple[float, ...],
        reason: str,
        origin: str,
        receipt: Receipt,
        out: list[Output],
    ) -> None:
        """Resolve what fires under rules that are gone."""
        if index not in self.baskets.row or not self.owns(index):
            return
        row = self.baskets.row[index]
        lv, p = self.baskets.levels, self.baskets.path[row]
        seen = {"level": float(lv.level[row]), "peak": float(p["peak"])}
        seen |= {"at": self.now, "peak_at": int(p["peak_at"])}
        for depth in lv.rule_depth[row][lv.firing[row]].tolist():
            if depth not in keep:
                told = {**seen, "reason": reason}
                alert = self.alerts.change(index, "", depth, False, told, origin, receipt)
                out.append(Output("alerts", index, "alert", alert))

    # --- output ------------------------------------------------------------------------------

    def _alert(
        self, events: NDArray[Any], origin: str, receipt: Receipt, out: list[Output]
    ) -> None:
        for event in events:
            row = int(event["basket"])
            basket = self.baskets.all[row]
            assert basket.definition is not None
            depth = float(self.baskets.levels.rule_depth[row, int(event["rule"])])
            seen = {name: event[name].item() for name in ("level", "peak", "at", "peak_at")}
            fires, digest = bool(event["fired"]), basket.definition.digest()
            alert = self.alerts.change(basket.id, digest, depth, fires, seen, origin, receipt)
            out.append(Output("alerts", basket.id, "alert", alert))

    def _publish(self, origin: str, receipt: Receipt, out: list[Output]) -> None:
        every = SNAPSHOT_EVERY[origin] if self.every is None else self.every
        if self._due("snapshot", every):
            out.extend(self.snapshots(origin, receipt))
        if self._due("level", LEVEL_EVERY[origin]):
            self._levels(receipt, out)

    def _due(self, what: str, every: int) -> bool:
        """Whether this is the first record in a new slot (k · every, (k + 1) · every] of time."""
        slot = (self.now - 1) // every
        due = every < NEVER and slot > self.slot[what]
        if due:
            self.slot[what] = slot
        return due

    def _levels(self, receipt: Receipt, out: list[Output]) -> None:
        """The level of every index that moved since it was last told."""
        ids = [definition.id for definition in self._owned()]
        rows = [self.baskets.row[index] for index in ids]
        lv, peaks = self.baskets.levels, self.baskets.path["peak"]
        columns = (lv.started[rows], lv.last_at[rows], lv.level[rows], peaks[rows])
        for index, started, at, level, peak in zip(
            ids, *(column.tolist() for column in columns), strict=True
        ):
            if started and at > self.published.get(index, 0):
                self.published[index] = at
                body = {
                    "index": index,
                    "seq": receipt.offset,
                    "at": at,
                    "level": level,
                    "peak": peak,
                    "drawdown": (peak - level) / peak,
                }
                out.append(Output("levels", index, "level", body))

    def snapshots(self, origin: str, receipt: Receipt) -> list[Output]:
        """A snapshot of every index, as of now."""
        read = Snapshots(self.baskets, self.history, self.stats, self.now)
        return [
            Output("snapshots", d.id, "snapshot", self._snapshot(d, read, origin, receipt))
            for d in self._owned()
        ]

    def _snapshot(
        self, definition: IndexDefinition, read: Snapshots, origin: str, receipt: Receipt
    ) -> dict[str, Any]:
        row = self.baskets.row[definition.id]
        started = bool(self.baskets.levels.started[row])
        if started:
            figures, undefined = read.figures(definition, self.benchmarks(definition))
        else:
            figures, undefined = unstarted()
        basket = self.baskets.all[row]
        ages = [self.now - int(self.baskets.prices.at[self.baskets.place[k]]) for k in basket.keys]
        quality = self.quality.read(basket.keys, self.now)
        quality["oldest_price_seconds"] = max(ages) / SECOND if started else None
        stats = self.stats[definition.return_interval]
        series = read.series[definition.return_interval][definition.id]
        quality["unobserved_bars"] = int(stats.closes.unobserved[series])
        approximate = bool(stats.tail.n[series] > KEPT)
        names = ("var_95", "var_99", "cvar_95", "cvar_99")
        quality["approximate"] = [f"risk.{name}" for name in names] if approximate else []
        if not started:
            undefined["quality.oldest_price_seconds"] = "not_started"
            lacking = [k for k in basket.keys if k in self.baskets.unpriced]
            quality["flags"] = sorted({*quality["flags"], *(f"no_price:{k}" for k in lacking)})
        quality["flags"] += [f"no_weight:{key}" for key in basket.dropped]
        stale = started and max(ages) > definition.max_price_age
        return {
            "index": definition.id,
            "seq": receipt.offset,
            "as_of": self.now,
            "level": float(self.baskets.levels.level[row]) if started else None,
            "status": "stale" if stale else "live" if started else "warming",
            "origin": origin,
            **figures,
            "undefined": undefined,
            "quality": quality,
            "definition": snapshot_digest(definition),
            "receipt": {**receipt._asdict(), "engine": ENGINE_VERSION},
        }

    # --- state -------------------------------------------------------------------------------

    def dump(self) -> dict[str, Any]:
        """State for a checkpoint: plain values and arrays."""
        return {
            "partition": self.partition,
            "partitions": self.partitions,
            "now": self.now,
            "definitions": {d.id: d.to_mapping() for d in self.definitions.values()},
            "baskets": self.baskets.dump(),
            "history": self.history.dump(),
            "stats": [s.dump() for s in self.stats.values()],
            "alerts": self.alerts.dump(),
            "quality": self.quality.dump(),
            "slot": dict(self.slot),
            "published": dict(self.published),
            "refused": self.refused,
        }

    @classmethod
    def load(cls, state: Mapping[str, Any], every: int | None = None) -> Shard:
        """The shard that `dump` came from."""
        self = cls(state["partition"], state["partitions"], every)
        self.now = state["now"]
        self.definitions = {i: parse_index(i, m) for i, m in state["definitions"].items()}
        self.baskets = Baskets.load(state["baskets"])
        self.history = History.load(state["history"], self.baskets)
        stats = [BarStatistics.load(s, self.definitions, self.baskets) for s in state["stats"]]
        self.stats = {s.interval: s for s in stats}
        self.alerts = AlertBook.load(state["alerts"])
        self.quality = Quality.load(state["quality"])
        self.slot, self.published = dict(state["slot"]), dict(state["published"])
        self.refused = state["refused"]
        return self
