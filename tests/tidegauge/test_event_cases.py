"""The cases of renamed, redenominated and waited-for coins, and of definitions on a kept log."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.shared import DATA
from tests.tidegauge.command import one_line, run

CASES = DATA / "cases"
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="needs ../shared/data/cases")
RENAME, REDENOMINATION = CASES / "08-rename-keeps-no-weight", CASES / "09-redenomination"
BACKFILL, WAIT = CASES / "16-define-then-backfill", CASES / "17-change-waits-silently"


def snapshots(*args: object) -> list[dict[str, Any]]:
    result = run("replay", *args)
    assert result.returncode == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.parametrize("file", ["rename.toml", "weights.toml"])
def test_a_renamed_coin_keeps_its_weight(file: str) -> None:
    (told,) = snapshots(RENAME / "p.csv", "--indices", RENAME / file)
    assert told["level"] == pytest.approx(1050.0, rel=1e-12)
    assert told["quality"]["flags"] == []


def test_a_change_of_a_fixed_index_says_its_weights() -> None:
    line = one_line(run("replay", RENAME / "p.csv", "--indices", RENAME / "index.toml"), 2)
    assert "index.toml:6: " in line
    assert "weights = { POL = … }" in line
    assert "[[asset.MATIC.event]]" in line


def test_a_redenomination_moves_nothing_and_without_the_event_is_told(tmp_path: Path) -> None:
    alerts = tmp_path / "alerts.jsonl"
    prices = REDENOMINATION / "p.csv"
    (told,) = snapshots(prices, "--indices", REDENOMINATION / "event.toml", "--alerts", alerts)
    assert told["level"] == pytest.approx(1000.0, rel=1e-12)
    assert told["drawdown"]["max"] == 0.0
    assert (alerts.read_text(), told["quality"]["flags"]) == ("", [])
    (told,) = snapshots(prices, "--indices", REDENOMINATION / "index.toml")
    assert "jump:BTT" in told["quality"]["flags"]


def test_a_file_follows_another_whatever_was_defined_in_between(tmp_path: Path) -> None:
    log = tmp_path / "log"
    for words in ("define i.toml", "backfill a.csv", "define j.toml", "backfill b.csv"):
        command, file = words.split()
        result = run(command, BACKFILL / file, "--log", log)
        assert result.returncode == 0, result.stderr
    told = snapshots("--log", log, "--every", "1d")[-1]
    assert told["as_of"] == 1752969600000000000
    assert told["risk"]["n"] == 199
    assert told["returns"]["1d"] == pytest.approx(299 / 298 - 1)
    assert told["returns"]["30d"] == pytest.approx(299 / 269 - 1)
    assert told["quality"]["unobserved_bars"] == 0


def test_a_change_waits_for_no_price_and_says_whose_is_missing() -> None:
    result = run("replay", WAIT / "wait.csv", "--indices", WAIT / "wait.toml", "--every", "30d")
    assert "no price of C in" in result.stderr
    assert "before 2024-05-30T00:00:00Z" in result.stderr
    told = [json.loads(line) for line in result.stdout.splitlines()]
    flags = {i: [s["quality"]["flags"] for s in told if s["index"] == i] for i in ("Q", "QD")}
    assert flags["Q"] == [[], *[["pending:C"]] * 4, [], [], []]
    assert flags["QD"] == [[], ["pending:C"], *[["no_weight:A"]] * 6]
    # From 1 February to 30 May both are B alone.
    for mine, other in zip(
        *([s for s in told if s["index"] == i] for i in ("Q", "QD")), strict=True
    ):
        if mine["as_of"] < 1717027200000000000:
            assert mine["level"] == pytest.approx(other["level"], rel=1e-12)


def test_events_are_defined_once_and_late_ones_only_when_asked(tmp_path: Path) -> None:
    log, index = tmp_path / "log", tmp_path / "i.toml"
    index.write_text("[index.X]\nweights = { BTC = 1 }\n")
    run("define", index, "--log", log)
    run("backfill", BACKFILL / "a.csv", "--log", log)
    coin = "[[asset.BTC.event]]\nat = 2025-04-15T00:00:00Z\nratio = 2.0\n"
    index.write_text(coin)
    result = run("define", index, "--log", log)
    assert result.stdout == "event: 1 BTC becomes 2 new behind 2025-04-15T00:00:00Z\n"
    assert run("define", index, "--log", log).stdout == "unchanged: asset BTC\n"
    index.write_text(coin.replace("2.0", "3.0"))
    line = one_line(run("define", index, "--log", log), 2)
    assert f"{index}:1: asset.BTC.event[0]: contradicts the log" in line
    index.write_text(coin + "[[asset.BTC.event]]\nat = 2025-02-01T00:00:00Z\nratio = 5.0\n")
    line = one_line(run("define", index, "--log", log), 2)
    assert f"{index}:5: " in line
    assert "behind the log's last price, 2025-04-11T00:00:00Z; `define --late`" in line
    result = run("define", index, "--log", log, "--late")
    assert result.stdout == (
        "event: 1 BTC becomes 5 new now, behind 2025-04-11T00:00:00Z; "
        "its time was 2025-02-01T00:00:00Z\n"
    )
    run("backfill", BACKFILL / "b.csv", "--log", log)
    # Five new coins for one, at once; five days later two for one: 2990 is ten times 299.
    told = snapshots("--log", log, "--every", "1d")[-1]
    assert told["level"] == pytest.approx(1000.0 * 2990 / 100)
