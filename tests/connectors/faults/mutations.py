"""Frames changed at random, and what a parser must hold whatever it is fed."""

from __future__ import annotations

import gzip
import json
import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

from connectors.venues.base import Parser, Venue
from connectors.venues.events import Event, Malformed, Reply
from engine.records import Tick

REFRESH = 50
"""Frames after which the unchanged ones are fed again: mutations forget or rename channels."""
SPLICES = (
    *("null", "true", "-1", "0", "1e400", "1e-400", "[]", "{}", '""', '"x"', "NaN", "\x00", "\\"),
    *('"\\ud800"', "9" * 30, "[" * 40, "18446744073709551615", "0.1", '"e"', '"data"', "é", "💥"),
)


def mutate(rng: random.Random, seeds: Sequence[str]) -> str | bytes:
    """A frame with one to four random changes, in text or in bytes."""
    frame = seeds[0] if rng.random() < 0.5 else rng.choice(seeds)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        a, b = sorted(rng.randrange(len(frame) + 1) for _ in range(2))
        match rng.randrange(7):
            case 0:
                frame = frame[:a] + frame[b:]
            case 1:
                frame = frame[:b] + frame[a:]
            case 2:
                frame = frame[:a] + rng.choice(SPLICES) + frame[a:]
            case 3:
                frame = frame[:a] + chr(rng.randrange(32, 127)) + frame[a + 1 :]
            case 4:
                frame = frame[:a] + rng.choice(seeds)[b:]
            case 5:  # one value for another, so that it stays JSON
                values = frame.split(":")
                values[rng.randrange(len(values))] = rng.choice((*SPLICES, "")) + ","
                frame = ":".join(values)
            case _:
                frame = json.dumps(swap(rng, frame))
    if rng.random() < 0.3:
        raw = bytearray(frame.encode(errors="surrogatepass"))
        if raw:
            raw[rng.randrange(len(raw))] = rng.randrange(256)
        return bytes(raw)
    return frame


def swap(rng: random.Random, frame: str) -> Any:
    """The same JSON with one value of another type."""
    try:
        data = json.loads(frame)
    except ValueError:
        return frame
    place = data
    while True:
        if not isinstance(place, dict | list) or not place:
            return data
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = rng.choice(keys)
        if isinstance(place[key], dict | list) and rng.random() < 0.7:
            place = place[key]
            continue
        place[key] = rng.choice(
            [None, True, [], {}, "", "x", -1, 0, 1.5, 2**64, [[]], {"e": 1}, "1e308", 10**18]
        )
        return data


def compressed(rng: random.Random, frame: str | bytes) -> bytes:
    """The frame in gzip, half the time with a broken byte."""
    raw = frame if isinstance(frame, bytes) else frame.encode(errors="surrogatepass")
    whole = bytearray(gzip.compress(raw, compresslevel=1, mtime=0))
    if rng.random() < 0.5:
        whole[rng.randrange(len(whole))] = rng.randrange(256)
    return bytes(whole)


def survive(venue: Venue, seeds: Sequence[str], frames: int, seed: int) -> Counter[str]:
    """Feed a venue's parser mutations of its seeds; how many events of each kind came of them.

    Raises AssertionError with the frame where the parser raises, or says what no parser may.
    """
    rng = random.Random(seed)
    parser = venue.parser(venue.instruments(["BTC"]))
    parser.subscribe()
    kinds: Counter[str] = Counter()
    for number in range(frames):
        if number % REFRESH == 0:
            for unchanged in seeds:
                parser.feed(unchanged)
        frame = mutate(rng, seeds)
        if venue.name == "htx" and rng.random() < 0.5:
            frame = compressed(rng, frame)
        for event in _fed(parser, number, frame):
            kinds[type(event).__name__] += 1
            check(venue.name, event)
    return kinds


def _fed(parser: Parser, number: int, frame: str | bytes) -> list[Event]:
    try:
        return parser.feed(frame)
    except Exception as error:
        raise AssertionError(f"mutation {number}: {frame!r}") from error


def check(venue: str, event: Event) -> None:
    """What holds for every event, however broken the frame."""
    if isinstance(event, Malformed):
        assert len(event.excerpt) <= 120
    elif isinstance(event, Reply):
        assert isinstance(json.loads(event.frame), dict | list) or event.frame in ("ping", "pong")
    elif isinstance(event, Tick):
        numbers = event.price, event.size
        assert all(0 <= n < float("inf") for n in numbers)
        assert event.off_book or 0 not in numbers
        sided = event.side in ("buy", "sell")
        assert sided or (event.side is None and (event.off_book or venue == "gemini"))
        assert 0 < event.ts < 2**63
        assert event.instrument.venue == venue
        assert event.instrument.base
        assert event.instrument.quote
