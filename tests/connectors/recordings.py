"""Recorded frames, and how to read them with exact numbers."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.venues.events import Event
from connectors.venues.registry import VENUES
from engine.records import Tick
from tests.shared import DATA

FILES = {
    "binance": "binance_spot",
    "coinbase": "coinbase_exchange",
    "kraken": "kraken_v2",
    "okx": "okx_v5",
    "bybit": "bybit_v5",
    "binance_usdm": "binance_usdm",
    "coinbase_advanced": "coinbase_advanced",
    "kraken_futures": "kraken_futures",
    "bitstamp": "bitstamp",
    "bitfinex": "bitfinex_v2",
    "gemini": "gemini_v2",
    "gate": "gateio_v4",
    "deribit": "deribit",
    "bitmex": "bitmex",
    "htx": "htx",
    "kucoin": "kucoin",
    "cryptocom": "cryptocom",
    "bitget": "bitget_v1",
    "upbit": "upbit",
    "hyperliquid": "hyperliquid",
}
"""What the files of a venue are called."""
TRADES = {
    "binance": 5697,
    "coinbase": 314,
    "kraken": 13,
    "okx": 79,
    "bybit": 169,
    "binance_usdm": 4999,
    "coinbase_advanced": 46,
    "kraken_futures": 3,
    "bitstamp": 26,
    "bitfinex": 3,
    "gemini": 73,
    "gate": 5,
    "deribit": 0,
    "bitmex": 25,
    "htx": 20,
    "kucoin": 18,
    "cryptocom": 80,
    "bitget": 30,
    "upbit": 304,
    "hyperliquid": 4,
}
"""Live trades in them, counted with grep or by hand: Kraken's are in six frames, Bybit's in 63, OKX
without one option."""
needs_recordings = pytest.mark.skipif(
    not (DATA / "frames").is_dir(), reason=f"the recordings are not here: {DATA}"
)


def frames(venue: str) -> Path:
    """The file of a venue's recorded frames."""
    return DATA / "frames" / f"frames_{FILES[venue]}.jsonl"


def lines_of(folder: str, name: str) -> list[str]:
    return (DATA / folder / name).read_text().splitlines()


def exact_ns(text: str) -> int:
    """ISO 8601 to ns through Decimal seconds, with no float."""
    whole, _, fraction = text.removesuffix("Z").partition(".")
    seconds = int(datetime.fromisoformat(whole + "+00:00").timestamp())
    return int((seconds + Decimal(f"0.{fraction or 0}")) * 10**9)


def exact_json(line: str) -> Any:
    return json.loads(line, parse_float=Decimal)


def recorded(path: Path) -> Iterator[tuple[int, str | bytes, Any]]:
    """(line number, frame as it came, its JSON with exact numbers)."""
    for number, line in enumerate(path.read_text().splitlines(), 1):
        data = exact_json(line)
        if isinstance(data, dict) and "_b64" in data:
            raw = base64.b64decode(data["_b64"])
            yield number, raw, exact_json(gzip.decompress(raw).decode())
        else:
            yield number, line, data


def oracle(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines_of("parser_oracle", f"tardis_{name}.jsonl")]


def plain(tick: Tick) -> tuple[Any, ...]:
    """Of a tick, what a recorded row has."""
    return (tick.instrument.symbol, tick.price, tick.size, tick.side, tick.id, tick.ts)


def feed(venue: str, path: Path) -> list[tuple[int, Event]]:
    """(line number, event) of all recorded frames in a new parser."""
    parser = VENUES[venue].parser(())
    return [(number, event) for number, raw, _ in recorded(path) for event in parser.feed(raw)]
