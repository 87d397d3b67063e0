"""Baskets: what each index holds, how it starts, rebalances and changes, and its level.

A level is Σ holding · price / divisor. Holdings change only at a rebalance, and the divisor is then
chosen so that the level before and after is the same float. A benchmark asset is a basket of one
coin, whose level is its price.

Weights (`engine.weighting`) are found at the index's first instant, at rebalances and at changes,
among the assets whose last price is not older than `max_price_age`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine import kernel
from engine.composition import Basket, all_keys, assets_of, exact_divisor
from engine.contributions import Contributions
from engine.daily_closes import DailyCloses
from engine.definitions import IndexDefinition
from engine.last_prices import Prices
from engine.levels import Levels
from engine.periods import NEVER, next_rebalance
from engine.rows import Rows
from engine.table import NEW
from engine.weighting import MIN_RETURNS, Member, parameters, weigh, without_cap


class Baskets:
    """All baskets of a shard and the prices they use."""

    def __init__(self) -> None:
        self.all: list[Basket] = []
        self.row: dict[str, int] = {}
        self.keys: list[str] = []
        self.place: dict[str, int] = {}
        self.prices = Prices()
        self.closes = DailyCloses()
        self.levels = Levels()
        self.path = kernel.new_path(0)
        self.contributions = Contributions()
        self._index()

    def dump(self) -> dict[str, Any]:
        """State for a checkpoint."""
        return {
            "baskets": [b.dump() for b in self.all],
            "keys": list(self.keys),
            "prices": self.prices.dump(),
            "closes": self.closes.dump(),
            "levels": self.levels.dump(),
            "path": np.frombuffer(self.path.tobytes(), dtype=np.uint8).copy(),
            "contributions": self.contributions.dump(),
        }

    @classmethod
    def load(cls, state: Mapping[str, Any]) -> Baskets:
        """The baskets that `dump` came from."""
        self = cls()
        self.all = [Basket.load(b) for b in state["baskets"]]
        self.keys = list(state["keys"])
        self.prices = Prices.load(state["prices"])
        self.closes = DailyCloses.load(state["closes"])
        self.levels = Levels.load(state["levels"])
        self.path = np.frombuffer(state["path"].tobytes(), dtype=kernel.PATH).copy()
        self.contributions = Contributions.load(state.get("contributions"))
        self._index()
        return self

    # --- composition -------------------------------------------------------------------------

    def add_index(self, definition: IndexDefinition, now: int) -> None:
        """Take in a new index, or the changed definition of a running one at the instant `now`."""
        if definition.id in self.row and self.all[self.row[definition.id]].definition is None:
            self.remove([definition.id])  # named as a benchmark before it was defined
        self._use(all_keys(definition))  # prices of what joins later count from now on
        if definition.id not in self.row:
            self._append(Basket(definition.id, definition, [], [], []))
        basket = self.all[self.row[definition.id]]
        before = basket.definition
        basket.definition = definition
        self._keep_closes()
        basket.changes_done = sum(change.at <= now for change in definition.changes)
        if self.levels.started[self.row[definition.id]] and before is not None:
            if before.rebalance != definition.rebalance:
                basket.next_rebalance = next_rebalance(definition.rebalance, now)
            elif (basket.keys, basket.shares) == basket.composition() and parameters(
                before
            ) == parameters(definition):
                return  # nothing that is held changes: no rebalance
        self._compose(basket, now)

    def add_asset(self, key: str) -> None:
        """Take in a benchmark asset by its price key; its row's id is the key."""
        if key not in self.row:
            self._use([key])
            self._append(Basket(key, None, [key], [1.0], [1.0]))

    def remove(self, ids: Iterable[str]) -> None:
        """Forget baskets; their prices stay known."""
        gone = set(ids)
        order = np.array([i for i, b in enumerate(self.all) if b.id not in gone], dtype=np.int64)
        self.all = [self.all[i] for i in order]
        self.levels.rearrange(order)
        self.path = self.path[order]
        self.contributions.keep(basket.id for basket in self.all)
        self._keep_closes()
        self._index()

    def _keep_closes(self) -> None:
        """Keep daily closes of what is or will be weighed by its volatility, and of nothing else"""
        keys: dict[str, None] = {}
        window = 0
        for basket in self.all:
            definition = basket.definition
            if definition is not None and definition.weighting == "inverse_volatility":
                window = max(window, definition.vol_window)
                keys |= dict.fromkeys((*basket.keys, *all_keys(definition)))
        self.closes.arrange(list(keys), window)

    def set_rules(self, rules: Mapping[str, tuple[float, ...]]) -> None:
        """Set the drawdown alert depths of every basket; what was firing goes on firing."""
        lv = self.levels
        width = max((len(r) for r in rules.values()), default=0)
        depth = np.full((len(self.all), width), np.inf)
        firing = np.zeros((len(self.all), width), dtype=np.bool_)
        for i, basket in enumerate(self.all):
            held = {d for d, f in zip(lv.rule_depth[i], lv.firing[i], strict=True) if f}
            for k, rule in enumerate(rules.get(basket.id, ())):
                depth[i, k], firing[i, k] = rule, rule in held
        lv.rule_depth, lv.firing = depth, firing
        # An empty band sends the next price to the exact path, which sets a fitting one.
        lv.lo[lv.started], lv.hi[lv.started] = np.inf, -np.inf

    def _append(self, basket: Basket) -> None:
        rows = np.arange(len(self.all) + 1, dtype=np.int64)
        rows[-1] = NEW
        self.all.append(basket)
        self.levels.rearrange(rows)
        self.path = np.concatenate([self.path, kernel.new_path(1)])
        self._index()

    def _compose(self, basket: Basket, at: int) -> None:
        """Go over to what the definition names now: at once, or once there is what it takes.

        That is a price of every asset, and an asset that can be weighed.
        """
        keys, shares = basket.composition()
        if not self.levels.started[self.row[basket.id]]:
            basket.keys, basket.shares, basket.holdings = keys, shares, [0.0] * len(keys)
        else:
            basket.waiting = not (self._priced(keys) and self._rebalance(basket, at, keys, shares))
        self._index()

    def _priced(self, keys: list[str]) -> bool:
        return all(self.prices.at[self.place[key]] > 0 for key in keys)

    def _use(self, keys: list[str]) -> None:
        new = [key for key in keys if key not in self.place]
        if new:
            self.keys.extend(new)
            order = np.concatenate([np.arange(len(self.prices)), np.full(len(new), NEW)])
            self.prices.rearrange(order.astype(np.int64))
            self.place = {key: i for i, key in enumerate(self.keys)}

    def _index(self) -> None:
        """Lay out who holds what, both ways, for the kernel."""
        self.row = {basket.id: i for i, basket in enumerate(self.all)}
        self.place = {key: i for i, key in enumerate(self.keys)}
        members = [[self.place[key] for key in basket.keys] for basket in self.all]
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
        self.unpriced = {key for key in self.keys if not self.prices.at[self.place[key]]}
        self._lay_holdings()

    def _lay_holdings(self) -> None:
        """Lay out holdings for the kernel, and note when the next rebalance or change is due."""
        self.next_due = min((basket.due() for basket in self.all), default=NEVER)
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
                keys, shares = basket.composition()
                if self._priced(keys):
                    self.unweighed = True
                    members = self._members(definition, keys, shares, 0)
                    without = without_cap(definition, keys, members)
                    found |= {self.place[key] for key in keys if key not in without}
        self.weighable = np.array(sorted(found), dtype=np.int64)

    # --- prices ------------------------------------------------------------------------------

    def apply(self, begin: int, end: int, rows: Rows) -> tuple[int, NDArray[Any]]:
        """Run the kernel over rows begin … end; returns where it stopped, and its events."""
        lv = self.levels
        rules = lv.rule_depth.shape[1]
        events = np.zeros(max(256, 2 * len(self.all) * rules), dtype=kernel.EVENT)
        row, count = kernel.apply_prices(
            begin,
            end,
            rows.asset,
            rows.at,
            rows.price,
            self.prices.price,
            self.prices.at,
            self.holder_ptr,
            self.holder,
            self.slope,
            self.member_ptr,
            self.member,
            self.holding,
            lv.divisor,
            lv.started,
            lv.level,
            lv.last_at,
            lv.lo,
            lv.hi,
            self.path,
            lv.depths,
            lv.times,
            lv.rule_depth,
            lv.firing,
            self.touched,
            events,
        )
        if rows.supply is not None:
            self.prices.take_supply(rows.asset[begin:row], rows.supply[begin:row])
        return row, events[:count]

    def until_decisive(self, begin: int, end: int, rows: Rows) -> tuple[int, bool]:
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
        self.unpriced = {key for key in self.unpriced if not self.prices.at[self.place[key]]}
        for i, basket in enumerate(self.all):
            if basket.waiting:
                self._compose(basket, at)
            elif not self.levels.started[i] and self.unpriced.isdisjoint(basket.keys):
                self._start(i, basket, at)
        self._lay_holdings()

    def _start(self, i: int, basket: Basket, at: int) -> None:
        lv = self.levels
        definition = basket.definition
        if definition is None:
            lv.level[i] = self.prices.price[self.place[basket.keys[0]]]
        else:
            lv.level[i] = definition.base_level
            if not self._rebalance(basket, at, basket.keys, basket.shares):
                return
            basket.next_rebalance = next_rebalance(definition.rebalance, at)
        lv.started[i], lv.base_at[i], lv.base_level[i], lv.last_at[i] = True, at, lv.level[i], at
        scratch = np.zeros(lv.rule_depth.shape[1], dtype=kernel.EVENT)
        band = (lv.rule_depth, lv.firing, lv.lo, lv.hi)
        kernel.observe(i, at, lv.level[i], self.path, lv.depths, lv.times, *band, scratch, 0)
        kernel.open_day(i, lv.level[i], self.path, *band)

    def turn_day(self, end: int) -> None:
        """Keep the closes of the day that ends at `end`, and begin one at the baskets' levels."""
        lv = self.levels
        self.closes.close(end, self.place, self.prices.price, self.prices.at)
        for i in np.flatnonzero(lv.started).tolist():
            kernel.open_day(i, lv.level[i], self.path, lv.rule_depth, lv.firing, lv.lo, lv.hi)
        indices = [i for i in np.flatnonzero(lv.started).tolist() if self.all[i].definition]
        told = [(self.all[i], float(lv.level[i])) for i in indices]
        self.contributions.turn(
            end, told, dict(zip(self.keys, self.prices.price.tolist(), strict=True))
        )

    # --- rebalancing -------------------------------------------------------------------------

    def may_begin(self, since: int, limit: int) -> list[int]:
        """When, after `since` and before `limit`, a change is due by which an index may begin; it
        takes prices to begin, so none where `since` is 0."""
        if not since or self.next_due >= limit:
            return []
        idle = np.flatnonzero(~self.levels.started).tolist()
        changes = [c for i in idle if (d := self.all[i].definition) for c in d.changes]
        return sorted({change.at for change in changes if since < change.at < limit})

    def run_due(self, limit: int) -> list[int]:
        """Carry out every rebalance and change due up to `limit`; no price came in between.

        Returns the instants of changes by which an index began: its base.
        """
        began: list[int] = []
        for i, basket in enumerate(self.all):
            while (at := basket.due()) <= limit:
                definition = basket.definition
                assert definition is not None
                changes = definition.changes[basket.changes_done :]
                if changes and changes[0].at == at:
                    basket.changes_done += 1
                    self._compose(basket, at)
                    if not self.levels.started[i] and self._priced(basket.keys):
                        self._start(i, basket, at)
                        began += [at] if self.levels.started[i] else []
                if basket.next_rebalance == at:
                    times = [int(self.prices.at[self.place[key]]) for key in basket.keys]
                    last = basket.last_alike(at, limit, times)
                    self._rebalance(basket, last, basket.keys, basket.shares)
                    basket.next_rebalance = next_rebalance(definition.rebalance, last)
        self._lay_holdings()
        return began

    def _rebalance(self, basket: Basket, at: int, keys: list[str], shares: list[float]) -> bool:
        """Hold these assets by the definition's method, with the level unchanged to the bit.

        False, and nothing changed, where none of them can be weighed.
        """
        definition = basket.definition
        assert definition is not None
        members = self._members(definition, keys, shares, at)
        oldest = at - definition.max_price_age
        fresh = [j for j, key in enumerate(keys) if self.prices.at[self.place[key]] >= oldest]
        weights = [0.0] * len(keys)
        for j, weight in zip(fresh, weigh(definition, [members[j] for j in fresh]), strict=True):
            weights[j] = weight
        if not any(weights):
            return False
        basket.unknown_cap = without_cap(definition, keys, members)
        stale = set(range(len(keys))) - set(fresh)
        basket.dropped = tuple(
            key for j, key in enumerate(keys) if j in stale or key in basket.unknown_cap
        )
        row = self.row[basket.id]
        level, divisor = float(self.levels.level[row]), float(self.levels.divisor[row])
        begun = bool(self.levels.started[row])
        self.contributions.rebalanced(
            basket, divisor, keys, weights, level, begun, self.price_of, at
        )
        prices = [self.price_of(key) for key in keys]
        holdings = [w * level / p for w, p in zip(weights, prices, strict=True)]
        self.levels.divisor[row] = exact_divisor(holdings, prices, level)
        basket.keys, basket.shares, basket.holdings = keys, shares, holdings
        return True

    def price_of(self, key: str) -> float:
        """The last price of a price key, 0 before its first."""
        return float(self.prices.price[self.place[key]])

    def _members(
        self, definition: IndexDefinition, keys: Sequence[str], shares: Sequence[float], at: int
    ) -> list[Member]:
        places = [self.place[key] for key in keys]
        deviations: list[float] | None = None
        if definition.weighting == "inverse_volatility":
            deviations = self.closes.deviations(keys, at, definition.vol_window, MIN_RETURNS)
        caps = self.prices.caps(places, assets_of(keys), dict(definition.supply))
        nothing = [math.nan] * len(keys)
        return [Member(*told) for told in zip(shares, caps, deviations or nothing, strict=True)]

    def flags(self, row: int) -> list[str]:
        """What `quality` tells of the assets of a basket that lack a price, a cap or a weight."""
        basket = self.all[row]
        definition, unpriced, unknown = basket.definition, set[str](), basket.unknown_cap
        if not self.levels.started[row] and definition is not None:
            unpriced = self.unpriced & set(basket.keys)
            members = self._members(definition, basket.keys, basket.shares, 0)
            without = without_cap(definition, basket.keys, members)
            unknown = tuple(key for key in without if key not in unpriced)
        told = {"no_price": sorted(unpriced), "no_weight": basket.dropped, "unknown_cap": unknown}
        return [f"{flag}:{key}" for flag, keys in told.items() for key in keys]

    def weights_now(self, row: int, at: int) -> list[float]:
        """The weights that the method of a started index gives its assets now, however old their
        prices; zeros where none can be weighed."""
        basket = self.all[row]
        assert basket.definition is not None
        return weigh(
            basket.definition, self._members(basket.definition, basket.keys, basket.shares, at)
        )
