"""Ours, asked as all others are: price frames through `Shard.apply`, and the tables of metrics."""

from __future__ import annotations

import gc
from copy import deepcopy
from math import nan
from typing import Any

import numpy as np
from numba import njit

from bench.peers.serve import BASE_LEVEL, BASE_PRICE, THRESHOLDS, Arrays, Run, clock, serve
from engine.index import kernel, kernel_arrays
from engine.index.definition import parse_index
from engine.index.shard import Shard
from engine.metrics.downside import PartialMoments
from engine.metrics.ewma import EwmaVariance
from engine.metrics.moments import Moments
from engine.metrics.regression import Covariance
from engine.metrics.value_at_risk import Tail
from engine.periods import NEVER
from engine.records import DefinitionRecord, Output, PriceFrame, Receipt
from engine.types import DAY, MINUTE, SECOND
from streams.codecs import decode_for_stage, encode

BEGIN = 1_700_006_400 * SECOND
"""00:00 UTC of a day: a run of the tick path lies within its first minute."""
STEP = 1_000
"""ns from a row to the next: every row is an instant of its own."""


def receipt(offset: int) -> Receipt:
    """Where a record stands."""
    return Receipt("prices", "bench", 0, offset)


def price_frame(asset: list[str], at: list[int], price: list[float]) -> PriceFrame:
    """A frame as the codec gives it to the shard."""
    none = [nan] * len(asset)
    made = PriceFrame(at[-1], "replay", asset, at, price, none, none, {}, [])
    kind, value = encode(made)
    frame: PriceFrame = decode_for_stage(kind or "", 1, value, at[-1])
    return frame


def primed(given: Arrays, table: dict[str, Any]) -> tuple[Shard, int]:
    """A shard of these indices with a first price of each asset, and its next offset."""
    shard, offset = Shard(every=NEVER), 0
    for k, (members, weights) in enumerate(zip(given["members"], given["weights"], strict=True)):
        pairs = zip(members.tolist(), weights.tolist(), strict=True)
        told = {"weights": {f"A{a}": w for a, w in pairs}, **table}
        mapping = parse_index(f"X{k}", told).to_mapping()
        shard.apply(DefinitionRecord(BEGIN, "replay", f"X{k}", mapping), receipt(offset))
        offset += 1
    assets = int(given["assets"])
    names, at = [f"A{a}" for a in range(assets)], [BEGIN + SECOND] * assets
    shard.apply(price_frame(names, at, [BASE_PRICE] * assets), receipt(offset))
    return shard, offset + 1


def tick(given: Arrays) -> Run:
    """The tick path, records in and records out."""
    rules = {"alerts": {"drawdown": list(THRESHOLDS)}, "return_interval": "1h"}
    shard, offset = primed(given, rules)
    state = shard.dump()
    names = [f"A{a}" for a in given["asset"].tolist()]
    prices = given["price"].tolist()
    at = [BEGIN + 2 * SECOND + STEP * k for k in range(len(names))]
    size = int(given["frame"])
    frames = [
        price_frame(names[k : k + size], at[k : k + size], prices[k : k + size])
        for k in range(0, len(names), size)
    ]
    receipts = [receipt(offset + k) for k in range(len(frames))]

    def run() -> tuple[float, Arrays]:
        shard = Shard.load(deepcopy(state), NEVER)
        made: list[Output] = []
        gc.freeze()  # as a start does (`tidegauge.progress.starting`)
        began = clock()
        for frame, at in zip(frames, receipts, strict=True):
            made += shard.apply(frame, at)
        took = clock() - began
        gc.unfreeze()
        rows = [shard.baskets.row[f"X{k}"] for k in range(int(given["indices"]))]
        level = shard.baskets.levels.level[rows]
        peak = shard.baskets.path["peak"][rows]
        told = [output.body["state"] for output in made if output.topic == "alerts"]
        events = np.array([told.count("firing"), told.count("resolved")])
        return took, {
            "level": level, "peak": peak, "drawdown": 1.0 - level / peak, "events": events,
        }  # fmt: skip

    run()  # compiles what is not compiled yet
    return run


@njit
def _walk(level: Any, at: int, paths: Any, events: Any) -> None:
    """The drawdowns of all levels, as the tick kernel follows them."""
    for i in range(level.shape[0]):
        if not (paths.lo[i] < level[i] < paths.hi[i]):
            kernel.observe(i, at, level[i], paths, events, 0)


def _paths(count: int) -> kernel_arrays.Paths:
    """Paths at their beginning, without alert rules."""
    path = kernel_arrays.new_path(count)
    for name in ("peak", "trough", "day_open", "day_high", "day_low"):
        path[name] = BASE_LEVEL
    lo, hi = np.full(count, np.inf), np.full(count, -np.inf)
    low, high = np.full(count, np.nan), np.full(count, np.nan)
    depths = np.zeros((count, kernel_arrays.EPISODES))
    times = np.zeros((count, kernel_arrays.EPISODES, 3), dtype=np.int64)
    rules = (np.zeros((count, 0)), np.zeros((count, 0), dtype=np.bool_))
    kernel_arrays.note_rules(path, *rules)
    peaks = np.zeros(1, dtype=np.int64)
    return kernel_arrays.Paths(path, lo, hi, low, high, depths, times, *rules, peaks)


def bars(given: Arrays) -> Run:
    """Ten metrics a bar: the tables that hold them, and their columns read after each bar."""
    returns, benchmark = given["returns"], given["benchmark"]
    total, count = returns.shape
    rows, one, zero = np.arange(count), np.ones(count), np.zeros(count)
    target = np.full(count, float(given["target"]))
    half_life = np.full(count, int(given["half_life"]) * MINUTE)
    events = np.zeros(1, dtype=kernel_arrays.EVENT)

    def run() -> tuple[float, Arrays]:
        m, p, e, t, c = (
            Moments(count), PartialMoments(count), EwmaVariance(count), Tail(count),
            Covariance(count),
        )  # fmt: skip
        paths, level = _paths(count), np.full(count, BASE_LEVEL)
        figures: list[Any] = []
        began = clock()
        for k in range(total):
            r, f, at = returns[k], np.full(count, benchmark[k]), BEGIN + (k + 1) * MINUTE
            m.update(rows, r)
            p.update(rows, r, target, zero)
            e.update(rows, r, at, half_life)
            t.update(rows, r)
            c.update(rows, r, f)
            level = level * (1.0 + r)
            _walk(level, at, paths, events)
            figures = [
                m.mean,
                m.volatility(one).values ** 2,
                m.sharpe(target, one).values,
                p.downside_deviation(m.n, one).values,
                p.sortino(m, target, one).values,
                paths.path["max_depth"],
                e.volatility(one).values ** 2,
                t.var(95).values,
                c.beta().values,
                c.correlation().values,
            ]
        return clock() - began, {"figures": np.array(figures)}

    run()  # compiles what is not compiled yet
    return run


def whole_bar(given: Arrays) -> Run:
    """A whole bar of every index with all metrics, through `Shard.apply`: minutes of one price an
    asset, less as much work without a bar's end. One value a bar, ms."""
    shard, offset = primed(given, {"return_interval": "1m", "benchmarks": ["A0"]})
    noise, assets = np.random.default_rng(3), int(given["assets"])
    price, now, names = np.full(assets, BASE_PRICE), BEGIN, [f"A{a}" for a in range(assets)]

    def frame(at: int) -> PriceFrame:
        nonlocal price
        price = price * (1.0 + 1e-3 * noise.standard_normal(assets))
        return price_frame(names, [at] * assets, price.tolist())

    def run() -> tuple[float, Arrays]:
        nonlocal offset, now
        costs, took = [], 0.0
        for _ in range(int(given["minutes"])):
            now += MINUTE
            pair = []
            for at in (now + SECOND, now + 2 * SECOND):
                made = frame(at)
                began = clock()
                shard.apply(made, receipt(offset))
                pair.append(clock() - began)
                offset += 1
            took += sum(pair)
            costs.append((pair[0] - pair[1]) * 1e3)
        return took, {"ms": np.array(costs)}

    return run


def alert(given: Arrays) -> Run:
    """What an alert costs: falls and rebounds of all assets at once, with rules and without them;
    µs of each alert."""
    rules = {"alerts": {"drawdown": list(THRESHOLDS)}, "return_interval": "1h"}
    made = [primed(given, table) for table in (rules, {"return_interval": "1h"})]
    assets = int(given["assets"])
    names = [f"A{a}" for a in range(assets)]
    turns = 0

    def run() -> tuple[float, Arrays]:
        nonlocal turns
        costs, took = [], 0.0
        for _ in range(int(given["turns"])):
            turns += 1
            at = BEGIN + 2 * SECOND + turns * SECOND // 1000
            price = BASE_PRICE * (0.7 if turns % 2 else 1.0)
            frame, spent, alerts = price_frame(names, [at] * assets, [price] * assets), [], 0
            for k, (shard, offset) in enumerate(made):
                began = clock()
                out = shard.apply(frame, receipt(offset + turns))
                spent.append(clock() - began)
                alerts += len(out) if k == 0 else 0
            took += sum(spent)
            costs.append((spent[0] - spent[1]) / alerts * 1e6 if alerts else nan)
        return took, {"us": np.array(costs)}

    return run


if __name__ == "__main__":
    assert BEGIN % DAY == 0
    serve({"tick": tick, "bars": bars, "whole_bar": whole_bar, "alert": alert})
