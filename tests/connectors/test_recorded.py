"""Every recorded frame: the expected trades are computed here, from the JSON, another way."""

import asyncio
import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.feed.connect import VenueSessions
from connectors.feed.decode import decode
from connectors.simulator import Playback
from connectors.venues.base import Malformed
from connectors.venues.registry import VENUES
from engine.types import Gap, Tick
from tests.connectors.waiting import wait_until

DATA = (Path(__file__).resolve().parents[2] / ".." / "shared" / "data").resolve()
pytestmark = pytest.mark.skipif(
    not (DATA / "frames").is_dir(), reason=f"the recordings are not here: {DATA}"
)
RECORDED = {
    "binance": "frames_binance_spot.jsonl",
    "coinbase": "frames_coinbase_exchange.jsonl",
    "kraken": "frames_kraken_v2.jsonl",
}
TRADES = {"binance": 5697, "coinbase": 314, "kraken": 13}
"""Counted with grep; Kraken's are in six frames."""


def exact_ns(text: str) -> int:
    """ISO 8601 to ns through Decimal seconds, with no float."""
    whole, _, fraction = text.removesuffix("Z").partition(".")
    seconds = int(datetime.fromisoformat(whole + "+00:00").timestamp())
    return int((seconds + Decimal(f"0.{fraction or 0}")) * 10**9)


def expected(venue: str, frame: dict[str, Any]) -> list[tuple[Any, ...]]:
    """(symbol, price, size, taker's side, id, ns) of the live trades of a frame."""
    if venue == "binance":
        data = frame.get("data", frame)
        if data.get("e") != "trade":
            return []
        rows = [(data["s"], data["p"], data["q"], ["buy", "sell"][data["m"]], data["t"])]
        times = [data["T"] * 10**6]
    elif venue == "coinbase":
        if frame.get("type") != "match":
            return []
        side = {"buy": "sell", "sell": "buy"}[frame["side"]]
        rows = [(frame["product_id"], frame["price"], frame["size"], side, frame["trade_id"])]
        times = [exact_ns(frame["time"])]
    else:
        if frame.get("channel") != "trade" or frame["type"] != "update":
            return []
        rows = [
            (t["symbol"], t["price"], t["qty"], t["side"], t["trade_id"]) for t in frame["data"]
        ]
        times = [exact_ns(t["timestamp"]) for t in frame["data"]]
    return [
        (symbol, float(Decimal(price)), float(Decimal(size)), side, str(number), ts)
        for (symbol, price, size, side, number), ts in zip(rows, times, strict=True)
    ]


def plain(tick: Tick) -> tuple[Any, ...]:
    return (tick.instrument.symbol, tick.price, tick.size, tick.side, tick.id, tick.ts)


def exact_json(line: str) -> Any:
    return json.loads(line, parse_float=Decimal)


@pytest.mark.parametrize("venue", RECORDED)
def test_every_recorded_trade_value_by_value(venue: str) -> None:
    lines = (DATA / "frames" / RECORDED[venue]).read_text().splitlines()
    wanted = [
        (number, *trade)
        for number, line in enumerate(lines, 1)
        for trade in expected(venue, exact_json(line))
    ]
    found = [
        (number, *(plain(event) if isinstance(event, Tick) else ("?", event)))
        for number, event in decode(venue, lines)
    ]
    assert len(wanted) == TRADES[venue]
    assert found == wanted


@pytest.mark.parametrize("venue", RECORDED)
def test_recorded_instruments_are_named_in_our_terms(venue: str) -> None:
    lines = (DATA / "frames" / RECORDED[venue]).read_text().splitlines()
    seen = {e.instrument for _, e in decode(venue, lines) if isinstance(e, Tick)}
    pairs = {(i.symbol, i.base, i.quote) for i in seen}
    by_venue = {
        "binance": {("BTCUSDT", "BTC", "USDT"), ("ETHUSDT", "ETH", "USDT")},
        "coinbase": {("BTC-USD", "BTC", "USD"), ("ETH-USD", "ETH", "USD")},
        "kraken": {("BTC/USD", "BTC", "USD"), ("ETH/USD", "ETH", "USD")},
    }
    assert by_venue[venue] <= pairs
    assert {(i.venue, i.kind, i.counts) for i in seen} == {(venue, "spot", True)}


@pytest.mark.parametrize("venue", RECORDED)
def test_recorded_ids_have_no_hole_within_a_connection(venue: str) -> None:
    """The ids are what the wire facts say: they step by one, so `counts` is true."""
    last: dict[str, int] = {}
    steps: list[int] = []
    for _, event in decode(venue, (DATA / "frames" / RECORDED[venue]).read_text().splitlines()):
        assert isinstance(event, Tick)
        symbol, number = event.instrument.symbol, int(event.id or "-1")
        if symbol in last:
            steps.append(number - last[symbol])
        last[symbol] = number
    # Recordings are joined from several connections, with days between them.
    assert steps.count(1) / len(steps) > (0.5 if venue == "kraken" else 0.9)


@pytest.mark.parametrize("venue", RECORDED)
def test_parser_oracle(venue: str) -> None:
    name = RECORDED[venue].replace("frames_", "tardis_")
    cases = [json.loads(line) for line in (DATA / "parser_oracle" / name).read_text().splitlines()]
    trades = 0
    for case in cases:
        events = [e for _, e in decode(venue, [json.dumps(case["frame"])])]
        wanted = [
            (t["symbol"], t["price"], t["amount"], t["side"], t["id"], exact_ns(t["timestamp"]))
            for t in case["expected_trades"]
        ]
        found = [plain(e) if isinstance(e, Tick) else e for e in events]
        assert found == wanted, case["ref"]
        trades += len(wanted)
    assert trades == {"binance": 2, "coinbase": 1, "kraken": 1}[venue]


def test_history_gives_no_tick() -> None:
    lines = (DATA / "frames" / RECORDED["coinbase"]).read_text().splitlines()
    history = [line for line in lines if '"type":"last_match"' in line]
    assert len(history) == 12
    assert list(decode("coinbase", history)) == []
    update = exact_json('{"channel":"trade","type":"update","data":[]}')
    trades = [
        line
        for line in (DATA / "frames" / RECORDED["kraken"]).read_text().splitlines()
        if line.startswith('{"channel":"trade"')
    ]
    assert update["type"] == "update"
    snapshots = [line.replace('"type":"update"', '"type":"snapshot"') for line in trades]
    assert len(snapshots) == 6
    assert list(decode("kraken", snapshots)) == []


def test_binance_futures_are_refused_by_name() -> None:
    lines = (DATA / "frames" / "frames_binance_usdm.jsonl").read_text().splitlines()
    trades = [line for line in lines if '"e":"trade"' in line]
    events = [event for _, event in decode("binance", trades)]
    assert len(trades) == 4999
    assert {type(e) for e in events} == {Malformed}
    assert all("missing required field 'M'" in e.reason for e in events)


def test_recorded_refusals_and_acknowledgements() -> None:
    cases = [
        json.loads(line)
        for line in (DATA / "singles" / "control_and_errors.jsonl").read_text().splitlines()
    ]
    kraken = VENUES["kraken"].parser(())
    events = [
        e
        for c in cases
        if c["exchange"] == "kraken_v2"
        for e in kraken.feed(json.dumps(c["frame"]))
    ]
    refusals = [(e.symbol, e.reason) for e in events if type(e).__name__ == "Refused"]
    assert refusals == [
        ("XBT/USD", "Currency pair not supported XBT/USD"),
        (
            None,
            "Private data and trading are unavailable on this endpoint. Try ws-auth.kraken.com",
        ),
    ]
    assert not [e for e in events if isinstance(e, Malformed)]
    lines = (DATA / "frames" / RECORDED["kraken"]).read_text().splitlines()
    acks = [e for line in lines for e in kraken.feed(line) if type(e).__name__ == "Ack"]
    assert [a.symbol for a in acks] == ["BTC/USD", "ETH/USD"]
    lines = (DATA / "frames" / RECORDED["coinbase"]).read_text().splitlines()
    venue = VENUES["coinbase"]
    coinbase = venue.parser(venue.instruments(["BTC", "ETH"]))
    acks = [e for line in lines for e in coinbase.feed(line) if type(e).__name__ == "Ack"]
    assert sorted(a.symbol for a in acks) == ["BTC-USD", "ETH-USD"]


@pytest.mark.parametrize("venue", RECORDED)
async def test_recorded_frames_through_a_real_session(venue: str) -> None:
    """Through a websocket and the session comes just what `decode` gives, in the same order."""
    lines = (DATA / "frames" / RECORDED[venue]).read_text().splitlines()
    wanted = [event for _, event in decode(venue, lines)]
    received: list[Tick | Gap] = []
    async with Playback(lines) as playback:
        urls = {venue: playback.url}
        sessions = VenueSessions([venue], ["BTC"], lambda _, events: received.extend(events), urls)
        task = asyncio.create_task(sessions.run())
        await wait_until(lambda: playback.played == 1)
        sessions.stop()
        await asyncio.wait_for(task, 15)
    assert [event for event in received if isinstance(event, Tick)] == wanted
    [stats] = sessions.stats
    assert (stats.messages, stats.ticks, stats.malformed) == (len(lines), len(wanted), 0)
    heard = {e.instrument.symbol for e in wanted if isinstance(e, Tick)}
    begun = [e.instrument.symbol for e in received if isinstance(e, Gap)]
    assert heard <= set(begun)
    assert len(begun) == len(set(begun)), "one session gap for each symbol"
