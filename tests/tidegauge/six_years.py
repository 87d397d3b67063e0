"""Six years of daily closes of 16 assets, eight indices over them, and the command that runs them.

The paths of the indices are followed here on their own: with prices at 00:00 UTC only, and at every
one, a rebalance is a plain thing (`Followed`), and `tests.reference.basket` must agree with it.
"""

from __future__ import annotations

import csv
import gzip
import json
import math
import statistics
import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from engine.index.definition import IndexDefinition
from engine.index.index_file import parse_file
from engine.types import DAY, SECOND
from tests.shared import shared
from tests.tidegauge.command import run

Rows = list[tuple[int, dict[str, float]]]

INDICES = """
[index.EQUAL16]
assets = ["ADA", "AVAX", "BNB", "BTC", "DOT", "ETC", "ETH", "LINK",
          "LTC", "NEAR", "PAXG", "SOL", "TRX", "UNI", "XLM", "XRP"]
benchmarks = ["BTC", "EQUAL_M"]

[index.EQUAL_M]
assets = ["BTC", "ETH", "BNB", "LTC", "XRP", "ADA"]
rebalance = "monthly"
benchmarks = ["BTC", "FIXED_Q"]

[index.FIXED_Q]
weights = { BTC = 0.4, ETH = 0.3, BNB = 0.2, LTC = 0.1 }
rebalance = "quarterly"
benchmarks = ["BTC", "EQUAL_M"]

[index.FIXED_N]
weights = { BTC = 3, ETH = 2, LTC = 1 }
base_level = 250.0
benchmarks = ["BTC", "FIXED_Q"]
risk_free = 0.04
target = 0.1
omega_threshold = 0.05
ewma_half_life = "10d"
year_days = 365.25

[index.CAP25]
assets = ["BTC", "ETH", "BNB", "LTC", "XRP", "ADA", "TRX", "XLM"]
weighting = "cap"
cap_limit = 0.25
rebalance = "monthly"
benchmarks = ["BTC", "EQUAL_M"]
[index.CAP25.supply]
BTC = 18.5e6
ETH = 115e6
BNB = 155e6
LTC = 68e6
XRP = 46e9
ADA = 32e9
TRX = 90e9
XLM = 22e9

[index.CALM]
assets = ["ETH", "BNB", "LTC", "LINK", "ETC"]
weighting = "inverse_volatility"
vol_window = "90d"
rebalance = "monthly"
benchmarks = ["BTC", "EQUAL16"]

[index.CHANGING]
weights = { ETH = 0.5, XRP = 0.2, ETC = 0.2, XLM = 0.1 }
rebalance = "weekly"
benchmarks = ["BTC", "CAP25"]
[[index.CHANGING.change]]
at = 2019-07-03T00:00:00Z
add = ["LINK"]
remove = ["ETC"]
weights = { LINK = 0.25 }
[[index.CHANGING.change]]
at = 2020-08-20T00:00:00Z
add = ["SOL", "UNI"]
remove = ["XLM"]
weights = { SOL = 0.2, UNI = 0.1 }

[index.WATCHED]
assets = ["ETH", "BNB", "TRX"]
rebalance = "monthly"
risk_free = 0.02
benchmarks = ["EQUAL_M", "DOT"]
[index.WATCHED.alerts]
drawdown = [0.05, 0.10, 0.20, 0.5, 0.75]
[index.WATCHED.targets]
"""
# The second change names UNI a month before its first price: SOL joins at once, UNI with it.


class Drift(NamedTuple):
    """The asset furthest from the weight that the method gives it."""

    asset: str
    weight: float
    target: float


class Bought(NamedTuple):
    """What the last rebalance or change up to a close asked for, and what is held since; how much
    each of them moved, by time; the assets that wait."""

    at: int
    targets: dict[str, float]
    weights: dict[str, float]
    prices: dict[str, float]
    moved: list[tuple[int, float]]
    pending: list[str]


class Followed(NamedTuple):
    """An index by hand: its levels, and after each close the furthest drift of a weight and what
    is held."""

    path: list[tuple[int, float]]
    drift: dict[int, Drift]
    bought: dict[int, Bought]


class Ran(NamedTuple):
    """What went in, and what the command gave."""

    rows: Rows
    definitions: dict[str, IndexDefinition]
    snapshots: list[dict[str, Any]]
    alerts: list[dict[str, Any]]
    prices: Path


def closes() -> Rows:
    """The closes of every day, at the 00:00 UTC that ends it."""
    found: dict[int, dict[str, float]] = {}
    with gzip.open(shared("prices/daily_binance_usdt.csv.gz"), "rt") as lines:
        for row in csv.DictReader(lines):
            day = datetime.fromisoformat(row["date"]).replace(tzinfo=UTC)
            at = int(day.timestamp()) * SECOND + DAY
            found.setdefault(at, {})[row["asset"]] = float(row["close"])
    return sorted(found.items())


def replayed(folder: Path, every: int, targets: Mapping[str, float]) -> Ran:
    """Run the command as a user does."""
    rows = closes()
    prices, indices = folder / "prices.csv", folder / "indices.toml"
    # A bare date is the close of that day.
    lines = [f"{day_of(at)},{a},{p!r}\n" for at, moved in rows for a, p in moved.items()]
    prices.write_text("ts,asset,price\n" + "".join(lines))
    text = INDICES + "".join(f"{name} = {value!r}\n" for name, value in targets.items())
    indices.write_text(text)
    out, alerts = folder / "snapshots.jsonl", folder / "alerts.jsonl"
    options = ("--every", f"{every // DAY}d", "--out", out, "--alerts", alerts)
    result = run("replay", prices, "--indices", indices, *options)
    assert result.returncode == 0, result.stderr
    found, _, _ = parse_file(tomllib.loads(text))
    read = [[json.loads(x) for x in f.read_text().splitlines()] for f in (out, alerts)]
    return Ran(rows, {d.id: d for d in found}, read[0], read[1], prices)


def day_of(end: int) -> str:
    """The date of the day that ends at this 00:00 UTC."""
    return datetime.fromtimestamp((end - DAY) // SECOND, UTC).date().isoformat()


def follow(definition: IndexDefinition, rows: Rows) -> Followed:
    """Follow an index from close to close; each rebalance comes after its close."""
    past: dict[str, list[float]] = {}
    units: dict[str, float] = {}
    own = dict(zip(definition.assets, definition.weights, strict=True))
    named, held = list(definition.assets), list(definition.assets)
    changes = {change.at: change for change in definition.changes}
    path: list[tuple[int, float]] = []
    drift: dict[int, Drift] = {}
    bought: dict[int, Bought] = {}
    moved: list[tuple[int, float]] = []
    for at, prices in rows:
        for asset, price in prices.items():
            past.setdefault(asset, []).append(price)
        level = math.fsum(units[a] * prices[a] for a in units) if units else definition.base_level
        if at in changes:
            change = changes[at]
            named = [a for a in named if a not in change.remove] + list(change.add)
            left = (1.0 - sum(dict(change.weights).values())) / sum(own.get(a, 0.0) for a in named)
            own = {a: own[a] * left for a in named if a in own} | dict(change.weights)
        there = [asset for asset in named if asset in prices]
        if held != there if units else there == named:
            held, begin = there, True
        else:
            begin = bool(units) and is_due(definition.rebalance, at)
        if begin:
            found, since = weights(definition, held, past, own), at
            if units:
                before = {a: units[a] * prices[a] / level for a in units}
                moves = [abs(found.get(a, 0.0) - before.get(a, 0.0)) for a in {**before, **found}]
                moved = [*moved, (at, math.fsum(moves) / 2.0)]
            units = {a: w * level / prices[a] for a, w in found.items()}
        if units:
            path.append((at, level))
            targets = weights(definition, held, past, own)
            told = [Drift(a, units[a] * prices[a] / level, targets[a]) for a in held]
            drift[at] = max(told, key=lambda d: abs(d.weight - d.target))
            now = {a: units[a] * prices[a] / level for a in held}
            pending = [a for a in named if a not in held]
            bought[at] = Bought(since, found, now, {a: prices[a] for a in held}, moved, pending)
    return Followed(path, drift, bought)


def is_due(schedule: str, at: int) -> bool:
    """Whether a 00:00 UTC is one at which this schedule rebalances."""
    day = datetime.fromtimestamp(at // SECOND, UTC)
    return {
        "never": False,
        "weekly": day.weekday() == 0,
        "monthly": day.day == 1,
        "quarterly": day.day == 1 and day.month in (1, 4, 7, 10),
    }[schedule]


def weights(
    definition: IndexDefinition,
    assets: Sequence[str],
    past: Mapping[str, Sequence[float]],
    own: Mapping[str, float],
) -> dict[str, float]:
    """The weights by the contract's words, from the closes so far; `own` are fixed ones."""
    if definition.weighting == "cap":
        supply = dict(definition.supply)
        assert definition.cap_limit is not None
        return capped({a: past[a][-1] * supply[a] for a in assets}, definition.cap_limit)
    raw = dict.fromkeys(assets, 1.0)
    if definition.weighting == "inverse_volatility":
        window = definition.vol_window // DAY
        if all(len(past[a]) > 30 for a in assets):
            raw = {a: 1.0 / deviation_of(past[a][-window - 1 :]) for a in assets}
    elif definition.weighting == "fixed":
        raw = {a: own[a] for a in assets}
    return {a: w / math.fsum(raw.values()) for a, w in raw.items()}


def deviation_of(prices: Sequence[float]) -> float:
    """Standard deviation of the simple returns, ddof 1."""
    return statistics.stdev(b / a - 1.0 for a, b in pairwise(prices))


def capped(caps: Mapping[str, float], limit: float) -> dict[str, float]:
    """In proportion to the caps; those above the limit get it, the others share what is left."""
    full: set[str] = set()
    while True:
        rest = math.fsum(cap for a, cap in caps.items() if a not in full)
        room = 1.0 - limit * len(full)
        found = {a: limit if a in full else cap / rest * room for a, cap in caps.items()}
        over = {a for a, w in found.items() if w > limit * (1.0 + 1e-12)}
        if not over:
            return found
        full |= over
