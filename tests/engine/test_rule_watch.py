"""Rules over figures: what rings, held against a plain reading instant by instant."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from engine.alerts.rule import RuleSetting
from engine.index.definition import parse_index
from engine.index.shard import Shard
from engine.periods import NEVER
from engine.records import Output, Sources, Trust
from engine.types import DAY, MINUTE, SECOND
from tests.engine.market import START, STEPS, Feed, define, frame, instants

ASSETS = ["A", "B"]
Instants = list[tuple[int, dict[str, float]]]


def table(rules: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {"assets": ASSETS, "base_level": 100.0, "return_interval": "1h"} | more | {"rule": rules}


def run(
    stream: Instants, tables: dict[str, dict[str, Any]], cut: Iterator[int], origin: str
) -> list[dict[str, Any]]:
    """The alerts of a stream, cut into records of so many instants."""
    feed = Feed(Shard(every=NEVER))
    for index, found in tables.items():
        feed.put(define(index, found, START)._replace(origin=origin))
    rest = list(stream)
    while rest:
        size = next(cut)
        feed.put(frame(rest[:size])._replace(origin=origin))
        rest = rest[size:]
    found = [said(output) for output in feed.outputs if output.topic == "alerts"]
    return sorted(found, key=lambda alert: alert["index"])  # the order of each one stays


def said(output: Output) -> dict[str, Any]:
    return {k: v for k, v in output.body.items() if k not in ("receipt", "seq", "origin")}


def one_by_one() -> Iterator[int]:
    while True:
        yield 1


def in_pieces(rng: random.Random) -> Iterator[int]:
    while True:
        yield rng.choice([1, 2, 5, 20, 100])


def without_outages(stream: Instants) -> Instants:
    """The stream with no hole in it of more than a minute: in one a live shard looks at its rules
    at the ends of hours too, which a replay passes over."""
    found, lost = list[tuple[int, dict[str, float]]](), 0
    for (before, _), (at, prices) in pairwise(stream):
        lost += max(at - before - MINUTE, 0)
        found.append((at - lost, prices))
    return found


def random_rule(rng: random.Random) -> dict[str, Any]:
    figure = rng.choice(
        ["level", "drawdown.current", "returns.1h", "returns.1d", "returns.inception"]
    )
    middle = {"level": 100.0, "drawdown.current": 0.05}.get(figure, 0.0)
    scale = 10.0 if figure == "level" else 0.05
    side = rng.choice(["above", "below"])
    limit = middle + scale * rng.uniform(-1, 1)
    found: dict[str, Any] = {"figure": figure, side: limit}
    if rng.random() < 0.5:
        found["clear"] = limit - scale * rng.random() * (1 if side == "above" else -1)
    for key in ("for", "clear_for", "cooldown"):
        if rng.random() < 0.4:
            found[key] = rng.choice(["5s", "90s", "10m", "2h"])
    return found


@pytest.mark.parametrize("seed", range(12))
def test_rules_of_every_instant_ring_alike_however_prices_are_cut(seed: int) -> None:
    rng = random.Random(seed)
    step = rng.choice(list(STEPS.values())[:2])
    stream = without_outages(instants(rng, 300, step, ASSETS, move=0.01))
    rules = [random_rule(rng) for _ in range(6)]
    rules = list({parse_index("X", table([r])).rules[0].name: r for r in rules}.values())
    fall = {"drawdown": [0.03, 0.1], "for": "30s", "cooldown": "1h"}
    tables = {
        "X": table(rules[:3], alerts=fall, rebalance="daily"),
        "Y": table(rules[3:], assets=["A"]),
    }
    whole = run(stream, tables, one_by_one(), "live")
    assert run(stream, tables, in_pieces(rng), "live") == whole
    assert run(stream, tables, in_pieces(rng), "replay") == whole
    assert_as_by_snapshots(stream, tables, whole)


@pytest.mark.parametrize(
    ("period", "days"), [("90d", 160), ("1y", 460), ("mtd", 100), ("qtd", 160), ("ytd", 100)]
)
def test_returns_that_start_from_a_day_ring_once_they_have_a_base(period: str, days: int) -> None:
    rng, prices = random.Random(period), {"A": 100.0, "B": 100.0}
    stream, midnight = Instants(), START // DAY * DAY + DAY
    for begin in range(midnight, midnight + days * DAY, DAY):
        minutes = sorted(rng.sample(range(1, DAY // MINUTE), rng.randrange(3)))
        for at in (begin, *(begin + m * MINUTE + rng.choice([0, 20 * SECOND]) for m in minutes)):
            stream.append((at, dict(prices)))
            prices = {asset: price * rng.uniform(0.97, 1.031) for asset, price in prices.items()}
    figure = f"returns.{period}"
    tables = {
        "X": table([{"figure": figure, "above": 0.02, "clear": 0.01}]),
        "Y": table([{"figure": figure, "below": -0.01}]),
    }
    whole = run(stream, tables, one_by_one(), "live")
    assert whole
    assert run(stream, tables, in_pieces(rng), "live") == whole
    assert_as_by_snapshots(stream, tables, whole)


def test_a_clock_that_runs_out_with_a_price_minds_what_is_seen_with_it() -> None:
    rng, prices = random.Random(2), {"A": 100.0, "B": 100.0}
    begin, stream = START // DAY * DAY, Instants()
    for minute in range(150):  # candles: prices come at ends of bars, where clocks run out too
        prices = {asset: price * rng.uniform(0.99, 1.0101) for asset, price in prices.items()}
        stream.append((begin + minute * MINUTE, dict(prices)))
    clocks = {"for": "2m", "clear_for": "3m"}
    bars = [
        {"figure": "risk.payoff", "below": 1.0, "for": "1m"},
        {"figure": "risk.sharpe", "above": 0.0} | clocks,
        {"figure": "drawdown.ulcer_index", "above": 0.02, "clear_for": "1m"},
    ]
    record = {"figure": "composition.assets.A.weight", "above": 0.5} | clocks
    tables = {"X": table(bars, return_interval="1m")}
    whole = run(stream, tables, one_by_one(), "live")
    assert len(whole) > 10
    assert run(stream, tables, in_pieces(rng), "live") == whole
    assert run(stream, tables, in_pieces(rng), "replay") == whole
    assert_as_by_snapshots(stream, tables, whole)
    tables = {"X": table([record])}
    assert_as_by_snapshots(stream, tables, run(stream, tables, one_by_one(), "live"))


def test_a_window_of_an_index_that_has_not_begun_is_no_small_one() -> None:
    feed, begin = Feed(Shard(every=NEVER)), START // DAY * DAY
    rule = {"figure": "windows.1d.n", "below": 1}
    feed.put(define("X", {"assets": ASSETS, "rule": [rule]}, START))
    for minute in range(8):
        prices = {"A": 1.0} if minute < 5 else {"A": 1.0, "B": 1.0}
        feed.put(frame([(begin + minute * MINUTE + SECOND, prices)]))
    (firing,) = feed.bodies("alerts")
    assert (firing["at"] - begin, firing["because"]["value"]) == (6 * MINUTE, 0)


def assert_as_by_snapshots(
    stream: Instants, tables: dict[str, dict[str, Any]], alerts: list[dict[str, Any]]
) -> None:
    """The same alerts by the plainest way: a snapshot after each instant and at each minute."""
    feed, found = Feed(Shard(every=NEVER)), list[tuple[Any, ...]]()
    definitions = {index: parse_index(index, t) for index, t in tables.items()}
    for index, t in tables.items():
        feed.put(define(index, t, START))
    plain = {(i, r.name): Plain(r) for i, d in definitions.items() for r in watched(d)}
    last = START
    for at, prices in stream:
        minute = (at - 1) // MINUTE * MINUTE
        ends = [minute] if last < minute else []
        last = at
        for end, rows in [*((m, {}) for m in ends), (at, prices)]:
            empty = frame([(end, rows)])
            feed.put(empty)
            bodies = {o.key: o.body for o in feed.shard.snapshots("live", feed.receipt())}
            for (index, name), rule in plain.items():
                value: Any = bodies[index]
                for key in rule.setting.figure.split("."):
                    value = value and value[key]
                found += [(index, name, *event) for event in rule.take(end, value)]
    assert sorted(found) == sorted((a["index"], a["rule"], a["state"], a["at"]) for a in alerts)


def watched(definition: Any) -> list[RuleSetting]:
    from engine.alerts.standings import rules_of

    return [setting for setting, _ in rules_of(definition)]


class Plain:
    """One rule, written down a second time without a table."""

    def __init__(self, setting: RuleSetting) -> None:
        self.setting, self.holds_since, self.clear_since = setting, 0, 0
        self.fired_at, self.fires = 0, False

    def take(self, at: int, value: float | None) -> list[tuple[str, int]]:
        found = self.pass_time(at - 1)
        s = self.setting
        sign = 1 if s.side == "above" else -1
        limit = s.limit * sign  # type: ignore[operator]
        clear = limit if s.clear is None else s.clear * sign
        holds = value is not None and value * sign >= limit - 1e-12 * max(abs(limit), 1)
        clears = value is not None and not holds and value * sign <= clear + 1e-12
        self.holds_since = (self.holds_since or at) if holds else 0
        self.clear_since = (self.clear_since or at) if clears else 0
        return found + self.pass_time(at)

    def pass_time(self, until: int) -> list[tuple[str, int]]:
        s, found = self.setting, list[tuple[str, int]]()
        if self.fires and self.clear_since and self.clear_since + s.clear_hold <= until:
            found.append(("resolved", self.clear_since + s.clear_hold))
            self.fires = False
        elif not self.fires and self.holds_since:
            due = self.holds_since + s.hold
            if self.fired_at:
                due = max(due, self.fired_at + s.cooldown)
            if due <= until:
                found.append(("firing", due))
                self.fired_at, self.fires = due, True
        return found


def test_a_rule_keeps_its_episode_while_its_identity_stays() -> None:
    feed = Feed(Shard(every=NEVER))
    rule = {"name": "low", "figure": "level", "below": 95.0, "for": "10s"}
    plain = {"assets": ["A"], "base_level": 100.0}
    feed.put(define("X", plain | {"rule": [rule]}, START))
    feed.put(frame([(START + 1, {"A": 1.0}), (START + 2, {"A": 0.9})]))
    feed.put(frame([(START + 11 * SECOND, {"A": 0.9})]))
    (firing,) = feed.bodies("alerts")
    assert (firing["at"], firing["state"]) == (START + 2 + 10 * SECOND, "firing")
    assert firing["because"]["value"] == pytest.approx(90.0)
    now = feed.shard.state.now
    feed.put(define("X", plain | {"rule": [rule | {"severity": "critical"}]}, now))
    feed.put(frame([(now + SECOND, {"A": 0.91})]))
    assert len(feed.bodies("alerts")) == 1
    feed.put(define("X", plain | {"rule": [rule | {"below": 94.0}]}, now + 2 * SECOND))
    resolved = feed.bodies("alerts")[1]
    assert (resolved["episode"], resolved["reason"]) == (firing["episode"], "rule_removed")
    feed.put(frame([(now + 3 * SECOND, {"A": 0.91}), (now + 15 * SECOND, {"A": 0.92})]))
    assert feed.bodies("alerts")[2]["state"] == "firing"


def test_what_is_missing_for_long_is_an_alert_of_its_own() -> None:
    feed = Feed(Shard(every=NEVER))
    rule = {"figure": "level", "above": 1.0, "no_data": "1h"}
    feed.put(define("X", {"assets": ["A"], "max_price_age": "1h", "rule": [rule]}, START))
    feed.put(frame([(START + 1, {"A": 1.0})]))
    for minutes in range(1, 200):
        feed.put(frame([(START + minutes * MINUTE, {})]))
    feed.put(frame([(START + 200 * MINUTE, {"A": 1.0}), (START + 202 * MINUTE, {"A": 1.0})]))
    told = [(a["kind"], a["rule"], a["state"]) for a in feed.bodies("alerts")]
    name = "level>=1"
    assert told == [
        ("rule", name, "firing"),
        ("no_data", f"{name}:no_data", "firing"),
        ("no_data", f"{name}:no_data", "resolved"),
    ]
    lost = feed.bodies("alerts")[1]
    assert lost["because"]["reason"] == "stale"
    assert 120 * MINUTE <= lost["at"] - START <= 122 * MINUTE


@pytest.mark.parametrize(
    ("rule", "state"),
    [
        ({"figure": "status", "equals": "degraded"}, "degraded"),
        ({"figure": "quality.flags", "has": "disputed"}, ["disputed"]),
    ],
)
def test_words_ring_too(rule: dict[str, Any], state: object) -> None:
    feed = Feed(Shard(every=NEVER))
    feed.put(define("X", {"assets": ["A"], "rule": [rule]}, START))
    feed.put(frame([(START + 1, {"A": 1.0})]))
    doubt = Trust("A", START + 2, True, True, 0.0, [])
    sources = {"A": Sources(["v:A"], {}, ["disputed"])}
    feed.put(frame([(START + 2, {"A": 1.0})])._replace(trust=(doubt,), sources=sources))
    calm = Trust("A", START + 3, False, False, 0.0, [])
    sources = {"A": Sources(["v:A"], {}, [])}
    feed.put(frame([(START + 3, {"A": 1.0})])._replace(trust=(calm,), sources=sources))
    told = feed.bodies("alerts")
    assert [(a["state"], a["at"] - START) for a in told] == [("firing", 2), ("resolved", 3)]
    assert told[0]["because"]["value"] == state


def test_a_log_goes_on_after_a_restart_as_if_there_had_been_none() -> None:
    rng = random.Random(5)
    stream = instants(rng, 200, MINUTE, ASSETS, move=0.01)
    rules = [
        {"figure": "composition.assets.A.weight", "above": 0.45, "for": "5m"},
        {"figure": "risk.volatility", "above": 0.2, "clear": 0.1},
        {"figure": "returns.1h", "below": -0.01, "clear_for": "3m", "cooldown": "20m"},
    ]
    fall = {"drawdown": [0.02], "for": "2m"}
    once, often = Feed(Shard()), Feed(Shard())
    for feed in (once, often):
        feed.put(define("X", table(rules, return_interval="1m", alerts=fall), START))
    for k in range(0, len(stream), 4):
        for feed in (once, often):
            feed.put(frame(stream[k : k + 4]))
        often.shard = Shard.load(often.shard.dump())
    assert once.bodies("alerts") == often.bodies("alerts")
    kinds = {(a["rule"], a["state"]) for a in once.bodies("alerts")}
    assert len(kinds) >= 6


def test_a_restart_finds_what_was_missing_no_sooner() -> None:
    rules = [
        {"figure": figure, "above": -1.0, "no_data": "1h"} for figure in ("level", "returns.1h")
    ]
    once, often = Feed(Shard(every=NEVER)), Feed(Shard(every=NEVER))
    seconds = [m * 60 + s for m in (*range(100), *range(300, 310)) for s in (20, 30)]
    prices = [(START + second * SECOND, {"A": 1.0}) for second in seconds]
    ends: Instants = [(START // MINUTE * MINUTE + minute * MINUTE, {}) for minute in range(1, 320)]
    for feed in (once, often):
        feed.put(define("X", {"assets": ["A"], "max_price_age": "1h", "rule": rules}, START))
    for instant in sorted([*prices, *ends], key=lambda found: found[0]):
        for feed in (once, often):
            feed.put(frame([instant]))
        often.shard = Shard.load(often.shard.dump(), every=NEVER)
    assert once.bodies("alerts") == often.bodies("alerts")
    back = [a["at"] for a in once.bodies("alerts") if a["rule"] == "level>=-1:no_data"][1]
    assert back == (START + 301 * MINUTE) // MINUTE * MINUTE


@pytest.mark.parametrize("how", ["nothing", "restart", "definition"])
def test_a_return_that_goes_is_missed_by_a_new_guard_too(how: str) -> None:
    feed, begin = Feed(Shard(every=NEVER)), START // DAY * DAY
    rule = {"figure": "returns.1h", "below": 0.5, "for": "3h"}
    feed.put(define("X", {"assets": ["A"], "max_price_age": "1d", "rule": [rule]}, START))
    for minute in range(250):  # an hour before its anchor there is no price from minute 240 on
        feed.put(frame([(begin + minute * MINUTE, {"A": 1.0} if minute <= 120 else {})]))
        if minute == 239 and how == "restart":
            feed.shard = Shard.load(feed.shard.dump(), every=NEVER)
        if minute == 239 and how == "definition":
            feed.put(define("Y", {"assets": ["A"]}, begin + minute * MINUTE + 1))
        standing = feed.shard.alerts.rules.of["X"]["returns.1h<=0.5"][1] if minute else None
        assert standing is None or standing.state == ("pending" if 60 <= minute < 240 else "ok")
    assert not feed.bodies("alerts")
