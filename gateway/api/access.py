"""What an operation needs of who asks.

A route that writes says so, and may ask who it was:

    @router.post("/silences", dependencies=[requires("alerts")])
    async def silence(caller: Annotated[Caller, requires("alerts")]) -> Response: ...

Reading is looked after for all routes at once, in `gateway.access.guard`, which also sets the
caller.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from gateway.access.keys import Scope
from gateway.access.policy import Access, Caller
from gateway.api.problems import ApiProblem

BEARER = HTTPBearer(
    auto_error=False,
    scheme_name="key",
    description="A key of `tidegauge keys add`: `Authorization: Bearer tg_…`",
)
"""For the description; `gateway.access.guard` reads the header."""


def caller_in(request: Request) -> Caller:
    """Who asks, as the guard found; nobody where an application runs without one."""
    found: Caller | None = request.scope.get("state", {}).get("caller")
    return found or Caller("")


def requires(scope: Scope) -> Any:
    """A dependency that refuses who has no key of this scope, and gives the `Caller`: its `name`
    is that of the key. Raises ApiProblem, `no-key` (401) or `scope` (403)."""

    def check(
        request: Request,
        _: Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)],
    ) -> Caller:
        access: Access = request.app.state.gateway.access
        return check_scope(access, caller_in(request), scope)

    return Depends(check)


def check_scope(access: Access, caller: Caller, scope: Scope) -> Caller:
    """Refuse who may not. Raises ApiProblem."""
    if caller.may(scope):
        return caller
    if caller.key is None:
        detail = f"this needs a key of the scope `{scope}`; {access.how_to(scope)}"
        raise ApiProblem("no-key", detail, headers=CHALLENGE)
    raise ApiProblem(
        "scope",
        f"this needs the scope `{scope}`; the key {caller.name!r} has `{caller.key.scope}`; "
        f"{access.how_to(scope)}",
        headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'},
    )


CHALLENGE = {"WWW-Authenticate": 'Bearer realm="tidegauge"'}
