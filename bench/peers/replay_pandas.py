"""Recorded prices in pandas: `replay_pandas.py PRICES.csv INDICES.toml [quantstats]`."""

import json
import sys
import tomllib

import numpy as np
import pandas as pd  # type: ignore[import-untyped]

WITH_QUANTSTATS = "quantstats" in sys.argv[3:]
if WITH_QUANTSTATS:
    import quantstats  # type: ignore[import-not-found]

HOUR, MONTH = 3600 * 10**9, 1_701_388_800 * 10**9
THRESHOLDS = (0.05, 0.1, 0.2)
YEAR = 365 * 24


def by_pandas(r: "pd.Series[float]", f: "pd.Series[float]") -> dict[str, float]:
    """The figures of one index, by pandas and numpy."""
    below = np.sqrt((np.minimum(r, 0.0) ** 2).mean())
    return {
        "volatility": r.std() * np.sqrt(YEAR),
        "sharpe": r.mean() / r.std() * np.sqrt(YEAR),
        "sortino": r.mean() / below * np.sqrt(YEAR),
        "skew": r.skew(),
        "var_95": -r.quantile(0.05),
        "beta": r.cov(f) / f.var(),
    }


def by_quantstats(r: "pd.Series[float]", f: "pd.Series[float]") -> dict[str, float]:
    """The same by quantstats; its VaR is that of a normal distribution."""
    stats = quantstats.stats
    return {
        "volatility": stats.volatility(r, periods=YEAR),
        "sharpe": stats.sharpe(r, periods=YEAR),
        "sortino": stats.sortino(r, periods=YEAR),
        "skew": stats.skew(r),
        "var_95": -stats.var(r),
        "beta": stats.greeks(r, f, periods=YEAR)["beta"],
    }


def crossings(depth: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]") -> int:
    """How often the rules fire and cease."""
    count = 0
    for threshold in THRESHOLDS:
        firing, at = False, 0
        while True:
            rest = depth[at:]
            found = np.flatnonzero(rest <= threshold / 2 if firing else rest >= threshold)
            if not len(found):
                break
            firing, at, count = not firing, at + int(found[0]), count + 1
    return count


def main() -> None:
    """Read, compute, print."""
    with open(sys.argv[2], "rb") as file:
        tables = [table["weights"] for table in tomllib.load(file)["index"].values()]
    rows = pd.read_csv(sys.argv[1])
    price = rows.pivot(index="ts", columns="asset", values="price").ffill()
    times, values = price.index.values, price.values
    weight = np.array([[table[asset] for asset in price.columns] for table in tables]).T
    weight /= weight.sum(0)
    cut = int(np.searchsorted(times, MONTH, side="right"))
    level = np.empty((len(times), len(tables)))
    level[:cut] = 1000.0 * (values[:cut] / values[0]) @ weight
    level[cut:] = level[cut - 1] * ((values[cut:] / values[cut - 1]) @ weight)
    depth = 1.0 - level / np.maximum.accumulate(level, axis=0)
    hours = pd.DataFrame(level[times % HOUR == 0]).pct_change().iloc[1:]
    benchmark = price["A0"][times % HOUR == 0].pct_change().iloc[1:]
    hours.index = benchmark.index = pd.to_datetime(times[times % HOUR == 0][1:])
    figure = by_quantstats if WITH_QUANTSTATS else by_pandas
    made = []
    for k in range(len(tables)):
        first = {"level": level[-1, k], "depth": depth[:, k].max()}
        made.append({**first, **figure(hours[k], benchmark), "events": crossings(depth[:, k])})
    print(json.dumps({name: [float(one[name]) for one in made] for name in made[0]}))


if __name__ == "__main__":
    main()
