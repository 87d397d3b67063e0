"""Recorded frames through a real websocket."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from connectors.feed.recording import RecordedEntry, Recording, RecordingError
from engine.types import SECOND


class _Venue:
    """A websocket server on a free port of loopback; what it says is in `_play`."""

    def __init__(self) -> None:
        self.url = ""
        self.played = 0
        """Connections that have been played to their end."""
        self._server: Server | None = None

    async def __aenter__(self) -> Self:
        """Open a free port on loopback."""
        self._server = await serve(self._play, "127.0.0.1", 0, compression=None)
        port = next(iter(self._server.sockets)).getsockname()[1]
        self.url = f"ws://127.0.0.1:{port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _play(self, connection: ServerConnection) -> None:
        raise NotImplementedError


class Playback(_Venue):
    """Sends the same raw frames to every client, after its first frame (its subscription).

    `rate` frames a second, None as fast as the client takes them. Then the connection stays open
    and silent. `async with Playback(frames) as playback: ... playback.url`
    """

    def __init__(self, frames: Sequence[str | bytes], rate: float | None = None) -> None:
        super().__init__()
        self._frames = list(frames)
        self._rate = rate

    async def _play(self, connection: ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            await connection.recv()
            for frame in self._frames:
                await connection.send(frame)
                if self._rate is not None:
                    await asyncio.sleep(1.0 / self._rate)
            self.played += 1
            async for _ in connection:
                pass


def recorded_connections(
    where: Path, session: str, report: Callable[[str], None]
) -> list[list[RecordedEntry]]:
    """What each connection of a recorded session received: its `open`, `in` and `end` entries.

    Raises RecordingError where there is no such session; several runs follow one another.
    """
    recording = Recording(where, report)
    found: list[list[RecordedEntry]] = []
    for number, one in enumerate(recording.sessions):
        if one.header.session == session:
            lines: dict[int, list[RecordedEntry]] = {}  # two at a time while one is handed over
            for entry in recording.frames(number):
                if entry.kind == "open":
                    found.append([entry])
                    lines[entry.value] = found[-1]
                elif entry.connection in lines and entry.kind in ("in", "end"):
                    lines[entry.connection].append(entry)
    if not found:
        names = ", ".join(sorted({s.header.session for s in recording.sessions}))
        raise RecordingError(f"{where}: no connection of {session!r}; there are: {names}")
    return found


class RecordedVenue(_Venue):
    """Serves a recorded session on loopback: the n-th client receives what connection n received.

    `speed` times as fast as it was; None as fast as the client takes it. A connection that had
    ended is ended, with the same code where there was one. Clients after the last recorded
    connection hear nothing. `async with RecordedVenue(connections, 10.0) as venue: ... venue.url`
    """

    def __init__(
        self, connections: Iterable[Sequence[RecordedEntry]], speed: float | None = 1.0
    ) -> None:
        super().__init__()
        self._connections = iter([list(c) for c in connections])
        self._speed = speed

    async def _play(self, connection: ServerConnection) -> None:
        entries = next(self._connections, [])
        loop = asyncio.get_running_loop()
        began = loop.time()
        with contextlib.suppress(ConnectionClosed):
            for entry in entries:
                if self._speed is not None:
                    due = began + (entry.at - entries[0].at) / SECOND / self._speed
                    await asyncio.sleep(max(0.0, due - loop.time()))
                if entry.kind == "in":
                    await connection.send(entry.value)
                elif entry.kind == "end":
                    self.played += 1
                    await _end(connection, entry.code)
            if entries and entries[-1].kind != "end":
                self.played += 1
            async for _ in connection:
                pass


async def _end(connection: ServerConnection, code: int | None) -> None:
    """As it ended: with a close frame if one was received, else by cutting the line."""
    if code is None:
        connection.transport.abort()
    else:
        await connection.close(code)
