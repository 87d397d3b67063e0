"""Frames whose trades somebody else's parser has told."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest

from connectors.feed.decode import decode
from connectors.venues.events import Malformed
from connectors.venues.registry import VENUES
from engine.records import Tick
from tests.connectors.recorded_rows import live_trades
from tests.connectors.recordings import (
    FILES,
    exact_json,
    exact_ns,
    needs_recordings,
    oracle,
    plain,
)
from tests.shared import DATA

pytestmark = needs_recordings


@pytest.mark.parametrize("venue", ["binance", "coinbase", "kraken"])
def test_parser_oracle_of_binance_coinbase_and_kraken(venue: str) -> None:
    cases = oracle(FILES[venue])
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


OLD_GATE = "the first frame of v3 is history and looks like any other"


TRADES_OF_CONTRACTS = {
    "okx": 6,
    "bybit": 7,
    "binance_usdm": 2,
    "kraken_futures": 3,
    "gate": 1,
    "bitstamp": 2,
    "bitfinex": 1,
    "gemini": 3,
}


@pytest.mark.parametrize("venue", TRADES_OF_CONTRACTS)
def test_parser_oracle_in_contracts(venue: str) -> None:
    """Tardis names symbols in upper case, counts contracts, and drops what is below a µs.

    It has no frames of Coinbase Advanced; its recorded ones are in `test_recorded_trades`.
    """
    names = [FILES[venue], *(["gemini_v3"] if venue == "gemini" else [])]
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
    assert trades == TRADES_OF_CONTRACTS[venue]


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
        parser = VENUES[venue].parser(())
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
