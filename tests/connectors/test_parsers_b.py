"""What the parsers of expected_b's venues say to trades and to what is none."""

import json
from typing import Any

import pytest

from connectors.venues.base import Ack, Malformed
from connectors.venues.fields import oldest_first
from engine.types import Instrument, Tick
from tests.connectors.expected_b import VENUES_B
from tests.connectors.wire_b import MS, NS, TRADE, feed, frame_of, live_parser, wire

WANTED = {
    "deribit": ("BTC_USDC-PERPETUAL", "USDC", "perpetual", False, "48079254", 0),
    "bitmex": ("XBTUSD", "USD", "perpetual", False, "d1b82d61-d902-349c-936c-2588b8204aff", 0),
    "htx": ("btcusdt", "USDT", "spot", True, "102357140867", 0),
    "kucoin": ("BTC-USDT", "USDT", "spot", False, "6057bb822e113d292396c272", 781),
    "cryptocom": ("BTC_USD", "USD", "spot", False, "4611686018428108637", 123_456),
    "bitget": ("BTCUSDT", "USDT", "spot", False, "1235671058980749319", 0),
    "upbit": ("USDT-BTC", "USDT", "spot", False, "17231612553420000", 0),
    "hyperliquid": ("BTC", "USDC", "perpetual", False, "809065877559592", 0),
}
FIELDS = {  # without those that the parser can do without
    "deribit": ("trade_id", "timestamp", "price", "instrument_name", "direction", "amount"),
    "bitmex": ("timestamp", "symbol", "side", "price", "trdMatchID", "homeNotional"),
    "htx": ("ts", "amount", "price", "direction"),
    "kucoin": ("symbol", "side", "size", "price", "time", "tradeId"),
    "cryptocom": ("d", "p", "q", "s"),
    "bitget": ("ts", "price", "size", "side", "tradeId"),
    "upbit": tuple(name for name in TRADE["upbit"] if name != "type"),
    "hyperliquid": tuple(TRADE["hyperliquid"]),
}
PRICE = {
    "deribit": "price",
    "bitmex": "price",
    "htx": "price",
    "kucoin": "price",
    "cryptocom": "p",
    "bitget": "price",
    "upbit": "trade_price",
    "hyperliquid": "px",
}
TEXT_PRICES = ("kucoin", "cryptocom", "bitget", "hyperliquid")


@pytest.mark.parametrize("venue", VENUES_B)
def test_one_trade_of_each(venue: str) -> None:
    symbol, quote, kind, counts, number, ns = WANTED[venue]
    instrument = Instrument(venue, symbol, "BTC", quote, kind, counts)
    tick = Tick(instrument, 61837.5, 0.25, "sell", number, NS + ns)
    assert feed(venue, wire(venue)) == [tick]
    assert feed(venue, wire(venue).encode()) == [tick]


@pytest.mark.parametrize("venue", VENUES_B)
def test_a_buyer_is_a_buyer(venue: str) -> None:
    [name] = [n for n in ("side", "direction", "s", "ask_bid") if n in TRADE[venue]]
    buy = {"bitmex": "Buy", "cryptocom": "BUY", "upbit": "BID", "hyperliquid": "B"}
    [tick] = feed(venue, wire(venue, **{name: buy.get(venue, "buy")}))
    assert tick.side == "buy"


@pytest.mark.parametrize("venue", VENUES_B)
def test_a_missing_field_is_malformed_and_named(venue: str) -> None:
    for name in FIELDS[venue]:
        if name == "homeNotional":
            continue  # it can be done without, see below
        [event] = feed(venue, wire(venue, **{name: ...}))
        assert isinstance(event, Malformed), name
        assert repr(name) in event.reason


@pytest.mark.parametrize("venue", VENUES_B)
def test_a_field_of_a_wrong_type_is_malformed(venue: str) -> None:
    for name in FIELDS[venue]:
        for value in (None, [], {}, [1], {"a": 1}, "", -1.5, -1, True):
            if name == "homeNotional" and value is None:
                continue
            [event] = feed(venue, wire(venue, **{name: value}))
            assert isinstance(event, Malformed), (name, value)


@pytest.mark.parametrize("venue", VENUES_B)
@pytest.mark.parametrize("price", ["0", "-1", "1e999", "-1e999", "NaN", "1_000", "0x10", "1,5"])
def test_prices_that_are_none(venue: str, price: str) -> None:
    text = json.dumps(price) if venue in TEXT_PRICES else price
    frame = wire(venue, **{PRICE[venue]: 0.125}).replace("0.125", text)
    assert text in frame
    assert [type(e) for e in feed(venue, frame)] == [Malformed]


@pytest.mark.parametrize("venue", VENUES_B)
@pytest.mark.parametrize(
    "frame",
    ["", "{", "null", "7", '"e"', "[]", "[1]", "{}", "[[[", "ping", b"\xff\xfe\x00", b"\x1f\x8b"],
)
def test_junk_is_malformed(venue: str, frame: str | bytes) -> None:
    [event] = feed(venue, frame)
    assert isinstance(event, Malformed)
    assert len(event.excerpt) <= 120


@pytest.mark.parametrize("venue", VENUES_B)
def test_half_a_frame_is_malformed(venue: str) -> None:
    parser = live_parser(venue)
    whole = wire(venue)
    for end in range(len(whole)):
        assert [type(e) for e in parser.feed(whole[:end])] == [Malformed]


@pytest.mark.parametrize("venue", VENUES_B)
def test_deep_nesting_does_not_raise(venue: str) -> None:
    for frame in ("[" * 100_000, '{"data":' * 5_000 + "1" + "}" * 5_000):
        assert [type(e) for e in feed(venue, frame)] == [Malformed]


@pytest.mark.parametrize("venue", sorted(set(VENUES_B) - {"kucoin", "upbit"}))
def test_the_good_trades_of_a_frame_are_used(venue: str) -> None:
    good, bad = TRADE[venue], TRADE[venue] | {PRICE[venue]: "-1"}
    events = feed(venue, frame_of(venue, good, bad, good))
    assert sorted(type(e).__name__ for e in events) == ["Malformed", "Tick", "Tick"]


@pytest.mark.parametrize(("venue", "name"), [("htx", "tradeId"), ("bitget", "tradeId")])
def test_newest_first_is_turned_round(venue: str, name: str) -> None:
    kind: Any = int if venue == "htx" else str
    for order in ((3, 2, 1), (1, 2, 3)):
        trades = [TRADE[venue] | {name: kind(n)} for n in order]
        assert [t.id for t in feed(venue, frame_of(venue, *trades))] == ["1", "2", "3"]


def test_crypto_com_lists_the_newest_first() -> None:
    trades = [TRADE["cryptocom"] | {"d": d} for d in ("9", "11", "10")]
    assert [t.id for t in feed("cryptocom", frame_of("cryptocom", *trades))] == ["10", "11", "9"]


def test_oldest_first_goes_by_time_before_id() -> None:
    instrument = Instrument("bitget", "BTCUSDT", "BTC", "USDT", "spot", False)
    ticks = [Tick(instrument, 1.0, 1.0, None, i, ts) for i, ts in (("9", 1), ("x", 2), (None, 3))]
    assert oldest_first(ticks) == ticks
    assert oldest_first(ticks[::-1]) == ticks
    assert oldest_first([]) == []


# ---- history


def test_history_is_known_by_its_mark() -> None:
    assert feed("bitmex", frame_of("bitmex", TRADE["bitmex"], action="partial")) == []
    assert feed("bitget", frame_of("bitget", TRADE["bitget"], action="snapshot")) == []
    assert feed("upbit", wire("upbit", stream_type="SNAPSHOT")) == []


def test_history_of_crypto_com_spans_minutes() -> None:
    parser = VENUES_B["cryptocom"].parser(())
    old = TRADE["cryptocom"] | {"t": MS - 1001, "tn": str(NS - 1_001_000_000)}
    assert parser.feed(frame_of("cryptocom", TRADE["cryptocom"], old)) == []
    later = parser.feed(frame_of("cryptocom", TRADE["cryptocom"], old))
    assert [tick.ts for tick in later] == [NS - 1_001_000_000, NS + 123_456]
    assert parser.feed('{"id":0,"code":0,"method":"subscribe"}') == []
    assert parser.feed(frame_of("cryptocom", TRADE["cryptocom"], old)) == [], "a new connection"


def test_history_of_crypto_com_may_be_the_answer() -> None:
    venue = VENUES_B["cryptocom"]
    parser = venue.parser(venue.instruments(["BTC"]))
    answer = frame_of("cryptocom", TRADE["cryptocom"], id=1)
    assert parser.feed(answer) == []
    assert len(parser.feed(wire("cryptocom"))) == 1
    assert parser.feed(frame_of("cryptocom")) == []


def test_history_of_htx_is_older_than_the_answer() -> None:
    parser = VENUES_B["htx"].parser(())
    answer = {"id": "x", "status": "ok", "subbed": "market.btcusdt.trade.detail", "ts": MS + 1}
    assert parser.feed(json.dumps(answer)) == [Ack("btcusdt")]
    assert parser.feed(wire("htx")) == []
    assert len(parser.feed(wire("htx"))) == 1, "only the first frame can be history"
    assert parser.feed(json.dumps(answer | {"ts": MS})) == [Ack("btcusdt")]
    assert len(parser.feed(wire("htx"))) == 1


def test_history_of_hyperliquid_is_the_first_frame_of_each_coin() -> None:
    parser = VENUES_B["hyperliquid"].parser(())
    eth = wire("hyperliquid", coin="ETH")
    found = [len(parser.feed(f)) for f in (wire("hyperliquid"), eth, wire("hyperliquid"), eth)]
    assert found == [0, 0, 1, 1]


# ---- sizes and names


def test_inverse_contracts_are_converted_to_coins() -> None:
    [tick] = feed("deribit", wire("deribit", instrument_name="BTC-PERPETUAL", amount=61837.5))
    assert (tick.size, tick.instrument.quote) == (1.0, "USD")
    [tick] = feed("bitmex", wire("bitmex", homeNotional=..., size=61837.5 * 2))
    assert tick.size == 2.0
    [event] = feed("bitmex", wire("bitmex", homeNotional=..., symbol="ETHUSD"))
    assert isinstance(event, Malformed)


@pytest.mark.parametrize(
    ("symbol", "fields", "size"),
    [
        ("BTC_CQ", {}, 50 * 100 / 61837.5),
        ("ETH-USD", {}, 50 * 10 / 61837.5),
        ("BTC-USDT", {"quantity": 0.05}, 0.05),
        ("BTC-USDT", {}, None),
    ],
)
def test_htx_contracts(symbol: str, fields: dict[str, Any], size: float | None) -> None:
    trade = TRADE["htx"] | {"amount": 50} | fields
    [event] = feed("htx", frame_of("htx", trade, ch=f"market.{symbol}.trade.detail"))
    assert (event.size if isinstance(event, Tick) else None) == size


@pytest.mark.parametrize(
    ("venue", "symbol", "base", "quote", "kind"),
    [
        ("deribit", "BTC-PERPETUAL", "BTC", "USD", "perpetual"),
        ("deribit", "ETH-7MAY21", "ETH", "USD", "future"),
        ("deribit", "BTC-26MAR21-62000-C", "BTC", "BTC", "option"),
        ("deribit", "XRP_USDC-30AUG24-0d625-P", "XRP", "USDC", "option"),
        ("deribit", "SOL_USDC-27DEC24", "SOL", "USDC", "future"),
        ("deribit", "ETH_BTC", "ETH", "BTC", "spot"),
        ("bitmex", "XBTM21", "BTC", "USD", "future"),
        ("bitmex", "XRPU21", "XRP", "BTC", "future"),
        ("bitmex", "ETHUSDH21", "ETH", "USD", "future"),
        ("bitmex", "LINKUSDTM21", "LINK", "USDT", "future"),
        ("bitmex", "XBT_USDT", "BTC", "USDT", "spot"),
        ("bitmex", "XBTETH", "BTC", "ETH", "perpetual"),
        ("kucoin", "XBT-USDT", "BTC", "USDT", "spot"),
        ("upbit", "KRW-BTC", "BTC", "KRW", "spot"),
        ("hyperliquid", "kPEPE", "PEPE", "USDC", "perpetual"),
        ("hyperliquid", "PURR/USDC", "PURR", "USDC", "spot"),
    ],
)
def test_symbols_are_split(venue: str, symbol: str, base: str, quote: str, kind: str) -> None:
    [name] = [n for n in ("instrument_name", "symbol", "code", "coin") if n in TRADE[venue]]
    parser = live_parser(venue)
    frame = wire(venue, **{name: symbol})
    tick = (*parser.feed(frame), *parser.feed(frame))[-1]  # the first may be history
    assert tick.instrument == Instrument(venue, symbol, base, quote, kind, False)


@pytest.mark.parametrize(
    ("venue", "symbol", "base", "quote", "kind"),
    [
        ("htx", "ethbtc", "ETH", "BTC", "spot"),
        ("htx", "BTC_NW", "BTC", "USD", "future"),
        ("htx", "BTC-USD", "BTC", "USD", "perpetual"),
        ("cryptocom", "ETH_BTC", "ETH", "BTC", "spot"),
        ("cryptocom", "BTCUSD-PERP", "BTC", "USD", "perpetual"),
        ("cryptocom", "BTCUSD-250328", "BTC", "USD", "future"),
        ("bitget SPOT", "ETHBTC", "ETH", "BTC", "spot"),
        ("bitget sp", "USDCUSDT", "USDC", "USDT", "spot"),
        ("bitget USDT-FUTURES", "BTCUSDT", "BTC", "USDT", "perpetual"),
        ("bitget COIN-FUTURES", "DOGEUSD", "DOGE", "USD", "perpetual"),
        ("bitget COIN-FUTURES", "BTCUSDH25", "BTC", "USD", "future"),
        ("bitget USDC-FUTURES", "BTCPERP", "BTC", "USDC", "perpetual"),
    ],
)
def test_symbols_of_the_envelope(venue: str, symbol: str, base: str, quote: str, kind: str) -> None:
    venue, _, market = venue.partition(" ")
    envelope: dict[str, Any] = {
        "htx": {"ch": f"market.{symbol}.trade.detail"},
        "cryptocom": {
            "result": {"instrument_name": symbol, "channel": "trade", "data": [TRADE["cryptocom"]]}
        },
        "bitget": {"arg": {"instType": market, "channel": "trade", "instId": symbol}},
    }[venue]
    [tick] = feed(venue, frame_of(venue, TRADE[venue], **envelope))
    counts = (venue, kind) == ("htx", "spot")
    assert tick.instrument == Instrument(venue, symbol, base, quote, kind, counts)


@pytest.mark.parametrize(
    ("venue", "symbol"),
    [
        ("deribit", "BTC-FS-27SEP24_PERP"),
        ("deribit", "BTC"),
        ("bitmex", ".BXBT"),
        ("bitmex", "XBT"),
        ("bitmex", "XBT_"),
        ("kucoin", "BTCUSDT"),
        ("upbit", "BTC"),
        ("hyperliquid", "@107"),
        ("hyperliquid", "xyz:TSLA"),
    ],
)
def test_symbols_that_are_none(venue: str, symbol: str) -> None:
    [name] = [n for n in ("instrument_name", "symbol", "code", "coin") if n in TRADE[venue]]
    parser = live_parser(venue)
    for _ in range(2):
        assert [type(e) for e in parser.feed(wire(venue, **{name: symbol}))] == [Malformed]


def test_spot_and_perpetual_of_bitget_have_one_symbol() -> None:
    parser = VENUES_B["bitget"].parser(VENUES_B["bitget"].instruments(["BTC"]))
    futures = {"instType": "USDT-FUTURES", "channel": "trade", "instId": "BTCUSDT"}
    frames = [frame_of("bitget", TRADE["bitget"], arg=futures), wire("bitget")]
    found = [tick.instrument.kind for frame in frames * 2 for tick in parser.feed(frame)]
    assert found == ["perpetual", "spot"] * 2
