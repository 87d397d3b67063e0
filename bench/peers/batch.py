"""numpy in batches: all indices at once, by matrices and vectors."""

from __future__ import annotations

from typing import Any

import numpy as np

from bench.peers.serve import BASE_LEVEL, BASE_PRICE, THRESHOLDS, Arrays, Run, clock, serve

ROOM = 1 << 25
"""Levels of a chunk of rows: 256 MB at most."""


def tick(given: Arrays) -> Run:
    """The tick path: a frame's levels as a matrix of rows and indices, peaks along its columns."""
    count, assets = int(given["indices"]), int(given["assets"])
    asset, price, frame = given["asset"], given["price"], int(given["frame"])
    frame = max(1, min(frame, ROOM // count))
    holding = np.zeros((assets, count))
    holding[given["members"], np.arange(count)[:, None]] = given["holding"]
    rules = np.array(THRESHOLDS)

    def run() -> tuple[float, Arrays]:
        level, last = np.full(count, BASE_LEVEL), np.full(assets, BASE_PRICE)
        peak, drawdown = level.copy(), np.zeros(count)
        firing, events = np.zeros((3, count), dtype=bool), np.zeros(2, dtype=np.int64)
        began = clock()
        for start in range(0, len(asset), frame):
            places, now = asset[start : start + frame], price[start : start + frame]
            change = np.empty(len(places))
            for k, (a, p) in enumerate(zip(places.tolist(), now.tolist(), strict=True)):
                change[k], last[a] = p - last[a], p
            levels = level + np.cumsum(holding[places] * change[:, None], axis=0)
            peaks = np.maximum(np.maximum.accumulate(levels, axis=0), peak)
            depths = 1.0 - levels / peaks
            level, peak, drawdown = levels[-1], peaks[-1], depths[-1]
            judge(depths, rules, firing, events)
        return clock() - began, {
            "level": level, "peak": peak, "drawdown": drawdown, "events": events,
        }  # fmt: skip

    return run


def judge(depths: Any, rules: Any, firing: Any, events: Any) -> None:
    """Fire and cease; only indices that cross anything in this frame are looked at row by row."""
    deepest, least = depths.max(0), depths.min(0)
    for k, rule in enumerate(rules):
        for i in np.flatnonzero((deepest >= rule) & ~firing[k] | (least <= rule / 2) & firing[k]):
            column, at = depths[:, i], 0
            while True:
                rest = column[at:]
                found = np.flatnonzero(rest <= rule / 2 if firing[k, i] else rest >= rule)
                if not len(found):
                    break
                events[int(firing[k, i])] += 1
                firing[k, i] = ~firing[k, i]
                at += int(found[0])


def bars(given: Arrays) -> Run:
    """Ten metrics a bar: running sums as vectors, quantiles from a matrix of all returns."""
    returns, benchmark = given["returns"], given["benchmark"].tolist()
    total, count = returns.shape
    target, fade = float(given["target"]), float(given["fade"])

    def run() -> tuple[float, Arrays]:
        mean, squares, shortfall, weighted, crossed, deepest = np.zeros((6, count))
        weight = mean_f = squares_f = 0.0
        level, kept = np.full(count, BASE_LEVEL), np.empty((count, total))
        peak, figures = level.copy(), []
        began = clock()
        for seen, (r, f) in enumerate(zip(returns, benchmark, strict=True)):
            n = seen + 1
            d, below = r - mean, np.minimum(r - target, 0.0)
            mean += d / n
            squares += d * (r - mean)
            shortfall += below * below
            weight = weight * fade + 1.0
            weighted *= fade
            weighted += r * r
            level *= 1.0 + r
            np.maximum(peak, level, out=peak)
            np.maximum(deepest, 1.0 - level / peak, out=deepest)
            df = f - mean_f
            mean_f += df / n
            squares_f += df * (f - mean_f)
            crossed += d * (f - mean_f)
            kept[:, seen] = r
            rank = (n - 1) * 0.05
            low, high = int(rank), min(int(rank) + 1, n - 1)
            parted = np.partition(kept[:, :n], (low, high), axis=1)
            quantile = parted[:, low] + (rank - low) * (parted[:, high] - parted[:, low])
            with np.errstate(all="ignore"):
                variance, downside = squares / (n - 1), np.sqrt(shortfall / n)
                excess = mean - target
                figures = [
                    mean, variance, excess / np.sqrt(variance), downside, excess / downside,
                    deepest, weighted / weight, -quantile, crossed / squares_f,
                    crossed / np.sqrt(squares * squares_f),
                ]  # fmt: skip
        return clock() - began, {"figures": np.array(figures)}

    return run


if __name__ == "__main__":
    serve({"tick": tick, "bars": bars})
