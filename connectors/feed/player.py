"""Plays a recording to real sessions, in the time of the recording: nothing waits, nothing is late.

A session is given a clock that stands at the recorded moments and a connection that says the
recorded frames, so that it finds the gaps, stalls and reconnects that it found then.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

from websockets.exceptions import ConnectionClosed, ConnectionClosedError, ConnectionClosedOK
from websockets.frames import Close

from connectors.feed.health import Evidence, StallRule
from connectors.feed.recording import Header, RecordedEntry, Recording, RecordingError, settle
from connectors.feed.retry import AttemptBudget
from connectors.feed.session import Session
from connectors.feed.stats import SessionStats
from connectors.feed.transport import Clock, Connection, Sink
from connectors.venues.events import Frame
from connectors.venues.registry import UnknownVenueError, venue
from engine.types import SECOND

PATIENCE = 1000
"""Turns after which a session that does not do what the recording says never will."""
OVERDUE = SECOND
"""ns: a sleep that the recording does not end by itself is ended with the next one after that."""
BATCH = 256
"""Entries between two looks at what came out."""


class _AtOnce(random.Random):
    """How long to wait before reconnecting stands in the recording, not here."""

    def uniform(self, a: float, b: float) -> float:
        return a


class Player:
    """`for _ in player.play(): …` gives `sink` what the sessions said, and ends with the recording.

    `before(at)` is called ahead of each recorded moment. Raises RecordingError where a session does
    not do what the recording says, and what the sink raises.
    """

    def __init__(
        self, recording: Recording, sink: Sink, before: Callable[[int], None] = lambda _: None
    ) -> None:
        self._recording, self._before = recording, before
        # The sessions of one run were evidence for each other, as they are here.
        runs = {s.header.started: Evidence() for s in recording.sessions}
        self._played = [_Played(s.header, sink, runs[s.header.started]) for s in recording.sessions]

    @property
    def stats(self) -> list[SessionStats]:
        """One for each session."""
        return [played.session.stats for played in self._played]

    def play(self) -> Iterator[int]:
        """Play; gives the number of entries played, now and then."""
        entries, count = self._recording.entries(), 0
        with asyncio.Runner() as runner:
            while batch := list(islice(entries, BATCH)):
                runner.run(self._play(batch))
                count += len(batch)
                yield count
            runner.run(self._stop())
        yield count

    async def _play(self, batch: list[tuple[int, RecordedEntry]]) -> None:
        for number, entry in batch:
            self._before(entry.at)
            await self._played[number].show(entry)

    async def _stop(self) -> None:
        for played in self._played:
            await played.stop()


class _Played:
    """One session with its time and its side of the wire."""

    def __init__(self, header: Header, sink: Sink, evidence: Evidence) -> None:
        try:
            found = venue(header.venue)
        except UnknownVenueError as error:
            raise RecordingError(str(error)) from error
        self.name = header.session
        self._at = header.started
        self._sleepers: list[tuple[int, float, asyncio.Future[None]]] = []
        self._opening: asyncio.Future[Connection] | None = None
        self._wires: dict[int, _Wire] = {}
        """By the number of the connection; those that have ended are left out."""
        self._task: asyncio.Task[None] | None = None
        # The recording knows when it connected; it was within the venue's budget then.
        limits = replace(found.limits, attempts=1, attempts_window=0.0)
        self.session = Session(
            found,
            header.instruments,
            sink,
            name=header.session,
            base_url=found.url,  # and so without a token
            attempts=AttemptBudget(limits),
            stall=StallRule(**header.stall),  # type: ignore[arg-type]  # JSON
            clock=Clock(lambda: self._at, lambda: self._at / SECOND, self._sleep),
            connect=self._connect,
            rng=_AtOnce(),
            evidence=evidence,
        )

    async def show(self, entry: RecordedEntry) -> None:
        """Let the session live through one entry."""
        if self._task is None:
            self._task = asyncio.create_task(self.session.run())
        match entry.kind:
            case "in":
                wire = await self._asked(entry)
                self._at = entry.at
                wire.say(entry.value)
                await self._asked(entry)
            case "open" | "failed":
                await self._until(lambda: self._opening is not None, entry)
                self._at = entry.at
                self._answer(entry)
                await settle()
            case "end":
                wire = await self._asked(entry)
                self._at = entry.at
                wire.end(_closed(entry))
                del self._wires[entry.connection]
                await settle()
            case "woke":
                self._at = entry.at
                self._wake(entry)
                await settle()
            case _:  # what the session did itself
                self._at = entry.at

    async def _asked(self, entry: RecordedEntry) -> _Wire:
        """The wire of an entry, once the session waits for a frame on it."""

        def asked() -> bool:
            wire = self._wires.get(entry.connection)
            return wire is not None and wire.asked

        await self._until(asked, entry)
        return self._wires[entry.connection]

    async def _until(self, condition: Callable[[], bool], entry: RecordedEntry) -> None:
        """Let the session go on until it waits for what comes now."""
        assert self._task is not None
        for _ in range(PATIENCE):
            if self._task.done():
                self._task.result()
                break
            if condition():
                return
            await asyncio.sleep(0)
        raise RecordingError(
            f"{self.name}: at {entry.at} the recording has {entry.kind!r} and the session is "
            f"{self.session.stats.state}; another version may have recorded it"
        )

    async def stop(self) -> None:
        """End the session where the recording ends."""
        if self._task is None:
            return
        self.session.stop()
        for wire in self._wires.values():
            wire.end(ConnectionClosedOK(None, None))
        await self._task

    # ---- what the session sees

    async def _connect(self, url: str) -> Connection:
        self._opening = asyncio.get_running_loop().create_future()
        return await self._opening

    def _answer(self, entry: RecordedEntry) -> None:
        opening, self._opening = self._opening, None
        assert opening is not None
        if entry.kind == "failed":
            opening.set_exception(OSError(entry.value))
        else:
            wire = self._wires[entry.value] = _Wire()
            opening.set_result(wire)

    async def _sleep(self, seconds: float) -> None:
        if seconds <= 0.0:
            await asyncio.sleep(0)
            return
        future = asyncio.get_running_loop().create_future()
        self._sleepers.append((self._at + int(seconds * SECOND), seconds, future))
        await future

    def _wake(self, entry: RecordedEntry) -> None:
        """End the sleep that ended then, or, where none was so long, all that are due."""
        self._sleepers = [s for s in self._sleepers if not s[2].done()]
        alike = [s for s in self._sleepers if s[1] == entry.value]
        late = entry.at - (OVERDUE if alike else 0)
        for sleeper in sorted(self._sleepers, key=lambda s: s[0]):
            if sleeper in alike[:1] or sleeper[0] <= late:
                sleeper[2].set_result(None)


class _Wire:
    """A connection on which the recording speaks."""

    def __init__(self) -> None:
        self._waiting: asyncio.Future[Frame] | None = None
        self._closed: ConnectionClosed | None = None

    @property
    def asked(self) -> bool:
        """Whether the session waits for a frame."""
        return self._waiting is not None and not self._waiting.done()

    def say(self, frame: Frame) -> None:
        """Give it one. As bytes: so the session asks for them."""
        assert self._waiting is not None
        self._waiting.set_result(frame.encode() if isinstance(frame, str) else frame)

    def end(self, closed: ConnectionClosed) -> None:
        """No frame will come any more."""
        self._closed = closed
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(closed)

    async def recv(self, decode: bool | None = None) -> Frame:
        """The next recorded frame."""
        if self._closed is not None:
            raise self._closed
        self._waiting = asyncio.get_running_loop().create_future()
        return await self._waiting

    async def send(self, message: Frame) -> None:
        """Nobody listens."""

    async def close(self) -> None:
        """When it ends stands in the recording: what still arrived then is still given out."""


def _closed(entry: RecordedEntry) -> ConnectionClosed:
    """The same ending, for the session's log."""
    kind: Any = ConnectionClosedOK if entry.code in (1000, 1001) else ConnectionClosedError
    if entry.code is None:
        return ConnectionClosedError(None, None)
    closed: ConnectionClosed = kind(Close(entry.code, ""), None)
    return closed
