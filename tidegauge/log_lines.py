"""Lines of the program's own log: what somebody else wrote stays within its line."""

from __future__ import annotations

import logging

from connectors.venues.events import printable


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
