"""What the shard costs beside ticks and bars: snapshots, levels, small frames, the first prices.

CPU time of one process, one log each, seeded. Indices have ten of a hundred assets and a benchmark
each. Sent means encoded, to the bytes of the records; appending them to a log is not counted. A
share of a core is CPU seconds per second of the log. Nobody else makes these records, so there is
nobody beside us.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from math import nan
from typing import Any

import numpy as np

from bench.rows import Row, Setting
from engine.index.definition import parse_index
from engine.index.shard import Shard
from engine.periods import NEVER
from engine.records import DefinitionRecord, Output, PriceFrame, Receipt
from engine.types import DAY, SECOND
from streams.codecs import encode

BEGIN = 1_700_006_400 * SECOND
"""00:00 UTC of a day, so that each run crosses the same boundaries."""
ASSETS = 100
MEMBERS = 10
WARM_DAYS = 120
"""Days of prices before snapshots are measured: most of the figures are defined then."""


Figures = dict[str, tuple[float, str]]
"""What was measured: a figure and its unit, by name."""


class Driven:
    """A shard of seeded indices, each of ten `of` so many assets, and the prices it is given."""

    def __init__(
        self, indices: int, interval: str, every: int | None = NEVER, of: int = ASSETS
    ) -> None:
        self.shard, self.now, self._offset = Shard(every=every), BEGIN, 0
        self._noise = np.random.default_rng(2)
        self._prices = np.full(ASSETS, 100.0)
        rng = random.Random(1)
        for number in range(indices):
            assets = rng.sample(range(of), MEMBERS)
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
        return self.shard.apply(record, self.receipt())

    def receipt(self) -> Receipt:
        """Where its last record stands."""
        return Receipt("prices", "bench", 0, self._offset)

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


def spent(began: float) -> float:
    """CPU seconds since."""
    return time.process_time() - began


def sent(outputs: Iterable[Output]) -> int:
    """Bytes of the records."""
    return sum(len(encode(output.body)[1]) for output in outputs)


def snapshots(indices: int) -> Figures:
    """Snapshots of daily bars once a second, each after new prices."""
    driven = Driven(indices, "1d")
    for _ in range(WARM_DAYS):
        driven.apply(driven.all_assets(DAY, "replay"))
    driven.now += 600 * SECOND
    costs, size = list[float](), 0
    for _ in range(12):
        driven.apply(driven.all_assets(SECOND))
        began = time.process_time()
        size = sent(driven.shard.snapshots("live", driven.receipt()))
        costs.append(spent(began))
    each = statistics.median(costs[2:])
    return {
        "each": (each / indices * 1e6, "µs"),
        "each after a day's end": (costs[0] / indices * 1e6, "µs"),
        "at the usual cadence": (100.0 * each / max(1.0, indices / 1000), "% of a core"),
        "size": (size / indices, "bytes"),
    }


def levels(indices: int) -> Figures:
    """Levels ten times a second, in frames of a hundred rows that move every index."""
    driven = Driven(indices, "1m")
    driven.apply(driven.all_assets(SECOND))
    costs, quiet = list[float](), list[float]()
    for number in range(30):
        # A frame in each tenth of a second, and one more in the same tenth: it sends no levels.
        for within in (SECOND // 10 - SECOND // 100, SECOND // 100):
            frame = driven.all_assets(within)
            began = time.process_time()
            made = driven.apply(frame)
            sent(made)
            cost = spent(began)
            if number >= 5:
                (costs if made else quiet).append(cost)
    each = statistics.median(costs) - statistics.median(quiet)
    return {"all": (each * 1e3, "ms"), "ten times a second": (1e3 * each, "% of a core")}


def small_frames(indices: int) -> Figures:
    """Frames of ten rows a millisecond apart; with a snapshot a second, and with none."""
    found: Figures = {}
    for name, every in (("with snapshots", None), ("without snapshots", NEVER)):
        driven = Driven(indices, "1m", every)
        driven.apply(driven.all_assets(SECOND))
        frames = [driven.some(10, SECOND // 1000) for _ in range(1200)]
        for frame in frames[:200]:
            driven.apply(frame)
        began = time.process_time()
        for frame in frames[200:]:
            driven.apply(frame)
        found[name] = (10 * 1000 / spent(began), "rows/s")
    return found


def first_frame(indices: int) -> Figures:
    """The first prices of new definitions, with the snapshots that they cause."""
    driven = Driven(indices, "1d", None)
    frame = driven.all_assets(SECOND)
    began = time.process_time()
    made = driven.apply(frame)
    applied = spent(began)
    began = time.process_time()
    sent(made)
    return {"applied": (applied, "s"), "encoded": (spent(began), "s")}


WORKS: dict[str, tuple[Callable[[int], Figures], int]] = {
    "snapshots": (snapshots, 1000),
    "levels": (levels, 10_000),
    "frames of ten rows": (small_frames, 300),
    "first prices": (first_frame, 10_000),
}
"""What is measured, and of how many indices."""


def measure(setting: Setting) -> list[Row]:
    """All works, one after the other."""
    found = []
    for work, (figures, usual) in WORKS.items():
        indices = usual // (10 if setting.quick else 1)
        for name, (figure, unit) in figures(indices).items():
            found.append(Row(f"{work}, {indices:,} indices: {name}", "tidegauge", figure, unit))
    return found
