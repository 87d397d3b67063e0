"""TOML within bounds: what a file holds is read or refused soon, in one printable line."""

from __future__ import annotations

import time
import tracemalloc
from pathlib import Path

import pytest

from tests.tidegauge.running import write
from tidegauge import toml_files
from tidegauge.errors import Failure, WrongUse
from tidegauge.indices import read_indices
from tidegauge.recorded.skipped import Skipped
from tidegauge.toml_files import DEEPEST, MOST_DIGITS, read_toml

INDEX = "[index.I]\nweights = { X = 1 }\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x = " + "[" * 100_000, ":1: not valid TOML: more than 16 brackets"),
        ("\n\nx = " + "{a=[ \n" * 3000, ": not valid TOML: "),
        ("x = " + "[1, " * 400, ": not valid TOML: "),
        ("a." * 1_000_000 + "a = 1", ":1: not valid TOML: a key of more than 16 names"),
        ("\n[" + "'a' . " * 100_000 + "a]", ":2: not valid TOML: a key of more than 16 names"),
        ('["a"' + '."\\"b"' * 20 + "]", ":1: not valid TOML: a key of more than 16 names"),
        (
            'x = "a\n',
            ": not valid TOML: Illegal character '\\n' (at line 1, column 7); a text ends ",
        ),
        (
            'x = """a',
            ": not valid TOML: Unterminated string (at end of document); a text ends with",
        ),
        ("x = " + "9" * 1_000_000, ":1: not valid TOML: a number of more than 1000 digits"),
        ("x = 0x" + "1_" * 100_000, ":1: not valid TOML: a number of more than 1000 digits"),
        ("x = 1." + "0" * 100_000, ":1: not valid TOML: a number of more than 1000 digits"),
        ("x = 2024-99-99", ": not valid TOML: "),
        ("x = '" + "a" * 100, ": not valid TOML: "),
        ('"' * 300_001, ": not valid TOML: "),
        ("x = \x1b[2J", r": not valid TOML: "),
        ('["a\\nb\\u001b"]\n', r".toml:1: a\nb\x1b: unknown key"),
        (INDEX + "name = '" + "é" * 500_000 + "'", "3: index.I.name: expected a text"),
        (INDEX + '"' + "k" * 500_000 + '" = 1', f"index.I.{'k' * 60}…: unknown key"),
    ],
)
def test_whatever_it_holds_is_refused_soon(text: str, says: str, tmp_path: Path) -> None:
    file = write(tmp_path / "i.toml", text)
    began = time.process_time()
    with pytest.raises(WrongUse) as refused:
        read_indices(file)
    assert time.process_time() - began < 5.0, "these took minutes, or for ever"
    assert says in refused.value.message
    assert refused.value.message.startswith(str(file))
    assert refused.value.message.isprintable()
    assert len(refused.value.message) < 1000


def test_a_file_that_is_too_large_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "i.toml"
    with file.open("wb") as sparse:
        sparse.truncate(10 * 2**30)
    monkeypatch.setattr(toml_files, "LARGEST_FILE", 2**20)
    tracemalloc.start()
    try:
        with pytest.raises(WrongUse, match="is larger than 1 MB"):
            read_toml(file)
        assert tracemalloc.get_traced_memory()[1] < 3 * 2**20
    finally:
        tracemalloc.stop()


def test_what_is_within_the_bounds_is_read(tmp_path: Path) -> None:
    key = ".".join(["'a.b'"] * DEEPEST)
    digits = "0." + "1" * (MOST_DIGITS - 1)
    text = f"{key} = {digits}\nx = {'[' * DEEPEST}{']' * DEEPEST}\ns = 'a.b.c.d.e.f.g'\n"
    found = read_toml(write(tmp_path / "i.toml", "\ufeff" + text))
    assert found["s"] == "a.b.c.d.e.f.g"
    for _ in range(DEEPEST):
        found = found["a.b"]
    assert found == float(digits)


def test_what_errors_and_reports_quote_stays_within_their_line() -> None:
    assert Failure("a\nb\x1b[2J", "c").message == "a\\nb\\x1b[2J\nc"
    assert WrongUse("x\r\x00").message == "x\\r\\x00"
    told: list[str] = []
    skipped = Skipped(told.append, strict=False)
    for _ in range(12):
        skipped.add("p.csv:3", "od\nd", "is\x1b[2J \u202e no price")
    assert told[0] == "p.csv:3: is\\x1b[2J \\u202e no price; skipped"
    assert skipped.summary() == "12 rows skipped: 12 × od\\nd; first 10 above"
