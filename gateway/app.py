"""The HTTP face of the gateway: REST, the stream, health, figures for Prometheus, the pages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI, Request, Response, WebSocket

from engine.metrics.registry import REGISTRY
from gateway.access.guard import AccessGuard
from gateway.access.policy import Access
from gateway.api.context import Gateway
from gateway.api.middleware import BoundedBodies, HeadAsGet, SafeHeaders
from gateway.api.openapi import serve_description
from gateway.api.problems import Faults, answer_problems
from gateway.api.router import v1
from gateway.api.session import login
from gateway.events import EventStream
from gateway.exposition import Exposition
from gateway.index_series import index_series
from gateway.operations import add_operations
from gateway.pages import BuiltPages
from gateway.past import Past
from gateway.readiness import Health, HealthMessage, readiness
from gateway.sourcing import Feeds
from gateway.state import State
from gateway.stream import stream
from gateway.trials import RuleTrials
from gateway.worker import ComputingProcess
from streams.log import Log
from streams.sinks.reader import TableReader


def create_app(
    state: State,
    *,
    health: Health | None = None,
    metric_definitions: Mapping[str, Any] | None = None,
    exposition: Exposition | None = None,
    tables: TableReader | None = None,
    trials: RuleTrials | None = None,
    access: Access | None = None,
    log: Log | None = None,
    feeds: Feeds | None = None,
) -> FastAPI:
    """The application over `state`, and over the tables of the past beside the log.

    `health` says what is wrong elsewhere in the process (`gateway.readiness.Health`), `exposition`
    is what the process says to Prometheus, `metric_definitions` are the cards for
    `/v1/definitions`, where those are not all there are, `trials` tries rules over the log, to
    which `log` writes what people say and define; `access` says who may do what: on loopback look,
    if not given; `feeds` says how venues are heard here.
    """
    gateway = Gateway(
        state,
        None if tables is None else Past(tables, state.recent),
        None if tables is None else ComputingProcess(tables.directory),
        metric_definitions or REGISTRY.published(),
        trials,
        access or Access(),
        log,
        feeds,
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        if gateway.worker is not None:
            gateway.worker.close()
        gateway.access.keys.note_used()

    # The stock documentation pages load scripts from elsewhere, which the page's policy forbids.
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.state.gateway = gateway
    serve_description(app, version("tidegauge"))
    for middleware in (Faults, BoundedBodies, HeadAsGet):  # the last is outermost
        app.add_middleware(middleware)
    app.add_middleware(AccessGuard, access=gateway.access)
    app.add_middleware(SafeHeaders)
    answer_problems(app)
    exposition = exposition or Exposition()
    exposition.add(state.metrics)
    exposition.add(gateway.access.figures)
    state.passed = exposition.passed
    add_operations(
        app, lambda: readiness(state, health), exposition, lambda: index_series(state.entries())
    )
    app.include_router(v1())
    app.include_router(login)
    health_message = HealthMessage(state, health)

    @app.websocket("/v1/stream")
    async def changes(websocket: WebSocket) -> None:
        await stream(websocket, state, health_message)

    # It never ends, and speaks in messages: docs/asyncapi.yaml describes it.
    @app.api_route("/v1/events", methods=["GET", "HEAD"], include_in_schema=False)
    async def events(request: Request) -> Response:
        return EventStream(request, state, health_message)

    BuiltPages().add_to(app)
    return app
