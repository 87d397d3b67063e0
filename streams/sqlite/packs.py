"""Older records of a partition, some hundreds in one compressed row.

One record after the other is most of the time as the one before: together they take a sixth of the
room, also because the long numbers in them are kept by themselves (`long_numbers`). What is packed
is only read and removed, never changed, but for records of an age of their own, which are taken out
(`without`). The newest records lie loose, each in a row.
"""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, pairwise, starmap
from typing import Any, NamedTuple

import cramjam
import orjson

from streams.log import Place
from streams.sqlite.long_numbers import Numbers, is_text, put_back, take_out

RECORDS = 1000
"""Of a pack: more save no room worth having, and one record out of it costs all of them."""
BYTES = 2 << 20
"""Of the values of a pack, as they were; one above that is alone."""
LEVEL = 12
"""Of zstd: the next that save much (16) take six times as long."""
_HEAD = struct.Struct("<I")


class StoredRow(NamedTuple):
    """A record as it lies in the file."""

    offset: int
    key: str
    type: str
    v: int
    writer: str
    seq: int
    time: int
    value: bytes
    token: str | None = None
    """None in a log of before there were any."""


def pack(rows: Sequence[StoredRow]) -> bytes:
    """Rows as one value. Numbers that rise are kept as steps, of which most are alike, and so are
    those in texts. Values that are no texts are compressed by themselves: other bytes are frequent
    in them."""
    offsets, keys, types, vs, writers, seqs, times, values, tokens = zip(*rows, strict=True)
    lengths = [None if is_text(value) else len(value) for value in values]
    texts, others = list[bytes](), list[bytes]()
    for value, length in zip(values, lengths, strict=True):
        (texts if length is None else others).append(value)
    text, shapes, steps = take_out(texts)
    columns = (
        *(_steps(offsets), keys, types, vs, writers, _steps(seqs), _steps(times)),
        *(lengths, tokens, (len(text), shapes)),
    )
    head = orjson.dumps(columns)
    first = (_HEAD.pack(len(head)), head, text, steps)
    return b"".join(bytes(cramjam.zstd.compress(b"".join(p), LEVEL)) for p in (first, others))


class MadePack(NamedTuple):
    """A pack as it lies in the file: its first and last offset, its newest time."""

    first: int
    last: int
    newest: int
    value: bytes


class Thinned(NamedTuple):
    """Packs, by their first offsets, and those that are to be in their place; the offset up to
    which that is done, and how many rows are gone then."""

    packs: list[int]
    made: list[MadePack]
    reached: int
    gone: int


def made_pack(rows: Sequence[StoredRow]) -> MadePack:
    """Rows, in their order, as one pack."""
    return MadePack(rows[0].offset, rows[-1].offset, max(row.time for row in rows), pack(rows))


def unpack(value: bytes) -> list[StoredRow]:
    """The inverse of `pack`, and of that of schema 2, to which no value was a text."""
    data = bytes(cramjam.zstd.decompress(value))
    (length,) = _HEAD.unpack_from(data)
    begin = _HEAD.size + length
    columns = orjson.loads(data[_HEAD.size : begin])
    texts = iter(list[bytes]())
    if len(columns) > len(StoredRow._fields):
        size, shapes = columns.pop()
        middle = begin + size
        end = middle + 8 * sum(count for count, _ in shapes)
        texts = iter(put_back(Numbers(data[begin:middle], shapes, data[middle:end])))
        begin = end
    for place in (0, 5, 6):
        columns[place] = accumulate(columns[place])
    ends = accumulate((length for length in columns[7] if length is not None), initial=begin)
    others = (data[a:b] for a, b in pairwise(ends))
    columns[7] = [next(texts if length is None else others) for length in columns[7]]
    return list(starmap(StoredRow, zip(*columns, strict=True)))


def _steps(numbers: Iterable[int]) -> list[int]:
    last, found = 0, []
    for number in numbers:
        found.append(number - last)
        last = number
    return found


class Packs:
    """The packs of a file, each place in a table `packs_<place>`."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._last: tuple[tuple[int, int], list[StoredRow]] = ((-1, -1), [])
        """The pack that was read last, as it was read: whoever reads on needs it again."""
        self._known: set[int] = set()

    @staticmethod
    def create(db: sqlite3.Connection, place: int) -> None:
        """Make the table of a place."""
        db.execute(
            f"CREATE TABLE IF NOT EXISTS packs_{place} (first INTEGER PRIMARY KEY, last INTEGER,"
            " newest INTEGER, value BLOB)"
        )

    def are_there(self, place: int) -> bool:
        """Whether anything is packed at all, in a log that an older version may have made."""
        if place not in self._known:
            sql = "SELECT count(*) FROM sqlite_schema WHERE name = ?"
            if not self._db.execute(sql, (f"packs_{place}",)).fetchone()[0]:
                return False
            self._known.add(place)
        return True

    def add(self, place: int, made: MadePack) -> None:
        """Write a pack."""
        self._db.execute(f"INSERT INTO packs_{place} VALUES (?, ?, ?, ?)", made)

    def read(self, place: int, after: int, before: int, limit: int) -> list[StoredRow]:
        """At most `limit` rows between two offsets, in order."""
        found = list[StoredRow]()
        while len(found) < limit and self.are_there(place):
            pack = self._db.execute(
                f"SELECT first, last FROM packs_{place} WHERE first < ? AND last > ?"
                " AND first >= coalesce((SELECT max(first) FROM"
                f" packs_{place} WHERE first <= ?), 0) ORDER BY first LIMIT 1",
                (before, after, after + 1),
            ).fetchone()
            if pack is None:
                break
            first, last = pack
            found += [row for row in self._rows(place, first) if after < row.offset < before]
            after = last
        return found[:limit]

    def backwards(self, place: int, before: int) -> Iterator[StoredRow]:
        """The rows below an offset, the newest first."""
        while self.are_there(place):
            sql = f"SELECT first FROM packs_{place} WHERE first < ? ORDER BY first DESC LIMIT 1"
            pack = self._db.execute(sql, (before,)).fetchone()
            if pack is None:
                return
            yield from (row for row in reversed(self._rows(place, *pack)) if row.offset < before)
            before = pack[0]

    def _rows(self, place: int, first: int) -> list[StoredRow]:
        where, rows = self._last
        if where != (place, first):
            sql = f"SELECT value FROM packs_{place} WHERE first = ?"
            found = self._db.execute(sql, (first,)).fetchone()
            rows = [] if found is None else unpack(found[0])  # removed just now
            self._last = (place, first), rows
        return rows

    def start(self, place: int) -> int | None:
        """The first offset that is packed."""
        if not self.are_there(place):
            return None
        found: Any = self._db.execute(f"SELECT min(first) FROM packs_{place}").fetchone()[0]
        return None if found is None else int(found)

    def oldest(self, place: int, limit: int) -> tuple[int, int, int] | None:
        """First and last offset and newest time of the first pack, if it ends before `limit`."""
        if not self.are_there(place):
            return None
        sql = f"SELECT first, last, newest FROM packs_{place} ORDER BY first LIMIT 1"
        found = self._db.execute(sql).fetchone()
        return None if found is None or found[1] >= limit else (found[0], found[1], found[2])

    def remove(self, place: int, last: int) -> None:
        """Forget the packs up to that which ends at `last`."""
        self._db.execute(f"DELETE FROM packs_{place} WHERE first <= ?", (last,))

    def without(self, place: int, after: int, what: tuple[str, int, int], most: int) -> Thinned:
        """What becomes of packs behind offset `after` where rows are taken out and what is left is
        joined: those of a type, all older than a time, below an offset (`what`). Some `most` rows
        are looked at. Nothing is written, so that nobody waits for what is read and compressed."""
        kind, before, limit = what
        rows, reached, gone = list[StoredRow](), after, 0
        packs = list[int]()
        sql = f"SELECT first, last, newest FROM packs_{place} WHERE first > ? ORDER BY first"
        for first, last, newest in self._db.execute(sql, (after,)).fetchall():
            if newest >= before or last >= limit or gone + len(rows) >= most:
                break
            of_pack = self._rows(place, first)
            left = [row for row in of_pack if row.type != kind]
            gone += len(of_pack) - len(left)
            rows += left
            reached = last
            packs.append(first)
        made = [made_pack(rows[n : n + RECORDS]) for n in range(0, len(rows), RECORDS)]
        return Thinned(packs, made, reached, gone)

    def swap(self, place: int, thinned: Thinned) -> None:
        """Write it in the place of what it was made of."""
        firsts = [(first,) for first in thinned.packs]
        self._db.executemany(f"DELETE FROM packs_{place} WHERE first = ?", firsts)
        self._last = (-1, -1), []
        for made in thinned.made:
            self.add(place, made)

    def sizes(self, places: Mapping[Place, int]) -> dict[str, tuple[int, int]]:
        """By topic of these places, as `size`."""
        found = dict[str, tuple[int, int]]()
        for (topic, _), place in places.items():
            (a, b), (count, size) = found.get(topic, (0, 0)), self.size(place)
            found[topic] = a + count, b + size
        return found

    def size(self, place: int) -> tuple[int, int]:
        """How many offsets are packed, and in how many bytes."""
        if not self.are_there(place):
            return 0, 0
        sql = "SELECT coalesce(sum(last - first + 1), 0), coalesce(sum(length(value)), 0)"
        count, size = self._db.execute(f"{sql} FROM packs_{place}").fetchone()
        return int(count), int(size)
