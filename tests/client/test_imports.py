"""What a bot does not wait for."""

from __future__ import annotations

import subprocess
import sys

HEAVY = {"aiohttp", "aiokafka", "click", "duckdb", "fastapi", "faust", "numba", "numpy", "rich"}


def test_the_client_imports_nothing_of_the_engine_or_of_the_web() -> None:
    program = "import sys, tidegauge.client; print(*sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=300
    )
    names = {name.split(".")[0] for name in result.stdout.split()}
    assert names.isdisjoint({*HEAVY, "streams", "uvicorn", "websockets"})
