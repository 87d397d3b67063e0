"""The local driver: restart, failures of the engine, definitions, backfill, and what is due."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from stream_fakes import BTC, START, FakeClock, FakePricer, FakeShard, asset_frame, tick_frame

from engine.index.definition import DefinitionError, IndexDefinition, parse_index
from engine.records import TickFrame
from engine.types import DAY, HOUR, SECOND
from streams.backfill import BackfillRefusedError
from streams.codecs import encode
from streams.gates import SequenceGapError
from streams.records import LogError, OutRecord
from streams.runner import StageError, StaysDownError
from streams.sqlite.driver import LocalDriver
from streams.sqlite.file import SqliteLog
from streams.sqlite.outbox import DivergedError
from tests.ports import backfill, define, defined, port, replay_log, retick

W = "connector:a:1"


class PartitionWorker:
    """A directory whose driver can be opened again and again."""

    def __init__(self, path: Path) -> None:
        self.path, self.clock = path, FakeClock()
        self.log: SqliteLog | None = None

    def open(self, pricer: Any = FakePricer, **options: Any) -> LocalDriver:
        self.close()
        self.log = SqliteLog(self.path, log_id="L")
        return LocalDriver(self.log, pricer, FakeShard, self.clock, **options)

    def started(self, **options: Any) -> LocalDriver:
        driver = self.open(**options)
        driver.start()
        return driver

    def close(self) -> None:
        if self.log:
            self.log.close()
            self.log = None

    def feed(self, driver: LocalDriver, first: int, end: int, late: int = 0) -> None:
        rng = random.Random(first)
        for n in range(first, end):
            frame = tick_frame(n, rng)
            self.clock.now = frame.now + late
            driver.ingest(frame, W, n + 1)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[PartitionWorker]:
    place = PartitionWorker(tmp_path)
    yield place
    place.close()


def poison(n: int) -> TickFrame:
    return tick_frame(n, random.Random(1), price=13.0)


def failing_pricer() -> FakePricer:
    pricer = FakePricer()
    pricer.fail_at = 13.0
    return pricer


def test_a_restart_goes_on_where_it_stopped(place: PartitionWorker) -> None:
    driver = place.started()
    place.feed(driver, 0, 30)
    driver.stop()
    state = driver.shards[0].dump(), driver.pricer.dump()
    driver = place.open()
    recovered = driver.start()
    assert (recovered.checkpoints, recovered.applied) == ({"pricer:0": 29, "shard:0": 29}, 0)
    assert repr((driver.shards[0].dump(), driver.pricer.dump())) == repr(state)
    assert driver.file.end("ticks", 0) == 30


def test_only_who_is_more_than_a_page_behind_tells_how_far(
    place: PartitionWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams.sqlite.driver.PAGE", 10)

    def told_by(driver: LocalDriver) -> list[tuple[int, int]]:
        told: list[tuple[int, int]] = []
        driver.progress = lambda what, done, total: told.append((done, total))
        return told

    driver = place.started()
    live = told_by(driver)
    place.feed(driver, 0, 25)
    assert live == []
    driver = place.open()
    again = told_by(driver)
    driver.start()
    assert (again[0], again[-1]) == ((10, 25), (25, 25))


def test_without_a_checkpoint_the_log_is_read_again_and_compared(place: PartitionWorker) -> None:
    driver = place.started()
    place.feed(driver, 0, 30)
    appended = driver.outbox.appended
    driver = place.open()
    assert driver.start().applied == 60
    # Snapshots that were compacted away have their history to be compared with.
    assert driver.outbox.appended == 0
    assert driver.outbox.compared + driver.outbox.unverified == appended
    assert 0 < driver.outbox.unverified < appended / 4
    place.feed(driver, 30, 40)
    assert driver.file.end("ticks", 0) == driver.file.end("prices", 0) == 40


def test_checkpoints_come_by_the_clock(place: PartitionWorker) -> None:
    driver = place.started(checkpoint_every=SECOND)
    place.feed(driver, 0, 350)  # 10 ms each
    assert driver.counts.checkpoints == 2 * 3
    assert place.open().start().applied < 2 * 100


def test_duplicates_are_counted_and_holes_refused(place: PartitionWorker) -> None:
    driver = place.started()
    place.feed(driver, 0, 3)
    assert not driver.ingest(tick_frame(1, random.Random(1)), W, 2)
    with pytest.raises(SequenceGapError, match=r"connector:a:1 went from seq 3 to 5"):
        driver.ingest(tick_frame(4, random.Random(1)), W, 5)
    assert (driver.counts.duplicates, driver.file.end("ticks", 0)) == (1, 3)
    assert driver.ingest(tick_frame(3, random.Random(1)), W, 4), "the driver is sound"


@pytest.mark.parametrize("topic", ["prices", "levels", "alerts", "snapshots.history"])
def test_other_bytes_than_before_are_an_error(place: PartitionWorker, topic: str) -> None:
    driver = place.started()
    place.feed(driver, 0, 40)
    log = driver.file
    last = log.backwards(topic, 0, 2**62, 1)[0]
    table = log._places[topic, 0]
    value = last.value.replace(b'"index":"IX0"', b'"index":"IX1"').replace(b'"live"', b'"LIVE"')
    assert value != last.value
    log._db.execute(f"UPDATE records_{table} SET value=? WHERE offset=?", (value, last.offset))
    driver = place.open()
    with pytest.raises((DivergedError,), match=f"{topic}/0 offset {last.offset}") as caught:
        driver.start()
    assert caught.value.seq == last.seq


def test_the_third_failure_at_one_record_is_the_last(place: PartitionWorker) -> None:
    driver = place.started(pricer=failing_pricer)
    place.feed(driver, 0, 5)
    with pytest.raises(StageError, match="ticks/0 offset 5"):
        driver.ingest(poison(5), W, 6)
    with pytest.raises(LogError, match="stopped before"):
        driver.ingest(poison(5), W, 6)
    driver.stop()  # makes no checkpoint of a broken state
    assert driver.file.end("ticks", 0) == 6, "the record is in the log, for whoever looks into it"
    assert driver.file.end("prices", 0) == 5
    for _ in range(2):
        driver = place.open(pricer=failing_pricer)
        with pytest.raises(StageError, match="ticks/0 offset 5"):
            driver.start()
    driver = place.open(pricer=failing_pricer)
    with pytest.raises(StaysDownError, match=r"offset 5: the engine failed 3 times.*made to fail"):
        driver.start()
    driver = place.open(retry_failed=True)  # an engine that can do it
    driver.start()
    assert driver.file.end("prices", 0) == 6
    driver.stop()
    place.started()


def test_a_failure_of_the_shard_counts_at_the_price_record(place: PartitionWorker) -> None:
    class Failing(FakeShard):
        def apply(self, record: Any, receipt: Any) -> Any:
            if receipt.offset == 2:
                raise OverflowError("no")
            return super().apply(record, receipt)

    for attempt in range(4):
        place.close()
        place.log = SqliteLog(place.path)
        driver = LocalDriver(place.log, FakePricer, Failing, place.clock)
        if attempt == 3:
            with pytest.raises(StaysDownError, match="prices/0 offset 2"):
                driver.start()
            continue
        if attempt == 0:
            driver.start()
            with pytest.raises(StageError, match="prices/0 offset 2"):
                place.feed(driver, 0, 5)
        else:
            with pytest.raises(StageError, match="prices/0 offset 2"):
                driver.start()
        assert (place.log.end("ticks", 0), place.log.end("prices", 0)) == (3, 2)


def test_newer_numbers_are_told_what_to_do(
    place: PartitionWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.feed(place.started(), 0, 3)
    monkeypatch.setattr("streams.checkpoints.NUMBERS", "1")
    with pytest.raises(
        LogError, match=r'numbers "\d+", this version of tidegauge has "1".*use the'
    ):
        place.open().start()


def test_an_unreadable_record_goes_to_rejected(place: PartitionWorker) -> None:
    driver = place.started()
    place.feed(driver, 0, 2)
    driver.take([OutRecord("ticks", 0, "", "ticks", b"junk", "x", 1, None)])
    (rejected,) = driver.file.read("rejected", 0)
    assert (rejected.key, rejected.writer, rejected.seq) == ("ticks:0:2", "pricer:0", 1)
    assert orjson.loads(rejected.value)["excerpt"] == "junk"
    assert driver.status()["rejected"] == 1
    assert place.open().start().applied == 3 + 2  # and is compared like any other output


def test_a_cut_log_without_checkpoint_is_refused(place: PartitionWorker) -> None:
    driver = place.started()
    place.feed(driver, 0, 10)
    driver.file.prune(START + 100 * DAY, {("prices", 0): 0})
    with pytest.raises(LogError, match=r"ticks/0 starts at offset 9.*no checkpoint"):
        place.open().start()


def test_old_records_go_once_a_minute_but_not_before_their_checkpoint(
    place: PartitionWorker,
) -> None:
    driver = place.started(checkpoint_every=10**18)
    place.feed(driver, 0, 10)
    place.clock.now += 100 * DAY
    driver.maintain()
    assert driver.file.start("ticks", 0) == 0
    driver.checkpoint()
    place.clock.now += 59 * SECOND
    driver.maintain()
    assert driver.file.start("ticks", 0) == 0
    place.clock.now += 2 * SECOND
    driver.maintain()
    assert (driver.file.start("ticks", 0), driver.file.start("prices", 0)) == (9, 9)
    assert driver.counts.pruned >= 18
    driver = place.started()
    assert driver.pricer.last_offset == 9


async def test_it_follows_what_others_append_until_stopped(place: PartitionWorker) -> None:
    driver, stop = place.started(), asyncio.Event()
    running = asyncio.create_task(driver.run(stop))
    async with driver.writer() as ours, port(driver.file).writer() as others:
        for n in range(20):
            frame = tick_frame(n, random.Random(n))
            place.clock.now = frame.now
            kind, value = encode(frame)
            record = OutRecord("ticks", 0, "", kind or "", value, W, n + 1, frame)
            await (ours if n % 2 else others).send([record])
    async with asyncio.timeout(20):
        async for batch in port(driver.file).follow({("prices", 0): 19}):
            if batch:
                break
        stop.set()
        await running
    assert driver.status()["ticks_offset"] == 19
    assert place.open().start().applied == 0, "it has left its checkpoints"


def index(index_id: str, **table: Any) -> IndexDefinition:
    return parse_index(index_id, {"assets": ["BTC", "ETH"]} | table)


def test_twice_defined_is_once(place: PartitionWorker) -> None:
    driver = place.started()
    assert define(driver, [index("A"), index("B")])[:4] == (["A", "B"], [], [], [])
    ends = driver.file.end("definitions", 0), driver.file.end("ticks", 0)
    assert define(driver, [index("A"), index("B")])[:4] == ([], [], [], ["A", "B"])
    assert (driver.file.end("definitions", 0), driver.file.end("ticks", 0)) == ends == (3, 2)
    assert [r.value for r in driver.file.read("ticks", 0)] == [
        r.value for r in driver.file.read("definitions", 0, after=0)
    ]
    assert defined(driver.file) == {"A": index("A"), "B": index("B")}


def test_definitions_change_return_and_retire(place: PartitionWorker) -> None:
    driver = place.started()
    define(driver, [index("A")])
    assert define(driver, [index("A", name="new")]).changed == ["A"]
    assert define(driver, [index("A")]).changed == ["A"], "back again is a change too"
    assert define(driver, [], ["A"]).retired == ["A"]
    assert define(driver, [], ["A"]).unchanged == ["A"]
    assert defined(driver.file) == {}
    assert define(driver, [index("A", base_level=5.0)]).added == ["A"]
    assert [r.type for r in driver.file.read("prices", 0)] == ["definition"] * 5
    assert len(driver.file.read("definitions", 0)) == 2  # the log's own, and A's last
    assert place.open().start().applied == 10


def test_definitions_that_do_not_fit_change_nothing(place: PartitionWorker) -> None:
    driver = place.started()
    define(driver, [index("A")])
    for wrong, retire, message in (
        ([index("A", base_level=7.0)], [], "base_level.*cannot change"),
        ([index("BTC")], [], "name of an asset"),
        ([index("B")], ["B"], "at once"),
    ):
        with pytest.raises(DefinitionError, match=message):
            define(driver, wrong, retire)
    assert driver.file.end("ticks", 0) == 1


def test_backfill_goes_ahead_of_live_prices_only(place: PartitionWorker) -> None:
    driver = place.started()
    # Five days, and the four midnights between them.
    assert backfill(driver, [asset_frame(n) for n in range(5)], "aa") == (9, 0)
    assert backfill(driver, [asset_frame(n) for n in range(5)], "aa") == (0, 9)
    with pytest.raises(BackfillRefusedError, match=r"goes up to 2022-.*first price, 2022-"):
        backfill(driver, [asset_frame(n) for n in range(4, 9)], "bb")
    assert backfill(driver, [asset_frame(n) for n in range(5, 9)], "bb") == (7, 0)
    place.feed(driver, 0, 5)
    with pytest.raises(BackfillRefusedError):
        backfill(driver, [asset_frame(n) for n in range(9, 12)], "cc")
    assert driver.file.end("ticks", 0) == 21


def test_where_the_log_has_no_price_but_a_later_time_backfill_is_refused(
    place: PartitionWorker,
) -> None:
    """To the Pricer those prices would be late, all of them."""
    driver = place.started()
    clock = TickFrame(place.clock.now, "live", [], [], [], [], [], [], [], [], [])
    driver.ingest(clock, W, 1)
    with pytest.raises(BackfillRefusedError, match="already goes up to"):
        backfill(driver, [asset_frame(0)], "aa")
    assert driver.file.end("ticks", 0) == 1


def test_an_interrupted_backfill_is_taken_up(place: PartitionWorker) -> None:
    def breaking() -> Iterator[Any]:
        yield from (asset_frame(n) for n in range(23))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backfill(place.started(), breaking(), "aa")
    driver = place.started()
    assert backfill(driver, [asset_frame(n) for n in range(26)], "aa") == (11, 40)
    seqs = [(r.writer, r.seq) for r in driver.file.read("ticks", 0)]
    assert seqs == [("backfill:aa", n) for n in range(1, 52)]


def test_a_backfill_from_the_future_is_refused(place: PartitionWorker) -> None:
    driver = place.started()
    with pytest.raises(BackfillRefusedError, match=r"frame 1 .*future"):
        backfill(driver, [asset_frame(500)], "aa")


def test_a_kept_log_replays_to_the_same_bytes(place: PartitionWorker) -> None:
    driver = place.started(checkpoint_every=SECOND)
    define(driver, [index("A")])
    place.feed(driver, 0, 300)
    log = driver.file
    remade = [o.value for made in retick(log, FakePricer) for o in made.outputs]
    assert remade == [r.value for r in log.read("prices", 0)]
    for topic in ("levels", "alerts", "bars", "snapshots.history"):
        outputs = [o for made in replay_log(log, FakeShard) for o in made.outputs]
        made = [(o.key, o.type, o.writer, o.seq, o.value) for o in outputs if o.topic == topic]
        kept = [(r.key, r.type, r.writer, r.seq, r.value) for r in log.read(topic, 0)]
        assert made == kept != []


def test_a_cut_log_replays_from_its_oldest_archived_checkpoint(place: PartitionWorker) -> None:
    driver = place.started(checkpoint_every=SECOND)
    place.feed(driver, 0, 150)
    place.feed(driver, 150, 300, late=HOUR)
    manifests = [
        orjson.loads(record.value)
        for record in driver.file.read("checkpoints.archive", 0)
        if record.type == "manifest" and record.key.startswith("shard:0/")
    ]
    archived = manifests[1]["offset"]
    kept = {("prices", 0): archived - 5, ("levels", 0): 0, ("checkpoints.archive", 0): 0}
    driver.file.prune(place.clock.now + 100 * DAY, kept)
    made = replay_log(driver.file, FakeShard)
    assert [m.record.offset for m in made] == list(range(archived + 1, 300))
    values = [o.value for m in made for o in m.outputs if o.topic == "levels"]
    assert len(values) > 20
    assert values == [r.value for r in driver.file.read("levels", 0)][-len(values) :]
    place.feed(driver, 300, 305)
    driver.file.prune(place.clock.now + 100 * DAY, {})
    with pytest.raises(LogError, match="cannot be replayed"):
        replay_log(driver.file, FakeShard)


def test_the_times_of_appends_never_run_backwards(place: PartitionWorker) -> None:
    driver = place.started()
    place.feed(driver, 0, 3)
    last, place.clock.now = place.clock.now, START - DAY
    define(driver, [index("A")])
    driver = place.started()
    driver.ingest(tick_frame(3, random.Random(1)), W, 4)
    for topic in ("ticks", "prices"):
        times = [r.time for r in driver.file.read(topic, 0)]
        assert times == sorted(times)
        assert times[-1] == last
    assert driver.status()["rejected"] == 0


def test_instruments_key_their_frames(place: PartitionWorker) -> None:
    driver = place.started()
    place.feed(driver, 0, 1)
    assert driver.file.read("ticks", 0)[0].key == BTC.venue
