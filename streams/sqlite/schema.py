"""The tables of a log's file: made once, found, and brought up to what this version writes."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path

from streams.log import Place
from streams.log_files import until
from streams.records import LogError
from streams.sqlite.packs import Packs

_APPLICATION = 0x54494445  # "TIDE", SQLite's place for telling whose file it is
SCHEMA = 3
"""1 had no packs, and no tokens; those a log has from its beginning or never. 2 cannot read packs
whose texts are without their long numbers."""


def check(db: sqlite3.Connection, path: Path) -> None:
    """Raises LogError where a file that was there before is no log, or one of a later version."""

    def has_tables() -> bool:
        return bool(db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0])

    application = _pragma(db, "application_id")
    if not application and until(has_tables):  # another process was just making it
        application = _pragma(db, "application_id")
    if application != _APPLICATION:
        raise LogError(
            f"{path}: this file is no log of tidegauge; choose another directory with --log"
        )
    schema = _pragma(db, "user_version")
    if not 1 <= schema <= SCHEMA:
        raise LogError(
            f"{path}: the log has schema {schema}, this version of tidegauge reads {SCHEMA}; "
            "use the version that wrote it, or another directory with --log"
        )


def _pragma(db: sqlite3.Connection, name: str) -> int:
    (found,) = db.execute(f"PRAGMA {name}").fetchone()
    return int(found)


def prepare(db: sqlite3.Connection) -> None:
    """What stands for good in a file, before its first table, and what holds for a connection."""
    db.execute("PRAGMA page_size=8192")
    db.execute("PRAGMA auto_vacuum=INCREMENTAL")
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=NORMAL")
    db.execute(f"PRAGMA journal_size_limit={64 << 20}")


def is_empty(db: sqlite3.Connection) -> bool:
    """Whether it has no tables yet."""
    (tables,) = db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    return not tables


def create(db: sqlite3.Connection, partitions: Mapping[str, int], log_id: str) -> None:
    """Make the tables."""
    db.execute(f"PRAGMA application_id={_APPLICATION}")
    db.execute(f"PRAGMA user_version={SCHEMA}")
    db.execute("CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID")
    db.execute(
        "CREATE TABLE latest (place INTEGER, key TEXT, offset INTEGER,"
        " PRIMARY KEY (place, key)) WITHOUT ROWID"
    )
    db.execute("CREATE TABLE places (place INTEGER PRIMARY KEY, topic TEXT, partition INTEGER)")
    db.execute("INSERT INTO meta VALUES ('log', ?), ('tokens', '1')", (log_id,))
    for topic, count in partitions.items():
        for partition in range(count):
            create_place(db, topic, partition, tokens=True)


def create_place(db: sqlite3.Connection, topic: str, partition: int, *, tokens: bool) -> None:
    """Make the tables of a topic's partition."""
    cursor = db.execute("INSERT INTO places (topic, partition) VALUES (?, ?)", (topic, partition))
    place = cursor.lastrowid or 0
    db.execute(
        f"CREATE TABLE records_{place} (offset INTEGER PRIMARY KEY, key TEXT, type TEXT,"
        f" v INTEGER, writer TEXT, seq INTEGER, time INTEGER, value BLOB"
        f"{', token TEXT' if tokens else ''})"
    )
    Packs.create(db, place)


def find_places(db: sqlite3.Connection) -> dict[Place, int]:
    """The number of each topic's partition."""
    rows = db.execute("SELECT place, topic, partition FROM places")
    return {(topic, partition): place for place, topic, partition in rows}


def is_old(db: sqlite3.Connection) -> bool:
    """Whether an older version made it."""
    return _pragma(db, "user_version") < SCHEMA


def bring_up(db: sqlite3.Connection) -> None:
    """Give a file of an older version the tables that it lacks. Versions before this one that have
    it open write on; they do not find what is packed."""
    for place in find_places(db).values():
        Packs.create(db, place)
    db.execute(f"PRAGMA user_version={SCHEMA}")
