"""Errors as RFC 9457 problem details: each kind once, with what to do about it."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, NamedTuple

import orjson
from fastapi import FastAPI, Path, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)

MEDIA = "application/problem+json"


class ProblemText(NamedTuple):
    """A kind of problem; `do` is what whoever asked can do about it."""

    status: int
    title: str
    do: str


KINDS: dict[str, ProblemText] = {
    "malformed": ProblemText(
        422,
        "The request is not as the description says",
        "`errors` names each part and what is wrong with it; the description is /v1/openapi.json",
    ),
    "unfit": ProblemText(
        422,
        "The parts of the request do not fit together",
        "`detail` says which; change one of them, or leave it out",
    ),
    "nothing-kept": ProblemText(
        422,
        "Nothing is kept of this time",
        "`detail` says from when to when something is; ask for a part of that",
    ),
    "bad-cursor": ProblemText(
        422,
        "The cursor is none of ours",
        "take `next` of an answer, or a message's `cursor`, as it is; or leave it out",
    ),
    "bad-definition": ProblemText(
        422,
        "The definition cannot be used",
        "`detail` leads to the key that it is about; a definition is as in the index file",
    ),
    "too-much": ProblemText(
        422,
        "This is more than is computed or told at once",
        "`detail` names the bound; ask for a shorter time, a longer step or less of it",
    ),
    "unknown-index": ProblemText(
        404,
        "There is no such index",
        "`near` has ids that look alike; all are at /v1/indices",
    ),
    "unknown-episode": ProblemText(
        404,
        "There is no such episode",
        "episodes are at /v1/alerts; older ones that do not fire are in the log alone",
    ),
    "unknown-silence": ProblemText(
        404,
        "There is no such silence that holds or is to come",
        "silences are at /v1/silences",
    ),
    "unknown-rule": ProblemText(
        404,
        "The index has no such rule",
        "`near` has names that look alike; all are at /v1/rules",
    ),
    "unknown-asset": ProblemText(
        404,
        "There is no such asset",
        "assets are those that an index holds or is measured against: see /v1/definitions",
    ),
    "unknown-figure": ProblemText(
        404,
        "There is no such figure",
        "`near` has paths that look alike; all are at /v1/definitions under `metrics`",
    ),
    "unknown-profile": ProblemText(
        404,
        "There is no such profile",
        "`profiles` has those there are; a figure may stand for one",
    ),
    "unknown-record": ProblemText(
        404, "There is no such record", "the names of all records are at /v1/schemas"
    ),
    "unknown-problem": ProblemText(404, "There is no such kind of problem", "see /v1/problems"),
    "no-history": ProblemText(
        404,
        "This gateway has no tables of the past",
        "tables are kept beside a log in a directory, by `up`, `demo` or `serve` on that log",
    ),
    "not-found": ProblemText(
        404, "There is nothing at this address", "all addresses are at /docs and /v1/openapi.json"
    ),
    "not-allowed": ProblemText(
        405, "This address does not know the method", "the header Allow has those that it knows"
    ),
    "not-acceptable": ProblemText(
        406,
        "None of the forms that are accepted can be given",
        "`detail` names the media types there are; leave Accept out for JSON",
    ),
    "exists": ProblemText(
        409,
        "There is one of this name already",
        "change it with PUT, or give another name",
    ),
    "changed-meanwhile": ProblemText(
        412,
        "It is not as it was when it was read",
        "get it again, look at what is new, and send the change with its ETag of now in If-Match",
    ),
    "unwritable": ProblemText(
        503,
        "This gateway cannot write to its log",
        "`detail` has what the log said; let the gateway write there, or use the command line",
    ),
    "too-large": ProblemText(413, "The request's body is too large", "`detail` names the bound"),
    "no-key": ProblemText(
        401,
        "This needs a key",
        "send it as `Authorization: Bearer KEY`, or log in at /login; `detail` tells more",
    ),
    "bad-key": ProblemText(
        401,
        "The key is none of ours, or is valid no more",
        "keys expire and are revoked: `tidegauge keys list` shows which; make another",
    ),
    "scope": ProblemText(
        403, "The key is not good for this", "`detail` names the scope that is needed"
    ),
    "foreign-origin": ProblemText(
        403,
        "A page of another origin asks",
        "open the gateway's own page, or name that origin with --cors-origin",
    ),
    "plain-http": ProblemText(
        403,
        "A key came over plain HTTP from another machine",
        "revoke it, for others may have read it; use https, or go through the named proxy",
    ),
    "unknown-host": ProblemText(
        421,
        "This gateway does not know the host that it is asked as",
        "use a name that it knows, or start it with --allowed-host NAME",
    ),
    "too-often": ProblemText(
        429,
        "These are too many requests",
        "wait for the seconds of Retry-After; RateLimit-Remaining tells ahead what is left",
    ),
    "encoded": ProblemText(
        415, "The body is compressed", "send it as it is, without Content-Encoding"
    ),
    "bad-head": ProblemText(
        400, "The request is no HTTP that is taken here", "`detail` says what is wrong with it"
    ),
    "too-slow": ProblemText(
        408, "The request came too slowly", "send it at once, on a new connection"
    ),
    "head-too-large": ProblemText(
        431, "The head of the request is too large", "`detail` names the bounds; send fewer fields"
    ),
    "too-many-connections": ProblemText(
        503,
        "Too many connections are open",
        "close some, or use one for many requests; try again after the seconds of Retry-After",
    ),
    "refused": ProblemText(400, "The request was refused", "`detail` says why"),
    "busy": ProblemText(
        503, "Others are being answered", "try again after the seconds of the header Retry-After"
    ),
    "unreadable": ProblemText(
        503, "The tables cannot be read now", "try again; if it stays, see the gateway's log"
    ),
    "failed": ProblemText(
        500,
        "The gateway failed to answer",
        "this is a fault of ours: please report it with `instance`, which its log has too",
    ),
}
_UNREAD = "There was an error parsing the body"
"""What the framework says of a body that is no text."""
_OF_STATUS = {400: "refused", 404: "not-found", 405: "not-allowed", 413: "too-large"}


class WrongPart(BaseModel):
    """One part of a request that is not as it should be."""

    name: str = Field(description="The parameter, or the path in the body.", examples=["step"])
    where: str = Field(description="query, path, header or body.", examples=["query"])
    detail: str = Field(examples=["a length such as 1s, 5m, 4h, 1d or 1w"])


class ProblemDetails(BaseModel):
    """An error (RFC 9457, media type application/problem+json)."""

    type: str = Field(
        description="The kind, as an address that says more.",
        examples=["/v1/problems/unknown-index"],
    )
    title: str = Field(description="The kind in words.", examples=["There is no such index"])
    status: int = Field(description="The status of the answer.", examples=[404])
    detail: str = Field(
        description="What is wrong here, and what would be right.",
        examples=["no index 'TOP33'; did you mean TOP3?"],
    )
    do: str = Field(
        description="What to do about this kind.",
        examples=["`near` has ids that look alike; all are at /v1/indices"],
    )
    instance: str | None = Field(
        None, description="This occurrence, in the gateway's log too; of faults of ours."
    )
    errors: list[WrongPart] | None = Field(None, description="Of `malformed`: each part.")
    near: list[str] | None = Field(
        None, description="Names that look like the unknown one, best first.", examples=[["TOP3"]]
    )
    profiles: list[str] | None = Field(None, description="Of `unknown-profile`: all there are.")


class ProblemKind(BaseModel):
    """A kind of problem."""

    kind: str = Field(examples=["unknown-index"])
    status: int = Field(examples=[404])
    title: str = Field(examples=["There is no such index"])
    do: str = Field(examples=["`near` has ids that look alike; all are at /v1/indices"])


class ApiProblem(Exception):  # noqa: N818 - it is the answer, not only an error
    """Answers a request with a problem of this kind; `do` is what to do, where more can be said
    than of the kind."""

    def __init__(
        self,
        kind: str,
        detail: str,
        *,
        do: str | None = None,
        headers: Mapping[str, str] | None = None,
        **more: object,
    ) -> None:
        super().__init__(detail)
        self.kind, self.detail, self.headers, self.more = kind, detail, headers, more
        self.do = do or KINDS[kind].do

    def response(self) -> Response:
        """The answer."""
        found = KINDS[self.kind]
        body = {
            "type": f"/v1/problems/{self.kind}",
            "title": found.title,
            "status": found.status,
            "detail": self.detail,
            "do": self.do,
            **self.more,
        }
        headers = {**(self.headers or {}), "Cache-Control": "no-store"}
        return Response(orjson.dumps(body), found.status, headers, media_type=MEDIA)


KindName = Annotated[str, Path(description="The last part of a problem's `type`.")]


def told_kind(kind: str) -> ProblemKind:
    """A kind as `/v1/problems` tells it. Raises ApiProblem."""
    if kind not in KINDS:
        detail = f"no kind of problem {kind[:60]!r}; there are {', '.join(KINDS)}"
        raise ApiProblem("unknown-problem", detail)
    status, title, do = KINDS[kind]
    return ProblemKind(kind=kind, status=status, title=title, do=do)


def described(*kinds: str) -> dict[int | str, dict[str, Any]]:
    """The `responses` of an operation that may answer with these kinds, for OpenAPI."""
    by_status: dict[int, list[str]] = {}
    for kind in dict.fromkeys((*kinds, "malformed", "failed")):
        by_status.setdefault(KINDS[kind].status, []).append(kind)
    reference = {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}
    return {
        status: {
            "description": "; ".join(f"`{kind}`: {KINDS[kind].title}" for kind in found),
            "content": {MEDIA: reference},
        }
        for status, found in sorted(by_status.items())
    }


def answer_problems(app: FastAPI) -> None:
    """Let an application answer all its errors in this form."""
    app.add_exception_handler(ApiProblem, _told)
    app.add_exception_handler(HTTPException, _of_framework)
    app.add_exception_handler(RequestValidationError, _malformed)


async def _told(_: Request, error: Exception) -> Response:
    assert isinstance(error, ApiProblem)
    return error.response()


async def _of_framework(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    kind = _OF_STATUS.get(error.status_code, "refused")
    detail = str(error.detail)
    if kind == "refused" and detail == _UNREAD:
        kind, detail = "malformed", "body: it is not JSON in UTF-8"
    elif kind == "not-found":
        detail = f"there is nothing at {request.url.path[:200]}; all addresses are at /docs"
    elif kind == "not-allowed":
        allowed = ", ".join(_methods(request))
        detail = f"{request.url.path[:200]} does not know {request.method[:20]}, but {allowed}"
        return ApiProblem(kind, detail, headers={"Allow": allowed}).response()
    return ApiProblem(kind, detail, headers=error.headers).response()


def _methods(request: Request) -> list[str]:
    """Those that an address knows: each may be a route of its own, and HEAD goes with GET."""
    known = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
    routes = request.app.routes
    found = {m for m in known if any(_knows(r, {**request.scope, "method": m}) for r in routes)}
    return [m for m in known if m in found or (m == "HEAD" and "GET" in found)]


def _knows(route: BaseRoute, scope: Scope) -> bool:
    return route.matches(scope)[0] is Match.FULL


async def _malformed(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    parts = [_part(request, found) for found in error.errors()]
    detail = "; ".join(f"{part['name']}: {part['detail']}" for part in parts)
    return ApiProblem("malformed", detail, errors=parts).response()


def _part(request: Request, error: Mapping[str, Any]) -> dict[str, str]:
    """One line that names the part and what is wrong with it."""
    where, *path = (str(step)[:60] for step in error["loc"])
    words = str(error["msg"]).removeprefix("Value error, ")
    name = ".".join(path) or where
    if error["type"] == "extra_forbidden" and where == "query":
        words = f"unknown parameter; known are {', '.join(known_parameters(request))}"
    elif error["type"] == "string_pattern_mismatch" and (about := _described(request, name)):
        words = f"{about.rstrip('.')}; not {str(error['input'])[:60]!r}"
    elif error["loc"] == ("body",) and "json" not in request.headers.get("content-type", ""):
        words = "only what is said to be JSON is read; send Content-Type: application/json"
    elif error["type"] == "json_invalid":
        name, words = "body", f"it is not JSON: {error.get('ctx', {}).get('error', words)}"
    return {"name": name, "where": where, "detail": f"{words[:1].lower()}{words[1:]}"[:400]}


def _described(request: Request, name: str) -> str:
    """What is said of a parameter, which helps more than its pattern."""
    dependant = getattr(request.scope.get("route"), "dependant", None)
    fields = [] if dependant is None else [*dependant.query_params, *dependant.path_params]
    return next((f.field_info.description or "" for f in fields if f.alias == name), "")


def known_parameters(request: Request) -> Sequence[str]:
    """The names of the query parameters that the operation at hand has."""
    route = request.scope.get("route")
    found: list[str] = []
    waiting = [dependant] if (dependant := getattr(route, "dependant", None)) else []
    while waiting:
        dependant = waiting.pop()
        for field in dependant.query_params:
            model = getattr(field.field_info, "annotation", None)
            if isinstance(model, type) and issubclass(model, BaseModel):
                found += [f.alias or name for name, f in model.model_fields.items()]
            else:
                found.append(field.alias)
        waiting += dependant.dependencies
    return list(dict.fromkeys(found))


class Faults:
    """Answers what nobody caught with a problem of kind `failed`, and logs it.

    Inside of the middleware that sets headers; the framework's own answer comes from outside of it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As an ASGI application."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def noting(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, noting)
        except Exception:
            instance = f"urn:uuid:{uuid.uuid4()}"
            log.exception("%s %s failed (%s)", scope["method"], scope["path"][:200], instance)
            if started:  # half an answer: the connection is cut
                raise
            detail = "the gateway failed to answer; its log has the reason under `instance`"
            response = ApiProblem("failed", detail, instance=instance).response()
            await response(scope, receive, send)
