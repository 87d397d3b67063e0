"""Load the engine's compiled code before the clock runs; on a first start, compile it."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import cycle
from typing import Any

import numpy as np
from numba.core import event

from engine.index.definition import parse_index
from engine.index.shard import Shard
from engine.math import decay, erfc, exp, log, power
from engine.metrics.machinery.years import mean_and_deviation
from engine.pricing.pricer import Pricer
from engine.records import (
    AssetFrame,
    DefinitionRecord,
    Instrument,
    PriceFrame,
    PricerInput,
    Receipt,
    TickFrame,
)
from engine.records.packed_prices import pack_prices, unpack_prices
from engine.records.packed_ticks import PackedTicks
from engine.types import DAY, HOUR, MINUTE, SECOND
from tidegauge.progress import BEAT


class _Note(event.Listener):
    """Says once in a process that something is compiled, and now and then how far that is: what is
    found on disk makes no event."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._begun = self._told = 0.0
        self.compiled = 0
        self.is_told = False

    def on_start(self, _: Any) -> None:
        """A function begins to be compiled."""
        if not self._begun:
            self._begun = self._told = self._clock()
            once = "once in each checkout, and after a change of the engine"
            _say(f"compiling the engine ({once}) …")

    def on_end(self, _: Any) -> None:
        """It is compiled."""
        self.compiled += 1
        now = self._clock()
        if now - self._told >= BEAT:
            self._told = now
            _say(f"compiling: {self.compiled} functions so far, {now - self._begun:.0f} s")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


_NOTE = _Note()


@contextmanager
def _noted() -> Iterator[None]:
    """Tell the note of what is compiled inside, once, also within another such."""
    if _NOTE.is_told:
        yield
        return
    _NOTE.is_told = True
    try:
        with event.install_listener("numba:compile", _NOTE):
            yield
    finally:
        _NOTE.is_told = False


_BEGIN = 10_000 * DAY
_DAYS = 40
"""Of made-up prices: what is computed at the end of a day or a month must be loaded as well."""


@contextmanager
def compiling_told() -> Iterator[None]:
    """Say on stderr if something is compiled inside, for that takes many seconds; then compile all
    that another command would, so that it is said once and not by each of them."""
    with _noted():
        before = _NOTE.compiled
        yield
        if _NOTE.compiled and not before:
            from tidegauge.recorded.reader import compile_reader

            _run_once()
            compile_reader()


def compile_engine(*others: Callable[[], object]) -> None:
    """Run a few made-up prices through all compiled code, and `others` that do likewise; what was
    compiled is kept on disk. In a process that has done so the first is done already."""
    with _noted():
        _run_once()
        for other in others:
            other()


@cache
def _run_once() -> None:
    exp(log(power(2.0, erfc(decay(1, 2)))))  # those that are called without any other around them
    mean_and_deviation(np.zeros(2))  # of the days of a year, which these prices have not
    table = {
        "assets": ["A", "B"],
        "benchmarks": ["A"],
        "return_interval": "1s",
        "alerts": {"drawdown": [0.1]},
        "rule": [
            {"figure": "returns.1h", "below": -0.9},
            {"figure": "windows.30d.volatility", "above": 1e9},
        ],
    }
    by_volatility = table | {"weighting": "inverse_volatility", "rebalance": "daily"}
    pricer, shard = Pricer(), Shard(every=MINUTE)
    definition = [
        DefinitionRecord(_BEGIN, "replay", name, parse_index(name, told).to_mapping())
        for name, told in (("W", table), ("V", by_volatility))
    ]
    days = (_BEGIN + day * DAY + HOUR for day in range(_DAYS))
    begun = _BEGIN + 2 * SECOND  # and right behind it a frame before whose end nothing is due
    times = [begun, begun + 1, *(_BEGIN + second * SECOND for second in (3, 4)), *days]
    frames = [  # of an origin whose candles are made
        AssetFrame(
            at, "backfill", ["A", "B"], [at, at], [price, 2.0], [math.nan] * 2, [math.nan] * 2
        )
        for at, price in zip(times, cycle((1.0, 0.5, 0.9)), strict=False)
    ]
    market = Instrument("venue", "A/USD", "A", "USD", "spot", True)
    trades = range(_BEGIN + 1, _BEGIN + 4)  # what comes first is taken in another way
    columns: list[Any] = [[0] * 3, [1.0] * 3, [1.0] * 3, [None] * 3, ["1", "2", "3"]]
    columns += [list(trades), list(trades), []]
    trade = TickFrame(trades[-1], "replay", [market], *columns)
    PackedTicks.of(trade).check()
    records: list[PricerInput] = [*definition, trade, *frames]
    for offset, record in enumerate(records):
        for output in pricer.apply(record):
            if isinstance(output.body, PriceFrame):
                block, names, is_known = pack_prices(output.body)
                unpack_prices(output.body, len(output.body.at), block, 0, names, is_known)
            if isinstance(output.body, PriceFrame | DefinitionRecord):
                shard.apply(output.body, Receipt("prices", "", 0, offset))
    shard.snapshots("replay", Receipt("prices", "", 0, 0))
    shard.baskets.sum_idle()
    Shard.load(shard.dump())
