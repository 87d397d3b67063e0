"""`POST /v1/rules/backtest`: what the command says, and what it refuses."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from engine.index.definition import parse_index
from engine.index.shard import Shard
from engine.pricing.pricer import Pricer
from gateway.app import create_app
from gateway.state import State
from gateway.trials import RuleTrials
from streams.sqlite.driver import LocalDriver
from streams.sqlite.file import SqliteLog
from tests.ports import define
from tidegauge.trying import trials_over

EPISODE = {
    **{"index": "X", "rule": "level<=1", "kind": "rule", "severity": "warning"},
    **{"at": 1_700_000_000_000_000_000, "to": None, "seconds": None, "value": 0.5},
    **{"worst": 0.4, "level": 0.5, "after": {"1d": None}},
}
SAYS = """
import json, sys
if "--at-most=3" in sys.argv:
    print("Error: rule: no such figure", file=sys.stderr)
    sys.exit(2)
episodes = [json.loads(sys.argv[1])]
said = {"fired": 1, "threshold": None, "since": 1_600_000_000 * 10**9, "until": None}
print(json.dumps({**said, "episodes": episodes, "rule": sys.argv[-1]}))
"""


async def post(body: dict[str, Any], trials: RuleTrials | None) -> httpx.Response:
    transport = httpx.ASGITransport(app=create_app(State(), trials=trials))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        return await client.post("/v1/rules/backtest", json=body)


@pytest.fixture
def trials() -> RuleTrials:
    return RuleTrials([sys.executable, "-c", SAYS, json.dumps(EPISODE)])


async def test_a_rule_is_tried(trials: RuleTrials) -> None:
    answer = await post({"rule": "--level below 1"}, trials)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["fired"], told["rule"]) == (1, "--level below 1")
    assert told["episodes"][0]["at"] == "2023-11-14T22:13:20Z"
    assert (told["since"], told["until"]) == ("2020-09-13T12:26:40Z", None)


async def test_what_is_wrong_is_said(trials: RuleTrials) -> None:
    refused = await post({"rule": "x", "at_most": 3}, trials)
    assert (refused.status_code, refused.json()["detail"]) == (422, "rule: no such figure")
    assert refused.json()["type"] == "/v1/problems/bad-definition"
    assert (await post({"rule": "x", "index": ["NONE"]}, trials)).status_code == 404
    assert (await post({"rule": ""}, trials)).status_code == 422
    assert (await post({"rule": "x"}, None)).status_code == 404


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("rule.below: for index X: no number", "bad-definition"),
        ("--at-most: each partition would get a limit of its own", "unfit"),
        ("/srv/log: a later version has worked on it", "unreadable"),
    ],
)
async def test_only_what_is_wrong_with_the_rule_is_a_wrong_definition(said: str, kind: str) -> None:
    fails = f"import sys; print({f'Error: {said}'!r}, file=sys.stderr); sys.exit(2)"
    refused = await post({"rule": "x"}, RuleTrials([sys.executable, "-c", fails]))
    assert (refused.json()["type"], refused.json()["detail"]) == (f"/v1/problems/{kind}", said)


@pytest.mark.parametrize(
    ("rule", "detail"),
    [
        ("foo.bar below 1", "rule.figure: for index X: "),
        ("drawdown>=2", "rule.figure: for index X: "),
        ("level below nan", "rule.below: for index X: "),
        ("level beneath 1", "rule: expected a rule such as "),
    ],
)
async def test_a_rule_that_no_index_can_have_is_a_wrong_definition(
    tmp_path: Path, rule: str, detail: str
) -> None:
    """By the command itself, over a log: the engine meets the rule with the first definition."""
    with SqliteLog(tmp_path, role=None) as log:
        driver = LocalDriver(log, Pricer, Shard, lambda: 1)
        driver.start()
        define(driver, [parse_index("X", {"assets": ["BTC"]})])
    answer = await post({"rule": rule}, trials_over(str(tmp_path)))
    assert answer.status_code == 422, answer.text
    told = answer.json()
    assert told["type"] == "/v1/problems/bad-definition"
    assert told["detail"].startswith(detail), told
