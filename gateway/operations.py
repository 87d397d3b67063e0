"""What every process serves of itself: whether it lives, whether it is well, its figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import FastAPI, Response
from fastapi.responses import PlainTextResponse

from gateway.exposition import CONTENT_TYPE, Figures, exposition
from gateway.wire import encode, rendered

Readiness = Callable[[], Mapping[str, Any]]
"""Says `ready` (bool), `reasons` (texts, empty where ready), and more that is worth showing."""


class Json(Response):
    """An answer in JSON, with null for what is no number."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """The bytes."""
        return encode(content)


def add_operations(
    app: FastAPI, readiness: Readiness, figures: Callable[[], list[Figures]]
) -> None:
    """Give an application `/healthz`, `/readyz` and `/metrics`."""

    @app.head("/healthz", include_in_schema=False)
    @app.get("/healthz")
    async def healthz() -> Response:
        """200 while the process lives."""
        return Json({"alive": True})

    @app.head("/readyz", include_in_schema=False)
    @app.get("/readyz")
    async def readyz() -> Response:
        """200 when all is well, else 503 with the reasons."""
        found = readiness()
        return Json(found, 200 if found["ready"] else 503)

    @app.head("/metrics", include_in_schema=False)
    @app.get("/metrics")
    async def metrics() -> Response:
        """The process's own figures for Prometheus."""
        return PlainTextResponse(exposition(*figures()), media_type=CONTENT_TYPE)


def create_monitor(
    health: Callable[[], Mapping[str, Any]], figures: Callable[[], Figures]
) -> FastAPI:
    """The application of a process that serves nothing else.

    `health` gives `reasons`, texts for what is wrong, and more that is worth showing.
    """
    app = FastAPI(title="tidegauge", docs_url=None, redoc_url=None, openapi_url=None)

    def readiness() -> Mapping[str, Any]:
        said = dict(health())
        reasons = list(said.pop("reasons", ()))
        return {"ready": not reasons, "reasons": reasons, **rendered(said)}

    add_operations(app, readiness, lambda: [figures()])
    return app
