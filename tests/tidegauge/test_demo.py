"""`demo` as a newcomer starts it, and starts it again."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from engine.types import DAY
from streams.sqlite.file import SqliteLog
from tests.tidegauge.command import COMMAND, one_line, run
from tests.tidegauge.log_checks import check_prices

PATIENCE = 600.0
"""Seconds: the first may have to compile the engine, and computes two years of history."""


def demo(tmp_path: Path, *args: object) -> subprocess.CompletedProcess[str]:
    words = [*COMMAND, "demo", "--port", "0", *map(str, args)]
    kept = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    return subprocess.run(
        words, capture_output=True, text=True, timeout=PATIENCE, check=False, env=kept
    )


def snapshots(log: Path) -> dict[str, dict[str, Any]]:
    with SqliteLog(log, readonly=True) as file:
        return {record.key: json.loads(record.value) for record in file.latest("snapshots", 0)}


def alerts(log: Path) -> list[dict[str, Any]]:
    with SqliteLog(log, readonly=True) as file:
        return [json.loads(r.value) for r in file.read("alerts", 0, -1, 10_000)]


def test_the_demo_ends_by_itself_and_goes_on_where_it_was(tmp_path: Path) -> None:
    log = tmp_path / "log"
    result = demo(tmp_path, "--seconds", "11", "--log", log)
    assert result.returncode == 0, result.stderr
    assert "once on this machine" in result.stderr
    counts = json.loads(result.stdout.splitlines()[-1])
    assert list(counts) == ["ticks", "snapshots", "alerts", "gaps", "seconds"]
    assert counts["ticks"] > 1000
    assert counts["snapshots"] >= 30
    # The simulated market's first crash is within its first eight seconds.
    assert counts["alerts"] > 0
    assert counts["gaps"] == 0
    assert 11 <= counts["seconds"] < 40
    assert any("firing" in line for line in result.stdout.splitlines())
    whole = snapshots(log)
    assert len(whole) == 9
    for name, body in whole.items():
        check_alive(body)
        assert body["origin"] == "live", name
    first = alerts(log)
    assert {a["origin"] for a in first} == {"live", "backfill"}
    live = [a for a in first if a["origin"] == "live"]
    rung = {a["index"] for a in live if a["rule"] == "drawdown>=0.05" and a["state"] == "firing"}
    assert rung == set(whole)
    assert "AVAX" in whole["LAYER1"]["composition"]["assets"], "it was added half a year ago"

    result = demo(tmp_path, "--seconds", "11", "--log", log)
    assert result.returncode == 0, result.stderr
    assert "history" not in result.stderr
    assert json.loads(result.stdout.splitlines()[-1])["alerts"] > 0
    assert len(alerts(log)) > len(first)
    after = snapshots(log)
    for name, body in after.items():
        assert body["level"] == pytest.approx(whole[name]["level"], rel=0.15), name
        assert body["risk"]["n"] == whole[name]["risk"]["n"] or body["as_of"] % DAY < 60 * 10**9
    with SqliteLog(log, readonly=True) as file:
        check_prices(file)


def check_alive(body: dict[str, Any]) -> None:
    """No figure of an index is undefined for want of history, and none is absurd."""
    short = {p for p, why in body["undefined"].items() if why in ("too_few", "unobserved")}
    assert short <= {"drawdown.durations.p95"}, body["index"]
    assert body["risk"]["n"] in (730, 731)
    assert 0.3 < body["risk"]["volatility"] < 1.2
    for window in ("1d", "7d", "30d", "90d", "1y"):
        assert 0.1 < body["windows"][window]["volatility"] < 2.5, window
    assert body["returns"]["1y"] is not None
    assert body["quality"]["unobserved_bars"] == 0


def test_a_log_that_is_no_demo_s_is_left_alone(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert run("topics", "create", "--log", log).returncode == 0
    told = one_line(demo(tmp_path, "--seconds", "1", "--log", log), 2)
    assert f"--log {log}" in told
    assert "no demo" in told
