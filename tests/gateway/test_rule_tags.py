"""Two who change rules of one index: `If-Match` keeps the second from undoing the first."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from engine.types import SECOND
from streams.define import defined_in
from tests.gateway.test_attention import Desk, here

__all__ = ["here"]

VOLATILITY = "windows.1d.volatility"
CALM = {"name": "stormy", "figure": VOLATILITY, "above": 1.5}


async def put(here: Desk, name: str, tag: str, **body: Any) -> httpx.Response:
    here.now += SECOND
    headers = {"If-Match": tag}
    return await here.http.put(f"/v1/rules/TOP3/{name}", json=body, headers=headers)


async def tag_of(here: Desk, rule: str) -> str:
    answer = await here.http.get(f"/v1/rules/TOP3/{rule}")
    assert (answer.status_code, answer.json()["rule"]) == (200, rule)
    return answer.headers["etag"]


async def test_a_rule_is_told_with_its_tag(here: Desk) -> None:
    listed = {r["rule"]: r for r in (await here.get("rules"))["rules"]}
    for name in ("stormy", "drawdown>=0.05", "sharpe<1.50"):
        one = await here.get(f"rules/TOP3/{name}")
        assert one == {key: listed[name][key] for key in one}
        tag = await tag_of(here, name)
        assert tag == listed[name]["etag"]
        unread = await here.http.get(f"/v1/rules/TOP3/{name}", headers={"If-None-Match": tag})
        assert unread.status_code == 304
    assert len({r["etag"] for r in listed.values()}) == len(listed) == 4
    missing = await here.http.get("/v1/rules/TOP3/storm")
    assert (missing.status_code, missing.json()["near"]) == (404, ["stormy"])


async def test_the_second_of_two_editors_undoes_nothing(here: Desk) -> None:
    tag = await tag_of(here, "stormy")  # both have read it
    first = await put(here, "stormy", tag, rule=CALM, who="ada")
    assert (first.status_code, first.json()["change"]) == (200, "changed")
    second = await put(here, "stormy", tag, rule={**CALM, "above": 0.9})
    assert (second.status_code, second.json()["type"]) == (
        *(412, "/v1/problems/changed-meanwhile"),
    )
    told = second.json()
    assert "see /v1/rules/TOP3/stormy for what it is now" in told["detail"]
    assert "TOP3 was changed last by ada (desk) at 2025-11-23T00:00:01Z" in told["detail"]
    assert "with its ETag of now in If-Match" in told["do"]
    gone = await here.http.delete("/v1/rules/TOP3/stormy", headers={"If-Match": tag})
    assert gone.status_code == 412
    (rule,) = (await defined_in(here.log)).indices["TOP3"].rules
    assert rule.limit == 1.5

    newest = await tag_of(here, "stormy")  # read again, it may be changed
    assert newest == first.json()["etag"] != tag
    third = await put(here, "stormy", newest, rule={**CALM, "above": 0.9})
    assert third.status_code == 200
    removed = await here.http.delete(
        "/v1/rules/TOP3/stormy", headers={"If-Match": f'"other", {third.json()["etag"]}'}
    )
    assert (removed.status_code, removed.json()["etag"]) == (200, None)


async def test_another_rule_of_the_index_is_no_hindrance(here: Desk) -> None:
    tag = await tag_of(here, "stormy")
    await here.post("rules", index="TOP3", drawdown=0.3)
    assert (await put(here, "stormy", tag, rule=CALM)).status_code == 200
    assert (await put(here, "drawdown>=0.30", "*", drawdown=0.4)).status_code == 200
    found = (await defined_in(here.log)).indices["TOP3"]
    assert (found.drawdown_alerts, found.rules[0].limit) == ((0.05, 0.1, 0.4), 1.5)


@pytest.mark.parametrize(
    ("rule", "tag", "status", "says"),
    [
        ("stormy", "5d46aabb", 422, "expected the ETag of the rule as it came, with its quotation"),
        ("storm", '"5d46aabb"', 404, "did you mean stormy?"),
        ("stormy", '"5d46aabb"', 412, "TOP3 was changed last by file at 2025-11-22T22:00:00Z"),
    ],
)
async def test_a_wrong_tag_says_what_to_do(
    rule: str, tag: str, status: int, says: str, here: Desk
) -> None:
    answer = await put(here, rule, tag, rule=CALM)
    assert (answer.status_code, answer.headers["content-type"]) == (
        *(status, "application/problem+json"),
    )
    assert says in answer.json()["detail"]


async def test_targets_are_added_changed_and_removed_too(here: Desk) -> None:
    added = await here.post("rules", index="TOP3", target={"figure": "max_drawdown", "value": 0.5})
    assert (added.status_code, added.json()["rule"]) == (201, "max_drawdown>0.50"), added.text
    tag = await tag_of(here, "sharpe<1.50")
    same = await put(here, "sharpe<1.50", tag, target={"figure": "sharpe", "value": 1.5})
    assert same.json()["change"] == "unchanged"
    higher = await put(here, "sharpe<1.50", tag, target={"figure": "sharpe", "value": 2.0})
    assert (higher.json()["rule"], higher.json()["was"]) == ("sharpe<2.00", "sharpe<1.50")
    found = (await defined_in(here.log)).indices["TOP3"]
    assert found.targets == (("max_drawdown", 0.5), ("sharpe", 2.0))
    here.now += SECOND
    await here.http.delete("/v1/rules/TOP3/max_drawdown>0.50")
    assert (await defined_in(here.log)).indices["TOP3"].targets == (("sharpe", 2.0),)
