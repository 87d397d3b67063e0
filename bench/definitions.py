"""What definitions cost, and whether it grows with their number alone: CPU seconds of each part.

Each part gets the same seeded indices of ten assets of 500 with one benchmark each.
"""

from __future__ import annotations

import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.rows import Row, Setting
from engine.index.definition import IndexDefinition, parse_index
from engine.index.shard import Shard
from engine.pricing.pricer import Pricer
from engine.records import DefinitionRecord, Instrument, Receipt, Side, TickFrame
from engine.types import SECOND
from gateway.state import State
from streams.checkpoints import decode_state, encode_state
from streams.codecs import decode, encode
from streams.define import Defined, define, plan
from streams.log import at_once
from streams.sqlite.driver import LocalDriver
from streams.sqlite.file import SqliteLog
from streams.sqlite.log import DirectoryLog
from tidegauge.filling import load_state
from tidegauge.progress import starting

BEGIN = 1_700_000_000 * SECOND
NUMBERS = (1000, 10_000)
ASSETS = 500
MEMBERS = 10

Part = Callable[[Sequence[IndexDefinition]], float]
"""CPU seconds for these definitions."""


def tables(count: int) -> list[tuple[str, dict[str, Any]]]:
    """Seeded index tables, as a file has them."""
    rng = random.Random(1)
    return [
        (
            f"X{number}",
            {
                "weights": {
                    f"A{a}": rng.uniform(0.1, 1.0) for a in rng.sample(range(ASSETS), MEMBERS)
                },
                "benchmarks": ["A0"],
                "return_interval": "1m",
                "alerts": {"drawdown": [0.05, 0.1, 0.2]},
            },
        )
        for number in range(count)
    ]


def records(definitions: Sequence[IndexDefinition]) -> list[DefinitionRecord]:
    """Their records in `ticks`."""
    return [DefinitionRecord(BEGIN, "live", d.id, d.to_mapping()) for d in definitions]


def trades() -> TickFrame:
    """One trade of each asset, which makes every price."""
    markets = [Instrument("v", f"A{a}-USD", f"A{a}", "USD", "spot", True) for a in range(ASSETS)]
    rows, at = range(ASSETS), BEGIN + SECOND
    ids: list[str | None] = ["1"] * ASSETS
    sides: list[Side | None] = [None] * ASSETS
    prices, sizes, times = [100.0] * ASSETS, [1.0] * ASSETS, [at] * ASSETS
    return TickFrame(at, "live", markets, list(rows), prices, sizes, sides, ids, times, times, [])


def parse_part(definitions: Sequence[IndexDefinition]) -> float:
    """Tables checked and parsed."""
    written = tables(len(definitions))
    began = time.process_time()
    for index, table in written:
        parse_index(index, table)
    return time.process_time() - began


def plan_part(definitions: Sequence[IndexDefinition]) -> float:
    """What becomes of them in an empty log, and the records for it."""
    began = time.process_time()
    plan(Defined({}, {}), definitions, [], BEGIN)
    return time.process_time() - began


def codec_part(definitions: Sequence[IndexDefinition]) -> float:
    """Records to bytes and back."""
    made = records(definitions)
    began = time.process_time()
    for record in made:
        kind, value = encode(record)
        decode(kind or "", 1, value, BEGIN)
    return time.process_time() - began


def pricer_part(definitions: Sequence[IndexDefinition]) -> float:
    """The Pricer takes them and makes the first prices."""
    made, pricer = records(definitions), Pricer()
    began = time.process_time()
    for record in made:
        pricer.apply(record)
    pricer.apply(trades())
    return time.process_time() - began


def pricer_state_part(definitions: Sequence[IndexDefinition]) -> float:
    """The Pricer's checkpoint, written and read."""
    pricer = Pricer()
    for record in records(definitions):
        pricer.apply(record)
    pricer.apply(trades())
    began = time.process_time()
    Pricer.load(decode_state(encode_state(pricer.dump())))
    return time.process_time() - began


def filled(directory: Path, definitions: Sequence[IndexDefinition]) -> None:
    """A log with these definitions in force and one price of each asset."""
    with SqliteLog(directory) as log:
        driver = LocalDriver(log, Pricer, Shard, lambda: BEGIN)
        driver.start()
        at_once(define(driver.log, definitions, now=BEGIN))
        driver.poll()
        driver.ingest(trades(), "connector:bench", 1)
        driver.stop()


def stages_part(definitions: Sequence[IndexDefinition]) -> float:
    """Into the log of a directory and through its stages, checkpoints included."""
    with TemporaryDirectory() as directory, SqliteLog(directory) as log:
        driver = LocalDriver(log, Pricer, Shard, lambda: BEGIN)
        driver.start()
        began = time.process_time()
        at_once(define(driver.log, definitions, now=BEGIN))
        driver.poll()
        driver.stop()
        return time.process_time() - began


def start_part(definitions: Sequence[IndexDefinition]) -> float:
    """The stages of such a log start from their checkpoints."""
    with TemporaryDirectory() as directory:
        filled(Path(directory), definitions)
        began = time.process_time()
        with SqliteLog(directory) as log:
            LocalDriver(log, Pricer, Shard, lambda: BEGIN).start()
            return time.process_time() - began


def gateway_part(definitions: Sequence[IndexDefinition]) -> float:
    """A gateway reads what it shows of such a log."""
    with TemporaryDirectory() as directory:
        filled(Path(directory), definitions)
        with SqliteLog(directory, readonly=True) as log:
            began = time.process_time()
            at_once(load_state(State(max_indices=len(definitions)), DirectoryLog(log)))
            return time.process_time() - began


def shard_state_part(definitions: Sequence[IndexDefinition]) -> float:
    """The Shard's checkpoint, written and read."""
    shard = Shard()
    for offset, record in enumerate(records(definitions)):
        shard.apply(record, Receipt("prices", "", 0, offset))
    shard.state.settle()
    began = time.process_time()
    Shard.load(decode_state(encode_state(shard.dump())))
    return time.process_time() - began


def command_part(definitions: Sequence[IndexDefinition]) -> float:
    """`tidegauge define` as a process: its imports, the file's TOML, the stages, checkpoints."""
    with TemporaryDirectory() as directory:
        file = Path(directory) / "indices.toml"
        file.write_text("".join(toml(*table) for table in tables(len(definitions))))
        command = [sys.executable, "-m", "tidegauge", "define", str(file), "--log", directory]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def toml(index: str, table: Mapping[str, Any]) -> str:
    """A table as a file has it."""
    weights = ", ".join(f"{asset} = {weight!r}" for asset, weight in table["weights"].items())
    alerts = table["alerts"]["drawdown"]
    return (
        f"[index.{index}]\nweights = {{ {weights} }}\nbenchmarks = {table['benchmarks']}\n"
        f'return_interval = "{table["return_interval"]}"\nalerts = {{ drawdown = {alerts} }}\n'
    )


PARTS: dict[str, Part] = {
    "parse": parse_part,
    "plan": plan_part,
    "codec": codec_part,
    "pricer": pricer_part,
    "pricer checkpoint": pricer_state_part,
    "shard checkpoint": shard_state_part,
    "define and stages": stages_part,
    "stages' start": start_part,
    "gateway's start": gateway_part,
    "tidegauge define": command_part,
}


def measure(setting: Setting) -> list[Row]:
    """Each part at both numbers; linear is a growth of their ratio."""
    numbers = [count // (10 if setting.quick else 1) for count in NUMBERS]
    found: dict[str, list[float]] = {name: [] for name in PARTS}
    for number in numbers:
        definitions = [parse_index(index, table) for index, table in tables(number)]
        for name, part in PARTS.items():
            with starting():  # as every command that starts: it looks for no garbage meanwhile
                found[name].append(part(definitions))
    rows = []
    for name, seconds in found.items():
        growth = f"{seconds[-1] / seconds[0]:.1f} times {numbers[0]:,}" if seconds[0] else ""
        rows += [
            Row(f"{name}, {n:,} definitions", "tidegauge", s, "s", note=growth if k else "")
            for k, (n, s) in enumerate(zip(numbers, seconds, strict=True))
        ]
    return rows
