"""The WebSocket over a real server."""

from __future__ import annotations

import asyncio
import json
import socket as socket_module
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from gateway import pump
from gateway.alerts import KEPT
from gateway.api.problems import KINDS
from gateway.refusal import DESCRIBED
from gateway.state import State
from tests.gateway import records
from tests.gateway.records import T0
from tests.gateway.serving import served
from tests.waiting import wait_until
from tidegauge.client.following import StreamFollower


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


async def test_snapshots_then_health_then_changes() -> None:
    state = State(wall=records.wall)
    state.apply("snapshots", records.live(seq=1))
    async with served(state, health=lambda: {"ticks": 42}) as port, connected(port) as socket:
        first = json.loads(await socket.recv())
        assert (first["type"], first["view"]) == ("subscribed", "snapshots")
        snapshots = await receive(socket, "snapshots")
        assert snapshots["snapshots"][0]["risk"]["sharpe"] == 1.27
        health = await receive(socket, "health")
        assert (health["ready"], health["reasons"], health["ticks"]) == (True, [], 42)
        state.apply("levels", records.level(seq=2, at=T0 + 1, level=999.5))
        (level,) = (await receive(socket, "levels"))["levels"]
        assert level == ["TOP3", 2, "2025-11-23T00:00:00.000000001Z", 999.5, 1010.0, None, 0]
        state.apply("alerts", records.alert())
        alerts = await receive(socket, "alerts")
        assert (alerts["alerts"][0]["id"], alerts["firing"]) == ("TOP3-0.1:firing", 1)


async def test_query_of_indices_and_summary() -> None:
    state = State(wall=records.wall)
    for index in ("A1", "A2"):
        state.apply("snapshots", records.live(index))
    async with served(state) as port, connected(port, "?indices=A2&view=summary") as socket:
        first = await receive(socket, "rows")
        assert [row["index"] for row in first["rows"]] == ["A2"]
        state.apply("snapshots", records.live("A1", seq=2))
        state.apply("snapshots", records.live("A2", seq=3, level=77.0))
        rows = await receive(socket, "rows")
    assert [(row["index"], row["level"]) for row in rows["rows"]] == [("A2", 77.0)]


@pytest.mark.parametrize(
    ("query", "status", "detail"),
    [
        ("?indices=TOP4", 404, "no index 'TOP4'; did you mean TOP3?"),
        ("?figures=risk.sharpee", 404, "figures: no snapshot has 'risk.sharpee'; did you mean"),
        ("?figure=risk.sharpe", 422, "figure: unknown parameter; known are indices, view,"),
        ("?view=row", 422, "view: one or more of snapshots, rows, levels, figures, alerts, epis"),
        ("?every=0.01", 422, "every: expected float >= 0.1"),
        ("?cursor=x", 422, "cursor: none of this stream"),
        ("?view=levels&figures=level", 422, "figures: they go with view=figures"),
    ],
)
async def test_what_is_not_there_is_refused_as_rest_does(
    query: str, status: int, detail: str
) -> None:
    state = State(wall=records.wall)
    state.apply("snapshots", records.live())
    async with served(state) as port, httpx.AsyncClient() as http:
        with pytest.raises(InvalidStatus) as refused:
            async with connected(port, query):
                pass
        answers = [(refused.value.response.status_code, refused.value.response.body)]
        response = await http.get(f"http://127.0.0.1:{port}/v1/events{query}")
        answers.append((response.status_code, response.content))
        for code, body in answers:
            assert code == status
            assert json.loads(body)["detail"].startswith(detail)
            kind = json.loads(body)["type"].removeprefix("/v1/problems/")
            assert KINDS[kind].status == status
            assert json.loads(body)["title"] == KINDS[kind].title
            assert json.loads(body)["do"]
        if "TOP4" in query:
            rest = await http.get(f"http://127.0.0.1:{port}/v1/indices/TOP4")
            found = [json.loads(body) for _, body in answers] + [rest.json()]
            assert [(f["detail"], f["near"]) for f in found] == [(detail, ["TOP3"])] * 3
        assert state.clients == 0


async def test_requests_are_taken_and_what_is_wrong_with_them_is_told() -> None:
    state = State(wall=records.wall)
    for index in ("A1", "A2"):
        state.apply("snapshots", records.live(index))
    async with served(state) as port, connected(port, "?view=none") as socket:
        await socket.send('{"type":"subscribe","indices":["A3"],"request":"r1"}')
        error = await receive(socket, "error")
        assert (error["status"], error["request"]) == (404, "r1")
        assert error["near"] == ["A2", "A1"] or error["near"] == ["A1", "A2"]
        await socket.send('{"type":"subscribe","indices":["A2"],"request":"r2"}')
        assert (await receive(socket, "subscribed"))["request"] == "r2"
        assert [s["index"] for s in (await receive(socket, "snapshots"))["snapshots"]] == ["A2"]
        views = "snapshots, rows, levels, figures, alerts, episodes"
        known = "type, view, indices, figures, every, cursor, request"
        for wrong, said in (
            ("hello", "it is not JSON in UTF-8: "),
            ("[" * 2000, ""),
            ('{"type":"subscribe","indexes":["A2"]}', f"indexes: unknown; known are {known}"),
            ("{}", "type: subscribe or unsubscribe"),
            ('{"type":"follow"}', "type: subscribe or unsubscribe"),
            ('{"type":"subscribe","view":"nope"}', f"view: one of {views}, not 'nope'"),
            ('{"type":"subscribe","indices":"A2"}', "indices: expected array | null, got str"),
        ):
            await socket.send(wrong)
            error = await receive(socket, "error")
            assert error["detail"].startswith(said), error
            assert (error["problem"], error["do"]) == ("/v1/problems/malformed", DESCRIBED)
        await socket.send(b"\xff\x00")
        await receive(socket, "error")
        for index in ("A1", "A2"):
            state.apply("snapshots", records.live(index, seq=2))
        assert [c["index"] for c in (await receive(socket, "changes"))["changes"]] == ["A2"]


async def test_a_fast_feed_is_conflated_to_a_few_messages_that_end_with_the_newest() -> None:
    state = State(wall=records.wall)
    state.apply("levels", records.level(seq=0))
    async with served(state) as port, connected(port) as socket:
        await receive(socket, "levels")
        start, messages, seq, seen = time.monotonic(), 0, 0, 0
        told = 0
        while time.monotonic() - start < 1.0:
            seq += 1
            state.apply("levels", records.level(seq=seq, at=T0 + seq))
            await asyncio.sleep(0.02)
        while seen < seq:
            (row,) = (await receive(socket, "levels"))["levels"]
            seen = row[1]
            told += 1 + row[6]
            messages += 1
    assert told == seq > 20
    assert messages <= 8  # five a second, and one at each end


async def test_every_alert_arrives_once_and_in_order() -> None:
    state = State(wall=records.wall)
    async with served(state) as port, connected(port) as socket:
        await receive(socket, "subscribed")
        await receive(socket, "alerts")
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
        await receive(socket, "alerts")
        for seq in range(1, KEPT + 2):  # in one go: the sender had no turn in between
            state.apply("alerts", records.alert(seq=seq, episode=f"e{seq}"))
        with pytest.raises(ConnectionClosed) as closed:
            await receive(socket, "alerts")
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1013
        assert closed.value.rcvd.reason.startswith("too slow: alerts were missed")
        assert state.evicted == {"behind": 1}
        await wait_until(lambda: state.clients == 0)


def narrow_socket(port: int) -> socket_module.socket:
    """One whose system keeps little for a reader that does not read."""
    made = socket_module.socket()
    made.setsockopt(socket_module.SOL_SOCKET, socket_module.SO_RCVBUF, 4096)
    made.connect(("127.0.0.1", port))  # a backlog is there: it does not wait
    made.setblocking(False)
    return made


UPGRADE = (
    b"GET /v1/stream HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
EVENTS = b"GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.mark.parametrize("request_", [UPGRADE, EVENTS])
async def test_client_that_does_not_read_is_warned_sent_away_and_cut_off(
    monkeypatch: pytest.MonkeyPatch, request_: bytes
) -> None:
    for name, seconds in (("WARN", 0.3), ("CUT", 0.6), ("CLOSE", 0.3)):
        monkeypatch.setattr(pump, f"{name}_SECONDS", seconds)
    state = State(wall=records.wall)
    for n in range(60):
        state.apply("snapshots", records.live(f"I{n}"))
    async with served(state) as port:
        reader, writer = await asyncio.open_connection(sock=narrow_socket(port), limit=1024)
        writer.write(request_)
        assert (await reader.readline()).startswith((b"HTTP/1.1 101 ", b"HTTP/1.1 200 "))
        async with connected(port, "?view=levels") as healthy, asyncio.timeout(60.0):
            seq = 1
            while not state.evicted:  # from here on nobody reads, and the buffers fill
                seq += 1
                for n in range(60):
                    state.apply("snapshots", records.live(f"I{n}", seq=seq, change=seq / 1000))
                await asyncio.sleep(0.05)
            assert state.evicted == {"stuck": 1}
            await wait_until(lambda: state.clients == 1)
            state.apply("levels", records.level("I7", seq=10**6, at=T0 + 5, level=3.25))
            levels = await receive(healthy, "levels")
            assert levels["levels"][0][3] == 3.25
            with pytest.raises(ConnectionError):  # cut, so what was buffered is not kept for it
                await write_until_reset(writer)
        writer.close()


async def test_a_client_that_reads_again_in_time_finds_the_warning_and_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pump, "WARN_SECONDS", 0.1)
    monkeypatch.setattr(pump, "CUT_SECONDS", 60.0)
    state = State(wall=records.wall)
    for n in range(60):
        state.apply("snapshots", records.live(f"I{n}"))
    narrow = {"max_queue": 1, "compression": None}
    async with (
        served(state) as port,
        connected(port, sock=narrow_socket(port), **narrow) as socket,
        asyncio.timeout(60.0),
    ):
        await receive(socket, "subscribed")
        written: list[int] = []
        warn = pump._warning
        monkeypatch.setattr(pump, "_warning", lambda: written.append(1) or warn())
        seq = 1
        while not written:
            seq += 1
            for n in range(60):
                state.apply("snapshots", records.live(f"I{n}", seq=seq, change=seq / 1000))
            await asyncio.sleep(0.02)
        follower, warnings = StreamFollower(), 0
        while any(follower.bodies.get(f"I{n}", {}).get("seq") != seq for n in range(60)):
            message = await socket.recv()
            warnings += json.loads(message)["type"] == "warning"
            follower.take(message)
        assert warnings == 1
        assert state.evicted == {}


async def test_too_many_clients_are_told_to_try_later() -> None:
    state = State(wall=records.wall, max_clients=1)
    async with served(state) as port, connected(port) as first:
        await receive(first, "alerts")
        async with connected(port) as second:
            with pytest.raises(ConnectionClosed) as closed:
                await second.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1013
        await first.close()
        await wait_until(lambda: state.clients == 0)
        async with connected(port) as third:
            await receive(third, "alerts")


async def test_pages_of_other_origins_are_refused() -> None:
    async with served(State(wall=records.wall)) as port:
        with pytest.raises(InvalidStatus, match="403"):
            async with connected(port, origin="http://evil.example"):
                pass
        async with connected(port, origin=f"http://127.0.0.1:{port}") as own:
            await receive(own, "alerts")


@pytest.mark.parametrize("origin", ["http://[", "null", "http://[::1", "\u00e9"])
async def test_any_origin_gets_an_answer(origin: str) -> None:
    async with served(State(wall=records.wall)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        host = b"Host: localhost\r\n"
        head = UPGRADE.replace(host, host + f"Origin: {origin}\r\n".encode())
        writer.write(head)
        assert (await reader.readline()).startswith((b"HTTP/1.1 403 ", b"HTTP/1.1 400 "))
        writer.close()


async def test_large_messages_are_compressed_without_memory_of_the_client() -> None:
    state = State(wall=records.wall)
    for n in range(60):
        state.apply("snapshots", records.live(f"I{n}"))
    async with served(state) as port, connected(port, compression=None) as plain:
        whole = [await receive(plain, "snapshots")]
        async with connected(port) as socket:
            extensions = socket.response.headers["Sec-WebSocket-Extensions"]
            assert "server_no_context_takeover" in extensions
            assert await receive(socket, "snapshots") == whole[0]


async def test_end_of_the_server_closes_the_sockets() -> None:
    state = State(wall=records.wall)
    async with served(state) as port:
        socket = await connected(port)
        await receive(socket, "alerts")
    with pytest.raises(ConnectionClosed) as closed:
        await receive(socket, "nothing more")
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1012  # the service restarts
    assert state.clients == 0


async def test_events_have_types_and_places_and_head_has_none() -> None:
    state = State(wall=records.wall)
    state.apply("snapshots", records.live(seq=1))
    async with served(state) as port, httpx.AsyncClient(timeout=20.0) as http:
        url = f"http://127.0.0.1:{port}/v1/events?view=snapshots"
        assert (await http.head(url)).headers["content-type"] == "text/event-stream"
        for headers in ({}, {"accept-encoding": "identity"}):
            lines: list[str] = []
            async with http.stream("GET", url, headers=headers) as answer:
                zipped = answer.headers.get("content-encoding") == "gzip"
                assert zipped == (headers == {})
                async for line in answer.aiter_lines():
                    lines.append(line)
                    if line.startswith("id: "):
                        cursor = line.removeprefix("id: ")
                    if line == "" and "event: snapshots" in lines:
                        break
            kinds = [line for line in lines if line.startswith("event: ")]
            assert kinds == ["event: subscribed", "event: snapshots"]
        state.apply("snapshots", records.live(seq=2))
        back = {"last-event-id": cursor}
        async with http.stream("GET", url, headers=back) as answer:
            found = [line async for line in _until(answer.aiter_lines(), '"changes":')]
        assert json.loads(found[-1].removeprefix("data: "))["changes"][0]["seq"] == 2
    await wait_until(lambda: state.clients == 0)


async def _until(lines: AsyncIterator[str], mark: str) -> AsyncIterator[str]:
    async for line in lines:
        yield line
        if mark in line:
            return
