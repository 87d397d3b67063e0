"""What every process serves of itself: whether it lives, whether it is well, its figures."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Annotated, Any

from fastapi import FastAPI, Query, Response
from fastapi.responses import PlainTextResponse
from pydantic import Field

from gateway.api.models.common import Answer
from gateway.api.problems import described
from gateway.exposition import CONTENT_TYPE, Exposition, Figures, text_of
from gateway.wire import encode, rendered

TAGS: list[str | Enum] = ["operations"]
Readiness = Callable[[], Mapping[str, Any]]
"""Says `ready` (bool), `reasons` (texts, empty where ready), and more that is worth showing."""


class Json(Response):
    """An answer in JSON, with null for what is no number."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """The bytes."""
        return encode(content)


class Alive(Answer):
    """The process lives."""

    alive: bool


class Ready(Answer):
    """Whether all is well, and if not, why; more of it differs by process."""

    ready: bool
    reasons: list[str] = Field(examples=[["no index is live yet (1 warming)"]])
    notes: list[str] = Field([], description="Worth knowing, and no reason not to be ready.")
    indices: dict[str, int] = Field({}, description="By status.", examples=[{"live": 3}])
    lag_seconds: float | None = Field(None, description="How late figures come.")
    left_out: dict[str, dict[str, int]] = Field(
        {}, description="Records of others in the log, by topic and reason."
    )


WithIndices = Annotated[
    bool, Query(description="Also level, drawdown and status of the first 1,000 indices, by id.")
]


class _Exposition(PlainTextResponse):
    media_type = CONTENT_TYPE


def add_operations(
    app: FastAPI,
    readiness: Readiness,
    exposition: Exposition,
    of_indices: Callable[[], Figures] = dict,
) -> None:
    """Give an application `/healthz`, `/readyz` and `/metrics`.

    `of_indices` are the figures of indices, which are served to who asks for them.
    """

    @app.head("/healthz", include_in_schema=False)
    @app.get("/healthz", response_model=Alive, tags=TAGS)
    async def healthz() -> Response:
        """200 while the process lives."""
        return Json({"alive": True})

    @app.head("/readyz", include_in_schema=False)
    @app.get(
        "/readyz",
        response_model=Ready,
        responses={503: {"model": Ready, "description": "Not well; `reasons` says why."}},
        tags=TAGS,
    )
    async def readyz() -> Response:
        """200 when all is well, else 503 with the reasons."""
        found = readiness()
        return Json(found, 200 if found["ready"] else 503)

    @app.head("/metrics", include_in_schema=False)
    @app.get("/metrics", response_class=_Exposition, responses=described(), tags=TAGS)
    async def metrics(indices: WithIndices = False) -> Response:
        """The process's own figures for Prometheus, and with `indices=1` those of indices."""
        if not indices:
            return _Exposition(text_of(exposition.collect()))
        return _Exposition(await asyncio.to_thread(text_of, exposition.collect(of_indices)))


def create_monitor(health: Callable[[], Mapping[str, Any]], exposition: Exposition) -> FastAPI:
    """The application of a process that serves nothing else.

    `health` gives `reasons`, texts for what is wrong, and more that is worth showing.
    """
    app = FastAPI(title="tidegauge", docs_url=None, redoc_url=None, openapi_url=None)

    def readiness() -> Mapping[str, Any]:
        said = dict(health())
        reasons = list(said.pop("reasons", ()))
        return {"ready": not reasons, "reasons": reasons, **rendered(said)}

    add_operations(app, readiness, exposition)
    return app
