"""The bots of `examples/`, as their readers run them; and those of the README are these."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import duckdb

from gateway.state import State
from tests.gateway import records
from tests.gateway.records import T0
from tests.gateway.serving import served

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"


@asynccontextmanager
async def program(name: str, *arguments: object) -> AsyncIterator[asyncio.StreamReader]:
    """What it prints; it is ended behind that."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, EXAMPLES / name, *map(str, arguments), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60.0):
            yield process.stdout
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def url(port: int) -> str:
    return f"http://127.0.0.1:{port}"


async def test_drawdown_guard() -> None:
    state = State(wall=records.wall)
    state.apply("snapshots", records.live())
    state.apply("alerts", records.alert(seq=1, depth=0.05, level=940.0))
    state.apply("alerts", records.alert(seq=2, depth=0.10, level=880.0))
    async with served(state) as port, program("drawdown_guard.py", "TOP3", url(port)) as said:
        first = await said.readline()
        assert first.decode() == "2025-11-23 00:00:00 TOP3 6.0%: sell half\n"
        other = records.alert(seq=3, state="resolved", depth=0.10, level=960.0, at=T0 + 1)
        state.apply("alerts", other)
        over = records.alert(seq=4, state="resolved", depth=0.05, level=980.0, at=T0 + 2)
        state.apply("alerts", over)
        assert (await said.readline()).decode().endswith("TOP3 2.0%: buy back\n")


async def test_rebalancer() -> None:
    state = State(wall=records.wall)
    state.apply("snapshots", records.live(seq=1))
    async with served(state) as port, program("rebalancer.py", "TOP3", url(port)) as said:
        lines = [(await said.readline()).decode() for _ in range(2)]
        assert lines == ["ETH: 0.000000 -> 1.195060\n", "BTC: 0.000000 -> 0.106448\n"]
        moved = records.live(seq=2)
        moved["composition"]["assets"]["ETH"]["weight"] = 0.30
        state.apply("snapshots", moved)
        assert (await said.readline()).decode() == "ETH: 1.195060 -> 0.995884\n"


async def test_history(tmp_path: Path) -> None:
    days = tmp_path / "tables" / "days"
    days.mkdir(parents=True)
    closes = (100.0, 110.0, 99.0, 97.02)
    rows = ", ".join(
        f"('TOP3', TIMESTAMP '2026-01-0{day + 1}', {close}, 110.0)"
        for day, close in enumerate(closes)
    )
    duckdb.sql(
        f"COPY (SELECT * FROM (VALUES {rows}) t(series, time, close, peak)) "
        f"TO '{days / '2026.parquet'}' (FORMAT parquet)"
    )
    async with program("history.py", "TOP3", tmp_path) as said:
        assert (await said.read()).decode() == (
            "2026-01-03 -10.00%, drawdown 10.00%\n"
            "2026-01-04 -2.00%, drawdown 11.80%\n"
            "2026-01-02 +10.00%, drawdown 0.00%\n"
        )


def test_the_readme_shows_these_very_lines() -> None:
    readme = (ROOT / "README.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    for name in ("drawdown_guard.py", "rebalancer.py", "history.py"):
        source = (EXAMPLES / name).read_text()
        assert any(block.strip() in source for block in blocks), name
