"""What a log in a directory packs, and what it removes: by its age, and by its size."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import NamedTuple

from streams.log import Place
from streams.sqlite import packs
from streams.sqlite.packs import MadePack, Packs, StoredRow
from streams.topics import TOPICS

PRUNE_ROWS = 20_000
"""Looked at in one step, some 50 ms, so that pruning never holds up the ticks."""
STEP_ROWS = 2000
"""Written in one transaction, some 5 ms: who defines something or silences an alert meanwhile comes
in between. What takes time is done before it: to read a pack, to compress one (30 ms)."""
LOOSE = 500
"""Of the newest records that are not packed: who follows, and the stages' own comparison after a
crash, read no pack for them."""
PACK_AFTER = 200
"""Records that are appended before it is looked again what can be packed: a look is a question to
each place, and what comes before the next one lies loose beyond `LOOSE`."""
_SELDOM = {"checkpoints.archive": (1, 8)}
"""By topic that nobody follows and whose records are large: how many lie loose, and beside them
from how many on they are packed."""
_FREE_PAGES = 2000
"""Of a file, 16 MB: more is given back to the disk. Less is soon used again."""
_GIVEN_BACK = 500
"""Pages at a time."""
_ROW_BYTES = 60
"""Of a record beside key and value."""


class Loose(NamedTuple):
    """Rows of a place that have grown old enough to be packed."""

    place: int
    rows: list[StoredRow]


class Retention:
    """Packs and prunes the tables of `db`, each step in a `transaction()`."""

    def __init__(
        self,
        db: sqlite3.Connection,
        packs: Packs,
        transaction: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._db, self._packs, self._transaction = db, packs, transaction
        self._first: dict[int, int] = {}
        """By place, the first offset that is not packed, as it was last looked up."""
        self.appended = 0
        """Records since it was looked in vain for some to pack."""

    # --- packing

    def loose(self, places: Mapping[Place, int]) -> Loose | None:
        """What is to be packed next of these places; None where nothing is, or nobody looks yet."""
        if self.appended < PACK_AFTER:
            return None
        for where, place in places.items():
            if rows := self._loose(where, place):
                return Loose(place, rows)
        self.appended = 0
        return None

    def _loose(self, where: Place, place: int) -> list[StoredRow]:
        """The oldest that lie loose, if much lies so."""
        if TOPICS[where[0]].compacted or not self._packs.are_there(place):
            return []
        loose, least = _SELDOM.get(where[0], (LOOSE, packs.RECORDS))
        table = f"records_{place}"
        (end,) = self._db.execute(f"SELECT max(offset) FROM {table}").fetchone()
        if end is None or end < self._first.get(place, 0) + loose + least:
            return []
        (first,) = self._db.execute(f"SELECT min(offset) FROM {table}").fetchone()
        self._first[place] = first
        if first + loose + least > end:
            return []
        sql = f"SELECT * FROM {table} WHERE offset < ? ORDER BY offset LIMIT {packs.RECORDS}"
        rows, size = list[StoredRow](), 0
        for found in self._db.execute(sql, (end + 1 - loose,)):
            row = StoredRow(*found)
            size += len(row.value)
            if rows and size > packs.BYTES:
                break
            rows.append(row)
        return rows

    def put(self, place: int, made: MadePack) -> None:
        """Write a pack in the place of the rows that it is made of."""
        with self._transaction():
            self._packs.add(place, made)
            self._db.execute(f"DELETE FROM records_{place} WHERE offset <= ?", (made.last,))
        self._first[place] = made.last + 1

    # --- by age

    def prune_all(
        self, places: Mapping[Place, int], limits: Mapping[Place, int], now: int
    ) -> Counter[str]:
        """`prune` for these places, each up to its limit; how many records by topic."""
        gone = Counter[str]()
        for where, place in places.items():
            gone[where[0]] += self.prune(where, place, limits[where], now)
        return gone

    def prune(self, where: Place, place: int, limit: int, now: int) -> int:
        """Remove some of what is past its time at `now` (ns) and before the offset `limit`; how
        many records."""
        topic = TOPICS[where[0]]
        if topic.kept is not None:
            return self._prune_all(place, limit, now - topic.kept)
        return sum(
            self._prune_type(where, place, limit - PRUNE_ROWS, kind, now - age)
            for kind, age in topic.aged.items()
        )

    def _prune_all(self, place: int, limit: int, before: int) -> int:
        gone = 0
        while gone < PRUNE_ROWS and (pack := self._packs.oldest(place, limit)) is not None:
            first, last, newest = pack
            if newest >= before:
                return gone
            with self._transaction():
                self._packs.remove(place, last)
            gone += last - first + 1
        table, loose = f"records_{place}", 0
        while loose < PRUNE_ROWS:
            last, count = self._db.execute(
                f"SELECT max(offset), count(*) FROM (SELECT offset, time FROM {table}"
                f" WHERE offset < ? ORDER BY offset LIMIT {STEP_ROWS}) WHERE time < ?",
                (limit, before),
            ).fetchone()
            if not count:
                break
            with self._transaction():
                self._db.execute(f"DELETE FROM {table} WHERE offset <= ?", (last,))
            loose += count
        return gone + loose

    def _prune_type(self, where: Place, place: int, limit: int, kind: str, before: int) -> int:
        """Remove records of one type.

        The newest records of a partition stay whole: by them a writer's last seq is found.
        """
        note = f"aged {where[0]}/{where[1]} {kind}"
        told = self._db.execute("SELECT value FROM meta WHERE key = ?", (note,)).fetchone()
        past, gone = -1 if told is None else int(told[0]), 0
        if self._packs.are_there(place):
            thinned = self._packs.without(place, past, (kind, before, limit), PRUNE_ROWS)
            past, gone = thinned.reached, thinned.gone
            if thinned.packs:
                with self._transaction():
                    self._packs.swap(place, thinned)
                    self._note(note, past)
        step = min(STEP_ROWS, PRUNE_ROWS)
        for _ in range(-(-PRUNE_ROWS // step)):
            last, count = self._db.execute(
                "SELECT max(offset), count(*) FILTER (WHERE type = ?) FROM (SELECT offset, type,"
                f" time FROM records_{place} WHERE offset > ? AND offset < ? ORDER BY offset"
                f" LIMIT {step}) WHERE time < ?",
                (kind, past, limit, before),
            ).fetchone()
            if last is None:
                break
            with self._transaction():
                sql = f"DELETE FROM records_{place} WHERE offset > ? AND offset <= ? AND type = ?"
                self._db.execute(sql, (past, last, kind))
                self._note(note, last)
            past, gone = last, gone + int(count)
        return gone

    def _note(self, note: str, past: int) -> None:
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (note, str(past)))

    # --- by size

    def shrink(
        self, places: Mapping[Place, int], limits: Mapping[Place, int], budget: int
    ) -> Counter[str]:
        """Remove the oldest packs of what is kept for a time, before these offsets, until the file
        has `budget` bytes or nothing of it may go; how many records of which topic."""
        gone = Counter[str]()
        timed = {where: place for where, place in places.items() if TOPICS[where[0]].kept}
        while self.used() > budget:
            found = [
                (pack[2], where, pack)
                for where, place in timed.items()
                if (pack := self._packs.oldest(place, limits[where])) is not None
            ]
            if not found:
                break
            _, where, (first, last, _) = min(found)
            with self._transaction():
                self._packs.remove(timed[where], last)
            gone[where[0]] += last - first + 1
        return gone

    def used(self) -> int:
        """Bytes of the file that hold something."""
        pages, free, size = (
            int(self._db.execute(f"PRAGMA {name}").fetchone()[0])
            for name in ("page_count", "freelist_count", "page_size")
        )
        return (pages - free) * size

    def give_back(self) -> None:
        """Give some of what is free in the file back to the disk; a file that a version before
        this one made keeps it, and uses it again."""
        (free,) = self._db.execute("PRAGMA freelist_count").fetchone()
        if free > _FREE_PAGES and not self._db.in_transaction:
            # By `execute` it is one page.
            self._db.executescript(f"PRAGMA incremental_vacuum({_GIVEN_BACK})")

    def sizes(self, places: Mapping[Place, int]) -> Counter[str]:
        """Bytes of the records of these places by topic, about."""
        found = Counter[str]()
        for (topic, _), place in places.items():
            found[topic] += self.size(place)
        return found

    def size(self, place: int) -> int:
        """Bytes of the records of a place, about."""
        (loose,) = self._db.execute(
            f"SELECT coalesce(sum(length(key) + length(value) + {_ROW_BYTES}), 0)"
            f" FROM records_{place}"
        ).fetchone()
        return self._packs.size(place)[1] + int(loose)
