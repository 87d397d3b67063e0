"""Bytes that are used again are those that would be made anew, whatever happens in between."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import orjson
import pytest

from engine.index.coin_events import AssetDefinition, CoinEvent
from engine.index.shard import Shard
from engine.records import (
    AssetRecord,
    DefinitionRecord,
    FilledSpan,
    GapSpan,
    Output,
    Receipt,
    Sources,
    Trust,
)
from engine.types import DAY, HOUR, MINUTE, SECOND
from streams.codecs import encode
from tests.engine.market import define, frame, instants

ASSETS = ["A", "B", "C", "D", "E"]
LATER = "F"


def table(rng: random.Random, name: str, at: int) -> dict[str, Any]:
    """An index of some assets, rebalanced, changed and held against others."""
    names = rng.sample(ASSETS, 3)
    others = [rng.choice([*ASSETS, "X0", "X1", "X2"]) for _ in range(rng.randrange(3))]
    found: dict[str, Any] = {
        "weights": {asset: rng.choice([0.2, 0.5, 1.0]) for asset in names},
        "benchmarks": [other for other in dict.fromkeys(others) if other != name],
        "return_interval": rng.choice(["1s", "1m", "1h", "1d"]),
        "rebalance": rng.choice(["never", "daily", "weekly"]),
        "alerts": {"drawdown": [0.05, 0.1][: rng.randrange(3)]},
        "targets": rng.choice([{}, {"sharpe": 1.5, "max_drawdown": 0.1, "return_30d": 0.0}]),
    }
    if rng.random() < 0.3:
        change = {"at": at + rng.choice([MINUTE, HOUR, DAY]), "add": [LATER], "remove": [names[0]]}
        found["change"] = [{**change, "weights": {LATER: 0.3}}]
    return found


def coin(rng: random.Random, at: int) -> AssetRecord:
    """A coin that is redenominated."""
    asset = rng.choice(ASSETS)
    event = CoinEvent(at + rng.choice([1, MINUTE, HOUR, DAY]), rng.choice([0.01, 10.0]), None)
    return AssetRecord(at, "live", asset, AssetDefinition(asset, (event,)).to_mapping())


def stream(seed: int) -> list[Any]:
    """Definitions, coin events and prices, with disputes, gaps and sources that change."""
    rng = random.Random(seed)
    step = rng.choice([SECOND, MINUTE, HOUR, DAY])
    rows = instants(rng, 150, step, [*ASSETS, LATER], move=0.02)
    at = rows[0][0] - 1
    found: list[Any] = [define(f"X{k}", table(rng, f"X{k}", at), at) for k in range(3)]
    told = set[str]()
    while rows:
        part, rows = rows[: rng.randint(1, 4)], rows[4:]
        now = part[-1][0] + rng.choice([0, 0, 1])
        now = min(now, rows[0][0] - 1) if rows else now
        made = frame(part, now)
        asset = rng.choice(ASSETS)
        if rng.random() < 0.2:
            sources = Sources(["v:1", "v:2"][: rng.randint(0, 2)], {"v:3": "stale"}, ["peg"])
            made = msgspec.structs.replace(made, sources={asset: sources})
        if rng.random() < 0.2:
            gap = GapSpan(asset, "v", "1", now - MINUTE, now - 1, rng.choice(["ids", "overflow"]))
            filled = FilledSpan(*gap[:5], 3, 1.0, 2.0)
            made = msgspec.structs.replace(made, gaps=[gap], filled=rng.choice([(), (filled,)]))
        if rng.random() < 0.1:
            is_open = rng.random() < 0.5
            trust = Trust(asset, now, is_open, is_open, 50.0 if is_open else 0.0, [])
            made = msgspec.structs.replace(made, trust=(trust,))
        found.append(made)
        name = f"X{rng.randrange(5)}"
        if rng.random() < 0.08:
            found.append(define(name, table(rng, name, now), now))
        elif rng.random() < 0.02:
            found.append(DefinitionRecord(now, "live", name, None))
        elif rng.random() < 0.05:
            record = coin(rng, now)
            if record.asset not in told:
                told.add(record.asset)
                found.append(record)
    return found


def sent(outputs: list[Output]) -> list[tuple[str, str, bytes]]:
    return [(out.topic, out.key, encode(out.body)[1]) for out in outputs]


@pytest.mark.parametrize("seed", range(12))
def test_bytes_used_again_are_those_made_anew(seed: int) -> None:
    kept, fresh, resumed = Shard(every=1), Shard(every=1), Shard(every=1)
    rng, count = random.Random(seed), 0
    for offset, record in enumerate(stream(seed)):
        receipt = Receipt("prices", "log", 0, offset)
        fresh.state.settle()
        fresh.state.read_afresh()
        if rng.random() < 0.1:
            resumed = Shard.load(resumed.dump(), every=1)
        made = kept.apply(record, receipt)
        bytes_of = sent(made)
        assert bytes_of == sent(fresh.apply(record, receipt))
        assert bytes_of == sent(resumed.apply(record, receipt))
        assert [value for *_, value in bytes_of] == [orjson.dumps(out.body, dict) for out in made]
        count += sum(topic == "snapshots" for topic, *_ in bytes_of)
    assert count > 50
