"""Baskets: how an index comes in, starts and changes, and what prices do to its level.

A planned change takes effect at its time: what it removes goes at once, what it adds comes at once
or with its first price; until then it is pending. What happens to coins is carried out by
`engine.index.coin_conversion`, behind the rebalances and changes of the same instant.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.index import adoption, candles, coin_conversion, kernel, kernel_arrays
from engine.index.closes import GridCloses, apply_over_closes
from engine.index.coin_events import AssetDefinition
from engine.index.composition import Basket, assets_of, renamed
from engine.index.definition import IndexDefinition
from engine.index.holdings import Holdings
from engine.index.price_columns import PriceColumns
from engine.index.weighting.registry import method_of, parameters
from engine.metrics.machinery.history import History
from engine.periods import next_rebalance
from engine.records import PriceFrame
from engine.types import DAY, HOUR, MINUTE


class Baskets(Holdings):
    """All baskets of a shard: what comes in, what starts, and what prices do to them."""

    def add_index(self, definition: IndexDefinition, now: int) -> None:
        """Take in a new index, or the changed definition of a running one at the instant `now`;
        `arrange` lays out what came in."""
        if definition.id in self.row and self.all[self.row[definition.id]].definition is None:
            self.remove([definition.id])  # named as a benchmark before it was defined
        self.sum_idle()
        self.use(self._all_keys(definition))  # prices of what joins later count from now on
        changes_done = sum(change.at <= now for change in definition.changes)
        if definition.id not in self.row:
            basket = Basket(definition.id, definition, [], [], [], changes_done=changes_done)
            self._append(basket)
            adoption.compose(self, basket, now)
            return
        basket = self.all[self.row[definition.id]]
        before = basket.definition
        basket.definition, basket.changes_done = definition, changes_done
        if any(d is not None and method_of(d).daily_closes for d in (before, definition)):
            self._keep_closes()
        if self.levels.started[self.row[definition.id]] and before is not None:
            if before.rebalance != definition.rebalance:
                basket.next_rebalance = next_rebalance(definition.rebalance, now)
            elif adoption.is_adopted(self, basket) and parameters(before) == parameters(definition):
                return  # nothing that is held changes: no rebalance
        adoption.compose(self, basket, now)

    def add_asset(self, key: str) -> None:
        """Take in a benchmark asset by its price key; its row's id is the key."""
        if key not in self.row:
            self.use(self._benchmark_keys(key))
            self._append(Basket(key, None, [key], [1.0], [1.0]))
            coin_conversion.stand_in(self, self.all[-1])

    def _benchmark_keys(self, key: str) -> list[str]:
        coins, (asset,) = self.coins, assets_of([key])
        related = coins.with_predecessors(coins.with_successors([asset]))
        return [renamed(key, name) for name in related]

    def learn(self, definition: AssetDefinition, now: int) -> None:
        """Take in what the log says of a coin at the instant `now`; `run_due` carries it out."""
        self.coins.learn(definition, now)
        for basket in self.all:
            index = basket.definition
            self.use(self._all_keys(index) if index else self._benchmark_keys(basket.id))
        self._keep_closes()
        self.lay_out()

    def follow(self, followed: Container[str]) -> None:
        """Let prices move the levels of these baskets, and of no others."""
        idle = frozenset(basket.id for basket in self.all if basket.id not in followed)
        if idle != self.idle:
            self.sum_idle()  # of those that are idle now
            self.idle = idle
            self.lay_out()

    def arrange(self, used: Container[str], rules: Mapping[str, tuple[float, ...]]) -> None:
        """Lay out what came in, keep no other baskets than the used ones, and set the depths of
        drawdown alerts; what was firing goes on firing."""
        unused = [basket.id for basket in self.all if basket.id not in used]
        if unused:
            self.remove(unused)
        self._keep_closes()
        self.lay_out()
        self._arrays_change()
        self.levels.set_rules([rules.get(basket.id, ()) for basket in self.all])

    def remove(self, ids: Iterable[str]) -> None:
        """Forget baskets; their prices stay known."""
        gone = set(ids)
        self._arrays_change()
        order = np.array([i for i, b in enumerate(self.all) if b.id not in gone], dtype=np.int64)
        self.all = [self.all[i] for i in order]
        self.levels.rearrange(order)
        self.path = self.path[order]
        self.contributions.keep(basket.id for basket in self.all)
        self._keep_closes()
        self.lay_out()

    def _keep_closes(self) -> None:
        """Keep daily closes of what is or will be weighed by its volatility, and of nothing else"""
        keys: dict[str, None] = {}
        window = 0
        for basket in self.all:
            definition = basket.definition
            if definition is not None and method_of(definition).daily_closes:
                window = max(window, definition.vol_window)
                keys |= dict.fromkeys((*basket.keys, *self._all_keys(definition)))
        self.closes.arrange(list(keys), window)

    def apply(
        self, begin: int, end: int, rows: PriceColumns, history: History
    ) -> tuple[int, int, NDArray[Any]]:
        """Run the kernel over rows begin … end, and over the ends of minutes and hours between
        them, whose closes `history` keeps; returns where it stopped, the row from which on it
        went since the last end, and its events, which hold until the next call."""
        before = self.jumps.before(rows, begin, end, self.prices)
        first = begin
        if min(history.ends[MINUTE], history.ends[HOUR]) >= rows.at[end - 1]:
            row, count = kernel.apply_prices(begin, end, *rows[:3], self._share())
        else:
            closes = GridCloses.of(history)
            row, count, first = apply_over_closes(begin, end, *rows[:3], self._share(), closes)
            closes.give_back(history)
        self._runs = True
        if before is not None:
            self.jumps.look(rows, begin, row, before, self.keys)
        if self.is_followed:
            self.candles.follow(begin, row, kernel_arrays.Instants(*rows[:3]))
        if rows.supply is not None:
            self.prices.take_supply(rows.asset[begin:row], rows.supply[begin:row])
        return row, first, self._events[:count]

    def pack(self, frame: PriceFrame) -> bool:
        """Take in the rows of a frame for `apply_packed`, if they are such that no basket can be
        weighed by them that could not be before."""
        return not self.unweighed and self._packing.pack(frame, self.price_row)

    def apply_packed(self, begin: int, rows: int) -> tuple[int, int]:
        """`apply` of the packed rows from `begin` on, between which no minute ends: where it
        stopped, and how many `events` it saw; row -1, and nothing done, where a price is the first
        of its asset or jumps."""
        shared = self._shared or self._share()
        row, count = self._apply_packed(begin, rows, self.is_followed, shared)
        self._runs = self._runs or row > begin
        return row, count

    def packed(self, rows: int) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Places of the assets, times and prices of the packed rows, until others are packed."""
        columns = self._packing.columns
        return columns.whole[:rows], columns.whole[rows : 2 * rows], columns.real[2 * rows :]

    def events(self, count: int) -> NDArray[Any]:
        """Those of the last call, until the next one."""
        return self._events[:count]

    def until_decisive(self, begin: int, end: int, rows: PriceColumns) -> tuple[int, bool]:
        """Cut rows begin … end behind the first instant that may let a basket start; and whether
        there is one.

        It brings an asset its first price, its first supply, or a price that is young enough, where
        a basket lacked any of them.
        """
        if not (self.absent.prices or self.unweighed):
            return end, False
        asset = rows.asset[begin:end]
        found = self.prices.at[asset] == 0
        if self.unweighed:
            found |= np.isin(asset, self.weighable)
            if rows.supply is not None:
                found |= np.isnan(self.prices.supply[asset]) & ~np.isnan(rows.supply[begin:end])
        if not found.any():
            return end, False
        instant = rows.at[begin + int(np.flatnonzero(found)[0])]
        return int(np.searchsorted(rows.at, instant, side="right")), True

    def start(self, at: int) -> None:
        """Start, at this instant, what has all it takes now; adopt what waited for it."""
        self.sum_idle()
        if not self.is_laid_out:
            self.lay_out()
        self.absent.note(self.prices.at, self.price_row)
        if self.coins.known:
            coins = [basket for basket in self.all if basket.definition is None]
            if [coin for coin in coins if coin_conversion.stand_in(self, coin)]:
                self.lay_out()
        tried = list[int]()
        for i in self.absent.candidates():
            basket = self.all[i]
            if basket.waiting or any(self.priced([key]) for key in basket.pending):
                adoption.compose(self, basket, at)
            elif i in self.absent.complete:
                self.start_one(i, basket, at)
                tried.append(i)
        if not self.is_laid_out:
            self.lay_out()
        elif tried:
            self.lay_started(tried)

    def start_one(self, i: int, basket: Basket, at: int) -> None:
        """Start a basket, if it can be weighed."""
        lv = self.levels
        definition = basket.definition
        if definition is None:
            lv.level[i] = basket.holdings[0] * self.prices.price[self.price_row[basket.keys[0]]]
        else:
            lv.level[i] = definition.base_level
            if not self.rebalance(basket, at, basket.keys, basket.shares):
                return
            basket.next_rebalance = next_rebalance(definition.rebalance, at)
        lv.started[i], lv.inception[i], lv.base_level[i], lv.last_at[i] = True, at, lv.level[i], at
        self.absent.complete.discard(i)
        if self.is_followed:
            lv.low[i], lv.high[i] = np.inf, -np.inf
        scratch = np.zeros(lv.rule_depth.shape[1], dtype=kernel_arrays.EVENT)
        kernel.observe(i, at, lv.level[i], self._paths(), scratch, 0)
        kernel.open_day(i, lv.level[i], self._paths())
        if self.is_followed:
            candles.open_basket(i, lv.level[i], self._paths())

    def follow_anew(self, rows: NDArray[np.int64]) -> None:
        """The levels of the baskets in these rows are published: their lowest and highest begin
        anew."""
        kernel.follow_anew(rows, self._paths())

    def turn_span(self, span: int) -> None:
        """Close the candles of a span (a place in `candles.SPANS`) and open the next ones."""
        self.candles.turn(span, self.prices.price)
        if candles.SPANS[span] != DAY:
            is_hour = candles.SPANS[span] == HOUR
            candles.turn_baskets(is_hour, self._standing(), self._paths())

    def turn_day(self, end: int) -> None:
        """Keep the closes of the day that ends at `end`, and begin one at the baskets' levels."""
        lv = self.levels
        self.closes.close(end, self.price_row, self.prices.price, self.prices.at)
        kernel.open_days(self._standing(), self._paths())
        self.sum_idle()
        rows = np.flatnonzero(lv.started).tolist()
        started = [(self.all[i], float(lv.level[i])) for i in rows if self.all[i].definition]
        prices = dict(zip(self.keys, self.prices.price.tolist(), strict=True))
        self.contributions.turn(end, started, prices)
