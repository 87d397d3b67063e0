"""What partitions are told of prices: all of it, in order, and in time for what they publish."""

from __future__ import annotations

import random
from math import nan
from typing import Any

import orjson
import pytest

from engine.index.definition import parse_index
from engine.index.publishing import LEVEL_EVERY
from engine.index.shard import Shard
from engine.records import (
    AssetRecord,
    Cluster,
    DefinitionRecord,
    GapSpan,
    Output,
    PriceFrame,
    Receipt,
    Sources,
    Trust,
)
from engine.types import MINUTE, SECOND
from streams.codecs import encode
from streams.spread import MOST, PUBLISHED, SLOW, Spread
from streams.topics import partition_of

START = 1_700_000_000 * SECOND
N = 4
ASSETS = ("BTC", "ETH", "SOL", "XRP", "ADA", "DOT")


def frame(now: int, *rows: tuple[str, int, float], **more: Any) -> PriceFrame:
    names, at, price = (
        (list(column) for column in zip(*rows, strict=True)) if rows else ([], [], [])
    )
    nans = [nan] * len(names)
    made = PriceFrame(now, "live", names, at, price, nans, list(nans), {}, [])
    return made._replace(**more)


def define(now: int, index: str, table: dict[str, Any] | None) -> DefinitionRecord:
    mapping = None if table is None else parse_index(index, table).to_mapping()
    return DefinitionRecord(now, "live", index, mapping)


def named(partition: int, count: int = 1) -> list[str]:
    """Ids of indices of a partition."""
    found = (f"X{k}" for k in range(1000))
    return [name for name in found if partition_of(name, N) == partition][:count]


def without_offsets(output: Output) -> tuple[Any, ...]:
    body = orjson.loads(encode(output.body)[1])
    if "receipt" in body:
        body["receipt"]["offset"] = 0
    if output.topic in ("levels", "snapshots", "snapshots.history"):
        body["seq"] = 0
    return output.topic, output.key, output.type, body


class Partition:
    """A shard behind what its partition is told."""

    def __init__(self, number: int) -> None:
        self._shard, self._number = Shard(number, N), number
        self.told: list[Any] = []
        self.made: list[tuple[Any, ...]] = []

    def take(self, body: Any) -> None:
        receipt = Receipt("prices", "L", self._number, len(self.told))
        self.told.append(body)
        self.made += map(without_offsets, self._shard.apply(body, receipt))


def story(seed: int) -> list[Any]:
    """Minutes of prices, with doubts, gaps, events of coins, and definitions that come late."""
    rng = random.Random(seed)
    (one,), (two,), three = named(1), named(2), named(3, 2)[0]
    depths = {"drawdown": [0.001, 0.003, 0.01]}
    first = [
        define(0, one, {"assets": ["BTC", "ETH"], "return_interval": "1s", "alerts": depths}),
        define(0, two, {"assets": ["SOL"], "benchmarks": ["ETH", one], "alerts": depths}),
    ]
    late = [
        define(0, named(1, 2)[1], {"assets": ["ADA", "SOL"], "benchmarks": [two],
               "alerts": depths}),
        define(0, three, {"assets": ["XRP"], "benchmarks": [one, "ADA"], "return_interval": "1s",
               "rebalance": "daily"}),
        AssetRecord(0, "live", "DOT", {"event": [
            {"at": START + 50 * SECOND, "becomes": "ADA", "ratio": 2.0}]}),
        define(0, named(2, 2)[1], {"assets": ["DOT", "BTC"], "alerts": depths}),
        define(0, one, None),
    ]  # fmt: skip
    rng.shuffle(late)
    price = dict.fromkeys(ASSETS, 100.0)
    records: list[Any] = list(first)
    now = START
    while now < START + 3 * MINUTE // 2:
        if rng.random() < 0.008 and late:
            records.append(late.pop()._replace(now=now))
        begun, now = now, now + rng.choice((1, 1000, SECOND // 100, SECOND // 20, SECOND // 7))
        if rng.random() < 0.1:  # right on a boundary
            now = -(-now // PUBLISHED) * PUBLISHED
        rows, busy = [], rng.sample(ASSETS, rng.randrange(1, 3))
        for at in sorted(rng.randrange(begun + 1, now + 1) for _ in range(rng.randrange(4))):
            name = rng.choice(busy)
            price[name] *= 1.0 + rng.gauss(0.0, 5e-4)
            rows.append((name, at, price[name]))
        more: dict[str, Any] = {}
        name = rng.choice(ASSETS)
        if rng.random() < 0.05:
            more["sources"] = {
                name: Sources([f"v{rng.randrange(9)}:{name}"], {}, ["single_source"])
            }
        if rng.random() < 0.02:
            reason = rng.choice(("ids", "overflow"))
            more["gaps"] = [GapSpan(name, "v", name, now - SECOND, now, reason)]
        if rng.random() < 0.03:
            clusters = [Cluster(price[name], 0.6, ["a"]), Cluster(0.99 * price[name], 0.4, ["b"])]
            doubt = rng.random() < 0.5
            more["trust"] = (
                Trust(name, now, doubt, doubt, 0.995 * price[name] if doubt else 0.0,
                      clusters if doubt else []),
            )  # fmt: skip
        if rng.random() < 0.01:
            more["clock"] = "stepped"
        records.append(frame(now, *rows, **more))
    return [*records, *(frame(now + k * SECOND) for k in (2, 3))]


@pytest.mark.parametrize("seed", range(3))
def test_what_waits_changes_nothing_that_a_partition_publishes(seed: int) -> None:
    rng = random.Random(seed)
    records = story(seed)
    plain, waited = ([Partition(p) for p in range(N)] for _ in range(2))
    spread, again, stage = Spread(N), Spread(N), {"definitions": {}, "coins": {"known": {}}}
    for body in records:
        for each in plain:
            each.take(body)
        told = spread.take(body)
        assert told == again.take(body), "a state that was kept goes on the same"
        for p, each in told:
            waited[p].take(each)
        if isinstance(body, DefinitionRecord):
            stage["definitions"].pop(body.index, None)
            if body.definition is not None:
                stage["definitions"][body.index] = body.definition
        elif isinstance(body, AssetRecord):
            stage["coins"]["known"][body.asset] = body.definition
        if rng.random() < 0.02:
            again = Spread(N)
            again.load(orjson.loads(orjson.dumps(spread.dump())), stage)
    for one, other in zip(plain, waited, strict=True):
        assert other.made == one.made
        assert [row for body in other.told for row in rows_of(body)] == [
            row for body in one.told for row in rows_of(body)
        ]
    alerts = [made for each in waited for made in each.made if made[0] == "alerts"]
    assert len(alerts) > 5
    assert len(waited[0].told) < len(plain[0].told) / 5, "nobody is published there"
    assert len(waited[2].told) < len(plain[2].told)


def rows_of(body: Any) -> list[tuple[Any, ...]]:
    if not isinstance(body, PriceFrame):
        return [body]
    return list(zip(body.asset, body.at, body.price, strict=True))


def test_a_partition_whose_rules_may_be_of_anything_is_told_everything() -> None:
    spread, (name,) = Spread(N), named(1)
    rule = {"name": "old", "figure": "quality.oldest_price_seconds", "above": 60.0}
    spread.take(define(START, name, {"assets": ["BTC"], "rule": [rule]}))
    spread.take(frame(START + 1))
    told = spread.take(frame(START + 2, ("ETH", START + 2, 1.0)))
    assert [p for p, _ in told] == [1]


def test_what_waits_is_bounded_and_what_is_no_live_price_waits_for_nothing() -> None:
    spread = Spread(2)
    assert [p for p, _ in spread.take(frame(START + 1))] == [0, 1]
    many = [("BTC", START + 2, 1.0)] * (MOST // 2)
    assert spread.take(frame(START + 2, *many)) == []
    told = spread.take(frame(START + 3, *many))
    assert [(p, len(body.asset), body.now) for p, body in told] == [
        (0, MOST, START + 3),
        (1, MOST, START + 3),
    ]
    assert told[0][1] is told[1][1], "and is encoded once"
    assert spread.take(frame(START + 4, ("BTC", START + 4, 1.0))) == []
    old = frame(START + 5, ("BTC", START + 5, 2.0), origin="backfill")
    assert [body.origin for _, body in spread.take(old)] == ["live"] * 2 + ["backfill"] * 2


def test_all_that_waits_is_counted_not_its_rows_alone() -> None:
    spread = Spread(2)
    spread.take(frame(START + 1))
    doubts = tuple(Trust("BTC", START + 2, False, False, 0.0, []) for _ in range(MOST // 2))
    gaps = [GapSpan("BTC", "v", "BTC", START, START + 1, "ids")] * (MOST // 4)
    assert spread.take(frame(START + 2, trust=doubts, gaps=gaps)) == []
    again = Spread(2)
    again.load(orjson.loads(orjson.dumps(spread.dump())), {})
    for each in (spread, again):
        assert [p for p, _ in each.take(frame(START + 3, gaps=gaps))] == [0, 1]


def test_a_definition_that_no_shard_takes_changes_nothing() -> None:
    spread, (name,) = Spread(N), named(1)
    spread.take(define(START, name, {"assets": ["BTC"]}))
    refused = define(START, name, {"assets": ["ETH"], "base_level": 50.0})
    spread.take(refused)
    again = Spread(N)
    again.load(
        orjson.loads(orjson.dumps(spread.dump())), {"definitions": {name: refused.definition}}
    )
    for each in (spread, again):
        each.take(frame(START + 1))
        assert each.take(frame(START + 2, ("ETH", START + 2, 1.0))) == []
        assert [p for p, _ in each.take(frame(START + 3, ("BTC", START + 3, 1.0)))] == [1]
    again.take(define(START, name, None))
    again.take(define(START + 4, name, {"assets": ["ETH"], "base_level": 50.0}))
    assert [p for p, _ in again.take(frame(START + 5, ("ETH", START + 5, 1.0)))] == [1]


def test_the_beats_are_those_of_what_is_published() -> None:
    assert LEVEL_EVERY["live"] == PUBLISHED
    assert SLOW % PUBLISHED == 0


def test_a_state_of_before_anything_waited_or_one_of_several_pricers_tells_everybody() -> None:
    spread = Spread(2)
    spread.load(None, {"definitions": []})
    one_of_many = Spread(2, alone=False)
    for k in range(3):
        assert [p for p, _ in spread.take(frame(START + k))] == [0, 1]
        assert [p for p, _ in one_of_many.take(frame(START + k))] == [0, 1]
