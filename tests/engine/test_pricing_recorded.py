"""Recorded trades of Binance through the Pricer."""

from __future__ import annotations

import csv
import gzip
from itertools import groupby, pairwise

import pytest

from engine.pricing.pricer import Pricer
from engine.records import DefinitionRecord, Instrument, PriceFrame, TickFrame
from tests.engine.pricing_desk import AT_ONCE
from tests.shared import DATA

TICKS = DATA / "ticks"

FILES = [
    ("binance_spot_btcusdt_20240808", "binance", "BTC", "USDT", "spot", 9757),
    ("binance_spot_ethusdt_20240808", "binance", "ETH", "USDT", "spot", 6106),
    ("binance_usdm_btcusdt_20240808_part1", "binance_usdm", "BTC", "USDT", "perpetual", 12787),
    ("binance_cm_ethusd_perp_20240808", "binance_coinm", "ETH", "USD", "perpetual", 1732),
]


def read(name: str) -> list[dict[str, str]]:
    path = TICKS / f"{name}.csv.gz"
    if not path.exists():
        pytest.skip(f"the shared recordings are not there ({path.name})")
    with gzip.open(path, "rt") as file:
        return list(csv.DictReader(file))


def frames(rows: list[dict[str, str]], instrument: Instrument) -> list[TickFrame]:
    """Frames of 10 ms of what the recorder received."""
    found = []
    for _, group in groupby(rows, key=lambda row: int(row["recv_ts_ns"]) // 10_000_000):
        part = list(group)
        received = [int(row["recv_ts_ns"]) for row in part]
        found.append(
            TickFrame(
                received[-1],
                "replay",
                [instrument],
                [0] * len(part),
                [float(row["price"]) for row in part],
                [float(row["qty"]) for row in part],
                ["sell" if row["is_buyer_maker"] == "1" else "buy" for row in part],
                [row["trade_id"] for row in part],
                [int(row["trade_ts_ms"]) * 1_000_000 for row in part],
                received,
                [],
            )
        )
    return found


@pytest.mark.parametrize(("name", "venue", "base", "quote", "kind", "n"), FILES)
def test_every_recorded_trade_counts_once_and_nothing_is_missing(
    name: str, venue: str, base: str, quote: str, kind: str, n: int
) -> None:
    rows = read(name)
    assert len(rows) == n
    assert {int(b["trade_id"]) - int(a["trade_id"]) for a, b in pairwise(rows)} == {1}
    instrument = Instrument(venue, rows[0]["symbol"], base, quote, kind, True)  # type: ignore[arg-type]
    key = base if kind == "spot" else f"{base}@{kind}"
    pricer = Pricer(AT_ONCE)
    pricer.apply(DefinitionRecord(1, "replay", "X", {"assets": [base], "kinds": [kind]}))
    told = dict[int, float]()
    for record in frames(rows, instrument):
        # Twice: a second connector, or a record written again. Nothing may change by it.
        for frame in (record, record):
            (output,) = pricer.apply(frame)
            body = output.body
            assert isinstance(body, PriceFrame)
            assert body.gaps == []
            assert set(body.asset) <= {key}
            told.update(zip(body.at, body.price, strict=True))
    counters = pricer.counters
    assert counters.accepted == n
    assert counters.late + counters.duplicate == n
    assert (counters.gaps, counters.reordered, counters.rejected_price) == (0, 0, 0)
    # One source: the price of an instant is that of its last trade.
    assert told == {int(row["recv_ts_ns"]): float(row["price"]) for row in rows}


def test_a_lost_part_of_a_recording_is_one_gap() -> None:
    rows = read("binance_spot_btcusdt_20240808")
    kept = rows[:3000] + rows[3100:]
    pricer = Pricer()
    pricer.apply(DefinitionRecord(1, "replay", "X", {"assets": ["BTC"]}))
    instrument = Instrument("binance", "BTCUSDT", "BTC", "USDT", "spot", True)
    spans = [gap for frame in frames(kept, instrument) for gap in pricer.apply(frame)[0].body.gaps]
    start, end = int(rows[2999]["recv_ts_ns"]), int(rows[3100]["recv_ts_ns"])
    assert spans == [("BTC", "binance", "BTCUSDT", start, end, "ids")]
    assert pricer.counters.accepted == len(rows) - 100
