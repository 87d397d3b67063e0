"""Lines of recordings that somebody else may have written: what is none raises ValueError."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from connectors.feed.lines import LONGEST_FRAME_LINE
from connectors.feed.recording import (
    RecordedEntry,
    Recording,
    RecordingError,
    header,
    is_recording,
    read_entry,
)

HEADER = (
    b'{"tidegauge_recording":1,"started":1,"session":"a","venue":"kraken","url":"u","part":1,'
    b'"instruments":[["kraken","BTC/USD","BTC","USD","spot",true]],"stall":{}}'
)


def test_an_entry() -> None:
    assert read_entry(b'{"at":5,"in":"x","c":2}') == RecordedEntry(5, "in", "x", 2)
    assert read_entry(b'{"at":5,"woke":1.5}') == RecordedEntry(5, "woke", 1.5, 0)


@pytest.mark.parametrize(
    "line",
    [
        b'{"at":true,"open":1}',
        b'{"at":-1,"open":1}',
        b'{"at":5.0,"open":1}',
        b'{"at":5,"in":"x","c":[1]}',
        b'{"at":5,"in":"x","c":true}',
        b'{"at":5,"end":"x","c":1,"code":"1000"}',
        b'{"at":5,"open":{}}',
        b'{"at":5,"woke":"1"}',
        b'{"at":5,"woke":true}',
    ],
)
def test_what_is_no_entry(line: bytes) -> None:
    with pytest.raises(ValueError, match=r"is no number|has no time"):
        read_entry(line)


@pytest.mark.parametrize(
    ("old", "new"),
    [(b'"a"', b"5"), (b'"kraken","url"', b'[],"url"'), (b'"part":1', b'"part":"1"')],
)
def test_headers_with_wrong_types(old: bytes, new: bytes) -> None:
    assert header(HEADER, "f").session == "a"
    with pytest.raises(RecordingError, match="f: the first line is no header"):
        header(HEADER.replace(old, new), "f")


def test_a_line_too_long_is_torn(tmp_path: Path) -> None:
    file, told = tmp_path / "a.jsonl.gz", list[str]()
    with gzip.open(file, "wb", compresslevel=1) as out:
        out.write(HEADER + b'\n{"at":5,"open":1}\n{"at":6,"in":"')
        out.write(b"x" * LONGEST_FRAME_LINE + b'","c":1}\n{"at":7,"end":"","c":1}\n')
    assert is_recording(file)
    recording = Recording(file, told.append)
    assert [found.at for _, found in recording.entries()] == [5, 7]
    assert told == [f"{file}:3: the line is torn or no entry of a recording; skipped"]
