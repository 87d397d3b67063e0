"""The program's log: one line for each message, whatever somebody else wrote into it."""

import io
import logging
import sys
from pathlib import Path

import click
import orjson
import pytest

from streams.records import Record
from tests.tidegauge.command import run
from tests.tidegauge.running import Running, write
from tidegauge.log_lines import FORGOTTEN_SECONDS, ErrorLines, JsonLines, LogLines, Repeats
from tidegauge.topics import record_line


def test_a_message_is_one_printable_line() -> None:
    lines = LogLines("%(levelname)s %(name)s: %(message)s")
    record = logging.LogRecord("x", 30, "f", 1, "%s and %s", ("a\nb\x1b[2J", "naïve €"), None)
    assert lines.format(record) == "WARNING x: a\\nb\\x1b[2J and naïve €"
    try:
        raise ValueError("\x1b[1m")
    except ValueError:
        record.exc_info = sys.exc_info()
    text = lines.format(record)
    assert "\\x1b[1m" in text
    assert "\x1b" not in text
    assert text.count("\n") > 2, "a traceback keeps its lines"


def test_of_equal_lines_a_few_are_shown_with_their_number() -> None:
    repeats, shown = Repeats(), []

    def log(at: float, name: str, words: str) -> None:
        record = logging.LogRecord(name, 40, "f", 1, "no broker at %s", (words,), None)
        record.created = at
        if repeats.filter(record):
            shown.append((name, record.getMessage()))

    for n in range(100):
        log(n / 10, "client", "one")
    log(10.0, "client", "two")
    log(10.0, "other", "one")
    log(9.9 + FORGOTTEN_SECONDS + 0.1, "client", "one")
    again = [f"no broker at one ({n} times so far)" for n in (2, 4, 8, 16, 32, 64)]
    assert shown == [
        ("client", "no broker at one"),
        *(("client", line) for line in again),
        ("client", "no broker at two"),
        ("other", "no broker at one"),
        ("client", "no broker at one"),
    ]


def test_a_record_is_a_line_of_json_whatever_it_holds() -> None:
    for value in (
        b'{"a":[1.0]}',
        b"",
        b"junk",
        b"\xff\n",
        b"[1",
        b'{"a":' * 5000,
        b'{"a":\n[1.0]}',
    ):
        record = Record("ticks", 0, 7, "k\n", "t", 1, "l", "w", 3, 5, value)
        line = record_line(record)
        assert b"\n" not in line
        told = orjson.loads(line)
        assert told["offset"] == 7
        assert told["value"] in ({"a": [1.0]}, value.decode("utf-8", "replace"))


def test_a_message_is_an_object_with_its_fields() -> None:
    args = ("a\nb\x1b[2J\x9b", 7)
    record = logging.LogRecord("x.y", 30, "f", 1, "%s and %d", args, None)
    record.created = 1_796_000_000.25
    record.route, record.offset, record.huge, record.ts = "r\n", 2**62, 2**70, "not this"
    record.share, record.none = 0.5, None
    line = JsonLines().format(record)
    assert "\n" not in line
    assert orjson.loads(line) == {
        "ts": "2026-11-30T00:53:20.250000Z",
        "level": "warning",
        "logger": "x.y",
        "message": "a\\nb\\x1b[2J\\x9b and 7",
        "route": "r\\n",
        "offset": 2**62,
        "huge": str(2**70),
        "share": 0.5,
        "none": None,
    }


def test_a_traceback_is_a_field() -> None:
    try:
        raise ValueError("one\ntwo\x1b[1m")
    except ValueError:
        record = logging.LogRecord("x", 40, "f", 1, "it failed", (), sys.exc_info())
    line = JsonLines().format(record)
    told = orjson.loads(line)["traceback"]
    assert told[0] == "Traceback (most recent call last):"
    assert told[-2:] == ["ValueError: one", "two\\x1b[1m"]
    assert "\n" not in line


def test_whatever_else_goes_to_stderr_is_a_line_of_the_log(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", ErrorLines())
    click.echo("one", err=True)
    print("tw", end="", file=sys.stderr)
    print("o\n\nthree", file=sys.stderr)
    click.ClickException("it is late").show()
    sys.stderr.close()
    assert [(r.levelname, r.getMessage()) for r in caplog.records] == [
        ("INFO", "one"),
        ("INFO", "two"),
        ("INFO", "three"),
        ("ERROR", "it is late"),
    ]


def test_every_line_of_a_process_is_an_object(tmp_path: Path) -> None:
    indices = write(tmp_path / "i.toml", "[index.B]\nweights = { BTC = 1 }\n")
    up = ("up", "--venues", "binance", "--url", "binance=ws://127.0.0.1:9", "--log-format", "json")
    with Running("--verbose", *up, "--indices", indices, "--log", tmp_path / "log") as running:
        running.until("/readyz", lambda found: found["reasons"])
        running.stop()
    told = [orjson.loads(line) for line in io.StringIO(running.errors)]
    assert all(list(line)[:4] == ["ts", "level", "logger", "message"] for line in told)
    said = {line["message"] for line in told}
    assert any("added: B" in message for message in said), said
    failed = run("serve", "--log", tmp_path / "none", "--log-format", "json", "--port", "0")
    assert failed.returncode == 1
    [line] = [orjson.loads(line) for line in failed.stderr.splitlines()]
    assert (line["level"], line["logger"]) == ("error", "tidegauge.stderr")
    assert str(tmp_path / "none") in line["message"]


def test_every_command_that_lasts_can_write_its_log_as_json() -> None:
    for command in ("up", "demo", "serve", "connect", "worker", "notify", "record", "export"):
        assert "--log-format [text|json]" in run(command, "--help").stdout, command
