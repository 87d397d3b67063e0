"""The WebSocket over a real server."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from gateway import stream
from gateway.alerts import KEPT
from gateway.state import State
from tests.gateway import records
from tests.gateway.records import T0
from tests.gateway.serving import served
from tests.waiting import wait_until


def connected(port: int, query: str = "", **options: Any) -> connect:
    return connect(f"ws://127.0.0.1:{port}/v1/stream{query}", proxy=None, **options)


async def receive(socket: ClientConnection, kind: str) -> dict[str, Any]:
    """The next message of this type."""
    async with asyncio.timeout(20.0):
        while True:
            message = json.loads(await socket.recv())
            if message["type"] == kind:
                return message


async def write_until_reset(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"\x00")
        await writer.drain()
        await asyncio.sleep(0.02)


async def test_state_then_health_then_changes() -> None:
    state = State(wall=records.wall)
    state.apply("definitions", records.definition(name="Top three"))
    state.apply("snapshots", records.live(seq=1))
    async with served(state, health=lambda: {"ticks": 42}) as port, connected(port) as socket:
        first = json.loads(await socket.recv())
        assert (first["type"], first["indices"][0]["name"]) == ("state", "Top three")
        snapshots = await receive(socket, "snapshots")
        assert snapshots["snapshots"][0]["risk"]["sharpe"] == 1.27
        health = await receive(socket, "health")
        assert (health["ready"], health["reasons"], health["ticks"]) == (True, [], 42)
        state.apply("levels", records.level(seq=2, at=T0 + 1, level=999.5))
        (level,) = (await receive(socket, "levels"))["levels"]
        assert (level["seq"], level["level"]) == (2, 999.5)
        assert level["at"] == "2025-11-23T00:00:00.000000001Z"
        state.apply("alerts", records.alert())
        alerts = await receive(socket, "alerts")
        assert (alerts["alerts"][0]["id"], alerts["firing"]) == ("TOP3-0.1:firing", 1)


async def test_filter_and_summary() -> None:
    state = State(wall=records.wall)
    for index in ("A1", "A2"):
        state.apply("snapshots", records.live(index))
    async with served(state) as port, connected(port, "?indices=A2&view=summary") as socket:
        first = await receive(socket, "state")
        assert [row["index"] for row in first["indices"]] == ["A2"]
        state.apply("snapshots", records.live("A1", seq=2))
        state.apply("snapshots", records.live("A2", seq=3, level=77.0))
        rows = await receive(socket, "indices")
    assert [(row["index"], row["level"]) for row in rows["indices"]] == [("A2", 77.0)]


async def test_a_fast_feed_is_conflated_to_a_few_messages_that_end_with_the_newest() -> None:
    state = State(wall=records.wall)
    async with served(state) as port, connected(port) as socket:
        await receive(socket, "state")
        start, messages, seq, seen = time.monotonic(), 0, 0, 0
        while time.monotonic() - start < 1.0:
            seq += 1
            state.apply("levels", records.level(seq=seq, at=T0 + seq))
            await asyncio.sleep(0.001)
        while seen < seq:
            seen = (await receive(socket, "levels"))["levels"][0]["seq"]
            messages += 1
    assert seq > 50
    assert messages <= 8  # five a second, and one at each end


async def test_every_alert_arrives_once_and_in_order() -> None:
    state = State(wall=records.wall)
    async with served(state) as port, connected(port) as socket:
        await receive(socket, "state")
        for seq in range(1, 301):
            state.apply("alerts", records.alert(seq=seq, episode=f"e{seq}"))
            if seq % 7 == 0:
                await asyncio.sleep(0)
        seen: list[int] = []
        while len(seen) < 300:
            seen += [alert["seq"] for alert in (await receive(socket, "alerts"))["alerts"]]
    assert seen == list(range(1, 301))


async def test_client_that_missed_alerts_is_closed_with_1013() -> None:
    state = State(wall=records.wall)
    async with served(state) as port, connected(port) as socket:
        await receive(socket, "state")
        for seq in range(1, KEPT + 2):  # in one go: the sender had no turn in between
            state.apply("alerts", records.alert(seq=seq, episode=f"e{seq}"))
        with pytest.raises(ConnectionClosed) as closed:
            await receive(socket, "alerts")
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1013
        assert closed.value.rcvd.reason.startswith("too slow: alerts were missed")
        assert state.evicted == {"behind": 1}
        await wait_until(lambda: state.clients == 0)


async def test_client_that_does_not_read_is_evicted_and_cut_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stream, "SEND_SECONDS", 0.3)
    monkeypatch.setattr(stream, "CLOSE_SECONDS", 0.3)
    state = State(wall=records.wall)
    for n in range(60):
        state.apply("snapshots", records.live(f"I{n}"))
    async with served(state) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
        writer.write(
            b"GET /v1/stream HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        assert (await reader.readline()).startswith(b"HTTP/1.1 101 ")
        async with connected(port, "?view=summary") as healthy, asyncio.timeout(60.0):
            seq = 1
            while not state.evicted:  # from here on nobody reads, and the buffers fill
                seq += 1
                for n in range(60):
                    state.apply("snapshots", records.live(f"I{n}", seq=seq))
                await asyncio.sleep(0.05)
            assert state.evicted == {"stuck": 1}
            await wait_until(lambda: state.clients == 1)
            state.apply("levels", records.level("I7", seq=10**6, at=T0 + 5, level=3.25))
            levels = await receive(healthy, "levels")
            assert levels["levels"][0]["level"] == 3.25
            with pytest.raises(ConnectionError):  # cut, so what was buffered is not kept for it
                await write_until_reset(writer)
        writer.close()


async def test_too_many_clients_are_told_to_try_later() -> None:
    state = State(wall=records.wall, max_clients=1)
    async with served(state) as port, connected(port) as first:
        await receive(first, "state")
        async with connected(port) as second:
            with pytest.raises(ConnectionClosed) as closed:
                await second.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1013
        await first.close()
        await wait_until(lambda: state.clients == 0)
        async with connected(port) as third:
            await receive(third, "state")


async def test_pages_of_other_origins_are_refused() -> None:
    async with served(State(wall=records.wall)) as port:
        with pytest.raises(InvalidStatus, match="403"):
            async with connected(port, origin="http://evil.example"):
                pass
        async with connected(port, origin=f"http://127.0.0.1:{port}") as own:
            await receive(own, "state")


async def test_what_a_client_says_is_ignored() -> None:
    state = State(wall=records.wall)
    async with served(state) as port, connected(port) as socket:
        await receive(socket, "state")
        for _ in range(20):
            await socket.send("hello")
        state.apply("levels", records.level(level=5.5))
        assert (await receive(socket, "levels"))["levels"][0]["level"] == 5.5


async def test_end_of_the_server_closes_the_sockets() -> None:
    state = State(wall=records.wall)
    async with served(state) as port:
        socket = await connected(port)
        await receive(socket, "state")
    with pytest.raises(ConnectionClosed) as closed:
        await receive(socket, "nothing more")
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1012  # the service restarts
    assert state.clients == 0
