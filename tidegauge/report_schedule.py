"""Reports that are made by themselves, by the `[[report]]` tables of a route file.

A report that is there is made: what was made is told by the files, so a restart repeats nothing,
and a month that ended while nothing ran is reported at the next start. Each is made by the command
`report` in a process of its own, so that it delays nothing.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from engine.toml_table import DefinitionError
from engine.types import MINUTE
from gateway.reports import MOST_INDICES, NOTHING_KEPT
from gateway.reports.period import last_ended
from notify.reports import ReportPlan, file_name
from streams.define import defined_in
from streams.log import Log
from streams.records import StreamError

LOOK_SECONDS = 60.0
"""How often it is looked whether a period is over."""
SETTLED = 15 * MINUTE
"""So long after its end: the tables have its last day by then."""
_FAILED_LOOKS = 60
"""After a failure it is tried again an hour later: what a person has to mend takes a while."""
_TIMEOUT = 600.0

_LONGEST_NAME = 255
"""Bytes of a file's name that every usual file system takes."""
_LONGEST_PERIOD = "2026-10"

logger = logging.getLogger(__name__)


class DueReport(NamedTuple):
    """A report that is to be made."""

    indices: tuple[str, ...]
    period: str
    file: Path
    pdf: bool


def check_plans(plans: Sequence[ReportPlan]) -> None:
    """Refuse plans whose reports could never be made. Raises DefinitionError."""
    for number, plan in enumerate(plans):
        path = ("report", f"[{number}]", "index")
        if not plan.together:
            continue
        if len(plan.index) > MOST_INDICES:
            said = f"{len(plan.index)} indices: at most {MOST_INDICES} stand side by side"
        elif len(file_name(plan.index, _LONGEST_PERIOD)) > _LONGEST_NAME:
            said = "the name of the file, all of them with + between, would be too long"
        else:
            continue
        raise DefinitionError(path, f"{said}; make several reports of them")


def due(
    plans: Sequence[ReportPlan], known: Sequence[str], beside: Path, now: int
) -> Iterator[DueReport]:
    """What is not there yet at `now` (ns); a relative directory is one in `beside`."""
    for plan in plans:
        period = last_ended(plan.every, now - SETTLED)
        name = period.name
        assert name is not None
        chosen = [index for index in plan.index or known if index in known]
        groups = [tuple(chosen[:MOST_INDICES])] if plan.together else [(one,) for one in chosen]
        for group in filter(None, groups):
            file = beside / plan.directory / file_name(group, name)
            # What cannot be looked at is not there: making it says why.
            there = os.path.exists(file)
            if not there or (plan.pdf and not os.path.exists(file.with_suffix(".pdf"))):
                yield DueReport(group, name, file, plan.pdf)


def command_for(report: DueReport, log: str) -> list[str]:
    """The command that makes it."""
    # -P: nothing of the directory that it happens to be started in.
    found = [sys.executable, "-P", "-m", "tidegauge", "report", "--log", log]
    found += ["--period", report.period, "-o", str(report.file)]
    # An index may be called as an option is.
    return [*found, *(["--pdf"] if report.pdf else []), "--", *report.indices]


class ReportKeeper:
    """Makes reports when they are due. `clock` gives ns UTC."""

    def __init__(
        self,
        plans: Sequence[ReportPlan],
        beside: Path,
        log: Log,
        name: str,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self._plans, self._beside, self._log, self._name = plans, beside, log, name
        self._clock = clock
        self._failed: dict[Path, int] = {}
        """Files that could not be made, and after how many looks they are tried again."""
        self._cut = set[ReportPlan]()
        """Plans of which it was told that not all indices go into them."""
        self.made = 0
        self.reasons: dict[Path, str] = {}
        """Why files could not be made so far."""

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.look()
            except (OSError, StreamError, sqlite3.Error) as error:
                logger.warning("reports: %s; tried again in a minute", error)
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Make what is due now."""
        known = sorted((await defined_in(self._log)).indices)
        self._say_cut(len(known))
        for report in due(self._plans, known, self._beside, self._clock()):
            waits = self._failed.get(report.file, 0)
            if waits > 0:
                self._failed[report.file] = waits - 1
                continue
            try:
                await self._make(report)
            except OSError as error:  # the others are made all the same
                self._fail(report, str(error))

    def _say_cut(self, known: int) -> None:
        """Tell once of each plan without names that the log has more than fit into one file."""
        for plan in self._plans:
            if plan.together and not plan.index and known > MOST_INDICES and plan not in self._cut:
                self._cut.add(plan)
                said = "reports in %s: the first %d of %d indices stand side by side; name others"
                logger.warning(f"{said} with index", plan.directory, MOST_INDICES, known)

    async def _make(self, report: DueReport) -> None:
        report.file.parent.mkdir(parents=True, exist_ok=True)
        pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(
            *command_for(report, self._name), stdin=nothing, stdout=nothing, stderr=pipe
        )
        try:
            _, told = await asyncio.wait_for(process.communicate(), _TIMEOUT)
        except TimeoutError:
            told = f"Error: it took more than {_TIMEOUT:.0f} s".encode()
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if process.returncode == 0:
            self.made += 1
            self.reasons.pop(report.file, None)
            self._failed.pop(report.file, None)
            logger.info("report: %s", report.file)
            return
        lines = told.decode(errors="replace").strip().splitlines()
        said = lines[-1].removeprefix("Error: ") if lines else f"exit {process.returncode}"
        self._fail(report, said)

    def _fail(self, report: DueReport, said: str) -> None:
        self._failed[report.file] = _FAILED_LOOKS
        if NOTHING_KEPT in said:  # the index began later: no fault of anybody
            logger.info("report %s: %s", report.file.name, said)
            return
        self.reasons[report.file] = said
        logger.warning("report %s: %s; tried again in an hour", report.file.name, said)


@asynccontextmanager
async def reporting(
    plans: Sequence[ReportPlan], file: Path, log: Log, name: str
) -> AsyncIterator[None]:
    """Make reports inside, by the plans of a route file; `name` is that of the log."""
    if not plans:
        yield
        return
    task = asyncio.create_task(ReportKeeper(plans, file.parent, log, name).run(), name="reports")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
