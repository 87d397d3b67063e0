"""Baskets: what each index holds, how it starts, rebalances and changes, and its level.

A level is Σ holding · price / divisor. Holdings change only at a rebalance, and the divisor is then
chosen so that the level before and after is the same float. A benchmark asset is a basket of one
coin, whose level is its price.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from engine import kernel
from engine.definitions import IndexDefinition, parse_index, price_key
from engine.periods import NEVER, next_rebalance
from engine.table import F64, I64, NEW, Bool, Table


class Prices(Table):
    """Last price of every asset that some basket uses; `at` is 0 before the first."""

    COLUMNS: ClassVar = {"price": ("f8", (), 0.0), "at": ("i8", (), 0)}
    price: F64
    at: I64


class Levels(Table):
    """Per basket: level and divisor, first and last instant, guard band, path, alert rules.

    `depths` and `times` hold the deepest finished drawdowns; `rule_depth` is infinite where a
    basket has fewer alert rules than others.
    """

    COLUMNS: ClassVar = {
        "level": ("f8", (), 0.0),
        "divisor": ("f8", (), 1.0),
        "started": ("?", (), False),
        "base_at": ("i8", (), 0),
        "base_level": ("f8", (), 0.0),
        "last_at": ("i8", (), 0),
        "lo": ("f8", (), -np.inf),
        "hi": ("f8", (), np.inf),
        "depths": ("f8", (kernel.EPISODES,), 0.0),
        "times": ("i8", (kernel.EPISODES, 3), 0),
        "rule_depth": ("f8", (0,), np.inf),
        "firing": ("?", (0,), False),
    }
    level: F64
    divisor: F64
    started: Bool
    base_at: I64
    base_level: F64
    last_at: I64
    lo: F64
    hi: F64
    depths: F64
    times: I64
    rule_depth: F64
    firing: Bool


@dataclass(slots=True)
class Basket:
    """The composition of one row: price keys, their weights at a rebalance, their holdings.

    `waiting` tells that the definition's composition is not adopted yet, for want of the first
    price of a new asset. `dropped` are the assets to which the last rebalance gave no weight,
    because their price was too old.
    """

    id: str
    definition: IndexDefinition | None
    keys: list[str]
    weights: list[float]
    holdings: list[float]
    next_rebalance: int = NEVER
    changes_done: int = 0
    waiting: bool = False
    dropped: tuple[str, ...] = ()

    def dump(self) -> dict[str, Any]:
        """Plain values for a checkpoint."""
        state = {name: getattr(self, name) for name in self.__slots__}
        state["definition"] = self.definition and self.definition.to_mapping()
        return {k: list(v) if isinstance(v, list | tuple) else v for k, v in state.items()}

    @classmethod
    def load(cls, state: Mapping[str, Any]) -> Basket:
        """The basket that `dump` came from."""
        fields = dict(state)
        if fields["definition"] is not None:
            fields["definition"] = parse_index(fields["id"], fields["definition"])
        fields["dropped"] = tuple(fields["dropped"])
        return cls(**fields)


class Baskets:
    """All baskets of a shard and the prices they use."""

    def __init__(self) -> None:
        self.all: list[Basket] = []
        self.row: dict[str, int] = {}
        self.keys: list[str] = []
        self.place: dict[str, int] = {}
        self.prices = Prices()
        self.levels = Levels()
        self.path = kernel.new_path(0)
        self._index()

    def dump(self) -> dict[str, Any]:
        """State for a checkpoint."""
        return {
            "baskets": [b.dump() for b in self.all],
            "keys": list(self.keys),
            "prices": self.prices.dump(),
            "levels": self.levels.dump(),
            "path": np.frombuffer(self.path.tobytes(), dtype=np.uint8).copy(),
        }

    @classmethod
    def load(cls, state: Mapping[str, Any]) -> Baskets:
        """The baskets that `dump` came from."""
        self = cls()
        self.all = [Basket.load(b) for b in state["baskets"]]
        self.keys = list(state["keys"])
        self.prices = Prices.load(state["prices"])
        self.levels = Levels.load(state["levels"])
        self.path = np.frombuffer(state["path"].tobytes(), dtype=kernel.PATH).copy()
        self._index()
        return self

    # --- composition -------------------------------------------------------------------------

    def add_index(self, definition: IndexDefinition, now: int) -> None:
        """Take in a new index, or the changed definition of a running one at the instant `now`."""
        if definition.id in self.row and self.all[self.row[definition.id]].definition is None:
            self.remove([definition.id])  # named as a benchmark before it was defined
        if definition.id not in self.row:
            self._append(Basket(definition.id, definition, [], [], []))
        basket = self.all[self.row[definition.id]]
        before = basket.definition
        basket.definition = definition
        basket.changes_done = sum(change.at <= now for change in definition.changes)
        if self.levels.started[self.row[definition.id]] and before is not None:
            if before.rebalance != definition.rebalance:
                basket.next_rebalance = next_rebalance(definition.rebalance, now)
            elif _composition(basket) == (basket.keys, basket.weights):
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
        self._index()

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
        """Go over to what the definition names now: at once, or once every asset has a price."""
        keys, weights = _composition(basket)
        self._use(keys)
        i = self.row[basket.id]
        basket.waiting = bool(self.levels.started[i]) and not self._priced(keys)
        if not basket.waiting:
            basket.keys, basket.weights, basket.holdings = keys, weights, [0.0] * len(keys)
            if self.levels.started[i]:
                self._rebalance(basket, at)
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
        self.next_due = min((self._due(i) for i in range(len(self.all))), default=NEVER)
        flat = [h for basket in self.all for h in basket.holdings]
        self.holding = np.array(flat, dtype=np.float64)
        self.slope = self.holding[self._slot] / self.levels.divisor[self.holder]

    # --- prices ------------------------------------------------------------------------------

    def apply(
        self, begin: int, end: int, asset: I64, at: I64, price: F64
    ) -> tuple[int, NDArray[Any]]:
        """Run the kernel over rows begin … end; returns where it stopped, and its events."""
        lv = self.levels
        rules = lv.rule_depth.shape[1]
        events = np.zeros(max(256, 2 * len(self.all) * rules), dtype=kernel.EVENT)
        row, count = kernel.apply_prices(
            begin,
            end,
            asset,
            at,
            price,
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
        return row, events[:count]

    def start(self, at: int) -> None:
        """Start, at this instant, what has all its prices now; adopt what waited for one."""
        self.unpriced = {key for key in self.unpriced if not self.prices.at[self.place[key]]}
        for i, basket in enumerate(self.all):
            if basket.waiting and self._priced(_composition(basket)[0]):
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
            self._hold(i, basket, basket.weights)
            basket.next_rebalance = next_rebalance(definition.rebalance, at)
        lv.started[i], lv.base_at[i], lv.base_level[i], lv.last_at[i] = True, at, lv.level[i], at
        scratch = np.zeros(lv.rule_depth.shape[1], dtype=kernel.EVENT)
        kernel.observe(
            i,
            at,
            lv.level[i],
            self.path,
            lv.depths,
            lv.times,
            lv.rule_depth,
            lv.firing,
            lv.lo,
            lv.hi,
            scratch,
            0,
        )
        kernel.open_day(i, lv.level[i], self.path, lv.rule_depth, lv.firing, lv.lo, lv.hi)

    def open_day(self) -> None:
        """Begin a UTC day of every basket at its level."""
        lv = self.levels
        for i in np.flatnonzero(lv.started).tolist():
            kernel.open_day(i, lv.level[i], self.path, lv.rule_depth, lv.firing, lv.lo, lv.hi)

    # --- rebalancing -------------------------------------------------------------------------

    def _due(self, i: int) -> int:
        basket = self.all[i]
        if basket.definition is None:
            return NEVER
        changes = basket.definition.changes[basket.changes_done :]
        return min(basket.next_rebalance, changes[0].at if changes else NEVER)

    def run_due(self, limit: int) -> None:
        """Carry out every rebalance and change due up to `limit`; no price came in between."""
        for i, basket in enumerate(self.all):
            while (at := self._due(i)) <= limit:
                definition = basket.definition
                assert definition is not None
                changes = definition.changes[basket.changes_done :]
                if changes and changes[0].at == at:
                    basket.changes_done += 1
                    self._compose(basket, at)
                if basket.next_rebalance == at:
                    self._rebalance(basket, at)
                    later = self._next_that_differs(basket, at, limit)
                    basket.next_rebalance = next_rebalance(definition.rebalance, later)
        self._lay_holdings()

    def _next_that_differs(self, basket: Basket, at: int, limit: int) -> int:
        """The time up to which another rebalance would change nothing.

        No price moves up to `limit`, so only an asset that becomes too old makes a difference.
        """
        assert basket.definition is not None
        age = basket.definition.max_price_age
        ends = [int(self.prices.at[self.place[key]]) + age for key in basket.keys]
        return max(at, min(limit, min((end for end in ends if end >= at), default=limit)))

    def _rebalance(self, basket: Basket, at: int) -> None:
        definition = basket.definition
        assert definition is not None
        oldest = at - definition.max_price_age
        fresh = [int(self.prices.at[self.place[key]]) >= oldest for key in basket.keys]
        weights = [w if ok else 0.0 for w, ok in zip(basket.weights, fresh, strict=True)]
        total = math.fsum(weights)
        if total <= 0.0:
            return  # no asset has a price young enough: what is held stays held
        basket.dropped = tuple(k for k, ok in zip(basket.keys, fresh, strict=True) if not ok)
        scale = 1.0 if abs(total - 1.0) < 1e-12 else total
        self._hold(self.row[basket.id], basket, [w / scale for w in weights])

    def _hold(self, i: int, basket: Basket, weights: list[float]) -> None:
        """Hold these weights at the last prices, with the level of row i unchanged to the bit."""
        level = float(self.levels.level[i])
        prices = [float(self.prices.price[self.place[key]]) for key in basket.keys]
        basket.holdings = [w * level / p for w, p in zip(weights, prices, strict=True)]
        self.levels.divisor[i] = _exact_divisor(basket.holdings, prices, level)


def _composition(basket: Basket) -> tuple[list[str], list[float]]:
    """Price keys and weights that the definition names, after the changes done so far."""
    definition = basket.definition
    assert definition is not None
    assets = list(definition.assets)
    for change in definition.changes[: basket.changes_done]:
        kept = [a for a in assets if a not in change.remove]
        assets = kept + [a for a in change.add if a not in kept]
    # An asset added to a fixed basket has no weight of its own and gets an equal share.
    share = 1.0 / len(assets)
    named = {}
    if definition.weighting == "fixed":
        named = dict(zip(definition.assets, definition.weights, strict=True))
    weights = [named.get(asset, share) for asset in assets]
    total = math.fsum(weights)
    scale = 1.0 if abs(total - 1.0) < 1e-12 else total
    return [price_key(a, definition.kinds) for a in assets], [w / scale for w in weights]


def _exact_divisor(holdings: list[float], prices: list[float], level: float) -> float:
    """A divisor with Σ holding · price / divisor == level exactly; adjusts a holding if need be.

    Floats near value / level lie close enough that one of a few neighbours nearly always divides
    to `level`; where none does, the heaviest holding is moved by one unit in its last place.
    """
    heaviest = max(range(len(holdings)), key=lambda j: holdings[j] * prices[j])
    for _ in range(64):
        value = 0.0
        for holding, price in zip(holdings, prices, strict=True):
            value += holding * price
        divisor = value / level
        for candidate in (divisor, math.nextafter(divisor, 0.0), math.nextafter(divisor, math.inf)):
            if value / candidate == level:
                return candidate
        holdings[heaviest] = math.nextafter(holdings[heaviest], math.inf)
    return value / level
