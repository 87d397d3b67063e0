"""A backfiller at work on a made-up Binance, for tests in virtual time."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import astuple
from typing import Any

from connectors.feed.backfiller import BackfillCounts, Backfiller
from connectors.venues.history import Missed
from engine.pricing.gate import TradeGate
from engine.records import Backfill, Gap, Instrument, Tick
from tests.connectors.faults.virtual_loop import START

BTC = Instrument("binance", "BTCUSDT", "BTC", "USDT", "spot", True)
ETH = BTC._replace(symbol="ETHUSDT", base="ETH")
BYBIT = BTC._replace(venue="bybit", counts=False)
MS = 1_000_000
REST = {"binance": "http://binance.memory"}


def tick(number: int, instrument: Instrument = BTC) -> Tick:
    return Tick(instrument, float(number), 1.0, "buy", str(number), START + number * MS)


def row(number: int) -> dict[str, Any]:
    ms = START // MS + number
    return {
        "id": number,
        "price": str(number),
        "qty": "1",
        "time": ms,
        "isBuyerMaker": False,
    }


class Rest:
    """Binance, all of whose trades have a price that is their id. `says` goes first."""

    def __init__(self) -> None:
        self.requests = 0
        self.asked: list[tuple[float, str, int]] = []
        self.says: deque[Any] = deque()
        self.page = 1000
        self.closed = 0
        self.opened: list[tuple[str, float]] = []

    async def get(self, path: str, params: Mapping[str, str | int] | None = None) -> Any:
        assert params is not None
        assert path == "/api/v3/historicalTrades"
        first, limit = int(params["fromId"]), min(int(params["limit"]), self.page)
        now = asyncio.get_running_loop().time()
        self.asked.append((now, str(params["symbol"]), first))
        self.requests += 1
        await asyncio.sleep(0.1)
        answer = self.says.popleft() if self.says else None
        if isinstance(answer, Exception):
            raise answer
        return [row(first + n) for n in range(limit)] if answer is None else answer

    @asynccontextmanager
    async def open(self, url: str, per_second: float) -> AsyncIterator[Rest]:
        self.opened.append((url, per_second))
        try:
            yield self
        finally:
            self.closed += 1


class Setting:
    """A backfiller at work; `out` is what its sink got, `room` the trades that it has room for."""

    def __init__(
        self, known: Sequence[TradeGate] = (), missed: Sequence[Missed] = (), **urls: Any
    ) -> None:
        self.out: list[tuple[int, list[Tick | Gap | Backfill]]] = []
        self.room = 1000
        self.rest = Rest()
        options = urls or {"urls": {"binance": "ws://x"}, "rest_urls": REST}
        self.backfiller = Backfiller(
            ("binance", "bybit"),
            lambda received, items: self.out.append((received, list(items))),
            **options,
            known=known,
            missed=missed,
            room=lambda ticks: ticks <= self.room,
            now_ns=lambda: START + round(asyncio.get_running_loop().time() * 1e9),
            open_rest=self.rest.open,
        )
        self.task = asyncio.create_task(self.backfiller.run())

    def come(self, *numbers: int, instrument: Instrument = BTC) -> None:
        self.backfiller.take(START, [tick(n, instrument) for n in numbers])

    @property
    def backfills(self) -> list[Backfill]:
        return [item for _, items in self.out for item in items if isinstance(item, Backfill)]

    @property
    def counts(self) -> BackfillCounts:
        return self.backfiller.counts["binance"]

    async def end(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        assert self.rest.closed == len(self.rest.opened)


def outcome(counts: BackfillCounts) -> tuple[int, ...]:
    """gaps, jobs, filled, partial, failed, dropped, trades, requests"""
    return astuple(counts)
