"""How long `tidegauge up` takes, on a log with indices and prices, until it publishes.

From the start of the process, by the clock on the wall: to the first new record of levels, to the
first snapshot, and to one of each index. The exchange is there before, and goes on where the log's
prices are.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import definitions
from bench.programs import COMMAND, LOOK, Program
from bench.snapshots import Figures
from engine.index.definition import IndexDefinition, parse_index
from engine.index.shard import Shard
from engine.pricing.pricer import Pricer
from engine.records import Instrument, Side, TickFrame
from engine.types import MINUTE, SECOND
from streams.define import define
from streams.log import at_once
from streams.sqlite.driver import LocalDriver
from streams.sqlite.file import SqliteLog
from tests.kafka.configuration import free_ports

AGO = 10 * MINUTE
"""So long ago the log's last price is: a program was updated, say."""
RATE = 5000
"""Trades a second of all assets."""
LONGEST = 120.0
EVERYWHERE = frozenset[int]()
"""No core in particular."""


def measure(indices: int) -> Figures:
    """Seconds until the first levels, the first snapshot, and a snapshot of each index."""
    made = [parse_index(index, table) for index, table in definitions.tables(indices)]
    with TemporaryDirectory() as name:
        folder = Path(name)
        log = folder / "log"
        _fill(log, made)
        command = [
            *(sys.executable, "-m", "bench.exchange", "--rate", RATE),
            *("--assets", definitions.ASSETS, "--seconds", LONGEST, "--warm", LONGEST),
        ]
        with Program(command, folder, EVERYWHERE) as exchange:
            url = f"kraken=ws://127.0.0.1:{exchange.wait_for('port', LONGEST)}"
            command = [COMMAND, "up", "--venues", "kraken", "--url", url, "--log", log]
            return _first(log, [*command, "--port", free_ports(1)[0]], folder, indices)


def _fill(log: Path, made: Sequence[IndexDefinition]) -> None:
    """These definitions, and prices of all assets as the exchange has them, with levels and
    snapshots."""
    begin = time.time_ns() - AGO
    with SqliteLog(log) as file:
        driver = LocalDriver(file, Pricer, Shard, lambda: begin)
        driver.start()
        at_once(define(driver.log, made, now=begin))
        driver.poll()
        for k in range(1, 10):
            driver.ingest(_trades(begin + k * SECOND, 1_000_000 - 9 + k), "connector:bench", k)
        driver.stop()


def _trades(at: int, number: int) -> TickFrame:
    """One trade of each asset (`bench.exchange`)."""
    rows = range(definitions.ASSETS)
    markets = [Instrument("kraken", f"A{a}/USD", f"A{a}", "USD", "spot", True) for a in rows]
    ids: list[str | None] = [str(number) for _ in rows]
    sides: list[Side | None] = ["buy" for _ in rows]
    prices, times = [100.0 + a for a in rows], [at for _ in rows]
    sizes = [0.5 for _ in rows]
    return TickFrame(at, "live", markets, list(rows), prices, sizes, sides, ids, times, times, [])


def _first(log: Path, command: Sequence[object], folder: Path, indices: int) -> Figures:
    with SqliteLog(log, readonly=True) as file:
        ends = {topic: file.end(topic, 0) for topic in ("levels", "snapshots")}
        found: Figures = {}
        seen = set[str]()
        began = time.monotonic()
        with Program(command, folder, EVERYWHERE) as product:
            while len(seen) < indices or "first of levels" not in found:
                time.sleep(LOOK)
                product.check(began + LONGEST)
                passed = time.monotonic() - began
                for topic, end in ends.items():
                    records = file.read(topic, 0, end - 1, 1000)
                    if records:
                        found.setdefault(f"first of {topic}", (passed, "s"))
                        ends[topic] = records[-1].offset + 1
                    if topic == "snapshots":
                        seen |= {record.key for record in records}
            found["snapshots of all"] = (time.monotonic() - began, "s")
            found["CPU until then"] = (product.cpu(), "s")
    return found
