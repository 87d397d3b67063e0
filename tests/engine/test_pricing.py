"""The Pricer against the slow oracle, on random streams, with its state dumped in between."""

from __future__ import annotations

import json
import math
import random
from dataclasses import asdict
from typing import Any

import pytest

from engine.pricing.pricer import Pricer
from engine.types import (
    HOUR,
    SECOND,
    AssetFrame,
    DefinitionRecord,
    Gap,
    Instrument,
    PriceFrame,
    PricerInput,
    TickFrame,
)
from tests.engine.pricing_oracle import Oracle

MS = SECOND // 1000
START = 1_700_000_000 * SECOND
INSTRUMENTS = [
    Instrument("binance", "BTCUSDT", "BTC", "USDT", "spot", True),
    Instrument("binance", "BTCUSDC", "BTC", "USDC", "spot", True),
    Instrument("coinbase", "BTC-USD", "BTC", "USD", "spot", True),
    Instrument("kraken", "BTC/EUR", "BTC", "EUR", "spot", True),
    Instrument("bybit", "BTCUSDT", "BTC", "USDT", "spot", False),
    Instrument("bitstamp", "btcusd", "BTC", "USD", "spot", False),
    Instrument("binance_usdm", "BTCUSDT", "BTC", "USDT", "perpetual", True),
    Instrument("kraken", "USDT/USD", "USDT", "USD", "spot", True),
    Instrument("coinbase", "USDT-USD", "USDT", "USD", "spot", True),
    Instrument("kraken", "EUR/USD", "EUR", "USD", "spot", True),
    Instrument("binance", "ETHBTC", "ETH", "BTC", "spot", True),
    Instrument("coinbase", "ETH-USD", "ETH", "USD", "spot", True),
]
TRUE_PRICE = {"BTC": 60000.0, "ETH": 3000.0, "USDT": 0.999, "EUR": 1.1, "USDC": 1.0, "USD": 1.0}
BAD = [(0.0, 1.0), (-5.0, 1.0), (math.nan, 1.0), (math.inf, 1.0), (1.0, -1.0), (1.0, math.nan)]


class Venues:
    """Badly behaved exchanges: silences, drifts, gaps, repeats, reordering, nonsense."""

    def __init__(self, seed: int) -> None:
        self.r = random.Random(seed)
        self.now = START
        self.ids = [self.r.randrange(1000) for _ in INSTRUMENTS]
        self.skew = [1.0 for _ in INSTRUMENTS]
        self.muted: set[int] = set()
        self.sent: list[tuple[int, float, float, str | None, int]] = []
        self.live = self.r.sample(range(len(INSTRUMENTS)), self.r.randint(3, len(INSTRUMENTS)))

    def trade(self) -> tuple[int, float, float, str | None, int]:
        r = self.r
        k = r.choice([k for k in self.live if k not in self.muted] or self.live)
        if r.random() < 0.03:
            self.skew[k] = r.choice([1.0, 1.0, 1.02, 1.04, 1.06, 0.94, 1.3])
        i = INSTRUMENTS[k]
        self.ids[k] += 1 if r.random() < 0.95 else r.randint(2, 5)
        if r.random() < 0.003:
            self.ids[k] = r.randrange(5)
        price = TRUE_PRICE[i.base] / TRUE_PRICE[i.quote] * self.skew[k] * r.uniform(0.998, 1.002)
        ts = self.now - r.choice([0, 0, 1, 2, 40]) * MS
        trade_id: str | None = str(self.ids[k])
        if i.venue == "bybit":
            trade_id = r.choice([None, f"u-{self.ids[k]}", f"u-{self.ids[k] - 1}"])
        size = r.choice([r.random(), 0.0, 10 * r.random()])
        if r.random() < 0.02:
            price, size = r.choice(BAD)
        elif r.random() < 0.01:
            ts = -ts
        return k, price, size, trade_id, ts

    def frame(self) -> PricerInput:
        r = self.r
        if r.random() < 0.05:
            return self.definition()
        if r.random() < 0.03:
            ats = sorted(self.now + r.randint(-5, 50) * MS for _ in range(r.randint(1, 4)))
            n = len(ats)
            prices = [r.choice([60000.0, 3000.0, math.nan, 0.0]) for _ in ats]
            nans = [math.nan] * n
            names = [r.choice(["BTC", "ETH"]) for _ in ats]
            return AssetFrame(max(ats), "live", names, ats, prices, nans, nans)
        if r.random() < 0.05:
            self.muted = set(r.sample(self.live, r.randint(0, len(self.live))))
        self.now += r.choice([0, 1, 3, 50, 900, 15_000, 80_000, 200_000, 30]) * MS
        if r.random() < 0.01:
            self.now += 300 * HOUR
        columns: list[list[Any]] = [[], [], [], [], [], [], []]
        received = self.now - r.choice([0, 0, 0, 7]) * MS
        for _ in range(r.choice([0, 1, 1, 2, 5, 12])):
            received += r.choice([0, 0, 0, 1, 20]) * MS
            if self.sent and r.random() < 0.08:
                k, price, size, trade_id, ts = r.choice(self.sent[-12:])
            else:
                k, price, size, trade_id, ts = self.trade()
                self.sent.append((k, price, size, trade_id, ts))
            row = (k, price, size, None, trade_id, ts, received)
            for column, value in zip(columns, row, strict=True):
                column.append(value)
        gaps = []
        if r.random() < 0.06:
            gaps.append(Gap(INSTRUMENTS[r.choice(self.live)], None, None, "session"))
        self.now = max(self.now, received)
        return TickFrame(received + r.choice([0, 5 * MS]), "live", INSTRUMENTS, *columns, gaps)

    def definition(self) -> DefinitionRecord:
        one: dict[str, Any] = {"assets": ["BTC", "ETH"]}
        two = {"assets": ["BTC"], "kinds": ["spot", "perpetual"], "benchmarks": ["ETH", "ONE"]}
        index, mapping = self.r.choice([("ONE", one), ("TWO", two), ("ONE", one), ("TWO", None)])
        return DefinitionRecord(self.now, "live", index, mapping)


def stream(seed: int, n: int) -> list[PricerInput]:
    venues = Venues(seed)
    return [venues.definition(), *(venues.frame() for _ in range(n))]


def told(pricer: Pricer, record: PricerInput) -> Any:
    (output,) = pricer.apply(record)
    assert (output.topic, output.key) == ("prices", "")
    return output.body


def text(body: Any) -> str:
    """A record's every field, so that equal texts are equal bytes."""
    fields = body._asdict()
    if "sources" in fields:
        fields["sources"] = {k: asdict(v) for k, v in fields["sources"].items()}
    return json.dumps(fields)


@pytest.mark.parametrize("seed", range(60))
def test_random_streams_equal_the_oracle(seed: int) -> None:
    pricer, oracle = Pricer(), Oracle()
    before = 0
    for record in stream(seed, 50):
        body = told(pricer, record)
        if isinstance(record, DefinitionRecord):
            assert body == record._replace(now=oracle.define(record))
            continue
        now, rows, sources, gaps = oracle.take(record)
        assert isinstance(body, PriceFrame)
        assert list(zip(body.asset, body.at, body.price, strict=True)) == rows
        assert body.sources == sources
        assert sorted(body.gaps) == sorted(gaps)
        assert (body.now, body.origin) == (now, record.origin)
        # What every reader of the log relies on.
        assert body.at == sorted(body.at)
        assert all(before < at <= now for at in body.at)
        assert len(set(zip(body.asset, body.at, strict=True))) == len(body.at) or isinstance(
            record, AssetFrame
        )
        assert len(body.market_cap) == len(body.supply) == len(body.at)
        assert now >= before
        before = now


@pytest.mark.parametrize("seed", range(100, 140))
def test_a_loaded_pricer_goes_on_to_the_byte(seed: int) -> None:
    records = stream(seed, 120)
    r = random.Random(seed)
    straight, broken = Pricer(), Pricer()
    for record in records:
        expected = [text(o.body) for o in straight.apply(record)]
        assert [text(o.body) for o in broken.apply(record)] == expected
        if r.random() < 0.3:
            state = json.dumps(broken.dump(), allow_nan=False)
            broken = Pricer.load(json.loads(state))
            assert json.dumps(broken.dump()) == state
    assert json.dumps(broken.dump()) == json.dumps(straight.dump())
    assert straight.counters.accepted > 100


def test_the_random_streams_reach_every_rule() -> None:
    """Else the tests above would compare nothing."""
    reasons, flags, gap_reasons = set[str](), set[str](), set[str]()
    counters: dict[str, int] = {}
    for seed in range(60):
        pricer = Pricer()
        for record in stream(seed, 50):
            body = told(pricer, record)
            if isinstance(body, PriceFrame):
                gap_reasons.update(gap.reason for gap in body.gaps)
                for sources in body.sources.values():
                    reasons.update(sources.excluded.values())
                    flags.update(sources.flags)
        for name, n in asdict(pricer.counters).items():
            counters[name] = counters.get(name, 0) + n
    assert reasons == {"stale", "outlier", "no_conversion"}
    assert flags == {"assumed_peg", "single_source", "stale", "disagreement"}
    assert gap_reasons == {"ids", "session", "ids_restarted"}
    of_backfills = {"backfilled", "backfill_known", "gaps_filled", "unknown_holes"}
    assert {name for name, n in counters.items() if not n} == {
        *("off_book", "rejected_definition"),
        *of_backfills,
    }
