"""Years of daily prices with bull and bear markets, calm and storm, and what spoils data."""

from __future__ import annotations

import math
import random
from typing import Any

from engine.index.shard import Shard
from engine.periods import NEVER
from engine.types import DAY, HOUR
from tests.engine.market import Feed, define, frame

BEGIN = 17_897 * DAY  # 2019-01-01
ASSETS = ["BTC", "ETH", "SOL"]
Stream = list[tuple[int, dict[str, float]]]


def days(rng: random.Random, count: int, spoiled: bool = True) -> Stream:
    """Prices at most days' 00:00 UTC and sometimes between, that drift and calm down in phases."""
    prices = {a: math.exp(rng.uniform(-3, 3)) for a in ASSETS}
    found: Stream = [(BEGIN, dict(prices))]
    drift, volatility = 0.0, 0.03
    for day in range(1, count + 1):
        if rng.random() < 0.02:
            drift, volatility = rng.gauss(0.0, 0.006), rng.choice([0.008, 0.02, 0.05])
        at = BEGIN + day * DAY
        if spoiled and rng.random() < 0.004:
            continue  # an unobserved day
        market = rng.gauss(drift, volatility)
        for asset in ASSETS:
            if not (spoiled and rng.random() < 0.02):
                prices[asset] *= math.exp(market + rng.gauss(0.0, volatility / 2))
        if rng.random() < 0.3:
            moved = {a: prices[a] for a in rng.sample(ASSETS, rng.randint(1, 3))}
            found.append((at - rng.randrange(1, 23) * HOUR, moved))
        seen = dict(prices)
        if spoiled and rng.random() < 0.0005:
            seen[rng.choice(ASSETS)] *= 1e6  # one bad print
        found.append((at, seen))
    return found


def run(
    rng: random.Random,
    stream: Stream,
    tables: dict[str, Any],
    every: int = NEVER,
    cuts: tuple[int, ...] = (1, 3, 40),
    restart: float = 0.05,
) -> Feed:
    """Feed a stream in records of random length, restoring the shard from its dump at random."""
    feed = Feed(Shard(every=every))
    for index, table in tables.items():
        feed.put(define(index, table, stream[0][0] - 1))
    begin = 0
    while begin < len(stream):
        end = begin + rng.choice(cuts)
        feed.put(frame(stream[begin:end]))
        begin = end
        if rng.random() < restart:
            feed.shard = Shard.load(feed.shard.dump(), every)
    return feed


def closes(table: dict[str, Any], prices: list[float], asset: str = "A") -> Feed:
    """An index X of one asset with these prices at 00:00 UTC of days in a row from `BEGIN`."""
    feed = Feed(Shard(every=NEVER))
    feed.put(define("X", {"assets": [asset], **table}, BEGIN - 1))
    for k, price in enumerate(prices):
        feed.put(frame([(BEGIN + k * DAY, {asset: price})]))
    return feed
