"""Many venues, one price, one index: what a bad, a silent or a tiny one may do to it.

Trades go through a real Pricer and all it says through a real Shard.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from typing import Any

import pytest

from engine.pricing.pricer import Pricer
from engine.pricing.rules import RULES
from engine.records import DefinitionRecord, Instrument
from engine.types import SECOND
from tests.engine.pricing_desk import AT, AT_ONCE, USDT, B, T, spot
from tests.engine.pricing_floor import Floor
from tests.engine.random_markets import Market, Trade, frame_of


def name(instrument: Instrument) -> str:
    return f"{instrument.venue}:{instrument.symbol}"


@pytest.mark.parametrize("n", range(3, 8))
@pytest.mark.parametrize("off", [0.7, 1.3])
@pytest.mark.parametrize("size", [1.0, 20.0])
def test_a_minute_of_one_venue_30_percent_off_stays_within_the_spread_of_the_others(
    n: int, off: float, size: float
) -> None:
    """Also where it has nearly all of the volume; and that is told, with each cluster's price."""
    bad, *others = [spot(letter, "BTC") for letter in "abcdefg"[:n]]
    prices = {v: 100.0 + i / (n - 2) for i, v in enumerate(others)}
    floor = Floor("BTC")
    floor.trade(*((v, 0, p) for v, p in prices.items()), (bad, 0, 100.5, size))
    for second in range(1, 61):
        trades = [(v, second, p) for v, p in prices.items()]
        floor.trade(*trades, (bad, second, 100.5 * off, size))
        assert 100.0 <= floor.price <= 101.0
    told, heavy = floor.sources["BTC"], size > n
    assert (told.used, told.excluded) == ([name(v) for v in others], {name(bad): "outlier"})
    assert (told.flags, floor.status) == ((["disputed"], "degraded") if heavy else ([], "live"))
    clusters = floor.trust["BTC"].clusters if heavy else []
    assert [c.sources for c in clusters] == [[name(bad)], told.used][: 2 * heavy]
    floor.trade((bad, 61, 100.5, size), (bad, 62, 100.5, size))
    assert 100.0 <= floor.price <= 101.0
    assert (floor.sources["BTC"].excluded, floor.status) == ({}, "live")


@pytest.mark.parametrize("seed", range(6))
def test_what_is_told_of_sources_is_in_the_snapshot(seed: int) -> None:
    floor = Floor("BTC", rules=RULES)
    for frame in Market(seed).frames():
        floor.send(frame)
        told = floor.sources.get("BTC")
        if told is None or floor.price == 0.0:
            continue
        quality = floor.feed.snapshot("X")["quality"]
        assert quality["sources"] == {"BTC": told.used}
        pairs = [{"source": s, "reason": r} for s, r in told.excluded.items()]
        assert quality["excluded"] == pairs
        assert set(told.flags) <= set(quality["flags"])
        assert "disputed" in told.flags or not set(told.used) & set(told.excluded)


# Sources of less than a hundredth of the weight


def crumbs(seed: int, market: Market, begin: float = 0.0) -> list[Trade]:
    """Trades of new tiny venues at any price from second `begin` on: together far below a hundredth
    of the weight. Before the voters have made a price a tiny venue may be the only one; then its
    price stands until a voter has printed twice, or two have.
    """
    r, found = random.Random(seed), list[Trade]()
    for n in range(r.randint(1, 5)):
        instrument = Instrument(f"z{n}", "BTC/USD", "BTC", "USD", "spot", False)
        off = r.choice([0.1, 0.8, 0.95, 1.0, 1.05, 1.5, 20.0])
        second = max(begin, 6 + market.seconds * r.random() * 0.3)
        while second < market.seconds:
            if r.random() < 0.2:
                off = r.choice([0.1, 0.8, 0.95, 1.0, 1.05, 1.5, 20.0])
            price = market.fair(instrument, second) * off
            received = T + round(second * SECOND)
            found.append(Trade(received, instrument, price, 1e-6 / price, received))
            second += r.choice([0.1, 1.0, 1.0, 8.0]) * market.seconds / 100
    return found


def run(trades: list[Trade], end: int) -> tuple[list[tuple[int, float]], Pricer, list[Any]]:
    """Rows of BTC, a frame for each instant; and the voters' lowest and highest price at each."""
    pricer, rows, spreads = Pricer(), list[tuple[int, float]](), list[Any]()
    pricer.apply(DefinitionRecord(T - 1, "live", "X", {"assets": ["BTC"]}))
    instants: dict[int, list[Trade]] = {}
    for trade in sorted(trades, key=lambda t: t.received):
        instants.setdefault(trade.received, []).append(trade)
    instants.setdefault(end, [])
    for n, (at, part) in enumerate(instants.items()):
        key = pricer.book.keys["BTC"]
        if key.price and all(at - s.source.seen >= RULES.stale_after for s in key.seats):
            break  # with nobody left, who is tiny is the only one
        (output,) = pricer.apply(frame_of(part, 10 * n, at))
        rows += zip(output.body.at, output.body.price, strict=True)
        if key.price is not None and not key.usable:
            break
        prices = [s.source.usd for s in key.usable if s.heavy] + [key.price or 0.0]
        spreads.append((at, min(prices), max(prices)))
    return rows, pricer, spreads


@pytest.mark.parametrize("group", range(6))
def test_sources_of_less_than_a_hundredth_move_nothing(group: int) -> None:
    """At any price of theirs, the price at each instant lies within the voters' without them; and
    it is the very same wherever a voter was there."""
    same = others = 0
    for seed in range(2000 + 10 * group, 2010 + 10 * group):
        market = Market(seed, venues=random.Random(seed).randint(1, 4))
        trades = [t._replace(size=t.size + 1e-2) for t in market.trades()]
        end = T + (market.seconds + 5) * SECOND
        without, _, spreads = run(trades, end)
        begin = (without[0][0] - T) / SECOND if without else 0.0
        with_them, _, _ = run(trades + crumbs(seed, market, begin), end)
        for at, low, high in spreads:
            before = next((p for t, p in reversed(without) if t <= at), None)
            now = next((p for t, p in reversed(with_them) if t <= at), None)
            if before is None or now is None:
                continue
            if low <= now <= high:
                same += now == before
                others += now != before
            else:
                assert now == before, (seed, (at - T) / SECOND, low, now, high)
    assert same > 50 * others


# No failure of a source leaves the status live while more weight is out than in


def broken(seed: int) -> tuple[list[Trade], set[str]]:
    """Five venues of known weights, of which any do any wrong thing from second 60 on."""
    r, trades = random.Random(seed), list[Trade]()
    size = {letter: r.choice([0.1, 1.0, 3.0, 10.0]) for letter in "abcde"}
    wrong = {letter: r.choice(["freeze", "lag", "scale", "silence", "stamp"]) for letter in "abcde"}
    odd = set(r.sample("abcde", r.randint(1, 5)))
    move = r.choice([0.85, 1.2])
    for second in range(0, 130):
        for letter in "abcde":
            at = T + second * SECOND + r.randrange(SECOND // 2)
            price, ts = 100.0 * (move if second >= 70 else 1.0) * r.uniform(0.999, 1.001), at
            if letter in odd and second >= 60:
                what = wrong[letter]
                if what == "silence":
                    continue
                price = {"freeze": 100.0, "lag": 100.0, "scale": 10 * price}.get(what, price)
                ts += {"stamp": 86_400, "lag": -120}.get(what, 0) * SECOND
            trades.append(Trade(at, spot(letter, "BTC"), price, size[letter] / price * 100, ts))
    return sorted(trades, key=lambda t: t.received), odd


@pytest.mark.parametrize("group", range(4))
def test_no_failure_leaves_it_live_while_more_weight_is_out_than_in(group: int) -> None:
    seen = Counter[str]()
    for seed in range(12 * group, 12 * group + 12):
        trades, _ = broken(seed)
        floor = Floor("BTC", rules=RULES, alerts={"drawdown": [0.05, 0.10]})
        ids = Counter[Instrument]()
        for trade in trades:
            ids[trade.instrument] += 1
            floor.send(frame_of([trade], ids[trade.instrument], trade.received))
            key = floor.pricer.book.keys["BTC"]
            if key.price is None:
                continue
            seats = [s for s in key.seats if s.source.price]
            inside = [s for s in seats if s in key.usable and s.status == "in"]
            weight = sum(s.source.weight for s in seats), sum(s.source.weight for s in inside)
            if weight[0] > 2.02 * weight[1]:  # volume out of turn is seen at the next trade
                assert floor.status == "degraded", (seed, (trade.received - T) / SECOND)
            elif inside == seats:
                assert floor.status == "live"
            seen[floor.status] += 1
        for alert in floor.feed.bodies("alerts"):
            if alert["disputed"]:
                assert alert["because"]["status"] == "degraded"
                assert "BTC" in alert["because"]["clusters"]
            seen["disputed" if alert["disputed"] else "sure"] += 1
    assert min(seen[what] for what in ("live", "degraded", "sure")) > 0


@pytest.mark.parametrize("factor", [10.0, 1000.0, 1e9, 1e-3])
def test_a_wrong_price_gains_no_weight(factor: float) -> None:
    """Else a venue that is off by a thousand would soon have nearly all of the volume."""
    floor = Floor("BTC", rules=RULES)
    venues = [spot(v, "BTC") for v in "abcd"]
    for second in range(400):
        off = factor if second >= 60 else 1.0
        floor.trade(*((v, second, 100.0 * (off if v is venues[3] else 1.0)) for v in venues))
        if second > 5:
            assert floor.price == 100.0
    assert floor.sources["BTC"].excluded["d:BTCUSD"] in ("outlier", "thin")
    assert floor.status == "live"


# Rates that jump


@pytest.mark.parametrize("restart", [False, True])
def test_alarms_of_a_minute_after_a_rate_jumped_are_disputed(restart: bool) -> None:
    """By the last print the rate was wrong until now, and peaks that were made with it as well."""
    floor = Floor("BTC", alerts={"drawdown": [0.01, 0.03, 0.05]})
    floor.trade((USDT, 0, 1.0), (AT, 0, 100.0))
    floor.trade((USDT, 9, 0.99), (AT, 9, 100.0))
    assert floor.status == "live", "a small step"
    floor.trade((USDT, 10, 0.97))
    assert (floor.status, floor.sources["BTC"].flags) == (
        "degraded",
        ["disputed", "single_source"],
    )
    floor.trade((USDT, 30, 0.97), (AT, 30, 100.0))
    if restart:
        floor.pricer = Pricer.load(json.loads(json.dumps(floor.pricer.dump())), AT_ONCE)
    floor.clock(69.999)
    assert floor.status == "degraded"
    # Time alone ends it, and goes on.
    floor.clock(75)
    assert (floor.status, floor.sources["BTC"].flags) == ("live", ["single_source"])
    floor.trade((USDT, 80, 0.97), (AT, 80, 97.5))
    alerts = floor.feed.bodies("alerts")
    assert [(a["rule"], (a["at"] - T) / SECOND, a["disputed"]) for a in alerts] == [
        ("drawdown>=0.01", 9.0, False),
        ("drawdown>=0.03", 10.0, True),
        ("drawdown>=0.05", 80.0, False),
    ]


def test_a_price_by_old_rates_is_degraded() -> None:
    """Once half of the weight that is in converts by a rate that nothing fresh tells."""
    floor = Floor("BTC")
    floor.trade((USDT, 0, 1.0), (AT, 0, 100.0), (B, 0, 100.0, 0.9))
    for second in (100, 179, 181):
        floor.trade((AT, second, 100.0), (B, second, 100.0, 0.9))
        assert floor.status == ("live" if second < 180 else "degraded")
    assert floor.sources["BTC"].flags == ["stale_rate"]
    floor.trade((B, 182, 100.0, 1.0))
    assert floor.status == "live"


# A wrong unit from the first print on


@pytest.mark.parametrize("wrong", [1_000.0, 100_000.0])
def test_one_venue_with_a_wrong_unit_does_not_make_the_base(wrong: float) -> None:
    """Its volume is counted in coins at first, and then no higher than at the price that stands: so
    the others, of equal size, outweigh it."""
    floor = Floor("BTC", rules=RULES)
    right, odd = [spot(v, "BTC") for v in "abc"], spot("d", "BTC")
    for second in range(5):
        floor.trade(*((v, second, 100.0) for v in right), (odd, second, wrong))
        assert floor.price == 0.0
    floor.clock(5.5)
    assert (floor.price, floor.status) == (100.0, "live")
    told = floor.sources["BTC"]
    assert (told.excluded, told.flags) == ({"d:BTCUSD": "outlier"}, [])
    weights = [s.source.usd_weight for s in floor.pricer.book.keys["BTC"].seats]
    assert weights == pytest.approx([weights[0]] * 4, rel=1e-9)
    for second in range(6, 30):
        floor.trade(*((v, second, 100.0) for v in right), (odd, second, wrong))
        assert (floor.price, floor.status) == (100.0, "live")
        told = floor.sources["BTC"]
        assert (told.excluded, told.flags) == ({"d:BTCUSD": "two_coins"}, ["two_coins"])
    assert floor.feed.snapshot("X")["level"] == 1000.0
