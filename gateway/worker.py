"""A process that computes for the gateway, so that nobody's question delays a stream or a tick."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

log = logging.getLogger(__name__)

SECONDS = 30.0
"""For a task. What is within the bounds takes some seconds, and a process's first task some more,
for the engine is loaded then."""
COMMAND = [sys.executable, "-P", "-m", "gateway.computing"]
"""-P: nothing of the directory that it happens to be started in."""
WAITING = 4
"""Tasks that wait for the one at work; more are refused."""


class Busy(Exception):  # noqa: N818 - it is a refusal, not a fault
    """Too many tasks wait, or one took too long; the text says which."""


class WorkerFailed(Exception):  # noqa: N818 - named for what happened
    """The process failed at a task; the text says how."""


class ComputingProcess:
    """Does one task at a time. The process begins with the first, and ends with this one, or with
    `close`: it lives as long as its input is open."""

    def __init__(self, tables: Path) -> None:
        self.tables = tables
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = asyncio.Lock()
        self._waiting = 0

    async def do(self, name: str, task: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to a task of `gateway.computing`. Raises Busy and WorkerFailed."""
        if self._waiting > WAITING:
            raise Busy(f"{WAITING} computations wait already; try again in some seconds")
        self._waiting += 1
        try:
            async with self._lock:
                line = orjson.dumps({**task, "do": name, "tables": str(self.tables.absolute())})
                return await self._ask(line)
        finally:
            self._waiting -= 1

    async def _ask(self, line: bytes) -> dict[str, Any]:
        process = self._running()
        asking = asyncio.to_thread(_exchange, process, line)
        try:
            answer = await asyncio.wait_for(asyncio.shield(asyncio.ensure_future(asking)), SECONDS)
        except (TimeoutError, asyncio.CancelledError) as error:
            self.close()  # which ends the thread that reads from it
            if isinstance(error, TimeoutError):
                detail = f"it took more than {SECONDS:.0f} s, the most that is given to a question"
                raise Busy(detail) from None
            raise
        if not answer:
            self.close()
            raise WorkerFailed("the process that computes has ended")
        found: dict[str, Any] = orjson.loads(answer)
        if "failed" in found:
            raise WorkerFailed(str(found["failed"]))
        return found

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            pipe = subprocess.PIPE
            self._process = subprocess.Popen(COMMAND, stdin=pipe, stdout=pipe)
        return self._process

    def close(self) -> None:
        """End the process, whatever it does."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def _exchange(process: subprocess.Popen[bytes], line: bytes) -> bytes:
    """A line there, a line back; empty where the process has ended."""
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(line + b"\n")
        process.stdin.flush()
        return process.stdout.readline()
    except (BrokenPipeError, ValueError):  # closed meanwhile
        return b""
