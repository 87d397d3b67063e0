"""Prices go over the ends of minutes and hours as if each were looked at by itself."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from engine.index.definition import parse_index
from engine.index.shard import Shard
from engine.index.timeline import Timeline
from engine.periods import NEVER
from engine.records import DefinitionRecord, Output, PriceFrame, Receipt
from engine.types import DAY, HOUR, MINUTE, SECOND

START = 1_700_000_000 * SECOND
ASSETS = ("A", "B", "C", "D")
TABLES: dict[str, dict[str, Any]] = {
    "W": {
        "weights": {"A": 0.5, "B": 0.3, "C": 0.2},
        "rebalance": "daily",
        "return_interval": "1h",
        "benchmarks": ["D"],
        "alerts": {"drawdown": [0.01, 0.05]},
    },
    "E": {"assets": ["B", "D"], "return_interval": "5m", "alerts": {"drawdown": [0.02]}},
    "L": {"assets": ["A", "D"], "return_interval": "1d"},
}
STEPS = (7 * SECOND, MINUTE, MINUTE, MINUTE, 3 * MINUTE, HOUR, 5 * HOUR)


def instants(rng: random.Random, count: int) -> list[tuple[int, list[tuple[str, float]]]]:
    """Times and prices; some stand on the end of a minute, D comes late, and some leap."""
    now, found = START, []
    prices = dict.fromkeys(ASSETS, 100.0)
    for number in range(count):
        now += rng.choice(STEPS)
        now = -(-now // MINUTE) * MINUTE if rng.random() < 0.3 else now
        names = [a for a in ASSETS if (a != "D" or number > 40) and rng.random() < 0.8]
        for name in names:
            leap = rng.choice((60.0, 1 / 60.0)) if rng.random() < 0.001 else 1.0
            prices[name] *= (1.0 + rng.gauss(0.0, 0.003)) * leap
        if names:
            found.append((now, [(name, prices[name]) for name in names]))
    return found


def run(cut: list[list[tuple[int, list[tuple[str, float]]]]]) -> tuple[Any, list[Output]]:
    """The state of a shard after these records, and its outputs."""
    shard, out = Shard(every=NEVER), list[Output]()
    receipt = Receipt("prices", "log", 0, 0)
    for name, table in TABLES.items():
        mapping = parse_index(name, table).to_mapping()
        shard.apply(DefinitionRecord(START - 1, "replay", name, mapping), receipt)
    for part in cut:
        rows = [(name, at, price) for at, prices in part for name, price in prices]
        names, times, prices = (list(column) for column in zip(*rows, strict=True))
        frame = PriceFrame(times[-1], "replay", names, times, prices, [], [], {}, [])
        out += shard.apply(frame, receipt)
    return shard.dump(), out


def assert_same(one: Any, other: Any, path: str = "") -> None:
    if isinstance(one, dict):
        assert list(one) == list(other), path
        for key, value in one.items():
            assert_same(value, other[key], f"{path}.{key}")
    elif isinstance(one, list | tuple):
        assert len(one) == len(other), path
        for place, (a, b) in enumerate(zip(one, other, strict=True)):
            assert_same(a, b, f"{path}[{place}]")
    elif isinstance(one, np.ndarray):
        assert one.dtype == other.dtype, path
        assert one.tobytes() == other.tobytes(), path
    else:
        assert one == other, path


@pytest.mark.parametrize("seed", range(6))
def test_over_the_ends_is_as_from_end_to_end(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(seed)
    stream = instants(rng, 1500)
    assert stream[-1][0] - START > 20 * DAY  # rings of hours wrap, days end, holdings change
    cut, begin = [], 0
    while begin < len(stream):
        end = begin + rng.choice((1, 3, 40, 400))
        cut.append(stream[begin:end])
        begin = end
    found, said = run(cut)
    monkeypatch.setattr(Timeline, "next_stop", lambda self, _: self.next_event())
    careful, told = run(cut)
    assert_same(careful, found)
    assert_same([one.body for one in told], [one.body for one in said])
    assert sum(one.topic == "alerts" for one in said) > 5
