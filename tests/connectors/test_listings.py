"""What each venue's list of symbols says, read and fetched."""

import json
import random
from itertools import count
from typing import Any

import pytest

from connectors.feed.discovery import MOST_REQUESTS, fetch_listing, near
from connectors.venues._template import Template
from connectors.venues.base import Page, Query, Venue
from connectors.venues.events import Malformed
from connectors.venues.listing import ListingError, read_page
from connectors.venues.registry import VENUES, venue
from engine.records import Gap, Instrument
from tests.connectors.faults.mutations import mutate
from tests.connectors.frames.bybit import bybit, bybit_page
from tests.connectors.rest_server import RestServer, ok
from tests.connectors.wire import LISTING, listed

KINDS = ("spot", "perpetual", "future", "option")


def pages(name: str) -> list[Page]:
    place = venue(name)
    assert len(LISTING[name]) == len(place.listing)
    return [read_page(place, answer) for answer in LISTING[name]]


def test_every_venue_has_answers_here() -> None:
    assert LISTING.keys() == VENUES.keys()


@pytest.mark.parametrize("name", VENUES)
def test_what_trades_is_listed_and_the_rest_is_told(name: str) -> None:
    found = pages(name)
    assert [i for page in found for i in page.instruments] == listed(name)
    assert all(page.more is None for page in found)
    [bad] = [m for page in found for m in page.malformed]
    assert bad.reason
    assert bad.excerpt


@pytest.mark.parametrize("name", VENUES)
def test_live_runs_subscribe_to_symbols_of_the_list(name: str) -> None:
    assert set(venue(name).instruments(["BTC"])) <= set(listed(name))


@pytest.mark.parametrize("name", VENUES)
def test_the_parser_makes_the_same_of_a_symbol(name: str) -> None:
    for entry in listed(name):
        if not entry.symbol.startswith("@"):  # Hyperliquid's numbers say nothing by themselves
            assert met(venue(name), entry) == entry


def met(place: Venue, entry: Instrument) -> Instrument:
    """What the parser makes of this symbol when it meets it in a recording."""
    parser: Any = place.parser(())
    contract = (entry.kind != "spot",) if place.name in ("bybit", "bitget") else ()
    found = parser._meet(entry.symbol, *contract)
    assert isinstance(found, Instrument)
    return found


@pytest.mark.parametrize("name", VENUES)
def test_how_gaps_are_found_is_what_the_instruments_and_parsers_do(name: str) -> None:
    counting = {i.counts for i in venue(name).instruments(["BTC"])}
    assert counting == {venue(name).gaps_by == "ids"}


def test_gaps_by_numbers_that_are_no_ids() -> None:
    by = {name: place.gaps_by for name, place in VENUES.items()}
    others = {name: how for name, how in by.items() if how not in ("ids", "silence")}
    assert others == {
        "okx": "pushes",
        "kraken_futures": "sequence",
        "deribit": "sequence",
        "bitfinex": "connection",
    }
    parser = venue("kraken_futures").parser(())
    trade = {"feed": "trade", "product_id": "PF_XBTUSD", "side": "buy", "price": 9, "qty": 1}
    frames = [trade | {"seq": n, "uid": f"u{n}", "time": 1_790_000_000_000} for n in (1, 3)]
    found = [type(e) for f in frames for e in parser.feed(json.dumps(f))]
    assert found.count(Gap) == 1


REFUSALS: list[Any] = [
    *(None, 7, "no", {}, {"error": "x"}, {"retCode": 10001, "retMsg": "x", "result": None}),
    *({"code": "50011", "msg": "x", "data": None}, {"symbols": {}}, 0.5),
    *({"status": "error", "err-msg": "x"}, {"products": "none"}, {"universe": 3, "tokens": []}),
]


@pytest.mark.parametrize("name", VENUES)
def test_an_answer_of_another_form_is_an_error_with_its_beginning(name: str) -> None:
    for answer in REFUSALS:
        with pytest.raises(ListingError) as raised:
            read_page(venue(name), answer)
        assert repr(answer) in str(raised.value)


def test_a_list_of_what_is_no_symbol_is_told() -> None:
    error = ["error", 10020, "symbol: invalid"]
    with pytest.raises(ListingError):
        read_page(venue("bitfinex"), error)
    page = read_page(venue("gate"), error)
    assert page.instruments == []
    assert len(page.malformed) == 3


@pytest.mark.parametrize("name", VENUES)
def test_mutated_answers_never_raise_anything_else(name: str) -> None:
    rng = random.Random(f"listing of {name}")
    seeds = [json.dumps(answer) for answer in LISTING[name]]
    seen = {"page": 0, "refused": 0}
    for _ in range(400):
        try:
            answer = json.loads(mutate(rng, seeds))
        except (ValueError, RecursionError):
            continue
        try:
            page = read_page(venue(name), answer)
        except ListingError:
            seen["refused"] += 1
            continue
        seen["page"] += 1
        assert all(type(m) is Malformed for m in page.malformed)
        for entry in page.instruments:
            assert entry.venue == name
            assert entry.kind in KINDS
            for text in (entry.symbol, entry.base, entry.quote):
                assert 0 < len(text) <= 64
                assert text.isprintable()
                assert " " not in text
    assert seen["page"] > 20


@pytest.mark.parametrize("name", VENUES)
async def test_fetched_from_the_venues_paths(name: str) -> None:
    place = venue(name)
    given = [(q, ok(a)) for q, a in zip(place.listing, LISTING[name], strict=True)]
    async with RestServer(*given) as rest:
        page = await fetch_listing(place, rest.url)
    assert page.instruments == listed(name)
    assert len(page.malformed) == 1
    assert len(rest.asked) == len(place.listing)


SPOT, LINEAR, INVERSE = venue("bybit").listing


def linear(cursor: str) -> Query:
    return Query(LINEAR.path, {"category": "linear", "limit": 1000, "cursor": cursor})


async def test_pages_are_followed_to_the_end() -> None:
    coins = [bybit(f"{c}USDT", c, "USDT", "LinearPerpetual", "USDT") for c in "ABCD"]
    async with RestServer(
        (SPOT, ok(bybit_page("spot"))),
        (LINEAR, ok(bybit_page("linear", coins[0], cursor="first%3DA"))),
        (linear("first%3DA"), ok(bybit_page("linear", coins[1], coins[2], cursor="second"))),
        # The last page repeats a symbol: lists change between two requests.
        (linear("second"), ok(bybit_page("linear", coins[2], coins[3]))),
        (INVERSE, ok(bybit_page("inverse"))),
    ) as rest:
        page = await fetch_listing(venue("bybit"), rest.url)
    assert [i.base for i in page.instruments] == ["A", "B", "C", "D"]
    assert len(rest.asked) == 5


async def test_pages_of_coinbase_advanced() -> None:
    [first] = venue("coinbase_advanced").listing
    [answer] = LISTING["coinbase_advanced"]
    more = answer | {"pagination": {"has_next": True, "next_cursor": "abc", "has_prev": False}}
    last = answer | {"products": [], "pagination": {"has_next": False, "next_cursor": ""}}
    second = first._replace(params={**first.params, "cursor": "abc"})
    async with RestServer((first, ok(more)), (second, ok(last))) as rest:
        page = await fetch_listing(venue("coinbase_advanced"), rest.url)
    assert page.instruments == listed("coinbase_advanced")
    assert len(rest.asked) == 2


async def test_pages_without_an_end_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(venue("bybit")), "rest_per_second", 1000)
    endless = [ok(bybit_page("linear", cursor="again"))]
    async with RestServer(
        (SPOT, ok(bybit_page("spot"))), (LINEAR, endless), (linear("again"), endless)
    ) as rest:
        with pytest.raises(ListingError, match=f"no end of the list after {MOST_REQUESTS}"):
            await fetch_listing(venue("bybit"), rest.url)
    assert len(rest.asked) == MOST_REQUESTS


async def test_a_refused_page_is_an_error_not_a_shorter_list() -> None:
    refusal = {"retCode": 10006, "retMsg": "Too many visits!", "result": {}}
    async with RestServer(
        (SPOT, ok(bybit_page("spot", bybit("BTCUSDT", "BTC", "USDT")))), (LINEAR, ok(refusal))
    ) as rest:
        with pytest.raises(ListingError, match=r"instruments-info: .*Too many visits!"):
            await fetch_listing(venue("bybit"), rest.url)


def test_the_template_lists_too() -> None:
    entries = [
        {"symbol": "BTC-USD", "base": "BTC", "quote": "USD", "state": "trading"},
        {"symbol": "OLD-USD", "base": "OLD", "quote": "USD", "state": "halted"},
        {"symbol": "ETH-USD", "quote": "USD", "state": "trading"},
        {"symbol": "BTC USD", "base": "BTC", "quote": "USD", "state": "trading"},
    ]
    page = read_page(Template(), entries)
    assert page.instruments == [Instrument("template", "BTC-USD", "BTC", "USD", "spot", True)]
    assert [m.reason for m in page.malformed] == [
        "'base' is missing or unknown",
        "a name has spaces or control characters",
    ]
    with pytest.raises(ListingError, match="no list"):
        read_page(Template(), {"error": "try later"})


def test_near_names() -> None:
    names = ["BTCUSDT", "BTCUSDC", "ETHBTC", "DOGEUSDT"]
    assert near("BTCUSD", names) == ["BTCUSDT", "BTCUSDC"]
    assert near("btc-usdt", names)[0] == "BTCUSDT"
    assert near("XBT/USD", ["BTC/USD", "ETH/EUR"]) == ["BTC/USD"]
    assert near("NOTHING-LIKE-IT", names) == []
    assert len(near("A1", [f"A{n}" for n, _ in zip(count(), range(50), strict=False)])) == 3
