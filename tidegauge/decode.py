"""`decode`: raw frames through a venue's parser and the Pricer's gate."""

from __future__ import annotations

import gzip
import io
import re
import sys
import zlib
from collections.abc import Iterator
from io import BufferedReader
from typing import NamedTuple

import click
import orjson

from connectors.feed.decode import decode
from connectors.feed.lines import LONGEST_FRAME_LINE, bounded
from connectors.feed.recording import RecordingError
from connectors.venues.events import Malformed
from engine.pricing.gate import TradeGate
from engine.records import Gap, Instrument, Tick
from streams.shown import gap_json, tick_json
from tidegauge.errors import Failure, WrongUse
from tidegauge.recorded.skipped import Skipped

_DATA = re.compile(r"'[^']*'|\"[^\"]*\"|:.*", re.DOTALL)
"""What of a parser's reason is of the frame, not of the kind of fault."""
_LONGEST_REASON = 200
"""Characters; a reason may quote a field of any length."""


class Unread(NamedTuple):
    """A frame that could not be used: its kind, and what is wrong with it."""

    kind: str
    reason: str


def write_decoded(name: str, file: BufferedReader, strict: bool) -> None:
    """The ticks and gaps of a file on stdout; what cannot be read on stderr, or a Failure."""
    where = str(getattr(file, "name", "-"))
    skipped = Skipped(lambda text: click.echo(text, err=True), strict=False, what="frames")
    for number, line in decode_lines(name, file, where):
        if isinstance(line, bytes):
            sys.stdout.buffer.write(line + b"\n")
            continue
        if strict:
            sys.stdout.flush()
            raise Failure(f"{where}:{number}: {line.reason}")
        skipped.add(f"{where}:{number}", line.kind, line.reason)
    sys.stdout.flush()
    if text := skipped.summary():
        click.echo(text, err=True)


def decode_lines(
    name: str, frames: BufferedReader, where: str = "-"
) -> Iterator[tuple[int, bytes | Unread]]:
    """Line number and JSON of each tick and gap, or what is wrong with a frame.

    `where` is what errors call the frames.

    Every trade of the frames is shown, also one that the gate would not let move a price.
    """
    gates: dict[Instrument, TradeGate] = {}
    for number, event in _decoded(name, frames, where):
        if isinstance(event, Tick):
            gate = gates.setdefault(event.instrument, TradeGate(event.instrument))
            gate.admit(event.ts, event.id)
            gap = gate.take_gap()
            if gap is not None:
                yield number, orjson.dumps(gap_json(gap))
            yield number, orjson.dumps(tick_json(event))
        elif isinstance(event, Gap):
            gates.setdefault(event.instrument, TradeGate(event.instrument)).suspect_loss(
                event.reason
            )
        elif isinstance(event, Malformed):
            kind = _DATA.sub("…", event.reason).removesuffix("…").strip()
            reason = event.reason[:_LONGEST_REASON]
            yield (
                number,
                Unread(printable(kind), f"{printable(reason)}: {printable(event.excerpt)}"),
            )
        else:
            yield number, event


def _decoded(
    name: str, frames: BufferedReader, where: str
) -> Iterator[tuple[int, Tick | Gap | Malformed | Unread]]:
    long: list[int] = []

    def lines() -> Iterator[bytes]:
        for number, line in enumerate(bounded(unpacked, LONGEST_FRAME_LINE), 1):
            if line is None:
                long.append(number)
            yield line or b""  # an empty line says nothing, and counts

    def unread() -> Iterator[tuple[int, Unread]]:
        while long:
            yield long.pop(0), Unread("long", f"is longer than {LONGEST_FRAME_LINE >> 20} MB")

    try:
        packed = frames.peek(2)[:2] == b"\x1f\x8b"
        unpacked = io.BufferedReader(gzip.GzipFile(fileobj=frames)) if packed else frames
        for number, event in decode(name, lines()):
            yield from unread()
            yield number, event
        yield from unread()
    except RecordingError as error:
        raise WrongUse(f"{where}: {error}") from error
    except (OSError, EOFError, zlib.error) as error:
        raise WrongUse(f"{where}: cannot be unpacked: {error}") from error


def printable(text: str) -> str:
    """Text without control characters: what a file holds must not steer the terminal."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text)
