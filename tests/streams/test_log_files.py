"""A log's directory: private, without links, no place for a new log where there was something."""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest

from streams import log_files
from streams.lock import LOCK_FILE
from streams.log_files import advice
from streams.records import LogError
from streams.sqlite_log import FILE, SqliteLog
from tests.tidegauge.command import one_line, run
from tests.tidegauge.running import Running, write

INDEX = "[index.B]\nweights = { BTC = 1 }\n"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_files, "PATIENCE", 0.1)


def test_a_new_directory_is_for_its_owner_alone(tmp_path: Path) -> None:
    with SqliteLog(tmp_path / "a" / "log"):
        assert (tmp_path / "a" / "log").stat().st_mode & 0o777 == 0o700
        assert (tmp_path / "a" / "log" / LOCK_FILE).stat().st_mode & 0o777 == 0o600
    shared = tmp_path / "shared"
    shared.mkdir(mode=0o755)
    with SqliteLog(shared):
        assert shared.stat().st_mode & 0o777 == 0o755, "whoever made it meant it"


@pytest.mark.parametrize("name", [FILE, f"{FILE}-wal", f"{FILE}-shm", LOCK_FILE])
@pytest.mark.parametrize("readonly", [False, True])
def test_no_link_is_followed(name: str, readonly: bool, tmp_path: Path) -> None:
    log, elsewhere = tmp_path / "log", tmp_path / "elsewhere"
    SqliteLog(log).close()
    if (log / name).exists():
        (log / name).rename(elsewhere)
    else:
        elsewhere.write_bytes(b"precious")
    (log / name).symlink_to(elsewhere)
    before = elsewhere.read_bytes()
    if readonly and name == LOCK_FILE:
        SqliteLog(log, readonly=True).close()  # it takes no lock
    else:
        with pytest.raises(LogError, match=f"{name}: is a link, which is not followed"):
            SqliteLog(log, readonly=readonly)
    assert elsewhere.read_bytes() == before


def test_a_link_to_nowhere_makes_no_file_there(tmp_path: Path) -> None:
    for name in (FILE, LOCK_FILE):
        log = tmp_path / name
        log.mkdir()
        (log / name).symlink_to(tmp_path / "nowhere")
        with pytest.raises(LogError, match="is a link"):
            SqliteLog(log)
    assert not (tmp_path / "nowhere").exists()


def made_by_somebody_else(path: Path) -> None:
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE songs (name TEXT)")
    db.commit()
    db.close()


def without_tables(path: Path) -> None:
    db = sqlite3.connect(path)
    db.execute("PRAGMA journal_mode=WAL")
    db.close()


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: path.write_bytes(b""), "is empty, so it is no log; restore it from a copy"),
        (lambda path: path.write_bytes(b"text" * 1000), "no log of tidegauge; choose another"),
        (made_by_somebody_else, "no log of tidegauge; choose another directory"),
        (without_tables, "no log of tidegauge; choose another directory"),
        (lambda path: path.mkdir(), "is no plain file"),
    ],
)
@pytest.mark.parametrize("readonly", [False, True])
def test_what_is_there_already_is_no_new_log(
    make: Any, says: str, readonly: bool, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    log.mkdir()
    make(log / FILE)
    before = (log / FILE).read_bytes() if (log / FILE).is_file() else b""
    if readonly and (log / FILE).is_dir():
        says = "there is no log here"
    with pytest.raises(LogError, match=says):
        SqliteLog(log, readonly=readonly)
    if before:
        assert (log / FILE).read_bytes() == before
    shutil.rmtree(log)
    SqliteLog(log).close()


def test_a_file_that_another_process_is_just_making_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_files, "PATIENCE", 20.0)
    SqliteLog(tmp_path / "ready").close()
    log = tmp_path / "log"
    log.mkdir()
    (log / FILE).write_bytes(b"")
    whole = (tmp_path / "ready" / FILE).read_bytes()
    maker = threading.Timer(0.1, lambda: (log / FILE).write_bytes(whole))
    maker.start()
    with SqliteLog(log, readonly=True) as found:
        assert found.log_id
    maker.join()


def test_a_directory_that_is_removed_or_replaced_is_seen(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with SqliteLog(log) as writer, SqliteLog(log, readonly=True) as reader:
        assert (writer.lost(), reader.lost()) == (None, None)
        log.rename(tmp_path / "moved")
        for one in (writer, reader):
            assert f"{log / FILE}: was removed" in (one.lost() or "")
        with SqliteLog(log):
            for one in (writer, reader):
                assert f"{log / FILE}: is another file by now" in (one.lost() or "")
        shutil.rmtree(log)
        os.rename(tmp_path / "moved", log)
        assert (writer.lost(), reader.lost()) == (None, None)


def test_serve_tells_of_a_directory_that_is_gone(tmp_path: Path) -> None:
    log, indices = tmp_path / "log", write(tmp_path / "i.toml", INDEX)
    assert run("define", indices, "--log", log).returncode == 0
    with Running("serve", "--log", log) as served:
        served.until("/readyz", lambda found: not any("removed" in r for r in found["reasons"]))
        shutil.rmtree(log)
        told = served.until("/readyz", lambda found: any("removed" in r for r in found["reasons"]))
        assert f"{log / FILE}: was removed" in told["reasons"][0]
        served.end()


def test_what_sqlite_says_is_one_line_with_what_to_do(tmp_path: Path) -> None:
    log, indices = tmp_path / "log", write(tmp_path / "i.toml", INDEX)
    assert run("define", indices, "--log", log).returncode == 0
    path = log / FILE
    whole = path.read_bytes()
    damaged = whole[:8192] + b"\xff" * (len(whole) - 8192)
    tap = ["tap", log, "definitions"]
    for content, args in ((damaged, ["define", indices, "--log", log]), (whole[:8192], tap)):
        path.write_bytes(content)
        told = one_line(run(*args), 1)
        assert "directory" in told
        assert "--log" in told
    for words in ("disk I/O error", "database is locked", "database or disk is full", "whatever"):
        assert advice(sqlite3.OperationalError(words)).startswith(f"({words}): ")
