"""Red flags against the batch oracle, and each on a series of which the instants are known."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable
from typing import Any

import pytest

from engine.alerts.flags import RULES
from engine.index.definition import parse_index
from engine.index.shard import Shard
from engine.metrics.machinery.years import Years
from engine.periods import NEVER, month_of
from engine.records import DefinitionRecord
from engine.types import DAY, HOUR
from tests.engine.market import Feed, define, frame
from tests.engine.years_of_prices import ASSETS, BEGIN, closes, days, run
from tests.reference import basket, regimes, series


def tables(rng: random.Random) -> dict[str, Any]:
    common = {"risk_free": rng.choice([0.0, 0.03]), "max_price_age": "3660d"}
    weights = {a: rng.uniform(0.1, 1.0) for a in ASSETS}
    return {
        "MIX": {**common, "weights": weights, "benchmarks": ["BTC"], "rebalance": "quarterly"},
        "EVEN": {**common, "assets": ["ETH", "SOL"], "rebalance": "monthly"},
        "OVER": {**common, "assets": ["SOL", "BTC"], "benchmarks": ["MIX", "BTC"]},
    }


def changes(feed: Feed, index: str, kinds: Any = RULES) -> list[tuple[int, str, bool]]:
    """What came and went, as the alerts tell it."""
    return [
        (a["at"], a["kind"], a["state"] == "firing")
        for a in feed.bodies("alerts")
        if a["index"] == index and a["kind"] in kinds
    ]


def expected(
    index: str, stream: Any, defined: dict[str, Any], as_of: int
) -> list[tuple[int, str, bool]]:
    definition = parse_index(index, defined[index])
    known = regimes.daily_closes(basket.index_path(stream, definition), as_of)
    other = None
    if definition.benchmarks:
        first = definition.benchmarks[0]
        path = series.asset_path(stream, first)
        if first in defined:
            path = basket.index_path(stream, parse_index(first, defined[first]))
        other = regimes.daily_closes(path, as_of)
    found = regimes.deeper_drawdowns(known)
    for told in regimes.monthly_flags(known, other, definition).values():
        found += told
    if definition.rebalance != "never":
        found += regimes.weight_drift(stream, known, definition)[0]
    return found


@pytest.mark.parametrize("seed", [0, 1, 3, 4, 6, 7])
def test_flags_of_years_equal_the_oracle(seed: int) -> None:
    rng = random.Random(seed)
    stream, defined = days(rng, 1250, spoiled=seed % 4 == 0), tables(rng)
    feed = run(rng, stream, defined)
    for index in defined:
        found = changes(feed, index)
        assert sorted(found) == sorted(expected(index, stream, defined, stream[-1][0])), index
        up = {flag for flag in RULES if [u for _, f, u in found if f == flag][-1:] == [True]}
        snapshot = feed.snapshot(index)
        assert {told["flag"] for told in snapshot["flags"]} == up
        for told in snapshot["flags"]:
            assert told["since"] == max(at for at, f, _ in found if f == told["flag"])
        check_alerts(feed, index)
    assert any(changes(feed, index) for index in defined)


def check_alerts(feed: Feed, index: str) -> None:
    """Alerts are numbered without holes, and firing and resolved take turns in each episode."""
    alerts = [a for a in feed.bodies("alerts") if a["index"] == index]
    assert [a["seq"] for a in alerts] == list(range(1, len(alerts) + 1))
    assert len({a["id"] for a in alerts}) == len(alerts)
    open_now: dict[str, str] = {}
    for alert in alerts:
        assert alert["id"] == f"{alert['episode']}:{alert['state']}"
        if alert["state"] == "firing":
            assert alert["rule"] not in open_now
            open_now[alert["rule"]] = alert["episode"]
        else:
            assert open_now.pop(alert["rule"]) == alert["episode"]


def test_all_flags_come_and_go_in_the_random_years() -> None:
    """The comparison above is worth something: every flag came and went in it."""
    seen = set[tuple[str, bool]]()
    for seed in (3, 7):
        rng = random.Random(seed)
        stream, defined = days(rng, 1250, spoiled=False), tables(rng)
        feed = run(rng, stream, defined, cuts=(400,), restart=0.0)
        seen |= {(flag, up) for index in defined for _, flag, up in changes(feed, index)}
    assert seen == {(flag, up) for flag in RULES for up in (True, False)}


@pytest.mark.parametrize("seed", range(2))
def test_cuts_and_restarts_neither_double_nor_miss_an_alert(seed: int) -> None:
    stream, defined = days(random.Random(seed), 450), tables(random.Random(seed))
    for table in defined.values():
        table |= {"alerts": {"drawdown": [0.1, 0.3]}, "targets": {"sharpe": 1.0}}

    def told(cuts: tuple[int, ...], restart: float) -> str:
        feed = run(random.Random(2), stream, defined, NEVER, cuts, restart)
        return json.dumps([{**alert, "receipt": None} for alert in feed.bodies("alerts")])

    once = told((2000,), 0.0)
    kinds = {alert["kind"] for alert in json.loads(once)}
    assert {"drawdown", "target", "weight_drift"} <= kinds
    assert told([(1,), (1, 2, 30)][seed], 0.3) == once


def test_an_outage_between_daily_closes_changes_nothing_by_its_cut() -> None:
    """Weights are judged after the rebalance at the close, not after those of the days behind."""

    def told(now: int) -> list[tuple[int, str, bool]]:
        feed = Feed(Shard(every=NEVER))
        table = {"assets": ["A", "B"], "rebalance": "monthly", "max_price_age": "3660d"}
        feed.put(define("X", table, BEGIN))
        feed.put(frame([(BEGIN + HOUR, {"A": 1.0, "B": 1.0})]))
        feed.put(frame([(BEGIN + DAY + HOUR, {"A": 2.0})], now))
        feed.put(frame([(BEGIN + 80 * DAY, {"A": 2.0})]))
        return changes(feed, "X")

    fired, cleared = BEGIN + 2 * DAY, BEGIN + 80 * DAY
    expected = [(fired, "weight_drift", True), (cleared, "weight_drift", False)]
    assert told(BEGIN + DAY + HOUR) == told(BEGIN + 2 * DAY + 1) == told(BEGIN + 79 * DAY)
    assert told(BEGIN + DAY + HOUR) == expected


def test_weight_drift_fires_at_five_points_and_clears_at_half() -> None:
    feed = Feed(Shard(every=NEVER))
    feed.put(define("X", {"weights": {"A": 0.5, "B": 0.5}, "rebalance": "quarterly"}, BEGIN - 1))
    # A's weight is p / (p + 1): 0.5495, 0.5505, 0.5255, 0.5245
    for day, price in enumerate([1.0, 0.5495 / 0.4505, 0.5505 / 0.4495, 1.1074, 1.1030]):
        feed.put(frame([(BEGIN + day * DAY, {"A": price, "B": 1.0})]))
    assert changes(feed, "X") == [
        (BEGIN + 2 * DAY, "weight_drift", True),
        (BEGIN + 4 * DAY, "weight_drift", False),
    ]
    fired, cleared = feed.bodies("alerts")
    assert (fired["kind"], fired["rule"], fired["severity"]) == (
        "weight_drift",
        "weight_drift",
        "warning",
    )
    assert fired["evidence"]["asset"] == "A"
    assert fired["evidence"]["weight"] == pytest.approx(0.5505, rel=1e-12)
    assert (fired["evidence"]["target"], fired["origin"]) == (0.5, "live")
    assert fired["evidence"]["off"] == pytest.approx(0.0505, rel=1e-9)
    assert cleared["evidence"]["off"] == pytest.approx(1.103 / 2.103 - 0.5, rel=1e-9)
    assert feed.snapshot("X")["flags"] == []


def test_an_asset_left_out_at_a_rebalance_is_adrift() -> None:
    feed = Feed(Shard(every=NEVER))
    feed.put(define("X", {"assets": ["A", "B"], "rebalance": "daily"}, BEGIN - 1))
    feed.put(frame([(BEGIN, {"A": 1.0, "B": 1.0})]))
    for day in range(1, 5):  # B is older than 48 hours at the third close
        feed.put(frame([(BEGIN + day * DAY, {"A": 1.0})]))
    (flag,) = feed.snapshot("X")["flags"]
    assert flag == {
        "flag": "weight_drift",
        "since": BEGIN + 3 * DAY,
        "evidence": {"asset": "A", "weight": 1.0, "target": 0.5, "off": 0.5},
    }


def test_buy_and_hold_has_no_weights_to_drift_from() -> None:
    feed = Feed(Shard(every=NEVER))
    feed.put(define("X", {"assets": ["A", "B"]}, BEGIN - 1))
    for day, price in enumerate([1.0, 50.0, 60.0]):
        feed.put(frame([(BEGIN + day * DAY, {"A": price, "B": 1.0})]))
    assert feed.snapshot("X")["flags"] == []


def test_a_cap_index_whose_prices_move_does_not_drift() -> None:
    """Its method gives the weights that the prices make: only the limit lets them drift."""
    table = {"assets": ["A", "B"], "weighting": "cap", "supply": {"A": 1.0, "B": 1.0}}
    feed = Feed(Shard(every=NEVER))
    feed.put(define("X", {**table, "rebalance": "quarterly"}, BEGIN - 1))
    feed.put(define("Y", {**table, "rebalance": "quarterly", "cap_limit": 0.6}, BEGIN - 1))
    for day, price in enumerate([1.0, 1.5, 3.0]):  # A has 60 % on day 1 and 75 % on day 2
        feed.put(frame([(BEGIN + day * DAY, {"A": price, "B": 1.0})]))
    assert changes(feed, "X") == []
    assert changes(feed, "Y") == [(BEGIN + 2 * DAY, "weight_drift", True)]
    (flag,) = feed.snapshot("Y")["flags"]
    assert flag["evidence"]["target"] == pytest.approx(0.6)
    assert flag["evidence"]["weight"] == pytest.approx(0.75)


def test_deeper_drawdowns_from_the_close_at_which_the_third_is_the_deepest() -> None:
    falls = [100, 80, 100, 95, 105, 75, 110]  # 20 %, 5 % (no cycle), 28.6 %
    third = [90, 79, 78.5]  # 18 %, 28.2 %, 28.64 %: deeper than 30/105 from 78.57 on
    feed = closes({}, [float(p) for p in (*falls, *third, 60, 111, 88, 120, 119)])
    at = BEGIN + (len(falls) + 2) * DAY
    # The fourth (111 → 88, 20.7 %) is open from day 12, ends on day 13 and is not deeper.
    assert changes(feed, "X") == [
        (at, "deeper_drawdowns", True),
        (BEGIN + 13 * DAY, "deeper_drawdowns", False),
    ]
    cycles = feed.bodies("alerts")[0]["evidence"]["cycles"]
    assert [c["depth"] for c in cycles] == pytest.approx([0.2, 30 / 105, 31.5 / 110], rel=1e-12)
    assert [c["peak_at"] for c in cycles] == [BEGIN + k * DAY for k in (0, 4, 6)]
    assert [c["trough_at"] for c in cycles] == [BEGIN + DAY, BEGIN + 5 * DAY, at]
    assert [c["recovered_at"] for c in cycles] == [BEGIN + 2 * DAY, BEGIN + 6 * DAY, None]


def prices(moves: Callable[[int], float], count: int) -> list[float]:
    """Prices whose log move on day k is `moves(k)`."""
    found = [100.0]
    for day in range(1, count):
        found.append(found[-1] * math.exp(moves(day)))
    return found


def wiggle(day: int, size: float = 0.02) -> float:
    return size if day % 2 else -size


def month_ends(first: int, count: int) -> list[int]:
    """The first 00:00 of each month after day `first` from `BEGIN`, as days."""
    found = [d for d in range(first, 4000) if month_of(BEGIN + d * DAY) != month_of_day(d - 1)]
    return found[:count]


def month_of_day(day: int) -> int:
    return month_of(BEGIN + day * DAY)


def test_falling_sharpe_at_the_third_month_end() -> None:
    # A year up by 0.2 % a day, then down: from 2020-01-01 on each month end is lower.
    ends = month_ends(365, 8)  # 2020-01-01, -02-01, …
    assert ends[:2] == [365, 396]
    turn, rise = ends[1], ends[5]

    def move(day: int) -> float:
        return wiggle(day) + (0.002 if day <= turn else -0.002 if day <= rise else 0.02)

    feed = closes({}, prices(move, ends[7] + 1))
    # Month ends of January and February are level; those of March, April and May fell.
    assert changes(feed, "X", ["falling_sharpe"]) == [
        (BEGIN + ends[4] * DAY, "falling_sharpe", True),
        (BEGIN + ends[6] * DAY, "falling_sharpe", False),
    ]
    fired = next(a for a in feed.bodies("alerts") if a["kind"] == "falling_sharpe")
    assert [told["at"] for told in fired["evidence"]["sharpes"]] == [
        BEGIN + day * DAY for day in ends[1:5]
    ]
    series = prices(move, ends[4] + 1)
    r = [b / a - 1 for a, b in zip(series[-367:], series[-366:], strict=False)]  # a leap year
    middle = math.fsum(r) / len(r)
    sd = math.sqrt(math.fsum((x - middle) ** 2 for x in r) / (len(r) - 1))
    assert len(r) == 366
    told = fired["evidence"]["sharpes"][-1]["sharpe"]
    assert told == pytest.approx(middle / sd * math.sqrt(365), rel=1e-9)


def test_a_small_fall_of_sharpe_is_no_flag() -> None:
    ends = month_ends(365, 6)
    # 0.01 % a day less than before: under 0.7 in three months.
    feed = closes({}, prices(lambda d: wiggle(d) + (0.002 if d <= ends[1] else 0.0015), ends[5]))
    assert changes(feed, "X", ["falling_sharpe"]) == []


def test_behind_the_benchmark_at_the_twelfth_month_end() -> None:
    ends = month_ends(365, 16)
    turn = ends[13]  # from then on far ahead
    feed = Feed(Shard(every=NEVER))
    feed.put(define("X", {"assets": ["A"], "benchmarks": ["B"]}, BEGIN - 1))
    a = prices(lambda d: wiggle(d) + (0.0005 if d <= turn else 0.05), ends[15] + 1)
    b = prices(lambda d: wiggle(d) + 0.001, ends[15] + 1)
    for day, (one, other) in enumerate(zip(a, b, strict=True)):
        feed.put(frame([(BEGIN + day * DAY, {"A": one, "B": other})]))
    # The trailing year is full at 2020-01-01: behind there, and at eleven month ends more.
    assert changes(feed, "X", ["behind_benchmark"]) == [
        (BEGIN + ends[11] * DAY, "behind_benchmark", True),
        (BEGIN + ends[14] * DAY, "behind_benchmark", False),
    ]
    fired = next(a for a in feed.bodies("alerts") if a["kind"] == "behind_benchmark")
    assert (fired["evidence"]["benchmark"], fired["evidence"]["months"]) == ("B", 12)
    assert 0.0 < fired["evidence"]["sharpe"] < fired["evidence"]["benchmark_sharpe"]


def test_an_index_of_one_asset_is_not_behind_that_asset() -> None:
    feed = closes({"benchmarks": ["A"]}, prices(lambda d: wiggle(d) + 0.001, 800))
    assert changes(feed, "X", ["behind_benchmark"]) == []


def test_more_volatility_without_more_return() -> None:
    ends = month_ends(365, 16)
    first = ends[12]  # 2021-01-01: two full years
    assert first == 731

    def volatility(size: float, drift: float) -> Feed:
        # After half of the second year the moves are larger.
        def move(day: int) -> float:
            calm = day <= 548
            return wiggle(day, 0.02 if calm else size) + (0.001 if day <= 365 else drift)

        return closes({}, prices(move, first + 1))

    # Volatility of the year: √((0.02² + size²) / 2) against 0.02: 1.2 from size 0.0275 on.
    name = "more_volatility_without_return"
    assert changes(volatility(0.0270, 0.0005), "X", [name]) == []
    fired = volatility(0.0282, 0.0005)
    assert changes(fired, "X", [name]) == [(BEGIN + first * DAY, name, True)]
    assert changes(volatility(0.0282, 0.0015), "X", [name]) == []  # more return
    (flag,) = (f for f in fired.snapshot("X")["flags"] if f["flag"] == name)
    told = flag["evidence"]
    assert told["volatility"] / told["volatility_before"] == pytest.approx(1.222, abs=0.01)
    assert told["return_before"] == pytest.approx(math.exp(0.365 + 0.02) - 1.0, rel=1e-9)
    assert told["return"] < told["return_before"]


@pytest.mark.parametrize(("first", "known"), [(185, True), (186, False)])
def test_a_year_needs_half_of_its_days(first: int, known: bool) -> None:
    """From day 185 on there are 180 returns up to 2020-01-01, day 365."""
    feed = closes({}, [100.0])
    for day in range(first, 366):
        feed.put(frame([(BEGIN + day * DAY, {"A": 100.0 + day % 2})]))
    found = Years(feed.shard.history).year("X", BEGIN + 365 * DAY, 0, 0.0, 365.0)
    assert (found is not None) is known
    if found is not None:
        assert found.growth == pytest.approx(0.01, rel=1e-12)


def test_a_month_without_closes_interrupts() -> None:
    def behind(hole: bool) -> list[tuple[int, str, bool]]:
        feed = Feed(Shard(every=NEVER))
        feed.put(define("X", {"assets": ["A"], "benchmarks": ["B"]}, BEGIN - 1))
        a = prices(lambda d: wiggle(d) + 0.0005, 760)
        b = prices(lambda d: wiggle(d) + 0.001, 760)
        for day, (one, other) in enumerate(zip(a, b, strict=True)):
            if not (hole and 500 <= day < 560):
                feed.put(frame([(BEGIN + day * DAY, {"A": one, "B": other})]))
        return changes(feed, "X", ["behind_benchmark"])

    assert len(behind(hole=False)) == 1
    assert behind(hole=True) == []


def test_a_flag_that_a_definition_drops_resolves_with_its_reason() -> None:
    table = {"assets": ["A", "B"], "rebalance": "quarterly"}
    feed = Feed(Shard(every=NEVER))
    feed.put(define("X", table, BEGIN - 1))
    for day, price in enumerate([1.0, 2.0]):
        feed.put(frame([(BEGIN + day * DAY, {"A": price, "B": 1.0})]))
    feed.put(define("X", {**table, "name": "only the name"}, BEGIN + DAY + 1))
    assert len(feed.bodies("alerts")) == 1
    feed.put(define("X", {**table, "rebalance": "never"}, BEGIN + DAY + 2))
    fired, gone = feed.bodies("alerts")
    assert (gone["state"], gone["reason"], gone["at"]) == (
        "resolved",
        "rule_removed",
        BEGIN + DAY + 2,
    )
    assert (gone["episode"], gone["evidence"]) == (fired["episode"], fired["evidence"])
    assert feed.snapshot("X")["flags"] == []


def test_a_retired_index_resolves_its_flags_and_begins_anew() -> None:
    table = {"assets": ["A", "B"], "rebalance": "quarterly"}
    feed = Feed(Shard(every=NEVER))
    feed.put(define("X", table, BEGIN - 1))
    for day, price in enumerate([1.0, 2.0]):
        feed.put(frame([(BEGIN + day * DAY, {"A": price, "B": 1.0})]))
    feed.put(DefinitionRecord(BEGIN + DAY + 1, "live", "X", None))
    feed.put(define("X", table, BEGIN + DAY + 2))
    for day, price in ((2, 2.0), (3, 4.0)):
        feed.put(frame([(BEGIN + day * DAY, {"A": price, "B": 1.0})]))
    told = [(a["seq"], a["state"], a.get("reason")) for a in feed.bodies("alerts")]
    assert told == [(1, "firing", None), (2, "resolved", "retired"), (3, "firing", None)]
    check_alerts(feed, "X")
