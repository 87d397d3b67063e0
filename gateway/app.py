"""The HTTP face of the gateway: REST, the stream, health, figures for Prometheus, the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import orjson
from fastapi import Depends, FastAPI, HTTPException, Query, Request, Response, WebSocket
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from engine.metrics.registry import REGISTRY
from engine.profiles import PROFILES
from gateway.alerts import KEPT
from gateway.definitions import definitions
from gateway.events import EventStream
from gateway.exposition import Figures
from gateway.history import history_router
from gateway.operations import Json, add_operations
from gateway.rank import ranking
from gateway.readiness import Health, HealthMessage, readiness
from gateway.state import State
from gateway.stream import stream
from gateway.wire import rendered
from streams.sinks.reader import TableReader

PAGE = Path(__file__).parent / "page"
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def create_app(
    state: State,
    *,
    health: Health | None = None,
    metric_definitions: Mapping[str, Any] | None = None,
    metrics: Callable[[], Figures] | None = None,
    tables: TableReader | None = None,
) -> FastAPI:
    """The application over `state`, and over the tables of the past beside the log.

    `health` says what is wrong elsewhere in the process (`gateway.readiness.Health`), `metrics`
    gives more figures for `/metrics`, `metric_definitions` are the cards for
    `/v1/definitions`, where those are not all there are.
    """
    # The stock documentation pages load scripts from elsewhere, which the page's policy forbids.
    app = FastAPI(title="tidegauge", docs_url=None, redoc_url=None, openapi_url="/v1/openapi.json")
    app.add_middleware(_Headers)
    app.add_exception_handler(RequestValidationError, _wrong_query)
    add_operations(
        app,
        lambda: readiness(state, health),
        lambda: [state.metrics(), *([] if metrics is None else [metrics()])],
    )
    _add_figures(app, state, metric_definitions or REGISTRY.published())

    def unknown(index: str) -> Response | None:
        return _unknown(state, index) if state.entry(index) is None else None

    app.include_router(history_router(tables, unknown))
    health_message = HealthMessage(state, health)

    @app.websocket("/v1/stream")
    async def changes(websocket: WebSocket) -> None:
        await stream(websocket, state, health_message)

    # It never ends, and speaks in messages: docs/asyncapi.yaml describes it.
    @app.api_route("/v1/events", methods=["GET", "HEAD"], include_in_schema=False)
    async def events(request: Request) -> Response:
        return EventStream(request, state, health_message)

    @app.get("/", include_in_schema=False)
    async def page() -> Response:
        return FileResponse(PAGE / "index.html")

    app.mount("/static", StaticFiles(directory=PAGE))
    return app


def _add_figures(app: FastAPI, state: State, metric_definitions: Mapping[str, Any]) -> None:
    @app.get("/v1/indices")
    async def indices() -> Response:
        """All indices with their main figures."""
        return Json({"indices": [orjson.Fragment(e.row_json()) for e in state.entries()]})

    @app.get("/v1/indices/{index}")
    async def index(index: str) -> Response:
        """One index: its row, definition, whole snapshot (null before the first), recent line."""
        entry = state.entry(index)
        if entry is None:
            return _unknown(state, index)
        body = {
            "index": index,
            "row": orjson.Fragment(entry.row_json()),
            **entry.definition_mapping(),
            "snapshot": orjson.Fragment(entry.snapshot_json()),
            "line": entry.line.to_mapping(),
        }
        return Json(body)

    @app.get("/v1/indices/{index}/composition")
    async def composition(index: str) -> Response:
        """What one index holds now: weights, targets, contributions to today's return.

        And at each of its last rebalances that this gateway has seen, newest first.
        """
        entry = state.entry(index)
        return _unknown(state, index) if entry is None else Json(entry.composition())

    @app.get("/v1/alerts", dependencies=[Depends(_only("index", "state", "limit"))])
    async def alerts(
        index: str | None = None,
        record_state: Annotated[Literal["firing", "resolved"] | None, Query(alias="state")] = None,
        limit: Annotated[int, Query(ge=1, le=KEPT)] = 100,
    ) -> Response:
        """Alerts, newest first; `firing` counts the episodes that fire now."""
        wanted = None if index is None else [index]
        if index is not None and state.entry(index) is None and index not in state.alerts.indices:
            return _unknown(state, index)
        found = [
            alert.json
            for alert in state.alerts.newest_first()
            if (wanted is None or alert.head.index == index)
            and record_state in (None, alert.head.state)
        ]
        return Json({"alerts": found[:limit], "firing": state.alerts.firing(wanted)})

    @app.get("/v1/rank", dependencies=[Depends(_only("profile"))])
    async def rank(profile: str = "") -> Response:
        """All indices in the order of a profile, with what each metric contributes."""
        if not profile:
            detail = f"profile: name one of {', '.join(PROFILES)}"
            return Json({"detail": detail, "profiles": list(PROFILES)}, 422)
        try:
            return Json(rendered(ranking(state, profile)))
        except ValueError as error:
            return Json({"detail": str(error), "profiles": list(PROFILES)}, 404)

    @app.get("/v1/definitions")
    async def defined() -> Response:
        """How every index and every metric is defined; profiles, and reasons in words."""
        return Json(definitions(state.definitions(), metric_definitions))


def _only(*names: str) -> Callable[[Request], None]:
    """Refuses a query with other parameters: a misspelt filter would be none."""

    def check(request: Request) -> None:
        for name in request.query_params:
            if name not in names:
                raise HTTPException(422, f"{name}: unknown parameter; known are {', '.join(names)}")

    return check


async def _wrong_query(_: Request, error: Exception) -> Response:
    """One text that names each parameter and what is wrong with it, as all errors have it."""
    assert isinstance(error, RequestValidationError)
    texts = (f"{e['loc'][-1]}: {e['msg'][:1].lower()}{e['msg'][1:]}" for e in error.errors())
    return Json({"detail": "; ".join(texts)}, 422)


def _unknown(state: State, index: str) -> Response:
    near = state.near(index)
    hint = f"; did you mean {' or '.join(near)}?" if near else "; see /v1/indices"
    return Json({"detail": f"no index {index!r}{hint}", "near": near}, 404)


class _Headers:
    """Puts the security headers on every answer, and says what may be kept by whom.

    The page's files are asked for again each time (an ETag makes that cheap), so that a new
    version is seen at once; figures are never kept.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(SECURITY_HEADERS)
                page = scope["path"] == "/" or scope["path"].startswith("/static/")
                headers["Cache-Control"] = "no-cache" if page else "no-store"
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)
