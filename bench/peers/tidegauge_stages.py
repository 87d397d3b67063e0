"""Our codecs and our Pricer, asked as all others are; and bare JSON beside the codec."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import orjson

from bench.peers.serve import Arrays, Run, clock, serve
from engine.index.definition import parse_index
from engine.pricing.pricer import Pricer
from engine.records import DefinitionRecord, Instrument, PriceFrame, Side, TickFrame
from engine.types import SECOND
from streams.codecs import decode, encode

BEGIN = 1_700_006_400 * SECOND
FIRST_ID = 1_000_001


def markets(given: Arrays) -> list[Instrument]:
    """What is traded, venue by venue within each asset."""
    assets, venues = range(int(given["assets"])), range(int(given["venues"]))
    return [
        Instrument(f"v{v}", f"A{a}-USD", f"A{a}", "USD", "spot", True)
        for a in assets
        for v in venues
    ]


def record(given: Arrays, rows: slice, ids: list[int], at: list[int]) -> bytes:
    """Some of the trades as the value of a record."""
    sides: list[Side | None] = ["buy"] * len(at)
    names: list[str | None] = [str(number) for number in ids]
    place, price, size = (given[name][rows].tolist() for name in ("place", "price", "size"))
    told = markets(given)
    frame = TickFrame(at[-1], "live", told, place, price, size, sides, names, at, at, [])
    return encode(frame)[1]


def records(given: Arrays) -> list[bytes]:
    """All trades as records."""
    places, size, step = given["place"], int(given["frame"]), int(given["step"])
    ids = np.zeros(len(places), dtype=np.int64)
    for market in range(len(markets(given))):
        mine = np.flatnonzero(places == market)
        ids[mine] = np.arange(FIRST_ID, FIRST_ID + len(mine))
    times = BEGIN + step * np.arange(1, len(places) + 1)
    cuts = [slice(k, k + size) for k in range(0, len(places), size)]
    return [record(given, rows, ids[rows].tolist(), times[rows].tolist()) for rows in cuts]


def opening(given: Arrays) -> bytes:
    """A trade of each market, long enough ago that there is a price of each asset."""
    count = len(markets(given))
    trades = {"place": np.arange(count), "price": np.full(count, 100.0), "size": np.ones(count)}
    ids, at = [FIRST_ID - 1] * count, [BEGIN - 6 * SECOND] * count
    return record({**given, **trades}, slice(count), ids, at)


def as_frames(values: list[bytes]) -> list[Any]:
    """The frames of these records."""
    return [decode("ticks", 1, value, 1 << 62) for value in values]


def decoding(given: Arrays) -> Run:
    """From bytes to checked frames."""
    values = records(given)

    def run() -> tuple[float, Arrays]:
        began = clock()
        frames = as_frames(values)
        took = clock() - began
        price, size = (sum(float(np.sum(getattr(f, n))) for f in frames) for n in ("price", "size"))
        return took, {"sums": np.array([price, size])}

    return run


def reading(loads: Callable[[bytes], Any]) -> Callable[[Arrays], Run]:
    """From bytes to Python objects, whatever they are."""

    def prepared(given: Arrays) -> Run:
        values = records(given)

        def run() -> tuple[float, Arrays]:
            began = clock()
            frames = [loads(value) for value in values]
            took = clock() - began
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
        frames, pricer, last = as_frames(values), Pricer(), dict[str, float]()
        pricer.apply(DefinitionRecord(BEGIN - 10 * SECOND, "live", "X", told))
        pricer.apply(as_frames([opening(given)])[0])
        began = clock()
        made = [pricer.apply(frame) for frame in frames]
        took = clock() - began
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
        "decode": decoding, "orjson": reading(orjson.loads), "json": reading(json.loads),
        "price": price,
    })  # fmt: skip
