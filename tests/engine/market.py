"""Random price streams with everything that happens to prices, and how to feed them to a shard."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from typing import Any

from engine.index.definition import parse_index
from engine.index.shard import Shard
from engine.records import DefinitionRecord, Output, PriceFrame, Receipt
from engine.types import DAY, HOUR, MINUTE, SECOND
from streams.level_rows import level_rows

NAN = math.nan
START = 1_700_000_000 * SECOND
STEPS = {"1s": SECOND, "1m": MINUTE, "1h": HOUR, "1d": DAY}


def instants(
    rng: random.Random,
    count: int,
    step: int,
    assets: list[str],
    scale: float = 1.0,
    move: float = 0.03,
    coarse: bool = False,
) -> list[tuple[int, dict[str, float]]]:
    """`count` instants about `step` ns apart: ties, no moves, holes, on-grid times, bad prints.

    Prices are about `scale` and move by about `move` at a time; at 0 they never do. Coarse prices
    are of a few sizes, so that levels and returns come again, but for rounding.
    """
    at = START + rng.randrange(DAY)
    prices = {a: scale * math.exp(rng.uniform(-3, 3)) for a in assets}
    found = []
    for _ in range(count):
        at += rng.choice([1, step // 3, step, step, step, 2 * step, rng.randrange(1, step)])
        if rng.random() < 0.1:
            at = -(-at // step) * step  # exactly on a bar's end
        if rng.random() < 0.01:
            at += step * rng.randrange(2, 500)  # an outage
        if found and at <= found[-1][0]:
            at = found[-1][0] + 1
        moved = {}
        for asset in rng.sample(assets, rng.randint(1, len(assets))):
            if rng.random() < 0.7:
                prices[asset] *= math.exp(rng.gauss(0.0, move))
            moved[asset] = prices[asset]
            if coarse:
                moved[asset] = scale * max(round(10.0 * prices[asset] / scale), 1) / 10.0
        if move and rng.random() < 0.002:
            moved[rng.choice(list(moved))] *= 1e6  # one bad print, gone at the next instant
        found.append((at, moved))
    return found


def rescaled(
    rng: random.Random, stream: list[tuple[int, dict[str, float]]], assets: list[str]
) -> list[tuple[int, dict[str, float]]]:
    """The stream with prices of about 1e-12, 1 or 1e12, each asset's own or the same for all."""
    sizes = [1e-12, 1.0, 1e12]
    of = {a: rng.choice(sizes) for a in assets}
    if rng.random() < 0.5:
        of = dict.fromkeys(assets, rng.choice(sizes))
    return [(at, {a: p * of[a] for a, p in prices.items()}) for at, prices in stream]


def frame(rows: list[tuple[int, dict[str, float]]], now: int | None = None) -> PriceFrame:
    """One price record of these instants."""
    flat = [(at, asset, price) for at, prices in rows for asset, price in prices.items()]
    nothing = [NAN] * len(flat)
    return PriceFrame(
        now=rows[-1][0] if now is None else now,
        origin="live",
        asset=[asset for _, asset, _ in flat],
        at=[at for at, _, _ in flat],
        price=[price for _, _, price in flat],
        market_cap=nothing,
        supply=nothing,
        sources={},
        gaps=[],
    )


def define(index: str, table: dict[str, Any], now: int) -> DefinitionRecord:
    """A definition record as `define` writes it."""
    return DefinitionRecord(now, "live", index, parse_index(index, table).to_mapping())


def plainly(output: Output) -> Output:
    """An output whose body is of plain mappings, as a reader of its record sees it."""
    return output._replace(body=_plain(output.body))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value


class Feed:
    """Feeds records to a shard with rising offsets and keeps the outputs."""

    def __init__(self, shard: Shard) -> None:
        self.shard, self.offset, self.outputs = shard, 0, list[Output]()

    def receipt(self) -> Receipt:
        return Receipt("prices", "log", 0, self.offset)

    def put(self, record: PriceFrame | DefinitionRecord) -> list[Output]:
        out = [plainly(made) for made in self.shard.apply(record, self.receipt())]
        self.offset += 1
        self.outputs += out
        return out

    def bodies(self, topic: str) -> list[dict[str, Any]]:
        found = [o.body for o in self.outputs if o.topic == topic]
        return [row for body in found for row in level_rows(body)] if topic == "levels" else found

    def snapshot(self, index: str) -> dict[str, Any]:
        found = self.shard.snapshots("live", self.receipt())
        return next(plainly(o).body for o in found if o.key == index)
