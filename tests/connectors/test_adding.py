"""A venue is one file, and its frames are one beside it: both are found without a change elsewhere.

The template under another name, in folders that are read as if they were `connectors/venues` and
`tests/connectors/frames`, goes through the commands and through every test that venues have.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from connectors import venues
from tests.connectors import frames
from tests.connectors.frames import _template as template
from tests.shared import DATA

ROOT = Path(venues.__file__).parents[2]
FOUND = """
import sys
from connectors import venues
from tests.connectors import frames
venues.__path__.append(sys.argv[1])
frames.__path__.append(sys.argv[2])
"""
COMMAND = FOUND + "del sys.argv[1:3]\nfrom tidegauge.__main__ import run\nrun()"
TESTS = FOUND + "import pytest\nsys.exit(pytest.main(sys.argv[3:]))"
SUITES = ("parsers", "mutations", "answers", "listings", "subscriptions", "other_venues")


@pytest.fixture
def added(tmp_path: Path) -> list[str]:
    """Two folders with one file each: the venue `example`, and its frames."""
    folders = []
    for package in (venues, frames):
        folder = tmp_path / package.__name__
        folder.mkdir()
        source = Path(package.__file__).with_name("_template.py").read_text()
        (folder / "example.py").write_text(source.replace('= "template"', '= "example"'))
        folders.append(str(folder))
    return folders


def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT)


def test_the_commands_know_it(added: list[str], tmp_path: Path) -> None:
    assert "example" in run(COMMAND, *added, "venues").stdout
    recording = tmp_path / "frames.jsonl"
    recording.write_text(template.wire() + "\n")
    [tick] = run(COMMAND, *added, "decode", "example", str(recording)).stdout.splitlines()
    found = json.loads(tick)
    assert (found["venue"], found["base"], found["price"]) == ("example", "BTC", 60000.5)
    assert found["side"] == "buy"


def test_the_tests_of_all_venues_take_it(added: list[str]) -> None:
    files = [f"tests/connectors/test_{suite}.py" for suite in SUITES]
    ended = run(TESTS, *added, "-rp", "-p", "no:cacheprovider", "-k", "example or every", *files)
    assert ended.returncode == 0, ended.stdout[-4000:] + ended.stderr[-2000:]
    passed = [line for line in ended.stdout.splitlines() if "PASSED" in line]
    for test in (
        "test_every_venue_has_a_file_of_frames",
        "test_twenty_thousand_mutations_never_raise[example]",
        "test_one_trade_of_each[example]",
        "test_a_missing_field_is_malformed_and_named[example]",
        "test_answers[example-",
        "test_what_trades_is_listed_and_the_rest_is_told[example]",
        "test_fetched_from_the_venues_paths[example]",
        *(("test_frames_of_other_venues_are_never_ticks[example]",) if DATA.is_dir() else ()),
    ):
        assert any(test in line for line in passed), test
