"""`export` as a person runs it: three forms of the same log, each row once, again and again."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.tidegauge.command import run
from tests.tidegauge.running import write
from tests.tidegauge.test_history import INDICES, prices


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backfilled log."""
    place = tmp_path_factory.mktemp("export")
    assert run("define", write(place / "i.toml", INDICES), "--log", place / "log").returncode == 0
    file = write(place / "p.csv", prices())
    assert run("backfill", file, "--log", place / "log").returncode == 0
    return place / "log"


def counts(log: Path, to: str) -> dict[str, int]:
    result = run("export", log, "--to", to)
    assert result.returncode == 0, result.stderr
    found: dict[str, int] = json.loads(result.stdout)
    return found


def bars(log: Path) -> dict[tuple[str, int], dict[str, Any]]:
    told = run("tap", log, "bars", "--values").stdout.splitlines()
    days = [bar for bar in map(json.loads, told) if "day" in bar]
    return {(b.get("index", f"asset:{b.get('asset')}"), b["day"]): b for b in days}


@pytest.mark.parametrize("form", ["parquet", "csv", "jsonl"])
def test_each_form_has_each_row_once(log: Path, tmp_path: Path, form: str) -> None:
    directory = tmp_path / "out"
    first = counts(log, f"{form}:{directory}")
    assert first["rows"] > 1000
    assert first["missed"] == first["rejected"] == 0
    assert counts(log, f"{form}:{directory}")["rows"] == 0, "nothing is new"
    if form != "parquet":  # killed behind a write, before it was noted
        with (directory / f"days.{form}").open("ab") as file:
            file.write(b"half a li")
        assert counts(log, f"{form}:{directory}")["rows"] == 0
    expected, found = bars(log), days(directory, form)
    assert len(found) == len(expected) == 4 * 40
    for row in found:
        bar = expected[row["series"], int(row["time"])]
        for name in ("open", "high", "low", "close", "peak"):
            assert float(row[name]) == bar[name]
    tables = {file.name.split(".")[0] for file in directory.iterdir()}
    assert tables >= {"minutes", "hours", "days", "levels", "figures_daily", "compositions"}


def days(directory: Path, form: str) -> list[dict[str, Any]]:
    if form == "csv":
        return list(csv.DictReader((directory / "days.csv").read_text().splitlines()))
    if form == "jsonl":
        return [json.loads(line) for line in (directory / "days.jsonl").read_text().splitlines()]
    query = "SELECT * REPLACE (epoch_ns(time) AS time) FROM read_parquet(?)"
    found = duckdb.execute(query, [str(directory / "days" / "*.parquet")])
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


@pytest.mark.parametrize(
    ("to", "code", "words"),
    [
        ("xml:out", 2, "as parquet:DIR, csv:DIR or jsonl:DIR"),
        ("parquet", 2, "as parquet:DIR, csv:DIR or jsonl:DIR"),
        ("csv:full", 1, "choose an empty directory"),
        ("parquet:other", 1, "these are the tables of another log"),
    ],
)
def test_what_is_refused_and_why(log: Path, tmp_path: Path, to: str, code: int, words: str) -> None:
    form, _, name = to.partition(":")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "days.csv").write_text("not ours")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "position.json").write_text('{"log": "another", "offsets": {}}')
    target = f"{form}:{tmp_path / name}" if name else to
    result = run("export", log, "--to", target)
    assert (result.returncode, result.stdout) == (code, "")
    assert words in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert (tmp_path / "full" / "days.csv").read_text() == "not ours"
