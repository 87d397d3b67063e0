"""Backtests of rules, each in a process of its own: nobody's question delays a price."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from typing import Any

import orjson

SECONDS = 60.0
"""For one backtest; a log that takes longer is for the command line."""
WRONG_USE = 2
"""What the command exits with where it was asked wrongly."""


class TrialRefused(Exception):  # noqa: N818 - it is a refusal, not a fault
    """A backtest that is not made; `kind` is that of the problem (`gateway.api.problems`)."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


class RuleTrials:
    """Runs a command that backtests a rule over the log, one at a time.

    The command takes `--index=ID`, `--at-most=N` and the rule, and says
    `engine.alerts.backtest.plain` of it as JSON.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._command, self._lock = list(command), asyncio.Lock()

    async def run(self, rule: str, indices: Sequence[str], most: int | None) -> dict[str, Any]:
        """What the command says; raises TrialRefused."""
        if self._lock.locked():
            raise TrialRefused("busy", "another backtest is at work; try again in some seconds")
        async with self._lock:
            options = [f"--index={index}" for index in indices]
            options += [] if most is None else [f"--at-most={most}"]
            return await self._run([*self._command, *options, "--", rule])

    async def _run(self, command: Sequence[str]) -> dict[str, Any]:
        pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(
            *command, stdin=nothing, stdout=pipe, stderr=pipe
        )
        try:
            out, told = await asyncio.wait_for(process.communicate(), SECONDS)
        except TimeoutError:
            detail = f"it took more than {SECONDS:.0f} s; use `tidegauge alerts backtest`"
            raise TrialRefused("busy", detail) from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode != 0:
            lines = told.decode(errors="replace").strip().splitlines()
            said = lines[-1].removeprefix("Error: ") if lines else "the backtest failed"
            raise TrialRefused(_kind(process.returncode, said), said)
        found: dict[str, Any] = orjson.loads(out)
        return found


def _kind(code: int | None, said: str) -> str:
    """What kind of problem it is: what is wrong with the rule begins with its place in it, and what
    an option of the command does not allow with the option; all else is of the log."""
    if code == WRONG_USE and re.match(r"rule[.:]", said):
        return "bad-definition"
    return "unfit" if code == WRONG_USE and said.startswith("--") else "unreadable"
