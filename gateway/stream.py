"""`/v1/stream`, the WebSocket: what a client subscribes to, then its changes."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterator

import msgspec
from fastapi import WebSocket, WebSocketDisconnect

from gateway.asked import in_words, requests_in
from gateway.link import Gone, Link, link_of
from gateway.messages import ClientMessage
from gateway.outgoing import Outgoing
from gateway.pump import SentAway, cut_later, pump, until_either
from gateway.readiness import HealthMessage
from gateway.refusal import RefusedRequest
from gateway.state import State
from gateway.subscription import Subscription, TooManyClients, subscribe
from gateway.wire import encode

log = logging.getLogger(__name__)

REQUEST_SECONDS = 0.05
"""Between two requests of a client: each may cost the whole of all indices."""
TRY_AGAIN_LATER = 1013

_read_request = msgspec.json.Decoder(ClientMessage).decode


async def stream(websocket: WebSocket, state: State, health: HealthMessage) -> None:
    """Serve one client until it leaves or is sent away (close code 1013).

    Query: see `gateway.asked`. A query that asks for what is not there is answered as REST does.
    """
    try:
        requests = requests_in(websocket.query_params)
        with subscribe(state) as subscription:
            first = subscription.take(*requests)
            await websocket.accept()
            await _serve(websocket, subscription, state, health, first)
    except RefusedRequest as error:
        await websocket.send_denial_response(error.problem().response())
    except TooManyClients as error:
        await websocket.accept()
        await _send_away(websocket, link_of(websocket.scope), str(error))


async def _serve(
    websocket: WebSocket,
    subscription: Subscription,
    state: State,
    health: HealthMessage,
    first: Iterator[Outgoing],
) -> None:
    link = link_of(websocket.scope)
    asked = asyncio.Queue[str](1)

    def taken() -> Iterator[Outgoing]:
        while not asked.empty():
            yield from _answer(subscription, asked.get_nowait())

    sending = pump(link, subscription, state, health, first, taken)
    try:
        await until_either(_hear(websocket, asked, subscription), sending)
    except Gone:
        pass
    except SentAway as error:
        log.warning("WebSocket client %s is sent away: %s", websocket.client, error)
        await _send_away(websocket, link, str(error))


async def _hear(
    websocket: WebSocket, asked: asyncio.Queue[str], subscription: Subscription
) -> None:
    """Pass on what the client asks for, one request at a time; return when it is gone."""
    while (message := await websocket.receive())["type"] != "websocket.disconnect":
        await asked.put(message.get("text") or "")
        subscription.call()
        await asyncio.sleep(REQUEST_SECONDS)


def _answer(subscription: Subscription, text: str) -> Iterator[Outgoing]:
    try:
        yield from subscription.take(_read_request(text))
    except RefusedRequest as error:
        yield _error(text, error)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        yield _error(text, RefusedRequest("malformed", in_words(error)))


class _RequestName(msgspec.Struct):
    request: str | None = None


def _error(text: str, error: RefusedRequest) -> Outgoing:
    try:
        name = msgspec.json.decode(text, type=_RequestName).request
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        name = None
    told = {"type": "error", "status": error.status, "detail": error.detail, "near": error.near}
    told |= {"do": error.do, "problem": f"/v1/problems/{error.kind}"}
    return Outgoing.plain("error", encode({**told, "request": name}))


async def _send_away(websocket: WebSocket, link: Link, reason: str) -> None:
    """Close with 1013; a client that does not even read that is cut off."""
    late = cut_later(link)
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        await websocket.close(TRY_AGAIN_LATER, reason)
        while (await websocket.receive())["type"] != "websocket.disconnect":
            pass
    late.cancel()
