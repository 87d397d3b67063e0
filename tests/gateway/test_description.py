"""`/v1/openapi.json` as an answer, and what helps who gets a request wrong."""

from __future__ import annotations

import httpx

from gateway.app import create_app
from gateway.state import State
from tests.gateway import records


async def test_the_description_is_as_other_answers() -> None:
    state = State(wall=records.wall)
    state.apply("snapshots", records.live())
    transport = httpx.ASGITransport(app=create_app(state))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
        answer = await http.get("/v1/openapi.json", headers={"Accept-Encoding": "gzip"})
        assert answer.headers["content-encoding"] == "gzip"
        tag = {"If-None-Match": answer.headers["etag"]}
        assert (await http.get("/v1/openapi.json", headers=tag)).status_code == 304
        assert answer.json()["paths"]["/v1/indices"]["get"]["tags"] == ["indices"]
        led = await http.get("/openapi.json")
        assert (led.status_code, led.headers["location"]) == (308, "/v1/openapi.json")
        refused = await http.delete("/v1/indices")
        assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD")
        unsaid = await http.post("/v1/what-if", content=b'{"index": {"assets": ["BTC"]}}')
        assert unsaid.status_code == 422
        assert unsaid.json()["detail"].endswith("send Content-Type: application/json")
        of_asset = await http.get("/v1/indices/asset:BTC/history?figures=risk.sharpe")
        assert (of_asset.status_code, of_asset.json()["detail"]) == (
            422, "figures: an asset has none, it has prices"
        )  # fmt: skip
