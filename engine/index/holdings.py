"""Holdings: what every basket holds and is worth, on which starts, changes and coin events work.

A level is Σ holding · price / divisor. Holdings change only at a rebalance, and the divisor is then
chosen so that the level before and after is the same float. A benchmark asset is a basket of one
coin, whose level is its price.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any, Self

import numpy as np

from engine.index import kernel, kernel_arrays, plain_frames
from engine.index.absent import Absent
from engine.index.candles import AssetCandles
from engine.index.coin_timeline import CoinTimeline
from engine.index.composition import Basket, assets_of, exact_divisor
from engine.index.contributions import Contributions
from engine.index.daily_closes import DailyCloses
from engine.index.definition import IndexDefinition, price_key
from engine.index.jumps import Jumps
from engine.index.last_prices import Prices
from engine.index.levels import Levels
from engine.index.weighting.method import MIN_RETURNS, Member, in_proportion
from engine.index.weighting.registry import method_of, unweighable, weigh
from engine.migrations import migrate, version_of
from engine.periods import NEVER
from engine.table import I64, Bool


class Holdings:
    """All baskets of a shard and the prices they use."""

    def __init__(self) -> None:
        self.all: list[Basket] = []
        self.row: dict[str, int] = {}
        self.keys: list[str] = []
        self.price_row: dict[str, int] = {}
        self.prices = Prices()
        self.candles = AssetCandles()
        self.is_followed = True
        """Whether candles are made of what comes now."""
        self.closes = DailyCloses()
        self.coins = CoinTimeline()
        self.joined: dict[str, int] = {}
        """Price keys that went on from the price of an old coin, and when: pending until a price of
        their own comes."""
        self.jumps = Jumps()
        self._levels = Levels()
        self._runs = False
        """Whether levels ran on since they were summed afresh."""
        self.idle = frozenset[str]()
        """The baskets of which nothing is published here. No price moves their levels: these are
        summed when something is due (`sum_idle`)."""
        self._idle_is_behind = False
        self._idle_at = 0
        """The newest price (ns) by which they were summed."""
        self._idle_rows = np.zeros(0, dtype=np.int64)
        self._shared: Any = None
        self.path = self._path_room = kernel_arrays.new_path(0)
        self._noted: tuple[Any, Any] = (None, None)
        """The paths in which rules are noted, and the column of which they were read."""
        self._peaks: I64 = np.zeros(1, dtype=np.int64)
        """How many new peaks the kernel saw; no state."""
        self.contributions = Contributions()
        self.next_due = NEVER
        self.holding = self.slope = np.zeros(0)
        self.is_laid_out = False
        """Whether the kernel's arrays show who holds what now."""
        self._packing = plain_frames.Packing()
        self._apply_packed: plain_frames.ApplyPacked = plain_frames.apply_packed
        """For arrays of the types of `_shared`."""
        self._events = np.zeros(0, dtype=kernel_arrays.EVENT)
        """Of the last call of the kernel."""
        self.lay_out()

    def dump(self) -> dict[str, Any]:
        """State for a checkpoint."""
        return {
            "state": version_of("baskets"),
            "baskets": [b.dump() for b in self.all],
            "keys": list(self.keys),
            "prices": self.prices.dump(),
            "candles": self.candles.dump(),
            "closes": self.closes.dump(),
            "coins": self.coins.dump(),
            "joined": dict(self.joined),
            "jumps": self.jumps.dump(),
            "levels": self.levels.dump(),
            "path": kernel_arrays.dump_path(self.path),
            "contributions": self.contributions.dump(),
            "idle_at": self._idle_at,
        }

    @classmethod
    def load(cls, state: Mapping[str, Any], followed: Container[str]) -> Self:
        """The baskets that `dump` came from; those that are not followed are idle."""
        state = migrate("baskets", state)
        self = cls()
        self.all = [Basket.load(b) for b in state["baskets"]]
        self.idle = frozenset(basket.id for basket in self.all if basket.id not in followed)
        self.keys = list(state["keys"])
        self.prices = Prices.load(state["prices"], len(self.keys))
        self.candles = AssetCandles.load(state.get("candles"), len(self.keys))
        self.candles.settle(self.prices.at > 0)
        self.closes = DailyCloses.load(state["closes"])
        self.coins = CoinTimeline.load(state.get("coins"))
        self.joined = dict(state.get("joined", {}))
        self.jumps = Jumps.load(state.get("jumps", {}))
        self._levels = Levels.load(state["levels"], len(self.all))
        self.path = kernel_arrays.load_path(state["path"], len(self.all))
        self.contributions = Contributions.load(state.get("contributions"))
        self._idle_at = state.get("idle_at", int(self.prices.at.max(initial=0)))
        self._idle_is_behind = True
        self.lay_out()
        return self

    @property
    def levels(self) -> Levels:
        """The levels, summed afresh from the last prices where these came since."""
        if self._runs:
            self._runs, self._idle_is_behind = False, True
            kernel.resum(self._shared)
        return self._levels

    def sum_idle(self) -> None:
        """Sum the levels of idle baskets from the last prices: before anything changes what they
        hold."""
        _ = self.levels
        if self._idle_is_behind:
            self._idle_is_behind = False
            kernel.sum_idle(self._idle_rows, self._idle_at, self._share())
            self._idle_at = int(self.prices.at.max(initial=0))

    @property
    def started(self) -> Bool:
        """Which baskets have started. A price alone changes nothing of it: no level is summed."""
        return self._levels.started

    def _arrays_change(self) -> None:
        """Arrays that the kernel works on are about to be replaced."""
        if self._shared is not None:
            _ = self.levels  # while the kernel's view of them is whole
            self._shared = None

    def use(self, keys: Iterable[str]) -> None:
        """Keep the last prices of these keys from now on."""
        new = [key for key in dict.fromkeys(keys) if key not in self.price_row]
        if new:
            self._arrays_change()
            self.price_row |= {key: i for i, key in enumerate(new, len(self.keys))}
            self.keys.extend(new)
            self.prices.append(len(new))
            self.candles.append(len(new))
            self.is_laid_out = False

    def priced(self, keys: Iterable[str]) -> bool:
        """Whether each of these keys has had a price."""
        at = self.prices.at.item
        return all(at(self.price_row[key]) > 0 for key in keys)

    def price_of(self, key: str) -> float:
        """The last price of a price key, 0 before its first."""
        return self.prices.price.item(self.price_row[key])

    def wanted(self, basket: Basket) -> tuple[list[str], list[float], tuple[str, ...]]:
        """What a definition names of that which has a price, with its shares, and the rest."""
        named = list(zip(*basket.composition(self.coins.done), strict=True))
        priced = [(key, share) for key, share in named if self.priced([key])]
        pending = tuple(key for key, _ in named if not self.priced([key]))
        shares = in_proportion([share for _, share in priced])
        return [key for key, _ in priced], shares, pending

    def _all_keys(self, definition: IndexDefinition) -> list[str]:
        """The price keys of every asset that is or will be in the index."""
        assets = self.coins.with_successors(definition.all_assets())
        return [price_key(asset, definition.kinds) for asset in assets]

    def _append(self, basket: Basket) -> None:
        row = self.row[basket.id] = len(self.all)
        self._arrays_change()
        self.all.append(basket)
        self.levels.append(1)
        if self._path_room.base is not self.path.base or len(self._path_room) <= row:
            self._path_room = kernel_arrays.new_path(2 * (row + 1))
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

    def lay_out(self) -> None:
        """Lay out who holds what, both ways, for the kernel."""
        self.is_laid_out = True
        self._arrays_change()
        self.row = {basket.id: i for i, basket in enumerate(self.all)}
        self.price_row = {key: i for i, key in enumerate(self.keys)}
        members = [[self.price_row[key] for key in basket.keys] for basket in self.all]
        self.member_ptr = np.cumsum([0, *map(len, members)]).astype(np.int64)
        self.member = np.array([a for m in members for a in m], dtype=np.uint32)
        holders: list[list[tuple[int, int]]] = [[] for _ in self.keys]
        is_idle = [basket.id in self.idle for basket in self.all]
        self._idle_rows = np.flatnonzero(np.array(is_idle, dtype=np.bool_))
        for i, row in enumerate(members):
            if is_idle[i]:
                continue
            for j, asset in enumerate(row):
                holders[asset].append((i, int(self.member_ptr[i]) + j))
        self.holder_ptr = np.cumsum([0, *map(len, holders)]).astype(np.int64)
        self.holder = np.array([i for h in holders for i, _ in h], dtype=np.uint32)
        self._slot = np.array([j for h in holders for _, j in h], dtype=np.int64)
        self._place = np.zeros(len(self.member), dtype=np.int64)
        self._place[self._slot] = np.arange(len(self._slot))
        unpriced = np.flatnonzero(self.prices.at == 0).tolist()
        self.absent = Absent([self.keys[k] for k in unpriced], self.all, self.levels.started)
        self.lay_holdings()

    def lay_started(self, rows: Iterable[int]) -> None:
        """Lay out the holdings of baskets that may have started; the others have theirs already."""
        for i in rows:
            basket = self.all[i]
            begin, end = self.member_ptr[i : i + 2].tolist()
            self.holding[begin:end] = basket.holdings
            if basket.id not in self.idle:
                slopes = self.holding[begin:end] / self.levels.divisor[i]
                self.slope[self._place[begin:end]] = slopes
            self.next_due = min(self.next_due, basket.due())
        self._note_unweighed()

    def lay_holdings(self) -> None:
        """Lay out holdings for the kernel, and note when the next rebalance or change is due."""
        if not self.is_laid_out:
            self.lay_out()
            return
        self._arrays_change()
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
        for i in self.absent.candidates():
            basket = self.all[i]
            definition = basket.definition
            if definition is not None and (basket.waiting or not self.levels.started[i]):
                keys, shares = basket.keys, basket.shares
                if self.levels.started[i]:
                    keys, shares, _ = self.wanted(basket)
                if keys and self.priced(keys):
                    self.unweighed = True
                    members = self.members(definition, keys, shares, 0)
                    without = unweighable(definition, keys, members)
                    found |= {self.price_row[key] for key in keys if key not in without}
        self.weighable = np.array(sorted(found), dtype=np.int64)

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

    def _standing(self) -> kernel_arrays.Standing:
        lv = self.levels
        return kernel_arrays.Standing(lv.divisor, lv.started, lv.level, lv.last_at)

    def _paths(self) -> kernel_arrays.Paths:
        lv = self.levels
        bands = (lv.lo, lv.hi, lv.low, lv.high, lv.depths, lv.times)
        if self._noted[0] is not self.path or self._noted[1] is not lv.firing:
            # Another layout, or other rules.
            kernel_arrays.note_rules(self.path, lv.rule_depth, lv.firing)
            self._noted = self.path, lv.firing
        return kernel_arrays.Paths(self.path, *bands, lv.rule_depth, lv.firing, self._peaks)

    def peaks_now(self) -> tuple[int, I64]:
        """How many new peaks there were, and of each basket when its last one was (ns)."""
        return int(self._peaks[0]), self.path["peak_at"]

    def oldest_prices(self, rows: Sequence[int] | I64) -> list[int]:
        """When the oldest price of what each of these baskets holds was made (ns); 0 where it holds
        nothing."""
        found: I64 = kernel.oldest_prices(np.array(rows, dtype=np.int64), self._share())
        return list(found.tolist())

    def _share(self) -> Any:
        """The arrays as the kernel takes them, and room for what may happen."""
        if self._shared is None:
            standing, paths = self._standing(), self._paths()
            room = max(256, 2 * paths.rule_depth.size)
            if len(self._events) < room:
                self._events = np.zeros(2 * room, dtype=kernel_arrays.EVENT)
            touched, unsummed = (np.zeros(n, dtype=np.int64) for n in (len(self.all), 2))
            self._shared = kernel_arrays.share(
                kernel_arrays.Last(self.prices.price, self.prices.at),
                kernel_arrays.Holders(self.holder_ptr, self.holder, self.slope),
                kernel_arrays.Members(self.member_ptr, self.member, self.holding),
                standing,
                paths,
                kernel_arrays.Workspace(touched, self._events, unsummed),
                self.candles.columns(),
                self._packing.columns,
            )
            self._apply_packed = plain_frames.applies_to(self._shared)
        return self._shared
