"""Compile the engine before the clock runs: the first start on a machine takes some seconds."""

from __future__ import annotations

import math
import sys
import threading
from collections.abc import Callable

from engine.index.definition import parse_index
from engine.index.shard import Shard
from engine.pricing.pricer import Pricer
from engine.records import AssetFrame, DefinitionRecord, PriceFrame, PricerInput, Receipt
from engine.types import MINUTE, SECOND

_PATIENCE = 1.0
"""Seconds after which the screen says what is going on; a warm start takes a tenth of it."""


def compile_engine(*others: Callable[[], object]) -> None:
    """Run a few made-up prices through all compiled code, and `others` that do likewise; what was
    compiled is kept on disk."""
    note = threading.Timer(_PATIENCE, _tell)
    note.daemon = True
    note.start()
    try:
        _run()
        for other in others:
            other()
    finally:
        note.cancel()


def _tell() -> None:
    print("compiling the engine (once on this machine) …", file=sys.stderr, flush=True)


def _run() -> None:
    table = {
        "assets": ["A", "B"],
        "benchmarks": ["A"],
        "return_interval": "1s",
        "alerts": {"drawdown": [0.1]},
    }
    pricer, shard = Pricer(), Shard(every=MINUTE)
    definition = [DefinitionRecord(SECOND, "replay", "W", parse_index("W", table).to_mapping())]
    frames = [
        AssetFrame(at, "replay", ["A", "B"], [at, at], [price, 2.0], [math.nan] * 2, [math.nan] * 2)
        for at, price in ((2 * SECOND, 1.0), (3 * SECOND, 0.5), (4 * SECOND, 1.0))
    ]
    records: list[PricerInput] = [*definition, *frames]
    for offset, record in enumerate(records):
        for output in pricer.apply(record):
            if isinstance(output.body, PriceFrame | DefinitionRecord):
                shard.apply(output.body, Receipt("prices", "", 0, offset))
    shard.snapshots("replay", Receipt("prices", "", 0, 0))
    Shard.load(shard.dump())
