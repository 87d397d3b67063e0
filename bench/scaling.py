"""What an index costs, for docs/scaling.md: `python -m bench.scaling [PART…]`.

CPU time of this process (of `tidegauge define`, of its own), seeded; a share of a core is CPU
seconds per second of the log. Parts: snapshots, levels, bars, definitions, state, up (which goes by
the clock on the wall).
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from bench import definitions, up
from bench.snapshots import MEMBERS, Driven, Figures, levels, snapshots, spent
from engine.index.definition import parse_index
from engine.types import DAY, HOUR, MINUTE, SECOND
from tidegauge.progress import starting

INDICES = 10_000
BARS = 40
"""Minutes before the bars that are measured, and as many that are."""
YEARS = 5
"""After so long a ring of daily closes is full."""
PRICES = "baskets.prices.price"
"""Eight bytes an asset."""
SHOWN = 40
"""Parts of a state that are told, the largest first."""


def bars() -> Figures:
    """The end of a minute with a bar of every index and a benchmark each: a frame behind it less
    one within the minute."""
    driven, costs = Driven(INDICES, "1m"), list[float]()
    driven.apply(driven.all_assets(SECOND, "replay"))
    for _ in range(2 * BARS):
        pair = []
        for after in (MINUTE - SECOND, SECOND):
            frame = driven.all_assets(after, "replay")
            began = time.process_time()
            driven.apply(frame)
            pair.append(spent(began))
        costs.append(pair[0] - pair[1])
    return {"a bar": (1e3 * statistics.median(costs[BARS:]), "ms")}


def state() -> Figures:
    """What one index more adds to a checkpoint once all rings are full, and one asset more."""
    two, three, other = (_aged(*what) for what in ((2, MEMBERS), (3, MEMBERS), (2, 2 * MEMBERS)))
    added = {path: size - two.get(path, 0) for path, size in three.items()}
    shown = sorted(added.items(), key=lambda one: -one[1])[:SHOWN]
    assets = (other[PRICES] - two[PRICES]) // 8
    asset = (sum(other.values()) - sum(two.values())) / assets
    return {"an index": (sum(added.values()) / 1e3, "KB"), "an asset": (asset / 1e3, "KB")} | {
        path: (size / 1e3, "KB") for path, size in shown
    }


def _aged(indices: int, assets: int) -> dict[str, int]:
    """Bytes of the parts of a shard's state after years of days, a month of hours, a day of
    minutes; the indices hold ten of so many assets."""
    driven = Driven(indices, "1d", of=assets)
    for step, count in ((DAY, YEARS * 366 + 10), (HOUR, 730), (MINUTE, 1450)):
        for _ in range(count):
            driven.apply(driven.all_assets(step, "replay"))
    found: dict[str, int] = {}
    for path, size in _sizes("", driven.shard.dump()):
        found[path] = found.get(path, 0) + size
    return found


def _sizes(path: str, value: Any) -> Iterator[tuple[str, int]]:
    """Bytes of arrays by their names, and of all else together."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _sizes(f"{path}.{name}" if path else name, each)
    elif isinstance(value, list):
        for each in value:
            yield from _sizes(path, each)
    elif isinstance(value, np.ndarray):
        yield path, value.nbytes
    else:
        yield "all else", len(repr(value))


def defined() -> Figures:
    """Definitions, of a tenth and of all indices: each part of `bench.definitions`."""
    found: Figures = {}
    before: dict[str, float] = {}
    for count in (INDICES // 10, INDICES):
        made = [parse_index(index, table) for index, table in definitions.tables(count)]
        for name, part in definitions.PARTS.items():
            with starting():
                seconds = part(made)
            found[f"{count:,}: {name}"] = (seconds, "s")
            if before.get(name):
                found[f"growth of {name}"] = (seconds / before[name], "times")
            before[name] = seconds
    return found


PARTS: dict[str, Callable[[], Figures]] = {
    "snapshots": lambda: snapshots(1000),
    "levels": lambda: levels(INDICES),
    "bars": bars,
    "definitions": defined,
    "state": state,
    "up": lambda: up.measure(INDICES // 10),
}


def main(names: Sequence[str]) -> None:
    """Print the figures of these parts, or of all."""
    for name in names or PARTS:
        for figure, (value, unit) in PARTS[name]().items():
            print(f"{name}: {figure}: {value:.4g} {unit}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
