"""What people say over REST (silences, acknowledgements, rules), and what the log has of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from engine.index.definition import parse_index
from engine.types import HOUR, SECOND
from gateway.access.keys import KeyRing, Scope, new_key
from gateway.access.policy import Access
from gateway.app import create_app
from gateway.state import State
from streams.attention import attention_in
from streams.define import define, defined_in
from streams.memory import MemoryLog
from streams.records import LogError, OutRecord
from streams.sqlite.file import SqliteLog
from streams.sqlite.log import DirectoryLog
from tests.gateway import records
from tests.gateway.records import T0
from tidegauge.serving import fill, keep_shown

TOP3 = {
    "assets": ["BTC", "ETH", "SOL"],
    "benchmarks": ["BTC"],
    "alerts": {"drawdown": [0.05, 0.1]},
    "targets": {"sharpe": 1.5},
    "rule": [{"name": "stormy", "figure": "windows.1d.volatility", "above": 1.2, "clear": 1.0}],
}
ALERTS = [
    records.alert("TOP3", 1, depth=0.05, at=T0 - HOUR),
    records.alert("TOP3", 2, depth=0.1, at=T0 - 2),
    records.alert("TOP3", 3, depth=0.2, at=T0 - 1) | {"severity": "critical"},
    records.flag_alert("TOP3", 4, at=T0),
    records.alert("TOP3", 5, depth=0.05, at=T0, state="resolved"),
]


class Desk:
    """A gateway that follows a log, and whoever asks it."""

    def __init__(self, log: Any) -> None:
        self.log, self.now = log, T0
        self.http: httpx.AsyncClient

    def wall(self) -> int:
        return self.now

    async def get(self, path: str) -> Any:
        answer = await self.http.get(f"/v1/{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, **body: Any) -> httpx.Response:
        return await self.http.post(f"/v1/{path}", json=body)

    async def silence(self, **body: Any) -> Any:
        answer = await self.post("silences", **body)
        assert answer.status_code == 201, answer.text
        return answer.json()


async def filled(log: Any) -> None:
    """Put the index and its alerts into a log."""
    await define(log, [parse_index("TOP3", TOP3)], now=T0 - 2 * HOUR, by="file")
    snapshot = records.live("TOP3", seq=8, level=880.0)
    async with log.writer() as writer:
        told = [("alerts", "alert", body) for body in ALERTS] + [
            ("snapshots", "snapshot", snapshot)
        ]
        for seq, (topic, kind, body) in enumerate(told, 1):
            row = topic, 0, "TOP3", kind, orjson.dumps(body), "shard:0", seq
            await writer.send([OutRecord(*row, body)])


@asynccontextmanager
async def desk(log: Any, scope: Scope = "admin", **parts: Any) -> AsyncIterator[Desk]:
    """A gateway over a log, and somebody with a key named desk; `parts` are for `create_app`."""
    here = Desk(log)
    state = State(wall=here.wall)
    starts = await fill(state, log)
    following = asyncio.create_task(keep_shown(state, log, starts))
    key, token = new_key("desk", scope, 1)
    app = create_app(state, log=log, access=Access(KeyRing(keys=[key])), **parts)
    transport = httpx.ASGITransport(app=app)
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://127.0.0.1", headers=headers
    ) as here.http:
        yield here
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Desk]:
    """One over a directory, opened for reading as `serve` does."""
    with SqliteLog(tmp_path / "log", role=None) as file:
        await filled(DirectoryLog(file))
    with SqliteLog(tmp_path / "log", readonly=True) as file:
        async with desk(DirectoryLog(file)) as found:
            yield found


def names(told: Any) -> list[str]:
    return [episode["rule"] for episode in told["episodes"]]


async def test_what_fires_is_told_the_worst_first_and_slow_signs_apart(here: Desk) -> None:
    told = await here.get("alerts?open=true")
    assert names(told) == ["drawdown>=0.20", "drawdown>=0.10", "weight_drift"]
    assert [e["slow"] for e in told["episodes"]] == [False, False, True]
    assert (told["open"], told["slow"]) == (3, 1)
    first = told["episodes"][0]
    assert (first["figure"], first["then"]) == ("drawdown.current", pytest.approx(0.1))
    assert first["now"]["value"] == first["now"]["drawdown"]
    assert names(await here.get("alerts")) == [
        *("weight_drift", "drawdown>=0.20", "drawdown>=0.10", "drawdown>=0.05"),
    ]
    assert names(await here.get("alerts?open=true&slow=false")) == names(told)[:2]
    page = await here.get("alerts?open=true&limit=2")
    rest = await here.get(f"alerts?open=true&limit=2&cursor={page['next']}")
    assert names(page) + names(rest) == names(told)
    assert rest["next"] is None
    whole = await here.get(f"alerts/{first['episode']}")
    assert whole == first


async def test_an_episode_is_acknowledged_and_taken_back(here: Desk) -> None:
    where = "alerts/TOP3-0.2/acknowledgement"
    answer = await here.post(where, comment="on it", who="ada")
    said = {"episode": "TOP3-0.2", "who": "ada (desk)", "comment": "on it"}
    assert (answer.status_code, answer.json()) == (201, {**said, "at": "2025-11-23T00:00:00Z"})
    first, second, _ = (await here.get("alerts?open=true"))["episodes"]
    assert (first["acknowledged"], second["acknowledged"]) == (answer.json(), None)
    in_log = (await attention_in(here.log)).acknowledged["TOP3-0.2"]
    assert (in_log.who, in_log.at) == ("ada (desk)", T0)

    await here.post("alerts/TOP3-0.1/acknowledgement")  # so that the other is not the last record
    back = await here.http.delete(f"/v1/{where}")
    assert (back.status_code, back.json()) == (200, answer.json())
    first, second, _ = (await here.get("alerts?open=true"))["episodes"]
    assert (first["acknowledged"], second["acknowledged"]["who"]) == (None, "desk")
    assert set((await attention_in(here.log)).acknowledged) == {"TOP3-0.1"}
    *_, last = [record async for record in here.log.read("acknowledgements", 0)]
    assert orjson.loads(last.value) == {
        **{"episode": "TOP3-0.2", "who": "desk", "comment": "on it", "at": T0, "withdrawn": True}
    }


async def test_alerts_are_silenced_until_it_is_over_or_ended(here: Desk) -> None:
    match = {"severity": ["critical"], "index": ["TOP*"]}
    told = await here.silence(match=match, seconds=7200, comment="upgrade")
    assert told == {
        **{"id": told["id"], "match": {"kind": [], "rule": [], **match}, "who": "desk"},
        **{"from": "2025-11-23T00:00:00Z", "until": "2025-11-23T02:00:00Z", "comment": "upgrade"},
        **{"at": "2025-11-23T00:00:00Z", "ended_by": None, "state": "active", "open": 1},
    }
    later = await here.silence(match={}, all=True, **{"from": T0 + HOUR, "until": T0 + 3 * HOUR})
    assert (later["state"], later["open"]) == ("pending", 3)
    first, second, _ = (await here.get("alerts?open=true"))["episodes"]
    assert (first["silenced"], second["silenced"]) == (told | {"open": 1}, None)
    assert [s["state"] for s in (await here.get("silences"))["silences"]] == ["active", "pending"]

    ended = await here.http.delete(f"/v1/silences/{told['id'][:6]}")
    assert (ended.status_code, ended.json()["state"]) == (200, "over")
    assert (ended.json()["ended_by"], ended.json()["until"]) == ("desk", "2025-11-23T00:00:00Z")
    assert (await here.get("alerts?open=true"))["episodes"][0]["silenced"] is None
    assert [s["id"] for s in (await here.get("silences"))["silences"]] == [later["id"]]
    assert len((await here.get("silences?past=true"))["silences"]) == 2
    in_log = (await attention_in(here.log)).silences[told["id"]]
    assert (in_log.until, in_log.who, in_log.ended_by) == (T0, "desk", "desk")


WRONG = [
    ("POST", "silences", {"match": {}, "seconds": 60}, 422, "match: say which alerts, or `all`"),
    ("POST", "silences", {"match": {}, "all": True}, 422, "until: give the end, or `seconds`"),
    (
        *("POST", "silences", {"match": {"kind": ["drawdwon"]}, "seconds": 60}, 422),
        "near: drawdown",
    ),
    (*("POST", "silences", {"match": {"colour": ["red"]}, "seconds": 60}, 422), "colour"),
    (*("POST", "silences", {"match": {}, "all": True, "until": 10**15}, 422), "before it begins"),
    ("DELETE", "silences/none", None, 404, "no silence of this id (there are 0 now)"),
    ("POST", "alerts/TOP3-9/acknowledgement", None, 404, "no episode of this id (near: TOP3-0."),
    ("POST", "alerts/TOP3-0.05/acknowledgement", None, 422, "it fires no more"),
    ("DELETE", "alerts/TOP3-0.2/acknowledgement", None, 422, "nobody has acknowledged it"),
    ("DELETE", "rules/TOP3/storm", None, 404, "TOP3 has no rule 'storm'; did you mean stormy?"),
    ("DELETE", "rules/TOP4/stormy", None, 404, "no index 'TOP4'; did you mean TOP3?"),
    ("POST", "rules", {"index": "TOP3", "drawdown": 0.1}, 409, "has a rule 'drawdown>=0.10'"),
    ("POST", "rules", {"index": "TOP3"}, 422, "give `rule`, `drawdown` or `target`"),
    (
        *("POST", "rules", {"index": "TOP3", "rule": {"figure": "risk.sharp", "below": 1}}, 422),
        "rule.figure: the index can have no figure 'risk.sharp'; did you mean risk.sharpe",
    ),
    (
        *("POST", "rules", {"index": "TOP3", "rule": {"figure": "risk.sharpe", "equals": "x"}}),
        *(422, "rule.equals: give above or below, and one alone"),
    ),
    (
        *("POST", "rules", {"index": "TOP3", "target": {"figure": "sharp", "value": 1}}, 422),
        "targets.sharp: unknown target; did you mean sharpe",
    ),
    (
        *("POST", "rules", {"index": "TOP3", "target": {"figure": "sharpe", "value": 2}}, 409),
        "TOP3 has a target of sharpe already, 'sharpe<1.50'",
    ),
    (
        "PUT",
        "rules/TOP3/stormy",
        {"rule": {"figure": "risk.sharpe", "below": 1, "for": "10 minutes"}},
        *(422, "rule.for: expected a duration such as"),
    ),
    (
        "PUT",
        "rules/TOP3/stormy",
        {"rule": {"figure": "risk.sharpe", "below": 1, "for": 90.5}},
        *(422, 'rule.for: expected whole seconds, or a duration such as "10m", got 90.5'),
    ),
    (
        *("POST", "rules"),
        {"index": "TOP3", "rule": {"name": "..", "figure": "risk.sharpe", "below": 1}},
        *(422, "rule.name: '..' has nothing but dots"),
    ),
    (
        *("POST", "silences", {"match": {}, "all": True, "seconds": 60, "comment": "a\x1b[2Jb"}),
        *(422, "the character U+001B cannot be seen"),
    ),
    (
        *("POST", "alerts/TOP3-0.1/acknowledgement", {"who": "ada\u202e"}),
        *(422, "the character U+202E cannot be seen"),
    ),
    (
        *("POST", "rules", {"index": "TOP3", "drawdown": 0.3, "who": "ada\x85"}),
        *(422, "the character U+0085 cannot be seen"),
    ),
]


@pytest.mark.parametrize(("method", "path", "body", "status", "says"), WRONG)
async def test_what_cannot_be_meant_is_a_problem(
    method: str, path: str, body: Any, status: int, says: str, here: Desk
) -> None:
    ends = await here.log.ends([("silences", 0), ("acknowledgements", 0), ("definitions", 0)])
    answer = await here.http.request(method, f"/v1/{path}", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (
        status,
        "application/problem+json",
    )
    assert says in answer.json()["detail"]
    assert await here.log.ends(ends) == ends


async def test_rules_stand_with_their_state_and_what_they_said_last(here: Desk) -> None:
    told = {rule["rule"]: rule for rule in (await here.get("rules"))["rules"]}
    assert list(told) == ["drawdown>=0.05", "drawdown>=0.10", "stormy", "sharpe<1.50"]
    first, second = told["drawdown>=0.05"], told["drawdown>=0.10"]
    assert (first["state"], first["episode"]) == ("ok", None)
    assert first["last"] == {
        **{"episode": "TOP3-0.05", "from": "2025-11-22T23:00:00Z", "to": "2025-11-23T00:00:00Z"}
    }
    assert (second["state"], second["firing"], second["episode"]) == ("firing", True, "TOP3-0.1")
    assert (second["above"], second["clear"], second["severity"]) == (0.1, 0.05, "warning")
    page = await here.get("rules?limit=3")
    rest = await here.get(f"rules?limit=3&cursor={page['next']}")
    assert [r["rule"] for r in page["rules"] + rest["rules"]] == list(told)
    assert rest["next"] is None
    asked = await here.get("rules?search=top3+VOLATILITY")
    assert [r["rule"] for r in asked["rules"]] == ["stormy"]
    stormy = told["stormy"]
    assert (stormy["state"], stormy["last"], stormy["for"]) == ("ok", None, 0.0)
    assert (told["sharpe<1.50"]["figure"], told["sharpe<1.50"]["value"]) == ("risk.sharpe", 1.27)


async def test_a_rule_is_added_changed_and_removed_while_it_runs(here: Desk) -> None:
    rule = {"figure": "returns.1h", "below": -0.05, "for": "10m", "cooldown": 3600}
    answer = await here.post("rules", index="TOP3", rule=rule, who="ada")
    assert answer.status_code == 201, answer.text
    told = answer.json()
    name = "returns.1h<=-0.05"
    assert (told["rule"], told["was"], told["change"]) == (name, None, "added")
    found = (await defined_in(here.log)).indices["TOP3"]
    assert [r.name for r in found.rules] == ["stormy", name]
    assert (found.rules[1].hold, found.rules[1].cooldown) == (600 * SECOND, HOUR)
    assert told["sha256"] == found.digest()
    *_, last = [record async for record in here.log.read("definitions", 0)]
    body = orjson.loads(last.value)
    assert (body["by"], body["now"]) == ("ada (desk)", T0)
    shown = {r["rule"]: r for r in (await here.get("rules?index=TOP3"))["rules"]}
    assert (shown[name]["below"], shown[name]["for"], shown[name]["cooldown"]) == (-0.05, 600, 3600)

    changed = {"name": "calm", "figure": "windows.1d.volatility", "below": 0.1}
    here.now += SECOND
    put = await here.http.put("/v1/rules/TOP3/stormy", json={"rule": changed})
    assert (put.status_code, put.json()["rule"], put.json()["was"]) == (200, "calm", "stormy")
    here.now += SECOND
    same = await here.http.put("/v1/rules/TOP3/calm", json={"rule": changed})
    assert same.json()["change"] == "unchanged"
    for gone in ("drawdown>=0.05", "sharpe<1.50", name):
        here.now += SECOND
        removed = await here.http.delete(f"/v1/rules/TOP3/{gone}")
        assert (removed.status_code, removed.json()["change"]) == (200, "removed"), removed.text
    here.now += SECOND
    await here.post("rules", index="TOP3", drawdown=0.3)
    found = (await defined_in(here.log)).indices["TOP3"]
    assert (found.drawdown_alerts, found.targets) == ((0.1, 0.3), ())
    assert [r.name for r in found.rules] == ["calm"]
    assert [r["rule"] for r in (await here.get("rules"))["rules"]] == [
        *("drawdown>=0.10", "drawdown>=0.30", "calm")
    ]


class ReadOnly(MemoryLog):
    """Where the broker lets nobody write, as its ACL has it."""

    shut = False

    def writer(self, *, patience: float | None = None) -> Any:
        if self.shut:
            raise LogError("kafka: not allowed to write to silences; ask for the ACL Write")
        return super().writer(patience=patience)


async def test_a_log_that_may_only_be_read_is_one_sentence() -> None:
    log = ReadOnly()
    await filled(log)
    log.shut = True
    async with desk(log) as here:
        for answer in (
            await here.post("silences", match={}, all=True, seconds=60),
            await here.post("alerts/TOP3-0.2/acknowledgement"),
            await here.post("rules", index="TOP3", drawdown=0.3),
        ):
            assert (answer.status_code, answer.json()["type"]) == (503, "/v1/problems/unwritable")
            assert answer.json()["detail"].startswith("kafka: not allowed to write to silences")


async def test_without_the_scope_nothing_is_written() -> None:
    log = MemoryLog()
    await filled(log)
    calls = [
        *(("POST", "silences", "alerts"), ("DELETE", "silences/none", "alerts")),
        *(("POST", "alerts/TOP3-0.2/acknowledgement", "alerts"), ("POST", "rules", "admin")),
        *(("DELETE", "alerts/TOP3-0.2/acknowledgement", "alerts"),),
        *(("PUT", "rules/TOP3/stormy", "admin"), ("DELETE", "rules/TOP3/stormy", "admin")),
    ]
    async with desk(log, "read") as reader, desk(log, "alerts") as speaker:
        for method, path, needs in calls:
            refused = await reader.http.request(method, f"/v1/{path}", json={})
            assert (refused.status_code, refused.json()["type"]) == (403, "/v1/problems/scope")
            assert f"`{needs}`" in refused.json()["detail"]
            told = await speaker.http.request(method, f"/v1/{path}", json={})
            assert (told.status_code == 403) == (needs == "admin"), (method, path)
            del reader.http.headers["Authorization"]
            keyless = await reader.http.request(method, f"/v1/{path}", json={})
            assert (keyless.status_code, keyless.json()["type"]) == (401, "/v1/problems/no-key")
            reader.http.headers["Authorization"] = refused.request.headers["Authorization"]
    assert [r.key async for r in log.read("definitions", 0)] == ["TOP3"]
    assert (await attention_in(log)).silences == {}
