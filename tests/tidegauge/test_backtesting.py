"""`alerts backtest` as a user runs it: over files, and over a log that has rung."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner

from tidegauge.cli import main

INDICES = """
[index.TWO]
assets = ["A", "B"]
base_level = 100.0
[index.TWO.alerts]
drawdown = [0.10]
[[index.TWO.rule]]
name = "low"
figure = "level"
below = 95.0
for = "1d"
"""
PRICES = [10.0, 10.0, 9.0, 9.0, 9.2, 10.5, 8.0, 8.0]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "two.toml").write_text(INDICES)
    rows = [f"2024-01-{k:02d},{a},{p}" for k, p in enumerate(PRICES, 1) for a in "AB"]
    (tmp_path / "prices.csv").write_text("\n".join(["ts,asset,price", *rows, ""]))
    return tmp_path


def run(*arguments: object, code: int = 0) -> str:
    found = CliRunner().invoke(main, ["alerts", "backtest", *map(str, arguments)])
    assert found.exit_code == code, found.output
    return found.output


def test_over_files(place: Path) -> None:
    files = (place / "prices.csv", "--indices", place / "two.toml")
    found = orjson.loads(run("low", *files, "--json"))
    assert [(e["level"], e["worst"], e["to"] is None) for e in found["episodes"]] == [
        (90.0, 90.0, False),
        (80.0, 80.0, True),
    ]
    day = 86_400 * 10**9
    assert found["since"] == 1_704_153_600 * 10**9  # 2024-01-01 is over, and the first price known
    assert found["until"] == found["since"] + 7 * day
    assert "rang 2 times" in run("returns.1d below -0.05", *files)
    found = orjson.loads(run("returns.1d below -0.05", *files, "--at-most", 1, "--json"))
    assert found["fired"] == 1
    assert -0.24 < found["threshold"] < -0.1


def test_over_a_log_it_says_what_the_log_says(place: Path) -> None:
    log = place / "log"
    for arguments in (["define", "two.toml"], ["backfill", "prices.csv"]):
        command = [arguments[0], str(place / arguments[1]), "--log", str(log)]
        assert CliRunner().invoke(main, command).exit_code == 0
    tapped = CliRunner().invoke(main, ["tap", str(log), "alerts", "--values"]).output
    alerts = [orjson.loads(line) for line in tapped.splitlines()]
    for rule in ("low", "drawdown>=0.10"):
        found = orjson.loads(run(rule, "--log", log, "--json"))
        fired = [a["at"] for a in alerts if a["rule"] == rule and a["state"] == "firing"]
        assert [e["at"] for e in found["episodes"]] == fired
        assert fired


def test_what_is_asked_wrongly_is_told(place: Path) -> None:
    files = (place / "prices.csv", "--indices", place / "two.toml")
    assert "did you mean returns.1h" in run("returns.2h below 1", *files, code=2)
    assert "no such index" in run("level below 1", *files, "--index", "X", code=2)
    assert "needs either" in run("level below 1", code=2)
