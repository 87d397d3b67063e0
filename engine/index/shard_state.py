"""All that a shard knows: definitions, baskets and their past, statistics, quality, alerts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from engine.alerts.evaluator import AlertEvaluator
from engine.index.bars import assets_here
from engine.index.baskets import Baskets
from engine.index.canonical import parse_canonical
from engine.index.compositions import Compositions
from engine.index.definition import IndexDefinition
from engine.index.disputes import Disputes
from engine.index.quality import Quality
from engine.index.roster import Roster
from engine.index.status import ages, held, status_of
from engine.metrics.machinery.bars import BarStatistics
from engine.metrics.machinery.history import History
from engine.metrics.machinery.reader import FigureReader
from engine.metrics.machinery.regimes import Regimes
from engine.metrics.registry import REGISTRY
from engine.periods import bar_end
from engine.types import DAY


class PriceDoubt(NamedTuple):
    """Whether prices are in dispute, and how an alert's `because` begins, not to be changed."""

    disputed: bool
    begin: dict[str, Any]


_NONE, _STALE = PriceDoubt(False, {"status": "live"}), PriceDoubt(False, {"status": "stale"})


class ShardState:
    """The parts of a shard's state at the instant `now`, and how they are laid out together.

    `stats` are the bars by return interval, shortest first. `reader` reads the figures of our
    indices; it is no state, and made anew with each layout.
    """

    def __init__(self, partition: int, partitions: int) -> None:
        self.now = 0
        self.roster = Roster(partition, partitions)
        self.baskets = Baskets()
        self.history = History(REGISTRY.families)
        self.stats: dict[int, BarStatistics] = {}
        self.regimes = Regimes()
        self.quality, self.disputes = Quality(), Disputes()
        self.alerts = AlertEvaluator()
        self.assets: list[str] = []
        """The price keys whose bars are made here; no state."""
        self._came: set[str] = set()
        """The indices of definitions that are not laid out yet."""
        self.read_afresh()

    # --- layout ------------------------------------------------------------------------------

    def unsettle(self, index: str) -> None:
        """The definition of an index came or went: it is laid out with all of this instant."""
        self._came.add(index)

    def may_wait(self, definition: IndexDefinition) -> bool:
        """Whether it is new, or changes for the first time and leaves the series as they are.

        A benchmark that nobody is held against any more, or a rule that is gone, is forgotten when
        that is laid out: it must not come back in between.
        """
        if definition.id not in self.baskets.row:
            return True
        return definition.id not in self._came and self.roster.goes_on(definition)

    def settle(self) -> None:
        """Lay out the definitions that came since the last instant, all together."""
        if self._came:
            self.arrange()

    def arrange(self) -> None:
        """Lay out baskets, series and pairs as the definitions in force ask for."""
        self._came.clear()
        owned = self.roster.owned()
        for definition in owned:
            self.add_benchmarks(definition)
        self.assets = assets_here(self.roster, self.baskets)
        self.baskets.use(self.assets)
        layout = self.roster.layout()
        kept, series, pairs = layout.kept, layout.series, layout.pairs
        rules = {d.id: d.compiled_depths for d in owned}
        self.baskets.follow(kept)
        self.baskets.arrange(kept.keys() | self.roster.definitions.keys(), rules)
        self.alerts.hand_over(owned, self.baskets)
        self._follow_falls()
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
        self.read_afresh()
        self.note_beginnings(self.now)

    def _follow_falls(self) -> None:
        """Count what assets bring to the falls of our indices that have drawdown alerts."""
        row = self.baskets.row
        alerted = [d for d in self.roster.owned() if d.drawdown_alerts]
        self.baskets.contributions.fall.follow({d.id: row[d.id] for d in alerted})
        self.alerts.meet(alerted)

    def add_benchmarks(self, definition: IndexDefinition) -> None:
        """Take in the assets that an index of ours is held against; of the other indices their
        prices are kept, so that what comes to hold one begins at the same instant anywhere."""
        for key in self.roster.benchmark_assets(definition):
            if self.roster.owns(definition.id):
                self.baskets.add_asset(key)
            else:
                self.baskets.use([key])

    def read_afresh(self) -> None:
        """Lay out anew what reads the figures of our indices; it is no state."""
        known = [(d, self.roster.benchmarks(d)) for d in self.roster.owned()]
        read = (self.history, self.stats, self.regimes, Compositions(self.baskets).at)
        self.reader = FigureReader(REGISTRY, self.baskets, *read, known)

    def note_beginnings(self, at: int) -> None:
        """Some baskets may have begun at this instant."""
        for stats in self.stats.values():
            stats.begin(at, self.baskets)
        self.history.begin(at, self.baskets)
        if at % DAY == 0 and self.history.ends[DAY] > at:  # the day had been closed before
            self.regimes.judge(at, self.baskets)

    # --- what is asked -----------------------------------------------------------------------

    def seen_on(self, end: int) -> list[IndexDefinition]:
        """Our indices that had a price in the UTC day that ends at `end`."""
        lv, row = self.baskets.levels, self.baskets.row
        seen = (lv.started & (lv.last_at > end - DAY)).tolist()
        return [d for d in self.roster.owned() if seen[row[d.id]]]

    def status(self, definition: IndexDefinition) -> str:
        """`warming`, `live`, `degraded` or `stale`, as of now."""
        row = self.baskets.row[definition.id]
        (age,) = ages(self.baskets, [row], self.now)
        return self.status_at(definition, row, age)

    def status_at(self, definition: IndexDefinition, row: int, age: int) -> str:
        """The same; `age` (ns) is that of the oldest price of what the basket in this row holds."""
        degraded = self.disputes.is_degraded(self.baskets, row)
        if self.quality.gaps and not degraded:
            degraded = self.quality.dropped(held(self.baskets, row), self.now)
        started = self.baskets.started.item(row)
        return status_of(definition, age, started=started, degraded=degraded)

    def doubts(self, rows: Sequence[int]) -> list[PriceDoubt]:
        """What an alert of the index in each row, which has started, says of how far the prices
        behind it are to be trusted."""
        known = zip(rows, ages(self.baskets, rows, self.now), strict=True)
        if self.disputes.trust or self.quality.gaps:
            return [self._doubt(row, age) for row, age in known]
        baskets, found = self.baskets.all, list[PriceDoubt]()
        for row, age in known:
            definition = baskets[row].definition
            assert definition is not None
            is_stale = age > definition.max_price_age
            found.append(_STALE if is_stale else _NONE)
        return found

    def _doubt(self, row: int, age: int) -> PriceDoubt:
        definition = self.baskets.all[row].definition
        assert definition is not None
        status = self.status_at(definition, row, age)
        if not self.disputes.is_disputed(self.baskets, row):
            return PriceDoubt(False, {"status": status})
        clusters = self.disputes.evidence(self.baskets, row)
        return PriceDoubt(True, {"status": status, "clusters": clusters})

    # --- checkpoints -------------------------------------------------------------------------

    def dump(self) -> dict[str, Any]:
        """State for a checkpoint: plain values and arrays."""
        self.settle()
        return {
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
        }

    @classmethod
    def load(cls, state: Mapping[str, Any]) -> ShardState:
        """The state that `dump` came from."""
        self = cls(state["partition"], state["partitions"])
        self.now = state["now"]
        for index, mapping in state["definitions"].items():
            self.roster.put(parse_canonical(index, mapping))
        self.baskets = Baskets.load(state["baskets"], self.roster.layout().kept)
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
        self.assets = assets_here(self.roster, self.baskets)
        self._follow_falls()
        self.read_afresh()
        return self
