"""The slow, obvious version of what an index holds: every rebalance one by one, from all prices.

Nothing is shared with the streaming code but the calendar, the definitions, and which settings a
method takes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import NamedTuple

from engine.index.definition import IndexDefinition
from engine.index.weighting.registry import METHODS
from engine.periods import NEVER, bar_end, next_rebalance
from engine.types import DAY

Instants = Sequence[tuple[int, Mapping[str, float]]]
"""Times with the prices that came then, by asset, in order of time."""
Path = list[tuple[int, float]]
"""Times and levels, one an instant that touched the index."""


class Seen:
    """What is known of the assets so far."""

    def __init__(self, definition: IndexDefinition) -> None:
        self.own = dict(zip(definition.assets, definition.weights, strict=True))
        """The fixed weight of each asset, as the definition and its changes so far give them."""
        self.last: dict[str, tuple[int, float]] = {}
        self.supply = dict(definition.supply)
        self.closes: dict[str, dict[int, float]] = {}
        """Of each asset, its last price in each day that it had one, by the day's end."""

    def take(self, at: int, prices: Mapping[str, float], supplies: Mapping[str, float]) -> None:
        """The prices of an instant, and the supplies that came with some of them."""
        for asset, price in prices.items():
            self.last[asset] = at, price
            self.closes.setdefault(asset, {})[bar_end(at, DAY)] = price
        self.supply.update(supplies)

    def change(self, named: Sequence[str], given: Mapping[str, float]) -> None:
        """Give the added ones of the assets named now their weights, and scale the others."""
        if given:
            kept = {a: self.own[a] for a in named if a in self.own and a not in given}
            scale = (1.0 - math.fsum(given.values())) / math.fsum(kept.values())
            self.own = {a: w * scale for a, w in kept.items()} | dict(given)

    def value(self, holdings: Mapping[str, float]) -> float:
        """What the holdings are worth."""
        return math.fsum(h * self.last[a][1] for a, h in holdings.items())


class Rebalance(NamedTuple):
    """What the batch version of a method (`weights` of `tests.reference.weighting.<name>`) knows:
    the assets with a `fresh` price, those `among` which shares are, how many are `named`."""

    definition: IndexDefinition
    fresh: Sequence[str]
    among: Sequence[str]
    named: int
    seen: Seen
    when: int


def index_path(
    instants: Instants,
    definition: IndexDefinition,
    supplies: Mapping[int, Mapping[str, float]] | None = None,
    bought: list[tuple[int, dict[str, float]]] | None = None,
) -> Path:
    """The level at every instant from the base on.

    `bought` is filled with what was held from when on, at the base and after every rebalance.

    `supplies` are those that came with the prices, by time and asset (market cap over price where
    a market cap came).
    """
    seen = Seen(definition)
    bought = [] if bought is None else bought
    holdings: dict[str, float] = {}
    path: Path = []
    due = NEVER
    changes = list(definition.changes)
    held, named = list(definition.assets), list(definition.assets)
    waiting = True
    """Whether nothing of what is named could be weighed; of an index that has not begun, yet."""
    for at, prices in instants:
        while (when := min(due, changes[0].at if changes else NEVER)) < at:
            if changes and changes[0].at == when:
                change = changes.pop(0)
                named = [a for a in named if a not in change.remove] + list(change.add)
                seen.change(named, dict(change.weights))
                if holdings:
                    held, holdings, waiting = adopt(holdings, held, named, seen, when, definition)
                    bought.append((when, holdings))
                elif can_hold(definition, named, seen, when):
                    # It can start now that another asset is no longer waited for.
                    waiting, held = False, named
                    holdings = begin(definition, named, seen, when)
                    path.append((when, definition.base_level))
                    bought.append((when, holdings))
                    due = next_rebalance(definition.rebalance, when)
                    continue
            if due == when:
                holdings = rebalance(holdings, held, named, seen, when, definition)
                bought.append((when, holdings))
                due = next_rebalance(definition.rebalance, when)
        seen.take(at, prices, (supplies or {}).get(at, {}))
        touched = any(asset in prices for asset in holdings)
        if holdings and (waiting or any(a in seen.last for a in named if a not in held)):
            held, holdings, waiting = adopt(holdings, held, named, seen, at, definition)
            bought.append((at, holdings))
        elif waiting and can_hold(definition, named, seen, at):
            waiting, held = False, named
            holdings = begin(definition, named, seen, at)
            touched, due = True, next_rebalance(definition.rebalance, at)
            bought.append((at, holdings))
        if touched:
            path.append((at, seen.value(holdings)))
    return path


def adopt(
    holdings: Mapping[str, float],
    held: list[str],
    named: Sequence[str],
    seen: Seen,
    when: int,
    definition: IndexDefinition,
) -> tuple[list[str], dict[str, float], bool]:
    """What is held of the assets named now, what of each, and whether nothing could be weighed.

    What has no price yet stays out. Where nothing can be weighed, what is not named any more goes.
    """
    priced = [a for a in named if a in seen.last]
    if weights(definition, priced, named, seen, when):
        return priced, rebalance(holdings, priced, named, seen, when, definition), False
    left = {a: h for a, h in holdings.items() if a in priced}
    if not any(left.values()):
        return held, dict(holdings), True
    scale = seen.value(holdings) / seen.value(left)
    return list(left), {a: h * scale for a, h in left.items()}, True


def can_hold(definition: IndexDefinition, assets: Sequence[str], seen: Seen, when: int) -> bool:
    """Whether each of the assets had a price, and at least one can be weighed."""
    priced = all(asset in seen.last for asset in assets)
    return priced and bool(weights(definition, assets, assets, seen, when))


def begin(
    definition: IndexDefinition, assets: Sequence[str], seen: Seen, when: int
) -> dict[str, float]:
    """What is held from the base on."""
    found = weights(definition, assets, assets, seen, when)
    return {a: w * definition.base_level / seen.last[a][1] for a, w in found.items()}


def rebalance(
    holdings: Mapping[str, float],
    assets: Sequence[str],
    named: Sequence[str],
    seen: Seen,
    when: int,
    definition: IndexDefinition,
) -> dict[str, float]:
    """Holdings of the same value by the method; the same ones where no asset can be weighed."""
    level = seen.value(holdings)
    found = weights(definition, assets, named, seen, when)
    return {a: w * level / seen.last[a][1] for a, w in found.items()} or dict(holdings)


def weights(
    definition: IndexDefinition,
    assets: Sequence[str],
    named: Sequence[str],
    seen: Seen,
    when: int,
) -> dict[str, float]:
    """The weights at a rebalance of those assets of the named ones that have a price, zeros among
    them; empty where no asset can be weighed."""
    fresh = [a for a in assets if when - seen.last[a][0] <= definition.max_price_age]
    # While nothing that is named can be weighed, what was named before is held, in its shares.
    among = named if set(assets) <= set(named) else assets
    method, cap = (
        import_module(f"tests.reference.weighting.{name}") for name in (definition.weighting, "cap")
    )
    raw = method.weights(Rebalance(definition, fresh, among, len(named), seen, when))
    total = math.fsum(raw.values())
    if total == 0.0:
        return {}
    found = {a: raw.get(a, 0.0) / total for a in assets}
    limit = definition.cap_limit if "cap_limit" in METHODS[definition.weighting].keys else None
    if limit is None:
        return found
    limited: dict[str, float] = cap.limited(found, limit)
    return limited
