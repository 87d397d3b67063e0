"""`tidegauge drill` as a user meets it."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner, Result

from drill.catalogue import SCENARIOS
from drill.report import BEGIN, COLUMNS, END
from tidegauge.cli import main


def drill(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["drill", *arguments])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["crahs"], "no scenario 'crahs'; there are calm, crash, "),
        (["--without", "holt"], "--without holt: no such rule; there are unproven, hold, "),
        (["--write", "nowhere/page.md"], "--write nowhere/page.md: No such file or directory"),
        (["--seeds", "0"], "--seeds"),
    ],
)
def test_wrong_use_is_one_line_and_exit_2(arguments: list[str], message: str) -> None:
    result = drill(*arguments)
    assert result.exit_code == 2
    assert message in result.output
    assert "Traceback" not in result.output


def test_one_seed_tells_what_happened_and_ends_with_one_json_line(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    result = drill("deep_and_slow", "--seed", "1", "--write", str(page))
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert lines[0] == f"deep_and_slow, seed 1: {SCENARIOS['deep_and_slow'].title}"
    assert any("FIRING  10% while" in line for line in lines)
    assert any("truth   below -10% beyond noise" in line for line in lines)
    told = orjson.loads(lines[-1])
    assert told["scenarios"]["deep_and_slow"]["due"] >= 2
    assert told["broken"] == []
    written = page.read_text()
    assert (written[:7], written[-6:], "old" in written) == ("before\n", "after\n", False)
    assert f"| {' | '.join(COLUMNS)} |" in written


def test_a_broken_promise_is_exit_1_and_names_scenario_and_seed() -> None:
    result = drill("bad_prints_lone", "--seed", "0", "--without", "unproven")
    assert result.exit_code == 1
    assert "bad_prints_lone: " in result.output
    assert "(seeds 0)" in result.output


def test_every_scenario_is_listed_and_there_are_enough_of_both_kinds() -> None:
    listed = drill("--list").output.splitlines()
    assert [line.split(":")[0] for line in listed] == list(SCENARIOS)
    undecidable = [s for s in SCENARIOS.values() if not s.decidable]
    assert (len(listed) >= 30, len(undecidable) >= 6) == (True, True)
