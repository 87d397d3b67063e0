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


def records(given: Arrays) -> list[bytes]:
    """The trades as the values of records."""
    assets, venues = int(given["assets"]), int(given["venues"])
    markets = [
        Instrument(f"v{v}", f"A{a}-USD", f"A{a}", "USD", "spot", True)
        for a in range(assets)
        for v in range(venues)
    ]
    size, step = int(given["frame"]), int(given["step"])
    places = given["place"]
    ids = np.zeros(len(places), dtype=np.int64)
    for market in range(len(markets)):
        mine = np.flatnonzero(places == market)
        ids[mine] = np.arange(1, len(mine) + 1)
    times = (BEGIN + step * np.arange(1, len(places) + 1)).tolist()
    sides: list[Side | None] = ["buy"] * size
    made = []
    for start in range(0, len(places), size):
        rows = slice(start, start + size)
        at = times[rows]
        names: list[str | None] = [str(number) for number in ids[rows].tolist()]
        frame = TickFrame(
            at[-1], "live", markets, places[rows].tolist(), given["price"][rows].tolist(),
            given["size"][rows].tolist(), sides[: len(at)], names, at, at, [],
        )  # fmt: skip
        made.append(encode(frame)[1])
    return made


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
        pricer.apply(DefinitionRecord(BEGIN, "live", "X", told))
        began = clock()
        made = [pricer.apply(frame) for frame in frames]
        took = clock() - began
        for outputs in made:
            for output in outputs:
                if isinstance(output.body, PriceFrame):
                    last |= zip(output.body.asset, output.body.price, strict=True)
        prices = [last[name] for name in sorted(last) if name.startswith("A")]
        return took, {"prices": np.array(prices)}

    return run


if __name__ == "__main__":
    serve({
        "decode": decoding, "orjson": reading(orjson.loads), "json": reading(json.loads),
        "price": price,
    })  # fmt: skip
