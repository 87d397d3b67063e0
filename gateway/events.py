"""`/v1/events`: the stream as server-sent events (html.spec.whatwg.org, 9.2), for who only listens.

The same messages as on `/v1/stream`: `event` is a message's type, `id` its cursor, `data` all of
it. A client that comes back with `Last-Event-ID` goes on from there, as every `EventSource` does.
"""

from __future__ import annotations

import logging

from fastapi import Request, Response
from starlette.types import Receive, Scope, Send

from gateway.asked import requests_in
from gateway.link import EventLink, Gone, link_of
from gateway.pump import SentAway, pump, until_either
from gateway.readiness import HealthMessage
from gateway.refusal import RefusedRequest
from gateway.state import State
from gateway.subscription import TooManyClients, subscribe

log = logging.getLogger(__name__)


class EventStream(Response):
    """The answer to one client, until it leaves or is sent away."""

    def __init__(self, request: Request, state: State, health: HealthMessage) -> None:
        super().__init__()
        self._request, self._state, self._health = request, state, health

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send for ever, or say why not."""
        last = self._request.headers.get("last-event-id")
        link: EventLink = link_of(scope)
        try:
            requests = requests_in(self._request.query_params, last)
            with subscribe(self._state) as subscription:
                first = subscription.take(*requests)
                await _begin(link, send)
                if link.is_head:
                    return
                sending = pump(link, subscription, self._state, self._health, first)
                await until_either(_hear(receive), sending)
        except Gone:
            return
        except SentAway as error:
            log.warning("client %s of events is sent away: %s", scope.get("client"), error)
            link.abort()  # nothing more can be told to who reads nothing
            await _hear(receive)
        except RefusedRequest as error:
            await error.problem().response()(scope, receive, send)
        except TooManyClients as error:
            full = RefusedRequest("too-many-connections", str(error))
            await full.problem().response()(scope, receive, send)


async def _begin(link: EventLink, send: Send) -> None:
    headers = {"content-type": "text/event-stream", "x-accel-buffering": "no"}
    if link.zips:
        headers |= {"content-encoding": "gzip", "vary": "accept-encoding"}
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": 200, "headers": raw})
    await send({"type": "http.response.body", "body": link.first, "more_body": not link.is_head})


async def _hear(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
