"""The tables of a log, kept by whoever comes first on a machine: `up`, `demo` or `serve`."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from streams.log import Log
from streams.records import StreamError
from streams.sinks.parquet import ParquetSink
from streams.sinks.reader import TableReader
from streams.sinks.sink import Follower
from tidegauge.opening import Target, holding_tables

_AGAIN_SECONDS = 5.0
"""After which it is looked again whether the tables are free."""
_FAILED_SECONDS = 60.0
"""The same after a failure: what a person has to mend takes a while."""

logger = logging.getLogger(__name__)


class TableKeeper:
    """Keeps the tables of a log in `directory`, in a thread with its own eyes on the log; one
    process at a time does. `reader` reads them, whoever keeps them."""

    def __init__(self, target: Target, directory: Path) -> None:
        self._target, self._directory = target, directory
        self.reader = TableReader(directory)
        self.reason = ""
        """Why the tables are not kept just now; empty where they are, or another process does."""
        self._following: Follower | None = None
        self._sink: ParquetSink | None = None
        self._stop = asyncio.Event()
        self._loop = asyncio.new_event_loop()
        run = self._loop.run_until_complete
        self._thread = threading.Thread(target=lambda: run(self._run()), name="tables", daemon=True)

    def start(self) -> None:
        """Begin to keep them."""
        self._thread.start()

    def stop(self) -> None:
        """Write what is there, and end."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._loop.close()

    def figures(self) -> dict[str, float]:
        """For `/metrics`."""
        following, sink = self._following, self._sink
        return {
            "tidegauge_tables_rows_total": 0 if sink is None else sink.written,
            "tidegauge_tables_missed_total": 0 if following is None else following.missed,
            "tidegauge_tables_again_total": 0 if following is None else following.again,
            "tidegauge_tables_rejected_total": 0 if following is None else following.rejected,
        }

    async def _run(self) -> None:
        while not self._stop.is_set():
            pause = _AGAIN_SECONDS
            try:
                await self._keep()
                self.reason = ""
            except (StreamError, OSError, sqlite3.Error) as error:
                pause, self.reason = _FAILED_SECONDS, f"tables: {error}"
                logger.error("%s", self.reason)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), pause)

    async def _keep(self) -> None:
        """Follow the log until told to stop; at once over where another process does."""
        with holding_tables(self._directory) as other:
            if other is not None:
                return
            async with self._target.open() as log:
                sink = ParquetSink(self._directory, log.log_id, log.partitions["prices"])
                try:
                    self._sink, self._following = sink, Follower(log, sink)
                    await self._following.follow(self._stop)
                finally:
                    sink.close()


async def written_tables(target: Target, log: Log) -> None:
    """Write what the tables of a log lack, where no other process keeps them: for what reads them
    once. Raises StreamError."""
    directory = target.tables_of(log)
    with holding_tables(directory) as other:
        if other is not None:
            return
        sink = ParquetSink(directory, log.log_id, log.partitions["prices"])
        try:
            await Follower(log, sink).catch_up()
        finally:
            sink.close()


@asynccontextmanager
async def keeping(target: Target, log: Log) -> AsyncIterator[TableKeeper]:
    """Keep the tables of a log inside. What the log holds at the end is written."""
    keeper = TableKeeper(target, target.tables_of(log))
    keeper.start()
    try:
        yield keeper
    finally:
        await asyncio.to_thread(keeper.stop)
