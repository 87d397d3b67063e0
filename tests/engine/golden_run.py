"""Prints the hashes of one seeded run; see test_golden.py and golden_digests.py."""

from __future__ import annotations

import hashlib
import json
import random
from typing import Any, NamedTuple

import numpy as np

from engine.index.shard import Shard
from engine.pricing.pricer import Pricer
from engine.records import DefinitionRecord, Instrument, Output, PriceFrame, Receipt, TickFrame
from engine.types import SECOND
from streams.codecs import encode_json
from streams.level_rows import level_rows
from tests.engine.market import START, define

VENUES = ("one", "two", "three")
ASSETS = ("BTC", "ETH", "SOL", "USDT")
TABLE: dict[str, Any] = {
    "weights": {"BTC": 0.5, "ETH": 0.3, "SOL": 0.2},
    "rebalance": "daily",
    "return_interval": "1s",
    "ewma_half_life": "60s",
    "risk_free": 0.03,
    "benchmarks": ["BTC", "PAIR"],
    "alerts": {"drawdown": [0.001, 0.01, 0.05]},
    "targets": {"sharpe": 1.5, "max_drawdown": 0.01},
}
PAIR = {"assets": ["ETH", "SOL"], "return_interval": "1s", "benchmarks": ["BTC"]}


def frames(rng: random.Random, count: int) -> list[TickFrame]:
    """Frames of trades of three venues, one of which quotes in USDT."""
    now, ids = START, 0
    price = dict(zip(ASSETS, (60_000.0, 3_000.0, 150.0, 1.0), strict=True))
    markets = [
        Instrument(v, f"{v}:{a}", a, "USDT" if v == "one" else "USD", "spot", False)
        for v in VENUES
        for a in ASSETS
        if not (v == "one" and a == "USDT")
    ]
    found = []
    for _ in range(count):
        rows = []
        for _ in range(rng.randrange(0, 30)):
            now += rng.randrange(1, 60_000_000)
            place, ids = rng.randrange(len(markets)), ids + 1
            asset = markets[place].base
            price[asset] *= 1.0 + rng.gauss(0.0, 1e-3 if asset != "USDT" else 1e-5)
            rows.append((place, price[asset], rng.random(), str(ids), now))
        now += rng.choice([0, SECOND // 10, 3 * SECOND, 86_400 * SECOND])
        columns = [list(c) for c in zip(*rows, strict=True)] or [[], [], [], [], []]
        places, prices, sizes, names, times = columns
        none = [None] * len(rows)
        found.append(
            TickFrame(now, "live", markets, places, prices, sizes, none, names, times, times, [])
        )
    return found


def feed(digest: Any, value: Any) -> None:
    """Take a nested value into the hash, floats and arrays to the bit."""
    if isinstance(value, dict):
        for key, inner in value.items():
            digest.update(str(key).encode())
            feed(digest, inner)
    elif isinstance(value, np.ndarray):
        digest.update(value.tobytes())
    elif isinstance(value, list | tuple):
        for inner in value:
            feed(digest, inner)
    else:
        digest.update(repr(value).encode())


class Golden(NamedTuple):
    """Hash over all outputs and the final state, hash over what is published, count of outputs."""

    whole: str
    published: str
    count: int


def nameless(body: dict[str, Any]) -> dict[str, Any]:
    """An output without the name of the version: what it says, not who said it."""
    receipt = {k: v for k, v in body.get("receipt", {}).items() if k != "engine"}
    return {**body, "receipt": receipt}


def rows_of(output: Output) -> list[dict[str, Any]]:
    """What is hashed of an output: of levels each by itself, however many a record holds."""
    return list(level_rows(output.body)) if output.topic == "levels" else [dict(output.body)]


def run() -> Golden:
    """The golden log through Pricer and Shard."""
    rng = random.Random(4)
    pricer, shard, digest = Pricer(), Shard(), hashlib.sha256()
    published = hashlib.sha256()
    records: list[Any] = [define("MIX", TABLE, START - 1), define("PAIR", PAIR, START - 1)]
    records += frames(rng, 400)
    count = 0
    for offset, record in enumerate(records):
        for made in pricer.apply(record):
            assert isinstance(made.body, PriceFrame | DefinitionRecord)
            published.update(encode_json(made.body)[1])
            for output in shard.apply(made.body, Receipt("prices", "log", 0, offset)):
                for body in rows_of(output):
                    digest.update(json.dumps(body, default=dict).encode())
                    published.update(json.dumps(nameless(body), default=dict).encode())
                    count += 1
    feed(digest, shard.dump())
    feed(digest, pricer.dump())
    return Golden(digest.hexdigest(), published.hexdigest(), count)


if __name__ == "__main__":
    print(*run())
