"""What happens to coins, as one index's composition tells it."""

from __future__ import annotations

import httpx

from engine.records import AssetRecord
from engine.types import DAY
from gateway.app import create_app
from gateway.coins import Coins
from gateway.state import State
from tests.gateway import records
from tests.gateway.records import T0


def coin(asset: str, *events: tuple[int, str | None, float]) -> AssetRecord:
    told = [{"at": at, "becomes": becomes, "ratio": ratio} for at, becomes, ratio in events]
    return AssetRecord(T0, "live", asset, {"event": told, "exclude": []})


def test_a_coin_is_followed_through_its_names() -> None:
    coins = Coins()
    coins.take(coin("OLD", (1, "MATIC", 2.0)))
    coins.take(coin("MATIC", (5, "POL", 1.0), (3, None, 10.0)))
    coins.take(coin("LUNA", (4, None, 1000.0)))
    of_matic = [(1, "OLD", "MATIC", 2.0), (3, "MATIC", None, 10.0), (5, "MATIC", "POL", 1.0)]
    for name in ("OLD", "MATIC", "POL"):
        found = [tuple(event.values()) for event in coins.events([name, "BTC"])]
        assert found == of_matic, name
    assert coins.events(["BTC"]) == []
    coins.take(coin("MATIC"))  # a newer record is all there is to say of it
    assert [event["at"] for event in coins.events(["MATIC", "LUNA"])] == [1, 4]


async def test_a_composition_tells_what_happens_to_its_coins() -> None:
    state = State(wall=records.wall)
    state.apply("definitions", records.definition("TOP3"))
    state.coins.take(coin("BTC", (T0 + DAY, None, 1000.0)))
    state.coins.take(coin("MATIC", (T0, "POL", 1.0)))
    transport = httpx.ASGITransport(app=create_app(state))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
        body = (await http.get("/v1/indices/TOP3/composition")).json()
    event = {"at": "2025-11-24T00:00:00Z", "asset": "BTC", "becomes": None, "ratio": 1000.0}
    assert body["events"] == [event]
