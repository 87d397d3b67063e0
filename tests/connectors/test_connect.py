"""All sessions together, against a scripted connection in virtual time."""

import asyncio

import pytest

from connectors.feed.connect import VenueSessions, never_back
from engine.records import Gap, Tick
from tests.connectors.faults.scripted_session import (
    Received,
    VirtualTime,
    Wire,
    settle,
    trades,
)


async def test_an_error_of_one_sink_ends_all_sessions_of_run() -> None:
    time = VirtualTime()
    wires: dict[str, Wire] = {}

    async def connect(url: str) -> Wire:
        wires[url] = Wire(time)
        return wires[url]

    def full(received: int, events: list[Tick | Gap]) -> None:
        raise OSError("the log is full")

    urls = {"kraken": "ws://k", "coinbase": "ws://c"}
    sessions = VenueSessions(urls, ["BTC"], full, urls, clock=time.clock, connect=connect)
    task = asyncio.create_task(sessions.run())
    await settle()
    wires["ws://k"].give(trades(("BTC/USD", 1)))
    with pytest.raises(OSError, match="the log is full"):
        await asyncio.wait_for(task, 5)
    assert [wire.closed for wire in wires.values()] == [True, True]
    assert [stats.state for stats in sessions.stats] == ["stopped", "stopped"]


async def test_received_never_goes_back_over_all_sessions() -> None:
    time = VirtualTime()
    wall = iter([100, 90, 95, 101, 80])
    clock = time.clock._replace(now_ns=lambda: next(wall))
    wires: dict[str, Wire] = {}

    async def connect(url: str) -> Wire:
        wires[url] = Wire(time)
        return wires[url]

    received = Received()
    urls = {"kraken": "ws://k", "coinbase": "ws://c"}
    sessions = VenueSessions(urls, ["BTC"], received, urls, clock=clock, connect=connect)
    task = asyncio.create_task(sessions.run())
    await settle()
    match = (
        '{"type":"match","trade_id":%d,"side":"sell","size":"1","price":"9",'
        '"product_id":"BTC-USD","time":"2026-07-07T22:58:17Z"}'
    )
    for n in range(2):
        wires["ws://k"].give(trades(("BTC/USD", n)))
        await settle()
        wires["ws://c"].give(match % n)
        await settle()
    sessions.stop()
    await asyncio.wait_for(task, 5)
    assert [at for at, _ in received] == [100, 100, 100, 101]


async def test_cancelling_run_is_as_orderly_as_stopping() -> None:
    time = VirtualTime()
    wire = Wire(time)

    async def connect(url: str) -> Wire:
        return wire

    received = Received()
    sessions = VenueSessions(["kraken"], ["BTC"], received, clock=time.clock, connect=connect)
    task = asyncio.create_task(sessions.run())
    await settle()
    wire.give(*[trades(("BTC/USD", n)) for n in range(500)])
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 5)
    assert received.ids("BTC/USD") == [str(n) for n in range(500)]
    assert wire.closed


def test_subscriptions_are_split_over_connections() -> None:
    async def build() -> VenueSessions:
        return VenueSessions(["kraken"], [f"A{n}" for n in range(250)], Received())

    sessions = asyncio.run(build())
    assert [(s.name, len(s.symbols)) for s in sessions.stats] == [
        ("kraken#1", 200),
        ("kraken#2", 52),
    ]


def test_never_back() -> None:
    wall = iter([5, 3, 7])
    now = never_back(lambda: next(wall))
    assert [now(), now(), now()] == [5, 5, 7]


def test_an_asset_that_is_another_coins_name_is_told(caplog: pytest.LogCaptureFixture) -> None:
    VenueSessions(["upbit", "binance_usdm"], ["TON", "1000PEPE", "BTC", "USDT"], lambda *_: None)
    assert [record.getMessage().partition(" (")[0] for record in caplog.records] == [
        "upbit: not subscribed to TON, which stands for 1 TOKAMAK there",
        "binance_usdm: not subscribed to 1000PEPE, which stands for 1000 PEPE there",
    ]
