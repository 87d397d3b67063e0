"""The description of the REST face, completed where the framework says less than is so."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Response
from fastapi.openapi.utils import get_openapi
from fastapi.responses import RedirectResponse

from gateway.api.access import BEARER
from gateway.api.problems import ProblemDetails, described
from gateway.api.reply import Replying

TITLE = "tidegauge"
ABOUT = (
    "Live levels, risk and performance figures and alerts of crypto indices. Times are RFC 3339 in "
    "UTC, losses are positive, what is undefined is null with its reason under `undefined`. "
    "Every answer to GET has an ETag and is compressed where that is accepted; HEAD is answered as "
    "GET without the body. Errors are problem details (RFC 9457) and say what to do. Keys have a "
    "scope: `read`, `alerts` or `admin`, each of which may what those before it may. Over loopback "
    "alone reading needs none; what writes needs one there, too. Every answer tells what is left "
    "of the caller's quota: RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset."
)
TAGS = [
    {"name": "indices", "description": "What indices are now, and what they hold."},
    {"name": "history", "description": "Candles, and any figure over time."},
    {"name": "compare", "description": "Several over their common time."},
    {"name": "alerts", "description": "What rang, what rings, and what would."},
    {"name": "definitions", "description": "What figures mean, whose prices, who is best."},
    {"name": "what-if", "description": "What might be."},
    {"name": "session", "description": "Browsers show a key once, and have a cookie from then on."},
    {"name": "schemas", "description": "Records of the log, and kinds of problems."},
    {"name": "operations", "description": "What the process says of itself."},
]
_DOOR = described(
    *("no-key", "bad-key", "foreign-origin", "plain-http", "unknown-host", "too-often"),
    "head-too-large",
)
"""What every operation may answer, for who asks, from where, how often, or how much."""
_SCHEMES = {
    BEARER.scheme_name: BEARER.model.model_dump(mode="json", by_alias=True, exclude_none=True),
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "tidegauge-PORT",
        "description": "Of POST /v1/session.",
    },
}
_UNCHANGED = {"description": "Still as the ETag in If-None-Match says."}


PLACE = "/v1/openapi.json"


def serve_description(app: FastAPI, version: str) -> None:
    """Let an application describe itself so, at `PLACE`; and lead there who looks where other
    applications have it."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            found = get_openapi(
                title=TITLE,
                version=version,
                description=ABOUT,
                tags=TAGS,
                routes=app.routes,
                separate_input_output_schemas=False,
            )
            _complete(found)
            app.openapi_schema = found
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]

    @app.get(PLACE, include_in_schema=False)
    async def description(reply: Replying) -> Response:
        return await reply.json(app.openapi())

    @app.get("/openapi.json", include_in_schema=False)
    async def elsewhere() -> Response:
        return RedirectResponse(PLACE, 308)


def _complete(found: dict[str, Any]) -> None:
    schemas = found.setdefault("components", {}).setdefault("schemas", {})
    made = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= made.pop("$defs", {})
    schemas["ProblemDetails"] = made
    found["components"]["securitySchemes"] = _SCHEMES
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for path, item in found["paths"].items():
        for method, operation in item.items():
            for status, answer in _DOOR.items():
                _add(operation["responses"], str(status), answer)
            needs: list[dict[str, Any]] = [{name: []} for name in _SCHEMES]
            operation["security"] = needs if "security" in operation else [{}, *needs]
            if method == "get" and path.startswith("/v1/"):
                operation["responses"]["304"] = _UNCHANGED
            operation["responses"] = dict(sorted(operation["responses"].items()))


def _add(responses: dict[str, Any], status: str, answer: dict[str, Any]) -> None:
    """What may be answered with a status, beside what is already."""
    if status in responses:
        known = responses[status].get("description", "").split("; ")
        words = [*known, *(w for w in answer["description"].split("; ") if w not in known)]
        answer = {**responses[status], "description": "; ".join(words)}
    responses[status] = answer
