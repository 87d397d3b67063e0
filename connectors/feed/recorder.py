"""Keeps what sessions hear: a connection and a clock around the real ones, and a writer of files.

The session is not changed for it and does not know. Its clock moves only at what is written down
(a frame, a connection, the end of a sleep), so that `connectors.feed.player` can show it the same
times in the same order. See `connectors.feed.recording` for the files.
"""

from __future__ import annotations

import asyncio
import gzip
import shutil
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson
from websockets.exceptions import ConnectionClosed, WebSocketException

from connectors.feed.health import StallRule
from connectors.feed.recording import FORMAT, settle, wrapped
from connectors.feed.transport import SYSTEM_CLOCK, Clock, Connection, open_websocket
from connectors.venues.base import Venue
from connectors.venues.events import Frame
from engine.records import Instrument
from engine.types import SECOND

WRITE_EVERY = 0.25
"""Seconds between two writes: what is older than twice that survives the end of the process."""
PART_BYTES = 64 * 2**20
PART_NS = 3600 * SECOND
"""A file is closed and compressed at this size or age."""
MOST_WAITING = 256 * 2**20
"""Bytes that may wait for the disk; a disk that is so far behind does not keep up."""


class Recorder:
    """Writes the sessions of one run into a directory, which must exist.

    `run` writes until cancelled; then call `close`. Both raise OSError when the disk refuses.
    """

    def __init__(self, directory: Path, clock: Clock = SYSTEM_CLOCK) -> None:
        self.directory = directory
        self.real = clock
        self.started = clock.now_ns()
        self.sessions: list[RecordedSession] = []
        self._last = self.started
        self._writing = asyncio.Lock()
        self._packing: list[asyncio.Task[None]] = []
        self._settling: asyncio.Task[None] | None = None

    def session(
        self,
        name: str,
        venue: Venue,
        url: str,
        instruments: Sequence[Instrument],
        connect: Callable[[str], Awaitable[Connection]] = open_websocket,
        stall: StallRule | None = None,
    ) -> RecordedSession:
        """What to give to one session as its `clock` and `connect`; `stall` is its rule."""
        top = {
            "tidegauge_recording": FORMAT,
            "started": self.started,
            "session": name,
            "venue": venue.name,
            "url": url,
            "part": 0,
            "instruments": [list(i) for i in instruments],
            "stall": asdict(stall or StallRule()),
            "tidegauge": version("tidegauge"),
        }
        found = RecordedSession(self, name, top, connect)
        self.sessions.append(found)
        return found

    def stamp(self) -> int:
        """The time, later than every stamp before, also when the wall clock is set back."""
        self._last = max(self._last + 1, self.real.now_ns())
        return self._last

    async def settled(self) -> None:
        """Wait until the session that woke last has done what it woke for.

        That takes some turns of the event loop. On a busy machine a frame is read meanwhile: noted
        then, it would move the clock under a session that has not looked at it yet.
        """
        while self._settling is not None and not self._settling.done():
            await asyncio.wait([self._settling])

    def settle(self) -> None:
        """A session was woken: nothing else is noted before it has settled."""
        self._settling = asyncio.create_task(settle())

    async def run(self) -> None:
        """Write what waits, again and again, beside the event loop."""
        while True:
            await self.write()
            await asyncio.sleep(WRITE_EVERY)

    async def write(self) -> None:
        """Write what waits now. Raises OSError."""
        waiting = sum(session.file.waiting for session in self.sessions)
        if waiting > MOST_WAITING:
            raise OSError(0, f"the disk does not keep up: {waiting >> 20} MB wait for it")
        # Goes on when we are cancelled, so that the next write does not overtake it.
        await asyncio.shield(self._write())

    async def _write(self) -> None:
        async with self._writing:
            work = [(session.file, session.file.take()) for session in self.sessions]
            full = await asyncio.to_thread(_write_all, work, self._last)
            for file in full:  # takes seconds, for which no line should wait
                self._packing.append(asyncio.create_task(asyncio.to_thread(_compress, file)))

    async def close(self) -> None:
        """Write the rest and close the files. Raises OSError."""
        try:
            await self.write()
            await asyncio.gather(*self._packing)
        finally:
            for session in self.sessions:
                session.file.close()


def _write_all(work: list[tuple[PartFile, bytes]], at: int) -> list[Path]:
    """Write to each file; the files that are full now."""
    return [full for file, data in work if (full := file.write(data, at)) is not None]


class PartFile:
    """The file of a session that is being written, and the ones before it."""

    def __init__(self, directory: Path, stem: str, header: dict[str, Any]) -> None:
        self._directory, self._stem, self._header = directory, stem, header
        self._lines: list[bytes] = []
        self._raw: Any = None
        self._path = directory
        self._begun = self._bytes = 0
        self.waiting = 0

    def add(self, line: bytes) -> None:
        """Take a line; it is written at the next `write`."""
        self._lines.append(line)
        self.waiting += len(line)

    def take(self) -> bytes:
        """What waits to be written."""
        lines, self._lines, self.waiting = self._lines, [], 0
        return b"".join(lines)

    def write(self, data: bytes, at: int) -> Path | None:
        """Write it to the disk, in a new file if the present one is full; that one, if so."""
        full = None
        over = self._bytes >= PART_BYTES or at - self._begun >= PART_NS
        if self._raw is None or (over and data):
            full = self._path if self._raw is not None else None
            self._next_part(at)
        self._put(data)
        self._bytes += len(data)
        return full

    def _put(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:  # one call may take a part only
            rest = rest[self._raw.write(rest) :]

    def _next_part(self, at: int) -> None:
        self.close()
        self._header["part"] += 1
        self._path = self._directory / f"{self._stem}.{self._header['part']:04d}.jsonl"
        self._raw = self._path.open("xb", buffering=0)
        self._put(orjson.dumps(self._header) + b"\n")
        self._begun, self._bytes = at, 0

    def close(self) -> None:
        """Close it; closing twice is once."""
        if self._raw is not None:
            self._raw.close()
            self._raw = None


def _compress(full: Path) -> None:
    """To `.gz`; the plain file goes when the packed one is whole."""
    unfinished = full.with_name(full.name + ".gz.part")
    with full.open("rb") as source, gzip.open(unfinished, "wb", compresslevel=6) as packed:
        shutil.copyfileobj(source, packed)
    unfinished.rename(full.with_name(full.name + ".gz"))
    full.unlink()


class RecordedSession:
    """The transport and the time of one session."""

    def __init__(
        self,
        recorder: Recorder,
        name: str,
        header: dict[str, Any],
        connect: Callable[[str], Awaitable[Connection]],
    ) -> None:
        self.name, self.frames = name, 0
        self.clock = Clock(lambda: self._at, lambda: self._at / SECOND, self._sleep)
        self.recorder, self._open = recorder, connect
        self._at = recorder.started
        self._connections = 0
        stem = f"{name.replace('#', '-')}.{recorder.started}"
        self.file = PartFile(recorder.directory, stem, header)

    def note(self, kind: str, value: Any, **more: Any) -> None:
        """Write a line, at a time that the session sees from now on."""
        self._at = self.recorder.stamp()
        self.file.add(orjson.dumps({"at": self._at, kind: value, **more}) + b"\n")

    async def connect(self, url: str) -> Connection:
        """As the real one, with the same errors."""
        try:
            inner = await self._open(url)
        except (OSError, WebSocketException) as error:
            await self.recorder.settled()
            self.note("failed", str(error) or type(error).__name__)
            self.recorder.settle()
            raise
        await self.recorder.settled()
        self._connections += 1
        self.note("open", self._connections)
        self.recorder.settle()
        return RecordedConnection(self, inner, self._connections)

    async def _sleep(self, seconds: float) -> None:
        await self.recorder.real.sleep(seconds)
        await self.recorder.settled()
        self.note("woke", seconds)
        self.recorder.settle()


class RecordedConnection:
    """A connection whose frames are kept."""

    def __init__(self, session: RecordedSession, inner: Connection, number: int) -> None:
        self._session, self._inner, self._number = session, inner, number
        self._closing = self._ended = False

    async def recv(self, decode: bool | None = None) -> Frame:
        """The next message, written down."""
        try:
            frame = await self._inner.recv(decode)
        except ConnectionClosed as closed:
            await self._session.recorder.settled()
            if not self._ended:
                self._ended = True
                code = closed.rcvd.code if closed.rcvd is not None else None
                self._session.note("end", str(closed), c=self._number, code=code)
                self._session.recorder.settle()
            raise
        await self._session.recorder.settled()
        self._session.frames += 1
        self._session.note("in", wrapped(frame), c=self._number)
        return frame

    async def send(self, message: Frame) -> None:
        """Write it down, then send it: the answer comes after it in the file."""
        self._session.note("out", wrapped(message), c=self._number)
        await self._inner.send(message)

    async def close(self) -> None:
        """Close it."""
        if not self._closing and not self._ended:
            self._closing = True
            self._session.note("close", True, c=self._number)
        await self._inner.close()
