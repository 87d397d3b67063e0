"""Every queue of the connectors, filled: each does what `connectors/ADDING.md` says of it.

Its other rows are tested where they belong: `test_overlap`, `test_pings` (pings), and
`tests/streams/test_ingest` (ticks that wait for the log).
"""

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve

from connectors.feed import conversation, gap_storm, overlap, recorder, transport
from connectors.feed.conversation import REPLY_QUEUE, Conversation
from connectors.feed.health import Pulse, StallRule
from connectors.feed.recorder import Recorder
from connectors.feed.session import Session
from connectors.feed.transport import MAX_MESSAGE, RECEIVE_QUEUE, open_websocket
from connectors.venues import base
from connectors.venues.events import Event, Reply
from connectors.venues.htx import Htx
from streams import ingest
from tests.connectors.faults.scripted_session import (
    Exchange,
    Highest,
    Received,
    VirtualTime,
    Wire,
    settle,
)
from tests.waiting import wait_until

ADDING = Path(transport.__file__).parents[1] / "ADDING.md"


def ping(number: int) -> str:
    return f'{{"ping":{number}}}'


async def until_it_stands_still(value: list[int]) -> None:
    """Wait until a number has not changed for twenty looks."""
    still = 0
    before = -1

    def looked() -> bool:
        nonlocal still, before
        still, before = (still + 1, before) if value[0] == before else (0, value[0])
        return still >= 20

    await wait_until(looked)


async def test_a_full_receive_queue_holds_the_venue_back_and_loses_nothing() -> None:
    total, size = 30_000, 4096
    sent = [0]

    async def flood(connection: ServerConnection) -> None:
        for number in range(total):
            await connection.send(str(number).encode().ljust(size))
            sent[0] += 1

    async with serve(flood, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        connection = await open_websocket(f"ws://127.0.0.1:{port}")
        await wait_until(lambda: sent[0] > RECEIVE_QUEUE)
        await until_it_stands_still(sent)
        assert sent[0] < total // 2, "nobody reads, so TCP lets the venue send no more"
        for number in range(total):
            assert int(await connection.recv(decode=False)) == number
        await connection.close()


async def test_a_frame_that_is_too_large_ends_the_connection() -> None:
    async def send(connection: ServerConnection) -> None:
        await connection.send(b"x" * MAX_MESSAGE)
        await connection.send(b"x" * (MAX_MESSAGE + 1))
        await connection.wait_closed()

    async with serve(send, "127.0.0.1", 0, max_size=None) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        connection = await open_websocket(f"ws://127.0.0.1:{port}")
        assert len(await connection.recv(decode=False)) == MAX_MESSAGE
        with pytest.raises(Exception, match="1009"):
            await connection.recv(decode=False)


async def test_a_venue_that_wants_too_many_replies_is_left(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """HTX pings in its own way; one that never stops is answered within the message budget."""
    time = VirtualTime()
    exchange = Exchange(time)
    venue = Htx()
    session = Session(
        venue,
        venue.instruments(["BTC"]),
        Received(),
        clock=time.clock,
        connect=exchange,
        rng=Highest(),
    )
    task = asyncio.create_task(session.run())
    await time.advance(1.0)
    first = exchange.wires[0]
    sent = len(first.sent)
    first.give(*[ping(n) for n in range(REPLY_QUEUE)])
    await settle()
    assert not first.closed, "so many may wait"
    first.give(*[ping(n) for n in range(20)])
    with caplog.at_level(logging.WARNING):
        await time.advance(5.0)
    assert first.closed
    assert f"connection ended: more than {REPLY_QUEUE} frames are waiting" in caplog.text
    assert len(first.sent) - sent <= 5.0 * venue.limits.messages_per_second + 1
    assert len(exchange.wires) == 2
    session.stop()
    await asyncio.wait_for(task, 5)


async def test_what_had_arrived_is_heard_though_the_outbox_is_full() -> None:
    time = VirtualTime()
    wire = Wire(time)
    heard: list[str] = []

    def hear(line: Conversation, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, Reply):
                line.post(event.frame)
            heard.append(type(event).__name__)

    line = Conversation(Htx(), [], wire, None, Pulse(StallRule()), time.clock, hear)
    task = asyncio.create_task(line.run())
    wire.give(*[ping(n) for n in range(3 * REPLY_QUEUE)])
    await asyncio.wait_for(task, 5)
    assert heard.count("Reply") == 3 * REPLY_QUEUE
    assert line.over
    assert line.ending == f"more than {REPLY_QUEUE} frames are waiting to be sent"


async def test_a_disk_that_does_not_keep_up_ends_the_recording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.feed.recorder.MOST_WAITING", 2**20)
    kept = Recorder(tmp_path)
    session = kept.session("htx", Htx(), "ws://x", [])
    session.note("out", "x" * 2**19)
    await kept.write()
    for _ in range(3):
        session.note("out", "x" * 2**19)
    with pytest.raises(OSError, match="the disk does not keep up: 1 MB wait for it"):
        await kept.write()
    session.file.close()


def test_the_table_of_queues_says_the_bounds_that_the_code_has() -> None:
    rows = [line for line in ADDING.read_text().splitlines() if line.startswith("| ")]
    table = {row.split("|")[1].strip(): row for row in rows}
    bounds: dict[str, list[Any]] = {
        "received frames": [transport.RECEIVE_QUEUE, transport.MAX_MESSAGE // 2**20],
        "frames to send": [conversation.REPLY_QUEUE],
        "trades that wait in a hand-over": [overlap.HELD],
        "symbols of a parser": [base.MOST_SYMBOLS],
        "gaps that a parser reports": [gap_storm.AT_ONCE, int(gap_storm.EVERY)],
        "ids remembered in a hand-over": [overlap.SEEN],
        "frames to record": [recorder.MOST_WAITING // 2**20],
        "ticks that wait for the log": [ingest.MAX_WAITING],
    }
    for name, values in bounds.items():
        for value in values:
            assert f"{value:,}" in table[name], name
