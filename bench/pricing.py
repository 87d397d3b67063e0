"""The Pricer, and the codecs in front of it: trades of five assets on three venues, as frames.

Frames of 1,000 ticks and of ten. Decoding is from the bytes of a record to a frame whose every
bound is checked; pricing is from that frame to the prices of the record that goes on. Its result is
held against the same trades given one at a time, where every instant is made by itself.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from bench.rows import Bench, Contestant, Row, Setting, rows_of
from bench.workers import Arrays

TICKS = {1000: 400_000, 10: 100_000}
"""Ticks a frame -> ticks of a run."""
ASSETS, VENUES = 5, 3
STEP = 500_000
"""ns between trades: 2,000 a second."""
OURS = "tidegauge"
WORKS = {"decode": ("decode_us", "decode_10_us"), "price": ("pricer_us", "pricer_10_us")}
"""What is timed, and what its figures at 1,000 and at ten a frame are called."""
PEERS = {
    "decode": {
        "tidegauge, from JSON": Contestant(
            "tidegauge", "bench.peers.tidegauge_stages", "decode_json"
        ),
        "orjson, unchecked": Contestant("tidegauge", "bench.peers.tidegauge_stages", "orjson"),
        "json, unchecked": Contestant("tidegauge", "bench.peers.tidegauge_stages", "json"),
    },
    "price": {"plain Python": Contestant("numpy", "bench.peers.plain", "price")},
}


def work(ticks: int, frame: int) -> Arrays:
    """Seeded trades; places count through the venues' markets."""
    noise = np.random.default_rng(7)
    return {
        "frame": frame, "assets": ASSETS, "venues": VENUES, "step": STEP,
        "place": noise.integers(0, ASSETS * VENUES, ticks),
        "price": np.round(100.0 * (1.0 + 1e-4 * noise.standard_normal(ticks)), 4),
        "size": np.round(noise.uniform(0.1, 2.0, ticks), 3),
    }  # fmt: skip


def judge(found: Arrays, right: Arrays) -> tuple[float | None, str]:
    """The largest deviation of the last prices, or of the columns read."""
    if "note" in found:
        return None, str(found["note"])
    wrong = max(float(np.max(np.abs(found[n] / right[n] - 1.0))) for n in right)
    return wrong, ""


def measure(setting: Setting) -> list[Row]:
    """Both works, at both sizes."""
    found = []
    for kind, keys in WORKS.items():
        contestants = {OURS: Contestant("tidegauge", "bench.peers.tidegauge_stages", kind)}
        with Bench(contestants | PEERS[kind], setting) as bench:
            for key, (frame, ticks) in zip(keys, TICKS.items(), strict=True):
                given = work(ticks // (20 if setting.quick else 1), frame)
                timed = bench.measure(given, OURS, setting.rounds)
                judged = partial(judge, right=reference(kind, given, bench))
                count = float(len(given["place"]))
                rows = rows_of(f"{kind}, {frame:,} ticks a frame", timed, count, "", judged)
                found += [as_cost(row, key if row.contestant == OURS else "") for row in rows]
    return found


def reference(kind: str, given: Arrays, bench: Bench) -> dict[str, Any]:
    """The sum of the columns, or the last prices of the same trades one by one."""
    if kind == "decode":
        return {"sums": np.array([given["price"].sum(), given["size"].sum()])}
    alone = bench.run_alone({**given, "frame": 1}, OURS)
    return {"prices": alone["prices"]}


def as_cost(row: Row, key: str) -> Row:
    """Ticks a second as µs a tick."""
    cost = None if row.figure is None else 1e6 / row.figure
    return Row(
        row.work, row.contestant, cost, "µs a tick", row.ratio, row.lowest, row.highest,
        row.error, row.note, key,
    )  # fmt: skip
