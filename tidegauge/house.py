"""The indices of the demo and their history: what an index house has when its screens open."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from connectors.simulator import PastPrices, past_prices, prices_between
from connectors.simulator.coins import COINS, OTHER
from engine.index.index_file import IndexFile
from engine.index.planned_changes import Change
from engine.pricing.pricer import Pricer
from engine.records import AssetFrame
from engine.types import MINUTE, SECOND
from streams.backfill import backfill
from streams.catching_up import pricer_at_end
from streams.define import define, defined_in
from streams.log import Log
from tidegauge.connecting import assets_of, pricer_in
from tidegauge.indices import read_indices

HOUSE = Path(__file__).with_name("demo.toml")
MARK = "demo"
"""The file that tells a demo's log from others: invented prices must not follow real ones."""
_INSTANTS = 150
"""Of a frame: some two thousand prices, as of recorded ones."""


def house(now: int) -> IndexFile:
    """The demo's own indices at a time (ns UTC): one of them has changed two quarters ago, and
    will again at the next."""
    defined = read_indices(HOUSE)
    changes = (
        Change(_quarter(now, -2), ("AVAX",), ()),
        Change(_quarter(now, 1), ("LINK",), ("DOT",)),
    )
    indices = [replace(d, changes=changes) if d.id == "LAYER1" else d for d in defined.indices]
    return defined._replace(indices=indices)


def _quarter(now: int, ahead: int) -> int:
    """The beginning (ns) of the quarter that is so many after the one of `now`."""
    at = datetime.fromtimestamp(now // SECOND, UTC)
    quarters = at.year * 4 + (at.month - 1) // 3 + ahead
    begin = datetime(quarters // 4, quarters % 4 * 3 + 1, 1, tzinfo=UTC)
    return int(begin.timestamp()) * SECOND


async def open_house(log: Log, defined: IndexFile, seed: int, now: int) -> None:
    """Define indices in a log that has none, and put two years of prices behind them, which end
    now (ns UTC)."""
    await define(log, defined.indices, assets=defined.assets, now=now)
    assets = assets_of(defined.indices, defined.assets, now)
    await _put(log, past_prices(seed, assets, now), assets)


async def go_on(log: Log, seed: int, now: int) -> None:
    """Put prices into the hole between the end of a log and now (ns UTC): the market has gone on
    while no demo was there."""
    in_force = await defined_in(log)
    assets = assets_of(in_force.indices.values(), in_force.assets.values(), now)
    pricer = pricer_in(await pricer_at_end(log, Pricer))
    if now - pricer.now < MINUTE:
        return
    known = last_prices(pricer)
    prices = [known.get(asset, COINS.get(asset, OTHER).price) for asset in assets]
    await _put(log, prices_between(seed, assets, prices, pricer.now, now), assets)


def last_prices(pricer: Pricer) -> Mapping[str, float]:
    """By asset, those that its venues' trades made."""
    return {key: book.price for key, book in pricer.book.keys.items() if book.price}


async def _put(log: Log, past: PastPrices, assets: Sequence[str]) -> None:
    digest = hashlib.sha256(past.at.tobytes() + past.price.tobytes()).hexdigest()
    runner = await pricer_at_end(log, Pricer)
    await backfill(log, _frames(past, assets), digest, runner.gate, int(past.at[-1]))


def _frames(past: PastPrices, assets: Sequence[str]) -> Iterator[AssetFrame]:
    number = len(assets)
    for begin in range(0, len(past.at), _INSTANTS):
        at = past.at[begin : begin + _INSTANTS]
        unknown = [math.nan] * (len(at) * number)
        yield AssetFrame(
            int(at[-1]),
            "backfill",
            list(assets) * len(at),
            at.repeat(number).tolist(),
            past.price[begin : begin + _INSTANTS].ravel().tolist(),
            unknown,
            unknown,
        )
