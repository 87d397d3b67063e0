"""The way to the tables: a few questions at a time, and their failures as problems."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import duckdb

from gateway.api.problems import ApiProblem
from streams.sinks.reader import TablesError

AT_ONCE = 4
"""Each may take a core and some tens of MB."""
WAITING = 100
"""More that wait are refused: they would time out."""


class Places:
    """Places for those who read the tables."""

    def __init__(self) -> None:
        self._semaphore = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """Read the tables inside. Raises ApiProblem."""
        if self._waiting >= WAITING:
            detail = f"{WAITING} questions about the past wait already; try again in a while"
            raise ApiProblem("busy", detail, headers={"Retry-After": "5"})
        self._waiting += 1
        try:
            async with self._semaphore:
                yield
        except TablesError as error:
            text = str(error)
            raise ApiProblem("too-much" if "more than" in text else "unfit", text) from error
        except duckdb.Error as error:
            reason = str(error).splitlines()[0]
            detail = f"the tables cannot be read now ({reason}); try again"
            raise ApiProblem("unreadable", detail, headers={"Retry-After": "5"}) from error
        finally:
            self._waiting -= 1
