"""A long run: `tidegauge up` at 20,000 ticks a second in a directory of bounded size, and whether
its memory grows.

The slope is that of a straight line through the sizes in memory (RSS) once it is warm.
"""

from __future__ import annotations

import subprocess
import time
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench import live
from bench.programs import COMMAND, Program
from bench.rows import Row, Setting
from bench.workers import ContestantError, bound, process
from tests.kafka.configuration import free_ports

RATE, TRIAL_RATE = 20_000, 5_000
"""Ticks a second."""
SAMPLES = 720
"""Of memory, over the whole run: one in five seconds of an hour."""
WARM_PART = 1 / 6
"""Of the run, before which buffers fill and windows open: no part of the slope."""

KEEP = 250
"""Megabytes of the directory (`--keep`), the least there is: some forty minutes at this rate."""

Column = NDArray[np.float64]


def measure(setting: Setting) -> list[Row]:
    """One run of so many minutes."""
    seconds, rate = setting.minutes * 60.0, TRIAL_RATE if setting.quick else RATE
    work = f"{setting.minutes:g} minutes at {rate:,} ticks/s"
    try:
        with bound(setting.cores.around):
            times, sizes, kept, ticks = _run(setting, rate, seconds)
    except ContestantError as error:
        return [Row(work, "tidegauge", None, "MB/h", note=str(error), key="soak_mb_per_hour")]
    warm = times >= seconds * WARM_PART
    slope = float(np.polyfit(times[warm], sizes[warm], 1)[0] * 3600.0)
    note = f"{sizes[warm][0]:,.0f} to {sizes[-1]:,.0f} MB; {ticks / times[-1]:,.0f} ticks/s"
    quarter = len(kept) // 4
    disk = f"--keep {KEEP}MB; most in the last quarter {kept[-quarter:].max():,.0f} MB"
    return [
        Row(work, "tidegauge", slope, "MB/h", note=note, key="soak_mb_per_hour"),
        Row(f"{work}, its directory", "tidegauge", float(kept.max()), "MB", note=disk),
    ]


def _run(setting: Setting, rate: int, seconds: float) -> tuple[Column, Column, Column, float]:
    """Seconds, megabytes in memory and in the directory at each, and the trades sent."""
    folder, log = setting.folder, setting.folder / "log"
    file = folder / "indices.toml"
    live.write_indices(file)
    process([COMMAND, "define", file, "--log", log], live.STARTING)
    found = list[tuple[float, float, float]]()
    with ExitStack() as stack:
        exchange = stack.enter_context(live.exchange(setting, folder, rate, seconds, 0.0))
        url = f"kraken=ws://127.0.0.1:{exchange.wait_for('port', live.STARTING)}"
        command = [COMMAND, "up", "--venues", "kraken", "--url", url, "--log", log, "--port",
                   free_ports(1)[0], "--keep", f"{KEEP}MB"]  # fmt: skip
        product = stack.enter_context(Program(command, folder, setting.cores.measured))
        exchange.wait_for("subscribed", live.STARTING)
        began = time.monotonic()
        deadline = began + 1.2 * seconds + live.STARTING
        while exchange.process.poll() is None:
            product.check(deadline)
            if product.process.poll() is not None:
                raise ContestantError("it ended before the exchange did")
            size = resident(product.process.pid)
            found.append((time.monotonic() - began, size, on_disk(log)))
            time.sleep(seconds / SAMPLES)
        sent = float(exchange.lines()[-1]["sent"])
    times, sizes, kept = np.array(found).T
    return times, sizes, kept, sent


def on_disk(directory: Path) -> float:
    """Megabytes of the files in a directory and below."""
    size = 0
    for file in directory.rglob("*"):
        try:
            size += file.stat().st_size
        except FileNotFoundError:  # it was replaced just now
            continue
    return size / 1e6


def resident(number: int) -> float:
    """Megabytes of a process that are in memory."""
    file = Path(f"/proc/{number}/status")
    if file.exists():
        line = next(row for row in file.read_text().splitlines() if row.startswith("VmRSS"))
        return int(line.split()[1]) * 1024 / 1e6
    asked = ["ps", "-o", "rss=", "-p", str(number)]
    return int(subprocess.run(asked, capture_output=True, check=True).stdout) * 1024 / 1e6
