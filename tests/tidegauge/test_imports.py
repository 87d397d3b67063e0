"""What a short command does not wait for."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("aiohttp", "aiokafka", "duckdb", "fastapi", "faust", "rich", "uvicorn", "websockets")


def test_replay_imports_nothing_of_the_web_or_of_kafka() -> None:
    program = "import sys, tidegauge.cli, tidegauge.jobs; print(*sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=300
    )
    names = set(result.stdout.split())
    assert "streams.codecs" not in names, "its decoders take a fifth of a second"
    found = {name.split(".")[0] for name in names}
    assert found.isdisjoint(HEAVY)
