"""`/v1/session` and `/login`: a browser shows its key once, and has a cookie from there on."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from html import escape
from typing import Annotated
from urllib.parse import parse_qs

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field

from gateway.access.guard import host_of
from gateway.access.keys import Scope
from gateway.access.sessions import LONGEST_SECONDS, NotKept, cookie_name
from gateway.api.access import CHALLENGE, caller_in
from gateway.api.context import Gateway, Served
from gateway.api.problems import ApiProblem, described
from gateway.api.reply import Replying

router = APIRouter(prefix="/v1/session", tags=["session"])
login = APIRouter()

FORM = "application/x-www-form-urlencoded"
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:34em;margin:4em auto;padding:0 1em}"
    "input{font:inherit;width:100%;box-sizing:border-box;padding:.4em}"
    "button{font:inherit;margin-top:1em;padding:.4em 1em}"
    "@media(prefers-color-scheme:dark){body{background:#111;color:#ddd}"
    "input,button{background:#222;color:#ddd;border:1px solid #555}a{color:#8bf}}"
)
_PAGE = f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>tidegauge: log in</title><style>{_STYLE}</style>
<h1>tidegauge</h1>
<p>SAID</p>
<form method="post" action="/v1/session">
<label for="key">Key</label>
<input id="key" name="key" type="password" autocomplete="current-password" required autofocus>
<button>Log in</button>
</form>
<p><a href="/">To the page</a></p>
</html>
"""
_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    # With `no-referrer`, as elsewhere, a browser says `Origin: null` of every form.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class SessionModel(BaseModel):
    """Who is logged in, or whose key it is."""

    name: str = Field(description="Of the key; empty without one.", examples=["dashboard"])
    scope: Scope | None = Field(
        description="What it is good for: each scope may what those before it may; null without a "
        "key, who may look where the gateway is reached over loopback alone.",
        examples=["alerts"],
    )


class KeyShown(BaseModel):
    """A key, to begin a session with."""

    model_config = ConfigDict(extra="forbid")

    key: Annotated[str, Field(max_length=200, examples=["tg_…"])]


@router.get("", response_model=SessionModel, responses=described())
async def session(request: Request, reply: Replying) -> Response:
    """Who asks, as the gateway sees it: what a page may offer."""
    key = caller_in(request).key
    return await reply.json({"name": key.name if key else "", "scope": key.scope if key else None})


@router.post(
    "",
    status_code=201,
    response_model=SessionModel,
    responses=described("too-large"),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": KeyShown.model_json_schema()}},
        }
    },
)
async def begin(request: Request, gateway: Served) -> Response:
    """Begin a session with a key: the answer sets a cookie that no script can read. The form of
    /login sends it as a form, and is sent on to the page."""
    body = await request.body()
    form = request.headers.get("content-type", "").split(";")[0].strip().lower() == FORM
    key = gateway.access.keys.find(_key_in(body, form))
    if key is None:
        if form:
            return _page("This key is none of ours, or is valid no more.", 401)
        raise ApiProblem("bad-key", "no key like this is valid here", headers=CHALLENGE)
    answer = Response(
        orjson.dumps({"name": key.name, "scope": key.scope}),
        201,
        media_type="application/json",
    )
    if form:
        answer = Response(status_code=303, headers={"Location": "/"})
    _set_cookie(request, answer, gateway, gateway.access.sessions.begin(key.id))
    return answer


@router.delete("", status_code=204, responses=described("unwritable"))
async def end(request: Request, gateway: Served) -> Response:
    """End the session."""
    try:
        gateway.access.sessions.end(caller_in(request).cookie)
    except NotKept:
        said = "the session has ended in this gateway alone: its file cannot be written"
        raise ApiProblem("unwritable", said) from None
    answer = Response(status_code=204)
    answer.delete_cookie(_name(request), path="/")
    return answer


@login.get("/login", include_in_schema=False)
async def page(gateway: Served) -> Response:
    """Where a key is asked for."""
    how = escape(gateway.access.how.replace("{scope}", "read"))
    return _page(f"This gateway asks for a key. Whoever runs it makes one with <code>{how}</code>.")


def _page(said: str, status: int = 200) -> Response:
    return HTMLResponse(_PAGE.replace("SAID", said), status, _HEADERS)


def _key_in(body: bytes, form: bool) -> str:
    """The key of a body. Raises ApiProblem."""
    try:
        if form:
            return parse_qs(body.decode("ascii"), max_num_fields=4).get("key", [""])[0].strip()
        return KeyShown.model_validate_json(body, strict=True).key
    except ValueError:
        part = {"name": "key", "where": "body", "detail": 'as in {"key": "tg_…"}'}
        raise ApiProblem("malformed", "body: no key is in it", errors=[part]) from None


def _name(request: Request) -> str:
    host = host_of(request.scope)
    return cookie_name(host.port if host else None)


def _set_cookie(request: Request, answer: Response, gateway: Gateway, value: str) -> None:
    answer.set_cookie(
        _name(request),
        value,
        max_age=int(LONGEST_SECONDS),
        path="/",
        secure=request.scope["scheme"] == "https",
        httponly=True,
        samesite="strict",
    )
