"""What the shard costs: snapshots, levels, small frames, a bar and the first prices.

    python -m bench.engine [--only NAME,…] [--indices N] [--json FILE]

CPU time of one process, one log each, seeded. Indices have ten of a hundred assets and a benchmark
each. Sent means encoded, to the bytes of the records; appending them to a log is not counted. A
share of a core is CPU seconds per second of the log.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from math import nan
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from engine.index.definition import parse_index
from engine.index.shard import Shard
from engine.periods import NEVER
from engine.records import DefinitionRecord, Output, PriceFrame, Receipt
from engine.types import DAY, MINUTE, SECOND
from streams.codecs import encode

BEGIN = 1_700_006_400 * SECOND
"""00:00 UTC of a day, so that each run crosses the same boundaries."""
ASSETS = 100
MEMBERS = 10
WARM_DAYS = 120
"""Days of prices before snapshots are measured: most of the figures are defined then."""
WARM_MINUTES = 30


class Driven:
    """A shard of seeded indices, and the prices that it is given."""

    def __init__(self, indices: int, interval: str, every: int | None = NEVER) -> None:
        self.shard, self.now, self._offset = Shard(every=every), BEGIN, 0
        self._noise = np.random.default_rng(2)
        self._prices = np.full(ASSETS, 100.0)
        rng = random.Random(1)
        for number in range(indices):
            assets = rng.sample(range(ASSETS), MEMBERS)
            table = {
                "weights": {f"A{a}": rng.uniform(0.1, 1.0) for a in assets},
                "benchmarks": ["A0"],
                "return_interval": interval,
                "alerts": {"drawdown": [0.05, 0.1, 0.2]},
            }
            definition = parse_index(f"X{number}", table)
            record = DefinitionRecord(BEGIN, "live", definition.id, definition.to_mapping())
            self.apply(record)

    def apply(self, record: Any) -> list[Output]:
        """The shard takes it as the next record of its partition."""
        self._offset += 1
        return self.shard.apply(record, Receipt("prices", "bench", 0, self._offset))

    def frame(self, assets: Sequence[int], step: int, origin: Any = "live") -> PriceFrame:
        """New prices of these assets, `step` ns apart."""
        moves = 1.0 + 1e-4 * self._noise.standard_normal(len(assets))
        at, prices = [], []
        for asset, move in zip(assets, moves.tolist(), strict=True):
            self.now += step
            self._prices[asset] *= move
            at.append(self.now)
            prices.append(float(self._prices[asset]))
        names, none = [f"A{a}" for a in assets], [nan] * len(assets)
        return PriceFrame(self.now, origin, names, at, prices, none, none, {}, [])

    def all_assets(self, after: int, origin: Any = "live") -> PriceFrame:
        """A price of every asset `after` ns from now."""
        self.now += after - ASSETS
        return self.frame(range(ASSETS), 1, origin)

    def some(self, rows: int, step: int) -> PriceFrame:
        """Prices of assets drawn at random."""
        return self.frame(self._noise.integers(0, ASSETS, rows).tolist(), step)


def timed(work: Callable[[], object]) -> float:
    """CPU seconds of one call."""
    began = time.process_time()
    work()
    return time.process_time() - began


def sent(outputs: Iterable[Output]) -> int:
    """Bytes of the records."""
    return sum(len(encode(output.body)[1]) for output in outputs)


def snapshots(indices: int) -> dict[str, float]:
    """Snapshots of daily bars once a second, each after new prices."""
    driven = Driven(indices, "1d")
    for _ in range(WARM_DAYS):
        driven.apply(driven.all_assets(DAY, "replay"))
    driven.now += 600 * SECOND
    costs, sizes = [], []
    for _ in range(12):
        driven.apply(driven.all_assets(SECOND))
        receipt = Receipt("prices", "bench", 0, driven._offset)
        made = list[int]()
        costs.append(
            timed(lambda to=made, at=receipt: to.append(sent(driven.shard.snapshots("live", at))))
        )
        sizes += made
    return {
        "indices": indices,
        "us_each": statistics.median(costs[2:]) / indices * 1e6,
        "first_us_each": costs[0] / indices * 1e6,
        "share_of_a_core": statistics.median(costs[2:]) / max(1.0, indices / 1000),
        "bytes_each": sizes[-1] / indices,
    }


def levels(indices: int) -> dict[str, float]:
    """Levels ten times a second, in frames of a hundred rows that move every index."""
    driven = Driven(indices, "1m")
    driven.apply(driven.all_assets(SECOND))
    costs, quiet, counts = [], [], []
    for number in range(30):
        # A frame in each tenth of a second, and one more in the same tenth: it sends no levels.
        for within in (SECOND // 10 - SECOND // 100, SECOND // 100):
            frame = driven.all_assets(within)
            made = list[Output]()
            cost = timed(lambda to=made, f=frame: (to.extend(driven.apply(f)), sent(to)))
            if number >= 5:
                (costs if made else quiet).append(cost)
                counts += [len(made)] if made else []
    each = statistics.median(costs) - statistics.median(quiet)
    return {"indices": indices, "ms_each": each * 1e3, "share_of_a_core": each * 10,
            "records": statistics.median(counts)}  # fmt: skip


def small_frames(indices: int) -> dict[str, float]:
    """Frames of ten rows a millisecond apart; with a snapshot a second, and with none."""
    found = dict[str, float](indices=indices)
    for name, every in (("rows_per_s", None), ("without_snapshots", NEVER)):
        driven = Driven(indices, "1m", every)
        driven.apply(driven.all_assets(SECOND))
        frames = [driven.some(10, SECOND // 1000) for _ in range(1200)]
        for frame in frames[:200]:
            driven.apply(frame)
        cost = timed(lambda d=driven, fs=frames: [d.apply(f) for f in fs[200:]])
        found[name] = 10 * 1000 / cost
    return found


def bar(indices: int) -> dict[str, float]:
    """A closed minute bar of every index, less the prices that close it."""
    driven = Driven(indices, "1m")
    driven.apply(driven.all_assets(SECOND))
    costs, plain = [], []
    for number in range(WARM_MINUTES):
        driven.now = driven.now // MINUTE * MINUTE + MINUTE
        frames = [driven.all_assets(SECOND), driven.all_assets(SECOND)]
        found = [timed(lambda f=f: driven.apply(f)) for f in frames]
        if number >= 5:
            costs.append(found[0])
            plain.append(found[1])
    return {
        "indices": indices,
        "ms": (statistics.median(costs) - statistics.median(plain)) * 1e3,
        "prices_ms": statistics.median(plain) * 1e3,
    }


def first_frame(indices: int) -> dict[str, float]:
    """The first prices of new definitions, with the snapshots that they cause."""
    driven = Driven(indices, "1d", None)
    frame = driven.all_assets(SECOND)
    made = list[Output]()
    applied = timed(lambda: made.extend(driven.apply(frame)))
    encoded = timed(lambda: sent(made))
    return {"indices": indices, "s": applied, "encoding_s": encoded, "records": len(made)}


PARTS: dict[str, tuple[Callable[[int], dict[str, float]], int]] = {
    "snapshots": (snapshots, 1000),
    "levels": (levels, 10_000),
    "small_frames": (small_frames, 300),
    "bar": (bar, 10_000),
    "first_frame": (first_frame, 10_000),
}
"""What is measured, and of how many indices."""


def main() -> None:
    """Measure and print, one line a part."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else "")
    parser.add_argument("--only", default=",".join(PARTS), help="parts, separated by commas")
    parser.add_argument("--indices", type=int, help="as many indices instead of each part's own")
    parser.add_argument("--json", type=Path, help="the figures go to this file as well")
    given = parser.parse_args()
    found = {}
    for name in given.only.split(","):
        measure, usual = PARTS[name]
        found[name] = measure(given.indices or usual)
        figures = "  ".join(f"{key} {value:,.4g}" for key, value in found[name].items())
        print(f"{name:14}{figures}", flush=True)
    if given.json:
        given.json.write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2))


if __name__ == "__main__":
    main()
