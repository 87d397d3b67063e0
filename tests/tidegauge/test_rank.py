"""`tidegauge rank` over replayed snapshots and over a log, and the same ranking from the API."""

from __future__ import annotations

import asyncio
import json
import random
from pathlib import Path
from typing import Any

import httpx
import pytest

from engine.profiles import PROFILES, rank
from gateway.app import create_app
from gateway.state import State
from tests.tidegauge.command import one_line, run
from tidegauge.rank import state_of_file

INDICES = """
[index.STEADY]
weights = { CALM = 1.0 }
benchmarks = ["CALM"]
[index.WILD]
weights = { STORM = 1.0 }
benchmarks = ["CALM"]
[index.BOTH]
assets = ["CALM", "STORM"]
rebalance = "monthly"
benchmarks = ["CALM"]
"""


@pytest.fixture
def replayed(tmp_path: Path) -> Path:
    """Snapshots of 400 days: one asset rises calmly, the other falls wildly."""
    rng = random.Random(5)
    calm = storm = 100.0
    lines = ["ts,asset,price"]
    for day in range(400):
        calm *= 1.002 + rng.gauss(0.0, 0.005)
        storm *= 0.999 + rng.gauss(0.0, 0.05)
        at = 1_700_006_400 * 10**9 + day * 86_400 * 10**9
        lines += [f"{at},CALM,{calm!r}", f"{at},STORM,{storm!r}"]
    prices, indices = tmp_path / "prices.csv", tmp_path / "indices.toml"
    prices.write_text("\n".join(lines) + "\n")
    indices.write_text(INDICES)
    out = tmp_path / "out.jsonl"
    result = run("replay", prices, "--indices", indices, "--every", "30d", "--out", out)
    assert result.returncode == 0, result.stderr
    return out


def ranked(result: Any) -> list[dict[str, Any]]:
    assert result.returncode == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def newest_of(text: str) -> dict[str, dict[str, Any]]:
    return {snapshot["index"]: snapshot for snapshot in map(json.loads, text.splitlines())}


async def test_command_and_api_say_the_same(replayed: Path) -> None:
    newest = newest_of(await asyncio.to_thread(replayed.read_text))
    assert set(newest) == {"STEADY", "WILD", "BOTH"}
    app = create_app(state_of_file(replayed))
    transport = httpx.ASGITransport(app=app)
    for name, profile in PROFILES.items():
        rows = ranked(run("rank", "--profile", name, "--from", replayed))
        assert [row["index"] for row in rows] == ["STEADY", "BOTH", "WILD"]
        expected = rank(profile, newest)
        assert [row["score"] for row in rows] == [row["score"] for row in expected]
        assert [row["contributions"] for row in rows] == [r["contributions"] for r in expected]
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
            answer = await http.get("/v1/rank", params={"profile": name})
        body = answer.json()
        assert body["profile"]["name"] == name
        assert [r["score"] for r in body["ranking"]] == [r["score"] for r in rows]


def test_a_log_is_ranked_as_its_snapshots_are(tmp_path: Path, replayed: Path) -> None:
    log, prices, indices = tmp_path / "log", tmp_path / "prices.csv", tmp_path / "indices.toml"
    assert run("define", indices, "--log", log).returncode == 0
    assert run("backfill", prices, "--log", log).returncode == 0
    result = run("replay", "--log", log)
    newest = newest_of(result.stdout)
    rows = ranked(run("rank", "--profile", "balanced", "--log", log))
    assert [row["index"] for row in rows] == ["STEADY", "BOTH", "WILD"]
    scores = [row["score"] for row in rank(PROFILES["balanced"], newest)]
    assert [row["score"] for row in rows] == pytest.approx(scores)


def test_errors(tmp_path: Path, replayed: Path) -> None:
    line = one_line(run("rank", "--profile", "bold", "--from", replayed), 2)
    assert "unknown profile 'bold'; there are: conservative, balanced, aggressive" in line
    absent = tmp_path / "absent.jsonl"
    assert str(absent) in one_line(run("rank", "--profile", "balanced", "--from", absent), 2)
    empty = tmp_path / "empty.jsonl"
    empty.write_text("")
    line = one_line(run("rank", "--profile", "balanced", "--from", empty), 1)
    assert "there is no snapshot to rank yet" in line
    # A bad line is named and skipped; the rest is ranked.
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"no": "snapshot"}\nnonsense\n' + replayed.read_text())
    result = run("rank", "--profile", "balanced", "--from", bad)
    told = [line for line in result.stderr.splitlines() if line.startswith(str(bad))]
    assert told[0] == f"{bad}:1: is not a snapshot; skipped"
    assert told[1].startswith(f"{bad}:2: is not JSON")
    assert [row["index"] for row in ranked(result)] == ["STEADY", "BOTH", "WILD"]


async def test_an_unknown_profile_is_refused_by_the_api() -> None:
    transport = httpx.ASGITransport(app=create_app(State()))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
        answer = await http.get("/v1/rank", params={"profile": "bold"})
        empty = await http.get("/v1/rank", params={"profile": "balanced"})
    assert answer.status_code == 404
    assert answer.json()["profiles"] == ["conservative", "balanced", "aggressive"]
    assert empty.json()["ranking"] == []
