"""Figures of windows that are kept from one end of a bar to the next, and rules over them."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np
import pytest

from engine.index import window_sieve
from engine.index.shard import Shard
from engine.metrics.machinery.trailing import Trailing
from engine.metrics.machinery.windows import FIGURES
from engine.periods import NEVER
from engine.types import DAY, HOUR, MINUTE
from tests.engine.market import START, Feed, define, frame, instants

ASSETS = ["A", "B", "C"]
TABLES: dict[str, dict[str, Any]] = {
    "ONE": {"assets": ["A", "B"], "risk_free": 0.03},
    "TWO": {"assets": ["C"], "target": 0.1},
    "FIVE": {"assets": ["B", "C"]},
    "SIX": {"assets": ["A", "C"], "benchmarks": ["A"]},
    "LATE": {"assets": ["A", "B", "C"]},
}


@pytest.mark.parametrize(
    ("window", "step", "count"),
    [("1d", MINUTE, 3600), ("30d", HOUR, 1800), ("90d", DAY, 500), ("1y", DAY, 900)],
)
def test_a_figure_that_is_kept_is_the_one_read_afresh_to_the_bit(
    window: str, step: int, count: int
) -> None:
    rng = random.Random(window)
    feed = Feed(Shard(every=NEVER))
    for index in list(TABLES)[:4]:
        feed.put(define(index, TABLES[index], START))
    kept: dict[str, Trailing] = {}
    seen = defined = 0
    for n, (at, prices) in enumerate(instants(rng, count, step, ASSETS, move=0.004)):
        feed.put(frame([(at, prices)]))
        if n == count // 3:
            feed.put(define("LATE", TABLES["LATE"], at))
            kept.clear()  # as with each layout
        if rng.random() < 0.4:
            continue  # several bars may end between two readings
        state = feed.shard.state
        state.settle()
        if not kept:
            rows = rng.sample(range(len(state.reader.windows.row)), 4)
            kept = {name: Trailing(state.reader.windows, rows, window, name) for name in FIGURES}
        afresh = state.reader.windows.read(window, state.now, state.history, state.baskets)[0]
        for name, trailing in kept.items():
            found = trailing.read(state.now, state.history, state.baskets)
            wanted = afresh[name].values[rows]
            holds = found.codes == 0
            assert found.codes.tolist() == afresh[name].codes[rows].tolist(), (n, name)
            assert found.values[holds].tobytes() == wanted[holds].tobytes(), (n, name)
            seen, defined = seen + len(holds), defined + int(np.count_nonzero(holds))
    assert defined > seen / 5


RULES = [
    {"figure": "windows.1d.volatility", "above": 0.9, "clear": 0.85, "for": "3m"},
    {"figure": "windows.1d.return", "below": -0.01},
    {"figure": "windows.1d.max_drawdown", "above": 0.05, "cooldown": "2h"},
    {"figure": "windows.1d.var_95", "above": 0.0012, "clear_for": "5m"},
    {"figure": "windows.1d.sharpe", "below": 0.0},
    {"figure": "windows.1d.sortino", "above": 1.0},
    {"figure": "windows.1d.n", "below": 1200},
    {"figure": "windows.7d.return", "above": 0.02},
    {"figure": "windows.1d.return", "above": 0.02, "no_data": "1h", "name": "minded"},
    {"figure": "windows.1d.benchmarks.A.beta", "above": 1.0},
]


def test_rules_that_a_sieve_holds_back_say_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def alerts() -> list[dict[str, Any]]:
        rng = random.Random(8)
        feed = Feed(Shard(every=NEVER))
        for index in ("SIX", "LATE"):
            rules = RULES if index == "SIX" else RULES[:-1]
            feed.put(define(index, TABLES[index] | {"rule": rules}, START))
        stream = minutes(rng, 3000)
        while stream:
            size = rng.choice([1, 5, 50])
            feed.put(frame(stream[:size]))
            stream = stream[size:]
            if rng.random() < 0.02:
                feed.shard = Shard.load(feed.shard.dump(), NEVER)
        return feed.bodies("alerts")

    sieved = alerts()
    monkeypatch.setattr(window_sieve, "is_sieved", lambda _: False)
    assert sieved == alerts()
    told = {alert["because"]["figure"] for alert in sieved}
    assert told >= {rule["figure"] for rule in RULES[:6]}, told


def minutes(rng: random.Random, count: int) -> list[tuple[int, dict[str, float]]]:
    """A price a minute of each asset, with holes of some minutes, and one bad print."""
    prices, found = dict.fromkeys(ASSETS, 100.0), []
    for n in range(count):
        for asset in ASSETS:
            prices[asset] *= math.exp(rng.gauss(0.0, 0.0015 if n % 900 > 300 else 0.0003))
        if rng.random() > 0.03:
            bad = {"A": prices["A"] * 1e4} if n == 2000 else {}
            found.append((START + n * MINUTE + rng.randrange(MINUTE), prices | bad))
    return found
