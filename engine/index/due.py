"""What is due on the time of the log: rebalances and changes, and behind them coin events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.index import adoption, coin_conversion
from engine.periods import next_rebalance

if TYPE_CHECKING:
    from engine.index.baskets import Baskets


def may_begin(baskets: Baskets, since: int, limit: int) -> list[int]:
    """When, after `since` and before `limit`, a change or a coin event is due by which an index
    may begin; it takes prices to begin, so none where `since` is 0."""
    if not since or baskets.next_due >= limit:
        return []
    idle = np.flatnonzero(~baskets.levels.started).tolist()
    times = [c.at for i in idle if (d := baskets.all[i].definition) for c in d.changes]
    times += [effect.at for effect in baskets.coins.coming] if idle else []
    return sorted({at for at in times if since < at < limit})


def run_due(baskets: Baskets, limit: int) -> list[int]:
    """Carry out every rebalance, change and coin event due up to `limit`; no price came in
    between.

    Returns the instants at which an index began by one of them: its base.
    """
    began: list[int] = []
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
