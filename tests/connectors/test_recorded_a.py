"""Every recorded frame of nine more venues: value by value, and never a tick of another venue."""

import gzip
import json
from collections.abc import Iterable
from typing import Any

import pytest

from connectors.feed.decode import decode
from connectors.venues.base import Ack, Event, Heartbeat, Malformed, Parser, Refused
from connectors.venues.registry import VENUES
from engine.types import Gap, Tick
from tests.connectors.expected_a import (
    DATA,
    FRAMES,
    SINGLES,
    Trade,
    expected,
    lines_of,
    oracle,
)
from tests.connectors.test_recorded import exact_ns

pytestmark = pytest.mark.skipif(
    not (DATA / "frames").is_dir(), reason=f"the recordings are not here: {DATA}"
)
TRADES = {
    "okx": 79,
    "bybit": 169,
    "binance_usdm": 4999,
    "coinbase_advanced": 46,
    "kraken_futures": 3,
    "bitstamp": 26,
    "bitfinex": 3,
    "gemini": 73,
    "gate": 5,
}
"""Counted with grep, less the history: OKX without one option, Bybit's trades are in 63 frames."""
OPTION = "the size of a contract of BTC-USD-210924-66000-C is not known here"


def same(event: object, trade: Trade) -> bool:
    """Whether a tick is this trade, with floats the nearest to the exact numbers."""
    assert isinstance(event, Tick), event
    symbol, base, quote, kind, price, size, side, number, ts = trade
    i = event.instrument
    assert (i.symbol, i.base, i.quote, i.kind) == (symbol, base, quote, kind)
    assert event.price == float(price)
    # Sizes of contracts are made by a division of two rounded numbers.
    contract = kind != "spot"
    assert event.size == (pytest.approx(float(size), rel=1e-15) if contract else float(size))
    assert (event.side, event.id, event.ts) == (side, number, ts)
    return True


def fed(parser: Parser, lines: Iterable[str]) -> list[Event]:
    return [event for line in lines for event in parser.feed(line)]


@pytest.mark.parametrize("venue", FRAMES)
def test_every_recorded_trade_value_by_value(venue: str) -> None:
    lines = lines_of("frames", f"frames_{FRAMES[venue]}.jsonl")
    wanted = expected(venue, lines)
    found = list(decode(venue, lines))
    others = [(number, event) for number, event in found if not isinstance(event, Tick)]
    ticks = [(number, event) for number, event in found if isinstance(event, Tick)]
    assert len(wanted) == TRADES[venue]
    assert [number for number, _ in ticks] == [number for number, _ in wanted]
    assert all(same(tick, trade) for (_, tick), (_, trade) in zip(ticks, wanted, strict=True))
    assert {tick.instrument.venue for _, tick in ticks} == {venue}
    if venue == "okx":  # an option
        assert [e.reason for _, e in others if isinstance(e, Malformed)] == [OPTION]
    else:
        assert [e for _, e in others if isinstance(e, Malformed)] == []


@pytest.mark.parametrize("venue", SINGLES)
def test_single_trades_value_by_value(venue: str) -> None:
    trades = 0
    for line in lines_of("singles", f"singles_{SINGLES[venue]}.jsonl"):
        found = [event for _, event in decode(venue, [line])]
        wanted = [trade for _, trade in expected(venue, [line])]
        if wanted:
            assert all(same(e, t) for e, t in zip(found, wanted, strict=True))
        else:
            assert [e for e in found if isinstance(e, Tick)] == [], line
        trades += len(wanted)
    assert trades == {"okx": 3, "bybit": 3, "kraken_futures": 2, "bitstamp": 1, "gate": 0}[venue]


def test_bitfinex_single_trade() -> None:
    """The collector had put the subscription in the place of the channel's number."""
    said: dict[str, Any] = {"event": "subscribed", "channel": "trades", "chanId": 7}
    subscribed = said | {"symbol": "tBTCUST", "pair": "BTCUST"}
    lines = lines_of("singles", "singles_bitfinex_v2.jsonl")
    [live] = [json.loads(line) for line in lines if '"te"' in line]
    history = json.loads(next(line for line in lines if "[[647229117" in line))
    lines = [json.dumps(x) for x in (subscribed, [7, *live[1:]], [7, *history[1:]])]
    [tick] = [event for _, event in decode("bitfinex", lines)]
    [(_, trade)] = expected("bitfinex", lines)
    assert same(tick, trade)
    assert [str(x) for x in trade[4:6]] == ["51350", "0.11546588"]
    assert trade[6:] == ("buy", "637771130", 1615232733897000000)


OLD_GATE = "the first frame of v3 is history and looks like any other"


@pytest.mark.parametrize("venue", [v for v in FRAMES if v != "coinbase_advanced"])
def test_parser_oracle(venue: str) -> None:
    """Tardis names symbols in upper case, counts contracts, and drops what is below a µs.

    It has no frames of Coinbase Advanced; the recorded ones are held value by value above.
    """
    names = [FRAMES[venue], *(["gemini_v3"] if venue == "gemini" else [])]
    trades = 0
    for case in (case for name in names for case in oracle(name)):
        lines = [json.dumps(case["frame"])]
        if venue == "gate" and "method" in case["frame"]:
            assert [type(e) for _, e in decode(venue, lines)] == [Malformed], OLD_GATE
            continue
        if venue == "bitfinex" and type(case["frame"]) is list:
            said = {"event": "subscribed", "channel": "trades", "chanId": 89}
            lines.insert(0, json.dumps(said | {"symbol": "tBTCUSD", "pair": "BTCUSD"}))
        found = [e for _, e in decode(venue, lines) if isinstance(e, Tick)]
        wanted = case["expected_trades"]
        assert len(found) == len(wanted), case["ref"]
        for tick, trade in zip(found, wanted, strict=True):
            assert tick.instrument.symbol.upper() == trade["symbol"]
            side = None if trade["side"] == "unknown" else trade["side"]
            assert (tick.price, tick.side) == (trade["price"], side)
            assert trade.get("id_usable", True)
            assert tick.id == trade["id"]
            assert tick.ts // 1000 * 1000 == exact_ns(trade["timestamp"])
            size = trade["amount"]
            inverse = tick.instrument.kind != "spot" and tick.instrument.quote == "USD"
            if inverse and venue == "okx":
                size *= 100 if tick.instrument.base == "BTC" else 10
            assert tick.size == (size / tick.price if inverse else size)
        trades += len(wanted)
    counts = {"okx": 6, "bybit": 7, "binance_usdm": 2, "kraken_futures": 3, "gate": 1}
    assert trades == (counts | {"bitstamp": 2, "bitfinex": 1, "gemini": 3})[venue]


@pytest.mark.parametrize("venue", ["okx", "bybit"])
def test_an_answer_of_the_rest_interface_is_malformed(venue: str) -> None:
    answer = (DATA / "rest" / f"{venue}.json").read_text()
    assert [type(e) for e in VENUES[venue].parser(()).feed(answer)] == [Malformed]


# ---- history


def test_history_gives_no_tick() -> None:
    marks = {
        "coinbase_advanced": ('"type":"snapshot","trades"', 2, 200),
        "kraken_futures": ('"trade_snapshot"', 10, 1000),
        "gemini": ('"trades":[{', 15, 1110),
    }
    for venue, (mark, frames, rows) in marks.items():
        lines = [x for x in lines_of("frames", f"frames_{FRAMES[venue]}.jsonl") if mark in x]
        history = [
            trade
            for line in lines
            for data in (json.loads(line),)
            for trade in data.get("trades") or data["events"][0]["trades"]
        ]
        assert (len(lines), len(history)) == (frames, rows), venue
        assert list(decode(venue, lines)) == []
    lines = lines_of("frames", "frames_bitfinex_v2.jsonl")
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


# ---- gaps


def test_ids_that_count_have_no_hole() -> None:
    for venue, file in (("coinbase_advanced", "full"), ("binance_usdm", "frames")):
        if file == "full":
            with gzip.open(DATA / "frames" / "full_coinbase_advanced.jsonl.gz", "rt") as stream:
                lines = stream.read().splitlines()
        else:
            lines = lines_of("frames", f"frames_{FRAMES[venue]}.jsonl")
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
    lines = lines_of("frames", f"frames_{FRAMES[venue]}.jsonl")
    assert [e for _, e in decode(venue, lines) if isinstance(e, Gap)] == []


@pytest.mark.parametrize("venue", sorted(set(FRAMES) - {"coinbase_advanced", "binance_usdm"}))
def test_other_ids_do_not_count(venue: str) -> None:
    lines = lines_of("frames", f"frames_{FRAMES[venue]}.jsonl")
    ticks = [e for _, e in decode(venue, lines) if isinstance(e, Tick)]
    assert {tick.instrument.counts for tick in ticks} == {False}


# ---- answers


def test_recorded_answers() -> None:
    acks = {"okx": 16, "kraken_futures": 10, "bitstamp": 20, "bitfinex": 15}
    for venue, count in acks.items():
        lines = lines_of("frames", f"frames_{FRAMES[venue]}.jsonl")
        events = fed(VENUES[venue].parser(()), lines)
        assert sum(isinstance(e, Ack) for e in events) == count, venue
        assert not any(isinstance(e, Refused) for e in events)
    heartbeats = {"coinbase_advanced": 11, "bitfinex": 42, "gemini": 31}
    for venue, count in heartbeats.items():
        lines = lines_of("frames", f"frames_{FRAMES[venue]}.jsonl")
        events = fed(VENUES[venue].parser(()), lines)
        assert sum(isinstance(e, Heartbeat) for e in events) == count, venue


def test_recorded_controls() -> None:
    cases = [json.loads(x) for x in lines_of("singles", "control_and_errors.jsonl")]

    def events(source: str, venue: str, assets: list[str]) -> list[Event]:
        parser = VENUES[venue].parser(VENUES[venue].instruments(assets))
        return fed(parser, [json.dumps(c["frame"]) for c in cases if c["exchange"] == source])

    assert events("bybit_v5", "bybit", ["BTC"]) == [
        Refused(None, "Invalid topic: invalid.topic.BTCUSDT")
    ]
    found = events("coinbase_advanced", "coinbase_advanced", ["BTC", "ETH"])
    assert found == [Ack("BTC-USD"), Ack("ETH-USD"), Heartbeat()]
    [tick] = events("okx_v5", "okx", ["BTC"])
    assert isinstance(tick, Tick)
    assert (tick.instrument.symbol, tick.instrument.quote, tick.id) == (
        "BTC-USD",
        "USD",
        "130639474",
    )
    assert (tick.price, tick.size, tick.ts) == (42219.9, 0.12060306, 1630048897897000000)
