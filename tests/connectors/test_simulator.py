"""The simulated exchanges, and the real sessions against them over loopback."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import connect

from connectors.feed.connect import VenueSessions
from connectors.feed.health import StallRule
from connectors.simulator import Market, Playback, Simulator
from connectors.venues.registry import VENUES
from engine.records import Gap, Tick
from tests.waiting import wait_until

VENUE_NAMES = ("binance", "coinbase", "kraken")
QUICK = StallRule(factor=20.0, burst=0.02, beats=5, check=0.02)
"""Judges after half a second of silence what trades a hundred times a second."""


class Received:
    """The sink, and what the tests ask of it."""

    def __init__(self) -> None:
        self.calls: list[tuple[int, list[Tick | Gap]]] = []
        self.events: list[Tick | Gap] = []

    def __call__(self, received: int, events: list[Tick | Gap]) -> None:
        self.calls.append((received, list(events)))
        self.events += events

    def of(self, venue: str, symbol: str) -> list[Tick | Gap]:
        key = (venue, symbol)
        return [e for e in self.events if (e.instrument.venue, e.instrument.symbol) == key]

    def ids(self, venue: str, symbol: str) -> list[int]:
        return [int(e.id or "-1") for e in self.of(venue, symbol) if isinstance(e, Tick)]

    def reasons(self, venue: str, symbol: str) -> list[str]:
        return [e.reason for e in self.of(venue, symbol) if isinstance(e, Gap)]


@asynccontextmanager
async def running(
    sim: Simulator,
    *assets: str,
    venues: tuple[str, ...] = VENUE_NAMES,
    stall: StallRule | None = None,
) -> AsyncIterator[tuple[Received, VenueSessions]]:
    """Sessions on a simulator, stopped in the orderly way at the end."""
    received = Received()
    sessions = VenueSessions(venues, assets, received, sim.urls, stall=stall)
    task = asyncio.create_task(sessions.run())
    try:
        yield received, sessions
    finally:
        sessions.stop()
        await asyncio.wait_for(task, 15)


# ---- the wire


async def talk(url: str, *frames: str, until: int) -> list[Any]:
    """What an exchange answers to these frames, the first so many messages."""
    async with connect(url, proxy=None) as ws:
        for frame in frames:
            await ws.send(frame)
        return [json.loads(await asyncio.wait_for(ws.recv(), 10)) for _ in range(until)]


async def test_coinbase_sends_history_first_and_refuses_a_whole_request() -> None:
    ask = '{"type":"subscribe","product_ids":[%s],"channels":["matches","heartbeat"]}'
    async with Simulator(venues=("coinbase",), rate=50.0) as sim:
        url = sim.urls["coinbase"]
        history, answer = await talk(url, ask % '"BTC-USD"', until=2)
        assert history["type"] == "last_match"
        assert answer["type"] == "subscriptions"
        assert [c["name"] for c in answer["channels"]] == ["matches", "heartbeat"]
        [error] = await talk(url, ask % '"BTC-USD","NOPE-USD"', until=1)
        assert error == {
            "type": "error",
            "message": "Failed to subscribe",
            "reason": "NOPE-USD is not a valid product",
        }
        later = await talk(url, ask % '"BTC-USD"', until=30)
        ids = [m["trade_id"] for m in later if m["type"] in ("last_match", "match")]
        assert ids == list(range(ids[0], ids[0] + len(ids)))
        beats = [m for m in later if m["type"] == "heartbeat"]
        assert {m["product_id"] for m in beats} <= {"BTC-USD"}


async def test_kraken_sends_history_when_it_is_not_declined() -> None:
    ask = '{"method":"subscribe","params":{"channel":"trade","symbol":["BTC/USD","XBT/USD"]%s}}'
    async with Simulator(venues=("kraken",), rate=50.0) as sim:
        url = sim.urls["kraken"]
        status, ack, snapshot, refusal = await talk(url, ask % "", until=4)
        assert status["channel"] == "status"
        assert status["data"][0]["connection_id"] > 2**53
        assert ack["result"] == {"channel": "trade", "snapshot": True, "symbol": "BTC/USD"}
        assert snapshot["type"] == "snapshot"
        assert refusal["success"] is False
        assert refusal["error"] == "Currency pair not supported XBT/USD"
        messages = await talk(url, ask % ',"snapshot":false', until=12)
        kinds = {m.get("type") for m in messages if m.get("channel") == "trade"}
        assert kinds == {"update"}


async def test_binance_speaks_raw_and_combined_in_ms_and_us() -> None:
    async with Simulator(venues=("binance",), rate=200.0) as sim:
        url = sim.urls["binance"]
        combined = await talk(f"{url}/stream?streams=btcusdt@trade/ethusdt@trade", until=5)
        assert {m["stream"] for m in combined} <= {"btcusdt@trade", "ethusdt@trade"}
        assert all(1e12 < m["data"]["T"] < 1e13 for m in combined)
        ask = '{"method":"SUBSCRIBE","params":["btcusdt@trade","nope@trade"],"id":7}'
        answer, trade = await talk(f"{url}/ws?timeUnit=MICROSECOND", ask, until=2)
        assert answer == {"result": None, "id": 7}, "an unknown stream is accepted, as there"
        assert trade["s"] == "BTCUSDT"
        assert 1e15 < trade["T"] < 1e16
        [error] = await talk(f"{url}/ws", ask.replace("btcusdt@trade", "BTC-USD"), until=1)
        assert error == {"error": {"code": 2, "msg": "Invalid request: invalid stream"}, "id": 7}


def test_an_unknown_simulated_venue_is_refused() -> None:
    with pytest.raises(ValueError, match="no simulated venue 'gate'; there are binance, coinbase"):
        Simulator(venues=("gate",))


async def test_a_taken_port_is_an_error_and_leaves_nothing_open() -> None:
    async with Playback([]) as other:
        port = int(other.url.rsplit(":", 1)[1])
        with pytest.raises(OSError, match="address already in use"):
            async with Simulator(port=port):
                raise AssertionError("it must not open")


# ---- real sessions on it


async def test_ticks_of_all_venues_with_ids_in_one_row() -> None:
    async with Simulator(seed=2, assets=("BTC", "ETH"), rate=1500.0) as sim:
        start = time.time_ns()
        async with running(sim, "BTC", "ETH") as (received, sessions):
            markets = [
                (venue, i.symbol)
                for venue in VENUE_NAMES
                for i in VENUES[venue].instruments(["BTC", "ETH"])
            ]
            assert len(markets) == 9
            await wait_until(lambda: all(len(received.ids(*m)) > 100 for m in markets))
        for venue, symbol in markets:
            ids = received.ids(venue, symbol)
            assert ids == list(range(ids[0], ids[0] + len(ids))), (venue, symbol)
            first = received.of(venue, symbol)[0]
            assert first == Gap(first.instrument, None, None, "session")
            assert received.reasons(venue, symbol) == ["session"]
        ticks = [e for e in received.events if isinstance(e, Tick)]
        for t in ticks:
            middle = {"BTC": 62_000, "ETH": 2_600, "USDT": 1, "USDC": 1}[t.instrument.base]
            assert 0.85 < t.price / middle < 1.05
            assert start - 2_000_000_000 < t.ts <= time.time_ns()
        assert {t.side for t in ticks} == {"buy", "sell"}
        at = [received_ns for received_ns, _ in received.calls]
        assert at == sorted(at)
        assert sum(stats.ticks for stats in sessions.stats) == len(ticks)
        assert [stats.malformed for stats in sessions.stats] == [0, 0, 0]
        assert [stats.state for stats in sessions.stats] == ["stopped"] * 3


async def test_sides_are_the_taker_s_on_every_venue() -> None:
    """What arrives is what the market traded, side and all, through three wire formats."""
    async with Simulator(seed=4, assets=("BTC",), rate=300.0) as sim:
        async with running(sim, "BTC") as (received, _):
            symbols = {"binance": "BTCUSDT", "coinbase": "BTC-USD", "kraken": "BTC/USD"}
            await wait_until(lambda: all(len(received.ids(*m)) > 50 for m in symbols.items()))
        again = Market(4, ["BTC"], VENUE_NAMES, 300.0)
        again.opening()
        traded = [t for _ in range(sim.market.steps) for t in again.step()]
        for venue, symbol in symbols.items():
            wanted = [t for t in traded if (t.venue, t.asset) == (venue, "BTC")]
            ticks = [e for e in received.of(venue, symbol) if isinstance(e, Tick)]
            # Ids count the trades of a market: the first step's first trade follows the opening.
            opening = int(ticks[0].id or "-1") - self_index(ticks[0], wanted)
            for tick in ticks:
                trade = wanted[int(tick.id or "-1") - opening]
                assert tick.side == trade.side
                assert tick.price == pytest.approx(trade.price, rel=1e-5)
                assert tick.size == pytest.approx(trade.size, abs=1e-8)


def self_index(tick: Tick, trades: list[Any]) -> int:
    """Which of the market's trades a tick is, by its size."""
    [found] = [n for n, t in enumerate(trades) if abs(t.size - tick.size) < 1e-8]
    return found


async def test_a_cut_connection_comes_back_with_a_session_gap() -> None:
    async with Simulator(assets=("BTC",), rate=600.0, venues=("kraken",)) as sim:
        async with running(sim, "BTC", venues=("kraken",)) as (received, sessions):
            await wait_until(lambda: len(received.ids("kraken", "BTC/USD")) > 30)
            assert sim.drop("kraken") == 1
            before = received.ids("kraken", "BTC/USD")[-1]
            await wait_until(lambda: received.ids("kraken", "BTC/USD")[-1] > before + 30)
        events = received.of("kraken", "BTC/USD")
        assert received.reasons("kraken", "BTC/USD") == ["session", "session"]
        second = [n for n, e in enumerate(events) if isinstance(e, Gap)][1]
        old, new = events[second - 1], events[second + 1]
        assert isinstance(old, Tick)
        assert isinstance(new, Tick)
        assert int(new.id or "-1") > int(old.id or "-1")
        assert sessions.stats[0].reconnects == 1


async def test_a_refused_symbol_leaves_the_others_alive() -> None:
    async with Simulator(assets=("BTC",), rate=600.0) as sim:
        async with running(sim, "NOPE", "BTC") as (received, sessions):
            symbols = {"binance": "BTCUSDT", "coinbase": "BTC-USD", "kraken": "BTC/USD"}
            await wait_until(lambda: all(len(received.ids(*m)) > 20 for m in symbols.items()))
        by_venue = {stats.venue: stats for stats in sessions.stats}
        assert by_venue["coinbase"].symbols["NOPE-USD"].state == "refused"
        assert by_venue["kraken"].symbols["NOPE/USD"].state == "refused"
        assert by_venue["binance"].symbols["NOPEUSDT"].last_data is None
        assert by_venue["coinbase"].symbols["BTC-USD"].state == "accepted"
        assert [stats.reconnects for stats in sessions.stats] == [0, 0, 0]


@pytest.mark.parametrize("symbol", ["ETH-USD", None])
async def test_a_mute_symbol_and_a_mute_venue_are_noticed(symbol: str | None) -> None:
    async with Simulator(assets=("BTC", "ETH"), rate=1500.0, venues=("coinbase",)) as sim:
        quick = running(sim, "BTC", "ETH", venues=("coinbase",), stall=QUICK)
        async with quick as (received, sessions):
            muted = symbol or "BTC-USD"
            await wait_until(lambda: len(received.ids("coinbase", muted)) > 200)
            sim.mute("coinbase", symbol)
            await wait_until(lambda: "stall" in received.reasons("coinbase", muted))
            events = received.of("coinbase", muted)
            at = next(n for n, e in enumerate(events) if isinstance(e, Gap) and e[3] == "stall")
            stall = events[at]
            assert isinstance(stall, Gap)
            assert stall.last_id == [e.id for e in events[:at] if isinstance(e, Tick)][-1]
            last = received.ids("coinbase", muted)[-1]
            sim.mute("coinbase", symbol, muted=False)
            await wait_until(lambda: received.ids("coinbase", muted)[-1] > last)
            await wait_until(lambda: sessions.stats[0].reconnects >= 1)
        resumed = received.of("coinbase", muted)
        tick = next(e for e in resumed if isinstance(e, Tick) and int(e.id or "-1") > last)
        assert int(tick.id or "-1") > last + 1, "the market went on meanwhile"
        assert resumed.index(stall) < resumed.index(tick)
        assert sessions.stats[0].stalls >= 1
        assert sessions.stats[0].reconnects >= 1


async def test_a_venue_that_is_down_does_not_hold_up_the_others() -> None:
    async with Simulator(assets=("BTC",), rate=600.0, venues=("binance", "kraken")) as sim:
        async with Playback([]) as gone:
            dead = gone.url
        received = Received()
        urls = {**sim.urls, "coinbase": dead}
        sessions = VenueSessions(VENUE_NAMES, ["BTC"], received, urls)
        task = asyncio.create_task(sessions.run())
        await wait_until(lambda: sessions.stats[1].failed_attempts >= 2)
        await wait_until(lambda: len(received.ids("kraken", "BTC/USD")) > 20)
        assert "cannot connect" in (sessions.stats[1].last_error or "")
        sessions.stop()
        await asyncio.wait_for(task, 15)


async def test_playback_sends_recorded_frames_and_stopping_loses_none() -> None:
    frames: list[str | bytes] = [
        json.dumps(
            {
                "e": "trade",
                "E": 1723161255343 + n,
                "s": "BTCUSDT",
                "t": n,
                "p": f"{60_000 + n}.5",
                "q": "0.02",
                "T": 1723161255342 + n,
                "m": True,
                "M": True,
            }
        )
        for n in range(3000)
    ]
    frames[10] = frames[10].encode()  # type: ignore[union-attr]
    async with Playback(frames) as playback:
        received = Received()
        sessions = VenueSessions(["binance"], ["BTC"], received, {"binance": playback.url})
        task = asyncio.create_task(sessions.run())
        await wait_until(lambda: playback.played == 1)
        sessions.stop()
        await asyncio.wait_for(task, 15)
    assert received.ids("binance", "BTCUSDT") == list(range(3000))
    ticks = [e for e in received.events if isinstance(e, Tick)]
    assert [t.price for t in ticks] == [60_000.5 + n for n in range(3000)]
    assert [t.ts for t in ticks] == [(1723161255342 + n) * 10**6 for n in range(3000)]


async def test_pace_moves_the_market_faster() -> None:
    async with Simulator(assets=("BTC",), rate=100.0, pace=20.0) as sim:
        start = time.monotonic()
        await wait_until(lambda: sim.market.time > 10.0)
        assert time.monotonic() - start < 8.0
