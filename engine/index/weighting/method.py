"""What a weighting method says about itself."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from engine.metrics.machinery.card import Card

WEIGHTS = "fractions that sum to one; they change at rebalances and planned changes only"
AGE = "weight 0 and quality.flags no_weight:A where the price is older than max_price_age"
"""What cards of methods say of their unit, and of prices that are too old."""

MIN_RETURNS = 30
"""Below it the standard error of a standard deviation, 1/√(2n) of it, is above an eighth."""


class Member(NamedTuple):
    """An asset at a rebalance.

    `share` is its weight by the definition alone. `cap` is its market cap in USD, NaN where not
    known. `deviation` is the standard deviation of its daily returns, NaN where there are fewer
    than MIN_RETURNS, or where the method does not ask for `daily_closes`.
    """

    share: float
    cap: float
    deviation: float


Settings = Mapping[str, Any]
"""The settings of a definition that a method names in its `keys`."""
Weigh = Callable[[Sequence[Member], Settings], list[float]]
"""The weights of the members: they sum to one, or are all zero where none can be weighed."""


class Method(NamedTuple):
    """A weighting method, as its file declares it (`METHOD`).

    `keys` are the settings that this method takes from a definition; where one changes, weights
    may. `is_known` says of a member whether it can be weighed; what cannot gets no weight and is
    named in `quality.flags`.
    """

    name: str
    weigh: Weigh
    keys: tuple[str, ...] = ()
    is_known: Callable[[Member], bool] = lambda _: True
    daily_closes: bool = False
    """Whether it weighs by daily returns: closes of `vol_window` are kept for it."""
    given: bool = False
    """Whether the definition gives the weights; else its assets have equal shares."""
    words: str = ""
    """How people read it behind "weights are"; its name where none are given."""
    card: Card | None = None
    """What `/v1/definitions` and `docs/metrics.md` say of it, under `method: <name>`."""

    def published(self) -> dict[str, Any]:
        """What a screen shows of it: its words, the settings that it takes, and whether the
        definition alone gives the weights."""
        words = self.words or self.name.replace("_", " ")
        return {"words": words, "keys": list(self.keys), "stated": self.weigh is by_share}


def in_proportion(values: Sequence[float]) -> list[float]:
    """Values of at least zero, scaled to sum to one; all zero where they sum to zero.

    What sums to one but for rounding stays as it is, so that scaling is idempotent.
    """
    total = math.fsum(values)
    if total <= 0.0:
        return [0.0] * len(values)
    scale = 1.0 if abs(total - 1.0) < 1e-12 else total
    return [value / scale for value in values]


def by_share(members: Sequence[Member], _: Settings) -> list[float]:
    """Weights in proportion to the shares of the definition."""
    return in_proportion([member.share for member in members])
