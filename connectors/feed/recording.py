"""The files of a recording: what a session asked and received, and when, one JSON object a line.

The first line of a file is its header: `{"tidegauge_recording": 1, "started": ns, "session": …,
"venue": …, "url": …, "part": 1, "instruments": [[venue, symbol, base, quote, kind, counts]],
"stall": {…}, "tidegauge": version}`. Every other line has `at` (ns UTC; it grows from line to line,
over all sessions of a run) and one of

- `open`: a connection stands; it has this number;  `failed`: none came about, and why;
- `in`, `out`: a received or sent frame of connection `c`: text, or `{"_b64": …}` if not UTF-8;
- `close`: the session wants connection `c` closed;  `end`: it has ended, and why; `code` or null;
- `woke`: a sleep of so many seconds is over. A stall is found by looking at the clock, so playing
  it back takes the moments of looking.

A file is plain while it is written, so that a killed process leaves readable lines; the parts that
are full are compressed.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import gzip
import hashlib
import heapq
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from connectors.feed.lines import LONGEST_FRAME_LINE, bounded
from connectors.venues.events import Frame
from engine.pricing.coins import as_named_now
from engine.records import Instrument

SETTLE = 20
"""Turns of the event loop in which all that an entry sets going has run: ending a connection,
the longest, takes about ten."""

FORMAT = 1
MARK = b'{"tidegauge_recording"'
"""How the first line of a recorded file begins."""
KINDS = ("open", "failed", "in", "out", "close", "end", "woke")


class RecordingError(Exception):
    """What is wrong with a recording, with the file and what to do."""


class Header(NamedTuple):
    """The first line of a file."""

    started: int
    session: str
    venue: str
    url: str
    part: int
    instruments: list[Instrument]
    stall: dict[str, float]


class RecordedEntry(NamedTuple):
    """One line: when, which of `KINDS`, its value, and the number of the connection or 0."""

    at: int
    kind: str
    value: Any
    connection: int
    code: int | None = None


def wrapped(frame: Frame) -> str | dict[str, str]:
    """A frame as it stands in a line."""
    if isinstance(frame, str):
        return frame
    try:
        return frame.decode()
    except UnicodeDecodeError:
        return {"_b64": base64.b64encode(frame).decode()}


def frame_of(value: Any) -> Frame:
    """The frame of an `in` or `out` value; ValueError if it is none."""
    if isinstance(value, str):
        return value
    try:
        return base64.b64decode(value["_b64"], validate=True)
    except (TypeError, KeyError, binascii.Error) as error:
        raise ValueError("a frame is neither text nor base64") from error


def read_entry(line: bytes) -> RecordedEntry:
    """A line behind the header. Raises ValueError."""
    found = orjson.loads(line)
    if not isinstance(found, dict) or not _is_whole(found.get("at")):
        raise ValueError("a line has no time")
    kind = next((kind for kind in KINDS if kind in found), None)
    if kind is None:
        raise ValueError(f"a line is none of {', '.join(KINDS)}")
    value = frame_of(found[kind]) if kind in ("in", "out") else found[kind]
    number, code = found.get("c", 0), found.get("code")
    if not _is_whole(number) or not (code is None or _is_whole(code)):
        raise ValueError("a connection or its code is no number")
    if (kind == "open" and not _is_whole(value)) or (
        kind == "woke" and type(value) not in (int, float)
    ):
        raise ValueError(f"what {kind!r} says is no number")
    return RecordedEntry(found["at"], kind, value, number, code)


def _is_whole(value: object) -> bool:
    return type(value) is int and 0 <= value < 2**63


def header(line: bytes, where: object) -> Header:
    """The first line of a file. Raises RecordingError."""
    try:
        found = orjson.loads(line)
        version = found["tidegauge_recording"]
        if version != FORMAT:
            raise RecordingError(f"{where}: format {version} is not {FORMAT}, which is read here")
        instruments = [as_named_now(Instrument(*i)) for i in found["instruments"]]
        texts = (found["session"], found["venue"], found["url"])
        if not all(isinstance(text, str) for text in texts):
            raise ValueError("a name in it is no text")
        if not (_is_whole(found["started"]) and _is_whole(found["part"])):
            raise ValueError("its time or its part is no number")
        return Header(
            found["started"],
            found["session"],
            found["venue"],
            found["url"],
            found["part"],
            instruments,
            found["stall"],
        )
    except (ValueError, KeyError, TypeError) as error:
        raise RecordingError(f"{where}: the first line is no header of a recording") from error


@dataclass(slots=True)
class SessionFiles:
    """The files of one session of one run, in order."""

    header: Header
    files: list[Path] = field(default_factory=list)


class Recording:
    """A directory, or one file, that `record` wrote. Raises RecordingError where it is none.

    `report` is given one line of text for each line that cannot be read, such as the torn last one
    of a killed process; `torn` counts them.
    """

    def __init__(self, where: Path, report: Callable[[str], None]) -> None:
        self.where, self.torn = where, 0
        self._report = report
        self.sessions = self._sessions(files_of(where))
        if not self.sessions:
            raise RecordingError(f"{where}: no recording is in it; `tidegauge record` makes one")

    def _sessions(self, files: Sequence[Path]) -> list[SessionFiles]:
        found: dict[tuple[int, str], SessionFiles] = {}
        parts = []
        for file in files:
            first = first_line(file)
            if not first.endswith(b"\n"):
                self._torn(file, 1)
                continue
            parts.append((header(first, file), file))
        for top, file in sorted(parts, key=lambda p: (p[0].started, p[0].session, p[0].part)):
            key = (top.started, top.session)
            found.setdefault(key, SessionFiles(top)).files.append(file)
        return list(found.values())

    def assets(self) -> set[str]:
        """What the recorded sessions had asked for."""
        return {i.base for s in self.sessions for i in s.header.instruments}

    def digest(self) -> str:
        """SHA-256 of all lines, hexadecimal; the same whether a file is compressed or not."""
        total = hashlib.sha256()
        for session in self.sessions:
            for file in session.files:
                with opened(file) as lines:
                    total.update(hashlib.file_digest(lines, "sha256").digest())
        return total.hexdigest()

    def entries(self) -> Iterator[tuple[int, RecordedEntry]]:
        """All lines of all sessions in order of time, with the index of the session."""
        each = (self._of(session) for session in range(len(self.sessions)))
        return heapq.merge(*each, key=lambda found: found[1].at)

    def frames(self, session: int) -> Iterator[RecordedEntry]:
        """The lines of one session in order of time."""
        return (found for _, found in self._of(session))

    def _of(self, session: int) -> Iterator[tuple[int, RecordedEntry]]:
        for file in self.sessions[session].files:
            with opened(file) as lines:
                for number, line in enumerate(readable(lines, file), 1):
                    if number == 1:
                        continue
                    try:
                        if line is None or not line.endswith(b"\n"):
                            raise ValueError("torn")
                        found = read_entry(line)
                    except ValueError:
                        self._torn(file, number)
                        continue
                    yield session, found

    def _torn(self, file: Path, number: int) -> None:
        self.torn += 1
        self._report(f"{file}:{number}: the line is torn or no entry of a recording; skipped")


def files_of(where: Path) -> list[Path]:
    """The recorded files there. A file that is compressed and still there plain counts once."""
    if where.is_file():
        return [where]
    if not where.is_dir():
        raise RecordingError(f"{where}: there is no such file or directory")
    plain = sorted(where.glob("*.jsonl"))
    names = {file.name for file in plain}
    packed = [f for f in sorted(where.glob("*.jsonl.gz")) if f.name[: -len(".gz")] not in names]
    return [*plain, *packed]


def is_recording(where: Path) -> bool:
    """Whether it is a directory, or a file that begins as a recorded one does."""
    if where.is_dir():
        return True
    try:
        with opened(where) as lines:
            return lines.read(len(MARK)) == MARK
    except (OSError, EOFError, zlib.error, RecordingError):
        return False


def opened(file: Path) -> gzip.GzipFile:
    """A file's bytes, unpacked if need be. Raises RecordingError."""
    try:
        raw: Any = gzip.open(file) if file.suffix == ".gz" else file.open("rb")  # noqa: SIM115
    except OSError as error:
        raise RecordingError(f"{file}: cannot be read: {error.strerror}") from error
    found: gzip.GzipFile = raw
    return found


def readable(lines: gzip.GzipFile, file: Path) -> Iterator[bytes | None]:
    """The lines, None for one too long; RecordingError where a compressed file is damaged."""
    try:
        yield from bounded(lines, LONGEST_FRAME_LINE)
    except (OSError, EOFError, zlib.error) as error:
        raise RecordingError(f"{file}: cannot be unpacked: {error}") from error


def first_line(file: Path) -> bytes:
    """The first line, empty where there is none or it is too long. Raises RecordingError."""
    with opened(file) as lines:
        return next(readable(lines, file), None) or b""


async def settle() -> None:
    """Let a session do all that the entry that was just recorded, or is played, sets going."""
    for _ in range(SETTLE):
        await asyncio.sleep(0)
