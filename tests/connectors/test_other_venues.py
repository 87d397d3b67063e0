"""Frames of one venue in the parsers of all others: never a trade, and never an exception."""

import base64
import gzip
import json
from collections.abc import Iterator
from functools import cache

import pytest

from connectors.venues.events import Malformed
from connectors.venues.registry import VENUES
from engine.records import Tick
from tests.connectors.recordings import TRADES
from tests.shared import DATA, shared

ANSWERS = "control_and_errors"
"""In the name of a file with answers of several venues, and no trades."""
OWN = {
    "binance": ("binance_spot", "singles_binance.", "binance_docs", ANSWERS),
    "coinbase": ("coinbase_exchange", ANSWERS),
    "kraken": ("kraken_v2", ANSWERS),
    "okx": ("okx_v5", ANSWERS),
    "bybit": ("bybit",),
    "binance_usdm": ("binance_usdm", "singles_binance."),
    "coinbase_advanced": ("coinbase_advanced",),
    "kraken_futures": ("kraken_futures", "kraken_v1_and_futures"),
    "bitstamp": ("bitstamp",),
    "bitfinex": ("bitfinex",),
    "gemini": ("gemini",),
    "gate": ("gateio_v4", "singles_gateio"),
}
"""Parts of the names of files with frames of the venue itself, where it has other names."""


@cache
def all_lines() -> tuple[tuple[str, str | bytes], ...]:
    """(file, frame) of everything recorded, with binary frames also as they came."""
    return tuple(_lines())


def _lines() -> Iterator[tuple[str, str | bytes]]:
    for folder in ("frames", "singles", "parser_oracle"):
        for path in sorted((DATA / folder).glob("*.jsonl*")):
            with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as lines:
                for line in lines:
                    yield path.name, line
                    if line.startswith('{"_b64"'):
                        raw = base64.b64decode(json.loads(line)["_b64"])
                        yield path.name, raw
                        yield path.name, gzip.decompress(raw)
                    elif folder != "frames" and '"frame"' in line:
                        yield path.name, json.dumps(json.loads(line)["frame"])


@pytest.mark.parametrize("venue", VENUES)
def test_frames_of_other_venues_are_never_ticks(venue: str) -> None:
    shared("frames")
    own = OWN.get(venue, (f"_{venue}_", f"_{venue}.", ANSWERS))
    parser = VENUES[venue].parser(())
    recorded = venue in TRADES
    wrong = ticks = frames = 0
    for name, frame in all_lines():
        frames += 1
        events = parser.feed(frame)
        assert isinstance(events, list)
        if any(part in name for part in own):
            recorded |= ANSWERS not in name
            ticks += sum(isinstance(e, Tick) for e in events)
            continue
        assert not any(isinstance(e, Tick) for e in events), (name, frame)
        wrong += any(isinstance(e, Malformed) for e in events)
    assert frames > 35_000
    assert ticks >= max(TRADES.get(venue, 0), recorded)  # a new venue has no file there
    assert wrong > 10_000, "frames of other venues are said to be malformed"
