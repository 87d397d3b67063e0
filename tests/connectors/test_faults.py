"""The faults themselves, the exchanges in memory, and a judge that must see what is wrong."""

import asyncio
import json
import random
import time
from collections import Counter
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import (
    ConnectionClosed,
    ConnectionClosedError,
    ConnectionClosedOK,
    InvalidStatus,
    PayloadTooBig,
)

from connectors.simulator import Simulator, faults, tamper
from connectors.simulator.exchange import WIRES, Tamper
from connectors.simulator.faults import Fault, plan, relent, strike
from connectors.simulator.memory import LATENCY, MemoryConnection, MemorySimulator
from connectors.venues.events import Ack, Heartbeat, Malformed, Notice, Refused
from connectors.venues.registry import VENUES as ALL
from engine.records import Gap, Tick
from engine.types import SECOND
from tests.connectors.faults.virtual_loop import run_virtual
from tests.connectors.faults.world import NOW, VENUES, exchange, fill, liquid
from tests.waiting import wait_until

# ---- the wire formats, through our own parsers


@pytest.mark.parametrize("venue", WIRES)
@pytest.mark.parametrize("side", ["buy", "sell"])
def test_a_trade_comes_through_the_wire_format_as_it_was_made(venue: str, side: str) -> None:
    desk = WIRES[venue].desk("/ws?timeUnit=MICROSECOND", exchange(venue).recent)
    [tick] = ALL[venue].parser(()).feed(desk.fill(fill(venue, 8, side)))
    assert isinstance(tick, Tick)
    assert (tick.price, tick.size, tick.side, tick.ts) == (61837.63, 0.02, side, NOW)
    assert (tick.instrument.venue, tick.instrument.symbol) == (venue, liquid(venue))
    wanted = "00000000-0000-0000-0000-000000000008" if venue == "bybit" else "8"
    assert tick.id == wanted


@pytest.mark.parametrize("venue", ["okx", "bybit"])
def test_subscribing_to_okx_and_bybit(venue: str) -> None:
    there, nowhere = (ALL[venue].instruments([a])[0] for a in ("BTC", "NOPE"))
    parser = ALL[venue].parser([there, nowhere])
    desk = WIRES[venue].desk("/", exchange(venue).recent)
    answers = [a for frame in parser.subscribe() for a in desk.receive(frame, NOW)]
    events = [event for answer in answers for event in parser.feed(answer)]
    accepted = [e for e in events if isinstance(e, Ack)]
    refused = [e.symbol for e in events if isinstance(e, Refused)]
    assert accepted == [Ack(there.symbol)]
    assert refused == [nowhere.symbol]
    assert desk.subscribed == {there.symbol}
    history = [e.id for e in events if isinstance(e, Tick)]
    assert history == (["7"] if venue == "okx" else []), "OKX sends the last trade, unmarked"
    keep_alive = ALL[venue].limits.keep_alive
    assert keep_alive is not None
    [pong] = desk.receive(keep_alive[1], NOW)
    assert parser.feed(pong) == [Heartbeat()]


def test_okx_and_bybit_refuse_what_is_wrong_and_unsubscribe() -> None:
    okx = WIRES["okx"].desk("/", exchange("okx").recent)
    for wrong in ("{", "[]", '{"op":"dance"}', '{"op":"subscribe","args":[7]}'):
        [answer] = okx.receive(wrong, NOW)
        assert json.loads(answer)["code"] == "60012"
    argument = {"channel": "trades", "instId": "BTC-USDT"}
    okx.receive(json.dumps({"op": "subscribe", "args": [argument]}), NOW)
    okx.receive(json.dumps({"op": "unsubscribe", "args": [argument]}), NOW)
    assert okx.subscribed == set()
    bybit = WIRES["bybit"].desk("/", exchange("bybit").recent)
    topics = [f"publicTrade.A{n}USDT" for n in range(11)]
    [answer] = bybit.receive(json.dumps({"op": "subscribe", "args": topics}), NOW)
    assert json.loads(answer)["ret_msg"] == "args size > 10"
    both = {"op": "subscribe", "args": ["publicTrade.BTCUSDT", "publicTrade.NOPE"]}
    [answer] = bybit.receive(json.dumps(both), NOW)
    assert (json.loads(answer)["success"], bybit.subscribed) == (False, set())


def test_what_venues_say_before_a_cut() -> None:
    said = {}
    for venue in WIRES:
        desk, parser = WIRES[venue].desk("/ws", exchange(venue).recent), ALL[venue].parser(())
        said[venue] = [event for frame in desk.farewell(NOW) for event in parser.feed(frame)]
    assert [n.closing for n in said["binance"] if isinstance(n, Notice)] == [True]
    assert [n.closing for n in said["okx"] if isinstance(n, Notice)] == [True]
    assert said["kraken"] == [Notice("system status: maintenance")]
    assert said["coinbase"] == said["bybit"] == []


# ---- what becomes of single trades


def frames_of(way: Tamper, count: int) -> list[Any]:
    desk = WIRES["kraken"].desk("/", {})
    frames = [f for n in range(count) for f in way.frames(desk, fill("kraken", n))]
    return frames + list(way.rest())


def ids(frames: list[str]) -> list[int]:
    return [json.loads(frame)["data"][0]["trade_id"] for frame in frames]


def test_each_way_to_tamper_does_what_it_is_named_for() -> None:
    every = list(range(400))
    repeated = ids(frames_of(tamper.Repeat(random.Random(1)), 400))
    assert set(repeated) == set(every)
    assert set(Counter(repeated).values()) == {1, 2}
    reordered = ids(frames_of(tamper.Reorder(random.Random(1)), 400))
    assert sorted(reordered) == every
    assert reordered != every
    left = ids(frames_of(tamper.Lose(random.Random(1)), 400))
    assert left == sorted(left)
    assert 100 < len(left) < 350
    assert frames_of(tamper.Mute(None), 9) == frames_of(tamper.Mute("BTC/USD"), 9) == []
    assert ids(frames_of(tamper.Mute("LTC/USD"), 9)) == list(range(9))
    skewed = frames_of(tamper.Skew(random.Random(1)), 2)
    ticks = [event for frame in skewed for event in ALL["kraken"].parser(()).feed(frame)]
    offs = {tick.ts - NOW for tick in ticks if isinstance(tick, Tick)}
    assert len(offs) == 1
    assert 0.2 * SECOND - 1000 <= abs(offs.pop()) <= 30 * SECOND
    for venue in WIRES:
        parser = ALL[venue].parser(())
        desk = WIRES[venue].desk("/ws", exchange(venue).recent)
        corrupt = tamper.Corrupt(random.Random(1))
        events = [
            event
            for n in range(400)
            for frame in corrupt.frames(desk, fill(venue, n))
            for event in parser.feed(frame)
        ]
        kinds = Counter(type(event) for event in events if not isinstance(event, Gap))
        assert kinds[Tick] + kinds[Malformed] == 400
        assert 30 < kinds[Malformed] < 100


def test_plans_are_seeded_and_give_each_venue_one_fault() -> None:
    symbols = {venue: liquid(venue) for venue in VENUES}
    first, again, other = (plan("rst", seed, symbols, 8.0, 3.0) for seed in (1, 1, 2))
    assert first == again != other
    assert sorted(p.venue for p in first) == sorted(VENUES)
    assert all(8.0 <= p.at <= 8.0 + 3.0 * len(VENUES) for p in first)


# ---- endings, in memory


async def line_to(venue: str) -> tuple[MemorySimulator, MemoryConnection]:
    simulator = MemorySimulator([exchange(venue)])
    connection = await simulator.connect(f"{simulator.urls[venue]}/ws")
    await connection.send(ALL[venue].parser(ALL[venue].instruments(["BTC"])).subscribe()[0])
    await asyncio.sleep(1.0)
    simulator.links[0].arrive()
    await connection.recv()
    return simulator, connection


async def end_of(kind: str) -> tuple[list[bytes], Exception, float]:
    """What comes after a trade under way and a fault, the exception at the end, and when."""
    loop = asyncio.get_running_loop()
    simulator, connection = await line_to("binance")
    place = simulator.exchanges["binance"]
    place.publish(fill("binance", 8))
    fault = Fault(kind, "BTCUSDT", 0.0, "seed")
    struck = loop.time()
    strike(place, fault)
    place.publish(fill("binance", 9))
    got: list[bytes] = []
    asking = asyncio.ensure_future(_read_on(connection, got))
    while not asking.done():
        await asyncio.sleep(LATENCY)
        simulator.links[0].arrive()
    return got, asking.result(), loop.time() - struck


async def _read_on(connection: MemoryConnection, got: list[bytes]) -> Exception:
    try:
        while True:
            frame = await connection.recv()
            got.append(frame if isinstance(frame, bytes) else frame.encode())
    except (ConnectionClosedError, ConnectionClosedOK) as end:
        return end


@pytest.mark.parametrize(
    ("kind", "arrives", "code", "seconds"),
    [
        ("rst", 0, None, 0.1),
        ("fin", 1, None, 0.1),
        ("close_1006", 1, None, 0.1),
        ("cut_24h", 1, 1001, 0.1),
        ("oversized", 1, 1009, 0.1),
        ("deflate", 1, 1002, 0.1),
        ("half_open", 0, 1011, 40.1),
    ],
)
def test_every_ending_in_memory(kind: str, arrives: int, code: int | None, seconds: float) -> None:
    got, end, took = run_virtual(end_of(kind))
    assert len(got) == arrives, "trades that were under way"
    assert isinstance(end, ConnectionClosedOK if kind == "cut_24h" else ConnectionClosedError)
    close = end.sent if end.sent is not None else end.rcvd
    assert (close.code if close is not None else None) == code
    assert took < seconds


def test_a_slow_line_and_a_refusal_in_memory() -> None:
    async def main() -> None:
        simulator, connection = await line_to("kraken")
        place, line = simulator.exchanges["kraken"], simulator.links[0]
        line._inbox.clear()  # the answers to the subscription
        strike(place, Fault("slow_drip", "BTC/USD", 0.0, "seed"))
        for number in range(8, 18):
            place.publish(fill("kraken", number))
        await asyncio.sleep(3 * faults.DRIP + LATENCY)
        line.arrive()
        assert len(line._inbox) == 3
        line.drip(0.0)
        await asyncio.sleep(LATENCY)
        line.arrive()
        assert len(line._inbox) == 10
        strike(place, Fault("http_429", "BTC/USD", 0.0, "seed"))
        refused = place.refusing
        assert 1 <= refused <= 3
        for _ in range(refused):
            with pytest.raises(InvalidStatus) as error:
                await simulator.connect(simulator.urls["kraken"])
            assert error.value.response.status_code == 429
        await simulator.connect(simulator.urls["kraken"])
        assert len(place.attempts) == 2 + refused
        await connection.close()

    run_virtual(main())


def test_virtual_time_costs_nothing_and_ends_when_nothing_can_happen() -> None:
    async def main() -> float:
        await asyncio.sleep(86_400.0)
        return asyncio.get_running_loop().time()

    begun = time.monotonic()
    assert run_virtual(main()) == pytest.approx(86_400.0)
    assert time.monotonic() - begun < 5.0

    async def never() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(AssertionError, match="nothing is left that could ever happen"):
        run_virtual(never())


# ---- endings, on sockets


async def _until_the_end(ws: ClientConnection) -> ConnectionClosed:
    try:
        while True:
            await ws.recv()
    except ConnectionClosed as end:
        return end


async def test_endings_on_sockets_are_what_they_are_named() -> None:
    async with Simulator(venues=("kraken",), assets=("BTC",), rate=100.0) as simulator:
        place = simulator.exchanges["kraken"]

        async def suffer(kind: str, **options: Any) -> Any:
            async with connect(simulator.urls["kraken"], proxy=None, **options) as ws:
                await wait_until(lambda: len(place.clients) == 1)
                strike(place, Fault(kind, "BTC/USD", 0.0, "seed"))
                end = await asyncio.wait_for(_until_the_end(ws), 10)
            await wait_until(lambda: not place.clients)
            return end

        reset = await suffer("rst")
        assert isinstance(reset.__cause__, ConnectionResetError)
        ended = await suffer("fin")
        assert (ended.rcvd, ended.sent) == (None, None)
        assert not isinstance(ended.__cause__, ConnectionResetError)
        assert (await suffer("close_1006")).rcvd is None
        assert (await suffer("cut_24h")).rcvd.code == 1001
        assert (await suffer("deflate", compression=None)).sent.code == 1002
        large = await suffer("oversized", max_size=8 * 2**20)
        assert isinstance(large.__cause__, PayloadTooBig)
        fault = Fault("http_429", "BTC/USD", 0.0, "seed")
        strike(place, fault)
        with pytest.raises(InvalidStatus) as error:
            await connect(simulator.urls["kraken"], proxy=None)
        assert error.value.response.status_code == 429
        assert error.value.response.headers["Retry-After"] == "1"
        relent(place, fault)
        async with connect(simulator.urls["kraken"], proxy=None) as ws:
            assert "permessage-deflate" in str(ws.response and ws.response.headers)
