"""Bars: the candles of a shard's indices, and of the assets that it makes them of, as records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from engine.index.baskets import Baskets
from engine.index.candles import SPANS
from engine.index.definition import IndexDefinition, price_key
from engine.index.roster import Roster
from engine.records import Output, Receipt
from engine.types import DAY, HOUR, MINUTE

NAMES = {MINUTE: "minute", HOUR: "hour", DAY: "day"}
"""What a bar calls its start, by its length."""
TYPES = {MINUTE: "minute_bar", HOUR: "hour_bar", DAY: "bar"}
"""The record types: each length is kept for a time of its own."""


def key_of(asset: str) -> str:
    """The key of an asset's bars, by its price key; no index id has small letters."""
    return f"asset:{asset}"


def assets_here(roster: Roster, baskets: Baskets) -> list[str]:
    """The price keys that the indices in force hold or are measured against, in all shards, as far
    as the bars are made in this one."""
    found: dict[str, None] = {}
    for definition in roster.definitions.values():
        for asset in _assets_of(definition, roster, baskets):
            found[price_key(asset, definition.kinds)] = None
    return [key for key in found if roster.owns(key_of(key))]


def _assets_of(definition: IndexDefinition, roster: Roster, baskets: Baskets) -> Iterable[str]:
    coins = baskets.coins
    benchmarks = [b for b in definition.benchmarks if b not in roster.definitions]
    if not coins.known:
        return (*definition.all_assets(), *benchmarks)
    related = coins.with_predecessors(benchmarks)
    return coins.with_successors((*definition.all_assets(), *related))


def close_bars(
    span: int,
    end: int,
    indices: Iterable[str],
    assets: Iterable[str],
    baskets: Baskets,
    origin: str,
    receipt: Receipt,
) -> Iterator[Output]:
    """The bars of this length (ns) that end at `end`: of assets, then of indices (their days are
    `engine.index.publishing.day_bar`)."""
    told = {"origin": origin, "receipt": receipt._asdict()}
    for asset, values in _of_assets(span, end, list(assets), baskets):
        body = {"asset": asset, NAMES[span]: end - span, **values, **told}
        yield Output("bars", key_of(asset), TYPES[span], body)
    if span != DAY:
        for index, values in _of_indices(span, end, list(indices), baskets):
            body = {"index": index, NAMES[span]: end - span, **values, **told}
            yield Output("bars", index, TYPES[span], body)


def _of_assets(
    span: int, end: int, assets: list[str], baskets: Baskets
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    table, prices, place = baskets.candles, baskets.prices, SPANS.index(span)
    rows = np.array([baskets.price_row[asset] for asset in assets], dtype=np.int64)
    seen = (prices.at[rows] > end - span) & (table.open[rows, place] > 0.0)
    high, low = table.high[rows, place], table.low[rows, place]
    for k in np.flatnonzero(seen).tolist():
        row, peak = rows[k], table.peak.item(rows[k])
        yield (
            assets[k],
            {
                "open": table.open.item(row, place),
                "high": high.item(k),
                "low": low.item(k),
                "close": prices.price.item(row),
                "peak": None if peak != peak else peak,
            },
        )


def _of_indices(
    span: int, end: int, indices: list[str], baskets: Baskets
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    lv, path, name = baskets.levels, baskets.path, NAMES[span]
    rows = np.array([baskets.row[index] for index in indices], dtype=np.int64)
    opened = path[f"{name}_open"][rows]
    seen = lv.started[rows] & (lv.last_at[rows] > end - span) & (opened > 0.0)
    columns = [opened, path[f"{name}_high"][rows], path[f"{name}_low"][rows]]
    columns += [lv.level[rows], path["peak"][rows]]
    names = ("open", "high", "low", "close", "peak")
    for k in np.flatnonzero(seen).tolist():
        yield indices[k], {n: column.item(k) for n, column in zip(names, columns, strict=True)}
