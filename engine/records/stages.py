"""What goes into a stage and comes out of it (`engine.pricing.pricer`, `engine.index.shard`)."""

from __future__ import annotations

from typing import Any, NamedTuple

from engine.records.prices import AssetRecord, DefinitionRecord, PriceFrame
from engine.records.ticks import AssetFrame, BackfillFrame, TickFrame

PricerInput = TickFrame | BackfillFrame | AssetFrame | DefinitionRecord | AssetRecord
ShardInput = PriceFrame | DefinitionRecord | AssetRecord


class Output(NamedTuple):
    """What a stage says: `body` goes under `key` to `topic`, as a record of this `type`.

    For topic `prices`, `body` is a `ShardInput` and goes to every partition; otherwise it is a
    JSON-ready mapping and goes to the partition of its key.
    """

    topic: str
    key: str
    type: str
    body: Any


class Receipt(NamedTuple):
    """Where the record being applied stands: the evidence of what is computed from it."""

    topic: str
    log: str
    partition: int
    offset: int
