"""When an index or a benchmark begins: at any instant, by prices, by a change, by a definition."""

from __future__ import annotations

import json
import math
import random
from typing import Any

import pytest

from engine.index.shard import Shard
from engine.periods import NEVER
from engine.types import DAY, HOUR, MINUTE, SECOND
from tests.engine.market import Feed, define, frame

BEGIN = 19_723 * DAY  # 2024-01-01
DAY_20 = BEGIN + 20 * DAY
Stream = list[tuple[int, dict[str, float]]]
HELD = ("returns", "annualised", "calendar", "risk", "drawdown", "benchmarks", "rolling", "windows")


def prices(rng: random.Random, step: int, begin: int, hole: tuple[int, int]) -> Stream:
    """Prices of A and B until day 70, none in (from, to] of the hole."""
    level = {"A": 100.0, "B": 60.0}
    found: Stream = []
    for at in range(begin, BEGIN + 70 * DAY, step):
        level = {a: p * math.exp(rng.gauss(0.0, 0.01)) for a, p in level.items()}
        if not hole[0] < at <= hole[1]:
            found.append((at, dict(level)))
    return found


def figures(feed: Feed) -> str:
    """What rests on the history of X; a benchmark as the reference of its regimes is older."""
    found = feed.snapshot("X")
    told: dict[str, Any] = {name: found[name] for name in ("level", *HELD)}
    told["unobserved_bars"] = found["quality"]["unobserved_bars"]
    own = found["regime"]["reference"] == "X"
    reasons = {p: r for p, r in found["undefined"].items() if own or not p.startswith("regime")}
    return json.dumps([told, reasons, found["regime"] if own else None])


def run(stream: Stream, tables: dict[str, Any], *, looks: list[int]) -> Feed:
    feed = Feed(Shard(every=NEVER))
    for index, table in tables.items():
        feed.put(define(index, table, stream[0][0] - 1))
    for k, instant in enumerate(stream):
        feed.put(frame([instant]))
        if k in looks:
            feed.snapshot("X")  # what is read must not stay
    return feed


@pytest.mark.parametrize("interval", ["1h", "1d"])
@pytest.mark.parametrize("hole", [0, 3])
@pytest.mark.parametrize("after", [0, 11 * DAY, 12 * HOUR, 12 * HOUR + SECOND])
@pytest.mark.parametrize(
    ("by", "against"),
    [("change", ["A"]), ("definition", ["A"]), ("change", []), ("definition", [])],
)
def test_an_index_is_the_same_whatever_lets_it_begin(
    by: str, against: list[str], after: int, hole: int, interval: str
) -> None:
    """Held against one whose first prices come at that instant, and are the same."""
    at = DAY_20 + after  # with 11 days more: 1 February, 00:00
    quiet = (at - DAY - 7 * MINUTE, at + hole * DAY - DAY // 3) if hole else (0, 0)
    stream = prices(random.Random(at), HOUR, BEGIN + 7 * MINUTE, quiet)
    table = {"rebalance": "weekly", "benchmarks": against, "return_interval": interval}
    last = [p for t, p in stream if t <= at][-1]
    later = [instant for instant in stream if instant[0] > at]
    expected = run([(at, last), *later], {"X": {"assets": ["A", "B"], **table}}, looks=[])
    if by == "change":
        change = {"at": at, "remove": ["Q"]}
        tables = {"X": {"assets": ["A", "B", "Q"], "change": [change], **table}}
        found = run(stream, tables, looks=[480, 500, 800])
    else:
        found = run([i for i in stream if i[0] <= at], {"W": {"assets": ["A", "B"]}}, looks=[])
        found.put(define("X", {"assets": ["A", "B"], **table}, at))
        for instant in later:
            found.put(frame([instant]))
    assert found.snapshot("X")["risk"]["n"] == expected.snapshot("X")["risk"]["n"]
    assert figures(found) == figures(expected)


def test_a_benchmark_that_is_named_later_counts_from_then_on() -> None:
    feed, a = Feed(Shard(every=NEVER)), 100.0
    feed.put(define("X", {"assets": ["A"]}, BEGIN - 1))
    feed.put(define("Y", {"assets": ["B"]}, BEGIN - 1))
    for day in range(40):
        if day == 30:  # after the bar that ends at day 29
            feed.put(define("X", {"assets": ["A"], "benchmarks": ["Y", "B"]}, BEGIN + 29 * DAY + 1))
        a *= 1.01 if day % 2 else 1.02
        feed.put(frame([(BEGIN + day * DAY, {"A": a, "B": 2.0 * a})]))
    found = feed.snapshot("X")
    assert found["risk"]["n"] == 39
    # B's own closes begin when it is named, and with them its returns; those of Y are kept.
    assert [found["benchmarks"][b]["n"] for b in ("Y", "B")] == [10, 9]
    excess = [found["benchmarks"][b]["excess"] for b in ("Y", "B")]
    assert [e["7d"] for e in excess] == pytest.approx([0.0, 0.0], abs=1e-12)
    assert excess[0]["30d"] == pytest.approx(0.0, abs=1e-12)
    assert [excess[1]["30d"], *(e["inception"] for e in excess)] == [None, None, None]
    assert found["undefined"]["benchmarks.Y.excess.inception"] == "too_short"
    [january, february] = found["calendar"]["months"]
    assert january["excess"] == {"Y": None, "B": None}
    assert february["excess"]["Y"] == pytest.approx(0.0, abs=1e-12)
    assert found["undefined"]["calendar.months.2024-01.excess.Y"] == "too_short"


def test_a_benchmark_that_begins_with_a_month_is_there_from_its_beginning_on() -> None:
    feed = Feed(Shard(every=NEVER))
    feed.put(define("X", {"assets": ["A"], "benchmarks": ["B", "C"]}, BEGIN - 40 * DAY))
    a, b = 100.0, 50.0
    for day in range(-40, 40):
        at, a, b = BEGIN + day * DAY, a * 1.01, b * 1.003
        # B is there from 1 January 00:00 on, C from an instant later.
        feed.put(frame([(at, {"A": a, **({"B": b} if day >= 0 else {})})]))
        if day >= 0:
            feed.put(frame([(at + 1, {"C": b})]))
    found = feed.snapshot("X")
    months = {m["period"]: m["excess"] for m in found["calendar"]["months"]}
    years = {y["period"]: y["excess"] for y in found["calendar"]["years"]}
    assert months["2023-12"] == {"B": None, "C": None}
    assert months["2024-01"] == {"B": pytest.approx(1.01**31 - 1.003**31), "C": None}
    assert months["2024-02"]["B"] == pytest.approx(1.01**8 - 1.003**8)
    assert months["2024-02"]["C"] == pytest.approx(1.01**8 - 1.003**9)
    assert years["2024"] == {"B": pytest.approx(1.01**39 - 1.003**39), "C": None}
    assert years["2024"]["B"] == pytest.approx(found["benchmarks"]["B"]["excess"]["ytd"])
    assert found["undefined"]["calendar.years.2024.excess.C"] == "too_short"
