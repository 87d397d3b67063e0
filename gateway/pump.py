"""Sends a client its messages, at the pace that it can take, and sends away who takes none."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable, Iterator
from typing import Any

from gateway.link import Link
from gateway.outgoing import Outgoing
from gateway.readiness import HealthMessage
from gateway.state import State
from gateway.subscription import Subscription, TooSlow
from gateway.wire import encode
from streams.passage import Passage

log = logging.getLogger(__name__)

WARN_SECONDS = 3.0
"""A client that read nothing for so long is warned: the word waits for it behind all the rest."""
CUT_SECONDS = 7.0
"""One that still did not is sent away: it has seen nothing for so long, and had better come back
with its cursor, which costs little. With what follows, it holds memory for less than 10 s."""
LOOK_SECONDS = 0.5
"""How often that is looked at."""
CLOSE_SECONDS = 1.5
"""How long it may then take to read why, before its connection is cut."""
HEALTH_SECONDS = 2.0
"""Between two messages of type `health`. They also show that the connection lives."""

Taken = Callable[[], Iterator[Outgoing]]
"""Gives the answers to what the client has asked for meanwhile."""


class SentAway(Exception):  # noqa: N818 - it is a decision, not a fault
    """The client is to be closed; the text says why."""


async def pump(
    link: Link,
    subscription: Subscription,
    state: State,
    health: HealthMessage,
    first: Iterable[Outgoing],
    taken: Taken = lambda: iter(()),
) -> None:
    """Send for ever. Raises SentAway, and Gone."""
    loop = asyncio.get_running_loop()
    reading = _Reading(link, state)
    try:
        await reading.send(first)
        health_at = loop.time()
        while True:
            await reading.send(taken())
            if loop.time() >= health_at:
                await reading.send([health.message()])
                health_at = loop.time() + HEALTH_SECONDS
            reading.look()
            left = min(health_at - loop.time(), LOOK_SECONDS)
            await reading.send(await subscription.next(left))
    except TooSlow as error:
        state.evicted["behind"] += 1
        raise SentAway(str(error)) from None
    except TimeoutError:
        state.evicted["stuck"] += 1
        raise SentAway("too slow: a message waited too long") from None


async def until_either(
    hearing: Coroutine[Any, Any, None], sending: Coroutine[Any, Any, None]
) -> None:
    """Hear and send until one of both ends, and end the other. Where the client left by itself,
    what became of the last message does not matter; else raises what sending did."""
    heard, sent = asyncio.create_task(hearing), asyncio.create_task(sending)
    try:
        await asyncio.wait((heard, sent), return_when=asyncio.FIRST_COMPLETED)
    finally:
        left = heard.done()
        heard.cancel()
        sent.cancel()
        await asyncio.gather(heard, sent, return_exceptions=True)
    if not left:
        sent.result()


class _Reading:
    """Whether a client reads what it is sent."""

    def __init__(self, link: Link, state: State) -> None:
        self._link, self._state, self._warned = link, state, False
        self._since: float | None = None
        self._waited = self._looked = 0.0

    async def send(self, messages: Iterable[Outgoing]) -> None:
        """Raises TimeoutError where the client reads nothing, and Gone."""
        for place, message in enumerate(messages):
            if place:  # what another asks for must not wait until all of a first state is made
                await asyncio.sleep(0)
            while self._link.is_full():
                self.look()
                try:
                    async with asyncio.timeout(LOOK_SECONDS):
                        await self._link.drained()
                except TimeoutError:
                    continue
            self._link.write(message)
            if message.provenance is not None:
                appended, as_of, partition = message.provenance
                now = self._state.wall()
                passage = Passage("snapshot_to_client", appended, now, as_of, partition)
                self._state.passed(passage)

    def look(self) -> None:
        """Warn a client that does not read; raises TimeoutError where it still does not."""
        since, now = self._link.unread_since(), asyncio.get_running_loop().time()
        if since is None or since != self._since:
            self._since, self._waited, self._warned = since, 0.0, False
        else:  # where this process itself stood still, the client is not to blame
            self._waited += min(now - self._looked, 2.0 * LOOK_SECONDS)
        self._looked = now
        if self._waited >= CUT_SECONDS:
            raise TimeoutError
        if self._waited >= WARN_SECONDS and not self._warned:
            self._warned = True
            self._link.write(_warning())


def _warning() -> Outgoing:
    left = CUT_SECONDS - WARN_SECONDS
    detail = (
        f"nothing was read for {WARN_SECONDS:g} s; whoever reads nothing for {left:g} s more is "
        "sent away, and can come back with the last cursor"
    )
    told = {"type": "warning", "detail": detail, "seconds": left}
    return Outgoing.plain("warning", encode(told))


def cut_later(link: Link) -> asyncio.TimerHandle:
    """Cut a connection off in a while, if its client does not even take the last word."""
    return asyncio.get_running_loop().call_later(CLOSE_SECONDS, link.abort)
