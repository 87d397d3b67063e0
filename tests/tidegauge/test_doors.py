"""What comes in by a command: forms of numbers, rows that contradict each other, summaries."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.shared import shared
from tests.tidegauge.command import one_line, run
from tests.tidegauge.running import jsonl, write

INDEX = "[index.I]\nweights = { X = 1 }\n"
HEADER = "ts,asset,price\n"


@pytest.mark.parametrize("name", ["a.csv", "b.csv"])
def test_two_prices_of_one_instant(name: str) -> None:
    """Case 07: the last one won, in silence."""
    case = shared("cases/07-two-rows-one-instant")
    result = run("replay", case / name, "--indices", case / "index.toml", "--alerts", "-")
    [snapshot] = jsonl(result.stdout)
    assert (snapshot["level"], snapshot["as_of"]) == (1000.0, 1_704_240_000 * 10**9)
    assert snapshot["drawdown"]["max"] == 0.0
    told = [line for line in result.stderr.splitlines() if not line.startswith("compiling")]
    assert [line.split(": ")[0] for line in told[:2]] == [f"{case / name}:2", f"{case / name}:3"]
    assert told[2:] == ["2 rows skipped: 2 × contradiction; 1 taken"]
    strict = run("replay", case / name, "--indices", case / "index.toml", "--strict")
    assert "contradicts line 3" in one_line(strict, 2)


def test_true_is_no_price(tmp_path: Path) -> None:
    """Case 12: it was 1.0, so the level rose to 6000; so were others that only Python reads."""
    case = shared("cases/12-forms-of-numbers")
    result = run("replay", case / "bool.jsonl", "--indices", case / "index.toml")
    [snapshot] = jsonl(result.stdout)
    assert snapshot["level"] == 1000.0
    assert f"{case / 'bool.jsonl'}:1: price true is not a number; skipped" in result.stderr
    forms = ["1_000", "١٢", "nan", "0x10", " 5", "1e999"]
    rows = "".join(f"2024-01-0{day},X,{form}\n" for day, form in enumerate(forms, 1))
    prices = write(tmp_path / "p.csv", HEADER + rows + "2024-01-08,X,.5\n2024-01-09,X,+5e-1\n")
    result = run("replay", prices, "--indices", write(tmp_path / "i.toml", INDEX))
    [snapshot] = jsonl(result.stdout)
    assert snapshot["level"] == 1000.0
    assert "6 rows skipped: 6 × price; 2 taken" in result.stderr


def test_the_same_in_a_log(tmp_path: Path) -> None:
    """Backfilled, the rows of one instant stand in two files and in one."""
    log, indices = tmp_path / "log", write(tmp_path / "i.toml", INDEX + "[index.I.alerts]\n")
    assert run("define", indices, "--log", log).returncode == 0
    rows = "2024-01-01,X,100\n2024-01-02,X,150\n2024-01-02,X,151\n2024-01-03,X,120\n"
    one = write(tmp_path / "a.csv", HEADER + rows)
    two = write(tmp_path / "b.csv", HEADER + "2024-01-01,X,100\n2024-01-03,X,121\n")
    # Strict, it ends before anything is in the log.
    told = one_line(run("backfill", one, two, "--log", log, "--strict"), 2)
    assert f"{one}:3: X at 150.0 contradicts line 4" in told
    assert run("tap", log, "prices").stdout.count('"type":"prices"') == 0
    result = run("backfill", one, two, "--log", log)
    assert result.stdout == "appended 2 frames, 0 were there already\n"
    assert "4 rows skipped: 4 × contradiction; 2 taken" in result.stderr
    assert f"{two}:3: X at 121.0 contradicts {one}:5" in result.stderr
    [snapshot] = jsonl(run("replay", "--log", log).stdout)[-1:]
    assert (snapshot["level"], snapshot["as_of"]) == (1000.0, 1_704_153_600 * 10**9)


def test_a_backfill_that_reaches_into_the_future_leaves_nothing(tmp_path: Path) -> None:
    """Today's bare date is its close. A part of the file in the log would bar the mended one."""
    log, today = tmp_path / "log", datetime.now(UTC).date()
    assert run("define", write(tmp_path / "i.toml", INDEX), "--log", log).returncode == 0
    days = [today - timedelta(days=back) for back in (3, 2, 0)]
    prices = write(tmp_path / "p.csv", HEADER + "".join(f"{day},X,5\n" for day in days))
    told = one_line(run("backfill", prices, "--log", log), 2)
    assert f"{prices}:4: lies in the future" in told
    mended = write(tmp_path / "q.csv", HEADER + "".join(f"{day},X,5\n" for day in days[:2]))
    assert run("backfill", mended, "--log", log).stdout.startswith("appended 4 frames")


def test_thousands_of_bad_rows_are_one_screen(tmp_path: Path) -> None:
    late = "2024-01-01,X,5\n" * 1190
    prices = write(tmp_path / "p.csv", HEADER + "2024-01-02,X,1\n" + late + "x,X,1\n" * 13)
    result = run("replay", prices, "--indices", write(tmp_path / "i.toml", INDEX))
    told = [line for line in result.stderr.splitlines() if not line.startswith("compiling")]
    assert len(told) == 11
    assert told[0] == f"{prices}:3: is older than line 2; rows stand in order of time; skipped"
    assert told[10] == (
        f"1,203 rows skipped: 1,190 × late, 13 × ts (from {prices}:1193 on); first 10 above; "
        "1 taken"
    )


def test_frames_that_cannot_be_read_are_summed_up(tmp_path: Path) -> None:
    price = (
        '{"e":"trade","E":1723161255343,"s":"BTCUSDT","t":7,"p":"%s","q":"2",'
        '"T":1723161255342,"m":true,"M":true}'
    )
    rows = ["{"] * 12 + [price % form for form in ("1_0", "٣", " 1", "nan", "5")]
    frames = write(tmp_path / "f.jsonl", "\n".join(rows) + "\n" + "x" * (17 * 2**20) + "\n")
    result = run("decode", "binance", frames)
    assert [line["price"] for line in jsonl(result.stdout)] == [5.0]
    told = result.stderr.splitlines()
    assert len(told) == 11
    assert told[0].startswith(f"{frames}:1: not JSON")
    assert told[10] == (
        "17 frames skipped: 12 × not JSON, 4 × a number is not a decimal text "
        f"(from {frames}:13 on), 1 × long (from {frames}:18 on); first 10 above"
    )


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["demo", "--seconds", "nan"], "'nan' is not a number from 0.1 to 1e+09"),
        (["demo", "--seconds", "inf"], "'inf' is not a number from"),
        (["demo", "--seconds", "1_0"], "'1_0' is not a number from"),
        (["demo", "--seconds", "0.05"], "'0.05' is not a number from"),
        (["demo", "--seed", "٣"], "'٣' is not a whole number from"),
        (["serve", "--port", "8_0"], "'8_0' is not a whole number from 0 to 65535"),
        (["tap", "x", "prices", "--from", "-1"], "'-1' is not a whole number from 0"),
        (["topics", "create", "--partitions", "1e3"], "'1e3' is not a whole number from 1 to 1024"),
        (["replay", "x", "--indices", "y", "--every", "٣d"], "expected a duration such as"),
        (["replay", "x", "--indices", "y", "--every", "9" * 5000 + "d"], "expected a duration"),
        (["replay", "x", "--indices", "y", "--every", "999999d"], "expected a duration"),
    ],
)
def test_numbers_on_the_command_line(args: list[str], says: str) -> None:
    assert says in one_line(run(*args), 2)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("base_level = true", "3: index.I.base_level: expected a number"),
        ("base_level = nan", "3: index.I.base_level: expected a number"),
        ('base_level = "5"', "3: index.I.base_level: expected a number"),
        ("base_level = 1" + "0" * 400, "3: index.I.base_level: expected a number"),
        ("base_level = 1" + "0" * 5000, " not valid TOML: a number of more than"),
        ("x = " + "[" * 5000, " not valid TOML: "),
        ("targets = { sharpe = -inf }", "3: index.I.targets.sharpe: expected a number"),
        ("alerts = { drawdown = [true] }", "a depth lies between 0 and 1, got True"),
        ('ewma_half_life = "٣d"', "3: index.I.ewma_half_life: expected a duration"),
        ("change = [{ at = true, add = ['Y'] }]", "at: expected a time such as"),
        ("change = [{ at = -5, add = ['Y'] }]", "at: expected a time such as"),
    ],
)
def test_numbers_in_an_index_file(line: str, says: str, tmp_path: Path) -> None:
    indices = write(tmp_path / "i.toml", INDEX + line + "\n")
    told = one_line(run("define", indices, "--log", tmp_path / "log"), 2)
    assert f"{indices}:" in told
    assert says in told


@pytest.mark.parametrize("suffix", ["csv", "csv.gz"])
def test_files_that_hold_nothing(suffix: str, tmp_path: Path) -> None:
    indices = write(tmp_path / "i.toml", INDEX)
    prices = write(tmp_path / f"p.{suffix}", "")
    for args in (["replay", prices, "--indices", indices], ["backfill", prices, "--log", tmp_path]):
        assert f"{prices}: is empty" in one_line(run(*args), 2)
