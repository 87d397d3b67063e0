"""Lines of files that somebody else wrote, of bounded length."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from connectors.feed.transport import MAX_MESSAGE

LONGEST_FRAME_LINE = 2 * MAX_MESSAGE
"""Bytes of a line of raw frames. A session takes no larger frame; JSON and base64 make it longer,
by less than this for whatever a venue sends."""


class Lines(Protocol):
    """A file opened for reading bytes."""

    def readline(self, size: int = -1, /) -> bytes:
        """The next line with its end, or its first `size` bytes."""
        ...


def bounded(lines: Lines, longest: int) -> Iterator[bytes | None]:
    """Each line with its end; None for one that is longer than `longest` bytes.

    Such a line is passed over in pieces, never held as a whole: a compressed file of a few hundred
    KB may well have a line of a GB.
    """
    read = lines.readline
    while line := read(longest):
        if len(line) < longest or line.endswith(b"\n"):
            yield line
            continue
        while not line.endswith(b"\n") and (line := read(longest)):
            pass
        yield None
