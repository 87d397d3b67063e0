"""The log of a directory: offsets, compaction, retention, its lock, and what it refuses."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import aclosing
from pathlib import Path

import pytest
from stream_fakes import START

from engine.types import DAY
from streams.records import LogError
from streams.sqlite import retention
from streams.sqlite.file import FILE, LOG_KEY, SqliteLog
from streams.sqlite.lock import LogHeldError
from streams.topics import TOPICS, partition_counts, partition_of
from tests.ports import port


def put(log: SqliteLog, topic: str, key: str = "K", value: bytes = b"v", time: int = START) -> int:
    return log.append(topic, 0, key, "t", value, "w", log.end(topic, 0) + 1, time)


def test_offsets_count_from_zero_in_each_partition(tmp_path: Path) -> None:
    with SqliteLog(tmp_path, prices=2) as log:
        assert [log.append("alerts", 1, "a", "t", b"1", "w", 1, START) for _ in range(3)] == [
            0,
            1,
            2,
        ]
        assert log.append("alerts", 0, "a", "t", b"1", "w", 1, START) == 0
        assert (log.start("alerts", 1), log.end("alerts", 1), log.end("levels", 0)) == (0, 3, 0)
        assert [r.offset for r in log.read("alerts", 1, after=0)] == [1, 2]
        assert [r.offset for r in log.read("alerts", 1, limit=2)] == [0, 1]
        assert [r.offset for r in log.backwards("alerts", 1, before=2)] == [1, 0]


def test_reopening_gives_everything_back(tmp_path: Path) -> None:
    with SqliteLog(tmp_path, prices=3) as log:
        put(log, "alerts", "TOP", b"\x00\xff")
        log_id = log.log_id
    with SqliteLog(tmp_path, prices=1) as log:
        assert log.log_id == log_id
        assert log.partitions["alerts"] == 3, "an existing log keeps its partitions"
        (record,) = log.read("alerts", 0)
        assert record == ("alerts", 0, 0, "TOP", "t", 1, log_id, "w", 1, START, b"\x00\xff")
        assert put(log, "alerts") == 1


def test_the_first_record_names_the_log(tmp_path: Path) -> None:
    with SqliteLog(tmp_path, log_id="the-id") as log:
        put(log, "definitions", "TOP")
        first = log.read("definitions", 0)[0]
        assert (first.offset, first.key, first.type) == (0, LOG_KEY, "log")
        assert b'"log":"the-id"' in first.value


def test_compaction_keeps_the_last_of_each_key(tmp_path: Path) -> None:
    with SqliteLog(tmp_path) as log:
        for key, value in (("A", b"1"), ("B", b"2"), ("A", b"3"), ("A", b"4")):
            put(log, "snapshots", key, value)
        assert [(r.offset, r.value) for r in log.read("snapshots", 0)] == [(1, b"2"), (3, b"4")]
        assert [(r.key, r.value) for r in log.latest("snapshots", 0)] == [("A", b"4"), ("B", b"2")]
        assert [r.key for r in log.latest("snapshots", 0, "B")] == ["B"]
        log.delete("snapshots", 0, "B")
        log.delete("snapshots", 0, "A")  # the very last record stays: offsets go on from it
        assert [r.key for r in log.read("snapshots", 0)] == ["A"]
    with SqliteLog(tmp_path) as log:
        assert put(log, "snapshots", "C") == 4


def test_a_transaction_is_all_or_nothing(tmp_path: Path) -> None:
    with SqliteLog(tmp_path) as log:
        put(log, "ticks")

        def fail() -> None:
            with log.transaction():
                put(log, "ticks")
                put(log, "snapshots", "A")
                log.set_meta("x", "1")
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()
        assert (log.end("ticks", 0), log.end("snapshots", 0), log.meta("x")) == (1, 0, None)
        assert put(log, "ticks") == 1


def test_find_and_last_of_a_writer(tmp_path: Path) -> None:
    with SqliteLog(tmp_path) as log:
        for writer, seq in (("a", 1), ("b", 1), ("a", 2), ("b", 2), ("a", 3)):
            log.append("rejected", 0, "k", "t", b"", writer, seq, START)
        last = log.last("rejected", 0, "b")
        assert last is not None
        assert (last.offset, last.seq) == (3, 2)
        found = log.find("rejected", 0, "a", 2, at_most=4)
        assert found is not None
        assert found.offset == 2
        assert log.find("rejected", 0, "a", 9, at_most=4) is None
        assert log.last("rejected", 0, "c") is None


def test_minute_bars_go_and_longer_ones_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "PRUNE_ROWS", 10)
    kinds = ["minute_bar", "minute_bar", "hour_bar", "minute_bar", "bar"]
    with SqliteLog(tmp_path) as log:
        for n in range(50):
            log.append("bars", 0, "K", kinds[n % 5], b"v", "shard:0", n + 1, START + n * DAY)
        pruned = [log.prune(START + 110 * DAY, {}).get("bars", 0) for _ in range(4)]
        assert pruned == [6, 6, 0, 0], "of the 20 that are past 90 days, ten rows at a time"
        left = [(r.offset, r.type) for r in log.read("bars", 0)]
        assert [t for n, t in left if n < 20] == ["hour_bar", "bar"] * 4
        assert [n for n, _ in left if n >= 20] == list(range(20, 50))
        assert log.prune(START + 900 * DAY, {}) == {"bars": 6}
        assert log.prune(START + 900 * DAY, {}) == {"bars": 6}
        assert log.prune(START + 900 * DAY, {}) == {}, "the newest stay whole"
        last = log.last("bars", 0, "shard:0")
        assert last is not None
        assert last.seq == 50


def test_pruning_is_by_age_and_never_beyond_what_is_needed(tmp_path: Path) -> None:
    with SqliteLog(tmp_path) as log:
        for day in range(10):
            put(log, "ticks", time=START + day * DAY)
            put(log, "prices", time=START + day * DAY)
            put(log, "alerts", time=START + day * DAY)
        now = START + 9 * DAY
        assert log.prune(now, {("ticks", 0): 4}) == {"ticks": 4}
        assert log.prune(now, {}) == {"ticks": 2}
        assert (log.start("ticks", 0), log.end("ticks", 0)) == (6, 10)
        assert log.prune(now + 400 * DAY, {}) == {"ticks": 3, "prices": 9}
        assert (log.start("ticks", 0), log.start("alerts", 0)) == (9, 0), "alerts are for ever"
    with SqliteLog(tmp_path) as log:
        assert put(log, "ticks") == 10, "offsets go on behind what was removed"


def test_a_second_process_is_told_who_holds_the_log(tmp_path: Path) -> None:
    script = (
        "import sys; from streams.sqlite.file import SqliteLog\n"
        "SqliteLog(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(LogHeldError, match=f"process {holder.pid} .*{tmp_path}.*stop") as held:
            SqliteLog(tmp_path)
        assert held.value.pid == holder.pid
        with SqliteLog(tmp_path, readonly=True) as reader:
            assert reader.end("definitions", 0) == 1
        holder.kill()
    SqliteLog(tmp_path).close()  # a killed process holds nothing


def test_the_same_process_cannot_write_twice_either(tmp_path: Path) -> None:
    with SqliteLog(tmp_path), pytest.raises(LogHeldError):
        SqliteLog(tmp_path)


def test_a_path_that_cannot_be_a_directory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for place in (tmp_path / "file", tmp_path / "file" / "log"):
        with pytest.raises(LogError, match=r"cannot make.*choose another"):
            SqliteLog(place)


def test_a_file_that_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"something else, and long enough " * 100)
    with pytest.raises(LogError, match="no log of tidegauge"):
        SqliteLog(tmp_path)
    assert (tmp_path / FILE).read_bytes().startswith(b"something else")
    (tmp_path / FILE).unlink()
    with sqlite3.connect(tmp_path / FILE) as other:
        other.execute("CREATE TABLE mine (x)")
    other.close()
    for readonly in (False, True):
        with pytest.raises(LogError, match="no log of tidegauge"):
            SqliteLog(tmp_path, readonly=readonly)


def test_another_schema(tmp_path: Path) -> None:
    SqliteLog(tmp_path).close()
    db = sqlite3.connect(tmp_path / FILE)
    db.execute("PRAGMA user_version=99")
    db.close()
    with pytest.raises(LogError, match=r"schema 99, .* reads 3; use the version that wrote it"):
        SqliteLog(tmp_path)


def test_reading_where_there_is_no_log(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="no log here"):
        SqliteLog(tmp_path / "nowhere", readonly=True)
    assert not (tmp_path / "nowhere").exists()


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    with SqliteLog(tmp_path) as log:
        put(log, "ticks")
        with SqliteLog(tmp_path, readonly=True) as reader:
            with pytest.raises(LogError, match="readonly"):
                put(reader, "ticks")
            put(log, "ticks")
            assert reader.end("ticks", 0) == 2


def test_short_writers_need_no_role_and_offsets_go_on(tmp_path: Path) -> None:
    with SqliteLog(tmp_path) as stages, SqliteLog(tmp_path, role=None) as short:
        for n in range(6):
            put(stages if n % 2 else short, "ticks")
            with (short if n % 2 else stages).transaction():
                put(short if n % 2 else stages, "snapshots", "A")
                put(short if n % 2 else stages, "snapshots", "B")
        assert [r.offset for r in stages.read("ticks", 0)] == list(range(6))
        assert [r.offset for r in short.read("snapshots", 0)] == [10, 11]
        short.claim("connectors")
        with SqliteLog(tmp_path, role=None) as other:
            with pytest.raises(LogHeldError, match="the connectors of this log are in process"):
                other.claim("connectors")
            short.give_up("connectors")
            other.claim("connectors")


async def test_the_port_follows_what_others_append(tmp_path: Path) -> None:
    with SqliteLog(tmp_path) as log, SqliteLog(tmp_path, readonly=True) as reader:
        put(log, "ticks")
        starts = {("ticks", 0): 1, ("snapshots", 0): 0}
        async with aclosing(port(reader).follow(starts)) as batches:
            assert await anext(batches) == []
            put(log, "ticks", "A")
            put(log, "snapshots", "B")
            found = await anext(batches)
            assert [(r.topic, r.key) for r in found] == [("ticks", "A"), ("snapshots", "B")]
            for _ in range(3):
                put(log, "ticks")
            put(log, "snapshots", "B")
            put(log, "snapshots", "B")
            log.prune(START + 10 * DAY, {})
            assert [r.offset for r in await anext(batches)] == [4, 2]


def test_partitions() -> None:
    assert partition_counts(prices=8)["alerts"] == 8
    assert partition_counts(prices=8)["ticks"] == partition_counts(prices=8)["rejected"] == 1
    assert set(partition_counts()) == set(TOPICS)
    assert all(n == 1 for n in partition_counts().values())
    assert partition_of("123456789", 2**32) == 0xCBF43926  # the check value of CRC-32
    with pytest.raises(ValueError, match="at least one"):
        partition_counts(prices=0)


def test_a_short_writer_waits_and_says_that_the_log_is_busy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def waits(log: SqliteLog) -> int:
        (found,) = log._db.execute("PRAGMA busy_timeout").fetchone()
        return int(found)

    with SqliteLog(tmp_path) as stages, SqliteLog(tmp_path, role=None) as short:
        with SqliteLog(tmp_path, role=None, patient=True) as command:
            assert (waits(stages), waits(short), waits(command)) == (10_000, 10_000, 60_000)
        short._db.execute("PRAGMA busy_timeout = 20")
        with stages.transaction(), pytest.raises(LogError) as refused:
            short.append("definitions", 0, "X", "definition", b"{}", "define:1", 1, START)
    assert str(refused.value).endswith(
        "cannot write to the log (database is locked): it is busy: others write to it; try again, "
        "and stop them if it stays so"
    )
