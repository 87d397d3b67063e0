"""From a record of the log to rows of tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from engine.metrics.registry import REGISTRY
from engine.records import TickFrame
from engine.types import DAY
from streams.codecs import CodecError
from streams.level_rows import level_rows
from streams.records import Record
from streams.sinks import tables
from streams.sinks.tables import SinkTable

_CANDLE = ("open", "high", "low", "close", "peak")
_SPANS = {"minute": tables.MINUTES, "hour": tables.HOURS, "day": tables.DAYS}
_NO_FIGURES = frozenset({"index", "seq", "as_of", "definition", "receipt", "undefined", "calendar"})
_MOST_COLUMNS = 4000
"""Figures of a snapshot; ours have some hundreds, and more for each benchmark."""


class SinkRow(NamedTuple):
    """A row of a table; `values` are those of its own columns."""

    table: SinkTable
    series: str
    time: int
    values: dict[str, Any]


def bar_rows(body: Mapping[str, Any], _: Record) -> Iterator[SinkRow]:
    """The candle of a bar."""
    series = body["index"] if body.get("index") else f"asset:{body['asset']}"
    for name, table in _SPANS.items():
        if body.get(name) is not None:
            yield SinkRow(table, series, body[name], {key: body.get(key) for key in _CANDLE})


def snapshot_rows(body: Mapping[str, Any], record: Record) -> Iterator[SinkRow]:
    """The figures of a kept snapshot, and what the index held."""
    index, at = body["index"], body["as_of"]
    figures = {path: value for path, value in _figures(body) if value is not None}
    if len(figures) > _MOST_COLUMNS:
        raise CodecError(f"it has {len(figures)} figures; at most {_MOST_COLUMNS} are kept")
    is_live, is_day = body.get("origin") == "live", record.type == "day_snapshot"
    if is_live or not is_day:  # of a live hour that ends with its day there is the day's snapshot
        yield SinkRow(tables.FIGURES_HOURLY, index, at, figures)
    if is_day:
        yield SinkRow(tables.FIGURES_DAILY, index, at, figures)
    elif not is_live and at % DAY == 0:  # of a recorded one there are both
        return
    held = body.get("composition") or {}
    for asset, told in (held.get("assets") or {}).items():
        names = ("weight", "target", "price", "return_today", "contribution_today")
        values = {name: told.get(name) for name in names}
        values |= {"asset": asset, "rebalanced_at": held.get("rebalanced_at")}
        yield SinkRow(tables.COMPOSITIONS, index, at, values)


def _figures(body: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Path and value of every figure that is one number, time or word."""
    for name, value in body.items():
        path = f"{prefix}{name}"
        if path == "composition.assets" or (not prefix and name in _NO_FIGURES):
            continue
        if isinstance(value, Mapping):
            yield from _figures(value, f"{path}.")
        elif value is not None and not isinstance(value, list):
            yield path, value


def type_of(path: str, value: Any) -> str:
    """The SQL type of a figure: the same for all values that it may have."""
    if isinstance(value, bool):
        return "BOOLEAN"
    if isinstance(value, str):
        return "VARCHAR"
    return "BIGINT" if path.rsplit(".", 1)[-1] in REGISTRY.times else "DOUBLE"


def published_level_rows(body: Mapping[str, Any], _: Record) -> Iterator[SinkRow]:
    """The levels of a record."""
    for row in level_rows(body):
        values = {name: row[name] for name in ("seq", "level", "peak")}
        yield SinkRow(tables.LEVELS, row["index"], row["at"], values)


def alert_rows(body: Mapping[str, Any], _: Record) -> Iterator[SinkRow]:
    """An alert's firing or resolution."""
    names = tables.ALERTS.columns
    yield SinkRow(
        tables.ALERTS, body["index"], body["at"], {name: body.get(name) for name in names}
    )


def trade_rows(frame: Any, _: Record) -> Iterator[SinkRow]:
    """The trades of a frame, by the asset traded."""
    if not isinstance(frame, TickFrame):
        return
    off_book = set(frame.off_book)
    for k, place in enumerate(frame.instrument):
        market = frame.instruments[place]
        values = {
            **{"venue": market.venue, "symbol": market.symbol, "kind": market.kind},
            **{"side": frame.side[k], "id": frame.id[k], "price": frame.price[k]},
            **{"size": frame.size[k], "received": frame.received[k], "off_book": k in off_book},
        }
        yield SinkRow(tables.TRADES, f"asset:{market.base}", frame.received[k], values)


Rows = Callable[[Any, Record], Iterator[SinkRow]]
ROWS: dict[str, tuple[Rows, int | None]] = {
    "bars": (bar_rows, None),
    "snapshots.history": (snapshot_rows, None),
}
"""What makes rows of a topic's records, and how far back they are of use (ns)."""
EXPORTED: dict[str, tuple[Rows, int | None]] = {
    **ROWS,
    "levels": (published_level_rows, None),
    "alerts": (alert_rows, None),
    "ticks": (trade_rows, None),
}
SECONDS_FROM: dict[str, int] = {"levels": DAY, "prices": DAY}
"""What candles of seconds are made of."""
