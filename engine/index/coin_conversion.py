"""Coin events in the baskets: holdings, last prices, supplies and closes go over to the new coin.

No event moves a level: holdings are multiplied by the ratio, prices are joined by it, and the
divisor takes up what rounding leaves, or by how much a successor that trades already stands apart.
"""

from __future__ import annotations

from engine.index.coin_timeline import Effect
from engine.index.composition import Basket, assets_of, renamed
from engine.index.holdings import Holdings
from engine.types import MINUTE

AS_YOUNG = MINUTE
"""A successor's own price counts where it is not older than the old coin's by more than this. Of an
older one nobody knows how much of the market's move since is already in the old coin's."""


def convert(baskets: Holdings, effect: Effect) -> None:
    """Carry out an event that takes effect now, at `effect.at`."""
    new_names: dict[str, str] = {}
    for key in [key for key in baskets.keys if assets_of([key]) == [effect.asset]]:
        baskets.jumps.forget(key)
        new_names[key] = renamed(key, effect.becomes or effect.asset)
    baskets.use(new_names.values())
    for old, new in new_names.items():
        holders = [basket for basket in baskets.all if old in basket.keys]
        for basket in holders:
            baskets.close_span(basket)  # by the prices of before
        own = False
        if effect.becomes is None:
            baskets.prices.redenominate(baskets.price_row[old], effect.ratio)
            baskets.candles.redenominate(baskets.price_row[old], effect.ratio)
            baskets.closes.redenominate(old, effect.ratio)
        else:
            own = _join(baskets, old, new, effect)
        held = {basket.id for basket in holders}
        baskets.contributions.convert(old, new, effect.ratio, own, held)
    for basket in baskets.all:
        _hold(baskets, basket, new_names, effect)


def _join(baskets: Holdings, old: str, new: str, effect: Effect) -> bool:
    """Let the new coin go on from the old one's price, unless it has one as young or is held.

    Whether it has.
    """
    prices, from_, to = baskets.prices, baskets.price_row[old], baskets.price_row[new]
    own = bool(prices.at[to] > 0)
    if own and prices.at[to] < prices.at[from_] - AS_YOUNG:
        started = baskets.levels.started
        own = any(new in b.keys and started[i] for i, b in enumerate(baskets.all))
    baskets.closes.join(old, new, effect.ratio, own)
    if not own and prices.at[from_] > 0:
        prices.join(from_, to, effect.ratio)
        baskets.candles.join(from_, to, effect.ratio)
        baskets.joined[new] = effect.at
    prices.hand_on_supply(from_, to, effect.ratio)
    return own


def _hold(baskets: Holdings, basket: Basket, new_names: dict[str, str], effect: Effect) -> None:
    """Let a basket hold the new coin for the old one."""
    if not any(key in new_names for key in (*basket.keys, *basket.pending)):
        return
    held: dict[str, float] = {}
    shares: dict[str, float] = {}
    for key, share, holding in zip(basket.keys, basket.shares, basket.holdings, strict=True):
        new = new_names.get(key, key)
        ratio = effect.ratio if key in new_names else 1.0
        held[new] = held.get(new, 0.0) + ratio * holding
        shares[new] = shares.get(new, 0.0) + share
    for name in ("dropped", "unknown_cap", "pending"):
        now = dict.fromkeys(new_names.get(key, key) for key in getattr(basket, name))
        setattr(basket, name, tuple(now))
    keys = list(held)
    if basket.definition is not None and not baskets.levels.started[baskets.row[basket.id]]:
        basket.keys, basket.shares = basket.composition(baskets.coins.done)
        basket.holdings = [0.0] * len(basket.keys)
        return
    if basket.definition is not None and not basket.waiting:
        named, named_shares, _ = baskets.wanted(basket)
        if set(named) >= held.keys():  # in the order of the definition, which rebalances keep to
            shares = dict(zip(named, named_shares, strict=True))
            keys = [key for key in named if key in held]
        basket.pending = tuple(key for key in basket.pending if key not in held)
    holdings, own = [held[key] for key in keys], [shares[key] for key in keys]
    if baskets.levels.started[baskets.row[basket.id]]:
        baskets.set_holdings(basket, keys, own, holdings)
    else:
        basket.keys, basket.shares, basket.holdings = keys, own, holdings


def stand_in(baskets: Holdings, basket: Basket) -> bool:
    """Whether a benchmark coin goes by another price now.

    Without a price it goes by the coin that is to become it, ratio by ratio: prices are joined, so
    its statistics go back as far. With its own first price it goes by that, without a jump.
    """
    (asset,) = assets_of([basket.id])
    asset, amount = baskets.coins.name_now(asset), 1.0
    while not baskets.prices.at[baskets.price_row[renamed(basket.id, asset)]]:
        before = baskets.coins.predecessor(asset)
        if before is None:
            break
        asset, amount = before.asset, amount / before.ratio
    key = renamed(basket.id, asset)
    if basket.keys == [key] or not baskets.prices.at[baskets.price_row[key]]:
        return False
    if baskets.levels.started[baskets.row[basket.id]]:
        baskets.set_holdings(basket, [key], [1.0], [amount])
    else:
        basket.keys, basket.holdings = [key], [amount]
    return True
