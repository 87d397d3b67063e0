"""Recorded raw frames to ticks."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator

import orjson

from connectors.feed.recording import MARK, RecordingError, header, read_entry
from connectors.venues.base import Parser
from connectors.venues.events import Event, Frame, Malformed, malformed
from connectors.venues.registry import venue
from engine.records import Gap, Tick

SHOWN = (Tick, Gap, Malformed)
WRAPPED = (b'{"_b64"', b'{ "_b64"')
"""How a line begins that carries a binary frame as {"_b64": base64}."""


def decode(name: str, lines: Iterable[str | bytes]) -> Iterator[tuple[int, Tick | Gap | Malformed]]:
    """Yields (line number from 1, event) for recorded frames of venue `name`, one frame a line.

    Instruments are made from the symbols met. Empty lines, and what is neither trade nor gap nor
    malformed, say nothing. A file of `tidegauge record` is known by its first line; a line of it
    that is torn is malformed, and each connection has a new parser. Raises
    UnknownVenueError, at once, and RecordingError for another venue's file.
    """
    parser = venue(name).parser(())
    parsers: dict[int, Parser] = {}  # two at a time while a connection is handed over

    def events_of(line: bytes) -> list[Event]:
        """A line of a recording."""
        try:
            said = read_entry(line)
        except ValueError:
            return malformed("torn line", line)
        if said.kind == "open":
            parsers.pop(said.value, None)
        if said.kind != "in":
            return []
        if said.connection not in parsers:
            parsers[said.connection] = venue(name).parser(())
        return parsers[said.connection].feed(said.value)

    def events() -> Iterator[tuple[int, Tick | Gap | Malformed]]:
        recorded = False
        for number, line in enumerate(lines, 1):
            raw = line.strip()
            if not raw:
                continue
            if number == 1 and isinstance(raw, bytes) and raw.startswith(MARK):
                recorded = _of_venue(raw, name)
            elif recorded and isinstance(raw, bytes):
                yield from ((number, e) for e in events_of(raw) if isinstance(e, SHOWN))
            else:
                frame = unwrapped(raw)
                found = malformed("bad base64", raw) if frame is None else parser.feed(frame)
                yield from ((number, e) for e in found if isinstance(e, SHOWN))

    return events()


def _of_venue(line: bytes, name: str) -> bool:
    recorded = header(line, "line 1").venue
    if recorded != name:
        raise RecordingError(f"line 1: this is a recording of {recorded}, not of {name}")
    return True


def unwrapped(line: Frame) -> Frame | None:
    """The frame of a line; None where its base64 cannot be read."""
    raw = line.encode(errors="surrogatepass") if isinstance(line, str) else line
    if not raw.startswith(WRAPPED):
        return line
    try:
        return base64.b64decode(orjson.loads(raw)["_b64"], validate=True)
    except (ValueError, TypeError, KeyError, binascii.Error):
        return None
