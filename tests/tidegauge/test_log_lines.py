"""The program's log: one line for each message, whatever somebody else wrote into it."""

import logging
import sys

import orjson

from streams.records import Record
from tidegauge.log_lines import FORGOTTEN_SECONDS, LogLines, Repeats
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
