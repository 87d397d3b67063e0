"""A backtest over a run's records says what the run said, of every kind of rule."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from engine.alerts.backtest import Backtest, TriedRule, at_most, backtest
from engine.alerts.rule_text import parse_line
from engine.index.definition import DefinitionError
from engine.index.shard import Shard
from engine.periods import NEVER
from engine.records import DefinitionRecord, Output, PriceFrame
from engine.types import DAY, HOUR, MINUTE
from tests.engine.market import START, Feed, define, frame, instants

Records = list[PriceFrame | DefinitionRecord]
Change = Callable[[DefinitionRecord], DefinitionRecord]
RULES: list[dict[str, Any]] = [
    {"figure": "level", "below": 990.0, "clear": 1000.0},
    {"figure": "returns.1h", "above": 0.01, "for": "3m", "cooldown": "30m"},
    {"figure": "returns.1d", "below": -0.01},
    {"figure": "drawdown.current", "above": 0.03, "clear_for": "5m"},
    {"figure": "risk.volatility", "above": 0.3, "no_data": "1h"},
    {"figure": "benchmarks.B.beta", "below": 0.5},
    {"figure": "windows.7d.volatility", "above": 0.2},
    {"figure": "windows.1d.max_drawdown", "above": 0.02},
    {"figure": "composition.assets.A.weight", "above": 0.5},
    {"figure": "quality.oldest_price_seconds", "above": 300.0},
    {"figure": "status", "equals": "stale"},
]
TABLE: dict[str, Any] = {
    "assets": ["A", "B"],
    "return_interval": "1h",
    "benchmarks": ["B"],
    "rebalance": "weekly",
    "max_price_age": "20m",
    "alerts": {"drawdown": [0.01, 0.03], "for": "1m"},
    "targets": {"max_drawdown": 0.01},
    "rule": RULES,
}


def live_run(table: dict[str, Any], seed: int = 3) -> tuple[Records, list[dict[str, Any]]]:
    rng = random.Random(seed)
    stream = instants(rng, 900, 4 * MINUTE, ["A", "B"], move=0.004)
    feed, records = Feed(Shard()), Records()
    records.append(define("X", table, START))
    while stream:
        size = rng.choice([1, 2, 7])
        records.append(frame(stream[:size]))
        stream = stream[size:]
    for record in records:
        feed.put(record)
    return records, feed.bodies("alerts")


def over(records: Records) -> Callable[..., Iterator[Output]]:
    def run(
        shard: Shard, change: Callable[[DefinitionRecord], DefinitionRecord]
    ) -> Iterator[Output]:
        feed = Feed(shard)
        for record in records:
            yield from feed.put(change(record) if isinstance(record, DefinitionRecord) else record)

    return run


def test_a_backtest_equals_the_run() -> None:
    records, alerts = live_run(TABLE)
    told = {alert["rule"].removesuffix(":no_data") for alert in alerts}
    assert len(told) >= 11, told
    for name in told:
        wanted = bare(a for a in alerts if a["rule"].removesuffix(":no_data") == name)
        kinds = {a["kind"] for a in alerts if a["rule"] == name}
        alone = [False] if kinds & {"rule", "drawdown"} else []
        for is_daily in (True, *alone):  # with all that the run judged, or alone
            tested = TriedRule(name, is_daily=is_daily)
            found = backtest(over(records), lambda: Shard(every=NEVER), tested)
            assert bare(found.alerts) == wanted, name
            assert len(found.episodes) == sum(a["state"] == "firing" for a in found.alerts)


def bare(alerts: Any) -> list[dict[str, Any]]:
    return [{k: v for k, v in a.items() if k not in ("seq", "receipt")} for a in alerts]


def test_a_rule_that_the_run_had_not_is_tried() -> None:
    bare_table = TABLE | {"rule": [], "alerts": {}, "targets": {}}
    records, _ = live_run(bare_table)
    _, alerts = live_run(bare_table | {"rule": [RULES[0]]})
    tested = TriedRule(table=parse_line("level below 990 clear 1000"))
    found = backtest(over(records), lambda: Shard(every=NEVER), tested)
    assert bare(found.alerts) == bare(a for a in alerts if a["kind"] == "rule")
    lows = levels(records)
    for episode in found.episodes:
        until = episode.to or max(lows)
        within = [level for at, level in lows.items() if episode.at <= at <= until]
        assert episode.worst == pytest.approx(min(within), rel=1e-9)


def levels(records: Records) -> dict[int, float]:
    feed, found = Feed(Shard(every=NEVER)), dict[int, float]()
    for record in records:
        if isinstance(record, DefinitionRecord):
            feed.put(record)
            continue
        for at in dict.fromkeys(record.at):
            rows = [k for k, when in enumerate(record.at) if when == at]
            feed.put(frame([(at, {record.asset[k]: record.price[k] for k in rows})]))
            row = feed.shard.baskets.row["X"]
            if feed.shard.baskets.levels.started[row]:
                found[at] = float(feed.shard.baskets.levels.level[row])
    return found


@pytest.mark.parametrize("most", [0, 1, 3])
def test_the_limit_that_rings_at_most_so_often(most: int) -> None:
    records, _ = live_run(TABLE | {"rule": [], "alerts": {}, "targets": {}})
    tested = TriedRule(table=parse_line("returns.1h below -0.001"))

    def count(limit: float) -> Backtest:
        moved = tested._replace(table=parse_line(f"returns.1h below {limit!r}"))
        return backtest(over(records), lambda: Shard(every=NEVER), moved)

    found = at_most(over(records), lambda: Shard(every=NEVER), tested, most)
    assert found.threshold is not None
    assert found.threshold < -0.001
    assert len(found.episodes) <= most
    assert len(count(found.threshold).episodes) == len(found.episodes)
    assert len(count(found.threshold / 2).episodes) > most


def test_what_came_after() -> None:
    day = START // DAY * DAY
    records: Records = [define("X", {"assets": ["A"]}, day)]
    for k, price in enumerate([10.0, 8.0, 8.8, 9.6, 8.0, 7.0], 1):
        records.append(frame([(day + k * DAY, {"A": price})]))
    found = backtest(
        over(records), lambda: Shard(every=NEVER), TriedRule(table=parse_line("level below 850"))
    )
    first, second = found.episodes
    assert (first.seconds, first.worst, first.level) == (DAY / 1e9, 800.0, 800.0)
    assert first.after == {"1d": pytest.approx(0.1), "7d": None, "30d": None}
    assert (second.to, second.worst) == (None, 700.0)


@pytest.mark.parametrize(
    "line", ["returns.2h below 1", "returns.1h", "level above x", "level > 1 f 2"]
)
def test_a_line_that_is_no_rule_is_refused(line: str) -> None:
    records: Records = [define("X", {"assets": ["A"]}, START), frame([(START + HOUR, {"A": 1.0})])]
    with pytest.raises(DefinitionError):
        backtest(over(records), Shard, TriedRule(table=parse_line(line)))
