"""What is not certain about the prices of a shard's indices, instant by instant.

While venues disagree, each drawdown rule is held against what the heaviest cluster of sources says
too: a fall that only it sees moves neither level nor peak, and is never silent. Its alarms are
episodes of their own, named `drawdown>=0.10@heaviest`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engine.alerts.book import Rule
from engine.index.baskets import Baskets
from engine.index.status import held
from engine.records import Cluster, Trust

HEAVIEST = "@heaviest"


def heaviest_rule(rule: Rule) -> Rule:
    """The rule of the same depth by the heaviest cluster."""
    return rule._replace(name=rule.name + HEAVIEST)


class Disputes:
    """How far the price of each asset is to be trusted now."""

    def __init__(self) -> None:
        self.trust: dict[str, Trust] = {}
        """By price key: of those whose price is degraded."""
        self.claims: dict[str, float] = {}
        """By price key: the price of the heaviest cluster where that is another one."""

    def take(self, trust: Trust) -> None:
        """From this instant on, that is so."""
        if trust.degraded:
            self.trust[trust.asset] = trust
        else:
            self.trust.pop(trust.asset, None)
        if trust.degraded and trust.heaviest:  # ours always is where it says so
            self.claims[trust.asset] = trust.heaviest
        else:
            self.claims.pop(trust.asset, None)

    def is_degraded(self, baskets: Baskets, row: int) -> bool:
        """Whether an asset with weight has a price that is not to be trusted."""
        return bool(self.trust) and any(key in self.trust for key in held(baskets, row))

    def is_disputed(self, baskets: Baskets, row: int) -> bool:
        """Whether that is because venues disagree."""
        return bool(self.trust) and any(
            key in self.trust and self.trust[key].disputed for key in held(baskets, row)
        )

    def level(self, baskets: Baskets, row: int) -> float | None:
        """The level by the heaviest clusters, None where no asset with weight has another one."""
        if self.claims.keys().isdisjoint(held(baskets, row)):
            return None
        return _level(baskets, row, self.claims)

    def evidence(self, baskets: Baskets, row: int) -> dict[str, list[dict[str, Any]]]:
        """By asset in dispute: its clusters, each with the index's level by it."""
        return {
            key.split("@")[0]: [
                {
                    "price": cluster.price,
                    "share": cluster.share,
                    "sources": list(cluster.sources),
                    "level": _level(baskets, row, {key: cluster.price}),
                }
                for cluster in self.trust[key].clusters
            ]
            for key in held(baskets, row)
            if key in self.trust and self.trust[key].disputed
        }

    def dump(self) -> list[list[Any]]:
        """State for a checkpoint."""
        return [
            [*trust[:5], [[c.price, c.share, list(c.sources)] for c in trust.clusters]]
            for _, trust in sorted(self.trust.items())
        ]

    @classmethod
    def load(cls, state: Iterable[Iterable[Any]]) -> Disputes:
        """The disputes that `dump` came from."""
        self = cls()
        for asset, at, degraded, disputed, heaviest, clusters in state:
            found = [Cluster(price, share, list(names)) for price, share, names in clusters]
            self.take(Trust(asset, at, degraded, disputed, heaviest, found))
        return self


def _level(baskets: Baskets, row: int, instead: Mapping[str, float]) -> float:
    """The level with some prices in place of those that stand."""
    basket, total = baskets.all[row], 0.0
    for key, holding in zip(basket.keys, basket.holdings, strict=True):
        price = instead.get(key)
        total += holding * (
            baskets.prices.price[baskets.price_row[key]] if price is None else price
        )
    return float(total / baskets.levels.divisor[row])
