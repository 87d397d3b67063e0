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
from engine.records import Output
from engine.types import MINUTE
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
