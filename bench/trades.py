"""Trades for the way through Kafka, as records: ours, and what somebody else's program reads."""

from __future__ import annotations

from functools import cache
from math import inf
from typing import Any, NamedTuple

import numpy as np
import orjson

from bench.plain_topics import Value
from engine.index.definition import parse_index
from engine.index.shard import Shard
from engine.periods import NEVER
from engine.pricing.pricer import Pricer
from engine.records import DefinitionRecord, Instrument, Receipt, Side, TickFrame
from engine.types import SECOND
from streams.codecs import decode, encode, encode_json

ASSETS = ("BTC", "ETH", "SOL", "XRP", "ADA")
VENUES = ("one", "two", "three")
INDICES = 20
SPAN = SECOND // 100
"""Of a record of many, in the log's time: connectors hold trades so long."""
MOST_APART = SECOND // 2000
"""Between trades, where a record holds few."""
FIRST_ID = 1_000_000
BASE_LEVEL = 1000.0


class Trades(NamedTuple):
    """Seeded trades: places among the markets, prices, sizes, times (ns), ids."""

    place: list[int]
    price: list[float]
    size: list[float]
    at: list[int]
    id: list[int]


def markets() -> list[Instrument]:
    """What is traded."""
    return [
        Instrument(venue, f"{asset}-USD", asset, "USD", "spot", True)
        for venue in VENUES
        for asset in ASSETS
    ]


@cache
def weights() -> dict[str, dict[str, float]]:
    """Weights by index and asset, each summing to one."""
    made = np.random.default_rng(8).uniform(0.1, 1.0, (INDICES, len(ASSETS)))
    made /= made.sum(1, keepdims=True)
    return {f"X{k}": dict(zip(ASSETS, row, strict=True)) for k, row in enumerate(made.tolist())}


def trades(count: int, a_frame: int, end: int) -> Trades:
    """So many, for records of `a_frame`; the last one at `end` (ns)."""
    noise = np.random.default_rng(9)
    place = noise.integers(0, len(VENUES) * len(ASSETS), count)
    ids = np.zeros(count, dtype=np.int64)
    for market in range(len(VENUES) * len(ASSETS)):
        mine = np.flatnonzero(place == market)
        ids[mine] = FIRST_ID + np.arange(len(mine))
    price = np.round(100.0 * (1.0 + 1e-4 * noise.standard_normal(count)), 4)
    size = np.round(noise.uniform(0.1, 2.0, count), 3)
    step = min(SPAN // a_frame, MOST_APART)
    at = end - step * np.arange(count - 1, -1, -1)
    return Trades(place.tolist(), price.tolist(), size.tolist(), at.tolist(), ids.tolist())


def frame(made: Trades, rows: slice) -> TickFrame:
    """Some of the trades as a frame."""
    at = made.at[rows]
    sides: list[Side | None] = ["buy"] * len(at)
    ids: list[str | None] = [str(number) for number in made.id[rows]]
    return TickFrame(
        at[-1], "live", markets(), made.place[rows], made.price[rows], made.size[rows], sides,
        ids, at, at, [],
    )  # fmt: skip


def for_us(made: Trades, a_frame: int) -> list[Value]:
    """Definitions, a first trade of each market long enough before that there are prices, the
    trades as frames, and two clock frames behind them, for the last levels to be told."""
    begin, end, count = made.at[0] - 6 * SECOND, made.at[-1], len(markets())
    records: list[Any] = [definition(index, begin - SECOND) for index in weights()]
    opening = Trades(list(range(count)), [100.0] * count, [1.0] * count, [begin] * count,
                     [FIRST_ID - 1] * count)  # fmt: skip
    records.append(frame(opening, slice(None)))
    records += [frame(made, slice(k, k + a_frame)) for k in range(0, len(made.at), a_frame)]
    for later in (SECOND // 5, 2 * SECOND // 5):
        records.append(TickFrame(end + later, "live", [], [], [], [], [], [], [], [], []))
    found = []
    for record in records:
        kind, value = encode(record)
        found.append(Value(kind or "", value))
    return found


def definition(index: str, now: int) -> DefinitionRecord:
    """One of the indices."""
    table = {"weights": weights()[index], "return_interval": "1s",
             "alerts": {"drawdown": [0.05, 0.1, 0.2]}}  # fmt: skip
    return DefinitionRecord(now, "live", index, parse_index(index, table).to_mapping())


def in_frames(made: Trades, a_frame: int) -> list[Value]:
    """The trades alone, as frames of JSON, which others can read."""
    slices = [slice(k, k + a_frame) for k in range(0, len(made.at), a_frame)]
    return [Value("", encode_json(frame(made, rows))[1]) for rows in slices]


def for_others(made: Trades, a_frame: int) -> list[Value]:
    """The trades as plain JSON: one object a record, or lists of them."""
    told = markets()
    rows = [
        {"venue": told[place].venue, "asset": told[place].base, "price": price, "size": size,
         "id": str(number), "at": at}
        for place, price, size, at, number in zip(*made, strict=True)
    ]  # fmt: skip
    if a_frame == 1:
        return [Value("", orjson.dumps(row)) for row in rows]
    cuts = range(0, len(rows), a_frame)
    return [Value("", orjson.dumps(rows[k : k + a_frame])) for k in cuts]


def our_levels(values: list[Value]) -> dict[str, float]:
    """What the stages make of our records, called directly."""
    pricer, shard, offset = Pricer(), Shard(every=NEVER), 0
    for kind, value in values:
        for priced in pricer.apply(decode(kind, 1, value, 1 << 62)):
            if priced.topic == "prices":
                body: Any = priced.body
                shard.apply(body, Receipt("prices", "bench", 0, offset))
                offset += 1
    level = shard.baskets.levels.level
    return {index: float(level[shard.baskets.row[index]]) for index in weights()}


def their_levels(made: Trades) -> dict[str, float]:
    """Levels by the last price of each asset, from the first instant on at which each has one."""
    last: dict[str, float] = {}
    first: dict[str, float] = {}
    told = markets()
    for place, price in zip(made.place, made.price, strict=True):
        last[told[place].base] = price
        if not first and len(last) == len(ASSETS):
            first = dict(last)
    return {
        index: sum(w * BASE_LEVEL * last[asset] / first[asset] for asset, w in row.items())
        for index, row in weights().items()
    }


def worst(found: dict[str, float], right: dict[str, float]) -> float:
    """The largest relative deviation; infinite where an index is missing."""
    return max(abs(found.get(index, inf) / level - 1.0) for index, level in right.items())
