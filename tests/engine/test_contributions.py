"""`composition` against a plain recomputation from prices and holdings, and by hand."""

from __future__ import annotations

import math
import random
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.index.definition import parse_index
from engine.index.shard import Shard
from engine.periods import NEVER, years_before
from engine.types import DAY, HOUR, MINUTE
from tests.engine.market import START, Feed, define, frame, instants
from tests.reference.basket import Instants, index_path
from tests.reference.series import level_at

ASSETS = ["BTC", "ETH", "SOL", "XRP"]
BASE = START // DAY * DAY
Bought = list[tuple[int, dict[str, float]]]


def price_at(stream: Instants, asset: str, when: int) -> float | None:
    """The last price at or before `when`."""
    found = None
    for at, prices in stream:
        if at > when:
            break
        found = prices.get(asset, found)
    return found


def expected(
    stream: Instants, bought: Bought, path: list[tuple[int, float]], as_of: int
) -> dict[str, Any]:
    """`composition`, each span of holdings by itself, without divisor and targets."""
    begin = max(as_of // DAY * DAY, path[0][0])
    level = level_at(path, begin)
    assert level is not None
    points: dict[str, list[float]] = {}
    for (since, holdings), (until, _) in pairwise([*bought, (as_of, {})]):
        for asset, holding in holdings.items():
            first, last = max(since, begin), max(until, begin)
            now, then = price_at(stream, asset, last), price_at(stream, asset, first)
            assert now is not None
            assert then is not None
            points.setdefault(asset, []).append(holding * (now - then))
    turned = []
    for (_, old), (at, new) in pairwise(bought):
        if at > years_before(as_of, 1):
            a, b = shares(stream, old, at), shares(stream, new, at)
            turned.append(sum(abs(b.get(x, 0.0) - a.get(x, 0.0)) for x in {**a, **b}) / 2.0)
    return {
        "weights": shares(stream, bought[-1][1], as_of),
        "contributions": {a: math.fsum(found) / level for a, found in points.items()},
        "turnover": math.fsum(turned),
        "level": level,
        "begin": begin,
    }


def shares(stream: Instants, holdings: dict[str, float], at: int) -> dict[str, float]:
    """What part of all each asset is."""
    worth = {a: h * (price_at(stream, a, at) or 0.0) for a, h in holdings.items()}
    return {a: w / math.fsum(worth.values()) for a, w in worth.items()}


def random_table(rng: random.Random, last: int) -> dict[str, Any]:
    table: dict[str, Any] = {"assets": ASSETS[:3]}
    if rng.random() < 0.3:
        table = {"weights": dict(zip(ASSETS[:3], (0.6, 0.3, 0.1), strict=True))}
    table["weighting"] = rng.choice(["equal", "cap"]) if "assets" in table else "fixed"
    if table["weighting"] == "cap":
        table["supply"] = {a: rng.uniform(1.0, 100.0) for a in ASSETS}
    table["rebalance"] = rng.choice(["never", "daily", "daily", "weekly"])
    table["max_price_age"] = rng.choice(["2h", "48h", "3000h"])
    if table["weighting"] != "fixed" and rng.random() < 0.7:
        at = rng.randrange(START, max(last, START + 2))
        table["change"] = [{"at": at, "add": ["XRP"], "remove": [rng.choice(ASSETS[:3])]}]
    return table


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), step=st.sampled_from([7 * MINUTE, HOUR, 9 * HOUR]))
def test_contributions_are_those_of_a_plain_recomputation(seed: int, step: int) -> None:
    rng = random.Random(seed)
    stream = instants(rng, rng.choice([5, 40, 120]), step, ASSETS)
    table = random_table(rng, stream[-1][0])
    feed, begin = Feed(Shard(every=NEVER)), 0
    feed.put(define("X", table, stream[0][0] - 1))
    while begin < len(stream):
        end = begin + rng.choice([1, 5, 30])
        feed.put(frame(stream[begin:end]))
        begin = end
        if rng.random() < 0.3:
            feed.shard = Shard.load(feed.shard.dump(), NEVER)
        check(feed.snapshot("X"), stream[:end], table)


def check(found: dict[str, Any], stream: Instants, table: dict[str, Any]) -> None:
    as_of, bought = found["as_of"], Bought()
    # An instant behind as_of carries out what is due up to it, and brings nothing.
    seen = [*stream, (as_of + 1, {})]
    path = index_path(seen, parse_index("X", table), None, bought)
    if not path:
        assert found["composition"] is None
        assert found["undefined"]["composition"] == "not_started"
        return
    want, told = expected(stream, bought, path, as_of), found["composition"]
    assets = told["assets"]
    assert told["rebalanced_at"] is not None
    assert told["turnover_1y"] == pytest.approx(want["turnover"], abs=1e-9)
    assert {a: f["weight"] for a, f in assets.items() if f["weight"]} == pytest.approx(
        {a: w for a, w in want["weights"].items() if w}, abs=1e-9
    )
    given_by = {a: f["contribution_today"] for a, f in assets.items()}
    for asset, contribution in want["contributions"].items():
        scale = max(1.0, abs(contribution))
        assert given_by.get(asset, 0.0) == pytest.approx(contribution, abs=1e-9 * scale), asset
    today = found["level"] / want["level"] - 1.0
    size = max(1.0, math.fsum(abs(c) for c in given_by.values()))
    assert math.fsum(given_by.values()) == pytest.approx(today, abs=1e-12 * size)
    for asset, figures in assets.items():
        then = price_at(stream, asset, want["begin"])
        assert figures["price"] == price_at(stream, asset, as_of)
        moved = None if then is None else figures["price"] / then - 1.0
        if moved is None or figures["return_today"] is None:
            assert found["undefined"][f"composition.assets.{asset}.return_today"] == "no_price"
        else:
            assert figures["return_today"] == pytest.approx(moved, abs=1e-12)


def told(rows: list[tuple[int, dict[str, float]]], **table: Any) -> dict[str, Any]:
    """The last snapshot after these prices, hours from a midnight on."""
    feed = Feed(Shard(every=NEVER))
    feed.put(define("X", table, BASE - 1))
    feed.put(frame([(BASE + at * HOUR, prices) for at, prices in rows]))
    return feed.snapshot("X")


def test_what_left_the_index_today_is_told_until_midnight() -> None:
    rows = [(0, {"A": 100.0, "B": 100.0, "C": 10.0}), (6, {"A": 120.0}), (18, {"C": 11.0})]
    change = [{"at": BASE + 12 * HOUR, "add": ["C"], "remove": ["A"]}]
    assets = ["A", "B"]
    found = told(rows, assets=assets, change=change)["composition"]["assets"]
    # 1000 to 1100 by A; then half of it in C, which rises by 10 %: 55 points.
    assert found["A"] == {
        "weight": 0.0,
        "target": 0.0,
        "price": 120.0,
        "return_today": pytest.approx(0.2),
        "contribution_today": pytest.approx(0.1),
    }
    assert found["C"]["contribution_today"] == pytest.approx(0.055)
    assert found["C"]["target"] == 0.5
    assert found["C"]["weight"] == pytest.approx(1.1 / 2.1)
    later = told([*rows, (25, {"B": 100.0})], assets=assets, change=change)["composition"]
    assert list(later["assets"]) == ["B", "C"]
    assert later["rebalanced_at"] == BASE + 12 * HOUR
    # A had 60/110 and C nothing; then B and C have a half each.
    assert later["turnover_1y"] == pytest.approx(60 / 110)


def test_what_the_index_waits_for_is_pending() -> None:
    change = [{"at": BASE + HOUR, "add": ["C"]}]
    rows = [(0, {"A": 100.0, "B": 100.0}), (2, {"A": 110.0})]
    assert told(rows, assets=["A", "B"], change=change)["composition"]["pending"] == ["C"]
    rows.append((3, {"C": 1.0}))
    found = told(rows, assets=["A", "B"], change=change)
    assert found["composition"]["pending"] == []
    reasons = found["undefined"]
    assert reasons["composition.assets.C.return_today"] == "no_price"
    assert found["composition"]["assets"]["C"]["contribution_today"] == 0.0


def test_turnover_is_of_the_last_year() -> None:
    rows = [(24 * day, {"A": 100.0 + day % 2 * 100.0, "B": 100.0}) for day in range(400)]
    found = told(rows, assets=["A", "B"], rebalance="daily")["composition"]
    # Each day A doubles or halves against B: a sixth is moved. The year has a 29 February.
    assert found["turnover_1y"] == pytest.approx(366 / 6)


def test_a_checkpoint_without_the_table_makes_figures_unobserved_until_they_are_known() -> None:
    feed = Feed(Shard(every=NEVER))
    feed.put(define("X", {"assets": ["A", "B"], "rebalance": "daily"}, BASE - 1))
    feed.put(frame([(BASE + 30 * HOUR, {"A": 100.0, "B": 100.0})]))
    state = feed.shard.dump()
    del state["baskets"]["contributions"]
    feed.shard = Shard.load(state, NEVER)
    feed.put(frame([(BASE + 31 * HOUR, {"A": 110.0})]))
    found = feed.snapshot("X")
    assert found["composition"]["assets"]["A"]["weight"] == pytest.approx(1.1 / 2.1)
    told = {path for path, why in found["undefined"].items() if why == "unobserved"}
    names = ("target", "return_today", "contribution_today")
    assets = {f"composition.assets.{a}.{name}" for a in ("A", "B") for name in names}
    assert told >= assets | {"composition.rebalanced_at", "composition.turnover_1y"}
    feed.put(frame([(BASE + 49 * HOUR, {"A": 121.0})]))
    found = feed.snapshot("X")
    assert found["composition"]["assets"]["A"]["contribution_today"] == pytest.approx(0.05)
    assert found["composition"]["assets"]["A"]["target"] == 0.5
    lost = [p for p in found["undefined"] if p.startswith("composition")]
    assert lost == ["composition.turnover_1y"]
