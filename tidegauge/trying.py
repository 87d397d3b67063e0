"""Backtests for the gateway, each in a process of its own: nobody's question delays a price."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import orjson

from gateway.rules import BacktestAsked, BacktestRefused

SECONDS = 60.0
"""For one backtest; a log that takes longer is for the command line."""


class RuleTrial:
    """Runs `tidegauge alerts backtest` over a log, one at a time."""

    def __init__(self, log: str) -> None:
        self._log, self._lock = log, asyncio.Lock()

    async def __call__(self, asked: BacktestAsked) -> dict[str, Any]:
        """What the command says; raises BacktestRefused."""
        if self._lock.locked():
            raise BacktestRefused(503, "another backtest is at work; try again in some seconds")
        async with self._lock:
            return await self._run(asked)

    async def _run(self, asked: BacktestAsked) -> dict[str, Any]:
        command = [sys.executable, "-P", "-m", "tidegauge", "alerts", "backtest", "--json"]
        command += ["--log", self._log, *(f"--index={index}" for index in asked.index)]
        command += [] if asked.at_most is None else [f"--at-most={asked.at_most}"]
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *command, "--", asked.rule, stdin=asyncio.subprocess.DEVNULL, stdout=pipe, stderr=pipe
        )
        try:
            out, told = await asyncio.wait_for(process.communicate(), SECONDS)
        except TimeoutError:
            raise BacktestRefused(
                503, f"it took more than {SECONDS:.0f} s; use `tidegauge alerts backtest`"
            ) from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode != 0:
            lines = told.decode(errors="replace").strip().splitlines()
            said = lines[-1].removeprefix("Error: ") if lines else "the backtest failed"
            raise BacktestRefused(422 if process.returncode == 2 else 500, said)
        found: dict[str, Any] = orjson.loads(out)
        return found
