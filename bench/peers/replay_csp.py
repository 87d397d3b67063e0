"""Recorded prices in csp, one graph over arrays: `replay_csp PRICES.csv INDICES.toml`.

pandas reads the file, csp gets a row of prices an instant.
"""

import json
import sys
import tomllib
from datetime import datetime, timedelta

import csp  # type: ignore[import-not-found]
import csp.stats as stats  # type: ignore[import-not-found]
import numpy as np
import pandas as pd  # type: ignore[import-untyped]
from csp import ts
from csp.typing import NumpyNDArray  # type: ignore[import-not-found]

MONTH = datetime(2023, 12, 1)  # noqa: DTZ001 - csp takes a time without a zone as UTC
EPOCH, HOUR = datetime(1970, 1, 1), timedelta(hours=1)  # noqa: DTZ001
YEAR = 365 * 24
THRESHOLDS = np.array([[0.05], [0.1], [0.2]])


@csp.node  # type: ignore[untyped-decorator]
def levels(price: ts[NumpyNDArray[float]], weight: object) -> ts[NumpyNDArray[float]]:
    """Levels of all indices, rebalanced once."""
    with csp.state():
        s_holding = None
        s_last = None
        s_level = None
        s_rebalanced = False

    if csp.ticked(price):
        if s_holding is None:
            s_holding = weight * 1000.0 / price[:, None]  # type: ignore[operator]
        elif not s_rebalanced and csp.now() > MONTH:
            s_holding = weight * s_level / s_last[:, None]
            s_rebalanced = True
        s_last = price
        s_level = price @ s_holding
        return s_level


@csp.node  # type: ignore[untyped-decorator]
def rules(
    level: ts[NumpyNDArray[float]], peak: ts[NumpyNDArray[float]], events: object
) -> ts[NumpyNDArray[float]]:
    """The deepest drawdowns; what fires and ceases is counted."""
    with csp.state():
        s_deepest = np.zeros(len(events))  # type: ignore[arg-type]
        s_firing = np.zeros((3, len(events)), dtype=np.bool_)  # type: ignore[arg-type]

    if csp.ticked(peak):
        depth = 1.0 - level / peak
        np.maximum(s_deepest, depth, out=s_deepest)
        fire = (depth >= THRESHOLDS) & ~s_firing
        cease = (depth <= THRESHOLDS / 2.0) & s_firing
        if fire.any() or cease.any():
            s_firing = (s_firing | fire) & ~cease
            events += fire.sum(0) + cease.sum(0)
        return s_deepest


@csp.node  # type: ignore[untyped-decorator]
def returns(close: ts[NumpyNDArray[float]]) -> ts[NumpyNDArray[float]]:
    """From a close to the next."""
    with csp.state():
        s_last = None

    if csp.ticked(close):
        before, s_last = s_last, close
        if before is not None:
            return close / before - 1.0


@csp.node  # type: ignore[untyped-decorator]
def shortfall(r: ts[NumpyNDArray[float]]) -> ts[NumpyNDArray[float]]:
    """Squares of losses."""
    if csp.ticked(r):
        return np.minimum(r, 0.0) ** 2


@csp.node  # type: ignore[untyped-decorator]
def spread(price: ts[NumpyNDArray[float]], place: int, count: int) -> ts[NumpyNDArray[float]]:
    """The benchmark's price, once an index."""
    if csp.ticked(price):
        return np.full(count, price[place])


with open(sys.argv[2], "rb") as file:
    tables = [table["weights"] for table in tomllib.load(file)["index"].values()]
found = pd.read_csv(sys.argv[1])
table = found.pivot(index="ts", columns="asset", values="price").ffill()
count, columns = len(tables), list(table.columns)
weight = np.array([[one[asset] for asset in columns] for one in tables]).T
weight /= weight.sum(0)
times = [EPOCH + timedelta(microseconds=int(at) // 1000) for at in table.index.values]
events = np.zeros(count)
hour = EPOCH + timedelta(seconds=int(table.index[0]) // 10**9 // 3600 * 3600)


@csp.graph  # type: ignore[untyped-decorator]
def graph() -> None:
    """The figures of all indices."""
    price = csp.curve(NumpyNDArray[float], list(zip(times, table.values, strict=True)))
    level = levels(price, weight)
    timer = csp.timer(HOUR)
    r = returns(csp.sample(timer, level))
    f = returns(csp.sample(timer, spread(price, columns.index("A0"), count)))
    window = timedelta(days=400)
    made = {
        "level": level, "depth": rules(level, stats.max(level), events), "mean": stats.mean(r),
        "deviation": stats.stddev(r), "below": stats.mean(shortfall(r)), "skew": stats.skew(r),
        "quantile": stats.quantile(r, window, 0.05, min_window=HOUR),
        "covariance": stats.cov(r, f), "variance_f": stats.var(f),
    }  # fmt: skip
    for name, series in made.items():
        csp.add_graph_output(name, series, tick_count=1)


out = {
    name: ticks[-1][1] for name, ticks in csp.run(graph, starttime=hour, endtime=times[-1]).items()
}
year = np.sqrt(YEAR)
figures = {
    "level": out["level"], "depth": out["depth"], "volatility": out["deviation"] * year,
    "sharpe": out["mean"] / out["deviation"] * year,
    "sortino": out["mean"] / np.sqrt(out["below"]) * year, "skew": out["skew"],
    "var_95": -out["quantile"], "beta": out["covariance"] / out["variance_f"], "events": events,
}  # fmt: skip
print(json.dumps({name: np.asarray(values).tolist() for name, values in figures.items()}))
