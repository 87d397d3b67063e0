"""Lines of the program's own log: what somebody else wrote stays within its line."""

from __future__ import annotations

import logging

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
