"""Schemathesis against a served gateway: `python -m tests.gateway.fuzz --cases 5000`."""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from gateway.access.keys import KeyRing, new_key
from gateway.access.policy import Access
from gateway.access.rates import Rates
from streams.attention import TOPICS_OF_PEOPLE
from streams.log import places
from tests.gateway.serving import served
from tests.gateway.world import World, lived
from tests.ports import port as log_of
from tidegauge.serving import keep_shown

CONFIG = Path(__file__).parent / "schemathesis.toml"
OPERATIONS = 19
"""So many have parameters; each gets its share of the cases, and the others one or two."""


@asynccontextmanager
async def following(world: World) -> AsyncIterator[None]:
    """The gateway reads what it writes itself."""
    log = log_of(world.log)
    starts = await log.ends(places(log, "definitions", *TOPICS_OF_PEOPLE))
    task = asyncio.create_task(keep_shown(world.state, log, starts))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def fuzz(cases: int, seed: int | None, only: list[str]) -> int:
    """The exit code of a run of about so many cases."""
    with tempfile.TemporaryDirectory() as directory:
        world = lived(Path(directory))
        key, token = new_key("fuzz", "admin", 1)
        access = Access(KeyRing(keys=[key]), rates=Rates(1e9, 1e9))
        parts: Any = {"tables": world.reader, "log": log_of(world.log), "access": access}
        async with following(world), served(world.state, **parts) as port:
            url = f"http://127.0.0.1:{port}"
            command = [str(Path(sys.executable).with_name("schemathesis"))]
            command += ["--config-file", str(CONFIG), "run", f"{url}/v1/openapi.json"]
            command += ["--checks", "all", "--max-examples", str(max(cases // OPERATIONS, 1))]
            command += ["--header", f"Authorization: Bearer {token}"]
            command += ["--no-color", "--warnings", "off", "--generation-database", "none"]
            # A first computation loads the engine, and others may be at work on this machine.
            command += ["--request-timeout", "60", "--max-response-time", "60"]
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
