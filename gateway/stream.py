"""The WebSocket: the state, then its changes, to each client at the pace that it can take."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import Any
from urllib.parse import urlsplit

from fastapi import WebSocket, WebSocketDisconnect

from gateway.readiness import HealthMessage
from gateway.state import State, TooManyClients
from gateway.subscription import Subscription, TooSlow

log = logging.getLogger(__name__)

SEND_SECONDS = 10.0
"""How long a client may take for one message before it is evicted: a phone that changes cells is
back by then; for longer it does not see what happens and had better connect again."""
CLOSE_SECONDS = 5.0
"""How long an evicted client may take to read why, before its connection is cut."""
HEALTH_SECONDS = 2.0
"""Between two messages of type `health`. They also show the page that the connection lives."""
TRY_AGAIN_LATER = 1013
ABORT = "tidegauge.abort"
"""The ASGI extension of `gateway.server` that cuts a connection with all that is unsent."""


async def stream(websocket: WebSocket, state: State, health: HealthMessage) -> None:
    """Serve one client until it leaves or is evicted (close code 1013).

    Query: `indices=A,B` keeps to these; `view=summary` gives rows in place of whole snapshots.
    """
    if not _same_origin(websocket):
        log.warning("WebSocket refused: origin %s", websocket.headers.get("origin"))
        await websocket.close(1008)
        return
    names = websocket.query_params.get("indices")
    indices = None if names is None else {name for name in names.split(",") if name}
    summary = websocket.query_params.get("view") == "summary"
    await websocket.accept()
    try:
        with state.subscribe(indices, summary=summary) as subscription:
            await _until_gone(websocket, subscription, health)
    except TooManyClients as error:
        await _send_away(websocket, str(error))
    except (TooSlow, TimeoutError) as error:
        reason = "behind" if isinstance(error, TooSlow) else "stuck"
        state.evicted[reason] += 1
        log.warning("WebSocket client %s evicted: %s", websocket.client, reason)
        await _send_away(websocket, str(error) or "too slow: a message waited too long")


def _same_origin(websocket: WebSocket) -> bool:
    """Whether a browser's page comes from here; other programs send no Origin.

    Browsers let every web page open a WebSocket to any host, also to this machine's loopback.
    """
    origin = websocket.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == websocket.headers.get("host")


async def _until_gone(
    websocket: WebSocket, subscription: Subscription, health: HealthMessage
) -> None:
    leaving = asyncio.create_task(_drain(websocket))
    sending = asyncio.create_task(_send_changes(websocket, subscription, health))
    try:
        await asyncio.wait((leaving, sending), return_when=asyncio.FIRST_COMPLETED)
    finally:
        leaving.cancel()
        sending.cancel()
        await asyncio.gather(leaving, sending, return_exceptions=True)
    if leaving.cancelled():  # else what became of the last message does not matter
        with contextlib.suppress(WebSocketDisconnect):
            sending.result()


async def _drain(websocket: WebSocket) -> None:
    """Read, and leave unread, what the client sends; return when it is gone."""
    while (await websocket.receive())["type"] != "websocket.disconnect":
        pass


async def _send_changes(
    websocket: WebSocket, subscription: Subscription, health: HealthMessage
) -> None:
    """Send for ever. Raises TooSlow, TimeoutError and WebSocketDisconnect."""
    loop = asyncio.get_running_loop()
    health_at = loop.time()
    messages = subscription.collect()
    while True:
        if loop.time() >= health_at:
            messages.append(health.json())
            health_at = loop.time() + HEALTH_SECONDS
        for message in messages:
            async with asyncio.timeout(SEND_SECONDS):
                await websocket.send_text(message.decode())
        messages = await subscription.next(health_at - loop.time())


async def _send_away(websocket: WebSocket, reason: str) -> None:
    """Close with 1013; a client that does not even read that is cut off."""
    abort: Any = websocket.scope.get("extensions", {}).get(ABORT, lambda: None)
    asyncio.get_running_loop().call_later(CLOSE_SECONDS, abort)
    with contextlib.suppress(TimeoutError, WebSocketDisconnect, RuntimeError):
        async with asyncio.timeout(CLOSE_SECONDS):
            await websocket.close(TRY_AGAIN_LATER, reason)
