"""`decode`: raw frames through a venue's parser and the Pricer's gate."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Iterator
from io import BufferedReader

import orjson

from connectors.decode import decode
from connectors.recording import RecordingError
from connectors.venue import Malformed
from engine.pricing.gate import Gate
from engine.types import Gap, Instrument, Tick
from streams.codecs import gap_json, tick_json
from tidegauge.errors import WrongUse


def decode_lines(
    name: str, frames: Iterable[bytes], where: str = "-"
) -> Iterator[tuple[int, bytes | str]]:
    """Line number and JSON of each tick and gap, or what is wrong with a frame, as text.

    `where` is what errors call the frames.

    Every trade of the frames is shown, also one that the gate would not let move a price.
    """
    gates: dict[Instrument, Gate] = {}
    for number, event in _decoded(name, frames, where):
        if isinstance(event, Tick):
            gate = gates.setdefault(event.instrument, Gate(event.instrument))
            gate.admit(event.ts, event.id)
            gap = gate.take_gap()
            if gap is not None:
                yield number, orjson.dumps(gap_json(gap))
            yield number, orjson.dumps(tick_json(event))
        elif isinstance(event, Gap):
            gates.setdefault(event.instrument, Gate(event.instrument)).fear(event.reason)
        else:
            yield number, f"{event.reason}: {printable(event.excerpt)}"


def _decoded(
    name: str, frames: Iterable[bytes], where: str
) -> Iterator[tuple[int, Tick | Gap | Malformed]]:
    if isinstance(frames, BufferedReader) and frames.peek(2)[:2] == b"\x1f\x8b":
        frames = gzip.GzipFile(fileobj=frames)
    try:
        yield from decode(name, frames)
    except RecordingError as error:
        raise WrongUse(f"{where}: {error}") from error
    except (OSError, EOFError, zlib.error) as error:
        raise WrongUse(f"{where}: cannot be unpacked: {error}") from error


def printable(text: str) -> str:
    """Text without control characters: what a file holds must not steer the terminal."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text)
