"""A Pricer to trade with by hand, and an index that is computed of its prices."""

from __future__ import annotations

from typing import Any

from engine.index.shard import Shard
from engine.pricing.rules import Rules
from engine.records import AssetFrame, PriceFrame, TickFrame
from tests.engine.market import Feed
from tests.engine.market import define as definition
from tests.engine.pricing_desk import AT_ONCE, Desk, T


class Floor(Desk):
    """A Desk whose index X is also computed: all that the Pricer says goes to a Shard."""

    def __init__(self, *assets: str, rules: Rules = AT_ONCE, **more: Any) -> None:
        self.feed = Feed(Shard())
        self.price = 0.0
        super().__init__(*assets, rules=rules, **more)

    def define(self, index: str, mapping: dict[str, Any] | None, now: int = T - 1) -> None:
        assert mapping is not None
        (output,) = self.pricer.apply(definition(index, mapping, now))
        self.feed.put(output.body)

    def send(self, frame: TickFrame | AssetFrame) -> PriceFrame:
        body = super().send(frame)
        self.feed.put(body)
        self.price = body.price[-1] if body.price else self.price
        return body

    @property
    def status(self) -> str:
        shard = self.feed.shard
        return shard.status(shard.roster.definitions["X"])
