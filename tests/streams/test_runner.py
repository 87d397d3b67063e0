"""The gates and the numbering: every record once, no hole, and outputs that number themselves."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stream_fakes import BTC, START, FakePricer, FakeShard

from engine.records import Output, PriceFrame, TickFrame
from engine.types import SECOND
from streams.codecs import encode
from streams.gates import OffsetError, SequenceGapError, WriterGate
from streams.records import Record
from streams.runner import Runner, StageError, pricer_runner, shard_runner
from streams.topics import partition_counts, partition_of

COUNTS = partition_counts(prices=3)
C, D = "connector:c:1", "connector:d:1"


def frame(price: float = 100.0) -> TickFrame:
    return TickFrame(
        START, "live", [BTC], [0], [price], [1.0], ["buy"], ["1"], [START], [START], []
    )


def record(
    offset: int,
    writer: str = C,
    seq: int | None = None,
    value: bytes | None = None,
    **changes: Any,
) -> Record:
    value = encode(frame())[1] if value is None else value
    seq = offset + 1 if seq is None else seq
    made = Record("ticks", 0, offset, "", "ticks", 1, "L", writer, seq, START, value)
    return made._replace(**changes)


def pricer() -> Runner:
    """One that tells everybody everything at once; what waits is another test's (`test_spread`)."""
    runner = pricer_runner(FakePricer(), "L", COUNTS)
    runner.spread.is_on = False
    return runner


def test_a_price_frame_goes_to_every_partition_with_its_own_numbers() -> None:
    runner = pricer()
    for n in range(2):
        outs = runner.apply(record(n))
        places = [*(("prices", p) for p in range(3)), ("prices.history", 0)]
        assert [(o.topic, o.partition, o.writer, o.seq) for o in outs] == [
            (*place, "pricer:0", n + 1) for place in places
        ]
        assert len({o.value for o in outs}) == 1
    assert orjson.loads(outs[0].value)["price"] == [100.0]


def test_a_duplicate_makes_nothing_and_is_counted() -> None:
    runner = pricer()
    assert runner.apply(record(0))
    assert runner.apply(record(1, seq=1)) == []
    assert (runner.gate.duplicates, runner.last_offset) == (1, 1)
    assert runner.apply(record(2, seq=2))[0].seq == 2
    assert runner.apply(record(2, seq=2)) == [], "an offset at or below the last is passed over"
    assert runner.gate.duplicates == 1


def test_a_hole_in_a_writer_is_named_when_it_goes_on_behind_it() -> None:
    runner = pricer()
    runner.apply(record(0))
    for offset, seq in ((1, 3), (2, 4)):
        (out,) = runner.apply(record(offset, seq=seq))
        assert out.topic == "rejected"
        assert f"{C} has come to seq 1, and this is {seq}" in out.body["reason"]
    with pytest.raises(
        SequenceGapError, match=rf"ticks/0 offset 3: {C} went from seq 1 to 3; seq 2 is"
    ):
        runner.apply(record(3, seq=5))


def test_stray_records_under_a_name_of_ours_are_rejected_and_stop_nobody() -> None:
    runner, clean = pricer(), pricer()
    runner.apply(record(0))
    clean.apply(record(0))
    stray = (9, 10, 2**63 - 1, 7, 8, 5)  # never three in a row
    for offset, seq in enumerate(stray, 1):
        assert [out.topic for out in runner.apply(record(offset, seq=seq))] == ["rejected"]
    for offset, seq in enumerate((5, 6, 7, 8), 7):  # one that never entered has no say
        assert runner.apply(record(offset, writer=D, seq=seq))[0].topic == "rejected"
    loaded = pricer()
    loaded.load(orjson.loads(orjson.dumps(runner.dump())))
    want = clean.apply(record(1, seq=2))
    assert runner.apply(record(11, seq=2)) == loaded.apply(record(11, seq=2)) == want
    assert runner.rejected == 10


def test_who_takes_a_name_of_ours_and_does_not_name_the_log_stops_nobody() -> None:
    runner, clean = pricer(), pricer()
    for each in (runner, clean):
        each.apply(record(0))
    for offset, (log, seq) in enumerate(
        (("", 2), ("", 9), ("", 10), ("", 11), ("", 12), ("M", 2), ("M", 13), ("M", 14)), 1
    ):
        (out,) = runner.apply(record(offset, seq=seq, log=log))
        assert out.topic == "rejected"
        assert f"it says that {C} wrote it, into" in out.body["reason"]
    assert runner.rejected == 8
    assert runner.gate.last(C) == 1
    assert runner.apply(record(9, seq=2)) == clean.apply(record(1, seq=2))


def test_strangers_have_no_sequence() -> None:
    runner = pricer()
    for offset, seq in enumerate((1, 3, 3, 2**63 - 1, 1)):
        assert runner.apply(record(offset, writer="mine", seq=seq))[0].topic == "prices"


def test_a_hole_in_the_offsets_is_an_error() -> None:
    runner = pricer()
    runner.apply(record(0))
    with pytest.raises(OffsetError, match="ends at offset 0, the log goes on at 2"):
        runner.apply(record(2))


def test_a_log_that_was_cut_may_begin_anywhere() -> None:
    runner = pricer()
    assert runner.apply(record(5, seq=77))
    assert runner.apply(record(6, writer=D, seq=9))[0].topic == "prices"
    assert runner.apply(record(7, seq=79))[0].topic == "rejected"


def test_records_without_a_writer_pass() -> None:
    runner = pricer()
    for n in range(3):
        assert runner.apply(record(n, writer="", seq=0))


def test_the_table_of_writers_is_bounded() -> None:
    gate = WriterGate(limit=3)
    for writer in "abc":
        assert gate.take("t", 0, writer, 1) == "next"
    assert gate.take("t", 0, "a", 2) == "next"
    assert gate.take("t", 0, "d", 1) == "next"  # b was silent for longest
    assert [writer for writer, _ in gate.dump()["last"]] == ["c", "a", "d"]
    assert gate.take("t", 0, "a", 2) == "duplicate"
    assert gate.take("t", 0, "b", 2) == "gap"


@given(st.lists(st.integers(0, 3), max_size=30))
def test_only_the_next_passes(steps: list[int]) -> None:
    gate, last = WriterGate(), 0
    for step in steps:
        seq = last + step - 1
        if step == 3:
            assert gate.take("t", 0, "w", last + 2) == "gap"
        elif seq < 1:
            continue
        else:
            assert gate.take("t", 0, "w", seq) == ("next" if seq == last + 1 else "duplicate")
            last = max(last, seq)
    assert gate.last("w") == last


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"value": b"nonsense"}, "malformed"),
        ({"type": "snapshot"}, "do not belong into ticks"),
        ({"v": 7}, "version 7"),
        ({"time": START - 10**10, "writer": "", "seq": 0}, "ahead"),
    ],
)
def test_what_cannot_be_read_is_a_counted_no_op(changes: dict[str, Any], reason: str) -> None:
    runner, clean = pricer(), pricer()
    for r in (runner, clean):
        r.apply(record(0))
    (out,) = runner.apply(record(1, **changes))
    assert (out.topic, out.partition, out.type, out.seq) == ("rejected", 0, "rejected", 1)
    body = orjson.loads(out.value)
    assert reason in body["reason"]
    assert (body["topic"], body["partition"], body["offset"]) == ("ticks", 0, 1)
    assert (
        body["excerpt"] == (b"nonsense" if "value" in changes else record(1).value).decode()[:200]
    )
    assert runner.rejected == 1
    assert runner.stage.dump() == clean.stage.dump()
    after = runner.apply(record(2, seq=2 if "writer" in changes else 3))[0]
    assert (after.topic, after.seq) == ("prices", 2), "the gates went on"


def test_prices_of_anybody_but_the_pricer_or_of_another_time_are_rejected() -> None:
    def price(offset: int, seconds: int, writer: str = "pricer:0", **changes: Any) -> Record:
        now = START + seconds * SECOND
        frame = PriceFrame(now, "live", ["BTC"], [now], [2.0], [1.0], [1.0], {}, [])
        made = Record("prices", 2, offset, "", "prices", 1, "L", writer, 1, now, encode(frame)[1])
        return made._replace(**changes)

    runner, clean = (shard_runner(FakeShard(), "L", COUNTS, 2) for _ in range(2))
    for r in (runner, clean):
        r.apply(price(0, 0))
    year = 365 * 86_400
    for offset, (stray, reason) in enumerate(
        (
            (price(1, 1, ""), "a writer without a name does not write to prices"),
            (price(2, 1, "mine", seq=7), "mine does not write to prices"),
            (price(3, 1, seq=2**63 - 1), "pricer:0 has come to seq 1"),
            (price(4, 1, seq=2, value=b"{}"), "missing required field"),
            (price(5, year, seq=3, time=START), "s ahead of the log's time"),
        ),
        1,
    ):
        (out,) = runner.apply(stray)
        assert (out.topic, out.body["offset"]) == ("rejected", offset)
        assert reason in out.body["reason"]
    assert runner.rejected == 5
    assert repr(runner.stage.dump()) == repr(clean.stage.dump())
    # The clock of the appends may be set back: the Pricer's time goes on.
    for offset, seconds in ((6, 30), (7, 80), (8, 130)):
        (*_, out) = runner.apply(price(offset, seconds, seq=offset - 2, time=START - 3600 * SECOND))
        assert out.topic != "rejected"


def test_an_exception_of_the_engine_names_the_record() -> None:
    stage = FakePricer()
    stage.fail_at = 13.0
    runner = pricer_runner(stage, "L", COUNTS)
    runner.apply(record(0))
    with pytest.raises(StageError, match=r"ticks/0 offset 1: .*ZeroDivisionError") as caught:
        runner.apply(record(1, value=encode(frame(13.0))[1]))
    assert (caught.value.topic, caught.value.partition, caught.value.offset) == ("ticks", 0, 1)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_outputs_go_to_the_partition_of_their_key() -> None:
    class Speaker(FakeShard):
        def apply(self, record: Any, receipt: Any) -> list[Output]:
            return [
                Output(topic, key, "x", {"at": receipt.offset, "log": receipt.log})
                for topic in ("snapshots", "alerts")
                for key in ("TOP3", "BOTTOM")
            ]

    runner = shard_runner(Speaker(), "L", COUNTS, 2)
    _, value = encode(FakePricer().apply(frame())[0].body)
    (top, every) = (partition_of(key, 3) for key in ("TOP3", "BOTTOM"))
    assert top != every
    for n in range(2):
        outs = runner.apply(
            Record("prices", 2, n, "", "prices", 1, "L", "pricer:0", n + 1, START, value)
        )
        assert [(o.topic, o.partition, o.key, o.writer, o.seq) for o in outs] == [
            ("snapshots", top, "TOP3", "shard:2", n + 1),
            ("snapshots", every, "BOTTOM", "shard:2", n + 1),
            ("alerts", top, "TOP3", "shard:2", n + 1),
            ("alerts", every, "BOTTOM", "shard:2", n + 1),
        ]
        assert outs[0].value == outs[1].value == b'{"at":%d,"log":"L"}' % n


@given(st.integers(0, 12), st.integers(0, 3))
def test_dump_and_load_go_on_as_if_nothing_happened(split: int, junk: int) -> None:
    def inputs() -> list[Record]:
        made = [record(n, value=encode(frame(100.0 + n))[1]) for n in range(12)]
        made[junk * 3] = made[junk * 3]._replace(value=b"junk")
        made.insert(5, made[4])
        return [r._replace(offset=n) for n, r in enumerate(made)]

    whole, first, second = pricer(), pricer(), pricer()
    expected = [whole.apply(r) for r in inputs()]
    found = [first.apply(r) for r in inputs()[:split]]
    second.load(first.dump())
    found += [second.apply(r) for r in inputs()[split:]]
    assert repr(found) == repr(expected)
    assert second.dump() == whole.dump()
    assert whole.dump()["gate"]["duplicates"] == 1


def at(now: int, appended: int, writer: str = "connector:up:1") -> Record:
    """A clock frame of time `now`, appended when the clock that stamps appends said `appended`."""
    value = encode(frame()._replace(now=START + now, received=[START + now]))[1]
    return record(0, writer, value=value, time=START + appended)


def test_the_logs_own_time_goes_on_where_the_appends_are_set_back() -> None:
    hour = 3600 * SECOND
    rows = [
        (at(hour + 1, hour), True),
        (at(hour + SECOND, SECOND), True),
        (at(hour + 60 * SECOND, 60 * SECOND), True),
        (at(hour + 70 * SECOND, 61 * SECOND), False),  # 9 s more than have passed
        (at(hour + 71 * SECOND, 71 * SECOND), True),
        (at(hour + 71 * SECOND, 71 * SECOND, "anybody"), False),
        (at(71 * SECOND, 71 * SECOND, "anybody"), True),
        (at(hour + 100 * SECOND, 2 * hour), True),
        (at(2 * hour + 6 * SECOND, 2 * hour), False),
    ]
    for cut in range(len(rows)):
        runner, seqs = pricer(), dict[str, int]()
        for offset, (row, accepted) in enumerate(rows):
            if offset == cut:
                state, runner = runner.dump(), pricer()
                runner.load(state)
            seq = seqs[row.writer] = seqs.get(row.writer, 0) + 1
            out, *_ = runner.apply(row._replace(offset=offset, seq=seq))
            assert (out.topic == "prices") == accepted, offset
        assert runner.rejected == 3


def test_a_state_from_before_the_logs_time_was_remembered_can_be_read() -> None:
    runner = pricer()
    runner.apply(at(0, 0))
    state = runner.dump()
    del state["reached"]
    runner.load(state)
    assert runner.apply(at(6 * SECOND, 0)._replace(offset=1, seq=2))[0].topic == "rejected"
