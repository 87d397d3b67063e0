"""`tidegauge symbols` against a REST interface on loopback, and `tidegauge venues`."""

from __future__ import annotations

import asyncio
import io
import json
import socket
from collections.abc import AsyncIterator
from subprocess import CompletedProcess

import pytest
from rich.console import Console

from connectors.venues.registry import VENUES, venue
from engine.records import Instrument
from tests.connectors.frames.binance import binance
from tests.connectors.rest_server import RestServer, ok
from tests.connectors.wire import LISTING
from tests.tidegauge.command import one_line, run
from tests.tidegauge.running import jsonl
from tidegauge.symbols import table
from tidegauge.venues import GAPS, facts, row

[INFO] = venue("binance").listing
MARKETS = {
    "symbols": [
        binance("ETHUSDT", "ETH", "USDT"),
        binance("BTCUSDT", "BTC", "USDT"),
        binance("BTCUSDC", "BTC", "USDC"),
        binance("ETHBTC", "ETH", "BTC"),
        binance("LUNAUSDT", "LUNA", "USDT", status="BREAK"),
    ]
}


@pytest.fixture
async def rest() -> AsyncIterator[RestServer]:
    async with RestServer((INFO, ok(MARKETS))) as server:
        yield server


async def symbols(rest: RestServer, *words: object) -> CompletedProcess[str]:
    return await asyncio.to_thread(run, "symbols", *words, "--url", rest.url)


async def test_lines_with_tabs(rest: RestServer) -> None:
    result = await symbols(rest, "binance")
    assert result.stdout.splitlines() == [
        "BTCUSDC\tBTC\tUSDC\tspot",
        "BTCUSDT\tBTC\tUSDT\tspot",
        "ETHBTC\tETH\tBTC\tspot",
        "ETHUSDT\tETH\tUSDT\tspot",
    ]
    assert (result.returncode, result.stderr) == (0, "")


async def test_filters_and_json(rest: RestServer) -> None:
    words = ("--base", "btc", "--quote", "USDT", "--kind", "spot", "--json")
    result = await symbols(rest, "binance", *words)
    assert jsonl(result.stdout) == [
        {
            **{"venue": "binance", "symbol": "BTCUSDT", "base": "BTC", "quote": "USDT"},
            **{"kind": "spot", "counts": True},
        }
    ]


async def test_names_that_are_listed(rest: RestServer) -> None:
    result = await symbols(rest, "binance", "ETHBTC", "BTCUSDT")
    assert result.stdout == "BTCUSDT\tBTC\tUSDT\tspot\nETHBTC\tETH\tBTC\tspot\n"
    assert result.returncode == 0


async def test_an_unknown_name_and_those_near_it(rest: RestServer) -> None:
    told = one_line(await symbols(rest, "binance", "BTCUSD"), 1)
    assert told == "Error: binance: no symbol 'BTCUSD'; near: BTCUSDT, BTCUSDC"


async def test_several_unknown_names_have_a_line_each(rest: RestServer) -> None:
    result = await symbols(rest, "binance", "eth-btc", "ETHUSDT", "LUNAUSDT", "NO_SUCH_PAIR")
    assert result.returncode == 1
    assert result.stdout == "ETHUSDT\tETH\tUSDT\tspot\n"
    first, second, third = result.stderr.splitlines()
    assert first == "Error: binance: no symbol 'eth-btc'; near: ETHBTC"
    assert second == "binance: no symbol 'LUNAUSDT'; none is near"  # it does not trade now
    assert third == "binance: no symbol 'NO_SUCH_PAIR'; none is near"


async def test_a_filter_that_nothing_passes(rest: RestServer) -> None:
    told = one_line(await symbols(rest, "binance", "--base", "BTCC"), 1)
    assert told == "Error: binance: no symbol with base BTCC; near: BTC"
    told = one_line(await symbols(rest, "binance", "--base", "BTC", "--quote", "BTC"), 1)
    assert told == "Error: binance: no symbol with base BTC, quote BTC"
    told = one_line(await symbols(rest, "binance", "--kind", "option"), 1)
    assert told.startswith("Error: binance: no symbol with kind option")


async def test_pages_and_an_entry_that_cannot_be_read() -> None:
    place = venue("bybit")
    given = [(q, ok(a)) for q, a in zip(place.listing, LISTING["bybit"], strict=True)]
    async with RestServer(*given) as rest:
        result = await symbols(rest, "bybit", "--base", "BTC", "--kind", "perpetual")
    assert result.returncode == 0
    assert result.stdout.splitlines() == [
        "BTCUSD\tBTC\tUSD\tperpetual",
        "BTCPERP\tBTC\tUSDC\tperpetual",
        "BTCUSDT\tBTC\tUSDT\tperpetual",
    ]
    [told] = result.stderr.splitlines()
    assert told.startswith("bybit: 1 listed could not be read, first: 'quoteCoin' is missing")
    assert "'symbol': 7" in told


async def test_a_limit_that_is_passed_is_waited_for() -> None:
    limited = (429, {"Retry-After": "0"}, b"slow down")
    async with RestServer((INFO, [limited, limited, ok(MARKETS)])) as rest:
        result = await symbols(rest, "binance", "BTCUSDT")
    assert result.returncode == 0, result.stderr
    assert result.stdout == "BTCUSDT\tBTC\tUSDT\tspot\n"
    assert len(rest.asked) == 3


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((200, {}, b"<html>maintenance</html>"), "the answer is no JSON: <html>maintenance"),
        ((403, {}, b"not from here"), "HTTP 403: not from here"),
        (ok({"code": -1121, "msg": "Invalid."}), "no list of symbols: {'code': -1121, 'msg'"),
        (ok({"symbols": []}), "nothing trades now"),
    ],
)
async def test_answers_that_are_no_list(
    answer: tuple[int, dict[str, str], bytes], says: str
) -> None:
    async with RestServer((INFO, answer)) as rest:
        told = one_line(await symbols(rest, "binance"), 1)
        if "nothing trades" not in says:
            assert f"{rest.url}/api/v3/exchangeInfo: " in told
    assert told.startswith("Error: binance: ")
    assert says in told


def test_unreachable() -> None:
    with socket.socket() as closed:  # bound, but nobody listens: the port stays ours
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        told = one_line(run("symbols", "gate", "--url", url), 1)
    assert told.startswith(f"Error: gate: {url}/api/v4/spot/currency_pairs: no answer: ")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["binanse"], "did you mean binance"),
        (["binance", "--url", "ws://localhost:9"], "expected http://"),
        (["binance", "--kind", "swap"], "'swap' is not one of"),
    ],
)
def test_wrong_use(words: list[str], says: str) -> None:
    assert says in one_line(run("symbols", *words), 2)


def test_the_table_shows_names_as_they_are() -> None:
    odd = Instrument("x", "[red]BTC", "BTC", "USD", "spot", True)
    out = io.StringIO()
    Console(file=out, width=80).print(table([odd]))
    header, line = out.getvalue().splitlines()
    assert header.split() == ["symbol", "base", "quote", "kind"]
    assert line.split() == ["[red]BTC", "BTC", "USD", "spot"]


def test_venues_say_what_they_are() -> None:
    found = {one["venue"]: one for one in jsonl(run("venues", "--json").stdout)}
    assert list(found) == list(VENUES)
    assert found["binance"] == {
        **{"venue": "binance", "kinds": ["spot"], "quotes": ["USDT"], "gaps_by": "ids"},
        **{"backfill": hasattr(venue("binance"), "history"), "symbols_per_connection": 1024},
        **{"lifetime_seconds": 84600.0, "url": venue("binance").url},
        "rest_url": "https://api.binance.com",
    }
    assert found["deribit"]["kinds"] == ["spot", "perpetual"]
    assert found["deribit"]["quotes"] == ["USDC", "USD"]
    assert {one["gaps_by"] for one in found.values()} == set(GAPS)
    lines = run("venues").stdout.splitlines()
    assert lines[0].startswith("binance\tspot\tUSDT\ttrade ids that count\t")
    assert lines[0].endswith("\t1024\t23.5 h")
    assert [line.split("\t")[0] for line in lines] == list(VENUES)
    deribit = "deribit\tspot, perpetual\tUSDC, USD\tsequence numbers of the symbol\t"
    assert any(line.startswith(deribit) for line in lines)


def test_a_venue_with_a_history_can_be_backfilled() -> None:
    place = venue("gate")
    assert facts(place)["backfill"] is hasattr(place, "history")

    class WithHistory(type(place)):  # type: ignore[misc]
        history = object()

    one = facts(WithHistory())
    assert one["backfill"] is True
    assert row(one)[4] == "yes"
    assert json.dumps(one)
