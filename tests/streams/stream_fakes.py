"""Small stages with the shape of the real ones, and makers of frames, for the tests of streams."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np

from engine.records import (
    AssetFrame,
    DefinitionRecord,
    Gap,
    GapSpan,
    Instrument,
    Output,
    PriceFrame,
    Receipt,
    Sources,
    TickFrame,
)
from engine.records.packed_prices import as_lists
from engine.records.packed_ticks import PackedTicks
from engine.types import SECOND

START = 1_700_000_000 * SECOND
BTC = Instrument("binance", "BTCUSDT", "BTC", "USDT", "spot", True)
ETH = Instrument("kraken", "ETH/USD", "ETH", "USD", "spot", True)
NAN = math.nan


class FakePricer:
    """The last price of each base; exactly one price frame for each frame, as the Pricer does."""

    def __init__(self) -> None:
        self.now = 0
        self.last: dict[str, float] = {}
        self.definitions: dict[str, Any] = {}
        """As in the real one's state: what a partition is told at once hangs on them."""
        self.fail_at: float | None = None

    def apply(self, record: Any) -> list[Output]:
        if isinstance(record, PackedTicks):
            record = record.unpack()
        self.now = max(self.now, record.now)
        if isinstance(record, DefinitionRecord):
            self.definitions.pop(record.index, None)
            if record.definition is not None:
                self.definitions[record.index] = record.definition
            return [Output("prices", record.index, "definition", record)]
        if isinstance(record, AssetFrame):
            rows = list(zip(record.asset, record.at, record.price, strict=True))
        else:
            bases = [record.instruments[i].base for i in record.instrument]
            rows = list(zip(bases, record.received, record.price, strict=True))
        if self.fail_at is not None and any(price == self.fail_at for _, _, price in rows):
            raise ZeroDivisionError("made to fail")
        for asset, _, price in rows:
            self.last[asset] = self.last.get(asset, price) * 0.75 + price * 0.25
        gaps = [
            GapSpan(g.instrument.base, g.instrument.venue, g.instrument.symbol, 0, 1, g.reason)
            for g in getattr(record, "gaps", [])
        ]
        frame = PriceFrame(
            now=record.now,
            origin=record.origin,
            asset=[asset for asset, _, _ in rows],
            at=[at for _, at, _ in rows],
            price=[self.last[asset] for asset, _, _ in rows],
            market_cap=[NAN] * len(rows),
            supply=[NAN] * len(rows),
            sources={asset: Sources(used=["binance"]) for asset, _, _ in rows[:1]},
            gaps=gaps,
        )
        return [Output("prices", "", "prices", frame)]

    def dump(self) -> dict[str, Any]:
        known = {index: dict(told) for index, told in self.definitions.items()}
        return {"now": self.now, "last": dict(self.last), "definitions": known}

    @classmethod
    def load(cls, state: dict[str, Any]) -> FakePricer:
        self = cls()
        self.now, self.last = state["now"], dict(state["last"])
        self.definitions = dict(state["definitions"])
        return self


class FakeShard:
    """Sums of all prices; says something of every kind, each at its own cadence."""

    def __init__(self, partition: int = 0, partitions: int = 1) -> None:
        self.partition, self.partitions = partition, partitions
        self.sums = np.zeros(4)
        self.rows = 0

    def apply(self, record: Any, receipt: Receipt) -> list[Output]:
        out: list[Output] = []
        index = f"IX{self.partition}"
        if isinstance(record, DefinitionRecord):
            return [Output("bars", index, "bar", {"index": index, "defined": record.index})]
        record = as_lists(record)
        for price in record.price:
            self.rows += 1
            self.sums[self.rows % 4] += price
            if self.rows % 17 == 0:
                body = {"index": index, "seq": self.rows // 17, "level": price}
                out.append(Output("alerts", index, "alert", body))
        if record.price:
            level = {"index": index, "level": float(self.sums[0]), "at": record.now}
            out.append(Output("levels", index, "level", level))
        if self.rows % 3 == 0:
            body = {"index": index, "seq": receipt.offset, "rows": self.rows}
            body |= {"sums": self.sums.tolist(), "receipt": receipt._asdict()}
            out.append(Output("snapshots", index, "snapshot", body))
            out.append(Output("snapshots.history", index, "snapshot", body))
        return out

    def dump(self) -> dict[str, Any]:
        place = {"partition": self.partition, "partitions": self.partitions}
        return place | {"sums": self.sums.copy(), "rows": self.rows}

    @classmethod
    def load(cls, state: dict[str, Any]) -> FakeShard:
        self = cls(state["partition"], state["partitions"])
        self.sums, self.rows = state["sums"].copy(), state["rows"]
        return self


def tick_frame(
    n: int, rng: random.Random, price: float | None = None, step: int = 10_000_000
) -> TickFrame:
    """Frame number `n` (0, 1, …) of a connector: 0 to 5 ticks, now and then a gap."""
    now = START + n * step
    rows = rng.choice([0, 1, 1, 2, 5]) if price is None else 1
    places = [rng.randrange(2) for _ in range(rows)]
    return TickFrame(
        now=now + 9_000_000,
        origin="live",
        instruments=[BTC, ETH],
        instrument=places,
        price=[round(rng.uniform(90, 110), 4) if price is None else price for _ in range(rows)],
        size=[round(rng.uniform(0.1, 2), 3) for _ in range(rows)],
        side=[rng.choice(["buy", "sell", None]) for _ in range(rows)],
        id=[str(n * 10 + i) for i in range(rows)],
        ts=[now - 5_000_000 + i for i in range(rows)],
        received=[now + i * 1000 for i in range(rows)],
        gaps=[Gap(BTC, "1", "3", "ids")] if rng.random() < 0.1 else [],
    )


def asset_frame(n: int, price: float = 100.0) -> AssetFrame:
    """Day number `n` of a recording of two assets."""
    at = START - (400 - n) * 86_400 * SECOND
    return AssetFrame(
        at, "backfill", ["BTC", "ETH"], [at, at], [price + n, 1.0], [NAN, 2.0], [NAN] * 2
    )


class FakeClock:
    """A clock that stands still until it is set."""

    def __init__(self, now: int = START) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


def contents(log: Any) -> dict[str, list[tuple[Any, ...]]]:
    """All records of a log but checkpoints, each without the log's id, by topic and partition."""
    found = {}
    for topic, count in log.partitions.items():
        if not topic.startswith("checkpoints."):
            for partition in range(count):
                records = log.read(topic, partition, limit=10**6)
                found[f"{topic}/{partition}"] = [r._replace(log="") for r in records]
    return found
