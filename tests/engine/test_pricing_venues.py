"""Many venues, one price: a bad one, a silent one, the last one, and what is told of them.

Trades go through a real Pricer and all it says through a real Shard, so every claim about sources
is held against the price record and against the snapshot.
"""

from __future__ import annotations

import random
from statistics import median
from typing import Any

import pytest

from engine.shard import Shard
from engine.types import AssetFrame, Instrument, PriceFrame, Sources, TickFrame
from tests.engine.market import Feed
from tests.engine.market import define as definition
from tests.engine.pricing_desk import Desk, T, spot

COUNTS = range(3, 8)
SIZES = (1.0, 1e6)
"""Of the odd venue's trades where the others trade 1.0: like them, or by far the largest."""
BAND, BACK, STALE_AFTER = 0.05, 0.025, 180
"""The rules as users are told them; not imported, so that a change of them is seen here."""


class Floor(Desk):
    """A Desk whose index X is also computed: all that the Pricer says goes to a Shard."""

    def __init__(self, *assets: str) -> None:
        self.feed = Feed(Shard())
        self.price = 0.0
        self.told = dict[str, Sources]()
        super().__init__(*assets)

    def define(self, index: str, mapping: dict[str, Any] | None, now: int = T - 1) -> None:
        assert mapping is not None
        (output,) = self.pricer.apply(definition(index, mapping, now))
        self.feed.put(output.body)

    def send(self, frame: TickFrame | AssetFrame) -> PriceFrame:
        body = super().send(frame)
        self.feed.put(body)
        self.price = body.price[-1] if body.price else self.price
        self.told = body.sources
        return body

    def quality(self) -> dict[str, Any]:
        found = self.feed.snapshot("X")["quality"]
        assert isinstance(found, dict)
        return found

    def check(self, used: list[Instrument], excluded: dict[str, str], flags: list[str]) -> None:
        """What the records say of BTC up to now, and the snapshot likewise."""
        names = [name(i) for i in used]
        assert self.sources["BTC"] == Sources(names, excluded, flags)
        quality = self.quality()
        assert quality["sources"] == {"BTC": names}
        assert quality["excluded"] == [
            {"source": source, "reason": reason} for source, reason in excluded.items()
        ]
        assert quality["flags"] == flags


def venues(n: int) -> list[Instrument]:
    return [spot(letter, "BTC") for letter in "abcdefg"[:n]]


def name(instrument: Instrument) -> str:
    return f"{instrument.venue}:{instrument.symbol}"


def split(n: int, odd: int) -> tuple[Instrument, list[Instrument], dict[Instrument, float]]:
    """The odd venue, the others, and the prices of the others: 100 to 101, evenly apart."""
    others = venues(n)
    bad = others.pop(odd)
    return bad, others, {v: 100.0 + i / (n - 2) for i, v in enumerate(others)}


# One venue is off


@pytest.mark.parametrize("n", COUNTS)
@pytest.mark.parametrize("off", [0.7, 1.3])
@pytest.mark.parametrize("size", SIZES)
def test_a_minute_of_one_venue_30_percent_off_stays_within_the_spread_of_the_others(
    n: int, off: float, size: float
) -> None:
    for odd in range(n):
        bad, others, prices = split(n, odd)
        floor = Floor("BTC")
        floor.trade(*((v, 0, p) for v, p in prices.items()), (bad, 0, 100.5, size))
        before = floor.price
        if size > 1.0:
            assert before == 100.5, "it alone makes the price, so its print would move it"
        for second in range(1, 61):
            trades = [(v, second, p) for v, p in prices.items()] if second > 1 else []
            floor.trade(*trades, (bad, second, 100.5 * off, size))
            assert 100.0 <= floor.price <= 101.0
            assert abs(floor.price - before) <= 1.0
            assert bool(floor.told) == (second == 1), "told when it changes, and only then"
        floor.check(others, {name(bad): "outlier"}, [])
        during = floor.price
        floor.trade((bad, 61, 100.5, size))
        assert abs(floor.price - during) <= 1.0
        if size > 1.0:
            assert floor.price == 100.5, "back with all its weight"
        floor.check(venues(n), {}, [])


@pytest.mark.parametrize("n", COUNTS)
@pytest.mark.parametrize("sign", [1, -1])
def test_out_beyond_the_band_and_back_only_inside_half_of_it(n: int, sign: int) -> None:
    steps = [  # percent from the median, and whether it takes part then
        (2.6, True),
        (4.9, True),
        (5.0, True),
        (5.01, False),
        (30.0, False),
        (4.9, False),
        (2.51, False),
        (2.5, True),
        (2.51, True),
        (5.0, True),
        (5.01, False),
        (-4.0, False),  # through the others and out on the far side
        (-2.4, True),
    ]
    for odd in range(n):
        bad, others, _ = split(n, odd)
        floor = Floor("BTC")
        floor.trade(*((v, 0, 100.0) for v in others), (bad, 0, 100.0, 1e6))
        for second, (percent, inside) in enumerate(steps, 1):
            price = 100.0 + sign * percent
            floor.trade((bad, second, price, 1e6))
            assert floor.price == (price if inside else 100.0), (second, percent)
            if inside:
                floor.check(venues(n), {}, [])
            else:
                floor.check(others, {name(bad): "outlier"}, [])


@pytest.mark.parametrize("seed", range(20))
def test_on_a_random_walk_a_bad_minute_stays_within_the_others(seed: int) -> None:
    """Venues trade at random about a moving price; before and after its bad minute the odd one
    trades once between the others, alone, so that its leaving and return are told apart."""
    r = random.Random(seed)
    n = r.choice(COUNTS)
    everyone = venues(n)
    bad = everyone[r.randrange(n)]
    others = [v for v in everyone if v is not bad]
    size, off, mid = r.choice(SIZES), r.choice([0.7, 1.3]), 100.0
    premium = {v: r.uniform(0.997, 1.003) for v in others}
    last = dict[Instrument, float]()
    floor = Floor("BTC")

    def walk(second: int) -> list[tuple[Any, ...]]:
        nonlocal mid
        mid *= 1 + r.gauss(0.0, 0.0005)
        trading = others if second == 0 else r.sample(others, r.randint(1, len(others)))
        last.update({v: mid * premium[v] * r.uniform(0.9995, 1.0005) for v in trading})
        return [(v, second, last[v], r.expovariate(1.0)) for v in trading]

    def alone(second: float, factor: float = 1.0) -> None:
        """One trade of the odd venue, from between the others but for `factor`."""
        low, high = min(last.values()), max(last.values())
        floor.trade((bad, second, r.uniform(low, high) * factor, size))
        assert low <= floor.price <= high

    for spell in range(3):
        start = 200 * spell
        for second in range(start, start + 30):
            floor.trade(*walk(second))
            alone(second + 0.5)
        floor.check(everyone, {}, [])
        before, low, high = floor.price, min(last.values()), max(last.values())
        assert low <= before <= high
        alone(start + 30, off)
        assert abs(floor.price - before) <= high - low
        for second in range(start + 31, start + 90):
            trades = walk(second)
            floor.trade(*trades, (bad, second, mid * off * r.uniform(0.99, 1.01), size))
            assert min(last.values()) <= floor.price <= max(last.values())
            assert name(bad) not in floor.sources["BTC"].used
        floor.check(others, {name(bad): "outlier"}, [])
        before, low, high = floor.price, min(last.values()), max(last.values())
        alone(start + 90)
        assert abs(floor.price - before) <= high - low
        floor.check(everyone, {}, [])


# One venue is silent


@pytest.mark.parametrize("n", COUNTS)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("moved", [0.9, 1.0, 1.1])
def test_a_silent_venue_leaves_at_the_limit_and_comes_back_without_a_jump(
    n: int, size: float, moved: float
) -> None:
    """Also where the market moved by 10 % after it left."""
    for odd in range(n):
        bad, others, prices = split(n, odd)
        floor = Floor("BTC")
        floor.trade(*((v, 0, p) for v, p in prices.items()), (bad, 0, 100.5, size))
        floor.trade(*((v, 100, p) for v, p in prices.items()))
        before = floor.price
        assert (before == 100.5) or size == 1.0
        floor.clock(STALE_AFTER - 1e-6)
        assert floor.price == before
        floor.check(venues(n), {}, [])
        floor.clock(STALE_AFTER)
        assert 100.0 <= floor.price <= 101.0
        assert abs(floor.price - before) <= 1.0
        floor.check(others, {name(bad): "stale"}, [])

        floor.trade(*((v, 250, p * moved) for v, p in prices.items()))
        low, high, before = 100.0 * moved, 101.0 * moved, floor.price
        floor.trade((bad, 260, 100.5 * moved, size))
        assert low <= floor.price <= high
        assert abs(floor.price - before) <= high - low
        assert (floor.price == 100.5 * moved) or size == 1.0
        floor.check(venues(n), {}, [])


@pytest.mark.parametrize("n", COUNTS)
def test_a_venue_that_comes_back_with_its_old_price_after_a_move_is_kept_out(n: int) -> None:
    bad, others, prices = split(n, 0)
    floor = Floor("BTC")
    floor.trade(*((v, 0, p) for v, p in prices.items()), (bad, 0, 100.5, 1e6))
    floor.trade(*((v, 100, p * 1.1) for v, p in prices.items()))
    assert min(prices.values()) * 1.1 <= floor.price <= max(prices.values()) * 1.1
    floor.check(others, {name(bad): "outlier"}, [])  # not yet silent for long, but far off
    before = floor.price
    floor.clock(STALE_AFTER)
    assert floor.price == before
    floor.check(others, {name(bad): "stale"}, [])  # the reason changed, and only the reason
    floor.trade((bad, 200, 100.5, 1e6))
    assert floor.price == before
    floor.check(others, {name(bad): "outlier"}, [])


# One or two are left


@pytest.mark.parametrize("n", COUNTS)
def test_with_one_source_left_the_price_lives_on_and_says_so(n: int) -> None:
    for left in range(n):
        last, others, prices = split(n, left)
        floor = Floor("BTC")
        floor.trade(*((v, 0, p) for v, p in prices.items()), (last, 0, 100.5))
        floor.check(venues(n), {}, [])
        floor.trade((last, 170, 100.6))
        floor.clock(STALE_AFTER)
        gone = {name(v): "stale" for v in others}
        assert floor.price == 100.6
        floor.check([last], gone, ["single_source"])
        # Nobody guards it now: what it trades at is the price, and the index follows.
        for second, price in ((200, 101.0), (300, 140.0)):
            assert floor.trade((last, second, price)) == [("BTC", second, price)]
            floor.check([last], gone, ["single_source"])
        first = floor.feed.snapshot("X")
        assert first["status"] == "live"
        floor.trade((last, 310, 70.0))
        assert floor.feed.snapshot("X")["level"] == pytest.approx(first["level"] / 2, rel=1e-12)
        floor.trade((others[0], 320, 70.1))
        both = sorted([last, others[0]])
        floor.check(both, {name(v): "stale" for v in others[1:]}, [])


@pytest.mark.parametrize("off", [0.7, 1.3])
@pytest.mark.parametrize("size", SIZES)
def test_of_two_left_that_come_apart_the_one_that_left_the_price_is_out(
    off: float, size: float
) -> None:
    for odd in range(2):
        pair = venues(2)
        bad, good = pair[odd], pair[1 - odd]
        floor = Floor("BTC")
        floor.trade((good, 0, 100.0), (bad, 0, 100.2, size))
        floor.check(pair, {}, [])
        floor.trade((bad, 1, 100.2 * off, size))
        assert floor.price == 100.0
        floor.check([good], {name(bad): "outlier"}, ["single_source"])
        floor.trade((good, 2, 99.9), (bad, 2, 100.2 * off, size))
        assert floor.price == 99.9
        floor.trade((bad, 60, 100.1, size))
        assert 99.9 <= floor.price <= 100.1
        floor.check(pair, {}, [])


def test_two_that_disagree_from_the_start_are_flagged_until_a_price_stands() -> None:
    pair = venues(2)
    floor = Floor("BTC")
    floor.trade((pair[0], 1, 100.0), (pair[1], 1, 120.0, 3.0))
    assert floor.price == 120.0
    floor.check(pair, {}, ["disagreement"])
    # From the next instant on the price that stands is the judge: whoever is far from it is out.
    floor.trade((pair[0], 2, 100.0))
    assert floor.price == 120.0
    floor.check(pair[1:], {name(pair[0]): "outlier"}, ["single_source"])
    floor.trade((pair[1], 3, 102.0))
    floor.check(pair, {}, [])


# What is told of sources


class Rules:
    """Who is in and who is out of one asset, plainly, where most of three and more agree."""

    def __init__(self) -> None:
        self.last = dict[str, tuple[int, float]]()
        self.out = set[str]()

    def at(self, second: int) -> Sources:
        fresh = {v: p for v, (t, p) in self.last.items() if second - t < STALE_AFTER}
        assert len(fresh) >= 3
        reference = median(fresh.values())
        self.out = {
            v
            for v, p in fresh.items()
            if abs(p - reference) > reference * (BACK if v in self.out else BAND)
        }
        excluded = {
            v: "outlier" if v in fresh else "stale"
            for v in sorted(self.last)
            if v in self.out or v not in fresh
        }
        used = sorted(fresh.keys() - self.out)
        return Sources(used, excluded, [])


@pytest.mark.parametrize("seed", range(8))
def test_every_change_of_sources_is_in_the_record_and_in_the_snapshot(seed: int) -> None:
    r = random.Random(seed)
    floor, rules = Floor("BTC", "ETH"), {"BTC": Rules(), "ETH": Rules()}
    # Of how many venues how many may be odd: always fewer than half, and the others never silent.
    count = {"BTC": r.choice([(5, 2), (6, 2), (7, 3)]), "ETH": (5, 2)}
    true, before = {"BTC": 60000.0, "ETH": 3000.0}, dict[str, Sources]()
    skew, muted = dict[str, float](), set[str]()
    changes, reasons = 0, set[str]()
    for second in range(0, 2000, 10):
        trades = list[tuple[Any, ...]]()
        for asset, (n, odd) in count.items():
            for i, venue in enumerate(venues(n)):
                source = spot(venue.venue, asset)
                key = name(source)
                if i < odd and r.random() < 0.05:
                    skew[key] = r.choice([1.0, 1.02, 1.04, 1.06, 0.96, 0.7, 1.3])
                if i < odd and r.random() < 0.03:
                    muted ^= {key}
                if second and (key in muted or (i < odd and r.random() < 0.3)):
                    continue
                price = true[asset] * skew.get(key, 1.0) * r.uniform(0.9995, 1.0005)
                rules[asset].last[key] = second, price
                trades.append((source, second, price))
        floor.trade(*trades)
        now = {asset: rule.at(second) for asset, rule in rules.items()}
        assert floor.told == {a: s for a, s in now.items() if s != before.get(a)}
        quality = floor.quality()
        assert quality["sources"] == {a: s.used for a, s in now.items()}
        assert quality["excluded"] == [
            {"source": source, "reason": reason}
            for s in now.values()
            for source, reason in s.excluded.items()
        ]
        assert quality["flags"] == []
        changes += len(floor.told)
        reasons.update(*(s.excluded.values() for s in now.values()))
        before = now
    assert changes > 10
    assert reasons == {"stale", "outlier"}
