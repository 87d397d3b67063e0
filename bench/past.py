"""What a gateway of ten thousand indices takes to answer of the past, and for the list of them all.

`python -m bench.past` serves one in this process, over made-up tables of six years of days and a
day of seconds, and asks over loopback. It prints the milliseconds of a core of the whole process,
the asker's share included, and those by the clock: the least of some askings of each.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from bench.many_indices import INDICES, filled, levels
from engine.types import DAY, SECOND
from gateway.state import State
from gateway.wire import rfc3339
from streams.sinks import tables
from streams.sinks.reader import TableReader
from tests.gateway import records
from tests.gateway.serving import served
from tests.made_tables import fill

SERIES = "S7"
"""One of those of which there are tables."""
END = 1_764_201_600 * SECOND
DAYS = 2192
"""Six years."""


async def measure(times: int) -> None:
    """Print what each question takes."""
    state, names = filled(INDICES - 1)
    state.apply("snapshots", records.live(SERIES, seq=1, as_of=time.time_ns()))
    with tempfile.TemporaryDirectory(prefix="tidegauge-past-") as directory:
        fill(Path(directory), tables.DAYS, DAY, END - DAYS * DAY, END)
        fill(Path(directory), tables.SECONDS, SECOND, END - DAY, END)
        async with served(state, tables=TableReader(Path(directory))) as port:
            url = f"http://127.0.0.1:{port}/v1/indices"
            for days, step in ((DAYS, "1d"), (1, "1s")):
                for form in ("json", "arrow"):
                    span = {"from": rfc3339(END - days * DAY), "to": rfc3339(END), "step": step}
                    asked = str(
                        httpx.URL(f"{url}/{SERIES}/history", params=span | {"format": form})
                    )
                    await _ask(f"{days} days at {step}, {form}", asked, times, lambda: None)
            await _ask(f"list of {INDICES:,}", url, times, lambda: None)
            await _ask(f"list of {INDICES:,}, all moved", url, times, lambda: _move(state, names))


def _move(state: State, names: list[str]) -> None:
    now = time.time_ns()
    state.apply("levels", levels(names, now // 1000, now))


async def _ask(name: str, url: str, times: int, before: Callable[[], None]) -> None:
    took, size = list[tuple[float, float]](), 0
    async with httpx.AsyncClient(timeout=60.0, trust_env=False) as client:
        for _ in range(times):
            before()
            began, cpu = time.monotonic(), time.process_time()
            async with client.stream("GET", url, headers={"accept-encoding": "gzip"}) as answer:
                size = sum([len(part) async for part in answer.aiter_raw()])
            answer.raise_for_status()
            took.append((time.process_time() - cpu, time.monotonic() - began))
    core, clock = (min(column) for column in zip(*took, strict=True))
    print(f"{name}: {core * 1e3:.0f} ms of a core, {clock * 1e3:.0f} ms, {size / 1e6:.2f} MB")


def main() -> None:
    """Run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=7, help="askings of each")
    asyncio.run(measure(parser.parse_args().times))


if __name__ == "__main__":
    main()
