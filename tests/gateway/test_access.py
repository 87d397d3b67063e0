"""Scopes of routes, sessions, and who is told what: over the application itself."""

from __future__ import annotations

import time
from typing import Annotated

import httpx
import pytest
from fastapi import FastAPI

from gateway.access.keys import Key, KeyRing, Scope, new_key
from gateway.access.names import origin
from gateway.access.policy import Access, Caller
from gateway.access.rates import Rates
from gateway.api.access import requires
from gateway.app import create_app
from gateway.state import State
from tests.gateway import records

OWN = "http://127.0.0.1:8321"


def app_with(access: Access) -> FastAPI:
    """A gateway with routes that write."""
    app = create_app(State(wall=records.wall), access=access)

    @app.post("/v1/try/alerts")
    async def alerts(caller: Annotated[Caller, requires("alerts")]) -> str:
        return caller.name

    @app.post("/v1/try/admin", dependencies=[requires("admin")])
    async def admin() -> str:
        return "done"

    return app


def asking(access: Access, **options: object) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app_with(access), client=("127.0.0.1", 9))
    return httpx.AsyncClient(transport=transport, base_url=OWN, **options)  # type: ignore[arg-type]


def keys(*scopes: Scope) -> tuple[list[Key], dict[str, dict[str, str]]]:
    """Keys, and by scope the header of each."""
    made = [new_key(f"of-{scope}", scope, time.time_ns()) for scope in scopes]
    headers = {key.scope: {"Authorization": f"Bearer {token}"} for key, token in made}
    return [key for key, _ in made], headers


async def test_what_writes_needs_its_scope_on_loopback_too() -> None:
    made, headers = keys("read", "alerts", "admin")
    async with asking(Access(KeyRing(keys=made))) as http:
        assert (await http.get("/v1/indices")).status_code == 200
        for path, least in (("/v1/try/alerts", 1), ("/v1/try/admin", 2)):
            answer = await http.post(path)
            assert (answer.status_code, answer.json()["type"]) == (401, "/v1/problems/no-key")
            scope = path.rsplit("/", 1)[1]
            assert f"tidegauge keys add NAME --scope {scope}" in answer.json()["detail"]
            assert answer.headers["www-authenticate"] == 'Bearer realm="tidegauge"'
            for rank, held in enumerate(headers):
                answer = await http.post(path, headers=headers[held])
                assert answer.status_code == (200 if rank >= least else 403), (path, held)
                if rank < least:
                    assert answer.json()["type"] == "/v1/problems/scope"
                    assert f'scope="{scope}"' in answer.headers["www-authenticate"]
        answer = await http.post("/v1/try/alerts", headers=headers["alerts"])
        assert answer.json() == "of-alerts"


async def test_a_route_that_writes_says_so_in_the_description() -> None:
    paths = app_with(Access()).openapi()["paths"]
    assert paths["/v1/try/admin"]["post"]["security"] == [{"key": []}, {"session": []}]
    assert paths["/v1/indices"]["get"]["security"] == [{}, {"key": []}, {"session": []}]
    for item in paths.values():
        for operation in item.values():
            assert {"401", "403", "421", "429"} <= operation["responses"].keys()


async def test_beyond_loopback_everything_but_the_door_needs_a_key() -> None:
    made, headers = keys("read")
    access = Access(KeyRing(keys=made), open_reading=False)
    async with asking(access, headers={"Accept": "text/html"}) as http:
        for path in ("/v1/indices", "/v1/events", "/metrics", "/v1/openapi.json", "/assets/app.js"):
            answer = await http.get(path)
            assert (answer.status_code, answer.json()["type"]) == (401, "/v1/problems/no-key")
        for path in ("/", "/docs"):
            answer = await http.get(path)
            assert (answer.status_code, answer.headers["location"]) == (303, "/login")
        for path in ("/healthz", "/login", "/v1/session"):
            assert (await http.get(path)).status_code == 200
        assert (
            await http.get("/v1/indices", headers={**headers["read"], "Accept": "*/*"})
        ).status_code == 200


async def test_a_browser_shows_its_key_once() -> None:
    made, headers = keys("alerts")
    token = headers["alerts"]["Authorization"].removeprefix("Bearer ")
    access = Access(KeyRing(keys=made), open_reading=False)
    async with asking(access) as http:
        answer = await http.post("/v1/session", data={"key": token}, headers={"Origin": OWN})
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("tidegauge-8321=")
        for word in ("HttpOnly", "SameSite=strict", "Path=/", "Max-Age=2592000"):
            assert word in cookie
        assert token not in cookie
        assert (await http.get("/v1/session")).json() == {"name": "of-alerts", "scope": "alerts"}
        # Pages of other ports are the same site, so their browser sends the cookie, too.
        for origin, status in ((OWN, 200), ("http://127.0.0.1:3000", 403), ("null", 403)):
            answer = await http.post("/v1/try/alerts", headers={"Origin": origin})
            assert answer.status_code == status, origin
        answer = await http.post("/v1/try/alerts")  # a browser says where its page is from
        assert (answer.status_code, answer.json()["type"]) == (403, "/v1/problems/foreign-origin")
        assert (await http.delete("/v1/session", headers={"Origin": OWN})).status_code == 204
        http.cookies.set("tidegauge-8321", cookie.split("=")[1].split(";")[0])
        assert (await http.get("/v1/indices")).status_code == 401


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"key": 5}', b"null", b"\xff", b"key=%ff", b'{"key":"","x":1}']
)
async def test_what_is_no_key_begins_no_session(body: bytes) -> None:
    async with asking(Access()) as http:
        for media in ("application/json", "application/x-www-form-urlencoded", "text/plain"):
            answer = await http.post("/v1/session", content=body, headers={"Content-Type": media})
            assert answer.status_code in (401, 422), answer.text
            assert "set-cookie" not in answer.headers
        answer = await http.post("/v1/session", content=b" " * 300_000)
        assert answer.status_code == 413


async def test_what_is_left_of_the_quota_is_told_and_nothing_beyond_it_answered() -> None:
    now = [0.0]
    made, headers = keys("read")
    access = Access(KeyRing(keys=made), rates=Rates(3, 0.5, near=1.0, clock=lambda: now[0]))
    async with asking(access) as http:
        told = [(await http.get("/v1/indices")).headers for _ in range(3)]
        assert [h["ratelimit-remaining"] for h in told] == ["2", "1", "0"]
        assert [h["ratelimit-reset"] for h in told] == ["2", "4", "6"]
        assert {h["ratelimit-limit"] for h in told} == {"3"}
        answer = await http.get("/v1/indices")
        assert (answer.status_code, answer.json()["type"]) == (429, "/v1/problems/too-often")
        assert answer.headers["retry-after"] == "2"
        assert answer.headers["ratelimit-remaining"] == "0"
        # A key has a quota of its own.
        assert (await http.get("/v1/indices", headers=headers["read"])).status_code == 200
        now[0] = 2.0
        assert (await http.get("/v1/indices")).status_code == 200
        assert access.refused["too-often"] == 1


async def test_pages_of_a_named_origin_may_ask_and_read() -> None:
    named = origin("https://dash.example")
    assert named is not None
    made, headers = keys("alerts")
    access = Access(KeyRing(keys=made), origins=frozenset({named}))
    async with asking(access) as http:
        asks = {"Access-Control-Request-Method": "POST"}
        answer = await http.options("/v1/try/alerts", headers={**asks, "Origin": str(named)})
        assert answer.status_code == 204
        assert answer.headers["access-control-allow-origin"] == "https://dash.example"
        exposed = answer.headers["access-control-expose-headers"].split(", ")
        assert {"ETag", "Tidegauge-Missing"} <= set(exposed)
        assert "Authorization" in answer.headers["access-control-allow-headers"]
        assert "access-control-allow-credentials" not in answer.headers
        post = await http.post(
            "/v1/try/alerts", headers={**headers["alerts"], "Origin": str(named)}
        )
        assert post.headers["access-control-allow-origin"] == "https://dash.example"
        assert post.headers["vary"] == "Origin"
        for other in ("https://dash.example.evil", "http://dash.example", "null"):
            answer = await http.options("/v1/try/alerts", headers={**asks, "Origin": other})
            assert answer.status_code == 405
            assert "access-control-allow-origin" not in answer.headers
            assert (await http.post("/v1/try/alerts", headers={"Origin": other})).status_code == 403


async def test_the_cookie_is_for_the_own_pages_alone_though_another_origin_is_named() -> None:
    named = origin("https://dash.example")
    assert named is not None
    key, token = new_key("of-alerts", "alerts", time.time_ns())
    access = Access(KeyRing(keys=[key]), origins=frozenset({named}))
    foreign = {"Origin": str(named)}
    async with asking(access) as http:
        begun = await http.post("/v1/session", json={"key": token}, headers=foreign)
        assert (begun.status_code, "set-cookie" in begun.headers) == (403, False)
        begun = await http.post("/v1/session", json={"key": token}, headers={"Origin": OWN})
        assert begun.status_code == 201
        assert (await http.post("/v1/try/alerts", headers={"Origin": OWN})).json() == "of-alerts"
        for ask in (
            http.post("/v1/try/alerts", headers=foreign),
            http.get("/v1/events", headers=foreign),
            http.delete("/v1/session", headers=foreign),
        ):
            answer = await ask
            assert (answer.status_code, answer.json()["type"]) == (
                403,
                "/v1/problems/foreign-origin",
            )
            assert f"it must be {OWN}; others send a key" in answer.json()["detail"]
        bearer = {**foreign, "Authorization": f"Bearer {token}"}
        assert (await http.post("/v1/try/alerts", headers=bearer)).json() == "of-alerts"
