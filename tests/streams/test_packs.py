"""What is packed reads as it did before, whoever reads it, and goes when its time or room is up."""

from __future__ import annotations

import random
import threading
from base64 import b85decode
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.index.shard import Shard
from engine.pricing.pricer import Pricer
from engine.types import DAY, SECOND
from streams.records import LogError, Record
from streams.sqlite import file as sqlite_file
from streams.sqlite import packer, packs, retention
from streams.sqlite.driver import LocalDriver
from streams.sqlite.file import SqliteLog
from streams.sqlite.packer import Packer, pack_all
from streams.sqlite.packs import StoredRow, pack, unpack

START = 1_700_000_000 * SECOND

rows = st.builds(
    StoredRow,
    offset=st.integers(0, 2**62),
    key=st.text(max_size=8),
    type=st.sampled_from(["ticks", "", "é"]),
    v=st.integers(0, 9),
    writer=st.text(max_size=8),
    seq=st.integers(0, 2**62),
    time=st.integers(-(2**62), 2**62),
    value=st.binary(max_size=40)
    | st.integers(0, 2**64).map(lambda n: b'{"now":%d,"id":["%d"],"price":%d.5}' % (n, n, n)),
    token=st.none() | st.text(max_size=4),
)


@given(st.lists(rows, min_size=1, max_size=20))
def test_a_pack_holds_its_rows(found: list[StoredRow]) -> None:
    assert unpack(pack(found)) == found


SCHEMA_2 = """
D77#BAnCmX0J6s$BcP`_|NsAIRn`Bq`Mvk0>&|3kuI{;4oW9BbUc2N}su1EGkpv|};qYiyfKmfNK&diYPCzd=;@Z*L^Dy?F
zFryjrlc<fWfbLmS+ZF&PWN`BOY=D>6}}gagVT<0-_LEc5MlO~p011`gdhPA09K#}Mfe*SCyAiUWg#%Ghg22<U`Yjt6q!|#
=!}acz7|X;
"""


def test_a_pack_of_before_is_read() -> None:
    value = b'{"now":1790000000000000000,"id":["3735683327"]}'
    times = 1_790_000_000_000_000_000, 1_790_000_000_010_000_000
    assert unpack(b85decode(SCHEMA_2.replace("\n", ""))) == [
        StoredRow(7, "binance", "ticks", 1, "connector:a", 3, times[0], value, "t"),
        StoredRow(8, "", "prices", 1, "pricer:0", 4, times[1], b"TGP1\x00\n\xff"),
        StoredRow(9, "k", "t", 1, "", 0, 0, b""),
    ]


def test_an_older_version_refuses_a_log_with_packs_of_now(tmp_path: Path) -> None:
    with SqliteLog(tmp_path) as log:
        log._db.execute("PRAGMA user_version=2")
    with SqliteLog(tmp_path, readonly=True) as log:
        assert log._db.execute("PRAGMA user_version").fetchone() == (2,)
    with SqliteLog(tmp_path) as log:
        LocalDriver(log, Pricer, Shard, lambda: START).start()
        assert log._db.execute("PRAGMA user_version").fetchone() == (3,)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packs, "RECORDS", 7)
    monkeypatch.setattr(retention, "LOOSE", 5)
    monkeypatch.setattr(retention, "PACK_AFTER", 1)


def check_reads(log: SqliteLog, topic: str, all_: list[Record], rng: random.Random) -> None:
    """Every way to read gives what a list of all records gives."""
    assert log.read(topic, 0, -1, 10_000) == all_
    assert log.start(topic, 0) == (all_[0].offset if all_ else log.end(topic, 0))
    after, limit = rng.randint(-1, all_[-1].offset + 1), rng.randint(1, 30)
    assert log.read(topic, 0, after, limit) == [r for r in all_ if r.offset > after][:limit]
    behind = [r for r in reversed(all_) if r.offset < after]
    assert log.backwards(topic, 0, after, limit) == behind[:limit]
    writer = rng.choice("abc")
    own = [r for r in all_ if r.writer == writer]
    assert log.last(topic, 0, writer) == (own[-1] if own else None)
    if own:
        one = rng.choice(own)
        assert log.find(topic, 0, writer, one.seq, one.offset + rng.randint(0, 9)) == one
        before = [r for r in own if r.seq < one.seq]
        assert log.last(topic, 0, writer, below=one.seq) == (before[-1] if before else None)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_it_reads_as_if_nothing_were_packed(
    seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    rng, place = random.Random(seed), tmp_path_factory.mktemp("log")
    seqs, now = dict.fromkeys("abc", 0), START
    with SqliteLog(place) as log, SqliteLog(place, readonly=True) as reader:
        kept = list[Record]()
        for _ in range(rng.randint(20, 120)):
            now += rng.choice([0, SECOND, DAY // 20])
            writer = rng.choice("aaabc")
            seqs[writer] += 1
            value = rng.randbytes(rng.choice([0, 3, 100]))
            head = ("k", "t", value, writer, seqs[writer], now)
            offset = log.append("ticks", 0, *head)
            kept.append(Record("ticks", 0, offset, "k", "t", 1, log.log_id, *head[3:], value))
            if rng.random() < 0.3:
                pack_all(log)
            if rng.random() < 0.02:
                log.prune(now, {("ticks", 0): rng.randint(0, offset + 1)})
                first = log.start("ticks", 0)
                assert all(now - r.time > 3 * DAY for r in kept if r.offset < first)
                kept = [r for r in kept if r.offset >= first]
            if rng.random() < 0.1:
                check_reads(rng.choice([log, reader]), "ticks", kept, rng)
        pack_all(log)
        check_reads(reader, "ticks", kept, rng)


def test_records_of_an_age_of_their_own_go_out_of_packs(tmp_path: Path) -> None:
    kinds = ["minute_bar", "minute_bar", "hour_bar", "minute_bar", "bar"]
    with SqliteLog(tmp_path) as log:
        for n in range(600):
            log.append("bars", 0, "K", kinds[n % 5], b"v" * 9, "shard:0", n + 1, START + n * DAY)
        pack_all(log)
        whole = log.sizes()["bars"]
        retention_rows = retention.PRUNE_ROWS
        retention.PRUNE_ROWS = 50
        try:
            now = START + 390 * DAY
            gone = [log.prune(now, {}).get("bars", 0) for _ in range(12)]
        finally:
            retention.PRUNE_ROWS = retention_rows
        assert sum(gone) == pytest.approx(180, abs=6), "three of five that are past 90 days"
        assert gone[-1] == 0
        left = [(r.offset, r.type) for r in log.read("bars", 0, -1, 10_000)]
        assert {kind for n, kind in left if n < 290} == {"hour_bar", "bar"}
        assert [n for n, _ in left if n >= 302] == list(range(302, 600))
        assert log.sizes()["bars"] < whole
    with SqliteLog(tmp_path) as log:
        assert log.prune(now, {}) == {}, "what was looked at is not looked at again"
        assert len(log.read("bars", 0, -1, 10_000)) == len(left)


def test_what_is_due_by_the_hour_is_done_in_short_transactions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who writes a definition meanwhile waits for few rows, and for no compression."""
    monkeypatch.setattr(packs, "RECORDS", 1000)
    with SqliteLog(tmp_path) as log:
        db, rows, busy = log._db, list[int](), list[bool]()
        transaction, made_pack = log.transaction, packs.made_pack

        @contextmanager
        def counted() -> Iterator[None]:
            before = db.total_changes
            with transaction():
                yield
            rows.append(db.total_changes - before)

        def made(found: Sequence[StoredRow]) -> packs.MadePack:
            busy.append(db.in_transaction)
            return made_pack(found)

        monkeypatch.setattr(packs, "made_pack", made)
        monkeypatch.setattr(packer, "made_pack", made)
        monkeypatch.setattr(log._retention, "_transaction", counted)
        with transaction():
            for n in range(30_000):
                at = START + n * SECOND
                log.append("ticks", 0, "k", "t", b"tick", "w", n + 1, at)
                log.append("bars", 0, "k", ("minute_bar", "bar")[n % 2], b"bar", "w", n + 1, at)
        gone = log.prune(START + 200 * DAY, {("ticks", 0): 30_000})
        assert gone == {"ticks": 20_000, "bars": 5000}, "the newest bars stay whole"
        pack_all(log)
        for _ in range(4):
            log.prune(START + 200 * DAY, {("ticks", 0): 30_000})
        assert log.start("ticks", 0) > 29_000
        left = {r.type for r in log.read("bars", 0, -1, 5000)}
    assert left == {"bar"}
    assert max(rows) <= retention.STEP_ROWS + 1, "and the note of how far it came"
    assert len(rows) > 20
    assert len(busy) > 20
    assert not any(busy)


def until_made(packing: Packer) -> None:
    """Until its thread has come to what stands behind the pack that is being made."""
    packing._thread.submit(int).result(60.0)


def test_nobody_waits_while_a_pack_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Records come meanwhile; what is pruned meanwhile does not come back with the pack."""
    may = threading.Event()

    def slow(found: Sequence[StoredRow]) -> packs.MadePack:
        assert may.wait(60.0)
        return packs.made_pack(found)

    monkeypatch.setattr(packer, "made_pack", slow)
    with SqliteLog(tmp_path) as log, closing(Packer(log)) as packing:

        def append(count: int) -> None:
            with log.transaction():
                for _ in range(count):
                    n = log.end("ticks", 0)
                    log.append("ticks", 0, "k", "t", b"%d" % n, "w", n + 1, START + n * SECOND)

        append(20)
        packing.begin()
        append(3)
        packing.begin()
        assert not packing.finish()
        assert log.packed()["ticks"] == (0, 0)
        may.set()
        until_made(packing)
        assert packing.finish()
        assert log.packed()["ticks"][0] == 7
        assert not packing.finish()
        append(2)
        assert [r.value for r in log.read("ticks", 0)] == [b"%d" % n for n in range(25)]
        may.clear()
        packing.begin()
        packing.drop()
        log.prune(START + 3 * DAY + 20 * SECOND, {})
        start = log.start("ticks", 0)
        may.set()
        until_made(packing)
        assert not packing.finish()
        assert log.start("ticks", 0) == start > 7
        append(20)
        monkeypatch.setattr(packer, "MOST_TURNS", 3)
        may.clear()
        packing.begin()
        assert [packing.finish() for _ in range(2)] == [False, False]
        may.set()
        assert packing.finish(), "too many came meanwhile: it is waited for"
        packing.close()
        packing.begin()
        assert not packing.finish()


def test_what_the_stages_prune_does_not_come_back_with_a_pack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    may, now = threading.Event(), [START]

    def slow(found: Sequence[StoredRow]) -> packs.MadePack:
        assert may.wait(60.0)
        return packs.made_pack(found)

    monkeypatch.setattr(packer, "made_pack", slow)
    with SqliteLog(tmp_path) as log:
        driver = LocalDriver(log, Pricer, Shard, lambda: now[0])
        driver.start()
        driver.maintain()
        for n in range(40):
            log.append("levels", 0, "k", "t", b"level", "w", n + 1, START)
        driver.maintain()
        assert driver._packer._making is not None
        now[0] += 2 * DAY
        driver.maintain()
        start = log.start("levels", 0)
        may.set()
        until_made(driver._packer)
        driver.maintain()
        assert log.start("levels", 0) == start > 30
        driver.stop()


def test_a_size_is_kept_within_and_what_is_needed_stays(tmp_path: Path) -> None:
    rng, keep = random.Random(3), 2_000_000
    with SqliteLog(tmp_path, keep=keep) as log:
        for n in range(4000):
            for topic in ("ticks", "prices"):
                value = rng.randbytes(1000)
                log.append(topic, 0, "k", "t", value, "w", n + 1, START + n * SECOND)
            if n % 200 == 199:
                pack_all(log)
                gone = log.prune(START + n * SECOND, {("ticks", 0): n - 20})
                assert log.bytes_used() <= keep or not gone
        assert log.bytes_used() <= keep
        starts = [log.start(topic, 0) for topic in ("ticks", "prices")]
        assert min(starts) > 2000, "both went"
        assert abs(starts[0] - starts[1]) < 200, "the oldest first, whatever the topic"
        assert log.read("definitions", 0)[0].key == "log"
        log.keep = 100_000
        log.prune(START, {("ticks", 0): starts[0] + 100})
        assert starts[0] <= log.start("ticks", 0) <= starts[0] + 100
        assert log.bytes_used() > log.keep


def test_room_that_is_free_goes_back_to_the_disk(tmp_path: Path) -> None:
    rng = random.Random(4)
    with SqliteLog(tmp_path) as log:
        with log.transaction():
            for n in range(3000):
                value = rng.randbytes(20_000)
                log.append("ticks", 0, "k", "t", value, "w", n + 1, START + n * SECOND)
        pack_all(log)
        before = (tmp_path / sqlite_file.FILE).stat().st_size
        for _ in range(60):
            log.prune(START + 9 * DAY, {})
            log.append("ticks", 0, "k", "t", b"", "w", 0, START + 9 * DAY)  # SQLite's own pace
        after = (tmp_path / sqlite_file.FILE).stat().st_size
        assert before > 60e6
        assert after < 25e6


def test_a_file_that_cannot_be_read_is_the_logs_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "PACK_AFTER", 0)
    with SqliteLog(tmp_path) as log:
        log._db.execute(f"ALTER TABLE records_{log._places['levels', 0]} RENAME TO elsewhere")
        with pytest.raises(LogError, match="cannot write to the log"):
            pack_all(log)
        with pytest.raises(LogError, match="cannot write to the log"):
            log.prune(0, {})
