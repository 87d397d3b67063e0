"""How a basket goes over to what its definition names: at once, but for what has no price yet."""

from __future__ import annotations

from engine.index.composition import Basket
from engine.index.holdings import Holdings
from engine.index.weighting.method import in_proportion


def compose(baskets: Holdings, basket: Basket, at: int) -> None:
    """Go over to what the definition names now, without what has no price yet.

    Where none of it can be weighed, what is removed goes and the rest waits as it is.
    """
    if not baskets.levels.started[baskets.row[basket.id]]:
        basket.keys, basket.shares = basket.composition(baskets.coins.done)
        basket.holdings = [0.0] * len(basket.keys)
    else:
        keys, shares, pending = baskets.wanted(basket)
        basket.waiting = not (keys and baskets.rebalance(basket, at, keys, shares))
        if basket.waiting:
            _let_go(baskets, basket, keys, at)
            pending += tuple(key for key in keys if key not in basket.keys)
        basket.pending = pending
    baskets.is_laid_out = False


def is_adopted(baskets: Holdings, basket: Basket) -> bool:
    """Whether a basket holds what its definition names now, as far as that has a price."""
    return (basket.keys, basket.shares, basket.pending) == baskets.wanted(basket)


def _let_go(baskets: Holdings, basket: Basket, keys: list[str], at: int) -> None:
    """Hold nothing but these any more, in the proportions of before; the level stays."""
    held = [j for j, key in enumerate(basket.keys) if key in keys]
    if len(held) == len(basket.keys) or not any(basket.holdings[j] for j in held):
        return  # with nothing left there would be no level
    shares = in_proportion([basket.shares[j] for j in held])
    held_keys, holdings = [basket.keys[j] for j in held], [basket.holdings[j] for j in held]
    worth = [h * baskets.price_of(k) for k, h in zip(held_keys, holdings, strict=True)]
    baskets.contributions.rebalanced(
        basket, held_keys, in_proportion(worth), True, baskets.price_of, at
    )
    baskets.set_holdings(basket, held_keys, shares, holdings)
