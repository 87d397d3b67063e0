"""The program's log: one line for each message, whatever somebody else wrote into it."""

import logging
import sys

from tidegauge.log_lines import LogLines


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
