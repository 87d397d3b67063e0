"""Random markets for weighted indices of every method, held against the batch versions."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest

from engine.index.definition import parse_index
from engine.index.shard import Shard
from engine.index.weighting.registry import METHODS
from engine.periods import NEVER
from engine.records import PriceFrame
from engine.types import DAY, HOUR
from tests.engine.market import NAN, Feed, define, frame, instants
from tests.reference.basket import index_path

ASSETS = ["A", "B", "C", "D"]
Rows = list[tuple[int, dict[str, float], dict[str, float]]]
"""Instants with their prices and the market caps that came with some of them."""


def record(rows: Rows, by_supply: bool = False) -> PriceFrame:
    """One price record, with market caps or, `by_supply`, the same told as supplies."""
    made = frame([(at, prices) for at, prices, _ in rows])
    told = [c.get(a, NAN) for _, prices, c in rows for a in prices]
    if by_supply:
        coins = [cap / price for cap, price in zip(told, made.price, strict=True)]
        return made._replace(supply=coins)
    return made._replace(market_cap=told)


def random_rows(rng: random.Random, count: int, step: int) -> Rows:
    """A random market where some assets halt, and caps are unknown at first and now and then."""
    stream = instants(rng, count, step, ASSETS)
    start, end = stream[0][0], stream[-1][0]
    halts = {a: rng.randint(start, end) + 1 for a in rng.sample(ASSETS, rng.randint(0, 2))}
    known = {a: rng.choice([start, start, rng.uniform(start, end)]) for a in ASSETS}
    supply = {a: math.exp(rng.uniform(-3, 3)) for a in ASSETS}
    if rng.random() < 0.7:
        stream[0][1].update({a: rng.uniform(0.5, 2) for a in ASSETS if a not in stream[0][1]})
    rows: Rows = []
    for at, prices in stream:
        left = {a: p for a, p in prices.items() if at < halts.get(a, math.inf)}
        told = {}
        for asset, price in left.items():
            supply[asset] *= math.exp(rng.gauss(0.0, 0.01))
            if at >= known[asset] and rng.random() < 0.7:
                told[asset] = supply[asset] * price
        if left:
            rows.append((at, left, told))
    return rows


def random_table(rng: random.Random, rows: Rows, weighting: str | None = None) -> dict[str, Any]:
    """The settings of an index by some method, or by this one."""
    first = rng.sample(ASSETS, rng.randint(1, 3))
    weighting = rng.choice(list(METHODS)) if weighting is None else weighting
    method = METHODS[weighting]
    table: dict[str, Any] = {
        "weighting": weighting,
        "rebalance": rng.choice(["never", "daily", "weekly", "monthly", "quarterly"]),
        "max_price_age": rng.choice(["2h", "48h", "30d", "3660d"]),
        "vol_window": rng.choice(["30d", "35d", "90d"]),
    }
    if method.given:
        table["weights"] = {a: rng.uniform(0.1, 1.0) for a in first}
    else:
        table["assets"] = first
    if "supply" in method.keys:
        table["supply"] = {a: rng.uniform(0.1, 5) for a in ASSETS if rng.random() < 0.3}
    if "cap_limit" in method.keys and rng.random() < 0.6:
        table["cap_limit"] = rng.uniform(1.0 / len(first), 1.0)
    others = [a for a in ASSETS if a not in first]
    at = rng.randrange(rows[0][0] - 1, rows[-1][0])  # one at the end changes nothing told
    if others and rng.random() < 0.7:
        when = rng.choice([at, at // DAY * DAY])
        remove = [rng.choice(first)] if rng.random() < 0.5 and "cap_limit" not in table else []
        table["change"] = [{"at": when, "add": [rng.choice(others)], "remove": remove}]
    return table


def fed(rng: random.Random, rows: Rows, tables: dict[str, Any], restart: bool) -> Feed:
    """The rows in records of random length, caps told as caps or as supplies."""
    feed = Feed(Shard(every=NEVER))
    for name, table in tables.items():
        feed.put(define(name, table, rows[0][0] - 1))
    begin = 0
    while begin < len(rows):
        end = begin + rng.choice([1, 2, 5, 40])
        feed.put(record(rows[begin:end]))
        begin = end
        if restart and rng.random() < 0.2:
            feed.shard = Shard.load(feed.shard.dump(), NEVER)
    return feed


def check_batch(rng: random.Random, count: int, weighting: str | None = None) -> None:
    """Hold four indices over random prices, of any method or of this one, against the batch
    versions of their methods."""
    rows = random_rows(rng, count, rng.choice([HOUR, DAY // 4, DAY]))
    tables = {f"X{k}": random_table(rng, rows, weighting) for k in range(4)}
    feed = fed(rng, rows, tables, restart=True)
    stream = [(at, prices) for at, prices, _ in rows]
    supplies = {at: {a: c / prices[a] for a, c in told.items()} for at, prices, told in rows}
    for name, table in tables.items():
        definition = parse_index(name, define(name, table, 0).definition)
        path = index_path(stream, definition, supplies)
        found = feed.snapshot(name)
        if not path:
            assert found["status"] == "warming", table
            continue
        assert found["level"] == pytest.approx(path[-1][1], rel=1e-9), table
        assert found["drawdown"]["max"] == pytest.approx(
            max((p - v) / p for p, v in zip(peaks(path), (v for _, v in path), strict=True)),
            abs=1e-9,
        )


def peaks(path: list[tuple[int, float]]) -> list[float]:
    found, peak = [], 0.0
    for _, level in path:
        peak = max(peak, level)
        found.append(peak)
    return found
