"""HTTP/1.1 by h11, with bounds on time and size, each with its answer.

uvicorn bounds the silence between two requests and nothing else; a client that sends a byte a
minute, or reads none, would keep its connection for ever.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import STATUS_PHRASES, H11Protocol
from uvicorn.server import ServerState

from gateway.api.problems import ApiProblem
from gateway.connections import Connections, ServerLimits, address_of, keep_little
from gateway.link import LINK, EventLink, reset

if TYPE_CHECKING:
    from collections.abc import Iterable


def _is_new(record: logging.LogRecord) -> bool:
    """uvicorn warns of each request that it cannot read, which is counted here and told seldom, and
    writes the addresses of WebSockets with their queries, in which a key may stand by mistake."""
    said = str(record.msg)
    unread = said in ("Invalid HTTP request received.", "Unsupported upgrade request.")
    return not unread and '"WebSocket %s"' not in said


logging.getLogger("uvicorn.error").addFilter(_is_new)


class ServerConfig(uvicorn.Config):
    """uvicorn's, with the connections that the protocols count in."""

    def __init__(self, app: Any, connections: Connections, **options: Any) -> None:
        super().__init__(app, **options)
        self.connections = connections


class CheckedConnection(h11.Connection):
    """h11, which refuses what is no HTTP, and beside it what another server on the way could read
    in another way (RFC 9112, 11.2), and heads beyond the bounds even where they came at once."""

    def __init__(self, limits: ServerLimits) -> None:
        super().__init__(h11.SERVER, limits.head_bytes)
        self._limits = limits
        self.problem: ApiProblem | None = None
        """What was wrong."""

    def next_event(self) -> Any:
        """As h11 has it. Raises RemoteProtocolError, and notes the problem."""
        try:
            event = super().next_event()
        except h11.RemoteProtocolError as error:
            if error.error_status_hint == 431:
                self.problem = self._too_large()
            else:
                said = str(error).partition(": bytearray")[0][:200]  # not what it had read
                self.problem = ApiProblem("bad-head", said)
            raise
        if isinstance(event, h11.Request):
            self.problem = self._wrong(event)
            if self.problem is not None:
                raise h11.RemoteProtocolError(self.problem.detail)
        return event

    def _wrong(self, request: h11.Request) -> ApiProblem | None:
        fields = [name for name, _ in request.headers]
        size = len(request.target) + sum(len(n) + len(v) + 4 for n, v in request.headers)
        if size > self._limits.head_bytes or len(fields) > self._limits.headers:
            return self._too_large()
        if request.http_version not in (b"1.0", b"1.1"):
            return ApiProblem("bad-head", "HTTP/1.1 is spoken here")
        chunked, counted = b"transfer-encoding" in fields, b"content-length" in fields
        if chunked and (counted or request.http_version != b"1.1"):
            said = "Transfer-Encoding beside Content-Length, or before HTTP/1.1, is not taken"
            return ApiProblem("bad-head", said)
        if b"upgrade" in fields and (chunked or _length(request.headers) > 0):
            return ApiProblem("bad-head", "a request for an upgrade has no body")
        for name in (b"origin", b"authorization", b"host"):
            if fields.count(name) > 1:
                return ApiProblem("bad-head", f"{name.decode()} is there twice")
        return None

    def _too_large(self) -> ApiProblem:
        size, most = self._limits.head_bytes, self._limits.headers
        said = f"a request's head has at most {size:,} bytes and {most} fields"
        return ApiProblem("head-too-large", said)


def _length(headers: Iterable[tuple[bytes, bytes]]) -> int:
    """Of the body, which h11 has found to be a number."""
    return next((int(value) for name, value in headers if name == b"content-length"), 0)


class HttpProtocol(H11Protocol):
    """One connection of a client."""

    config: ServerConfig
    conn: CheckedConnection
    _link: EventLink | None = None
    """Of a stream of events, which has a connection for itself, and bounds of its own."""

    def __init__(
        self,
        config: ServerConfig,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._limits = config.connections.limits
        self.conn = CheckedConnection(self._limits)
        self._asked = False
        """Whether a whole head ever came."""
        self._refused = False
        self._waits_for = ""
        self._deadline: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None
        self._address = ""
        self.closing_since: float | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin; it is counted already."""
        super().connection_made(transport)
        self._address = address_of(transport)
        keep_little(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Take what came."""
        if self._refused or self.transport.is_closing():
            return
        super().data_received(data)
        self._watch()

    def handle_events(self) -> None:
        """Take what came; the application finds the link to its client in the scope."""
        super().handle_events()
        if (cycle := self.cycle) is not None:
            self._asked = True
            extensions: dict[str, Any] = cycle.scope.setdefault("extensions", {})
            extensions.setdefault(LINK, self._make_link)

    def on_response_complete(self) -> None:
        """Go on with what was sent ahead."""
        super().on_response_complete()
        self._watch()

    def send_400_response(self, msg: str) -> None:
        """Say what is wrong with the request; h11 or its bounds have refused it."""
        self.config.connections.told("request", f"{self._address} sent what is no request: {msg}")
        self._refuse(self.conn.problem or ApiProblem("bad-head", msg))

    def pause_writing(self) -> None:
        """The client keeps an answer waiting."""
        super().pause_writing()
        if self._unread is None:
            self._unread = self.loop.call_later(self._limits.unread, self._cut)

    def resume_writing(self) -> None:
        """It has taken it."""
        super().resume_writing()
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def shutdown(self) -> None:
        """End what never ends by itself."""
        super().shutdown()
        if self._link is not None:
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        if self._deadline is not None:
            self._deadline.cancel()
        super().connection_lost(exc)  # which resumes writing
        self.config.connections.leave(self._address)

    def _make_link(self) -> EventLink:
        self._link = EventLink(self.cycle)
        return self._link

    def _watch(self) -> None:
        """See what the client owes now, and by when."""
        state = self.conn.their_state
        if (
            self._refused
            or self.transport.is_closing()
            or self.transport.get_protocol() is not self
        ):
            self._wait_for("")
        elif state is h11.IDLE and (not self._asked or self.conn.trailing_data[0]):
            self._wait_for("head", self._limits.head)
        elif state is h11.SEND_BODY:
            self._wait_for("body", self._limits.body)
        else:
            self._wait_for("")

    def _wait_for(self, what: str, seconds: float = 0.0) -> None:
        if what == self._waits_for:
            return
        self._waits_for = what
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        if what:
            self._deadline = self.loop.call_later(seconds, self._end)

    def _end(self) -> None:
        """The client took too long."""
        self._deadline = None
        if self.transport.is_closing():
            return
        if self._waits_for == "head" and not self.conn.trailing_data[0]:
            self.transport.close()  # it said nothing, and is told nothing
            return
        self.config.connections.told(self._waits_for, f"{self._address} took too long to send it")
        seconds = getattr(self._limits, self._waits_for)
        said = f"the {self._waits_for} of the request did not come within {seconds:g} s"
        self._refuse(ApiProblem("too-slow", said))

    def _cut(self) -> None:
        """Nothing can be told to who reads nothing."""
        self._unread = None
        if self._link is None:  # else `gateway.pump` sees to it
            self.config.connections.told("unread", f"{self._address} did not read an answer")
            reset(self.transport)

    def _refuse(self, problem: ApiProblem) -> None:
        """Answer in place of the application, if nothing is answered yet; then close."""
        started = self.cycle is not None and self.cycle.response_started
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            if started:
                self.transport.close()
                return
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            response = problem.response()
            headers = [*response.raw_headers, (b"connection", b"close")]
            reason = STATUS_PHRASES[response.status_code]
            status = h11.Response(status_code=response.status_code, headers=headers, reason=reason)
            body = h11.Data(data=bytes(response.body))
            for event in (status, body, h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        self._refused = True
        self._wait_for("")
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._deadline = self.loop.call_later(self._limits.refusal, self.transport.close)
