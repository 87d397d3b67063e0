"""What is due on the time of the log: bar ends, days, rebalances, changes and coin events.

Everything due between two records is carried out in order, before the later one takes effect.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from engine.index import adoption, coin_conversion
from engine.index.bars import close_bars
from engine.index.baskets import Baskets
from engine.index.candles import SPANS
from engine.index.publishing import day_bar
from engine.index.rule_watch import RuleWatch
from engine.index.shard_state import ShardState
from engine.metrics.machinery.years import Years
from engine.periods import bar_end, next_rebalance
from engine.records import Output, Receipt
from engine.types import DAY, HOUR

KEPT_AT = {"live": (HOUR, DAY), "backfill": (DAY,), "replay": ()}
"""The ends at which whole snapshots are kept, by the origin of the prices. Recorded ones say which
hours are (`engine.records.AssetFrame`), and of a day without a price there is nothing to say."""
Keep = Callable[[bool, str, Receipt], list[Output]]
"""Makes the snapshots to keep: at a day's end or not, by what origin and record."""


class Timeline:
    """Carries out what is due in a shard's state; `apply_due` by itself in its baskets."""

    def __init__(self, state: ShardState, keep: Keep, watch: RuleWatch) -> None:
        self.state, self._keep, self._watch = state, keep, watch

    def next_event(self) -> int:
        """When the next bar ends or the next rebalance, change or coin event is due."""
        state = self.state
        due = min(state.baskets.next_due, *state.history.ends.values())
        for stats in state.stats.values():
            due = min(due, stats.end)
        return due

    def next_stop(self, origin: str) -> int:
        """Up to when prices go through without Python. In a replay that is over the ends of minutes
        and hours, at which nothing is said (`engine.index.closes`)."""
        if origin != "replay":
            return self.next_event()
        state = self.state
        ends = (s.end for s in state.stats.values())
        return self._watch.stop(min(state.history.ends[DAY], state.baskets.next_due, *ends))

    def advance(
        self, limit: int, origin: str, receipt: Receipt, out: list[Output], *, split: bool = True
    ) -> None:
        """Carry out all that is due up to `limit`. No price comes in between, so each clock
        closes at most one bar with prices in it and passes over the empty ones at once."""
        state = self.state
        if state.now == 0 and limit > 0:
            self._start_clocks(limit)
        if self.next_event() > limit:
            state.now = max(state.now, limit)
            if not self._watch.is_idle:  # at `limit` figures are to be seen first
                out.extend(self._watch.run(limit - 1, origin, receipt))
            return
        for at in _may_begin(state.baskets, state.now, limit):
            self.advance(at, origin, receipt, out)  # bars after it are bars of what begins
        ends = state.history.ends
        if split:
            for at in sorted({ends[g] for g in KEPT_AT[origin] if ends[g] < limit}):
                # A snapshot is of that instant. Further on no hour or day had a price.
                self.advance(at, origin, receipt, out, split=False)
        kept = tuple(grid for grid in KEPT_AT[origin] if ends[grid] == limit)
        since, state.now = state.now, max(state.now, limit)
        day = self._close_grids(limit, origin, receipt, out)
        for stats in state.stats.values():
            if stats.end <= limit:
                state.regimes.update(stats.interval, stats.close(stats.end, state.baskets))
                empty = (limit - stats.end) // stats.interval
                if empty:
                    stats.skip(empty)
                stats.end += (empty + 1) * stats.interval
        if day:
            self._judge_day(day, origin, receipt, out)
        self.run_due(limit)
        if not self._watch.is_idle:
            out.extend(self._watch.close(since, limit, origin, receipt))
        if kept and (origin == "live" or state.seen_on(limit)):
            out.extend(self._keep(DAY in kept, origin, receipt))

    def _start_clocks(self, first: int) -> None:
        """The first bar of every kind is the one that holds the instant after `first`."""
        ends = self.state.history.ends
        for grid in ends:
            ends[grid] = bar_end(first + 1, grid)
        for stats in self.state.stats.values():
            stats.end = bar_end(first + 1, stats.interval)

    def _close_grids(self, limit: int, origin: str, receipt: Receipt, out: list[Output]) -> int:
        """Keep the closes of minutes, hours and days; the end of a day that was closed, or 0."""
        state, day = self.state, 0
        history, baskets = state.history, state.baskets
        for grid, end in history.ends.items():
            if end <= limit:
                history.close(grid, end, baskets)
                if baskets.is_followed:
                    ids = (d.id for d in state.roster.owned())
                    known = (ids, state.assets, baskets, origin, receipt)
                    out.extend(close_bars(grid, end, *known))
                    baskets.turn_span(SPANS.index(grid))
                if grid == DAY:
                    day = end
                    for d in state.seen_on(end) if self._watch.only is None else ():
                        body = day_bar(d.id, end, baskets, origin, receipt)
                        out.append(Output("bars", d.id, "bar", body))
                    baskets.turn_day(end)
                history.ends[grid] = end + ((limit - end) // grid + 1) * grid
        return day

    def _judge_day(self, end: int, origin: str, receipt: Receipt, out: list[Output]) -> None:
        """Judge regimes, flags and targets at a daily close, after the rebalances due then."""
        state = self.state
        self.run_due(end)
        state.regimes.judge(end, state.baskets)
        if self._watch.only is not None:
            return
        years, reading = Years(state.history), state.reader.at(end)
        figures = partial(state.reader.figures, reading)
        for definition in state.seen_on(end):
            first = state.roster.first_benchmark(definition)
            out.extend(
                state.alerts.close_day(
                    definition, end, state.baskets, years, first, figures, origin, receipt
                )
            )

    def run_due(self, limit: int) -> None:
        """Carry out the rebalances, changes and coin events due; some index may begin by one."""
        baskets = self.state.baskets
        if baskets.next_due <= limit:
            done = len(baskets.coins.done)
            for at in apply_due(baskets, limit):
                self.state.note_beginnings(at)
            for effect in baskets.coins.done[done:]:
                self.state.quality.convert(effect)


def _may_begin(baskets: Baskets, since: int, limit: int) -> list[int]:
    """When, after `since` and before `limit`, a change or a coin event is due by which an index
    may begin; it takes prices to begin, so none where `since` is 0."""
    if not since or baskets.next_due >= limit:
        return []
    idle = np.flatnonzero(~baskets.levels.started).tolist()
    times = [c.at for i in idle if (d := baskets.all[i].definition) for c in d.changes]
    times += [effect.at for effect in baskets.coins.coming] if idle else []
    return sorted({at for at in times if since < at < limit})


def apply_due(baskets: Baskets, limit: int) -> list[int]:
    """Carry out every rebalance, change and coin event due up to `limit`; no price came in
    between.

    Returns the instants at which an index began by one of them: its base.
    """
    began: list[int] = []
    baskets.sum_idle()
    while (at := baskets.coins.next_at) <= limit:
        began += _run_baskets(baskets, at)
        idle = ~baskets.levels.started
        coin_conversion.convert(baskets, baskets.coins.take_next())
        baskets.lay_out()
        baskets.start(at)
        began += [at] if (idle & baskets.levels.started).any() else []
    began += _run_baskets(baskets, limit)
    baskets.lay_holdings()
    return began


def _run_baskets(baskets: Baskets, limit: int) -> list[int]:
    began: list[int] = []
    for i, basket in enumerate(baskets.all):
        while (at := basket.due()) <= limit:
            definition = basket.definition
            assert definition is not None
            changes = definition.changes[basket.changes_done :]
            if changes and changes[0].at == at:
                basket.changes_done += 1
                adoption.compose(baskets, basket, at)
                if not baskets.levels.started[i] and baskets.priced(basket.keys):
                    baskets.start_one(i, basket, at)
                    began += [at] if baskets.levels.started[i] else []
            if basket.next_rebalance == at:
                times = [int(baskets.prices.at[baskets.price_row[key]]) for key in basket.keys]
                last = basket.last_alike(at, limit, times)
                baskets.rebalance(basket, last, basket.keys, basket.shares)
                basket.next_rebalance = next_rebalance(definition.rebalance, last)
    return began
