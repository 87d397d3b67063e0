"""csp, a graph of nodes: scalar nodes, one an index, and one node over numpy arrays for all."""

# csp reads annotations when a node is defined: they cannot be put off.
from datetime import datetime, timedelta
from typing import Any

import csp  # type: ignore[import-not-found]
import csp.stats as stats  # type: ignore[import-not-found]
import numpy as np
from csp import ts
from csp.typing import NumpyNDArray  # type: ignore[import-not-found]

from bench.peers.serve import BASE_LEVEL, BASE_PRICE, THRESHOLDS, Arrays, Run, clock, first, serve

BEGIN = datetime(2023, 11, 14)  # noqa: DTZ001 - csp takes a time without a zone as UTC
STEP = timedelta(microseconds=1)
"""From a row to the next: every row is an instant of its own."""
MINUTE = timedelta(minutes=1)
MOST_NODES, MOST_GRAPHS = 1000, 100
"""Indices with nodes of their own, on the tick path and for bars; more are scaled."""


def judge(drawdown: float, firing: list[bool], events: Any) -> None:
    """Fire and cease."""
    for k, threshold in enumerate(THRESHOLDS):
        if firing[k]:
            if drawdown <= threshold / 2.0:
                firing[k] = False
                events[1] += 1
        elif drawdown >= threshold:
            firing[k] = True
            events[0] += 1


@csp.node  # type: ignore[untyped-decorator]
def follow(prices: dict[str, ts[float]], holding: Any, found: Any, place: int) -> ts[float]:
    """One index: its level, peak, drawdown and rules."""
    with csp.state():
        s_level = BASE_LEVEL
        s_peak = BASE_LEVEL
        s_firing = [False] * 3
        s_last = dict.fromkeys(holding, BASE_PRICE)

    if csp.ticked(prices):
        for name, price in prices.tickeditems():  # type: ignore[attr-defined]
            s_level += holding[name] * (price - s_last[name])
            s_last[name] = price
        if s_level > s_peak:
            s_peak = s_level
        drawdown = 1.0 - s_level / s_peak
        if drawdown >= THRESHOLDS[0] or s_firing[0]:
            judge(drawdown, s_firing, found["events"])
        found["level"][place] = s_level
        found["peak"][place] = s_peak
        found["drawdown"][place] = drawdown
        return drawdown


@csp.node  # type: ignore[untyped-decorator]
def follow_all(row: ts[object], holding: Any, found: Any) -> ts[object]:
    """All indices at each row, as arrays."""
    with csp.state():
        s_level = np.full(holding.shape[1], BASE_LEVEL)
        s_peak = s_level.copy()
        s_last = [BASE_PRICE] * holding.shape[0]
        s_firing = np.zeros((3, holding.shape[1]), dtype=np.bool_)
        s_rules = np.array(THRESHOLDS)[:, None]

    if csp.ticked(row):
        asset, price = row
        s_level += holding[asset] * (price - s_last[asset])
        s_last[asset] = price
        np.maximum(s_peak, s_level, out=s_peak)
        drawdown = 1.0 - s_level / s_peak
        fire = (drawdown >= s_rules) & ~s_firing
        cease = (drawdown <= s_rules / 2.0) & s_firing
        if fire.any() or cease.any():
            found["events"] += (int(fire.sum()), int(cease.sum()))
            s_firing = (s_firing | fire) & ~cease
        found["level"], found["peak"], found["drawdown"] = s_level, s_peak, drawdown
        return drawdown


def timed(graph: Any, end: datetime) -> float:
    """CPU seconds of a run; building the graph is not counted."""
    built = csp.build_graph(graph, starttime=BEGIN, endtime=end)
    began = clock()
    csp.run(built, starttime=BEGIN, endtime=end)
    return clock() - began


def tick(given: Arrays) -> Run:
    """The tick path, a node an index."""
    given, scale = first(given, MOST_NODES)
    count, assets = int(given["indices"]), int(given["assets"])
    curves: dict[str, list[tuple[datetime, float]]] = {f"A{a}": [] for a in range(assets)}
    now = BEGIN
    for asset, price in zip(given["asset"].tolist(), given["price"].tolist(), strict=True):
        now += STEP
        curves[f"A{asset}"].append((now, price))
    pairs = zip(given["members"].tolist(), given["holding"].tolist(), strict=True)
    holdings = [{f"A{a}": h for a, h in zip(m, w, strict=True)} for m, w in pairs]

    def run() -> tuple[float, Arrays]:
        found: Arrays = {
            "level": np.full(count, BASE_LEVEL), "peak": np.full(count, BASE_LEVEL),
            "drawdown": np.zeros(count), "events": np.zeros(2, dtype=np.int64),
        }  # fmt: skip

        def graph() -> None:
            prices = {name: csp.curve(float, curve) for name, curve in curves.items()}
            for k, held in enumerate(holdings):
                node = follow({name: prices[name] for name in held}, held, found, k)
                csp.add_graph_output(str(k), node, tick_count=1)

        return timed(csp.graph(graph), now) * scale, found

    return run


def tick_vector(given: Arrays) -> Run:
    """The tick path, one node for all indices."""
    count, assets = int(given["indices"]), int(given["assets"])
    holding = np.zeros((assets, count))
    holding[given["members"], np.arange(count)[:, None]] = given["holding"]
    rows = list(zip(given["asset"].tolist(), given["price"].tolist(), strict=True))
    curve = [(BEGIN + (k + 1) * STEP, row) for k, row in enumerate(rows)]

    def run() -> tuple[float, Arrays]:
        found: Arrays = {"events": np.zeros(2, dtype=np.int64)}

        def graph() -> None:
            node = follow_all(csp.curve(object, curve), holding, found)
            csp.add_graph_output("o", node, tick_count=1)

        return timed(csp.graph(graph), curve[-1][0]), found

    return run


@csp.node  # type: ignore[untyped-decorator]
def square(x: ts[NumpyNDArray[float]]) -> ts[NumpyNDArray[float]]:
    """Squares of returns."""
    if csp.ticked(x):
        return x * x


@csp.node  # type: ignore[untyped-decorator]
def shortfall(x: ts[NumpyNDArray[float]], target: float) -> ts[NumpyNDArray[float]]:
    """Squares of what lies below the target."""
    if csp.ticked(x):
        below = np.minimum(x - target, 0.0)
        return below * below


@csp.node  # type: ignore[untyped-decorator]
def ten(
    level: ts[NumpyNDArray[float]],
    mean: ts[NumpyNDArray[float]],
    variance: ts[NumpyNDArray[float]],
    short: ts[NumpyNDArray[float]],
    peak: ts[NumpyNDArray[float]],
    ewma: ts[NumpyNDArray[float]],
    quantile: ts[NumpyNDArray[float]],
    covariance: ts[NumpyNDArray[float]],
    variance_f: ts[NumpyNDArray[float]],
    correlation: ts[NumpyNDArray[float]],
    target: float,
) -> ts[object]:
    """The ten figures of all indices."""
    with csp.state():
        s_deepest = None

    if csp.ticked(correlation):
        if s_deepest is None:
            s_deepest = np.zeros(len(level))
        np.maximum(s_deepest, 1.0 - level / np.maximum(peak, BASE_LEVEL), out=s_deepest)
        downside = np.sqrt(short)
        excess = mean - target
        with np.errstate(all="ignore"):
            return [
                mean, variance, excess / np.sqrt(variance), downside, excess / downside,
                s_deepest, ewma, -quantile, covariance / variance_f, correlation,
            ]  # fmt: skip


def bars(given: Arrays) -> Run:
    """Ten metrics a bar, `csp.stats` over arrays of all indices."""
    returns, benchmark = given["returns"], given["benchmark"]
    total, count = returns.shape
    target, fade = float(given["target"]), float(given["fade"])
    levels = BASE_LEVEL * np.cumprod(1.0 + returns, axis=0)
    times = [BEGIN + (k + 1) * MINUTE for k in range(total)]
    series = [
        list(zip(times, values, strict=True))
        for values in (returns, [np.full(count, f) for f in benchmark], levels)
    ]
    window, end = (total + 1) * MINUTE, times[-1]

    def run() -> tuple[float, Arrays]:
        def graph() -> None:
            r, f, level = (csp.curve(NumpyNDArray[float], s) for s in series)
            node = ten(
                level,
                stats.mean(r),
                stats.var(r),
                stats.mean(shortfall(r, target)),
                stats.max(level),
                stats.ema(square(r), alpha=1.0 - fade, adjust=True),
                stats.quantile(r, window, 0.05, min_window=MINUTE),
                stats.cov(r, f),
                stats.var(f),
                stats.corr(r, f),
                target,
            )
            csp.add_graph_output("o", node, tick_count=1)

        built = csp.build_graph(csp.graph(graph), starttime=BEGIN, endtime=end)
        began = clock()
        out = csp.run(built, starttime=BEGIN, endtime=end)
        return clock() - began, {"figures": np.array(out["o"][-1][1])}

    return run


def bars_scalar(given: Arrays) -> Run:
    """Ten metrics a bar, `csp.stats` for each index by itself."""
    given, scale = first(given, MOST_GRAPHS)
    returns, benchmark = given["returns"].tolist(), given["benchmark"].tolist()
    total, count = len(returns), len(returns[0])
    target, fade = float(given["target"]), float(given["fade"])
    levels = (BASE_LEVEL * np.cumprod(1.0 + given["returns"], axis=0)).tolist()
    times = [BEGIN + (k + 1) * MINUTE for k in range(total)]
    window, end = (total + 1) * MINUTE, times[-1]

    def series(rows: list[list[float]], place: int) -> Any:
        return csp.curve(float, [(at, row[place]) for at, row in zip(times, rows, strict=True)])

    def graph() -> None:
        f = csp.curve(float, list(zip(times, benchmark, strict=True)))
        variance_f = stats.var(f)
        for place in range(count):
            r, level = series(returns, place), series(levels, place)
            below = csp.min(r - target, csp.const(0.0))
            mean, variance = stats.mean(r), stats.var(r)
            downside, excess = csp.sqrt(stats.mean(below * below)), mean - target
            depth = csp.const(1.0) - level / csp.max(stats.max(level), csp.const(BASE_LEVEL))
            ten_figures = (
                mean, variance, excess / csp.sqrt(variance), downside, excess / downside,
                stats.max(depth), stats.ema(r * r, alpha=1.0 - fade, adjust=True),
                stats.quantile(r, window, 0.05, min_window=MINUTE),
                stats.cov(r, f) / variance_f, stats.corr(r, f),
            )  # fmt: skip
            for number, figure in enumerate(ten_figures):
                csp.add_graph_output(f"{place}.{number}", figure, tick_count=1)

    made = csp.graph(graph)

    def run() -> tuple[float, Arrays]:
        built = csp.build_graph(made, starttime=BEGIN, endtime=end)
        began = clock()
        out = csp.run(built, starttime=BEGIN, endtime=end)
        took = clock() - began
        figures = np.array([[out[f"{p}.{n}"][-1][1] for p in range(count)] for n in range(10)])
        figures[7] *= -1.0
        return took * scale, {"figures": figures}

    return run


if __name__ == "__main__":
    serve({
        "tick": tick, "tick_vector": tick_vector, "bars": bars, "bars_scalar": bars_scalar,
    })  # fmt: skip
