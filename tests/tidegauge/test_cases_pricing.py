"""Prices that went wrong in public, through the `replay` command, and others of their kinds."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine.types import SECOND
from tests.shared import shared
from tests.tidegauge.command import run

START = 1_764_150_000 * SECOND
"""2025-11-26T09:40:00Z, as in the cases."""
INDEX = "[index.I]\nweights = { BTC = 1 }\n[index.I.alerts]\ndrawdown = [0.05, 0.10]\n"

Row = tuple[float, str, float, float, str, str]
"""Seconds from START, asset, price, size, venue, quote."""


class Replayed:
    """The last snapshot, and alerts as (rule, state, seconds from START)."""

    def __init__(self, source: Path, folder: Path, *options: str) -> None:
        index, alerts, out = (folder / name for name in ("i.toml", "a.jsonl", "o.jsonl"))
        index.write_text(INDEX)
        files = ("--indices", index, "--alerts", alerts, "--out", out)
        result = run("replay", source, *files, *options)
        assert result.returncode == 0, result.stderr
        lines = out.read_text().splitlines()
        self.snapshots: list[dict[str, Any]] = [json.loads(line) for line in lines]
        self.bodies = [json.loads(line) for line in alerts.read_text().splitlines()]
        self.last = self.snapshots[-1]
        self.alerts = [
            (b["rule"], b["state"], (b["at"] - START) / SECOND, b["disputed"]) for b in self.bodies
        ]

    @property
    def flags(self) -> list[str]:
        found = self.last["quality"]["flags"]
        assert isinstance(found, list)
        return found

    def check_calm(self, level: float = 1000.0) -> None:
        """No alert, no fall, this level."""
        assert self.alerts == []
        assert self.last["level"] == pytest.approx(level, rel=1e-12)
        assert self.last["drawdown"]["max"] == 0.0


def replay(rows: Iterable[Row], folder: Path, *options: str) -> Replayed:
    """The same of rows written here."""
    lines = ["ts,asset,price,size,venue,quote"]
    for second, asset, price, size, venue, quote in sorted(rows, key=lambda row: row[0]):
        lines.append(f"{START + round(second * SECOND)},{asset},{price},{size},{venue},{quote}")
    file = folder / "rows.csv"
    file.write_text("\n".join(lines) + "\n")
    return Replayed(file, folder, *options)


def btc(second: float, price: float, size: float = 1.0, venue: str = "binance") -> Row:
    return second, "BTC", price, size, venue, "USD"


def fired(second: float, disputed: bool = False) -> list[tuple[str, str, float, bool]]:
    return [(f"drawdown>={depth}", "firing", second, disputed) for depth in ("0.05", "0.10")]


# A thin or frozen venue against the deep one


def test_case_03_the_fall_of_the_deep_venue_rings_at_its_second_print(tmp_path: Path) -> None:
    got = Replayed(shared("cases/03-thin-venue-holds-the-price/frozen.csv"), tmp_path)
    assert got.alerts == fired(305)
    assert got.last["level"] == pytest.approx(1000 * 77000 / 91000, rel=1e-12)
    assert got.last["status"] == "live"
    assert got.last["quality"]["sources"] == {"BTC": ["binance:BTC-USD"]}


@pytest.mark.parametrize("size", [0.01, 5.0, 30.0])
def test_a_fall_while_two_venues_trade_each_150_seconds(tmp_path: Path, size: float) -> None:
    """12 % in a minute: it rings as it comes, and no all-clear is given; with thin venues of no
    weight and of up to a fifth of the deep one's."""
    rows = list[Row]()
    for second in range(0, 1200, 2):
        part = min(max((second - 500) / 60, 0.0), 1.0)
        rows.append(btc(second, 91000 * (1 - 0.12 * part), 4.0))
    for venue, first in (("gemini", 30), ("bitstamp", 100)):
        for second in range(first, 1200, 150):
            part = min(max((second - 500) / 60, 0.0), 1.0)
            rows.append(btc(second + 0.5, 91010 * (1 - 0.12 * part), size, venue))
    got = replay(rows, tmp_path)
    assert [a[:2] for a in got.alerts] == [a[:2] for a in fired(0)]
    # 5 % down is reached at second 525, 10 % at 550; the deep venue trades each 2 s.
    for (_, _, second, _), crossed in zip(got.alerts, (526, 550), strict=True):
        assert crossed <= second <= crossed + 2.5
    assert got.last["level"] == pytest.approx(880.0, rel=2e-4)


# A quote currency whose dollar market rests


def test_case_04_a_rate_that_rests_stays_what_it_was(tmp_path: Path) -> None:
    got = Replayed(shared("cases/04-rate-falls-back-to-one/hole.csv"), tmp_path, "--every", "1m")
    got.check_calm(1000 * 0.89 / 0.88)
    levels = sorted({s["level"] for s in got.snapshots if s["level"] is not None})
    assert levels == pytest.approx([1000.0, 1000 * 0.89 / 0.88], rel=1e-12)
    assert any("stale_rate" in s["quality"]["flags"] for s in got.snapshots)
    assert not any("assumed_peg" in s["quality"]["flags"] for s in got.snapshots[1:])


def test_a_rate_whose_market_is_silent_for_ever_stays_what_it_was(tmp_path: Path) -> None:
    rows = [(n, "USDC", 0.88, 1000.0, "kraken", "USD") for n in range(0, 60, 10)]
    rows += [(n, "BTC", 22700.0, 1.0, "venueq", "USDC") for n in range(0, 5000, 5)]
    got = replay(rows, tmp_path)
    got.check_calm()
    assert got.flags == ["single_source", "stale_rate"]


def test_a_rate_that_breaks_and_then_rests_rings_once(tmp_path: Path) -> None:
    """The other way round: from 1 to 0.88, and then silence. That fall is true."""
    rows = [(n, "USDC", 1.0 if n < 60 else 0.88, 1000.0, "kraken", "USD") for n in range(0, 80, 5)]
    rows += [(n + 1, "BTC", 22700.0, 1.0, "venueq", "USDC") for n in range(0, 2000, 5)]
    got = replay(rows, tmp_path)
    # The second print of the rate is at 65. What it makes of the last trade of BTC is believed
    # with the next trade of BTC, which could as well have been made at a price 1 / 0.88 as high.
    # A rate that jumps is in doubt for a minute.
    assert got.alerts == [(rule, state, at, True) for rule, state, at, _ in fired(66)]
    assert got.last["level"] == pytest.approx(880.0, rel=1e-12)
    assert "stale_rate" in got.flags


# One trade from the future


def test_case_06_a_stamp_of_tomorrow_is_refused(tmp_path: Path) -> None:
    case = shared("cases/06-one-trade-from-the-future/one_venue")
    got = Replayed(case, tmp_path, "--every", "1m")
    assert got.alerts == fired(123.02)
    assert got.last["level"] == pytest.approx(1000 * 77000 / 91000, rel=1e-12)
    assert got.last["status"] == "live"


def test_a_stamp_of_tomorrow_where_ids_have_no_order_is_refused(tmp_path: Path) -> None:
    header: dict[str, Any] = {
        "tidegauge_recording": 1,
        "started": START - SECOND,
        "session": "bybit-0",
        "venue": "bybit",
        "url": "wss://stream.bybit.com/v5/public/spot",
        "part": 1,
        "instruments": [["bybit", "BTCUSDT", "BTC", "USDT", "spot", False]],
        "stall": {"factor": 20.0, "burst": 0.05, "beats": 5, "first": 300.0, "check": 0.2},
        "tidegauge": "0",
    }
    answer = {"success": True, "ret_msg": "subscribe", "req_id": "BTCUSDT", "op": "subscribe"}
    lines: list[Any] = [header, {"at": START, "open": 1}]
    lines.append({"at": START + 1000, "c": 1, "in": json.dumps(answer)})
    for second in range(1, 300, 2):
        at = START + second * SECOND
        ts = at // 10**6 + (86_400_000 if second == 61 else 0)
        trade = {
            **{"T": ts, "s": "BTCUSDT", "S": "Buy", "v": "0.1"},
            **{"p": "91000" if second < 121 else "77000", "BT": False, "RPI": False},
            **{"seq": second},
            "i": f"5c2f9d1e-0000-4000-8000-{second:012d}",
        }
        frame = {"topic": "publicTrade.BTCUSDT", "type": "snapshot", "ts": ts, "data": [trade]}
        lines.append({"at": at + 20_000_000, "c": 1, "in": json.dumps(frame)})
    folder = tmp_path / "rec"
    folder.mkdir()
    example = shared("cases/06-one-trade-from-the-future/one_venue")
    name = next(path.name for path in example.iterdir()).replace("binance", "bybit")
    (folder / name).write_text("".join(json.dumps(line) + "\n" for line in lines))
    got = Replayed(folder, tmp_path)
    assert got.alerts == fired(123.02)
    assert got.last["level"] == pytest.approx(1000 * 77000 / 91000, rel=1e-12)


# The first print of all


def test_case_11_no_base_from_one_print_of_a_thin_venue(tmp_path: Path) -> None:
    got = Replayed(shared("cases/11-first-print-sets-the-base/p.csv"), tmp_path)
    got.check_calm()
    assert got.last["quality"]["sources"] == {"BTC": ["binance:BTC-USD"]}


@pytest.mark.parametrize("wrong", [140_000.0, 60_000.0, 9_100_000.0])
def test_no_base_from_one_wrong_print_of_the_only_venue(tmp_path: Path, wrong: float) -> None:
    """The market is at 91000 from its second print on."""
    got = replay([btc(0, wrong), *(btc(n, 91000.0) for n in range(4, 120, 4))], tmp_path)
    assert [state for _, state, _, _ in got.alerts] == []
    assert got.last["drawdown"]["max"] == 0.0
    assert got.last["level"] == 1000.0


# One wick


def test_case_14_one_wick_of_the_only_venue_does_not_ring(tmp_path: Path) -> None:
    Replayed(shared("cases/14-one-wick-rings/p.csv"), tmp_path).check_calm()


@pytest.mark.parametrize("fills", [1, 5])
@pytest.mark.parametrize("wick", [140_000.0, 60_000.0])
def test_a_wick_to_either_side_also_of_many_fills_does_not_ring(
    tmp_path: Path, wick: float, fills: int
) -> None:
    """Up it would set a peak that nothing reaches again; the fills of one order are one print."""
    rows = [btc(n, 91000.0, 0.1) for n in range(0, 300, 5)]
    rows += [btc(152 + n / 1000, wick * (1 + n / 10_000), 0.001) for n in range(fills)]
    got = replay(rows, tmp_path, "--every", "1s")
    got.check_calm()
    assert {s["level"] for s in got.snapshots if s["level"] is not None} == {1000.0}


def test_two_prints_are_a_move(tmp_path: Path) -> None:
    rows = [btc(n, 91000.0 if n < 150 else 77000.0) for n in range(0, 300, 5)]
    assert replay(rows, tmp_path).alerts == fired(155)


def test_the_start_of_the_cases() -> None:
    assert datetime.fromtimestamp(START / SECOND, UTC).isoformat() == "2025-11-26T09:40:00+00:00"
