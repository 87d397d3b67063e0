"""A kind of alerts is one file: put beside the others, it rings, and stands wherever rules and
alerts stand."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KIND = '''
"""An index that closes below the level that it began with."""

from __future__ import annotations

from collections.abc import Iterator

from engine.alerts.book import Rule
from engine.alerts.kind import AlertKind, AlertState, Close, DayVerdict
from engine.alerts.rule import BELOW, RuleSetting
from engine.index.definition import IndexDefinition

NAME = "under_base"


def _kept(definition: IndexDefinition, _: AlertState) -> list[str]:
    return [NAME]


def _close_day(close: Close, state: AlertState) -> Iterator[DayVerdict]:
    rule, base = Rule(NAME, NAME, "critical"), close.definition.base_level
    fires = close.level < base
    if fires != state.book.fires(close.definition.id, rule):
        yield DayVerdict(rule, fires, {"base": base})


def _told(definition: IndexDefinition) -> Iterator[tuple[str, RuleSetting]]:
    yield NAME, RuleSetting(NAME, "level", BELOW, definition.base_level, severity="critical")


KIND = AlertKind(frozenset({NAME}), _kept, _close_day, told=_told)
'''
SCRIPT = """
import asyncio, json, sys
import engine.alerts.kinds
engine.alerts.kinds.__path__.append(sys.argv[1])

from httpx import ASGITransport, AsyncClient
from engine.index.shard import Shard
from engine.periods import NEVER
from engine.types import DAY
from gateway.app import create_app
from gateway.state import State
from engine.alerts.matching import known_of
from tests.engine.market import Feed, define, frame
from tests.gateway.serving import served
from tests.gateway.test_stream import connected, receive

BEGIN = 19_723 * DAY
feed = Feed(Shard(every=NEVER))
table = {"assets": ["A"], "alerts": {"drawdown": [0.5]}}
definition = define("X", table, BEGIN - 1)
feed.put(definition)
for day, price in enumerate((100.0, 90.0, 80.0)):
    feed.put(frame([(BEGIN + day * DAY, {"A": price})]))
    feed.shard = Shard.load(feed.shard.dump(), NEVER)
again = define("X", table | {"alerts": {"drawdown": [0.6]}}, BEGIN + 2 * DAY)
feed.put(again)  # it is kept by a changed definition
feed.put(frame([(BEGIN + 3 * DAY, {"A": 110.0})]))
feed.put(frame([(BEGIN + 4 * DAY, {"A": 111.0})]))
alerts = feed.bodies("alerts")
state = State(wall=lambda: BEGIN + 4 * DAY)


async def shown():
    async with served(state) as port, connected(port) as socket:
        await receive(socket, "alerts")
        told = {"definition": again.definition, "sha256": "a" * 64, "now": again.now}
        state.apply("definitions", {"index": "X", **told})
        for alert in alerts:
            state.apply("alerts", alert)
        streamed = (await receive(socket, "alerts"))["alerts"]
    transport = ASGITransport(create_app(state))
    async with AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        rules = (await client.get("/v1/rules")).json()["rules"]
        episodes = (await client.get("/v1/alerts?kind=under_base")).json()["episodes"]
    return streamed, rules, episodes


streamed, rules, episodes = asyncio.run(shown())
print(json.dumps({
    "rang": [(a["rule"], a["state"], (a["at"] - BEGIN) // DAY) for a in alerts],
    "evidence": alerts[0]["evidence"],
    "streamed": [(a["kind"], a["state"]) for a in streamed],
    "rules": [(r["kind"], r["rule"], r.get("below"), r["firing"]) for r in rules],
    "matches": "under_base" in known_of("kind"),
    "episodes": [(e["kind"], e["severity"], e["open"]) for e in episodes],
}))
"""


def test_one_file_adds_a_kind_of_alerts_everywhere(tmp_path: Path) -> None:
    (tmp_path / "under_base.py").write_text(KIND)
    command = [sys.executable, "-c", SCRIPT, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["rang"] == [["under_base", "firing", 1], ["under_base", "resolved", 3]]
    assert found["evidence"] == {"base": 1000.0}
    assert found["streamed"] == [["under_base", "firing"], ["under_base", "resolved"]]
    assert found["rules"] == [
        ["drawdown", "drawdown>=0.60", None, False],
        ["under_base", "under_base", 1000.0, False],
    ]
    assert found["matches"]  # of routes and silences
    assert found["episodes"] == [["under_base", "critical", False]]
