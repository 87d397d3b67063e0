"""The tick path: level, peak, drawdown and three alert rules of each index, row by row.

An index update is one pair of a row and an index that holds its asset. Every row is an instant of
its own. Ours takes price frames, as the codec gives them, through `Shard.apply`, and makes the
alerts; the others get what suits them and only count what fires and ceases.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.peers.serve import BASE_LEVEL, BASE_PRICE, THRESHOLDS
from bench.rows import Bench, Contestant, Row, Setting, deviation, rows_of
from bench.workers import Arrays

ASSETS, MEMBERS = 100, 10
COUNTS = (300, 1000, 10_000)
ROWS = 40_000
FRAME = {"calm": 1000, "rally": 1000, "storm": 10}
"""Rows in a record."""
CALM = 1e-4
"""Standard deviation of a price's step."""
DEPTH = 0.25
"""How far everything falls in a storm: through all three thresholds. It comes back above where it
began once in a run, and so ends all that fires."""
SLOWEST = 3
"""Rounds at most with 10,000 indices, where one run of some peers takes tens of seconds."""

OURS = "tidegauge"
CONTESTANTS = {
    OURS: Contestant("tidegauge", "bench.peers.tidegauge", "tick"),
    "C kernel": Contestant("numpy", "bench.peers.compiled", "tick"),
    "C, naive": Contestant("numpy", "bench.peers.compiled", "tick_naive"),
    "plain Python": Contestant("numpy", "bench.peers.plain", "tick"),
    "numpy": Contestant("numpy", "bench.peers.batch", "tick"),
    "river": Contestant("river", "bench.peers.river", "tick"),
    "csp": Contestant("csp", "bench.peers.csp", "tick"),
    "csp with numpy": Contestant("csp", "bench.peers.csp", "tick_vector"),
    "Wickra": Contestant("wickra", "bench.peers.wickra", "tick"),
}
KEYS = {
    "calm": {
        "C kernel": "tick_calm_vs_c", "plain Python": "tick_calm_vs_python",
        "csp": "tick_calm_vs_csp", "csp with numpy": "tick_calm_vs_csp",
    },
    "rally": {"C kernel": "tick_rally_vs_c", "plain Python": "tick_rally_vs_python"},
    "storm": {"C kernel": "tick_storm_vs_c"},
}  # fmt: skip
"""What each is called in `results.json`."""


def weights(indices: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Members (indices, MEMBERS) and weights of seeded indices."""
    noise = np.random.default_rng(1)
    members = np.array([noise.choice(ASSETS, MEMBERS, replace=False) for _ in range(indices)])
    return members, noise.uniform(0.1, 1.0, members.shape)


def work(regime: str, indices: int, rows: int) -> Arrays:
    """Prices of a regime, and indices that begin at the base level."""
    members, weight = weights(indices)
    noise = np.random.default_rng(2)
    asset, normal = noise.integers(0, ASSETS, rows), noise.standard_normal(rows)
    last, price = np.full(ASSETS, BASE_PRICE), np.empty(rows)
    for k, a in enumerate(asset.tolist()):
        if regime == "storm":
            turn = (1.0 - np.cos(2.0 * np.pi * k / rows)) / 2.0
            last[a] = BASE_PRICE * (1.0 + 0.02 * k / rows - DEPTH * turn) * (1 + CALM * normal[k])
        else:
            last[a] *= 1.0 + CALM * (abs(normal[k]) if regime == "rally" else normal[k])
        price[k] = last[a]
    return {
        "indices": indices, "assets": ASSETS, "frame": FRAME[regime], "asset": asset,
        "price": price, "members": members, "weights": weight,
        "holding": weight / weight.sum(1, keepdims=True) * BASE_LEVEL / BASE_PRICE,
    }  # fmt: skip


def reference(given: Arrays) -> Arrays:
    """Each level summed afresh from all its holdings at every row, and everything decided on it."""
    members, holding, count = given["members"], given["holding"], given["indices"]
    last, level = np.full(ASSETS, BASE_PRICE), np.full(count, BASE_LEVEL)
    peak, firing = level.copy(), np.zeros((count, len(THRESHOLDS)), dtype=bool)
    rules, events = np.array(THRESHOLDS), np.zeros((2, count), dtype=np.int64)
    holders = [np.flatnonzero((members == a).any(1)) for a in range(ASSETS)]
    for a, price in zip(given["asset"].tolist(), given["price"].tolist(), strict=True):
        last[a], of = price, holders[a]
        level[of] = (holding[of] * last[members[of]]).sum(1)
        peak[of] = np.maximum(peak[of], level[of])
        depth = (1.0 - level[of] / peak[of])[:, None]
        fire, cease = (depth >= rules) & ~firing[of], (depth <= rules / 2.0) & firing[of]
        events[:, of] += (fire.sum(1), cease.sum(1))
        firing[of] = (firing[of] | fire) & ~cease
    return {"level": level, "peak": peak, "drawdown": 1.0 - level / peak, "events": events}


def judge(found: Arrays, right: Arrays) -> tuple[float, str]:
    """The largest deviation of levels and peaks (relative) and drawdowns (absolute); events."""
    count = len(found["level"])
    told = [] if count == len(right["level"]) else [f"{count:,} of the indices, scaled"]
    known = {name: right[name][:count] for name in ("level", "peak") if name in found}
    worst = max(deviation(found, known, name) for name in known)
    if "events" not in found:
        return worst, "; ".join(["a windowed drawdown, no peak, no rules", *told])
    depth = float(np.max(np.abs(found["drawdown"] - right["drawdown"][:count])))
    missed = found["events"] - right["events"][:, :count].sum(1)
    told += [f"{missed[0]:+} fired, {missed[1]:+} ceased"] if missed.any() else []
    return max(worst, depth), "; ".join(told)


def measure(setting: Setting) -> list[Row]:
    """All regimes at all numbers of indices."""
    found = []
    with Bench(CONTESTANTS, setting) as bench:
        for indices in COUNTS[:2] if setting.quick else COUNTS:
            rows = ROWS // (20 if setting.quick else 1)
            rounds = min(setting.rounds, SLOWEST) if indices == COUNTS[-1] else setting.rounds
            for regime in FRAME:
                given = work(regime, indices, rows)
                right, held = reference(given), np.bincount(given["members"].ravel())
                updates = float(held[given["asset"]].sum())
                timed = bench.measure(given, OURS, rounds)
                name = f"tick {regime}, {indices:,} indices"
                found += rows_of(
                    name, timed, updates / 1e6, "M index updates/s",
                    partial(judge, right=right), KEYS.get(regime, {}),
                )  # fmt: skip
                told = f"{int(right['events'].sum()):,} alerts in {rows:,} rows"
                print(f"{name}: {told}", flush=True)
    return found
