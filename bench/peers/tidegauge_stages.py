"""Our codecs and our Pricer, asked as all others are; and bare JSON beside the codecs.

A connector writes frames of some rows as columns; JSON is what others may send.
"""

from __future__ import annotations

import gc
import json
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
import orjson

from bench.peers.serve import Arrays, Run, clock, serve
from engine.index.definition import parse_index
from engine.pricing.pricer import Pricer
from engine.records import DefinitionRecord, Instrument, PriceFrame, Side, TickFrame
from engine.records.packed_ticks import PackedTicks
from engine.types import SECOND
from streams.codecs import decode_for_stage, encode, encode_json

BEGIN = 1_700_006_400 * SECOND
FIRST_ID = 1_000_001
ENOUGH = 1000
"""Frames in the last of which all is priced."""
Encoded = Callable[[Any], tuple[str | None, bytes]]
"""Makes a record's type and value."""


def markets(given: Arrays) -> list[Instrument]:
    """What is traded, venue by venue within each asset."""
    assets, venues = range(int(given["assets"])), range(int(given["venues"]))
    return [
        Instrument(f"v{v}", f"A{a}-USD", f"A{a}", "USD", "spot", True)
        for a in assets
        for v in venues
    ]


def record(
    given: Arrays, rows: slice, ids: list[int], at: list[int], encoded: Encoded = encode
) -> bytes:
    """Some of the trades as the value of a record."""
    sides: list[Side | None] = ["buy"] * len(at)
    names: list[str | None] = [str(number) for number in ids]
    place, price, size = (given[name][rows].tolist() for name in ("place", "price", "size"))
    told = markets(given)
    frame = TickFrame(at[-1], "live", told, place, price, size, sides, names, at, at, [])
    return encoded(frame)[1]


def records(given: Arrays, encoded: Encoded = encode) -> list[bytes]:
    """All trades as records."""
    places, size, step = given["place"], int(given["frame"]), int(given["step"])
    ids = np.zeros(len(places), dtype=np.int64)
    for market in range(len(markets(given))):
        mine = np.flatnonzero(places == market)
        ids[mine] = np.arange(FIRST_ID, FIRST_ID + len(mine))
    times = BEGIN + step * np.arange(1, len(places) + 1)
    cuts = [slice(k, k + size) for k in range(0, len(places), size)]
    return [record(given, rows, ids[rows].tolist(), times[rows].tolist(), encoded) for rows in cuts]


def opening(given: Arrays) -> bytes:
    """A trade of each market, long enough ago that there is a price of each asset."""
    count = len(markets(given))
    trades = {"place": np.arange(count), "price": np.full(count, 100.0), "size": np.ones(count)}
    ids, at = [FIRST_ID - 1] * count, [BEGIN - 6 * SECOND] * count
    return record({**given, **trades}, slice(count), ids, at)


def frame_of(value: bytes) -> Any:
    """The frame of a record, as a stage gets it."""
    return decode_for_stage("ticks", 1, value, 1 << 62)


def timed(work: Callable[[Any], Any], given: list[Any], last: deque[Any] | None = None) -> float:
    """Seconds for doing it to each; `last` holds what came of the last ones.

    Nothing else is held, as nothing is where frames come from a log: or the garbage collector would
    go through all of them again and again.
    """
    gc.freeze()
    began = clock()
    kept = deque(map(work, given), maxlen=0 if last is None else last.maxlen)
    took = clock() - began
    gc.unfreeze()
    if last is not None:
        last += kept
    return took


def decoding(encoded: Encoded) -> Callable[[Arrays], Run]:
    """From bytes of this form to checked frames."""

    def prepared(given: Arrays) -> Run:
        values = records(given, encoded)

        def run() -> tuple[float, Arrays]:
            took = timed(frame_of, values)
            found = sum((sums(frame_of(value)) for value in values), start=np.zeros(2))
            return took, {"sums": found}

        run()  # compiles what is not compiled yet
        return run

    return prepared


def sums(frame: TickFrame | PackedTicks) -> Any:
    """Of the prices and of the sizes."""
    if isinstance(frame, PackedTicks):
        return frame.floats.reshape(2, -1).sum(1)
    return np.array([sum(frame.price), sum(frame.size)])


def reading(loads: Callable[[bytes], Any]) -> Callable[[Arrays], Run]:
    """From bytes to Python objects, whatever they are."""

    def prepared(given: Arrays) -> Run:
        values = records(given, encode_json)

        def run() -> tuple[float, Arrays]:
            took = timed(loads, values)
            frames = [loads(value) for value in values]
            price, size = (sum(sum(f[name]) for f in frames) for name in ("price", "size"))
            return took, {"sums": np.array([price, size])}

        return run

    return prepared


def price(given: Arrays) -> Run:
    """From checked frames to prices."""
    assets = [f"A{a}" for a in range(int(given["assets"]))]
    told = parse_index("X", {"assets": assets}).to_mapping()
    values = records(given)

    def run() -> tuple[float, Arrays]:
        frames, pricer, last = [frame_of(value) for value in values], Pricer(), dict[str, float]()
        made = deque[Any](maxlen=ENOUGH)
        pricer.apply(DefinitionRecord(BEGIN - 10 * SECOND, "live", "X", told))
        pricer.apply(frame_of(opening(given)))
        took = timed(pricer.apply, frames, made)
        for outputs in made:
            for output in outputs:
                if isinstance(output.body, PriceFrame):
                    last |= zip(output.body.asset, output.body.price, strict=True)
        prices = [last[name] for name in sorted(last) if name.startswith("A")]
        return took, {"prices": np.array(prices)}

    run()  # compiles what is not compiled yet
    return run


if __name__ == "__main__":
    serve({
        "decode": decoding(encode), "decode_json": decoding(encode_json), "price": price,
        "orjson": reading(orjson.loads), "json": reading(json.loads),
    })  # fmt: skip
