"""One connection of a session: what is sent, what is received, and how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from websockets.exceptions import ConnectionClosed

from connectors.feed.health import Pulse
from connectors.feed.transport import Clock, Connection
from connectors.venues.base import Venue, WithEnd
from connectors.venues.events import Event, Frame
from engine.records import Instrument

T = TypeVar("T")

REPLY_QUEUE = 256
"""Replies and pings waiting for the message budget; a venue that wants more is not right, and the
connection is ended."""

Observe = Callable[["Conversation", list[Event]], None]
"""Takes what a frame says. What it raises ends the connection."""


class Conversation:
    """One connection, from subscribing to its end: `run` it once.

    `keep_alive` is a frame to be sent every so many seconds. `pulse` is of all its trades.
    """

    def __init__(
        self,
        venue: Venue,
        instruments: Sequence[Instrument],
        connection: Connection,
        keep_alive: tuple[float, Frame] | None,
        pulse: Pulse,
        clock: Clock,
        observe: Observe,
    ) -> None:
        self._connection, self._clock, self._observe = connection, clock, observe
        self._keep_alive_frame = keep_alive
        self._pause = 1.0 / venue.limits.messages_per_second
        self._parser = venue.parser(instruments)
        frames = self._parser.subscribe()
        self._outbox: asyncio.Queue[Frame] = asyncio.Queue(len(frames) + REPLY_QUEUE)
        for frame in frames:
            self._outbox.put_nowait(frame)
        self.opened = clock.monotonic()
        self.asked_by = self.opened + len(frames) * self._pause
        """When the last subscription is sent, in monotonic seconds."""
        self.pulse = pulse
        self.begun: set[str] = set()
        """Symbols that have had a trade or an acceptance."""
        self.suspects: set[str] = set()
        """Symbols that have fallen silent."""
        self.live = False
        """Whether it has had a trade."""
        self.renewal: str | None = None
        """Why another connection should take its place."""
        self.ending: str | None = None
        """Why we end it, or the venue has ended it."""
        self._to_renew, self._to_end, self._over = asyncio.Event(), asyncio.Event(), asyncio.Event()

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self._over.is_set()

    def renew(self, why: str) -> None:
        """Ask for another connection in its place; it goes on until that stands."""
        self.renewal = self.renewal or why
        self._to_renew.set()

    def end(self, why: str | None = None) -> None:
        """Close it; what had arrived is still taken in."""
        self.ending = self.ending or why
        self._to_end.set()

    async def run(self) -> None:
        """Until it ends. Raises what `observe` raised."""
        helpers = [
            asyncio.create_task(self._send()),
            asyncio.create_task(self._keep_alive()),
            asyncio.create_task(self._close_when_asked()),
        ]
        recv, feed, observe = self._connection.recv, self._parser.feed, self._observe
        try:
            while True:
                observe(self, feed(await recv(decode=False)))
        except ConnectionClosed as closed:
            left = self._parser.end() if isinstance(self._parser, WithEnd) else []
            if left:
                observe(self, left)
            self.ending = self.ending or self.renewal or str(closed)
        finally:
            self._over.set()
            for helper in helpers:
                helper.cancel()
            ends = await asyncio.gather(*helpers, return_exceptions=True)
            await self._connection.close()
        for end in ends:
            if isinstance(end, Exception) and not isinstance(end, ConnectionClosed):
                raise end

    async def _send(self) -> None:
        """Send what waits in the outbox, no faster than the venue allows."""
        while True:
            await self._connection.send(await self._outbox.get())
            await self._clock.sleep(self._pause)

    async def _keep_alive(self) -> None:
        """Send the frame that the venue wants to have now and then, if it wants one."""
        if self._keep_alive_frame is None:
            return
        every, frame = self._keep_alive_frame
        while True:
            await self._clock.sleep(every)
            self.post(frame)

    def post(self, frame: Frame) -> None:
        """Put a frame into the outbox; where that is full, this connection is not right."""
        if self._outbox.full():
            self.end(f"more than {REPLY_QUEUE} frames are waiting to be sent")
        else:
            self._outbox.put_nowait(frame)

    async def _close_when_asked(self) -> None:
        await self._to_end.wait()
        await self._connection.close()

    # ---- for those who wait for it

    async def to_renew(self) -> bool:
        """Wait until another connection is asked for: True; or until it has ended: False."""
        await self.while_it_lasts(self._to_renew.wait())
        return not self.over

    async def ended(self) -> None:
        """Wait until it has ended."""
        await self._over.wait()

    async def while_it_lasts(self, awaitable: Awaitable[T]) -> T | None:
        """Its result, or None as soon as the connection has ended."""
        return await unless(self._over, awaitable)


async def unless(event: asyncio.Event, awaitable: Awaitable[T]) -> T | None:
    """Its result, or None as soon as the event is set."""
    work = asyncio.ensure_future(awaitable)
    stop = asyncio.create_task(event.wait())
    try:
        await asyncio.wait((work, stop), return_when=asyncio.FIRST_COMPLETED)
        return work.result() if work.done() else None
    finally:
        for task in (work, stop):
            task.cancel()
        await asyncio.gather(work, stop, return_exceptions=True)
