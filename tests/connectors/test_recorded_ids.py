"""What recordings say about instruments and ids: which ids count, and what is history."""

from __future__ import annotations

import gzip
import json

import pytest

from connectors.feed.decode import decode
from connectors.venues.events import Malformed
from engine.records import Gap, Tick
from tests.connectors.recorded_rows import live_trades
from tests.connectors.recordings import (
    exact_json,
    feed,
    frames,
    needs_recordings,
    recorded,
)
from tests.shared import DATA

pytestmark = needs_recordings


@pytest.mark.parametrize("venue", ["binance", "coinbase", "kraken"])
def test_recorded_pairs_are_named_in_our_terms(venue: str) -> None:
    lines = frames(venue).read_text().splitlines()
    seen = {e.instrument for _, e in decode(venue, lines) if isinstance(e, Tick)}
    pairs = {(i.symbol, i.base, i.quote) for i in seen}
    by_venue = {
        "binance": {("BTCUSDT", "BTC", "USDT"), ("ETHUSDT", "ETH", "USDT")},
        "coinbase": {("BTC-USD", "BTC", "USD"), ("ETH-USD", "ETH", "USD")},
        "kraken": {("BTC/USD", "BTC", "USD"), ("ETH/USD", "ETH", "USD")},
    }
    assert by_venue[venue] <= pairs
    assert {(i.venue, i.kind, i.counts) for i in seen} == {(venue, "spot", True)}


INSTRUMENTS = {
    "bitmex": {
        ("UNIUSDT", "UNI", "USDT", "perpetual"),
        ("XBTUSD", "BTC", "USD", "perpetual"),
        ("MATICUSDT", "MATIC", "USDT", "perpetual"),
        ("LTCM21", "LTC", "BTC", "future"),
        ("LTCUSD", "LTC", "USD", "perpetual"),
        ("DOGEUSDT", "DOGE", "USDT", "perpetual"),
        ("EOSM21", "EOS", "BTC", "future"),
    },
    "htx": {
        ("fil3susdt", "FIL3S", "USDT", "spot"),
        ("xvgeth", "XVG", "ETH", "spot"),
    },
    "kucoin": {
        ("DAPPT-BTC", "DAPPT", "BTC", "spot"),
        ("BCHSV-USDT", "BSV", "USDT", "spot"),
        ("FET-BTC", "FET", "BTC", "spot"),
    },
    "upbit": {
        ("KRW-LAMB", "LAMB", "KRW", "spot"),
        ("KRW-WAVES", "WAVES", "KRW", "spot"),
        ("BTC-ITAM", "ITAM", "BTC", "spot"),
    },
    "hyperliquid": {("BTC", "BTC", "USDC", "perpetual")},
}


@pytest.mark.parametrize("venue", [*INSTRUMENTS, "cryptocom", "bitget"])
def test_recorded_instruments_are_named_in_our_terms(venue: str) -> None:
    found = feed(venue, frames(venue))
    seen = {e.instrument for _, e in found if isinstance(e, Tick)}
    names = {(i.symbol, i.base, i.quote, i.kind) for i in seen}
    if venue == "cryptocom":
        assert names == {(n, *n.split("_"), "spot") for n, *_ in names}
        assert len(names) == 10
    elif venue == "bitget":
        assert names == {(n, n.removesuffix("USDT"), "USDT", "spot") for n, *_ in names}
        assert len(names) == 8
    else:
        assert names == INSTRUMENTS[venue]
    assert {(i.venue, i.counts) for i in seen} == {(venue, venue == "htx")}


# ---- ids


@pytest.mark.parametrize("venue", ["binance", "coinbase", "kraken"])
def test_recorded_ids_have_no_hole_within_a_connection(venue: str) -> None:
    """The ids are what the wire facts say: they step by one, so `counts` is true."""
    last: dict[str, int] = {}
    steps: list[int] = []
    for _, event in decode(venue, frames(venue).read_text().splitlines()):
        assert isinstance(event, Tick)
        symbol, number = event.instrument.symbol, int(event.id or "-1")
        if symbol in last:
            steps.append(number - last[symbol])
        last[symbol] = number
    # Recordings are joined from several connections, with days between them.
    assert steps.count(1) / len(steps) > (0.5 if venue == "kraken" else 0.9)


def test_ids_that_count_have_no_hole() -> None:
    for venue, file in (("coinbase_advanced", "full"), ("binance_usdm", "frames")):
        if file == "full":
            with gzip.open(DATA / "frames" / "full_coinbase_advanced.jsonl.gz", "rt") as stream:
                lines = stream.read().splitlines()
        else:
            lines = frames(venue).read_text().splitlines()
        ids: dict[str, list[int]] = {}
        for _, event in decode(venue, lines):
            assert isinstance(event, Tick)
            assert event.instrument.counts
            ids.setdefault(event.instrument.symbol, []).append(int(event.id or "-1"))
        assert len(ids) == 2
        for numbers in ids.values():
            assert numbers == list(range(numbers[0], numbers[0] + len(numbers))), venue


@pytest.mark.parametrize("venue", ["okx", "kraken_futures", "bitfinex"])
def test_no_gap_in_recordings_without_one(venue: str) -> None:
    lines = frames(venue).read_text().splitlines()
    assert [e for _, e in decode(venue, lines) if isinstance(e, Gap)] == []


@pytest.mark.parametrize(
    "venue", ["bitfinex", "bitstamp", "bybit", "gate", "gemini", "kraken_futures", "okx"]
)
def test_other_ids_do_not_count(venue: str) -> None:
    lines = frames(venue).read_text().splitlines()
    ticks = [e for _, e in decode(venue, lines) if isinstance(e, Tick)]
    assert {tick.instrument.counts for tick in ticks} == {False}


def test_htx_trade_ids_step_by_one() -> None:
    """So `counts` is true; history is left out, but the first live id follows on it."""
    steps: list[int] = []
    last: dict[str, int] = {}
    for _, _, data in recorded(frames("htx")):
        for symbol, _, _, _, number, _ in live_trades("htx", data):
            if symbol in last:
                steps.append(int(number) - last[symbol])
            last[symbol] = int(number)
    assert steps == [1] * 21


@pytest.mark.parametrize("venue", ["kucoin", "upbit", "hyperliquid", "cryptocom"])
def test_other_ids_do_not_step_by_one(venue: str) -> None:
    """So `counts` is false."""
    steps: list[int] = []
    last: dict[str, int] = {}
    for _, event in feed(venue, frames(venue)):
        assert not isinstance(event, Malformed)
        if isinstance(event, Tick):
            symbol, number = event.instrument.symbol, int(event.id or "", 16)
            if symbol in last:
                steps.append(number - last[symbol])
            last[symbol] = number
    assert steps
    assert [step for step in steps if step != 1]


# ---- history


def test_history_of_coinbase_and_kraken_gives_no_tick() -> None:
    lines = frames("coinbase").read_text().splitlines()
    history = [line for line in lines if '"type":"last_match"' in line]
    assert len(history) == 12
    assert list(decode("coinbase", history)) == []
    update = exact_json('{"channel":"trade","type":"update","data":[]}')
    trades = [
        line
        for line in frames("kraken").read_text().splitlines()
        if line.startswith('{"channel":"trade"')
    ]
    assert update["type"] == "update"
    snapshots = [line.replace('"type":"update"', '"type":"snapshot"') for line in trades]
    assert len(snapshots) == 6
    assert list(decode("kraken", snapshots)) == []


def test_history_gives_no_tick() -> None:
    marks = {
        "coinbase_advanced": ('"type":"snapshot","trades"', 2, 200),
        "kraken_futures": ('"trade_snapshot"', 10, 1000),
        "gemini": ('"trades":[{', 15, 1110),
    }
    for venue, (mark, count, rows) in marks.items():
        lines = [x for x in frames(venue).read_text().splitlines() if mark in x]
        history = [
            trade
            for line in lines
            for data in (json.loads(line),)
            for trade in data.get("trades") or data["events"][0]["trades"]
        ]
        assert (len(lines), len(history)) == (count, rows), venue
        assert list(decode(venue, lines)) == []
    lines = frames("bitfinex").read_text().splitlines()
    arrays = [json.loads(line) for line in lines if line.startswith("[")]
    known = {
        data["chanId"]
        for data in map(json.loads, (line for line in lines if '"subscribed"' in line))
        if data["channel"] == "trades"
    }
    history = [a for a in arrays if a[0] in known and type(a[1]) is list]
    assert len(history) == 15
    assert sum(len(a[1]) for a in history) > 300
    ids = {str(trade[0]) for a in history for trade in a[1]}
    ticks = [e for _, e in decode("bitfinex", lines) if isinstance(e, Tick)]
    assert ids.isdisjoint(tick.id for tick in ticks)
