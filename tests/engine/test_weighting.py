"""Weighted indices: the rules one by one, and whole runs against the batch oracle."""

from __future__ import annotations

import itertools
import json
import math
import random
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.index.composition import Basket
from engine.index.definition import DefinitionError, parse_index
from engine.index.index_file import parse_file
from engine.index.shard import Shard
from engine.index.weighting.registry import METHODS
from engine.periods import NEVER
from engine.types import DAY, HOUR
from tests.engine.market import NAN, START, Feed, define, frame
from tests.engine.random_weighting import (
    ASSETS,
    Rows,
    check_batch,
    fed,
    random_rows,
    random_table,
    record,
)
from tests.reference.basket import Rebalance
from tidegauge.indices import read_indices, without_supply

T0 = START // DAY * DAY
# --- whole indices ---------------------------------------------------------------------------


def put(feed: Feed, *rows: tuple[int, dict[str, float], dict[str, float]]) -> None:
    feed.put(record(list(rows)))


def index(table: dict[str, Any]) -> Feed:
    feed = Feed(Shard(every=NEVER))
    feed.put(define("X", {"base_level": 100.0, **table}, T0 - 1))
    return feed


def weights(feed: Feed) -> dict[str, float]:
    """What the index holds now, in shares of its value."""
    baskets = feed.shard.baskets
    basket = baskets.all[baskets.row["X"]]
    prices = [baskets.prices.price[baskets.price_row[k]] for k in basket.keys]
    values = {
        k: h * p for k, h, p in zip(basket.keys, basket.holdings, prices, strict=True) if h > 0
    }
    return {k: v / math.fsum(values.values()) for k, v in values.items()}


CAP = {"assets": ["A", "B"], "weighting": "cap", "rebalance": "daily"}


def test_cap_weighs_by_price_times_supply() -> None:
    x = index({**CAP, "supply": {"A": 10.0, "B": 5.0}})
    put(x, (T0 + HOUR, {"A": 3.0, "B": 2.0}, {}))
    assert weights(x) == pytest.approx({"A": 0.75, "B": 0.25})
    # The prices bring a market cap for B: 30 at a price of 3 are 10 coins.
    put(x, (T0 + 2 * HOUR, {"B": 3.0}, {"B": 30.0}), (T0 + DAY, {"B": 7.0}, {}))
    assert weights(x) == pytest.approx({"A": 0.3, "B": 0.7})
    assert x.snapshot("X")["level"] == pytest.approx(75.0 + 25.0 * 3.5)


def test_a_market_cap_wins_over_a_supply_and_both_over_the_definition() -> None:
    x = index({**CAP, "supply": {"A": 1.0, "B": 1.0}})
    made = frame([(T0 + HOUR, {"A": 2.0, "B": 2.0})])
    x.put(made._replace(market_cap=[12.0, NAN], supply=[100.0, 2.0]))
    assert weights(x) == pytest.approx({"A": 0.75, "B": 0.25})


def test_an_unknown_cap_weighs_nothing_and_is_named_until_it_is_known() -> None:
    x = index(CAP)
    put(x, (T0 + HOUR, {"A": 1.0, "B": 1.0}, {"A": 5.0}))
    assert weights(x) == {"A": 1.0}
    assert x.snapshot("X")["quality"]["flags"] == ["no_weight:B", "unknown_cap:B"]
    put(x, (T0 + 2 * HOUR, {"B": 1.0}, {"B": 15.0}))
    assert weights(x) == {"A": 1.0}, "only a rebalance changes what is held"
    put(x, (T0 + DAY, {"A": 1.0}, {"A": 0.0}))  # 0 is unknown and changes nothing
    assert weights(x) == pytest.approx({"A": 0.25, "B": 0.75})
    assert x.snapshot("X")["quality"]["flags"] == []


def test_without_any_cap_an_index_waits_and_starts_with_the_first() -> None:
    x = index(CAP)
    put(x, (T0 + HOUR, {"A": 1.0, "B": 2.0}, {}), (T0 + 2 * HOUR, {"A": 3.0}, {}))
    found = x.snapshot("X")
    assert (found["status"], found["level"]) == ("warming", None)
    assert found["quality"]["flags"] == ["unknown_cap:A", "unknown_cap:B"]
    put(x, (T0 + 3 * HOUR, {"A": 4.0}, {"A": 8.0}), (T0 + 4 * HOUR, {"A": 5.0}, {}))
    assert x.snapshot("X")["level"] == pytest.approx(125.0)


def test_an_asset_that_stopped_trading_leaves_a_cap_index_and_others_share_its_weight() -> None:
    x = index({**CAP, "assets": ["A", "B", "C"], "supply": {"A": 1.0, "B": 1.0, "C": 2.0}})
    put(x, (T0 + HOUR, {"A": 1.0, "B": 1.0, "C": 1.0}, {}))
    assert weights(x) == pytest.approx({"A": 0.25, "B": 0.25, "C": 0.5})
    for day in range(1, 4):
        put(x, (T0 + day * DAY, {"A": 1.0, "B": 3.0 if day == 3 else 1.0}, {}))
    assert weights(x) == pytest.approx({"A": 0.25, "B": 0.75})
    assert x.snapshot("X")["quality"]["flags"] == ["no_weight:C"]
    assert x.snapshot("X")["status"] == "live"
    assert x.snapshot("X")["level"] == pytest.approx(150.0)


def test_a_change_with_nothing_young_enough_lets_go_at_once_and_waits_for_a_price() -> None:
    change = {"at": T0 + 10 * DAY, "add": ["C"], "remove": ["A"]}
    x = index({"assets": ["A", "B"], "change": [change]})
    put(x, (T0 + HOUR, {"A": 1.0, "B": 1.0, "C": 1.0}, {}))
    put(x, (T0 + 11 * DAY, {"D": 1.0}, {}))
    x.put(record([(T0 + 12 * DAY, {"A": 2.0}, {})]))  # A is not held any more
    assert x.snapshot("X")["level"] == pytest.approx(100.0)
    assert x.snapshot("X")["quality"]["flags"] == ["pending:C"]
    put(x, (T0 + 12 * DAY + 1, {"C": 4.0}, {}), (T0 + 12 * DAY + 2, {"A": 9.0, "C": 8.0}, {}))
    assert weights(x) == {"C": 1.0}
    assert x.snapshot("X")["level"] == pytest.approx(200.0)


def test_a_price_at_the_instant_of_a_change_counts() -> None:
    x = index({"assets": ["A"], "change": [{"at": T0 + DAY, "add": ["B"], "remove": []}]})
    put(x, (T0 + HOUR, {"A": 1.0}, {}), (T0 + DAY, {"A": 1.0, "B": 5.0}, {}))
    put(x, (T0 + DAY + 1, {"B": 10.0}, {}))
    assert x.snapshot("X")["level"] == pytest.approx(150.0)


def daily(days: int, moves: dict[str, float]) -> Rows:
    """Daily closes that go up and down by turns, each asset by its own step."""
    return [
        (T0 + k * DAY, {a: 1.0 + m * (k % 2) for a, m in moves.items()}, {}) for k in range(days)
    ]


def test_inverse_volatility_is_equal_until_each_asset_has_thirty_returns() -> None:
    x = index({"assets": ["A", "B"], "weighting": "inverse_volatility", "rebalance": "daily"})
    put(x, *daily(30, {"A": 0.01, "B": 0.02}))  # 29 returns
    assert weights(x) == pytest.approx({"A": 0.5, "B": 0.5})
    put(x, (T0 + 30 * DAY, {"A": 1.0, "B": 1.0}, {}))
    found = weights(x)
    up, down = 0.01, 1.0 / 1.01 - 1.0
    ratio = (1.0 / 1.02 - 1.0 - 0.02) / (down - up)  # of deviations of series that alternate
    assert found["A"] / found["B"] == pytest.approx(ratio, rel=1e-12)
    # A day without B gives B two returns less; the window is 90 days, so 31 days later 30 remain.
    for day in (31, 33, 34):
        put(x, (T0 + day * DAY, {"A": 1.0}, {}))
    assert x.snapshot("X")["quality"]["flags"] == ["no_weight:B"]
    assert weights(x) == {"A": 1.0}


def test_weighting_can_change_on_a_running_index_with_the_level_continuous() -> None:
    x = index({"assets": ["A", "B"]})
    put(x, (T0 + HOUR, {"A": 1.0, "B": 1.0}, {"A": 30.0, "B": 10.0}))
    put(x, (T0 + 2 * HOUR, {"A": 1.5, "B": 2.5}, {}))
    before = x.snapshot("X")["level"]
    assert before == pytest.approx(200.0)
    x.put(define("X", {**CAP, "base_level": 100.0}, T0 + 3 * HOUR))
    assert x.snapshot("X")["level"] == before
    assert weights(x) == pytest.approx({"A": 45 / 70, "B": 25 / 70})
    x.put(define("X", {**CAP, "base_level": 100.0, "cap_limit": 0.6}, T0 + 4 * HOUR))
    assert weights(x) == pytest.approx({"A": 0.6, "B": 0.4})
    assert x.snapshot("X")["level"] == before


def test_years_of_empty_days_pass_at_once() -> None:
    x = Feed(Shard(every=NEVER))
    common = {"assets": ["A", "B"], "rebalance": "daily", "max_price_age": "3660d"}
    for k, method in enumerate(["inverse_volatility", "cap"] * 5):
        caps = {"supply": {"A": 2.0, "B": 1.0}} if method == "cap" else {}
        x.put(define(f"X{k}", {**common, **caps, "weighting": method, "base_level": 1.0 + k}, T0))
    for row in daily(40, {"A": 0.01, "B": 0.02}):
        put(x, row)
    began = time.perf_counter()
    put(x, (T0 + 8 * 365 * DAY, {"A": 1.0, "B": 1.0}, {}))
    # 30,000 rebalances one by one take a second and more: this bound is no speed claim.
    assert time.perf_counter() - began < 0.2
    basket = x.shard.baskets.all[x.shard.baskets.row["X0"]]
    assert basket.next_rebalance == T0 + (8 * 365 + 1) * DAY


# --- against the batch oracle ----------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 2**32), count=st.sampled_from([1, 3, 30, 300]))
def test_streaming_equals_batch(seed: int, count: int) -> None:
    check_batch(random.Random(seed), count)


@pytest.mark.parametrize("name", METHODS)
def test_a_wrong_batch_version_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """So each method is really held against its own."""
    method = import_module(f"tests.reference.weighting.{name}")
    right = method.weights

    def wrong(at: Rebalance) -> dict[str, float]:
        return {a: w * (1.01 if a == "A" else 1.0) for a, w in right(at).items()}

    def check() -> None:
        for seed in range(20):
            check_batch(random.Random(seed), 30)

    check()
    monkeypatch.setattr(method, "weights", wrong)
    with pytest.raises(AssertionError):
        check()


@pytest.mark.parametrize("seed", range(8))
def test_cuts_and_restarts_change_no_byte(seed: int) -> None:
    rng = random.Random(seed)
    rows = random_rows(rng, 150, DAY)
    tables = {f"X{k}": random_table(rng, rows) for k in range(6)}

    def told(cuts: int, restart: bool) -> str:
        feed = fed(random.Random(cuts), rows, tables, restart)
        feed.offset = 0
        return json.dumps([feed.snapshot(name) for name in tables])

    assert told(2, True) == told(1, False)


@pytest.mark.parametrize("weighting", METHODS)
def test_no_rebalance_and_no_change_moves_a_level(weighting: str) -> None:
    """Each level is the same float before and after, whatever holdings come to."""
    turned = 0
    for seed in range(12):
        rng = random.Random(seed)
        rows = random_rows(rng, 120, DAY // 2)
        tables = {f"X{k}": random_table(rng, rows, weighting) for k in range(4)}
        feed = fed(rng, rows[:1], tables, restart=False)
        baskets = feed.shard.baskets
        for row, (at, *_) in itertools.pairwise(rows[1:]):
            put(feed, row)
            while (due := baskets.next_due) < at:
                running = [b for b in baskets.all if baskets.levels.started[baskets.row[b.id]]]
                before = [(b.id, baskets.levels.level[baskets.row[b.id]]) for b in running]
                held = [list(b.holdings) for b in running]
                feed.put(frame([(row[0], {})], now=due))
                after = [(b.id, baskets.levels.level[baskets.row[b.id]]) for b in running]
                assert after == before
                # What a price then gives is summed from the new holdings: they are worth the level.
                for basket, (_, level) in zip(running, before, strict=True):
                    assert worth(feed, basket) == level
                turned += sum(b.holdings != h for b, h in zip(running, held, strict=True))
    assert turned > 100


def worth(feed: Feed, basket: Basket) -> float:
    """Σ holding · price / divisor, summed as the kernel does."""
    baskets, total = feed.shard.baskets, 0.0
    for key, holding in zip(basket.keys, basket.holdings, strict=True):
        total += holding * float(baskets.prices.price[baskets.price_row[key]])
    return total / float(baskets.levels.divisor[baskets.row[basket.id]])


def test_a_supply_column_says_the_same_as_market_caps() -> None:
    rng = random.Random(3)
    rows = random_rows(rng, 120, DAY)
    table = {"assets": ASSETS[:3], "weighting": "cap", "rebalance": "daily"}
    levels = []
    for by_supply in (False, True):
        feed = Feed(Shard(every=NEVER))
        feed.put(define("X", table, rows[0][0] - 1))
        feed.put(record(rows, by_supply))
        levels.append(feed.snapshot("X")["level"])
    assert levels[0] == levels[1] != 1000.0


# --- definitions -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "path", "words"),
    [
        ({"assets": ["A", "B", "C"], "cap_limit": 0.3}, "cap_limit", "× 3 assets is below 1"),
        ({"assets": ["A"], "cap_limit": 1.5}, "cap_limit", "below 1"),
        ({"assets": ["A"], "supply": {"A": 0.0}}, "supply.A", "above 0"),
        ({"assets": ["A"], "supply": {"A": -1.0}}, "supply.A", "at least 0"),
        ({"assets": ["A"], "vol_window": "29d"}, "vol_window", "out of range"),
        ({"assets": ["A"], "weighting": "capped"}, "weighting", "inverse_volatility"),
        (
            {"assets": ["A", "B"], "cap_limit": 0.5, "change": [{"at": T0, "remove": ["B"]}]},
            "change.[0].remove",
            "× the 1 assets left is below 1",
        ),
    ],
)
def test_what_cannot_be_weighed_is_refused_with_its_place(
    table: dict[str, Any], path: str, words: str
) -> None:
    with pytest.raises(DefinitionError) as refused:
        parse_index("X", {"weighting": "cap", **table})
    assert ".".join(refused.value.path) == f"index.X.{path}"
    assert words in refused.value.message


def test_keys_that_the_weighting_does_not_use_are_told() -> None:
    table = {"assets": ["A", "B"], "weighting": "equal", "cap_limit": 0.5, "supply": {"A": 1.0}}
    _, _, warnings = parse_file({"index": {"X": table}})
    assert warnings == [
        "index.X.supply: weighting = 'equal' does not use it",
        "index.X.cap_limit: weighting = 'equal' does not use it",
    ]
    definition = parse_index("X", {**table, "weighting": "cap", "vol_window": "45d"})
    assert parse_index("X", definition.to_mapping()) == definition


def test_a_live_cap_index_without_supplies_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "indices.toml"
    file.write_text(
        '[index.X]\nassets = ["A", "B"]\nweighting = "cap"\nsupply = { A = 2.0 }\n'
        '[index.Y]\nassets = ["A"]\nweighting = "cap"\nsupply = { A = 2.0 }\n'
    )
    (told,) = without_supply(file, read_indices(file).indices)
    assert told.startswith(f"{file}:4: index X: supply lacks B;")
