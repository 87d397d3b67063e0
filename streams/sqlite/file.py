"""A log in a directory: one SQLite file, in which any number of processes read and write.

What there may be only one of (the stages, the connectors) holds a lock of that role. Whoever else
writes a little, such as `define`, needs none: transactions follow each other.

SQLite in WAL mode, `synchronous=NORMAL`: a commit is a write without fsync, so a frame costs
microseconds and a killed process loses nothing that was committed. When the power fails, the last
commits may be lost, but each one whole and the latest first: since a record and everything that
was computed from it are one commit, the log is then merely a little shorter.

Every topic partition is a table of its own whose rowid is the offset: appending stays at the right
edge of one B-tree, and big values (checkpoints) go to overflow pages without widening the tree.
What is no longer new there is packed (`streams.sqlite.packs`).
"""

from __future__ import annotations

import os
import sqlite3
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from streams.codecs import VERSION
from streams.log import LOG_KEY, LOG_SCHEMA, Place
from streams.log_files import SameFile, advice, check_files, is_there, make_directory
from streams.records import LogError, Record, is_entered, token_of, unentered
from streams.sqlite import schema
from streams.sqlite.lock import DirectoryLock, Role
from streams.sqlite.packs import MadePack, Packs, StoredRow
from streams.sqlite.retention import Loose, Retention
from streams.sqlite.wake import tell
from streams.topics import DIRECTORY_PARTITIONS, TOPICS, partition_counts

FILE = "tidegauge.sqlite"
COLUMNS = "offset, key, type, v, writer, seq, time, value, token"
_BUSY_SECONDS = 10.0  # readers never block the writer in WAL: only creation and clean-up contend
_PATIENT_SECONDS = 60.0
"""Who writes a definition beside the stages waits between their commits, of some ms each, by polls
that are not fair: 19 s on an overloaded machine. For commands: a server stands still so long."""


class SqliteLog:
    """The log of one directory. Raises LogError, or LogHeldError where another has the role.

    `role` is held until `close`; None is for short writers and, like `readonly`, takes no lock.
    `directory` is made if it is missing, unless `readonly`. `prices` is the number of price
    partitions of a new log; an existing one keeps its own. `log_id` is the id of a new log, a
    random UUID if not given. `keep`: the bytes `prune` tries to keep to. `patient`: wait a minute.
    """

    def __init__(
        self,
        directory: str | os.PathLike[str],
        *,
        role: Role | None = "stages",
        readonly: bool = False,
        prices: int = DIRECTORY_PARTITIONS,
        log_id: str | None = None,
        keep: int | None = None,
        patient: bool = False,
    ) -> None:
        self.directory = Path(directory)
        self.readonly, self.keep = readonly, keep
        path, self._wait = self.directory / FILE, _PATIENT_SECONDS if patient else _BUSY_SECONDS
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
        self._touched = set[str]()  # topics not told of yet
        if role is not None and not readonly:
            self.claim(role)
        try:
            self._existed = is_there(path)
            self._db = self._open(path)
            self._packs = Packs(self._db)
            self._retention = Retention(self._db, self._packs, self.transaction)
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
        wait = self._wait
        try:
            db = sqlite3.connect(path, timeout=wait, isolation_level=None, check_same_thread=False)
        except sqlite3.Error as error:
            raise LogError(f"{path}: cannot open the log {advice(error)}") from None
        try:
            if self._existed or self.readonly:
                schema.check(db, path)  # before anything is written: it may be somebody else's
            if self.readonly:
                db.execute("PRAGMA query_only=ON")
            else:
                schema.prepare(db)
        except sqlite3.Error as error:
            db.close()
            raise LogError(f"{path}: cannot open the log {advice(error)}") from None
        except LogError:
            db.close()
            raise
        return db

    def _create(self, prices: int, log_id: str) -> None:
        if not self.readonly and schema.is_empty(self._db):
            with self.transaction():
                if schema.is_empty(self._db):  # nobody else made it meanwhile
                    schema.create(self._db, partition_counts(prices), log_id)
                    self._learn()
                    self._name()
        if "stages" in self._locks and schema.is_old(self._db):
            with self.transaction():
                schema.bring_up(self._db)
        self._learn()
        if not self.readonly:
            self._add_new_topics()

    def _learn(self) -> None:
        """What the file says of itself."""
        self.log_id, self.has_tokens = self.meta("log") or "", self.meta("tokens") is not None
        self._columns = COLUMNS if self.has_tokens else COLUMNS.replace("token", "NULL")
        self._places = schema.find_places(self._db)
        self.partitions = dict[str, int]()
        for topic, partition in self._places:
            self.partitions[topic] = max(self.partitions.get(topic, 0), partition + 1)

    def _name(self) -> None:
        body = {"log": self.log_id, "schema": LOG_SCHEMA, "partitions": self.partitions}
        value = orjson.dumps(body)
        self.append("definitions", 0, LOG_KEY, "log", value, "log", 1, time.time_ns())

    def _add_new_topics(self) -> None:
        """Give a log of an older version the topics that came since, as many partitions as fit it.

        A reader cannot; to it a topic that is not there is empty.
        """
        counts = partition_counts(self.partitions["prices"], self.partitions["ticks"])
        new = {topic: count for topic, count in counts.items() if topic not in self.partitions}
        if new:
            with self.transaction():
                self._learn()  # another may have been faster
                for topic in new.keys() - self.partitions.keys():
                    for partition in range(new[topic]):
                        schema.create_place(self._db, topic, partition, tokens=self.has_tokens)
            self._learn()

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
        with self._failing():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                (version,) = self._db.execute("PRAGMA data_version").fetchone()
                if version != self._seen:  # others have written
                    self._seen = version
                    self._ends.clear()
                yield
                self._db.execute("COMMIT")
                tell(self.directory, self._touched)
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                self._ends.clear()
                raise

    @contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            path = self.directory / FILE
            raise LogError(f"{path}: cannot write to the log {advice(error)}") from error

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
        *,
        token: str | None = None,
    ) -> int:
        """Append one record and return its offset: 0, 1, 2 … in each topic and partition.

        `token` is that of the writer if not given: for those who do not know it.
        """
        with self.transaction():
            place, offset = self._places[topic, partition], self.end(topic, partition)
            execute = self._db.execute
            row = offset, key, type, VERSION, writer, seq, time_ns, value
            if self.has_tokens:
                known = token_of(self.log_id, writer) if token is None else token
                execute(f"INSERT INTO records_{place} VALUES (?,?,?,?,?,?,?,?,?)", (*row, known))
            else:
                execute(f"INSERT INTO records_{place} VALUES (?,?,?,?,?,?,?,?)", row)
            self._ends[topic, partition] = offset
            self._touched.add(topic)
            self._retention.appended += 1
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
        where = topic, partition
        # First what lies loose: what another process packs meanwhile is seen there or here.
        loose = self._select(where, "offset > ? ORDER BY offset LIMIT ?", (after, limit))
        first = loose[0].offset if loose else self.end(*where)
        if first == after + 1 or where not in self._places:
            return self._records(where, loose)
        found = self._packs.read(self._places[where], after, first, limit)
        return self._records(where, (found + loose)[:limit])

    def last(
        self, topic: str, partition: int, writer: str, below: int = 2**63 - 1
    ) -> Record | None:
        """The newest record of a writer with a seq below this one. Quick where it is near the end,
        as a stage's own is."""
        return self._newest((topic, partition), 2**63 - 1, writer, below)

    def find(
        self, topic: str, partition: int, writer: str, seq: int, at_most: int
    ) -> Record | None:
        """The record of (writer, seq), sought downwards from offset `at_most`."""
        found = self._newest((topic, partition), at_most + 1, writer, seq + 1)
        return found if found is not None and found.seq == seq else None

    def _newest(self, where: Place, before: int, writer: str, below: int) -> Record | None:
        token = token_of(self.log_id, writer) if self.has_tokens else None
        sql = f"offset < ? AND writer = ? AND seq < ?{' AND token = ?' if token else ''}"
        known = (before, writer, below, token) if token else (before, writer, below)
        found = self._select(where, f"{sql} ORDER BY offset DESC LIMIT 1", known)
        if not found and where in self._places:
            packed = self._packs.backwards(self._places[where], before)
            own = (r for r in packed if r.writer == writer and r.token == (token or r.token))
            found = list(islice((row for row in own if row.seq < below), 1))
        return next(iter(self._records(where, found)), None)

    def backwards(self, topic: str, partition: int, before: int, limit: int = 1000) -> list[Record]:
        """At most `limit` records with offsets below `before`, the newest first."""
        where = topic, partition
        found = self._select(where, "offset < ? ORDER BY offset DESC LIMIT ?", (before, limit))
        if len(found) < limit and where in self._places:
            before = found[-1].offset if found else before
            packed = self._packs.backwards(self._places[where], before)
            found += islice(packed, limit - len(found))
        return self._records(where, found)

    def latest(self, topic: str, partition: int, prefix: str = "") -> Iterator[Record]:
        """The record of every key of a compacted topic that starts with `prefix`, by key."""
        where = topic, partition
        rows = self._db.execute(
            "SELECT offset FROM latest WHERE place=? AND key>=? AND key<? ORDER BY key",
            (self._places.get(where), prefix, prefix + "\U0010ffff"),
        ).fetchall()
        for row in rows:
            yield from self._records(where, self._select(where, "offset = ?", row))

    def _select(self, where: Place, sql: str, arguments: tuple[Any, ...]) -> list[StoredRow]:
        """Rows that lie loose."""
        place = self._places.get(where)
        if place is None:
            return []
        columns = f"SELECT {self._columns} FROM records_{place} WHERE {sql}"
        return [StoredRow(*row) for row in self._db.execute(columns, arguments)]

    def _records(self, where: Place, rows: Iterable[StoredRow]) -> list[Record]:
        log, strict, found = self.log_id, self.has_tokens, list[Record]()
        for offset, key, kind, v, writer, seq, at, value, token in rows:
            if strict and not is_entered(log, writer, token):
                writer, seq = unentered(writer), 0
            found.append(Record(*where, offset, key, kind, v, log, writer, seq, at, value))
        return found

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
        if (place := self._places.get((topic, partition))) is None:
            return 0
        first = self._packs.start(place)
        if first is None:
            (first,) = self._db.execute(f"SELECT min(offset) FROM records_{place}").fetchone()
        return self.end(topic, partition) if first is None else int(first)

    def loose(self) -> Loose | None:
        """Records that have grown old enough for a pack, if there are so many."""
        with self._failing():
            return self._retention.loose(self._places)

    def put(self, place: int, made: MadePack) -> None:
        """Write a pack in the place of the rows that it is made of."""
        with self._failing():
            self._retention.put(place, made)

    def prune(self, now: int, needed: Mapping[Place, int], beside: int = 0) -> dict[str, int]:
        """Remove what is past its time at `now`, or too much for `keep` (`beside` are the bytes of
        other files that count), and say how many records of which topic.

        From offset `needed[topic, partition]` on nothing is removed, whatever its age: the newest
        checkpoint goes on from there.
        """
        with self._failing():
            bounds = {p: min(needed.get(p, 2**63), self.end(*p) - 1) for p in self._places}
            removed = self._retention.prune_all(self._places, bounds, now)
            if self.keep is not None:
                removed.update(self._retention.shrink(self._places, bounds, self.keep - beside))
            self._retention.give_back()
        return dict(+removed)

    def bytes_used(self) -> int:
        """Of the file, without what is free in it."""
        return self._retention.used()

    def sizes(self) -> dict[str, int]:
        """The bytes of each topic's records, as they lie in the file."""
        found = self._retention.sizes(self._places)
        return {topic: found[topic] for topic in self.partitions}

    def packed(self) -> dict[str, tuple[int, int]]:
        """Of each topic how many records are packed, and in how many bytes."""
        found = self._packs.sizes(self._places)
        return {topic: found.get(topic, (0, 0)) for topic in self.partitions}

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
