"""Bars: ten metrics that all contestants have, of every index at every bar; and our whole bar.

Mean, variance, Sharpe, downside deviation, Sortino, deepest drawdown, EWMA variance, VaR 95 %, beta
and correlation, over all bars so far, per bar and not annualised. Alerts are measured here as well.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from bench.rows import Bench, Contestant, Row, Setting, rows_of
from bench.tick import ASSETS, OURS, SLOWEST, weights
from bench.workers import Arrays

NAMES = (
    "mean", "variance", "sharpe", "downside", "sortino", "drawdown", "ewma", "var", "beta",
    "correlation",
)  # fmt: skip
COUNTS = {100: 365, 300: 365, 10_000: 120}
"""Indices -> bars."""
HALF_LIFE = 30
"""Bars until a return has half its weight."""
TARGET = 1e-6
"""Risk-free rate and target of a bar."""
WHOLE = 10_000
"""Indices of which a whole bar is measured."""
FALLING = 300
"""Indices that fall and rise for the cost of an alert."""

CONTESTANTS = {
    OURS: Contestant("tidegauge", "bench.peers.tidegauge", "bars"),
    "C kernel": Contestant("numpy", "bench.peers.compiled", "bars"),
    "plain Python": Contestant("numpy", "bench.peers.plain", "bars"),
    "csp with numpy": Contestant("csp", "bench.peers.csp", "bars"),
    "csp": Contestant("csp", "bench.peers.csp", "bars_scalar"),
    "numpy": Contestant("numpy", "bench.peers.batch", "bars"),
    "river": Contestant("river", "bench.peers.river", "bars"),
    "Wickra": Contestant("wickra", "bench.peers.wickra", "bars"),
    "quantstats": Contestant("quantstats", "bench.peers.quantstats", "bars"),
}
KEYS = {
    100: {"csp with numpy": "bar_100_vs_csp"},
    300: {"csp with numpy": "bar_300_vs_csp", "Wickra": "bar_300_vs_wickra"},
    10_000: {"csp with numpy": "bar_10k_vs_csp"},
}
"""What each is called in `results.json`."""


def work(indices: int, bars: int) -> Arrays:
    """Seeded returns of indices that follow a benchmark."""
    noise = np.random.default_rng(5)
    benchmark = 0.01 * noise.standard_normal(bars)
    own = 0.008 * noise.standard_normal((bars, indices))
    returns = noise.uniform(0.2, 1.5, indices) * benchmark[:, None] + own
    fade = 0.5 ** (1.0 / HALF_LIFE)
    return {"indices": indices, "returns": returns, "benchmark": benchmark, "target": TARGET,
            "fade": fade, "half_life": HALF_LIFE}  # fmt: skip


def reference(given: Arrays) -> Arrays:
    """The ten figures at the last bar from all returns at once."""
    r, f = given["returns"], given["benchmark"]
    weight = given["fade"] ** np.arange(len(f) - 1, -1, -1.0)
    mean, variance = r.mean(0), r.var(0, ddof=1)
    downside = np.sqrt((np.minimum(r - TARGET, 0.0) ** 2).mean(0))
    path = np.vstack([np.ones(r.shape[1]), np.cumprod(1.0 + r, axis=0)])
    depth = (1.0 - path / np.maximum.accumulate(path, axis=0)).max(0)
    cross = ((r - mean) * (f - f.mean())[:, None]).sum(0) / (len(f) - 1)
    figures = [
        mean, variance, (mean - TARGET) / np.sqrt(variance), downside, (mean - TARGET) / downside,
        depth, (weight[:, None] * r**2).sum(0) / weight.sum(), -np.quantile(r, 0.05, axis=0),
        cross / f.var(ddof=1), cross / np.sqrt(variance * f.var(ddof=1)),
    ]  # fmt: skip
    return {"figures": np.array(figures)}


def judge(found: Arrays, right: Arrays) -> tuple[float, str]:
    """The largest deviation, relative to the scale of its figure; which figures are not right."""
    scale, count = np.abs(right["figures"]).max(1, keepdims=True), found["figures"].shape[1]
    known = right["figures"][:, :count]
    wrong = (np.abs(found["figures"] - known) / scale).max(1)
    missing = [n for n, w in zip(NAMES, wrong.tolist(), strict=True) if w != w]
    other = [n for n, w in zip(NAMES, wrong.tolist(), strict=True) if w > 1e-6]
    told = [f"without {', '.join(missing)}"] if missing else []
    told += [f"another definition of {', '.join(other)}"] if other else []
    told += [f"{count:,} of the indices, scaled"] if count < right["figures"].shape[1] else []
    equal = wrong[(wrong == wrong) & (wrong <= 1e-6)]
    return float(equal.max()) if len(equal) else float("nan"), "; ".join(told)


def measure(setting: Setting) -> list[Row]:
    """Bars of all numbers of indices; then our whole bar, and our alerts."""
    found = []
    with Bench(CONTESTANTS, setting) as bench:
        for indices, bars in COUNTS.items():
            given = work(indices, 60 if setting.quick else bars)
            rounds = min(setting.rounds, SLOWEST) if indices == WHOLE else setting.rounds
            timed, amount = bench.measure(given, OURS, rounds), float(len(given["benchmark"]))
            right = reference(given)
            name = f"bar of ten metrics, {indices:,} indices"
            keys = KEYS[indices]
            found += rows_of(name, timed, amount, "bars/s", partial(judge, right=right), keys)
            print(f"{name}: {len(given['benchmark'])} bars", flush=True)
    found.append(_own(setting, "whole_bar", "ms", WHOLE, {"minutes": 8 if setting.quick else 30}))
    found.append(_own(setting, "alert", "us", FALLING, {"turns": 6 if setting.quick else 20}))
    return found


def _own(setting: Setting, kind: str, unit: str, indices: int, more: Arrays) -> Row:
    """The median cost of something that only we have; the first third warms up."""
    members, weight = weights(indices)
    given = {"indices": indices, "assets": ASSETS, "members": members, "weights": weight, **more}
    with Bench({OURS: Contestant("tidegauge", "bench.peers.tidegauge", kind)}, setting) as bench:
        costs = bench.run_alone(given, OURS)[unit]
    cost = float(np.median(costs[len(costs) // 3 :]))
    work = f"{kind.replace('_', ' ')}, {indices:,} indices"
    return Row(work, OURS, cost, unit, key={"whole_bar": "bar_10k_ms", "alert": "alert_us"}[kind])
