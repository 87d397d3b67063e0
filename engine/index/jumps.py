"""Steps of a price so large that a redenomination is more likely than a market."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from numba import njit

from engine.index.last_prices import Prices
from engine.index.price_columns import PriceColumns
from engine.table import F64, I64
from engine.types import DAY

FACTOR = 50.0
"""Known redenominations are by 100 (DOT), 1,000 (BTT) or more; half of the smallest leaves room for
what the market does in the same step. Markets that stay open hardly ever move so far in one."""
KEPT = 365 * DAY
"""How long a jump is reported that no event of the coin explains: the figures of the year carry
it."""
KEPT_RETURNED = 7 * DAY
"""The same of one that went back, which was a wrong price: enough for somebody to see it."""
_QUIET = FACTOR**0.5
"""Prices that all lie within this factor of the one before have no step of FACTOR among them."""


@njit(cache=True)
def are_quiet(begin: int, end: int, asset: I64, price: F64, last: F64) -> bool:
    """Whether rows begin … end are all near the last prices."""
    for row in range(begin, end):
        now, before = price[row], last[asset[row]]
        if not (now < before * _QUIET and now * _QUIET > before):
            return False
    return True


class Jumps:
    """Of each key whose price jumped: until when it is reported (ns), and whether it rose (1) or
    fell (-1)."""

    def __init__(self) -> None:
        self.known: dict[str, tuple[int, int]] = {}

    @staticmethod
    def before(rows: PriceColumns, begin: int, end: int, last: Prices) -> F64 | None:
        """What `look` needs of rows begin … end, which are about to follow the last prices: those,
        or None where none of them jumps."""
        if are_quiet(begin, end, rows.asset, rows.price, last.price):
            return None
        return last.price[rows.asset[begin:end]]

    def look(
        self, rows: PriceColumns, begin: int, end: int, before: F64, keys: Sequence[str]
    ) -> None:
        """Note the jumps among rows begin … end, which have followed the prices `before` (of these
        rows at least)."""
        asset, price = rows.asset[begin:end], rows.price[begin:end]
        before = before[: end - begin]
        standing = dict(zip(asset.tolist(), before.tolist(), strict=True))
        times = rows.at[begin:end].tolist()
        for place, at, now in zip(asset.tolist(), times, price.tolist(), strict=True):
            then, standing[place] = standing[place], now
            if then > 0.0 and not then / FACTOR < now < then * FACTOR:
                self._note(keys[place], at, 1 if now > then else -1)

    def _note(self, key: str, at: int, direction: int) -> None:
        until, before = self.known.get(key, (0, 0))
        returned = at < until and direction == -before
        self.known[key] = at + (KEPT_RETURNED if returned else KEPT), direction

    def of(self, keys: Iterable[str], as_of: int) -> list[str]:
        """Those of the keys whose price jumped, as far as it is still reported."""
        if not self.known:
            return []
        return [key for key in keys if as_of < self.known.get(key, (0, 0))[0]]

    def forget(self, key: str) -> None:
        """An event of the coin is known now."""
        self.known.pop(key, None)

    def dump(self) -> dict[str, list[int]]:
        """State for a checkpoint."""
        return {key: list(jump) for key, jump in self.known.items()}

    @classmethod
    def load(cls, state: Mapping[str, Sequence[int]]) -> Jumps:
        """The jumps that `dump` came from."""
        self = cls()
        self.known = {key: (until, direction) for key, (until, direction) in state.items()}
        return self
