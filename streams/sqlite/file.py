"""A log in a directory: one SQLite file, in which any number of processes read and write.

What there may be only one of (the stages, the connectors) holds a lock of that role. Whoever else
writes a little, such as `define`, needs none: transactions follow each other.

SQLite in WAL mode, `synchronous=NORMAL`: a commit is a write without fsync, so a frame costs
microseconds and a killed process loses nothing that was committed. When the power fails, the last
commits may be lost, but each one whole and the latest first: since a record and everything that
was computed from it are one commit, the log is then merely a little shorter.

Every topic partition is a table of its own whose rowid is the offset: appending stays at the right
edge of one B-tree, and big values (checkpoints) go to overflow pages without widening the tree.
"""

from __future__ import annotations

import os
import sqlite3
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from streams.codecs import VERSION
from streams.log import LOG_KEY, Place
from streams.log_files import SameFile, advice, check_files, is_there, make_directory, until
from streams.records import LogError, Record
from streams.sqlite.lock import DirectoryLock, Role
from streams.sqlite.retention import Retention
from streams.sqlite.wake import tell
from streams.topics import DIRECTORY_PARTITIONS, TOPICS, partition_counts

FILE = "tidegauge.sqlite"
_APPLICATION = 0x54494445  # "TIDE", SQLite's place for telling whose file it is
_SCHEMA = 1
_BUSY_SECONDS = 10.0  # readers never block the writer in WAL; only creation and clean-up contend


class SqliteLog:
    """The log of one directory. Raises LogError, or LogHeldError where another has the role.

    `role` is held until `close`; None is for short writers and, like `readonly`, takes no lock.
    `directory` is made if it is missing, unless `readonly`. `prices` is the number of price
    partitions of a new log; an existing one keeps its own. `log_id` is the id of a new log, a
    random UUID if not given.
    """

    def __init__(
        self,
        directory: str | os.PathLike[str],
        *,
        role: Role | None = "stages",
        readonly: bool = False,
        prices: int = DIRECTORY_PARTITIONS,
        log_id: str | None = None,
    ) -> None:
        self.directory = Path(directory)
        self.readonly = readonly
        path = self.directory / FILE
        if readonly:
            if not path.is_file():
                raise LogError(
                    f"{self.directory}: there is no log here ({FILE} is missing); "
                    "check the directory, or make the log with `tidegauge topics create --log DIR`"
                )
        else:
            make_directory(self.directory)
        check_files(self.directory, (FILE, f"{FILE}-wal", f"{FILE}-shm"))
        self._locks = dict[Role, DirectoryLock]()
        self._ends = dict[Place, int]()
        self._seen = -1
        self._touched = set[str]()
        """Topics of the records of a transaction."""
        if role is not None and not readonly:
            self.claim(role)
        try:
            self._existed = is_there(path)
            self._db = self._open(path)
            self._retention = Retention(self._db, self.transaction)
            self._same = SameFile(path)
            self._create(prices, log_id or str(uuid.uuid4()))
        except BaseException:
            self._release()
            raise

    def lost(self) -> str | None:
        """What is wrong where the directory does not lead to this log any more."""
        return self._same.lost()

    def claim(self, role: Role) -> None:
        """Hold a role until `close`; raises LogHeldError where another process has it."""
        self._locks[role] = DirectoryLock(self.directory, role)

    def give_up(self, role: Role) -> None:
        """Hold a role no longer."""
        if role in self._locks:
            self._locks.pop(role).release()

    def _release(self) -> None:
        for role in list(self._locks):
            self.give_up(role)

    def _open(self, path: Path) -> sqlite3.Connection:
        # A reader opens for writing too: SQLite needs the shared index of the WAL beside the file.
        try:
            db = sqlite3.connect(
                path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
        except sqlite3.Error as error:
            raise LogError(f"{path}: cannot open the log {advice(error)}") from None
        try:
            self._check(db, path)  # before anything is written: it may be somebody else's
            if self.readonly:
                db.execute("PRAGMA query_only=ON")
            else:
                db.execute("PRAGMA page_size=8192")
                db.execute("PRAGMA journal_mode=WAL")
                db.execute("PRAGMA synchronous=NORMAL")
                db.execute(f"PRAGMA journal_size_limit={64 << 20}")
        except sqlite3.Error as error:
            db.close()
            raise LogError(f"{path}: cannot open the log {advice(error)}") from None
        except LogError:
            db.close()
            raise
        return db

    def _check(self, db: sqlite3.Connection, path: Path) -> None:
        (application,) = db.execute("PRAGMA application_id").fetchone()
        (schema,) = db.execute("PRAGMA user_version").fetchone()
        if not self._existed and not self.readonly:
            return

        def has_tables() -> bool:
            return bool(db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0])

        if not application and until(has_tables):  # another process was just making it
            (application,) = db.execute("PRAGMA application_id").fetchone()
            (schema,) = db.execute("PRAGMA user_version").fetchone()
        if application != _APPLICATION:
            raise LogError(
                f"{path}: this file is no log of tidegauge; choose another directory with --log"
            )
        if schema != _SCHEMA:
            raise LogError(
                f"{path}: the log has schema {schema}, this version of tidegauge reads {_SCHEMA}; "
                "use the version that wrote it, or another directory with --log"
            )

    def _create(self, prices: int, log_id: str) -> None:
        if not self.readonly and self._is_empty():
            with self.transaction():
                if self._is_empty():  # nobody else made it meanwhile
                    self._create_tables(prices, log_id)
        self.log_id = self.meta("log") or ""
        self._find_places()
        if not self.readonly:
            self._add_new_topics()

    def _is_empty(self) -> bool:
        (tables,) = self._db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        return not tables

    def _create_tables(self, prices: int, log_id: str) -> None:
        db = self._db
        db.execute(f"PRAGMA application_id={_APPLICATION}")
        db.execute(f"PRAGMA user_version={_SCHEMA}")
        db.execute("CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID")
        db.execute(
            "CREATE TABLE latest (place INTEGER, key TEXT, offset INTEGER,"
            " PRIMARY KEY (place, key)) WITHOUT ROWID"
        )
        db.execute("CREATE TABLE places (place INTEGER PRIMARY KEY, topic TEXT, partition INTEGER)")
        for topic, count in partition_counts(prices).items():
            for partition in range(count):
                self._create_place(topic, partition)
        self.set_meta("log", log_id)
        self._find_places()
        body = {"log": log_id, "schema": _SCHEMA, "partitions": self.partitions}
        value = orjson.dumps(body)
        self.append("definitions", 0, LOG_KEY, "log", value, "log", 1, time.time_ns())

    def _find_places(self) -> None:
        rows = self._db.execute("SELECT place, topic, partition FROM places")
        self._places = {(topic, partition): place for place, topic, partition in rows}
        self.partitions = dict[str, int]()
        for topic, partition in self._places:
            self.partitions[topic] = max(self.partitions.get(topic, 0), partition + 1)

    def _add_new_topics(self) -> None:
        """Give a log of an older version the topics that came since, as many partitions as fit it.

        A reader cannot; to it a topic that is not there is empty.
        """
        counts = partition_counts(self.partitions["prices"], self.partitions["ticks"])
        new = {topic: count for topic, count in counts.items() if topic not in self.partitions}
        if new:
            with self.transaction():
                self._find_places()  # another may have been faster
                for topic in new.keys() - self.partitions.keys():
                    for partition in range(new[topic]):
                        self._create_place(topic, partition)
            self._find_places()

    def _create_place(self, topic: str, partition: int) -> None:
        cursor = self._db.execute(
            "INSERT INTO places (topic, partition) VALUES (?, ?)", (topic, partition)
        )
        self._db.execute(
            f"CREATE TABLE records_{cursor.lastrowid} (offset INTEGER PRIMARY KEY, key TEXT,"
            " type TEXT, v INTEGER, writer TEXT, seq INTEGER, time INTEGER, value BLOB)"
        )

    def _read_end(self, place: int) -> int:
        # The last record of a partition is never removed, so the next offset needs no place.
        (last,) = self._db.execute(f"SELECT max(offset) FROM records_{place}").fetchone()
        return -1 if last is None else int(last)

    def close(self) -> None:
        """Close the file and give up the roles. An open transaction is undone."""
        self._db.close()
        self._release()

    def __enter__(self) -> SqliteLog:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def in_transaction(self) -> bool:
        """Whether what is appended now is not committed yet."""
        return self._db.in_transaction

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All appends inside take effect together or not at all; one inside another joins it."""
        if self._db.in_transaction:
            yield
            return
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                (version,) = self._db.execute("PRAGMA data_version").fetchone()
                if version != self._seen:  # others have written
                    self._seen = version
                    self._ends.clear()
                self._touched.clear()
                yield
                self._db.execute("COMMIT")
                tell(self.directory, self._touched)
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                self._ends.clear()
                raise
        except sqlite3.Error as error:
            raise LogError(
                f"{self.directory / FILE}: cannot write to the log {advice(error)}"
            ) from error

    def append(
        self,
        topic: str,
        partition: int,
        key: str,
        type: str,
        value: bytes,
        writer: str,
        seq: int,
        time_ns: int,
    ) -> int:
        """Append one record and return its offset: 0, 1, 2 … in each topic and partition."""
        with self.transaction():
            place, offset = self._places[topic, partition], self.end(topic, partition)
            execute = self._db.execute
            execute(
                f"INSERT INTO records_{place} VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (offset, key, type, VERSION, writer, seq, time_ns, value),
            )
            self._ends[topic, partition] = offset
            self._touched.add(topic)
            if TOPICS[topic].compacted:
                self.delete(topic, partition, key)
                execute("INSERT OR REPLACE INTO latest VALUES (?, ?, ?)", (place, key, offset))
            return offset

    def delete(self, topic: str, partition: int, key: str) -> bool:
        """Remove the record of this key from a compacted topic, unless it is the very last one,
        behind which the offsets go on: False, and an empty one has to take its place."""
        place = self._places[topic, partition]
        row = self._db.execute(
            "SELECT offset FROM latest WHERE place=? AND key=?", (place, key)
        ).fetchone()
        if row is not None and row[0] == self.end(topic, partition) - 1:
            return False
        if row is not None:
            self._db.execute(f"DELETE FROM records_{place} WHERE offset=?", row)
            self._db.execute("DELETE FROM latest WHERE place=? AND key=?", (place, key))
        return True

    def read(self, topic: str, partition: int, after: int = -1, limit: int = 1000) -> list[Record]:
        """At most `limit` records with offsets above `after`, in order."""
        where = "offset > ? ORDER BY offset LIMIT ?"
        return self._select(topic, partition, where, (after, limit))

    def last(
        self, topic: str, partition: int, writer: str, below: int = 2**63 - 1
    ) -> Record | None:
        """The newest record of a writer with a seq below this one. Quick where it is near the end,
        as a stage's own is."""
        where = "writer = ? AND seq < ? ORDER BY offset DESC LIMIT 1"
        return next(iter(self._select(topic, partition, where, (writer, below))), None)

    def find(
        self, topic: str, partition: int, writer: str, seq: int, at_most: int
    ) -> Record | None:
        """The record of (writer, seq), sought downwards from offset `at_most`."""
        where = "offset <= ? AND writer = ? AND seq <= ? ORDER BY offset DESC LIMIT 1"
        found = self._select(topic, partition, where, (at_most, writer, seq))
        return found[0] if found and found[0].seq == seq else None

    def backwards(self, topic: str, partition: int, before: int, limit: int = 1000) -> list[Record]:
        """At most `limit` records with offsets below `before`, the newest first."""
        where = "offset < ? ORDER BY offset DESC LIMIT ?"
        return self._select(topic, partition, where, (before, limit))

    def latest(self, topic: str, partition: int, prefix: str = "") -> Iterator[Record]:
        """The record of every key of a compacted topic that starts with `prefix`, by key."""
        rows = self._db.execute(
            "SELECT offset FROM latest WHERE place=? AND key>=? AND key<? ORDER BY key",
            (self._places.get((topic, partition)), prefix, prefix + "\U0010ffff"),
        ).fetchall()
        for row in rows:
            yield from self._select(topic, partition, "offset = ?", row)

    def _select(
        self, topic: str, partition: int, where: str, arguments: tuple[Any, ...]
    ) -> list[Record]:
        place = self._places.get((topic, partition))
        if place is None:
            return []
        rows = self._db.execute(
            "SELECT offset, key, type, v, writer, seq, time, value"
            f" FROM records_{place} WHERE {where}",
            arguments,
        )
        log = self.log_id
        return [
            Record(topic, partition, offset, key, type_, v, log, writer, seq, at, value)
            for offset, key, type_, v, writer, seq, at, value in rows
        ]

    def end(self, topic: str, partition: int) -> int:
        """The offset that the next record will get."""
        where = topic, partition
        if where not in self._places:
            return 0
        if not self._db.in_transaction:  # at any time another may write
            return self._read_end(self._places[where]) + 1
        if where not in self._ends:
            self._ends[where] = self._read_end(self._places[where])
        return self._ends[where] + 1

    def start(self, topic: str, partition: int) -> int:
        """The offset of the oldest record that is kept; the end where there is none."""
        place = self._places.get((topic, partition))
        if place is None:
            return 0
        (first,) = self._db.execute(f"SELECT min(offset) FROM records_{place}").fetchone()
        return self.end(topic, partition) if first is None else int(first)

    def prune(self, now: int, needed: dict[tuple[str, int], int]) -> dict[str, int]:
        """Remove what is past its time at `now`, and say how many records of which topic.

        From offset `needed[topic, partition]` on nothing is removed, whatever its age: the newest
        checkpoint goes on from there. The file does not shrink; its pages are used again.
        """
        removed = dict[str, int]()
        for where, place in self._places.items():
            table, bound = f"records_{place}", needed.get(where, 2**63 - 1)
            count = self._retention.prune(where, table, self.end(*where), bound, now)
            if count:
                removed[where[0]] = removed.get(where[0], 0) + count
        return removed

    def meta(self, key: str) -> str | None:
        """A note beside the records; None where there is none."""
        row = self._db.execute("SELECT value FROM meta WHERE key=?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def set_meta(self, key: str, value: str | None) -> None:
        """Write a note; None removes it."""
        if value is None:
            self._db.execute("DELETE FROM meta WHERE key=?", (key,))
        else:
            self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))
