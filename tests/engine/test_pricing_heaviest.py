"""What only the heaviest cluster of sources sees, and what alarms tell of a dispute."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from engine.index.shard import Shard
from engine.records import DefinitionRecord, PriceFrame, Trust
from engine.types import SECOND
from tests.engine.market import Feed
from tests.engine.market import define as definition
from tests.engine.pricing_desk import T, spot
from tests.engine.pricing_floor import Floor


class Told:
    """A shard with an index of BTC at 100 and ETH at 100, told prices and trust by hand."""

    def __init__(self, **alerts: Any) -> None:
        self.feed = Feed(Shard())
        alerts = {"drawdown": [0.05, 0.2], **alerts}
        mapping = {"weights": {"BTC": 0.5, "ETH": 0.5}, "alerts": alerts}
        self.feed.put(definition("X", mapping, T - 1))
        self.now = 0
        self.put({"BTC": 100.0, "ETH": 100.0})

    def put(self, prices: dict[str, float], *claims: tuple[str, float], at: int = 0) -> None:
        """One record a second later; claims are (asset, the heaviest cluster's price or 0)."""
        self.now = at or self.now + 1
        when, n = T + self.now * SECOND, len(prices)
        nan = [float("nan")] * n
        trust = tuple(Trust(a, when, bool(p), bool(p), p, []) for a, p in claims)
        columns = list(prices), [when] * n, list(prices.values()), nan, nan
        self.feed.put(PriceFrame(when, "live", *columns, {}, [], (), trust))

    def alerts(self) -> list[tuple[Any, ...]]:
        return [
            (b["rule"], b["state"], (b["at"] - T) // SECOND, round(b["level"], 9), b.get("reason"))
            for b in self.feed.bodies("alerts")
        ]


def test_a_fall_that_only_the_heaviest_sees_is_an_episode_of_its_own() -> None:
    told = Told()
    told.put({}, ("BTC", 80.0))  # 2: down a tenth by it
    told.put({"ETH": 110.0})  # 3: the index rises, and its peak; the claim says 950
    told.put({"ETH": 100.0})  # 4: 900 by it, below 1050
    told.put({}, ("BTC", 0.0))  # 5
    told.put({"ETH": 101.0})
    rule = "drawdown>=0.05@heaviest"
    assert told.alerts() == [
        (rule, "firing", 2, 900.0, None),
        (rule, "resolved", 5, 1000.0, "dispute_ended"),
    ]
    first, last = told.feed.bodies("alerts")
    assert first["episode"] == last["episode"]
    assert (first["drawdown"], first["peak"], first["disputed"]) == (0.1, 1000.0, True)
    assert first["because"]["status"] == "degraded"
    assert (last["disputed"], last["because"]["status"]) == (False, "live")
    snapshot = told.feed.snapshot("X")
    assert snapshot["level"] == pytest.approx(1005.0, rel=1e-12)
    assert snapshot["drawdown"]["max"] == pytest.approx(50 / 1050, rel=1e-12)


def test_it_clears_at_half_the_depth_and_is_silent_where_the_index_rings_itself() -> None:
    told = Told()
    told.put({}, ("BTC", 89.0))  # 5.5 %
    told.put({}, ("BTC", 96.0))  # 2 %
    told.put({"BTC": 85.0, "ETH": 90.0}, ("BTC", 80.0))  # 12.5 % down for all
    assert [a[:3] for a in told.alerts()] == [
        ("drawdown>=0.05@heaviest", "firing", 2),
        ("drawdown>=0.05@heaviest", "resolved", 3),
        ("drawdown>=0.05", "firing", 4),
    ]


def test_what_the_heaviest_sees_must_hold_and_rest_as_the_definition_says() -> None:
    rule = "drawdown>=0.05@heaviest"
    told = Told(**{"for": "3s", "clear_for": "2s", "cooldown": "20s"})
    told.put({}, ("BTC", 80.0))  # 2: down a tenth by it
    told.put({}, ("BTC", 99.0))  # 3: it did not hold
    told.put({}, ("BTC", 80.0))  # 4
    assert told.alerts() == []
    told.put({}, at=8)  # nothing but time, in one record: it has held at 7
    assert told.alerts() == [(rule, "firing", 7, 900.0, None)]
    told.put({}, ("BTC", 99.0))  # 9
    told.feed.shard = Shard.load(told.feed.shard.dump())
    told.put({"ETH": 100.0}, at=14)  # the first price since: it was clear at 11
    told.put({}, ("BTC", 80.0))  # 15: to hold until 18, and to rest until 27
    told.put({"ETH": 100.0}, at=26)
    assert told.alerts()[1:] == [(rule, "resolved", 11, 995.0, None)]
    told.put({"ETH": 100.0}, at=30)
    told.put({}, ("BTC", 0.0))  # 31: no dispute any more
    told.put({}, ("BTC", 80.0))  # 32
    told.put({"ETH": 100.0}, at=45)  # rested until 47 at least
    told.put({"ETH": 100.0}, at=50)
    assert told.alerts()[2:] == [
        (rule, "firing", 27, 900.0, None),
        (rule, "resolved", 31, 1000.0, "dispute_ended"),
        (rule, "firing", 47, 900.0, None),
    ]
    first, last = [b for b in told.feed.bodies("alerts") if b["state"] == "firing"][1:]
    assert first["episode"] != last["episode"]


def test_a_dispute_that_ended_before_its_time_leaves_no_clock_running() -> None:
    told = Told(**{"for": "60s"})
    told.put({}, ("BTC", 80.0), at=100)
    told.put({"BTC": 100.0}, ("BTC", 0.0), at=110)
    for at in range(200, 1000, 100):
        told.put({"BTC": 100.0}, at=at)
    told.put({"BTC": 100.0}, ("BTC", 80.0), at=4000)
    told.put({"BTC": 100.0}, ("BTC", 0.0), at=4010)
    assert told.alerts() == []


def test_claims_of_two_assets_in_one_record_are_taken_in_order() -> None:
    told = Told()
    when = [T + n * SECOND for n in (2, 3, 4)]
    trust = (
        Trust("BTC", when[0], True, True, 96.0, []),  # 980
        Trust("ETH", when[1], True, True, 90.0, []),  # 930: fires
        Trust("BTC", when[1], True, True, 99.0, []),  # 945 at the same instant
        Trust("BTC", when[2], False, False, 0.0, []),
        Trust("ETH", when[2], False, False, 0.0, []),
    )
    nan = [float("nan")] * 2
    columns = ["ETH", "BTC"], [when[0], when[2]], [101.0, 100.0], nan, nan
    told.feed.put(PriceFrame(when[2], "live", *columns, {}, [], (), trust))
    rule = "drawdown>=0.05@heaviest"
    assert told.alerts() == [
        (rule, "firing", 3, 945.0, None),
        (rule, "resolved", 4, 1005.0, "dispute_ended"),
    ]


@pytest.mark.parametrize("way", ["rule_removed", "retired"])
def test_an_open_episode_ends_with_its_rule(way: str) -> None:
    told = Told()
    told.put({}, ("BTC", 80.0))
    mapping = {"weights": {"BTC": 0.5, "ETH": 0.5}, "alerts": {"drawdown": [0.2]}}
    now = T + 3 * SECOND
    if way == "retired":
        told.feed.put(DefinitionRecord(now, "live", "X", None))
    else:
        told.feed.put(definition("X", mapping, now))
    (fired, resolved) = told.feed.bodies("alerts")
    assert fired["episode"] == resolved["episode"]
    assert (resolved["state"], resolved["reason"]) == ("resolved", way)
    assert resolved["rule"] == "drawdown>=0.05@heaviest"


def test_the_clusters_in_an_alert_are_those_of_its_instant() -> None:
    """Also where nothing else that is told of the dispute changes."""
    floor = Floor("BTC", alerts={"drawdown": [0.1, 0.2]})
    deep, *small = [spot(v, "BTC") for v in "abc"]
    for second, price in enumerate((100.0, 95.0, 95.0, 88.0, 84.0, 79.0)):
        floor.trade((deep, second, price, 50.0), *((v, second, 100.0) for v in small))
    floor.trade((small[0], 6, 99.5), (deep, 6.5, 79.5, 50.0), (deep, 7, 77.0, 50.0))
    alerts = floor.feed.bodies("alerts")
    assert [(a["rule"][:14], (a["at"] - T) / SECOND) for a in alerts] == [
        ("drawdown>=0.10", 3.0),
        ("drawdown>=0.20", 5.0),
    ]
    prices = [[c["price"] for c in a["because"]["clusters"]["BTC"]] for a in alerts]
    assert prices == [[88.0, 100.0], [79.0, 100.0]]
    said = floor.trust["BTC"]
    assert [c.price for c in said.clusters] == [77.0, 99.5]
    assert (said.heaviest, floor.price) == (77.0, 99.5)


def test_the_level_by_each_cluster_is_in_the_alert() -> None:
    floor = Floor("BTC", alerts={"drawdown": [0.1]})
    deep, *small = [spot(v, "BTC") for v in "abc"]
    floor.trade((deep, 0, 100.0, 50.0), *((v, 0, 100.0) for v in small))
    for second in range(1, 5):
        floor.trade((deep, second, 85.0, 50.0), *((v, second, 100.0) for v in small))
    (alert,) = floor.feed.bodies("alerts")
    assert (alert["rule"], alert["state"], alert["disputed"]) == (
        "drawdown>=0.10@heaviest",
        "firing",
        True,
    )
    clusters = alert["because"]["clusters"]["BTC"]
    assert [(c["price"], round(c["level"], 9), c["sources"]) for c in clusters] == [
        (85.0, 850.0, ["a:BTCUSD"]),
        (100.0, 1000.0, ["b:BTCUSD", "c:BTCUSD"]),
    ]
    assert floor.feed.snapshot("X")["level"] == 1000.0
    for second in range(5, 8):
        floor.trade((deep, second, 100.0, 50.0), *((v, second, 100.0) for v in small))
    assert [(b["state"], b.get("reason")) for b in floor.feed.bodies("alerts")] == [
        ("firing", None),
        ("resolved", "dispute_ended"),
    ]
    levels = [b["level"] for b in floor.feed.bodies("levels")]
    assert all(one == next_one for one, next_one in pairwise(levels))
