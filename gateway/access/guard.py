"""The door of the application: every request and every WebSocket passes here first.

In this order: is it meant for this host, how often does it come, whose page asks, whose key is it,
may it look. What it writes is up to the routes (`gateway.api.access`). Nothing that a header holds
raises anything but a problem.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress

from starlette.datastructures import MutableHeaders
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from engine.numbers import is_power_of_two
from gateway.access.keys import LOOK_SECONDS
from gateway.access.names import Authority, Origin, authority, ip_address, is_loopback, origin
from gateway.access.names import origin_of as origin_at
from gateway.access.policy import Access, Caller
from gateway.access.rates import Quota, caller_of
from gateway.access.sessions import cookie_name
from gateway.api.access import check_scope
from gateway.api.problems import ApiProblem

log = logging.getLogger(__name__)

SESSION = "/v1/session"
OPEN = frozenset({"/healthz", "/readyz", "/login", SESSION})
"""Probes have no keys, and who logs in has none yet."""
PAGES = frozenset({"/", "/docs"})
EVENTS = "/v1/events"
HARMLESS = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that write nothing (RFC 9110, 9.2.1)."""
KEY_ENDED = 1008
"""Close code of a WebSocket whose key is valid no more: policy violation (RFC 6455, 7.4.1)."""
CORS_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
CORS_HEADERS = "Authorization, Content-Type, If-Match, If-None-Match, Last-Event-ID"
CORS_EXPOSED = (
    "ETag, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After, Tidegauge-Missing"
)
CORS_SECONDS = "600"


class AccessGuard:
    """Lets in who may come in, and tells the others why not."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self.app, self._access = app, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As an ASGI application."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        head = _Head(scope, self._access)
        send = _telling(head, send, bool(self._access.origins))
        try:
            caller = self._let_in(head)
        except ApiProblem as problem:
            self._count(problem, head)
            await _answer(problem.response(), scope, receive, send)
            return
        if head.preflight:
            await Response(status_code=204)(scope, receive, send)
        elif caller is None:
            await RedirectResponse("/login", 303)(scope, receive, send)
        elif caller.key is not None and head.lasts:
            await self._while_valid(caller, scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _let_in(self, head: _Head) -> Caller | None:
        """Who asks; None for a browser that is to log in first. Raises ApiProblem."""
        access = self._access
        host = head.host
        if host is None or not access.knows_host(host.host, head.reached_at):
            named = "no host, or none that can be read" if host is None else f"{host.host[:80]!r}"
            detail = f"the request is for {named}; known are {', '.join(sorted(access.hosts))}"
            raise ApiProblem("unknown-host", detail)
        caller = head.caller()
        if caller.key:
            head.quota = access.rates.take(caller.key.id)
        else:
            near = is_loopback(head.address) and not access.proxies
            head.quota = access.rates.take(caller_of(head.address), near)
        if not head.quota.taken:
            who = f"the key {caller.name!r}" if caller.key else "this address without a key"
            retry = head.quota.retry
            raise ApiProblem("too-often", f"{who} asks too often; come again in {retry} s")
        self._check_origin(head, caller)
        self._check_secrecy(head)
        if head.wrong_key:
            headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
            raise ApiProblem("bad-key", "no key like this is valid here", headers=headers)
        head.scope.setdefault("state", {}).update(caller=caller, host=host)
        if access.open_reading or head.path in OPEN or head.preflight:
            return caller
        if caller.key is None and head.is_visit:
            return None
        return check_scope(access, caller, "read")

    def _check_origin(self, head: _Head, caller: Caller) -> None:
        """Browsers let every page send a POST, open a WebSocket or an EventSource to any host, this
        machine's loopback too; the page's origin stands beside it. Programs send none. The cookie
        is for the own pages alone, and so is what begins and ends a session."""
        writes = head.is_websocket or head.method not in HARMLESS
        if not writes and head.path != EVENTS:
            return
        told = head.origin_told
        if told is None and not (caller.by_cookie and writes):
            return
        found = head.origin
        if found is not None and found == head.own_origin:
            return
        own_alone = caller.by_cookie or head.path == SESSION
        if found in self._access.origins and not own_alone:
            return
        said = "no Origin is told" if told is None else f"the origin is {told[:80]!r}"
        other = "; others send a key in the header, no cookie" if own_alone else ", or be allowed"
        raise ApiProblem("foreign-origin", f"{said}; it must be {head.own_origin}{other}")

    def _check_secrecy(self, head: _Head) -> None:
        """Refuse a key that was sent where others could read it."""
        begins = head.path == SESSION and head.method == "POST"
        if head.is_secret or not (head.shows_key or begins):
            return
        detail = "the key came in the clear; it must be revoked, and another sent over https"
        raise ApiProblem("plain-http", detail)

    def _count(self, problem: ApiProblem, head: _Head) -> None:
        self._access.refused[problem.kind] += 1
        if is_power_of_two(count := self._access.refused[problem.kind]):
            said = "request of %s refused (%s, %d so far): %.200r"
            log.warning(said, head.address, problem.kind, count, head.path)

    async def _while_valid(
        self, caller: Caller, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Serve a stream as long as its key, and its session, are valid."""
        heard: asyncio.Future[Message] | None = None

        async def watch() -> None:
            while True:
                await asyncio.sleep(LOOK_SECONDS)
                if not self._stands(caller):
                    return

        async def hear() -> Message:
            nonlocal heard
            heard = heard or asyncio.ensure_future(receive())
            await asyncio.wait((heard, watching), return_when=asyncio.FIRST_COMPLETED)
            if heard.done():
                message, heard = heard.result(), None
                return message
            if scope["type"] == "websocket":
                await send(
                    {"type": "websocket.close", "code": KEY_ENDED, "reason": "the key has ended"}
                )
                return {"type": "websocket.disconnect", "code": KEY_ENDED}
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return {"type": "http.disconnect"}

        watching = asyncio.create_task(watch())
        try:
            await self.app(scope, hear, send)
        finally:
            watching.cancel()
            if heard is not None:
                heard.cancel()
            await asyncio.gather(watching, *filter(None, [heard]), return_exceptions=True)

    def _stands(self, caller: Caller) -> bool:
        assert caller.key is not None
        if self._access.keys.valid(caller.key.id) is None:
            return False
        return not caller.by_cookie or self._access.sessions.key_of(caller.cookie) is not None


def host_of(scope: Scope) -> Authority | None:
    """As which host a request that was let in has named this gateway."""
    found: Authority | None = scope.get("state", {}).get("host")
    return found


class _Head:
    """What the head of a request says, and what of it is believed."""

    def __init__(self, scope: Scope, access: Access) -> None:
        self.scope, self._access = scope, access
        self.is_websocket = scope["type"] == "websocket"
        self.method: str = scope.get("method", "")
        self.path: str = scope["path"]
        self.quota: Quota | None = None
        self._headers: dict[str, list[str]] = {}
        for name, value in scope["headers"]:
            self._headers.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))
        self._peer = (scope.get("client") or ("",))[0]
        self.reached_at: str = (scope.get("server") or ("",))[0]
        self.proxied = access.trusts(self._peer)
        self.address = self._forwarded_for() if self.proxied else self._peer
        secure = scope.get("scheme") in ("https", "wss")
        if self.proxied:
            secure = (self._last("x-forwarded-proto") or "").lower() in ("https", "wss") or secure
            scope["client"] = (self.address, 0)
            scope["scheme"] = ("ws" if self.is_websocket else "http") + "s" * secure
        self.secure = secure
        self.host: Authority | None = self._read_host()
        told = self._headers.get("origin", [])
        self.origin_told = None if not told else ", ".join(told)
        self.origin: Origin | None = origin(told[0]) if len(told) == 1 else None
        self.wrong_key = False
        self.shows_key = False

    @property
    def own_origin(self) -> Origin | None:
        """Of pages that come from here."""
        return (
            None if self.host is None else origin_at("https" if self.secure else "http", self.host)
        )

    @property
    def lasts(self) -> bool:
        """Whether this is a stream."""
        return self.is_websocket or self.path == EVENTS

    @property
    def is_visit(self) -> bool:
        """Whether a person's browser asks for a page."""
        html = any("text/html" in value for value in self._headers.get("accept", ()))
        return html and self.method in ("GET", "HEAD") and self.path in PAGES

    @property
    def allowed_origin(self) -> Origin | None:
        """The foreign one that asks, if it may read the answer."""
        return self.origin if self.origin in self._access.origins else None

    @property
    def preflight(self) -> bool:
        """Whether a browser asks if an allowed page may ask."""
        asks = "access-control-request-method" in self._headers
        return self.method == "OPTIONS" and asks and self.allowed_origin is not None

    @property
    def is_secret(self) -> bool:
        """Whether nobody between could read it: over TLS, within this machine, or from the proxy
        that does not say that it was reached without."""
        if self.secure or is_loopback(self.address):
            return True
        return self.proxied and (self._last("x-forwarded-proto") or "").lower() != "http"

    def caller(self) -> Caller:
        """Whose key it is, by header or else by cookie."""
        bearer = [
            value[7:].strip()
            for value in self._headers.get("authorization", [])
            if value[:7].lower() == "bearer "
        ]
        if bearer:
            self.shows_key = True
            key = self._access.keys.find(bearer[0]) if len(bearer) == 1 else None
            self.wrong_key = key is None
            return Caller(self.address, key)
        cookie = self._cookie()
        if cookie:
            self.shows_key = True
            key_id = self._access.sessions.key_of(cookie)
            key = self._access.keys.valid(key_id) if key_id else None
            if key is not None:
                return Caller(self.address, key, True, cookie)
        return Caller(self.address)

    def _cookie(self) -> str:
        name = cookie_name(self.host.port if self.host else None)
        for header in self._headers.get("cookie", []):
            for part in header.split(";"):
                key, equals, value = part.strip().partition("=")
                if equals and key == name:
                    return value
        return ""

    def _read_host(self) -> Authority | None:
        if self.proxied and (told := self._last("x-forwarded-host")):
            return authority(told)
        found = self._headers.get("host", [])
        return authority(found[0]) if len(found) == 1 else None

    def _forwarded_for(self) -> str:
        """The last that is no proxy of ours; the peer, where that is none that can be read."""
        told = ",".join(self._headers.get("x-forwarded-for", [])).split(",")
        for entry in reversed(told):
            address = ip_address(entry.strip())
            if address is None:
                break
            if not self._access.trusts(str(address)):
                return str(address)
        return self._peer

    def _last(self, name: str) -> str | None:
        """What the nearest proxy said."""
        found = self._headers.get(name)
        return found[-1].rsplit(",", 1)[-1].strip() if found else None


def _telling(head: _Head, send: Send, cors: bool) -> Send:
    """Puts onto every answer what is left of the quota, and for allowed pages that they may read
    it."""

    def headers() -> Mapping[str, str]:
        found = {} if head.quota is None else head.quota.headers()
        if head.allowed_origin is not None:
            found["Access-Control-Allow-Origin"] = str(head.allowed_origin)
            found["Access-Control-Expose-Headers"] = CORS_EXPOSED
        if head.preflight:
            found["Access-Control-Allow-Methods"] = CORS_METHODS
            found["Access-Control-Allow-Headers"] = CORS_HEADERS
            found["Access-Control-Max-Age"] = CORS_SECONDS
        return found

    async def with_headers(message: Message) -> None:
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            message.setdefault("headers", [])
            put = MutableHeaders(scope=message)
            put.update(headers())
            if cors:
                put.add_vary_header("Origin")
        await send(message)

    return with_headers


async def _answer(response: Response, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        with suppress(RuntimeError):  # it left meanwhile
            await WebSocket(scope, receive, send).send_denial_response(response)
    else:
        await response(scope, receive, send)
