"""The tables beside a log in a directory, kept by whoever comes first: `up`, `demo` or `serve`."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from streams.records import StreamError
from streams.sinks.parquet import ParquetSink
from streams.sinks.reader import TableReader
from streams.sinks.sink import Follower
from tidegauge.opening import TablesPlace, Target, holding_tables

_AGAIN_SECONDS = 5.0
"""After which it is looked again whether the tables are free."""
_FAILED_SECONDS = 60.0
"""The same after a failure: what a person has to mend takes a while."""

logger = logging.getLogger(__name__)


class TableKeeper:
    """Keeps the tables beside a log, in a thread with its own eyes on the log; one process at a
    time does. `reader` reads them, whoever keeps them."""

    def __init__(self, tables: TablesPlace) -> None:
        self._tables = tables
        self.reader = TableReader(tables.directory)
        self.reason = ""
        """Why the tables are not kept just now; empty where they are, or another process does."""
        self._following: Follower | None = None
        self._sink: ParquetSink | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tables", daemon=True)

    def start(self) -> None:
        """Begin to keep them."""
        self._thread.start()

    def stop(self) -> None:
        """Write what is there, and end."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def figures(self) -> dict[str, float]:
        """For `/metrics`."""
        following, sink = self._following, self._sink
        return {
            "tidegauge_tables_rows_total": 0 if sink is None else sink.written,
            "tidegauge_tables_missed_total": 0 if following is None else following.missed,
            "tidegauge_tables_rejected_total": 0 if following is None else following.rejected,
        }

    def _run(self) -> None:
        while not self._stop.is_set():
            pause = _AGAIN_SECONDS
            try:
                self._keep()
                self.reason = ""
            except (StreamError, OSError, sqlite3.Error) as error:
                pause, self.reason = _FAILED_SECONDS, f"tables: {error}"
                logger.error("%s", self.reason)
            self._stop.wait(pause)

    def _keep(self) -> None:
        """Follow the log until told to stop; at once over where another process does."""
        directory = self._tables.directory
        directory.mkdir(mode=0o700, exist_ok=True)
        with holding_tables(directory) as other:
            if other is not None:
                return
            with self._tables.open() as log:
                sink = ParquetSink(directory, log.log_id, log.partitions["prices"])
                try:
                    self._sink, self._following = sink, Follower(log, sink)
                    self._following.follow(self._stop.wait)
                finally:
                    sink.close()


@asynccontextmanager
async def keeping(target: Target) -> AsyncIterator[TableKeeper | None]:
    """Keep the tables beside a log inside; None where there are none. What the log holds at the end
    is written."""
    if target.tables is None:
        yield None
        return
    keeper = TableKeeper(target.tables)
    keeper.start()
    try:
        yield keeper
    finally:
        await asyncio.to_thread(keeper.stop)
