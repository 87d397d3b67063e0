"""Trades taken into a frame by columns are the same as taken one by one."""

from __future__ import annotations

import random
from dataclasses import asdict
from typing import Any

import pytest
from stream_fakes import BTC, ETH, START, FakeClock

from engine.records import Gap, Instrument, Tick
from streams import ingest
from streams.ingest import FrameBuilder, Ingested

SOL = Instrument("okx", "SOL-USD", "SOL", "USD", "spot", False)
MS = 1_000_000


def item(rng: random.Random, n: int) -> Tick | Gap:
    instrument = rng.choice([BTC, BTC, ETH, SOL])
    if rng.random() < 0.01:
        return Gap(instrument, None, None, "ids")
    price = rng.choice([100.0] * 60 + [float("nan"), float("inf"), 1e308])
    off_book = rng.random() < 0.02
    return Tick(instrument, price, 1.0 + n, "buy", str(n), START + n, off_book)


def taken(seed: int) -> tuple[list[Ingested], dict[str, int], int]:
    """The frames of a random session, its counts, and how many messages it had."""
    rng, clock, out = random.Random(seed), FakeClock(), list[Ingested]()

    def sink(ingested: Ingested) -> bool:
        if rng.random() < 0.1:  # the log has no room
            return False
        out.append(ingested)
        return True

    builder = FrameBuilder(sink, "c", "s", clock, max_ticks=12, max_waiting=60)
    n = 0
    for _ in range(300):
        items = [item(rng, n + k) for k in range(rng.randrange(1, 9))]
        n += len(items)
        clock.now += rng.choice([0, MS, 20 * MS])
        builder.add(clock.now - rng.choice([0, 0, 30 * MS]), items)
        if rng.random() < 0.2:
            builder.poll()
    while builder.waiting:
        builder.poll()
    return out, asdict(builder.counts), n


def test_by_columns_as_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    by_columns, add_ticks = 0, FrameBuilder._add_ticks

    def counted(self: FrameBuilder, *args: Any) -> bool:
        nonlocal by_columns
        done = add_ticks(self, *args)
        by_columns += done
        return done

    for seed in range(60):
        monkeypatch.setattr(ingest, "FEW", 1)
        monkeypatch.setattr(FrameBuilder, "_add_ticks", counted)
        fast = taken(seed)
        monkeypatch.setattr(ingest, "FEW", 10**9)
        slow = taken(seed)
        assert fast == slow or repr(fast) == repr(slow), seed  # nan is not equal to itself
        assert min(fast[1][name] for name in ("ticks", "clamped", "unusable")) > 0
    assert by_columns > 60 * 50
