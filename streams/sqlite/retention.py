"""What a log in a directory removes once it is past its time."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager

from streams.log import Place
from streams.topics import TOPICS

PRUNE_ROWS = 20_000
"""Looked at in one step, some 50 ms, so that pruning never holds up the ticks."""


class Retention:
    """Prunes the tables of `db`, each step in a `transaction()` of the log."""

    def __init__(
        self, db: sqlite3.Connection, transaction: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._db, self._transaction = db, transaction
        self._aged: dict[tuple[Place, str], int] = {}
        """Up to which offset what is kept for a shorter time than the rest was removed."""

    def prune(self, where: Place, table: str, end: int, needed: int, now: int) -> int:
        """Remove some of what is past its time at `now` (ns) and before `needed`; how many records.

        `table` has the records of the topic's partition, up to `end`.
        """
        topic = TOPICS[where[0]]
        if topic.kept is not None:
            return self._prune_all(table, min(needed, end - 1), now - topic.kept)
        return sum(
            self._prune_type(where, table, end - 1 - PRUNE_ROWS, kind, now - age)
            for kind, age in topic.aged.items()
        )

    def _prune_all(self, table: str, limit: int, before: int) -> int:
        row = self._db.execute(
            f"SELECT max(offset), count(*) FROM (SELECT offset, time FROM {table}"
            f" WHERE offset < ? ORDER BY offset LIMIT {PRUNE_ROWS}) WHERE time < ?",
            (limit, before),
        ).fetchone()
        if row[1]:
            with self._transaction():
                self._db.execute(f"DELETE FROM {table} WHERE offset <= ?", row[:1])
        return int(row[1])

    def _prune_type(self, where: Place, table: str, limit: int, kind: str, before: int) -> int:
        """Remove records of one type.

        The newest records of a partition stay whole: by them a writer's last seq is found.
        """
        past = self._aged.get((where, kind), -1)
        row = self._db.execute(
            "SELECT max(offset), count(*) FILTER (WHERE type = ?) FROM (SELECT offset, type, time"
            f" FROM {table} WHERE offset > ? AND offset < ? ORDER BY offset LIMIT {PRUNE_ROWS})"
            " WHERE time < ?",
            (kind, past, limit, before),
        ).fetchone()
        if row[0] is None:
            return 0
        with self._transaction():
            sql = f"DELETE FROM {table} WHERE offset > ? AND offset <= ? AND type = ?"
            self._db.execute(sql, (past, row[0], kind))
        self._aged[where, kind] = row[0]
        return int(row[1])
