"""Baskets: what each index holds, how it starts, rebalances and changes, and its level.

A level is Σ holding · price / divisor. Holdings change only at a rebalance, and the divisor is then
chosen so that the level before and after is the same float. A benchmark asset is a basket of one
coin, whose level is its price.

A planned change takes effect at its time: what it removes goes at once, what it adds comes at once
or with its first price; until then it is pending. What happens to coins is carried out by
`engine.index.coin_conversion`, behind the rebalances and changes of the same instant.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.index import adoption, coin_conversion, kernel
from engine.index.coin_events import AssetDefinition
from engine.index.coin_timeline import CoinTimeline
from engine.index.composition import Basket, assets_of, exact_divisor, renamed
from engine.index.contributions import Contributions
from engine.index.daily_closes import DailyCloses
from engine.index.definition import IndexDefinition, price_key
from engine.index.jumps import Jumps
from engine.index.last_prices import Prices
from engine.index.levels import Levels
from engine.index.price_columns import PriceColumns
from engine.index.weighting.method import MIN_RETURNS, Member
from engine.index.weighting.registry import method_of, parameters, unweighable, weigh
from engine.migrations import migrate, version_of
from engine.periods import NEVER, next_rebalance


class Baskets:
    """All baskets of a shard and the prices they use."""

    def __init__(self) -> None:
        self.all: list[Basket] = []
        self.row: dict[str, int] = {}
        self.keys: list[str] = []
        self.price_row: dict[str, int] = {}
        self.prices = Prices()
        self.closes = DailyCloses()
        self.coins = CoinTimeline()
        self.joined: dict[str, int] = {}
        """Price keys that went on from the price of an old coin, and when: pending until a price of
        their own comes."""
        self.jumps = Jumps()
        self.levels = Levels()
        self.path = self._path_room = kernel.new_path(0)
        self.contributions = Contributions()
        self.is_laid_out = False
        """Whether the kernel's arrays show who holds what now."""
        self._events = np.zeros(0, dtype=kernel.EVENT)
        self.lay_out()

    def dump(self) -> dict[str, Any]:
        """State for a checkpoint."""
        return {
            "state": version_of("baskets"),
            "baskets": [b.dump() for b in self.all],
            "keys": list(self.keys),
            "prices": self.prices.dump(),
            "closes": self.closes.dump(),
            "coins": self.coins.dump(),
            "joined": dict(self.joined),
            "jumps": self.jumps.dump(),
            "levels": self.levels.dump(),
            "path": kernel.dump_path(self.path),
            "contributions": self.contributions.dump(),
        }

    @classmethod
    def load(cls, state: Mapping[str, Any]) -> Baskets:
        """The baskets that `dump` came from."""
        state = migrate("baskets", state)
        self = cls()
        self.all = [Basket.load(b) for b in state["baskets"]]
        self.keys = list(state["keys"])
        self.prices = Prices.load(state["prices"], len(self.keys))
        self.closes = DailyCloses.load(state["closes"])
        self.coins = CoinTimeline.load(state.get("coins"))
        self.joined = dict(state.get("joined", {}))
        self.jumps = Jumps.load(state.get("jumps", {}))
        self.levels = Levels.load(state["levels"], len(self.all))
        self.path = kernel.load_path(state["path"], len(self.all))
        self.contributions = Contributions.load(state.get("contributions"))
        self.lay_out()
        return self

    # --- composition -------------------------------------------------------------------------

    def add_index(self, definition: IndexDefinition, now: int) -> None:
        """Take in a new index, or the changed definition of a running one at the instant `now`;
        `arrange` lays out what came in."""
        if definition.id in self.row and self.all[self.row[definition.id]].definition is None:
            self.remove([definition.id])  # named as a benchmark before it was defined
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
        self._keep_closes()
        if self.levels.started[self.row[definition.id]] and before is not None:
            if before.rebalance != definition.rebalance:
                basket.next_rebalance = next_rebalance(definition.rebalance, now)
            elif adoption.is_adopted(self, basket) and parameters(before) == parameters(definition):
                return  # nothing that is held changes: no rebalance
        adoption.compose(self, basket, now)

    def _all_keys(self, definition: IndexDefinition) -> list[str]:
        """The price keys of every asset that is or will be in the index."""
        assets = self.coins.with_successors(definition.all_assets())
        return [price_key(asset, definition.kinds) for asset in assets]

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

    def arrange(self, used: Container[str], rules: Mapping[str, tuple[float, ...]]) -> None:
        """Lay out what came in, keep no other baskets than the used ones, and set the depths of
        drawdown alerts; what was firing goes on firing."""
        unused = [basket.id for basket in self.all if basket.id not in used]
        if unused:
            self.remove(unused)
        self._keep_closes()
        self.lay_out()
        self.levels.set_rules([rules.get(basket.id, ()) for basket in self.all])

    def remove(self, ids: Iterable[str]) -> None:
        """Forget baskets; their prices stay known."""
        gone = set(ids)
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

    def _append(self, basket: Basket) -> None:
        row = self.row[basket.id] = len(self.all)
        self.all.append(basket)
        self.levels.append(1)
        if self._path_room is not self.path.base or len(self._path_room) <= row:
            self._path_room = kernel.new_path(2 * (row + 1))
            self._path_room[:row] = self.path
        self.path = self._path_room[: row + 1]
        self.is_laid_out = False

    def set_holdings(
        self, basket: Basket, keys: list[str], shares: list[float], holdings: list[float]
    ) -> None:
        """Hold these, with the level unchanged to the bit."""
        row = self.row[basket.id]
        self.close_span(basket)
        level = float(self.levels.level[row])
        prices = [self.price_of(key) for key in keys]
        self.levels.divisor[row] = exact_divisor(holdings, prices, level)
        basket.keys, basket.shares, basket.holdings = keys, shares, holdings
        self.contributions.open_span(basket, self.price_of)

    def close_span(self, basket: Basket) -> None:
        """Count what the holdings brought so far, before they or their prices change."""
        divisor = float(self.levels.divisor[self.row[basket.id]])
        self.contributions.close_span(basket, divisor, self.price_of)

    def priced(self, keys: Iterable[str]) -> bool:
        """Whether each of these keys has had a price."""
        return all(self.prices.at[self.price_row[key]] > 0 for key in keys)

    def use(self, keys: Iterable[str]) -> None:
        """Keep the last prices of these keys from now on."""
        new = [key for key in dict.fromkeys(keys) if key not in self.price_row]
        if new:
            self.price_row |= {key: i for i, key in enumerate(new, len(self.keys))}
            self.keys.extend(new)
            self.prices.append(len(new))
            self.is_laid_out = False

    def lay_out(self) -> None:
        """Lay out who holds what, both ways, for the kernel."""
        self.is_laid_out = True
        self.row = {basket.id: i for i, basket in enumerate(self.all)}
        self.price_row = {key: i for i, key in enumerate(self.keys)}
        members = [[self.price_row[key] for key in basket.keys] for basket in self.all]
        self.member_ptr = np.cumsum([0, *map(len, members)]).astype(np.int64)
        self.member = np.array([a for m in members for a in m], dtype=np.int64)
        holders: list[list[tuple[int, int]]] = [[] for _ in self.keys]
        for i, row in enumerate(members):
            for j, asset in enumerate(row):
                holders[asset].append((i, int(self.member_ptr[i]) + j))
        self.holder_ptr = np.cumsum([0, *map(len, holders)]).astype(np.int64)
        self.holder = np.array([i for h in holders for i, _ in h], dtype=np.int64)
        self._slot = np.array([j for h in holders for _, j in h], dtype=np.int64)
        self.touched = np.zeros(len(self.all), dtype=np.int64)
        self.holding = np.zeros(0)
        self.unpriced = {key for key in self.keys if not self.prices.at[self.price_row[key]]}
        self.lay_holdings()

    def lay_holdings(self) -> None:
        """Lay out holdings for the kernel, and note when the next rebalance or change is due."""
        if not self.is_laid_out:
            self.lay_out()
            return
        due = min((basket.due() for basket in self.all), default=NEVER)
        self.next_due = min(due, self.coins.next_at)
        self._note_unweighed()
        flat = [h for basket in self.all for h in basket.holdings]
        self.holding = np.array(flat, dtype=np.float64)
        self.slope = self.holding[self._slot] / self.levels.divisor[self.holder]

    def _note_unweighed(self) -> None:
        """Which baskets have all their prices, but none of an asset that can be weighed; and the
        assets (`weighable`) whose next price could be one."""
        found = set[int]()
        self.unweighed = False
        for i, basket in enumerate(self.all):
            definition = basket.definition
            if definition is not None and (basket.waiting or not self.levels.started[i]):
                keys, shares = basket.keys, basket.shares
                if self.levels.started[i]:
                    keys, shares, _ = adoption.wanted(self, basket)
                if keys and self.priced(keys):
                    self.unweighed = True
                    members = self.members(definition, keys, shares, 0)
                    without = unweighable(definition, keys, members)
                    found |= {self.price_row[key] for key in keys if key not in without}
        self.weighable = np.array(sorted(found), dtype=np.int64)

    # --- prices ------------------------------------------------------------------------------

    def apply(self, begin: int, end: int, rows: PriceColumns) -> tuple[int, NDArray[Any]]:
        """Run the kernel over rows begin … end; returns where it stopped, and its events, which
        hold until the next call."""
        self.jumps.look(rows, begin, end, self.prices, self.keys)
        rules = self.levels.rule_depth.shape[1]
        room = max(256, 2 * len(self.all) * rules)
        if len(self._events) < room:
            self._events = np.zeros(2 * room, dtype=kernel.EVENT)
        events = self._events
        row, count = kernel.apply_prices(
            begin,
            end,
            kernel.Instants(rows.asset, rows.at, rows.price),
            kernel.Last(self.prices.price, self.prices.at),
            kernel.Holders(self.holder_ptr, self.holder, self.slope),
            kernel.Members(self.member_ptr, self.member, self.holding),
            self._standing(),
            self._paths(),
            self.touched,
            events,
        )
        if rows.supply is not None:
            self.prices.take_supply(rows.asset[begin:row], rows.supply[begin:row])
        return row, events[:count]

    def _standing(self) -> kernel.Standing:
        lv = self.levels
        return kernel.Standing(lv.divisor, lv.started, lv.level, lv.last_at)

    def _paths(self) -> kernel.Paths:
        lv = self.levels
        bands = (lv.lo, lv.hi, lv.depths, lv.times)
        return kernel.Paths(self.path, *bands, lv.rule_depth, lv.firing)

    def until_decisive(self, begin: int, end: int, rows: PriceColumns) -> tuple[int, bool]:
        """Cut rows begin … end behind the first instant that may let a basket start; and whether
        there is one.

        It brings an asset its first price, its first supply, or a price that is young enough, where
        a basket lacked any of them.
        """
        if not (self.unpriced or self.unweighed):
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
        self.unpriced = {key for key in self.unpriced if not self.prices.at[self.price_row[key]]}
        coins = [basket for basket in self.all if basket.definition is None]
        if [coin for coin in coins if coin_conversion.stand_in(self, coin)]:
            self.lay_out()
        for i, basket in enumerate(self.all):
            if basket.waiting or any(self.priced([key]) for key in basket.pending):
                adoption.compose(self, basket, at)
            elif not self.levels.started[i] and self.unpriced.isdisjoint(basket.keys):
                self.start_one(i, basket, at)
        self.lay_holdings()

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
        scratch = np.zeros(lv.rule_depth.shape[1], dtype=kernel.EVENT)
        kernel.observe(i, at, lv.level[i], self._paths(), scratch, 0)
        kernel.open_day(i, lv.level[i], self._paths())

    def turn_day(self, end: int) -> None:
        """Keep the closes of the day that ends at `end`, and begin one at the baskets' levels."""
        lv = self.levels
        self.closes.close(end, self.price_row, self.prices.price, self.prices.at)
        kernel.open_days(self._standing(), self._paths())
        rows = np.flatnonzero(lv.started).tolist()
        started = [(self.all[i], float(lv.level[i])) for i in rows if self.all[i].definition]
        prices = dict(zip(self.keys, self.prices.price.tolist(), strict=True))
        self.contributions.turn(end, started, prices)

    # --- rebalancing -------------------------------------------------------------------------

    def rebalance(self, basket: Basket, at: int, keys: list[str], shares: list[float]) -> bool:
        """Hold these assets by the definition's method, with the level unchanged to the bit.

        False, and nothing changed, where none of them can be weighed.
        """
        definition = basket.definition
        assert definition is not None
        members = self.members(definition, keys, shares, at)
        oldest = at - definition.max_price_age
        fresh = [j for j, key in enumerate(keys) if self.prices.at[self.price_row[key]] >= oldest]
        weights = [0.0] * len(keys)
        for j, weight in zip(fresh, weigh(definition, [members[j] for j in fresh]), strict=True):
            weights[j] = weight
        if not any(weights):
            return False
        basket.unknown_cap = unweighable(definition, keys, members)
        basket.dropped = tuple(
            key for j, key in enumerate(keys) if j not in fresh or key in basket.unknown_cap
        )
        row = self.row[basket.id]
        level, begun = float(self.levels.level[row]), bool(self.levels.started[row])
        if not begun:
            named = (*keys, *self._all_keys(definition))
            self.contributions.begin(basket, level, named, self.price_of, at)
        self.contributions.rebalanced(basket, keys, weights, begun, self.price_of, at)
        prices = [self.price_of(key) for key in keys]
        holdings = [w * level / p for w, p in zip(weights, prices, strict=True)]
        self.set_holdings(basket, keys, shares, holdings)
        return True

    def price_of(self, key: str) -> float:
        """The last price of a price key, 0 before its first."""
        return float(self.prices.price[self.price_row[key]])

    def members(
        self, definition: IndexDefinition, keys: Sequence[str], shares: Sequence[float], at: int
    ) -> list[Member]:
        """What the weighting method knows of these keys at an instant."""
        places = [self.price_row[key] for key in keys]
        deviations: list[float] | None = None
        if method_of(definition).daily_closes:
            deviations = self.closes.deviations(keys, at, definition.vol_window, MIN_RETURNS)
        supply = self.coins.supplies(dict(definition.supply))
        caps = self.prices.caps(places, assets_of(keys), supply)
        nothing = [math.nan] * len(keys)
        return [Member(*known) for known in zip(shares, caps, deviations or nothing, strict=True)]
