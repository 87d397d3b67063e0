"""Recorded raw frames to ticks."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator

import orjson

from connectors.registry import venue
from connectors.venue import Frame, Malformed, malformed
from engine.types import Gap, Tick

WRAPPED = (b'{"_b64"', b'{ "_b64"')
"""How a line begins that carries a binary frame as {"_b64": base64}."""


def decode(name: str, lines: Iterable[str | bytes]) -> Iterator[tuple[int, Tick | Gap | Malformed]]:
    """Yields (line number from 1, event) for recorded frames of venue `name`, one frame a line.

    Instruments are made from the symbols met. Empty lines, and what is neither trade nor gap nor
    malformed, say nothing. Raises `connectors.registry.UnknownVenueError`, at once.
    """
    parser = venue(name).parser(())

    def events() -> Iterator[tuple[int, Tick | Gap | Malformed]]:
        for number, line in enumerate(lines, 1):
            raw = line.strip()
            if not raw:
                continue
            frame = unwrapped(raw)
            found = malformed("bad base64", raw) if frame is None else parser.feed(frame)
            for event in found:
                if isinstance(event, Tick | Gap | Malformed):
                    yield number, event

    return events()


def unwrapped(line: Frame) -> Frame | None:
    """The frame of a line; None where its base64 cannot be read."""
    raw = line.encode(errors="surrogatepass") if isinstance(line, str) else line
    if not raw.startswith(WRAPPED):
        return line
    try:
        return base64.b64decode(orjson.loads(raw)["_b64"], validate=True)
    except (ValueError, TypeError, KeyError, binascii.Error):
        return None
