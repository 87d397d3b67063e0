"""Lines of the program's own log: what somebody else wrote stays within its line.

As text, or for programs as JSON, an object a line.
"""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

import orjson

from connectors.venues.events import printable
from engine.numbers import is_power_of_two

FORGOTTEN_SECONDS = 60.0
"""A line that has not come for so long is new when it comes again."""

MOST_LINES = 1000
"""Different lines that are remembered: bounds the memory, far more than a library has."""


class LogLines(logging.Formatter):
    """Writes each control character of a message as its escape, and those of a traceback too."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (the base's name)
        """The line of a record, which is one line."""
        record.message = printable(record.message)
        return super().formatMessage(record)

    def formatException(self, ei: object) -> str:  # noqa: N802
        """The lines of a traceback, each printable."""
        lines = super().formatException(ei)  # type: ignore[arg-type]
        return "\n".join(printable(line) for line in lines.split("\n"))


class JsonLines(logging.Formatter):
    """Writes a record as `{"ts", "level", "logger", "message", …}`, behind these the fields that it
    was given by `extra`, and `traceback`, a list of lines. Control characters are escaped in the
    texts too, so that whoever prints one is safe."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        made = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="microseconds")
        told: dict[str, Any] = {
            "ts": made.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": printable(record.getMessage()),
        }
        for name, value in record.__dict__.items():
            if name not in _OF_EVERY_RECORD:
                told.setdefault(name, _field(value))
        if record.exc_info:
            lines = self.formatException(record.exc_info).split("\n")
            told["traceback"] = [printable(line) for line in lines]
        return orjson.dumps(told, option=orjson.OPT_NON_STR_KEYS, default=str).decode()


_OF_EVERY_RECORD = frozenset(
    (*logging.LogRecord("", 0, "", 0, "", (), None).__dict__, "message", "asctime")
)


def _field(value: object) -> object:
    """A field as JSON has it."""
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int) and -(2**63) <= value < 2**63:
        return value
    return printable(str(value))


class ErrorLines(io.TextIOBase):
    """What takes the place of stderr where the log is JSON: whatever is written there by others, a
    library or the interpreter itself, becomes lines of the log."""

    encoding, errors = "utf-8", "backslashreplace"

    def __init__(self) -> None:
        self._begun = ""
        self._logs = False

    def writable(self) -> bool:
        """Yes."""
        return True

    def write(self, text: str) -> int:
        """Log each line that is complete now."""
        *lines, self._begun = (self._begun + text).split("\n")
        self._log(lines)
        return len(text)

    def close(self) -> None:
        """Log what there is of the last line."""
        self._log([self._begun])
        self._begun = ""
        super().close()

    def _log(self, lines: Iterable[str]) -> None:
        if self._logs:
            return  # logging tells here of a line that cannot be written, which is one more
        self._logs = True
        try:
            for line in lines:
                level = logging.ERROR if line.startswith(_ERROR) else logging.INFO
                if text := line.removeprefix(_ERROR).strip():
                    _stderr.handle(_stderr.makeRecord(_stderr.name, level, "", 0, text, (), None))
        finally:
            self._logs = False


_ERROR = "Error: "
"""How the last word of a command that failed begins."""
_stderr = logging.getLogger("tidegauge.stderr")


def write_json() -> None:
    """From here on the log is JSON, and stderr holds nothing else."""
    for handler in logging.getLogger().handlers:
        handler.setFormatter(JsonLines())
    sys.stderr = ErrorLines()
    sys.excepthook = _log_uncaught


def _log_uncaught(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    _stderr.critical("%s: %s", kind.__name__, error, exc_info=(kind, error, trace))


class Repeats(logging.Filter):
    """Lets the 1st, 2nd, 4th, 8th … of equal lines through, and says which one it is.

    The Kafka client tells each failed attempt to reach a broker, a thousand a second
    (https://github.com/aio-libs/aiokafka/issues/1155).
    """

    def __init__(self) -> None:
        super().__init__()
        self._seen: dict[tuple[str, str], tuple[int, float]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is shown."""
        line = record.name, record.getMessage()
        count, last = self._seen.pop(line, (0, 0.0))
        count = 1 if record.created - last > FORGOTTEN_SECONDS else count + 1
        self._seen[line] = count, record.created
        if len(self._seen) > MOST_LINES:
            del self._seen[next(iter(self._seen))]
        if count > 1:
            record.msg, record.args = f"{line[1]} ({count} times so far)", ()
        return is_power_of_two(count)
