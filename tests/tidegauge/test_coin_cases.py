"""Public reports of wrong coins and of prices that no order book made, through the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.shared import shared
from tests.tidegauge.command import run
from tests.tidegauge.running import jsonl


def decoded(venue: str, file: Path) -> list[dict[str, Any]]:
    result = run("decode", venue, file)
    assert (result.returncode, result.stderr) == (0, "")
    return jsonl(result.stdout)


def replayed(case: str, name: str, tmp_path: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The last snapshot, and the alerts."""
    folder, alerts = shared(f"cases/{case}"), tmp_path / "alerts.jsonl"
    words = ("--indices", folder / "index.toml", "--alerts", alerts)
    result = run("replay", folder / name, *words)
    assert result.returncode == 0, result.stderr
    lines = [line for line in result.stderr.splitlines() if not line.startswith("compiling")]
    assert lines == []
    return jsonl(result.stdout)[-1], jsonl(alerts.read_text())


def test_ids_taken_by_events_outside_the_market_are_not_missing(tmp_path: Path) -> None:
    found = decoded("binance_usdm", shared("cases/01-usdm-na-trades/frames.jsonl"))
    assert [line["id"] for line in found] == [str(7_000_000_000 + n) for n in range(1, 7)]
    outside = [line["id"] for line in found if line.get("off_book")]
    assert outside == ["7000000003", "7000000004"]
    assert all("off_book" not in line for line in found if line["id"] not in outside)
    snapshot, _ = replayed("01-usdm-na-trades", "rec", tmp_path)
    assert snapshot["quality"]["gap_seconds_24h"] == 0
    assert snapshot["level"] == 1000.0


@pytest.mark.parametrize(("venue", "outside"), [("bybit", [1]), ("deribit", [1])])
def test_block_trades_are_marked(venue: str, outside: list[int]) -> None:
    found = decoded(venue, shared(f"cases/02-block-trades/{venue}.jsonl"))
    assert [n for n, line in enumerate(found) if line.get("off_book")] == outside
    assert found[1]["price"] == 80_000.0


def test_block_trades_neither_price_nor_ring(tmp_path: Path) -> None:
    snapshot, alerts = replayed("02-block-trades", "rec", tmp_path)
    assert alerts == []
    assert snapshot["drawdown"]["max"] == pytest.approx(0.0000220, abs=5e-8)


def test_luna_is_two_coins(tmp_path: Path) -> None:
    found = decoded("kraken", shared("cases/05-luna-is-two-coins/kraken_frames.jsonl"))
    bases = {line["symbol"]: line["base"] for line in found}
    assert bases == {"LUNA/USD": "LUNC", "LUNA2/USD": "LUNA", "PEPE/USD": "PEPE"}
    snapshot, alerts = replayed("05-luna-is-two-coins", "kraken_first", tmp_path)
    assert snapshot["quality"]["sources"]["LUNA"] == ["binance:LUNAUSDT"]
    assert snapshot["quality"]["excluded"] == []
    assert alerts == []


def test_contracts_of_a_thousand_coins_are_told_of_one() -> None:
    found = decoded("binance_usdm", shared("cases/13-multiplier-contracts/binance_usdm.jsonl"))
    assert [(line["base"], line["price"], line["size"], line["kind"]) for line in found] == [
        ("PEPE", 0.00000421, 100_000.0, "perpetual"),
        ("BABYDOGE", 8e-10, 100_000_000.0, "perpetual"),
        ("BTC", 91_000.0, 0.1, "future"),
    ]


@pytest.mark.parametrize(
    ("venue", "frame", "base", "price", "size"),
    [
        (
            "bybit",
            '{"topic":"publicTrade.SHIB1000USDT","type":"snapshot","ts":1764150000001,"data":[{"T":'
            '1764150000000,"s":"SHIB1000USDT","S":"Buy","v":"20","p":"0.008415","L":"PlusTick",'
            '"i":"20f43950-d8dd-5b31-9112-a178eb6023af","BT":false}]}',
            *("SHIB", 0.000008415, 20_000.0),
        ),
        (
            "hyperliquid",
            '{"channel":"trades","data":[{"coin":"kPEPE","side":"B","px":"0.00421","sz":"5","time":'
            '1764150000000,"hash":"0x1","tid":7}]}',
            *("PEPE", 0.00000421, 5_000.0),
        ),
    ],
)
def test_multiples_of_other_venues(
    venue: str, frame: str, base: str, price: float, size: float, tmp_path: Path
) -> None:
    file = tmp_path / "frames.jsonl"
    later = frame.replace('"tid":7', '"tid":8')  # Hyperliquid's first frame is history
    file.write_text(f"{frame}\n{later}\n")
    line = decoded(venue, file)[-1]
    assert (line["base"], line["price"], line["size"]) == (base, price, size)


def test_a_name_beyond_ascii_is_a_name_everywhere(tmp_path: Path) -> None:
    [line] = decoded("binance", shared("cases/15-non-ascii-symbol/frames.jsonl"))
    assert (line["symbol"], line["base"], line["quote"]) == ("币安人生USDT", "币安人生", "USDT")
    assert (line["price"], line["size"]) == (0.1421, 700.0)
    snapshot, _ = replayed("15-non-ascii-symbol", "p.csv", tmp_path)
    assert snapshot["level"] == 1000.0


@pytest.mark.parametrize("name", ["btc", "B C", "ＢＴＣ", "B\u200bC"])
def test_what_is_no_name_is_refused_with_the_true_reason(name: str, tmp_path: Path) -> None:
    index, prices = tmp_path / "i.toml", tmp_path / "p.csv"
    index.write_text(f"[index.I]\nassets = [{json.dumps(name)}]\n")
    prices.write_text("ts,asset,price\n2024-01-01,BTC,1\n")
    result = run("replay", prices, "--indices", index)
    assert result.returncode == 2
    assert "capital letters and digits, of any script" in result.stderr
    assert "Traceback" not in result.stderr
