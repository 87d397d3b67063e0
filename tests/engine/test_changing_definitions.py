"""Definitions that come, change and go at any time: nothing unexplained, nothing lost in a dump."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from engine.index.shard import Shard
from engine.periods import NEVER
from engine.readings import REASONS
from engine.records import DefinitionRecord
from engine.types import DAY
from tests.engine.market import STEPS, Feed, define, frame, instants
from tests.engine.test_cards import leaves

ASSETS = ["BTC", "ETH", "SOL"]
IDS = ["ONE", "TWO", "THREE", "FOUR"]


def table(rng: random.Random, index: str, interval: str) -> dict[str, Any]:
    """Some definition; the interval of an index stays what it is."""
    others = [name for name in (*IDS, *ASSETS) if name != index]
    found: dict[str, Any] = {
        "assets": rng.sample(ASSETS, rng.randint(1, 3)),
        "rebalance": rng.choice(["never", "daily", "weekly", "monthly"]),
        "return_interval": interval,
        "benchmarks": rng.sample(others, rng.randint(0, 3)),
        "risk_free": rng.choice([0.0, 0.04]),
        "omega_threshold": rng.choice([0.0, 0.1]),
        "alerts": {"drawdown": rng.sample([0.01, 0.05, 0.1, 0.2], rng.randint(0, 3))},
        "targets": {"sharpe": 1.0} if rng.random() < 0.5 else {},
    }
    if rng.random() < 0.3:
        found |= {"weighting": "inverse_volatility", "vol_window": "35d"}
    return found


def records(rng: random.Random, step: str) -> list[Any]:
    """Prices, with definitions and retirements between them."""
    stream = instants(rng, 500, STEPS[step], ASSETS, 1.0, rng.choice([0.0, 0.03]))
    intervals = {index: rng.choice(["1h", "1d"]) for index in IDS}
    found: list[Any] = []
    begin = 0
    while begin < len(stream):
        index = rng.choice(IDS)
        at = stream[begin][0] - 1
        if rng.random() < 0.15:
            found.append(DefinitionRecord(at, "live", index, None))
        elif rng.random() < 0.6:
            found.append(define(index, table(rng, index, intervals[index]), at))
        end = begin + rng.choice([1, 5, 40])
        found.append(frame(stream[begin:end]))
        begin = end
    return found


def explained(snapshot: dict[str, Any]) -> None:
    """Every null has a reason of the list, and every reason a null."""
    nulls = {
        path
        for path, value in leaves({k: v for k, v in snapshot.items() if k != "undefined"})
        if value is None
    }
    assert nulls == snapshot["undefined"].keys()
    assert set(snapshot["undefined"].values()) <= set(REASONS)
    json.dumps(snapshot, allow_nan=False)


@pytest.mark.parametrize("step", ["1h", "1d"])
@pytest.mark.parametrize("seed", range(6))
def test_any_order_of_definitions(seed: int, step: str) -> None:
    made = records(random.Random(seed), step)
    plain, restored = Feed(Shard(every=DAY)), Feed(Shard(every=DAY))
    for record in made:
        restored.shard = Shard.load(restored.shard.dump(), DAY)
        assert json.dumps(restored.put(record)) == json.dumps(plain.put(record))
    snapshots = plain.bodies("snapshots")
    assert len(snapshots) > 20
    for snapshot in snapshots:
        explained(snapshot)
    alerts = plain.bodies("alerts")
    for index in IDS:
        seqs = [a["seq"] for a in alerts if a["index"] == index]
        assert seqs == list(range(1, len(seqs) + 1))
    assert len({a["id"] for a in alerts}) == len(alerts)


def test_the_orders_reach_what_changes_can_bring() -> None:
    told = set[str]()
    for seed in range(6):
        feed = Feed(Shard(every=NEVER))
        for record in records(random.Random(seed), "1d"):
            feed.put(record)
        told |= {str(a.get("reason")) for a in feed.bodies("alerts")}
    assert told == {"None", "rule_removed", "retired"}
