"""Sends a client its messages, at the pace that it can take, and sends away who takes none."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator

from gateway.link import Link
from gateway.outgoing import Outgoing
from gateway.readiness import HealthMessage
from gateway.state import State
from gateway.subscription import Subscription, TooSlow
from gateway.wire import encode

log = logging.getLogger(__name__)

WARN_SECONDS = 3.0
"""A client that took nothing for so long is warned: the word waits for it behind all the rest."""
CUT_SECONDS = 6.0
"""One that still did not is sent away: it has seen nothing for so long, and had better come back
with its cursor. A phone that changes cells is back by then."""
CLOSE_SECONDS = 2.0
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
    try:
        await _send(link, first)
        health_at = loop.time()
        while True:
            await _send(link, taken())
            if loop.time() >= health_at:
                await _send(link, [health.message()])
                health_at = loop.time() + HEALTH_SECONDS
            await _send(link, await subscription.next(health_at - loop.time()))
    except TooSlow as error:
        state.evicted["behind"] += 1
        raise SentAway(str(error)) from None
    except TimeoutError:
        state.evicted["stuck"] += 1
        raise SentAway("too slow: a message waited too long") from None


async def _send(link: Link, messages: Iterable[Outgoing]) -> None:
    """Raises TimeoutError where the client does not take them."""
    for message in messages:
        if link.is_full():
            await _room(link)
        link.write(message)


async def _room(link: Link) -> None:
    try:
        async with asyncio.timeout(WARN_SECONDS):
            await link.drained()
    except TimeoutError:
        link.write(_warning())
        async with asyncio.timeout(CUT_SECONDS - WARN_SECONDS):
            await link.drained()


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
