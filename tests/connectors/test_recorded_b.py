"""Recordings of Deribit, BitMEX, HTX, KuCoin, Crypto.com, Bitget, Upbit and Hyperliquid."""

import gzip
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from connectors.venues.base import Ack, Event, Heartbeat, Malformed, Refused, Reply
from engine.types import Tick
from tests.connectors.expected_b import VENUES_B, Row, exact, live_trades, recorded
from tests.connectors.test_recorded import exact_json, exact_ns

DATA = (Path(__file__).resolve().parents[2] / ".." / "shared" / "data").resolve()
pytestmark = pytest.mark.skipif(
    not (DATA / "frames").is_dir(), reason=f"the recordings are not here: {DATA}"
)
RECORDED = {name: f"frames_{name}.jsonl" for name in VENUES_B} | {
    "bitget": "frames_bitget_v1.jsonl"
}
TRADES = {
    "deribit": 0,
    "bitmex": 25,
    "htx": 20,
    "kucoin": 18,
    "cryptocom": 80,
    "bitget": 30,
    "upbit": 304,
    "hyperliquid": 4,
}
"""Counted by hand or with grep; the rest is history."""


def plain(tick: Tick) -> Row:
    return (tick.instrument.symbol, tick.price, tick.size, tick.side, tick.id, tick.ts)


def feed(venue: str, path: Path) -> list[tuple[int, Event]]:
    parser = VENUES_B[venue].parser(())
    return [(number, event) for number, raw, _ in recorded(path) for event in parser.feed(raw)]


def history(venue: str, number: int, data: Any) -> bool:
    """Whether a frame of trades was sent on subscribing, by what is known of the recording."""
    if venue == "htx":  # the last trade before the subscription of 1618678070.657
        return bool(data["ts"] < 1618678070657)
    if venue == "cryptocom":
        return len(data["result"]["data"]) == 100
    return venue == "hyperliquid" and number == 3


@pytest.mark.parametrize("venue", VENUES_B)
def test_every_recorded_trade_value_by_value(venue: str) -> None:
    path = DATA / "frames" / RECORDED[venue]
    wanted: list[Row] = []
    old = 0
    for number, _, data in recorded(path):
        trades = live_trades(venue, data)
        if trades and history(venue, number, data):
            old += len(trades)
        else:
            wanted += [(number, *exact(row)) for row in trades]
    found = feed(venue, path)
    assert len(wanted) == TRADES[venue]
    assert old == {"htx": 11, "cryptocom": 1000, "hyperliquid": 30}.get(venue, 0)
    assert [(n, *plain(e)) for n, e in found if isinstance(e, Tick)] == wanted
    assert not [e for _, e in found if isinstance(e, Malformed)]


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
    found = feed(venue, DATA / "frames" / RECORDED[venue])
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


def test_htx_trade_ids_step_by_one() -> None:
    """So `counts` is true; history is left out, but the first live id follows on it."""
    steps: list[int] = []
    last: dict[str, int] = {}
    for _, _, data in recorded(DATA / "frames" / RECORDED["htx"]):
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
    for _, event in feed(venue, DATA / "frames" / RECORDED[venue]):
        assert not isinstance(event, Malformed)
        if isinstance(event, Tick):
            symbol, number = event.instrument.symbol, int(event.id or "", 16)
            if symbol in last:
                steps.append(number - last[symbol])
            last[symbol] = number
    assert steps
    assert [step for step in steps if step != 1]


# ---- expected trades from elsewhere

ORACLES = {
    "deribit": ("deribit",),
    "bitmex": ("bitmex",),
    "htx": ("htx",),
    "kucoin": ("kucoin",),
    "cryptocom": ("cryptocom",),
    "bitget": ("bitget_v2", "bitget_futures"),
    "upbit": ("upbit",),
    "hyperliquid": ("hyperliquid",),
}
ORACLE_TRADES = {"deribit": 3, "htx": 3, "kucoin": 2, "cryptocom": 4, "bitget": 3, "hyperliquid": 2}
COINS = {
    "deribit": lambda t: float(Fraction(t["amount"]) / Fraction(t["price"])),
    "bitmex": lambda t: 0.11703,  # homeNotional of the only trade
    "htx": lambda t: t["amount"] if t["symbol"] != "ETH_CQ" else 62 * 10.0 / 190.031,
}
"""The oracle has sizes in contracts; these are coins."""


@pytest.mark.parametrize("venue", ORACLES)
def test_parser_oracle(venue: str) -> None:
    """All messages in their original order to one parser: the first of a coin may be history."""
    trades = 0
    for name in ORACLES[venue]:
        lines = (DATA / "parser_oracle" / f"tardis_{name}.jsonl").read_text().splitlines()
        cases = sorted((json.loads(line) for line in lines), key=lambda c: in_order(c["ref"]))
        raws = {c["ref"]: exact_json(line)["frame"] for line in lines for c in [json.loads(line)]}
        parser = VENUES_B[venue].parser(())
        for case in cases:
            events = parser.feed(json.dumps(case["frame"]))
            found = [e for e in events if isinstance(e, Tick)]
            wanted = []
            ids = [row[4] for row in live_trades(venue, raws[case["ref"]])]
            for place, t in enumerate(case["expected_trades"]):
                usable = t.get("id_usable", True)
                wanted.append(
                    (
                        t["symbol"],
                        t["price"],
                        COINS.get(venue, lambda t: t["amount"])(t),
                        t["side"],
                        t["id"] if usable else ids[place],
                        exact_ns(t["timestamp"]),
                    )
                )
            rows = [plain(tick) for tick in found]
            if venue == "kucoin":  # the oracle has cut off the ns
                wanted_ns = [row[5] for row in live_trades(venue, raws[case["ref"]])]
                assert [row[5] for row in rows] == wanted_ns
                rows = [(*row[:5], row[5] // 1000 * 1000) for row in rows]
            if venue == "htx":  # tardis writes all symbols in capitals
                rows = [(row[0].upper(), *row[1:]) for row in rows]
            assert rows == wanted, case["ref"]
            assert not [e for e in events if isinstance(e, Malformed)], case["ref"]
            trades += len(wanted)
    assert trades == ORACLE_TRADES.get(venue, 1)


def in_order(ref: str) -> int:
    return int(ref.rpartition("#")[2])


def test_ids_beyond_double_precision_are_exact() -> None:
    lines = (DATA / "parser_oracle" / "tardis_cryptocom.jsonl").read_text().splitlines()
    parser = VENUES_B["cryptocom"].parser(())
    ticks = [e for line in lines for e in parser.feed(json.dumps(json.loads(line)["frame"]))]
    assert [t.id for t in ticks if isinstance(t, Tick)] == [
        "2552833531650627373",
        "2552833547970376845",
        "2733854056108316782",
        "4611686018428108636",
    ]
    [line] = [
        line
        for line in (DATA / "parser_oracle" / "tardis_htx.jsonl").read_text().splitlines()
        if "10020171792852100010452" in line
    ]
    text = json.dumps(json.loads(line)["frame"])
    assert '"id": "10020171792852100010452"' in text
    as_sent = text.replace('"10020171792852100010452"', "10020171792852100010452")
    for frame in (text, as_sent, as_sent.encode(), gzip.compress(as_sent.encode())):
        [tick] = VENUES_B["htx"].parser(()).feed(frame)
        assert isinstance(tick, Tick)
        assert tick.id == "10020171792852100010452"


# ---- single messages

SINGLES = {
    "deribit": ("singles_deribit.jsonl", 2),
    "bitmex": ("singles_bitmex.jsonl", 3),
    "htx": ("singles_htx.jsonl", 5),
    "kucoin": ("singles_kucoin.jsonl", 1),
    "bitget": ("singles_bitget_v1.jsonl", 3),
}


@pytest.mark.parametrize("venue", SINGLES)
def test_single_messages_value_by_value(venue: str) -> None:
    name, count = SINGLES[venue]
    path = DATA / "singles" / name
    wanted = [(n, *exact(r)) for n, _, data in recorded(path) for r in live_trades(venue, data)]
    found = [(n, *plain(e)) for n, e in feed(venue, path) if isinstance(e, Tick)]
    assert found == wanted
    assert len(found) == count


def test_instruments_of_single_messages() -> None:
    seen = {
        (e.instrument.symbol, e.instrument.base, e.instrument.quote, e.instrument.kind)
        for venue, (name, _) in SINGLES.items()
        for _, e in feed(venue, DATA / "singles" / name)
        if isinstance(e, Tick)
    }
    assert seen == {
        ("BTC-26MAR21", "BTC", "USD", "future"),
        ("BTC-26MAR21-62000-C", "BTC", "BTC", "option"),
        ("XBTUSD", "BTC", "USD", "perpetual"),
        ("ETHH21", "ETH", "BTC", "future"),
        ("ETHUSDH21", "ETH", "USD", "future"),
        ("btcusdt", "BTC", "USDT", "spot"),
        ("ETH_CQ", "ETH", "USD", "future"),
        ("ETH-USD", "ETH", "USD", "perpetual"),
        ("BTC-USDT", "BTC", "USDT", "perpetual"),
        ("PEOPLE-USDT", "PEOPLE", "USDT", "perpetual"),
        ("BTC-USDT", "BTC", "USDT", "spot"),
        ("BTCUSDT", "BTC", "USDT", "spot"),
        ("BTCUSDT", "BTC", "USDT", "perpetual"),
    }


def test_kucoin_futures_are_refused_by_name() -> None:
    [event] = [
        e
        for n, e in feed("kucoin", DATA / "singles" / "singles_kucoin.jsonl")
        if n == 2 and isinstance(e, Malformed)
    ]
    assert event.reason == "a futures trade: the worth of its lots is not known"


def test_backfill_samples_have_the_same_trades() -> None:
    """REST rows are those of the websocket: fed as such they give the same trades."""
    rows = json.loads((DATA / "rest" / "deribit.json").read_text())["result"]["trades"]
    frame = {
        "jsonrpc": "2.0",
        "method": "subscription",
        "params": {"channel": "trades.ETH-PERPETUAL.100ms", "data": rows},
    }
    ticks = VENUES_B["deribit"].parser(()).feed(json.dumps(frame))
    assert [plain(t) for t in ticks if isinstance(t, Tick)] == [
        exact(row) for row in live_trades("deribit", exact_json(json.dumps(frame)))
    ]
    assert [row["trade_seq"] - rows[0]["trade_seq"] for row in rows] == list(range(10))
    assert len(ticks) == 10
    rows = json.loads((DATA / "rest" / "bitmex.json").read_text())
    frame = {"table": "trade", "action": "insert", "data": rows}
    ticks = VENUES_B["bitmex"].parser(()).feed(json.dumps(frame))
    assert [plain(t) for t in ticks if isinstance(t, Tick)] == [
        exact(row) for row in live_trades("bitmex", exact_json(json.dumps(frame)))
    ]
    assert len(ticks) == 3


# ---- answers

ACKED = {
    "deribit": 20,
    "bitmex": 20,
    "htx": 10,
    "bitget": 8,
}


@pytest.mark.parametrize("venue", VENUES_B)
def test_recorded_answers(venue: str) -> None:
    found = [e for _, e in feed(venue, DATA / "frames" / RECORDED[venue])]
    acks = [e.symbol for e in found if isinstance(e, Ack)]
    assert len(acks) == ACKED.get(venue, 0)
    assert not [e for e in found if isinstance(e, Refused)]
    if venue == "deribit":
        assert {"ETH-30JUL21-2800-C", "BTC-18APR21-59000-C"} <= set(acks)
    if venue == "bitmex":
        assert {"XBTUSD", "LINKUSDTM21"} <= set(acks)
        assert len(set(acks)) == 18, "two connections with two symbols in common"
    replies = [e for e in found if isinstance(e, Reply | Heartbeat)]
    assert replies == {
        "htx": [Heartbeat(), Reply('{"pong":1618678073643}')],
        "cryptocom": [
            Heartbeat(),
            Reply('{"id":1637709519420,"method":"public/respond-heartbeat"}'),
        ],
    }.get(venue, [])


def test_control_messages_and_errors() -> None:
    lines = (DATA / "singles" / "control_and_errors.jsonl").read_text().splitlines()
    frames = [json.loads(line) for line in lines]
    own = [json.dumps(f["frame"]) for f in frames if f["exchange"] == "deribit"]
    parser = VENUES_B["deribit"].parser(())
    error, answer, test_request, trades = (parser.feed(frame) for frame in own)
    [refused] = error
    assert isinstance(refused, Refused)
    assert refused.symbol is None
    assert "too_many_requests" in refused.reason
    assert answer == [Ack("BTC-PERPETUAL")]
    heartbeat, reply = test_request
    assert heartbeat == Heartbeat()
    assert isinstance(reply, Reply)
    assert json.loads(reply.frame)["method"] == "public/test"
    assert [(t.id, t.size) for t in trades if isinstance(t, Tick)] == [
        ("403691824", 10 / 92294.5),
        ("403691825", 750 / 92288.5),
    ]
