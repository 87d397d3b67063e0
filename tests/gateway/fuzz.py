"""Schemathesis against a served gateway: `python -m tests.gateway.fuzz --cases 5000`."""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.gateway.serving import served
from tests.gateway.world import lived

CONFIG = Path(__file__).parent / "schemathesis.toml"
OPERATIONS = 19
"""About so many, each of which gets its share of the cases."""


async def fuzz(cases: int, seed: int | None, only: list[str]) -> int:
    """The exit code of a run of about so many cases."""
    with tempfile.TemporaryDirectory() as directory:
        world = lived(Path(directory))
        async with served(world.state, tables=world.reader) as port:
            url = f"http://127.0.0.1:{port}"
            command = [str(Path(sys.executable).with_name("schemathesis"))]
            command += ["--config-file", str(CONFIG), "run", f"{url}/v1/openapi.json"]
            command += ["--checks", "all", "--max-examples", str(max(cases // OPERATIONS, 1))]
            command += ["--no-color", "--warnings", "off", "--generation-database", "none"]
            command += [] if seed is None else ["--seed", str(seed)]
            for path in only:
                command += ["--include-path", path]
            done = await asyncio.to_thread(subprocess.run, command, cwd=directory)
            return done.returncode


def main() -> None:
    """As a command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=5000)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--only", action="append", default=[], help="a path of openapi.json")
    told = parser.parse_args()
    sys.exit(asyncio.run(fuzz(told.cases, told.seed, told.only)))


if __name__ == "__main__":
    main()
