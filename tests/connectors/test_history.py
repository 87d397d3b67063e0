"""What venues answer about old trades: recorded value by value, and at random against the truth."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from typing import Any

import orjson
import pytest

from connectors.simulator import binance as binance_desk
from connectors.simulator import coinbase as coinbase_desk
from connectors.simulator import exchange
from connectors.simulator import kraken as kraken_desk
from connectors.simulator import okx as okx_desk
from connectors.simulator.desks import Fill
from connectors.venues import binance, coinbase, deribit, kraken, okx
from connectors.venues.history import Historian, HistoryError, Missed, Pages
from connectors.venues.registry import VENUES
from engine.records import Instrument, Side, Tick
from tests.connectors import deribit_rest
from tests.shared import shared

MS = 1_000_000
START = 1_762_795_433_000 * MS
SYMBOLS = {
    "binance": Instrument("binance", "BTCUSDT", "BTC", "USDT", "spot", True),
    "coinbase": Instrument("coinbase", "BTC-USD", "BTC", "USD", "spot", True),
    "kraken": Instrument("kraken", "BTC/USD", "BTC", "USD", "spot", True),
    "okx": Instrument("okx", "BTC-USDT", "BTC", "USDT", "spot", False),
    "deribit": Instrument("deribit", "SOL_USDC", "SOL", "USDC", "spot", False),
}
SIDES: dict[str, Side] = {"b": "buy", "s": "sell"}
MODULES = {
    "binance": (binance, binance_desk),
    "coinbase": (coinbase, coinbase_desk),
    "kraken": (kraken, kraken_desk),
    "okx": (okx, okx_desk),
    "deribit": (deribit, None),
}


def historian(name: str) -> Historian:
    venue = VENUES[name]
    assert isinstance(venue, Historian)
    return venue


def pages_of(missed: Missed) -> Pages:
    pages = historian(missed.instrument.venue).history(missed)
    assert pages is not None
    return pages


def test_those_with_a_history_are_these() -> None:
    found = {name for name, venue in VENUES.items() if isinstance(venue, Historian)}
    assert found == set(SYMBOLS)
    for name in found:
        assert historian(name).rest_url.startswith("https://")
        assert 0.0 < historian(name).rest_per_second <= 5.0


# ---- recorded answers


def recorded(name: str) -> Any:
    return json.loads(shared(f"rest/{name}").read_text(), parse_float=Decimal)


def as_sent(name: str) -> Any:
    return orjson.loads(shared(f"rest/{name}").read_bytes())


def missed(instrument: Instrument, first: int, last: int, after: Tick | None = None) -> Missed:
    return Missed(instrument, str(first - 1), str(last + 1), START, after)


def test_a_recorded_answer_of_binance() -> None:
    instrument = SYMBOLS["binance"]
    pages = pages_of(missed(instrument, 1111471896, 1111471905))
    path, params, _ = pages.request()
    assert path == "/api/v3/historicalTrades"
    assert params == {"symbol": "BTCUSDT", "fromId": 1111471896, "limit": 10}
    expected = [
        Tick(
            instrument,
            float(t["price"]),
            float(t["qty"]),
            "sell" if t["isBuyerMaker"] else "buy",
            str(t["id"]),
            t["time"] * MS,
        )
        for t in recorded("binance_historicalTrades.json")
    ]
    found = pages.take(as_sent("binance_historicalTrades.json"))
    assert (found, pages.complete) == (expected, True)
    assert found[0] == Tick(
        instrument, 60814.78, 0.00034, "sell", "1111471896", 1634943219887000000
    )


def test_a_recorded_answer_of_kraken() -> None:
    instrument = Instrument("kraken", "BTC/USDT", "BTC", "USDT", "spot", True)
    ts = 1762795433_971744500
    pages = pages_of(Missed(instrument, "10218207", "10219208", ts, None))
    path, params, _ = pages.request()
    assert path == "/0/public/Trades"
    assert params == {"pair": "XBTUSDT", "since": ts - MS, "count": 1000}
    expected = [
        Tick(
            instrument,
            float(price),
            float(size),
            SIDES[side],
            str(number),
            int(seconds * 10**9),
        )
        for price, size, seconds, side, _, _, number in recorded("kraken_Trades_XBTUSDT.json")[
            "result"
        ]["XBTUSDT"]
    ]
    found = pages.take(as_sent("kraken_Trades_XBTUSDT.json"))
    assert (len(found), pages.complete) == (1000, True)
    assert found == expected
    assert found[0] == Tick(instrument, 105433.6, 0.00027625, "buy", "10218208", ts)


def test_the_page_after_a_recorded_one_begins_a_little_before_its_end() -> None:
    instrument = Instrument("kraken", "BTC/USDT", "BTC", "USDT", "spot", True)
    pages = pages_of(Missed(instrument, "10218207", "10219300", START, None))
    assert len(pages.take(as_sent("kraken_Trades_XBTUSDT.json"))) == 1000
    assert not pages.complete
    assert pages.request().params["since"] == 1762820035_982277900 - MS
    with pytest.raises(HistoryError, match="trade 10219208 is not in the answer"):
        pages.take(as_sent("kraken_Trades_XBTUSDT.json"))


def test_a_recorded_answer_of_okx() -> None:
    instrument = SYMBOLS["okx"]
    pages = pages_of(missed(instrument, 734864332, 734864333))
    path, params, _ = pages.request()
    assert path == "/api/v5/market/history-trades"
    assert params == {"instId": "BTC-USDT", "type": 1, "after": 734864334, "limit": 3}
    assert pages.take(as_sent("okx.json")) == [
        Tick(instrument, 102537.9, 0.0000125, "buy", "734864332", 1747087161666 * MS),
        Tick(instrument, 102537.9, 0.00013669, "sell", "734864333", 1747087163557 * MS),
    ]
    assert pages.complete


def test_a_recorded_answer_of_deribit() -> None:
    instrument = Instrument("deribit", "ETH-PERPETUAL", "ETH", "USD", "perpetual", False)
    rows = recorded("deribit.json")["result"]["trades"]
    ticks = [
        Tick(
            instrument,
            float(t["price"]),
            float(t["amount"]) / float(t["price"]),  # an inverse contract: USD on the wire
            t["direction"],
            t["trade_id"],
            t["timestamp"] * MS,
        )
        for t in rows
    ]
    assert [t["trade_seq"] for t in rows] == list(range(203024587, 203024597))
    pages = pages_of(
        Missed(instrument, ticks[0].id or "", ticks[-1].id or "", ticks[0].ts, ticks[-1])
    )
    path, params, _ = pages.request()
    assert path == "/api/v2/public/get_last_trades_by_instrument_and_time"
    times = params["start_timestamp"], params["end_timestamp"]
    assert times == (1766332040636, 1766332079917)
    assert pages.take(as_sent("deribit.json")) == ticks[1:-1]
    assert pages.complete


def test_coinbase_sends_the_makers_side_over_rest_too() -> None:
    """Not recorded: the documented form, with the side as on the websocket."""
    pages = pages_of(missed(SYMBOLS["coinbase"], 74, 75))
    assert pages.request().path == "/products/BTC-USD/trades"
    assert pages.request().params == {"after": 76, "limit": 3}
    row = {"time": "2014-11-07T22:19:28.578544Z", "price": "10.00000000", "size": "0.01000000"}
    found = pages.take([row | {"trade_id": n, "side": s} for n, s in ((75, "buy"), (74, "sell"))])
    assert [(t.id, t.side) for t in found] == [("74", "buy"), ("75", "sell")]
    assert {t[1:3] + t[5:6] for t in found} == {(10.0, 0.01, 1415398768578544000)}
    assert pages.complete


# ---- at random


class Past:
    """A venue's old trades, with shared times, and its REST interface with small pages."""

    def __init__(self, venue: str, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rng, self.venue, self.instrument = random.Random(seed), venue, SYMBOLS[venue]
        self.page = self.rng.randint(7, 20)
        client, desk = MODULES[venue]
        monkeypatch.setattr(client, "HISTORY_PAGE", self.page)
        if desk is not None:
            monkeypatch.setattr(desk, "MOST_TRADES", self.page)
        self.fills: list[Fill] = []
        self.first = self.rng.randrange(1, 10**9)
        self.trade(self.rng.randint(30, 200))

    def trade(self, count: int) -> None:
        """More trades: up to four share a time; Deribit and OKX tell only ms."""
        for _ in range(count):
            before = [f.ts for f in self.fills[-4:]]
            ts = before[-1] if before else START
            if len(before) < 4 or len(set(before)) == 1 or self.rng.random() < 0.5:
                ts += self.rng.choice((2, 3, 700)) * MS
            price = f"{self.rng.randint(1, 10**6) / 100:.2f}"
            size = f"{self.rng.randint(1, 10**6) / 10**6:.8f}"
            number = self.first + len(self.fills)
            side = self.rng.choice(list(SIDES.values()))
            self.fills.append(Fill(self.instrument.symbol, number, price, size, side, ts))

    def tick(self, fill: Fill) -> Tick:
        trade_id = deribit_rest.trade_id(fill.id) if self.venue == "deribit" else str(fill.id)
        return Tick(
            self.instrument, float(fill.price), float(fill.size), fill.side, trade_id, fill.ts
        )

    def answer(
        self, path: str, params: dict[str, str | int], gone: frozenset[int] = frozenset()
    ) -> Any:
        """As it is sent, but with rows twice and in any order."""
        query = {name: str(value) for name, value in params.items()}
        traded = {self.instrument.symbol: [f for f in self.fills if f.id not in gone]}
        if self.venue == "deribit":
            body = deribit_rest.history(path, query, traded, self.page)
        else:
            history = exchange.WIRES[self.venue].history
            assert history is not None
            status, body = history(path, query, traded)
            assert status == 200
        body = orjson.loads(orjson.dumps(body))
        rows = rows_of(self.venue, body)
        assert len(rows) <= self.page
        rows += self.rng.sample(rows, self.rng.randint(0, len(rows)))
        self.rng.shuffle(rows)
        return body

    def gap(self) -> tuple[Missed, list[Tick]]:
        """Two trades, and those between."""
        a, b = sorted(self.rng.sample(range(len(self.fills)), 2))
        last, after = self.tick(self.fills[a]), self.tick(self.fills[b])
        missed = Missed(self.instrument, last.id or "", after.id or "", last.ts, after)
        return missed, [self.tick(fill) for fill in self.fills[a + 1 : b]]


def rows_of(venue: str, body: Any) -> list[Any]:
    """The rows of an answer, to be changed in place."""
    if venue in ("binance", "coinbase"):
        found = body
    elif venue == "kraken":
        found = next(rows for name, rows in body["result"].items() if name != "last")
    else:
        found = body["data"] if venue == "okx" else body["result"]["trades"]
    assert isinstance(found, list)
    return found


def ask(
    past: Past,
    pages: Pages,
    gone: frozenset[int] = frozenset(),
    found: list[Tick] | None = None,
) -> list[Tick]:
    """Page by page into `found` until complete, while trades go on; raises HistoryError."""
    found = [] if found is None else found
    for _ in range(100):
        if pages.complete:
            return found
        found += pages.take(past.answer(*pages.request()[:2], gone))
        past.trade(past.rng.randint(0, 3))
    raise AssertionError("it goes on for ever")


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("venue", SYMBOLS)
def test_exactly_the_trades_between_oldest_first(
    venue: str, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    past = Past(venue, seed, monkeypatch)
    missed, expected = past.gap()
    assert ask(past, pages_of(missed)) == expected


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("venue", SYMBOLS)
def test_what_the_venue_has_no_more_is_not_skipped(
    venue: str, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what follows on the last known trade without a hole; and it is never complete."""
    past = Past(venue, seed, monkeypatch)
    missed, expected = past.gap()
    while len(expected) < 3:
        missed, expected = past.gap()
    numbers = {tick.id: fill.id for fill in past.fills for tick in (past.tick(fill),)}
    hole = past.rng.choice(expected)
    pages, gone = pages_of(missed), frozenset((numbers[hole.id],))
    found: list[Tick] = []
    with pytest.raises(HistoryError, match="is not in the answer"):
        ask(past, pages, gone, found)
    assert found == expected[: expected.index(hole)]
    assert not pages.complete
    # Later the venue has it: the pages go on from there.
    assert found + ask(past, pages) == expected
    assert pages.complete


@pytest.mark.parametrize("seed", range(40))
def test_the_matches_that_an_okx_push_stands_for_are_not_missing(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    past = Past("okx", seed, monkeypatch)
    pushes: list[list[Fill]] = []
    fills = iter(past.fills)
    for first in fills:
        more = [f for _, f in zip(range(past.rng.randint(0, 4)), fills, strict=False)]
        # One price and side for all of a push, often those of the push before.
        like = pushes[-1][0] if pushes and past.rng.random() < 0.3 else first
        pushes.append(
            [f._replace(price=like.price, side=like.side, ts=first.ts) for f in (first, *more)]
        )
    past.fills = [fill for push in pushes for fill in push]
    a, b = sorted(past.rng.sample(range(len(pushes)), 2))
    size = sum(float(f.size) for f in pushes[b])
    after = past.tick(pushes[b][-1])._replace(size=size)
    missed = Missed(past.instrument, str(pushes[a][-1].id), after.id or "", pushes[a][-1].ts, after)
    expected = [past.tick(fill) for push in pushes[a + 1 : b] for fill in push]
    assert ask(past, pages_of(missed)) == expected
    if size > float(pushes[b][-1].size):
        wrong = missed._replace(next=after._replace(size=size + 1e-8))
        with pytest.raises(HistoryError, match="add up to what was pushed"):
            ask(past, pages_of(wrong))


# ---- answers that say nothing

SAYS_NOTHING: dict[str, list[Any]] = {
    "binance": [{"code": -1121, "msg": "Invalid symbol."}, [[1, 2]], [{"id": 5}]],
    "coinbase": [{"message": "NotFound"}, [{"trade_id": 5, "price": "x"}]],
    "kraken": [
        {"error": ["EAPI:Rate limit exceeded"]},
        {"error": [], "result": {}},
        {"error": [], "result": {"XETHZUSD": [], "last": "1"}},
        {"error": [], "result": {"XXBTZUSD": [["1.0", "1.0", 5, "b", "m", ""]], "last": "1"}},
    ],
    "okx": [
        {"code": "50011", "msg": "Too Many Requests", "data": []},
        {"code": "0", "data": [{"instId": "ETH-USDT"}]},
    ],
    "deribit": [
        {"jsonrpc": "2.0", "error": {"code": 10028, "message": "too_many_requests"}},
        {"result": {"trades": [{"instrument_name": "BTC_USDC", "trade_seq": 1}]}},
        {"result": {"trades": [{"instrument_name": "SOL_USDC", "trade_seq": "1"}]}},
    ],
}


@pytest.mark.parametrize("venue", SYMBOLS)
def test_an_answer_that_says_nothing_is_told_and_changes_nothing(
    venue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    past = Past(venue, 7, monkeypatch)
    missed, expected = past.gap()
    pages = pages_of(missed)
    before = pages.request()
    for answer in [None, 7, "no", [], {}, [None], {"data": 1}, *SAYS_NOTHING[venue]]:
        with pytest.raises(HistoryError) as told:
            pages.take(answer)
        assert len(str(told.value)) < 300
        assert (pages.request(), pages.complete) == (before, False)
    assert ask(past, pages) == expected


@pytest.mark.parametrize("venue", SYMBOLS)
def test_ids_in_no_order_cannot_be_asked_for(venue: str) -> None:
    instrument = SYMBOLS[venue]
    for last_id, next_id in (("9", "3"), ("u-1", "u-2"), ("3", "3")):
        missed = Missed(instrument, last_id, next_id, START, None)
        assert historian(venue).history(missed) is None
