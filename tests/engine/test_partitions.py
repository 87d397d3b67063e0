"""A shard knows all definitions, and follows with every price only the baskets of which it
publishes something (`Baskets.follow`): what it publishes is the same as if it followed them all."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from engine.index.baskets import Baskets
from engine.index.roster import Roster
from engine.index.shard import Shard
from engine.types import DAY, HOUR
from tests.engine.market import START, Feed, define, frame
from tests.engine.test_changing_definitions import records

PARTITIONS = 4


def published(made: list[Any], partition: int, restarts: float, seed: int = 0) -> list[Any]:
    feed, rng = Feed(Shard(partition, PARTITIONS, DAY)), random.Random(seed)
    for record in made:
        feed.put(record)
        if rng.random() < restarts:
            feed.shard = Shard.load(feed.shard.dump(), DAY)
    return [(o.topic, o.key, json.dumps(o.body, default=dict)) for o in feed.outputs]


@pytest.mark.parametrize("step", ["1h", "1d"])
@pytest.mark.parametrize("seed", range(6))
def test_what_is_not_followed_is_not_missed(
    seed: int, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = records(random.Random(seed), step)
    found = [published(made, partition, 0.2, seed) for partition in range(PARTITIONS)]
    assert sum(map(len, found)) > 100
    monkeypatch.setattr(Baskets, "follow", lambda *_: None)
    for partition, outputs in enumerate(found):
        assert published(made, partition, 0.0) == outputs, partition


def test_a_price_of_before_it_was_held_is_not_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """An index that nobody needed goes over to what had traded earlier that day, and is a benchmark
    from then on: until it is priced itself it was not seen that day."""
    ids = [f"I{n}" for n in range(60)]
    own = next(name for name in ids if Roster(0, PARTITIONS).owns(name))
    other = next(name for name in ids if Roster(1, PARTITIONS).owns(name))
    day, table = START // DAY * DAY, {"rebalance": "never", "max_price_age": "30d"}

    def at(days: int, hours: float, **prices: float) -> Any:
        return frame([(day + days * DAY + int(hours * HOUR), prices)])

    def of(index: str, hours: float, assets: list[str], *benchmarks: str) -> Any:
        told = {**table, "assets": assets, "benchmarks": list(benchmarks)}
        return define(index, told, day + int(hours * HOUR))

    made = [
        at(0, 1, OLD=10.0, NEW=5.0, X=3.0),
        *(of(other, 2, ["OLD"]), of(own, 2, ["X"]), of("KEEP", 2.1, ["NEW", "OLD"])),
        *(at(d, 3, OLD=10.0 + d, NEW=5.0, X=3.0 + d / 10) for d in range(3)),
        *(at(3, 10, NEW=6.0, X=3.5), of(other, 87, ["NEW"]), at(3, 15.5, X=3.55)),
        *(of(own, 88, ["X"], other), at(3, 17, X=3.6)),
        *(at(d, 3, NEW=6.0 + d / 3, X=3.7 + d % 2 / 10) for d in range(4, 9)),
    ]
    found = [published(made, 0, restarts) for restarts in (0.0, 1.0)]
    monkeypatch.setattr(Baskets, "follow", lambda *_: None)
    assert found == [published(made, 0, 0.0)] * 2
