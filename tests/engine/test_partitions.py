"""A shard knows all definitions, and follows with every price only the baskets of which it
publishes something (`Baskets.follow`): what it publishes is the same as if it followed them all."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from engine.index.baskets import Baskets
from engine.index.shard import Shard
from engine.types import DAY
from tests.engine.market import Feed
from tests.engine.test_changing_definitions import records

PARTITIONS = 4


def published(made: list[Any], partition: int, seed: int) -> list[Any]:
    feed, rng = Feed(Shard(partition, PARTITIONS, DAY)), random.Random(seed)
    for record in made:
        feed.put(record)
        if rng.random() < 0.2:
            feed.shard = Shard.load(feed.shard.dump(), DAY)
    return [(o.topic, o.key, json.dumps(o.body, default=dict)) for o in feed.outputs]


@pytest.mark.parametrize("step", ["1h", "1d"])
@pytest.mark.parametrize("seed", range(6))
def test_what_is_not_followed_is_not_missed(
    seed: int, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = records(random.Random(seed), step)
    found = [published(made, partition, seed) for partition in range(PARTITIONS)]
    assert sum(map(len, found)) > 100
    monkeypatch.setattr(Baskets, "follow", lambda *_: None)
    for partition, outputs in enumerate(found):
        assert published(made, partition, seed) == outputs, partition
