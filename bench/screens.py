"""The overview over many indices that move each second, in a real browser.

`python -m bench.screens [--indices N] [--seconds S]` prints one JSON object: frames a second of an
empty page and of the overview while it scrolls and is sorted, their ratio, milliseconds of long
tasks a second, the first content, when the rows were there, and the size of what is loaded. On a
machine that does other things as well it measures those.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import random
import tempfile
import time
from pathlib import Path
from typing import Any

from gateway.pages import BUILT
from gateway.state import State
from tests.browser import Page, open_page
from tests.gateway import records
from tests.gateway.serving import served

MEASURE = """(async (isBusy, seconds) => {
  const table = document.querySelector('.vtable');
  let frames = 0, tasks = 0, way = 1, place = 0;
  const seen = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) tasks += entry.duration;
  });
  seen.observe({ entryTypes: ['longtask'] });
  const begun = performance.now();
  await new Promise((done) => {
    const frame = () => {
      frames++;
      if (isBusy) {
        table.scrollTop += way * 90;
        if (table.scrollTop > 200000 || table.scrollTop <= 0) way = -way;
        if (frames % 90 === 0) {
          const heads = document.querySelectorAll('.vtable-head button');
          heads[place++ % heads.length].click();
        }
      }
      if (performance.now() - begun < seconds * 1000) requestAnimationFrame(frame);
      else done();
    };
    requestAnimationFrame(frame);
  });
  seen.disconnect();
  return { frames: frames / seconds, tasks: tasks / seconds };
})"""


def filled(count: int) -> tuple[State, dict[str, float]]:
    """A state of so many indices, and their levels."""
    state, rng, now = State(), random.Random(16), time.time_ns()
    levels = {f"IDX{k:05d}": 1000.0 * rng.uniform(0.5, 2.0) for k in range(count)}
    for index, level in levels.items():
        state.apply("definitions", records.definition(index, f"The index {index}"))
        state.apply("snapshots", records.live(index, seq=1, as_of=now, level=level))
    return state, levels


async def move(state: State, levels: dict[str, float]) -> None:
    """A new level of every index, once a second, for ever."""
    rng, seq = random.Random(17), 1
    while True:
        begun, seq = time.time_ns(), seq + 1
        for place, index in enumerate(levels):
            levels[index] *= 1.0 + rng.gauss(0.0, 0.002)
            body = records.level(index, seq, begun, levels[index], 4000.0)
            state.apply("levels", body)
            if place % 200 == 0:
                await asyncio.sleep(0)
        await asyncio.sleep(max(1.0 - (time.time_ns() - begun) / 1e9, 0.01))


async def measured(page: Page, busy: bool, seconds: float) -> dict[str, float]:
    """Frames and milliseconds of long tasks, a second."""
    words = f"{MEASURE}({json.dumps(busy)}, {seconds})"
    found: dict[str, float] = await page.evaluate(words)
    return found


async def run(count: int, seconds: float) -> dict[str, Any]:
    """All figures."""
    state, levels = filled(count)
    with tempfile.TemporaryDirectory() as folder:
        async with (
            served(state) as port,
            open_page("about:blank", Path(folder) / "profile") as page,
        ):
            moving = asyncio.create_task(move(state, levels))
            try:
                await page.resize(1440, 900)
                empty = await measured(page, False, seconds)
                await page.call("Page.navigate", url=f"http://127.0.0.1:{port}/")
                await page.until("document.querySelector('.vtable-row') !== null", seconds=60.0)
                rows_at = await page.evaluate("performance.now()")
                paint = await page.evaluate(
                    "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
                )
                await asyncio.sleep(3.0)
                busy = await measured(page, True, seconds)
            finally:
                moving.cancel()
    return {
        "indices": count,
        "empty_frames_a_second": round(empty["frames"], 1),
        "busy_frames_a_second": round(busy["frames"], 1),
        "ratio": round(busy["frames"] / empty["frames"], 3),
        "long_tasks_ms_a_second": round(busy["tasks"], 1),
        "first_content_ms": round(paint),
        "rows_ms": round(rows_at),
        "all_assets_gzipped_kb": round(
            sum(
                len(gzip.compress(path.read_bytes()))
                for path in sorted((BUILT / "assets").iterdir())
            )
            / 1000,
            1,
        ),
    }


def main() -> None:
    """From the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--indices", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=8.0)
    asked = parser.parse_args()
    print(json.dumps(asyncio.run(run(asked.indices, asked.seconds))))


if __name__ == "__main__":
    main()
