"""Statuses that age by the wall clock where the log stands still or is read late; virtual time."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from engine.types import DAY, SECOND
from gateway.ageing import aged
from gateway.app import create_app
from gateway.messages import Subscribe, View
from gateway.state import State
from gateway.subscription import subscribe
from tests.gateway import records
from tests.gateway.records import T0


class Wall:
    """A wall clock that is set by hand."""

    def __init__(self) -> None:
        self.now = T0

    def __call__(self) -> int:
        return self.now

    def shows(self, seconds: float) -> None:
        """Seconds since T0."""
        self.now = T0 + round(seconds * SECOND)


@pytest.mark.parametrize(
    ("published", "age", "lag", "told"),
    [
        ("live", 2.0, 2.0, "live"),
        ("live", 2.001, 2.001, "degraded"),
        ("live", 9.0, 0.1, "live"),
        ("degraded", 0.1, 0.1, "degraded"),
        ("live", 10.0, 10.0, "degraded"),
        ("live", 10.001, 0.0, "stale"),
        ("degraded", 11.0, 11.0, "stale"),
        ("stale", 0.1, 0.1, "stale"),
        ("warming", 999.0, 999.0, "warming"),
        (None, 999.0, 999.0, None),
        ("live", -3600.0, -3600.0, "live"),
    ],
)
def test_what_is_told(published: str | None, age: float, lag: float, told: str | None) -> None:
    assert aged(published, round(age * SECOND), round(lag * SECOND)) == told


async def told(state: State) -> dict[str, Any]:
    """The statuses of index A wherever one can ask for them."""
    transport = httpx.ASGITransport(app=create_app(state))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
        rows = (await http.get("/v1/indices")).json()["indices"]
        one = (await http.get("/v1/indices/A")).json()
        ready = (await http.get("/readyz")).json()
    status = next(row["status"] for row in rows if row["index"] == "A")
    assert one["row"]["status"] == one["snapshot"]["status"] == status
    return {"status": status, "indices": ready["indices"]}


async def test_a_log_that_stands_still_is_degraded_then_stale_and_comes_back() -> None:
    wall = Wall()
    state = State(wall=wall)
    state.apply("snapshots", records.live("A"))
    for seconds, status in ((0, "live"), (2, "live"), (3, "degraded"), (11, "stale")):
        wall.shows(seconds)
        assert await told(state) == {"status": status, "indices": {status: 1}}
    state.apply("levels", records.level("A", seq=2, at=T0 + 11 * SECOND))
    assert (await told(state))["status"] == "live"
    assert state.entry("A").snapshot["status"] == "live"  # type: ignore[union-attr, index]


async def test_what_is_read_late_is_degraded_until_the_reader_has_caught_up() -> None:
    wall = Wall()
    wall.shows(5.0)
    state = State(wall=wall)
    state.apply("snapshots", records.live("A", seq=1, as_of=T0))
    assert (await told(state))["status"] == "degraded"
    state.apply("snapshots", records.live("A", seq=2, as_of=T0 + 4 * SECOND))
    assert (await told(state))["status"] == "live"


async def test_an_index_whose_records_stop_is_stale_while_others_go_on() -> None:
    wall = Wall()
    state = State(wall=wall)
    state.apply("snapshots", records.live("A"))
    for second in range(12):
        wall.shows(second)
        state.apply("snapshots", records.live("B", seq=second, as_of=wall()))
    assert await told(state) == {"status": "stale", "indices": {"stale": 1, "live": 1}}


@pytest.mark.parametrize("view", ["rows", "snapshots"])
def test_the_stream_tells_when_an_index_ages_and_when_it_is_live_again(view: View) -> None:
    wall = Wall()
    state = State(wall=wall)
    with subscribe(state) as subscription:
        assert len(list(subscription.take(Subscribe(view=view)))) in (1, 2)
        state.apply("snapshots", records.live("A"))
        list(subscription.collect())
        assert list(subscription.collect()) == []

        def told() -> tuple[str, str, int]:
            (message,) = subscription.collect()
            body = json.loads(message.text)
            (found,) = body[body["type"]]
            return found["index"], found.get("sections", found)["status"], found["seq"]

        for seconds, status in ((3.0, "degraded"), (11.0, "stale")):
            wall.shows(seconds)
            assert told() == ("A", status, 1)
            assert list(subscription.collect()) == []
        state.apply("levels", records.level("A", seq=2, at=wall()))
        assert told() == ("A", "live", 1)


async def test_composition_by_itself() -> None:
    state = State(wall=records.wall)
    state.apply("snapshots", records.live("A", seq=7))
    state.apply("definitions", records.definition("NEW"))
    transport = httpx.ASGITransport(app=create_app(state))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
        found = (await http.get("/v1/indices/A/composition")).json()
        nothing = (await http.get("/v1/indices/NEW/composition")).json()
        unknown = await http.get("/v1/indices/AA/composition")
    assert (found["index"], found["seq"], found["as_of"]) == ("A", 7, "2025-11-23T00:00:00Z")
    assert found["composition"]["rebalanced_at"] == "2025-11-03T00:00:00Z"
    assert found["composition"]["assets"]["BTC"]["weight"] == 0.64
    assert found["undefined"] == {"composition.assets.PEPE.return_today": "no_price"}
    assert (nothing["seq"], nothing["composition"]) == (None, None)
    assert (unknown.status_code, unknown.json()["near"]) == (404, ["A"])


async def test_composition_at_the_last_rebalances() -> None:
    state = State(wall=records.wall)
    for seq in range(30):  # a rebalance every other snapshot
        body = records.live("A", seq=seq, as_of=T0 + seq * SECOND)
        at = T0 - DAY + seq // 2 * SECOND
        body["composition"] = {**body["composition"], "rebalanced_at": at}
        state.apply("snapshots", body)
    broken = records.live("A", seq=30)
    state.apply("snapshots", broken | {"composition": {"rebalanced_at": "today", "assets": []}})
    assert state.dropped["snapshots", "malformed"] == 1
    transport = httpx.ASGITransport(app=create_app(state))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
        found = (await http.get("/v1/indices/A/composition")).json()
    told = found["rebalances"]
    assert [each["rebalanced_at"][-3:] for each in told] == [f"{s:02d}Z" for s in range(14, 2, -1)]
    assert (told[0]["rebalanced_at"], told[0]["as_of"]) == (
        "2025-11-22T00:00:14Z",
        "2025-11-23T00:00:28Z",
    )
    eth = {"weight": 0.3, "price": 3012.4, "contribution_today": 0.0073, "contribution": 0.0}
    assert told[0]["assets"]["ETH"] == eth
