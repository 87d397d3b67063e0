"""`composition` across coin events: that of a market where nothing happened to any coin."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.index.shard import Shard
from engine.periods import NEVER
from engine.records import AssetRecord
from engine.types import DAY, HOUR, MINUTE
from tests.engine.market import START, Feed, define, frame, instants
from tests.engine.test_coin_events import (
    ASSETS,
    Event,
    as_traded,
    coins,
    random_events,
    renamed_change,
    table,
)

T0 = START // DAY * DAY
Rows = list[tuple[int, dict[str, float]]]


def cut_by_day(rng: random.Random, rows: Rows) -> list[Rows]:
    """Records of these rows, none across a midnight."""
    found: list[Rows] = []
    for row in rows:
        day = (row[0] - 1) // DAY
        if not found or rng.random() < 0.3 or (found[-1][-1][0] - 1) // DAY != day:
            found.append([])
        found[-1].append(row)
    return found


def names_of(asset: str, events: list[Event], as_of: int) -> list[tuple[str, float]]:
    """What a coin was called up to `as_of`, the last name first, each with how many of it are one
    of the first."""
    found, ratio = [asset], 1.0
    ratios = [1.0]
    for e in events:
        if e.at <= as_of and e.asset == found[0]:
            ratio *= e.ratio
            if e.becomes:
                found.insert(0, e.becomes)
                ratios.insert(0, ratio)
            else:
                ratios[0] = ratio
    return list(zip(found, ratios, strict=True))


class Days:
    """The level at the last midnight, as the snapshots of before told it."""

    def __init__(self) -> None:
        self.day, self.level, self.last = 0, 1000.0, 1000.0

    def take(self, found: dict[str, Any]) -> None:
        """What an index brought today sums to its return, and weights sum to one."""
        day = (found["as_of"] - 1) // DAY
        if day != self.day:
            self.day, self.level = day, self.last
        if found["level"] is None:
            return
        self.last = found["level"]
        begun = self.level if found["as_of"] % DAY else found["level"]
        assets = found["composition"]["assets"].values()
        brought = [a["contribution_today"] for a in assets]
        size = max(1.0, math.fsum(map(abs, brought)))
        today = found["level"] / begun - 1.0
        assert math.fsum(brought) == pytest.approx(today, abs=1e-12 * size)
        assert math.fsum(a["weight"] for a in assets) == pytest.approx(1.0, abs=1e-12)


def one_truth(found: dict[str, Any]) -> list[str]:
    """The assets that wait, as both places tell them."""
    told = [f.split(":")[1] for f in found["quality"]["flags"] if f.startswith("pending:")]
    if found["composition"] is not None:
        assert found["composition"]["pending"] == told
    return told


def market(rng: random.Random) -> tuple[Rows, list[Event], dict[str, Any]]:
    step = rng.choice([40 * MINUTE, HOUR, 5 * HOUR])
    stream = instants(rng, rng.choice([60, 150]), step, ASSETS, 1.0, 0.03)
    first, last = stream[0][0], stream[-1][0]
    stream[0] = first, {a: 1.0 + k for k, a in enumerate(ASSETS)}
    mapping = table(rng, first, last)
    if rng.random() < 0.5:  # what a change adds has its first price long after that
        joins = next((a for c in mapping.get("change", ()) for a in c["add"]), "D")
        if joins not in mapping.get("assets", mapping.get("weights")):
            begin = rng.randrange(first, last)
            stream = [
                (at, {a: p for a, p in q.items() if a != joins or at > begin}) for at, q in stream
            ]
            stream = [row for row in stream if row[1]]
    mapping |= {"max_price_age": rng.choice(["3h", "48h", "3660d"]), "benchmarks": []}
    # A coin that is added under a later name was not known by its earlier ones: it would wait.
    joins_at = {a: c["at"] for c in mapping.get("change", ()) for a in c["add"]}
    events = random_events(rng, first, last)
    return stream, [e for e in events if e.at >= joins_at.get(e.asset[0], 0)], mapping


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_composition_is_the_same_whatever_its_coins_are_called(seed: int) -> None:
    rng = random.Random(seed)
    stream, events, mapping = market(rng)
    plain, feed, days = Feed(Shard(every=NEVER)), Feed(Shard(every=NEVER)), Days()
    coming = coins(events)
    rng.shuffle(coming)
    plain.put(define("X", mapping, stream[0][0] - 1))
    feed.put(define("X", renamed_change(mapping, events), stream[0][0] - 1))
    last = dict[str, int]()
    for rows in cut_by_day(rng, stream):
        for record in list(coming):
            if rng.random() < 0.3 or _first(record) <= rows[-1][0]:
                feed.put(record)
                coming.remove(record)
        if rng.random() < 0.3:
            feed.shard = Shard.load(feed.shard.dump(), NEVER)
        plain.put(frame(rows))
        feed.put(frame(as_traded(rows, events)))
        last |= {asset: at for at, prices in rows for asset in prices}
        ours, theirs = feed.snapshot("X"), plain.snapshot("X")
        days.take(ours)
        compare(ours, theirs, events, last)


def _first(record: AssetRecord) -> int:
    return min(e["at"] for e in record.definition["event"])


def compare(
    ours: dict[str, Any],
    theirs: dict[str, Any],
    events: list[Event],
    last: dict[str, int],
) -> None:
    as_of, waiting = ours["as_of"], one_truth(ours)
    if theirs["composition"] is None:
        assert ours["composition"] is None
        return
    found, want = ours["composition"], theirs["composition"]
    assert found["rebalanced_at"] == want["rebalanced_at"]
    assert found["turnover_1y"] == pytest.approx(want["turnover_1y"], abs=1e-9)
    pending = {names_of(a, events, as_of)[0][0] for a in want["pending"]}
    for asset, figures in want["assets"].items():
        names = names_of(asset, events, as_of)
        # What left the index is called as it was then.
        name, ratio = next(told for told in names if told[0] in found["assets"])
        told = found["assets"].pop(name)
        if figures["weight"] or figures["target"]:
            assert name == names[0][0]
        if name == names[0][0] or not events:
            assert told["price"] * ratio == pytest.approx(figures["price"], rel=1e-9)
            if told["return_today"] is None:
                why = ours["undefined"][f"composition.assets.{name}.return_today"]
                assert (why, figures["return_today"]) == ("no_price", None)
            else:
                assert told["return_today"] == pytest.approx(figures["return_today"], abs=1e-9)
        for key in ("weight", "target", "contribution_today"):
            assert told[key] == pytest.approx(figures[key], abs=1e-9), (asset, key)
        became = [e.at for e in events if e.at <= as_of and e.becomes == name]
        held = told["weight"] or told["target"] or f"no_weight:{name}" in ours["quality"]["flags"]
        if became and last[asset] <= became[0] and held:
            pending.add(name)
    assert found["assets"] == {}
    assert set(waiting) == pending


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_contributions_sum_to_the_return_where_events_are_told_late(seed: int) -> None:
    rng = random.Random(seed)
    stream, events, mapping = market(rng)
    feed, days, coming = Feed(Shard(every=NEVER)), Days(), coins(events)
    feed.put(define("X", mapping, stream[0][0] - 1))
    for rows in cut_by_day(rng, as_traded(stream, events)):
        if coming and rng.random() < 0.1:
            feed.put(coming.pop())
            one_truth(feed.snapshot("X"))
        if rng.random() < 0.3:
            feed.shard = Shard.load(feed.shard.dump(), NEVER)
        feed.put(frame(rows))
        found = feed.snapshot("X")
        one_truth(found)
        days.take(found)


def today(
    rows: list[tuple[float, dict[str, float]]], *events: Event, **mapping: Any
) -> dict[str, Any]:
    """`composition` after these prices, hours from a midnight on."""
    feed = Feed(Shard(every=NEVER))
    for record in coins(list(events)):
        feed.put(record)
    feed.put(define("X", mapping or {"weights": {"A": 0.5, "B": 0.5}}, T0))
    feed.put(frame([(T0 + int(at * HOUR), prices) for at, prices in rows]))
    found: dict[str, Any] = feed.snapshot("X")["composition"]
    return found


def test_a_coin_redenominated_and_renamed_within_a_day_brings_its_whole_day() -> None:
    rows = [
        (0, {"A": 100.0, "B": 1.0}),
        (24.0, {"A": 100.0}),
        (30, {"A": 110.0}),  # 5 % of the level
        (34, {"A": 0.12}),  # of a thousandth: 120, 5 % more
        (38, {"N": 0.066}),  # two of it are one: 132, 6 % more
    ]
    events = [Event(T0 + 31 * HOUR, "A", None, 1000.0), Event(T0 + 36 * HOUR, "A", "N", 2.0)]
    found = today(rows, *events)["assets"]
    assert list(found) == ["N", "B"]
    assert found["N"]["return_today"] == pytest.approx(0.32)
    assert found["N"]["contribution_today"] == pytest.approx(0.16)
    assert found["N"]["target"] == 0.5


def test_a_successor_that_traded_before_has_its_own_return_and_brings_what_both_did() -> None:
    rows = [(0, {"A": 100.0, "B": 1.0, "N": 11.0}), (24, {"A": 100.0, "N": 11.0, "B": 1.0})]
    rows += [(30, {"A": 110.0, "N": 12.0}), (32, {"N": 12.6})]
    # Ten for one: it stands 1/11 above, which moves nothing; then it rises by 5 %.
    found = today(rows, Event(T0 + 31 * HOUR, "A", "N", 10.0))["assets"]
    assert found["N"]["return_today"] == pytest.approx(12.6 / 11.0 - 1.0)
    value = 1050.0 * (12.0 * 10.0 / (120.0 + 100.0))  # of 1,050 points at the event
    assert found["N"]["contribution_today"] == pytest.approx(0.05 + value * 0.05 / 1000.0)


def test_two_held_coins_that_become_one_bring_what_both_did() -> None:
    rows = [(0, {"A": 1.0, "B": 2.0}), (24, {"A": 1.0, "B": 2.0}), (30, {"A": 1.2, "B": 2.4})]
    found = today([*rows, (32, {"B": 3.0})], Event(T0 + 31 * HOUR, "A", "B", 0.5))
    assert list(found["assets"]) == ["B"]
    assert found["assets"]["B"] == {
        "weight": 1.0,
        "target": 1.0,
        "price": 3.0,
        "return_today": pytest.approx(0.5),
        "contribution_today": pytest.approx(0.5),
    }
