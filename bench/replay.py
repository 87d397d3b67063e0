"""Recorded prices: minute rows of ten assets through indices that are rebalanced monthly.

Each run is a process from its start to its end, files read and imports included, in CPU seconds.
Everybody makes hourly bars, level, deepest drawdown, three alert rules and nine figures; ours makes
all its other figures as well.
"""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.environments import python_of
from bench.rows import Row, Setting, rows_of
from bench.workers import Arrays, ContestantError, Timed, interleaved, median, process

ASSETS = 10
ROWS, TRIAL_ROWS = 500_000, 20_000
BEGIN = 1_700_006_400 * 10**9
"""00:00 UTC of 15 November 2023."""
MONTH = 1_701_388_800 * 10**9
"""00:00 UTC of 1 December 2023: the rebalance that the rows contain."""
MINUTE, HOUR = 60 * 10**9, 3600 * 10**9
MOVE = 8e-4
"""Standard deviation of a minute's return: a few falls through each threshold in a month."""
THRESHOLDS = (0.05, 0.1, 0.2)
COUNTS = (1, 100)
LONGEST = 600.0
"""Seconds for one run."""
OURS = "tidegauge"
PEERS = {
    "plain Python": ("numpy", "bench.peers.replay_plain", ()),
    "pandas": ("pandas", "bench.peers.replay_pandas", ()),
    "pandas and quantstats": ("quantstats", "bench.peers.replay_pandas", ("quantstats",)),
    "csp with numpy": ("csp", "bench.peers.replay_csp", ()),
}
"""Environment, module, arguments behind those that all have: the prices and the indices."""
KEYS = {
    1: {"plain Python": "replay_1_vs_python"},
    100: {
        "plain Python": "replay_100_vs_python",
        "pandas and quantstats": "replay_100_vs_quantstats",
    },
}
FIGURES = ("level", "depth", "volatility", "sharpe", "sortino", "skew", "var_95", "beta")
OURS_AT = {
    "level": ("level",), "depth": ("drawdown", "max"), "volatility": ("risk", "volatility"),
    "sharpe": ("risk", "sharpe"), "sortino": ("risk", "sortino"), "skew": ("risk", "skew"),
    "var_95": ("risk", "var_95"), "beta": ("benchmarks", "A0", "beta"),
}  # fmt: skip
"""Where each stands in a snapshot."""


def prices(rows: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Times of minutes and prices (minutes, ASSETS) of seeded walks, as the file tells them."""
    minutes = rows // ASSETS
    noise = np.random.default_rng(4)
    common = noise.standard_normal((minutes, 1))
    # A trial of two days falls as deep as the month does, and meets the rebalance as well.
    trial = rows < ROWS
    own = noise.standard_normal((minutes, ASSETS))
    moves = (5.0 if trial else 1.0) * MOVE * 0.7 * (common + own)
    begin = MONTH - MINUTE * (minutes // 2) if trial else BEGIN
    times = begin // HOUR * HOUR + MINUTE * np.arange(1, minutes + 1)
    return times, np.round(100.0 * np.cumprod(1.0 + moves, axis=0), 4)


def weights(indices: int) -> NDArray[Any]:
    """Weights (indices, ASSETS) that sum to one."""
    made: NDArray[Any] = np.random.default_rng(6).uniform(0.1, 1.0, (indices, ASSETS))
    made /= made.sum(1, keepdims=True)
    return made


def write_prices(place: Path, times: NDArray[Any], price: NDArray[Any]) -> None:
    """The rows as CSV, and as Parquet beside it."""
    import duckdb

    with place.open("w") as out:
        out.write("ts,asset,price\n")
        for at, row in zip(times.tolist(), price.tolist(), strict=True):
            out.writelines(f"{at},A{a},{p}\n" for a, p in enumerate(row))
    parquet = place.with_suffix(".parquet")
    with duckdb.connect() as base:
        base.execute(f"copy (from read_csv('{place}')) to '{parquet}' (format parquet)")


def write_indices(place: Path, weight: NDArray[Any]) -> None:
    """The index file."""
    lines = []
    for k, row in enumerate(weight.tolist()):
        told = ", ".join(f"A{a} = {w!r}" for a, w in enumerate(row))
        lines.append(
            f'[index.X{k}]\nweights = {{ {told} }}\nrebalance = "monthly"\n'
            'return_interval = "1h"\nbenchmarks = ["A0"]\n'
            f"alerts = {{ drawdown = {list(THRESHOLDS)} }}\n"
        )
    place.write_text("".join(lines))


def reference(times: NDArray[Any], price: NDArray[Any], weight: NDArray[Any]) -> Arrays:
    """The figures of all indices, from whole arrays, and how often their rules fired and ceased."""
    cut = int(np.searchsorted(times, MONTH, side="right"))
    level = np.empty((len(times), len(weight)))
    level[:cut] = 1000.0 * (price[:cut] / price[0]) @ weight.T
    level[cut:] = level[cut - 1] * ((price[cut:] / price[cut - 1]) @ weight.T)
    depth = 1.0 - level / np.maximum.accumulate(level, axis=0)
    ends = np.flatnonzero(times % HOUR == 0)
    r, f = (at[1:] / at[:-1] - 1.0 for at in (level[ends], price[ends, 0]))
    year, n = 365.0 * 24.0, len(r)
    mean, deviation = r.mean(0), r.std(0, ddof=1)
    below = np.sqrt((np.minimum(r, 0.0) ** 2).mean(0))
    third = ((r - mean) ** 3).mean(0) / r.std(0) ** 3
    cross = ((r - mean) * (f - f.mean())[:, None]).sum(0) / (n - 1)
    return {
        "level": level[-1],
        "depth": depth.max(0),
        "volatility": deviation * np.sqrt(year),
        "sharpe": mean / deviation * np.sqrt(year),
        "sortino": mean * np.sqrt(year) / below,
        "skew": third * np.sqrt(n * (n - 1)) / (n - 2),
        "var_95": -np.quantile(r, 0.05, axis=0),
        "beta": cross / f.var(ddof=1),
        "events": np.array([crossings(column) for column in depth.T]),
    }


def crossings(depth: NDArray[Any]) -> int:
    """How often three rules fire and cease along a drawdown."""
    count = 0
    for threshold in THRESHOLDS:
        state = np.where(depth >= threshold, 1, np.where(depth <= threshold / 2.0, -1, 0))
        said = state[state != 0]
        firing = np.concatenate([[-1], said])
        count += int((firing[1:] != firing[:-1]).sum())
    return count


def ours(folder: Path, file: str, indices: str) -> tuple[float, Arrays]:
    """`tidegauge replay` with snapshots and alerts into files."""
    out, alerts = folder / "out.jsonl", folder / "alerts.jsonl"
    command = Path(sys.executable).with_name("tidegauge")
    seconds, _ = process(
        [command, "replay", folder / file, "--indices", folder / indices, "--out", out,
         "--alerts", alerts], LONGEST
    )  # fmt: skip
    found = {line["index"]: line for line in map(json.loads, out.read_text().splitlines())}
    told = [json.loads(line) for line in alerts.read_text().splitlines()]
    rows = [found[f"X{k}"] for k in range(len(found))]
    figures = {name: np.array([_at(row, path) for row in rows]) for name, path in OURS_AT.items()}
    events = [sum(a["index"] == row["index"] and a["kind"] == "drawdown" for a in told)
              for row in rows]  # fmt: skip
    return seconds, figures | {"events": np.array(events)}


def _at(row: Any, path: tuple[str, ...]) -> float:
    for name in path:
        row = row[name]
    return float("nan") if row is None else float(row)


def theirs(folder: Path, indices: str, peer: str) -> tuple[float, Arrays]:
    """A peer's module; it prints one JSON object of lists."""
    environment, module, more = PEERS[peer]
    seconds, said = process(
        [python_of(environment), "-W", "ignore", "-m", module, folder / "rows.csv",
         folder / indices, *more], LONGEST
    )  # fmt: skip
    found = json.loads(said.splitlines()[-1])
    return seconds, {name: np.array(values, dtype=float) for name, values in found.items()}


def judge(found: Arrays, right: Arrays) -> tuple[float, str]:
    """The largest deviation, relative to the scale of its figure; crossings that are not there."""
    wrong = {
        name: float(np.max(np.abs(found[name] - right[name])) / np.max(np.abs(right[name])))
        for name in FIGURES
        if name in found
    }
    other = [name for name, w in wrong.items() if not w <= 1e-6]
    told = [f"another definition of {', '.join(other)}"] if other else []
    missed = int((found["events"] - right["events"]).sum())
    told += [f"{missed:+} crossings"] if missed else []
    return max((w for w in wrong.values() if w <= 1e-6), default=float("nan")), "; ".join(told)


def measure(setting: Setting) -> list[Row]:
    """CSV against the peers; Parquet; and what the rows alone cost."""
    folder, count = setting.folder, TRIAL_ROWS if setting.quick else ROWS
    times, price = prices(count)
    write_prices(folder / "rows.csv", times, price)
    write_prices(folder / "tiny.csv", times[:3], price[:3])
    found = []
    for indices in COUNTS:
        file, weight = f"{indices}.toml", weights(indices)
        write_indices(folder / file, weight)
        right = reference(times, price, weight)
        ours(folder, "tiny.csv", file)  # whatever is compiled only once is compiled by now
        for peer in PEERS:
            _warm(peer)
        runs = {OURS: partial(ours, folder, "rows.csv", file)}
        runs |= {peer: partial(theirs, folder, file, peer) for peer in PEERS}
        timed = interleaved(runs, OURS, setting.rounds)
        judged = partial(judge, right=right)
        made = rows_of(f"replay of {count:,} minute rows, {indices} indices", timed, count / 1e6,
                       "M rows/s", judged, KEYS[indices])  # fmt: skip
        found += made
        found += _parts(folder, file, count, indices, setting.rounds, judged)
        print(f"{made[0].work}: {int(right['events'].sum()):,} crossings", flush=True)
    return found


def _warm(peer: str) -> None:
    """Make its environment, and whatever it compiles of its imports."""
    try:
        process([python_of(PEERS[peer][0]), "-c", "pass"], LONGEST)
    except ContestantError:
        return  # the run says so


def _parts(
    folder: Path, file: str, count: int, indices: int, rounds: int, judged: Any
) -> list[Row]:
    """Ours behind its start: the time of a file of three minutes is taken off, run by run."""
    found = []
    for kind in ("csv", "parquet"):
        behind, result = Timed(), None
        for _ in range(rounds):
            whole, result = ours(folder, f"rows.{kind}", file)
            start, _ = ours(folder, f"tiny.{kind}", file)
            behind.seconds.append(whole - start)
        seconds = median(behind.seconds) or float("nan")
        error, note = judged(result)
        work = f"rows of {kind} behind the start, {indices} indices"
        found.append(Row(work, OURS, count / seconds / 1e6, "M rows/s", error=error, note=note))
    return found
