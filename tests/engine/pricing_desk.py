"""A Pricer to trade with by hand: instruments, frames from a few numbers, rows to compare."""

from __future__ import annotations

from itertools import count
from typing import Any

from engine.pricing.pricer import Pricer
from engine.pricing.rules import Rules
from engine.records import (
    AssetFrame,
    DefinitionRecord,
    Gap,
    Instrument,
    PriceFrame,
    Sources,
    TickFrame,
    Trust,
)
from engine.types import SECOND

T = 1_700_000_000 * SECOND
AT_ONCE = Rules(cold=0)
"""The rule without the wait for a first price, for what is not about it."""


def spot(venue: str, base: str, quote: str = "USD") -> Instrument:
    return Instrument(venue, base + quote, base, quote, "spot", True)


A, B, C, D = (spot(venue, "BTC") for venue in ("a", "b", "c", "d"))
AT = spot("a", "BTC", "USDT")
BE = spot("b", "BTC", "EUR")
USDT, EUR = spot("k", "USDT"), spot("k", "EUR")


class Desk:
    """A Pricer, trades by hand, and what came of them. The first print is a price at once."""

    def __init__(self, *assets: str, rules: Rules = AT_ONCE, **definition: Any) -> None:
        self.pricer = Pricer(rules)
        self.ids: dict[Instrument, count[int]] = {}
        self.sources: dict[str, Sources] = {}
        self.trust: dict[str, Trust] = {}
        if assets:
            self.define("X", {"assets": list(assets), **definition})

    def define(self, index: str, mapping: dict[str, Any] | None, now: int = T - 1) -> None:
        record = DefinitionRecord(now, "live", index, mapping)
        (output,) = self.pricer.apply(record)
        assert (output.type, output.body.index) == ("definition", index)

    def send(self, frame: TickFrame | AssetFrame) -> PriceFrame:
        (output,) = self.pricer.apply(frame)
        assert (output.topic, output.key, output.type) == ("prices", "", "prices")
        assert isinstance(output.body, PriceFrame)
        self.sources.update(output.body.sources)
        self.trust.update({trust.asset: trust for trust in output.body.trust})
        return output.body

    def trade(self, *trades: tuple[Any, ...], now: int = 0) -> list[tuple[str, int, float]]:
        """One frame of (instrument, seconds after T, price[, size]); its rows, times likewise."""
        ids = [str(next(self.ids.setdefault(t[0], count(1)))) for t in trades]
        return rows(self.send(frame([(*t, 1.0)[:4] for t in trades], ids, now=now)))

    def clock(self, seconds: float) -> list[tuple[str, int, float]]:
        return rows(self.send(frame([], [], now=T + round(seconds * SECOND))))


def frame(
    trades: list[tuple[Instrument, float, float, float]],
    ids: list[str],
    now: int = 0,
    ts: list[int] | None = None,
    gaps: list[Gap] | None = None,
) -> TickFrame:
    received = [T + round(t[1] * SECOND) for t in trades]
    return TickFrame(
        max([now, *received]),
        "live",
        [t[0] for t in trades],
        list(range(len(trades))),
        [t[2] for t in trades],
        [t[3] for t in trades],
        [None] * len(trades),
        list(ids),
        ts or received,
        received,
        gaps or [],
    )


def rows(body: PriceFrame) -> list[tuple[str, float, float]]:
    return [
        (asset, (at - T) / SECOND, price)
        for asset, at, price in zip(body.asset, body.at, body.price, strict=True)
    ]
