"""The Pricer against the slow oracle, on random markets, with its state dumped in between."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import asdict
from functools import partial
from typing import Any

import msgspec
import pytest

from engine.pricing.pricer import Pricer
from engine.records import DefinitionRecord, Gap, PriceFrame, PricerInput, Trust
from engine.types import DAY, SECOND
from tests.engine.pricing_desk import A, B, Desk, T, spot
from tests.engine.pricing_oracle import Oracle
from tests.engine.random_markets import Market

WANTED = DefinitionRecord(T - 1, "live", "X", {"assets": ["BTC"]})


def told(pricer: Pricer, record: PricerInput) -> PriceFrame:
    (output,) = pricer.apply(record)
    assert isinstance(output.body, PriceFrame)
    return output.body


def changes(rows: list[tuple[Any, ...]], first: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """(time, values …) where the values are others than before."""
    found = [(0, *first)] if first else []
    for _, at, *values in rows:
        if not found or found[-1][1:] != tuple(values):
            found.append((at, *values))
    return found


@pytest.mark.parametrize("group", range(7))
def test_prices_and_trust_of_random_markets_equal_the_oracle(group: int) -> None:
    """Each price to the last bit but one, at the very instant; what is said of its trust; and while
    it is disputed, who says what at each instant."""
    for seed in range(20 * group, 20 * group + 20):
        pricer, oracle = Pricer(), Oracle(("BTC",))
        pricer.apply(WANTED)
        rows, trust, before = list[tuple[Any, ...]](), list[Trust](), 0
        for frame in Market(seed).frames():
            body = told(pricer, frame)
            oracle.take(frame)
            rows += zip(body.asset, body.at, body.price, strict=True)
            trust += body.trust
            # What every reader of the log relies on.
            assert body.at == sorted(body.at)
            assert all(before < at <= body.now for at in body.at)
            before = body.now
        got, right = changes(rows), changes(oracle.rows)
        assert [at for at, _ in got] == [at for at, _ in right], seed
        assert [p for _, p in got] == pytest.approx([p for _, p in right], rel=1e-12), seed
        never = (False, False)
        said = changes([(t.asset, t.at, t.degraded, t.disputed) for t in trust], never)
        assert said == changes([(t.asset, t.at, *t[2:4]) for t in oracle.trust], never), seed
        assert_same_disputes(trust, oracle.trust, seed)


def assert_same_disputes(trust: list[Trust], right: list[Trust], seed: int) -> None:
    got, right = [[t for t in said if t.disputed] for said in (trust, right)]
    assert [t.at for t in got] == [t.at for t in right], seed
    close = partial(pytest.approx, rel=1e-9)
    for one, other in zip(got, right, strict=True):
        assert one.heaviest == close(other.heaviest), (seed, one, other)
        names = [[c.sources for c in t.clusters] for t in (one, other)]
        assert names[0] == names[1], (seed, one, other)
        numbers = [[(c.price, c.share) for c in t.clusters] for t in (one, other)]
        assert numbers[0] == [close(n) for n in numbers[1]], (seed, one, other)


def test_the_random_markets_reach_every_rule() -> None:
    """Else the tests above would compare nothing."""
    seen, counters = Counter[str](), Counter[str]()
    for seed in range(80):
        pricer = Pricer()
        pricer.apply(WANTED)
        for frame in Market(seed).frames():
            body = told(pricer, frame)
            for sources in body.sources.values():
                seen.update(sources.excluded.values())
                seen.update(sources.flags)
            seen.update("disputed" for t in body.trust if t.disputed)
            seen.update("heaviest" for t in body.trust if t.heaviest)
        counters.update(asdict(pricer.counters))
    reasons = {"outlier", "lagging", "thin", "stale", "no_conversion", "two_coins"}
    flags = {"assumed_peg", "stale_rate", "single_source", "disputed"}
    assert reasons | flags | {"heaviest"} <= seen.keys()
    assert min(counters[n] for n in ("accepted", "unproven", "ahead", "reordered")) > 20


def text(pricer: Pricer, record: PricerInput) -> str:
    """All that a Pricer says to a record, so that equal texts are equal bytes."""
    found = [msgspec.structs.asdict(output.body) for output in pricer.apply(record)]
    return json.dumps(found, default=asdict)


@pytest.mark.parametrize("group", range(4))
def test_a_loaded_pricer_goes_on_to_the_byte(group: int) -> None:
    """Also out of disputes, holds, unproven prints and with rates that are only known of old."""
    amid = Counter[str]()
    for seed in range(1000 + 10 * group, 1010 + 10 * group):
        r = random.Random(seed)
        records: list[PricerInput] = [WANTED]
        for frame in Market(seed).frames():
            if frame.instruments and r.random() < 0.05:
                frame = frame._replace(gaps=[Gap(frame.instruments[0], None, None, "session")])
            records.append(frame)
            if r.random() < 0.02:
                other = {"assets": ["BTC"], "kinds": ["spot", "perpetual"]}
                mapping = r.choice([other, None])
                records.append(DefinitionRecord(frame.now, "live", "Y", mapping))
        straight, broken = Pricer(), Pricer()
        for record in records:
            assert text(broken, record) == text(straight, record), seed
            key = straight.book.keys["BTC"]
            rates = straight.book.conversions.values()
            now = {
                "dispute": key.trust.disputed,
                "hold": bool(key.disputed_since),
                "pull": bool(key.pulled),
                "unproven": bool(straight.book.unproven),
                "doubted rate": any(c.doubted_until > straight.now for c in rates),
                "stale rate": any(c.usd_rate.stale for c in rates),
                "quiet rate": any(c.usd_rate.quiet for c in rates),
            }
            critical = any(now.values())
            if r.random() < (0.4 if critical else 0.05):
                amid.update(name for name, holds in now.items() if holds)
                state = json.dumps(broken.dump(), allow_nan=False)
                broken = Pricer.load(json.loads(state))
                assert json.dumps(broken.dump()) == state
        assert json.dumps(broken.dump()) == json.dumps(straight.dump())
    assert set(amid) >= {"dispute", "hold", "unproven"}


# Time alone


def test_after_years_of_silence_with_hundreds_of_unproven_prints_time_goes_on() -> None:
    """Each wake-up moves on: a jump of years is passed over in some steps, not for ever."""
    desk = Desk("BTC")
    desk.trade((A, 0, 100.0, 1e9))
    desk.trade((A, 6, 100.0))
    venues = [spot(f"v{n:04}", "BTC") for n in range(400)]
    desk.trade(*((v, 7 + n / 800, 150.0 * 1.04**n) for n, v in enumerate(venues)))
    # Nobody agrees with anybody: each first print waits for the second.
    assert len(desk.pricer.book.unproven) == 400
    year = 365 * DAY / SECOND
    desk.clock(9 * year)
    assert not desk.pricer.book.unproven
    assert desk.pricer.book.next_wake() > desk.pricer.now
    # Its first print after so long is far off: until the second one the old price stands.
    assert desk.trade((A, 9 * year + 1, 90.0)) == []
    assert desk.trade((A, 9 * year + 2, 90.0)) == [("BTC", 9 * year + 2, 90.0)]


def test_an_unproven_print_of_an_asset_that_nobody_wants_any_more_is_taken() -> None:
    desk = Desk("BTC")
    desk.trade((A, 0, 100.0), (A, 6, 100.0))
    assert desk.trade((B, 7, 150.0)) == []
    desk.define("X", {"assets": ["ETH"]})
    assert desk.trade((B, 7.5, 149.0)) == []
    source = desk.pricer.book.find(B)
    assert source is not None
    assert (source.price, source.pending) == (149.0, 0.0)
