"""Frames: what they hold, when they close, and what happens when the log falls behind."""

from __future__ import annotations

import asyncio
import queue
import random
from typing import Any

import pytest
from stream_fakes import BTC, ETH, START, FakeClock

from engine.records import Backfill, BackfillFrame, Gap, Instrument, Tick, TickFrame
from streams.clock import STEPPED, LogClock
from streams.codecs import decode, encode
from streams.ingest import CLOCK_EVERY, FrameBuilder, Ingested, key_of, queue_sink

MS = 1_000_000


def tick(n: int = 0, instrument: Instrument = BTC, price: float = 100.0) -> Tick:
    return Tick(instrument, price, 1.0, "buy", str(n), START + n)


class Setting:
    """A builder, its clock, and what came out; `room` is how many frames are taken."""

    def __init__(self, **options: Any) -> None:
        self.clock, self.out, self.room = FakeClock(), list[Ingested](), 10**9
        self.builder = FrameBuilder(self._sink, "c", "s", self.clock, **options)
        self.builder.poll()
        self.out.clear()  # the first clock frame

    def _sink(self, ingested: Ingested) -> bool:
        if len(self.out) >= self.room:
            return False
        self.out.append(ingested)
        return True

    def frames(self) -> list[Any]:
        return [i.frame for i in self.out]


def test_a_frame_holds_what_came_in_meanwhile() -> None:
    s = Setting()
    s.builder.add(START + 1 * MS, [tick(1), tick(2, ETH)])
    s.builder.add(START + 3 * MS, [tick(3)])
    assert s.out == []
    s.clock.now = START + 5 * MS
    s.builder.poll()
    ((frame, writer, seq),) = s.out
    assert (writer, seq) == ("connector:c:s", 2)
    assert (frame.instruments, frame.instrument) == ([BTC, ETH], [0, 1, 0])
    assert frame.received == [START + 1 * MS, START + 1 * MS, START + 3 * MS]
    assert (frame.now, frame.origin, frame.id) == (START + 5 * MS, "live", ["1", "2", "3"])
    s.builder.poll()
    assert len(s.out) == 1


def test_trades_outside_the_order_book_are_rows_of_the_frame() -> None:
    s = Setting(max_ticks=3)
    nothing = tick(2)._replace(price=0.0, size=0.0, off_book=True)
    s.builder.add(START + 1 * MS, [tick(1), nothing, tick(3)._replace(off_book=True)])
    s.builder.add(START + 2 * MS, [tick(4)])
    s.clock.now = START + 5 * MS
    s.builder.poll()
    first, second = s.frames()
    assert (first.id, first.off_book, first.price[1]) == (["1", "2", "3"], (1, 2), 0.0)
    assert (second.id, second.off_book) == (["4"], ())
    assert decode("ticks", 1, encode(first)[1], first.now) == first
    assert s.builder.counts.unusable == 0


def test_a_clock_frame_after_silence() -> None:
    s = Setting()
    s.clock.now += CLOCK_EVERY - 1
    s.builder.poll()
    assert s.out == []
    s.clock.now += 1
    s.builder.poll()
    s.builder.poll()
    (frame,) = s.frames()
    assert (frame.now, frame.price, frame.gaps) == (START + CLOCK_EVERY, [], [])
    assert s.builder.counts.clock_frames == 2


def test_gaps_come_before_ticks() -> None:
    s = Setting()
    gap = Gap(BTC, None, None, "session")
    s.builder.add(START + MS, [gap, tick(1), tick(2)])
    s.builder.add(START + MS, [gap, tick(3)])
    s.builder.poll()
    assert [(f.gaps, f.id) for f in s.frames()] == [([gap], ["1", "2"]), ([gap], ["3"])]
    assert s.out[1].seq == s.out[0].seq + 1
    assert s.frames()[1].received[0] > s.frames()[0].now


def test_a_full_frame_closes_at_once() -> None:
    s = Setting(max_ticks=3)
    s.builder.add(START + MS, [tick(n) for n in range(7)])
    assert [f.id for f in s.frames()] == [["0", "1", "2"], ["3", "4", "5"]]
    s.builder.poll()
    assert [f.id for f in s.frames()][2:] == [["6"]]


def test_received_never_decreases_and_no_instant_is_shared() -> None:
    rng = random.Random(5)
    s = Setting(max_ticks=4)
    for _ in range(500):
        s.clock.now += rng.randrange(-30, 40) * MS
        received = s.clock.now - rng.randrange(20) * MS
        items = [Gap(ETH, None, None, "x")] if rng.random() < 0.1 else []
        s.builder.add(received, [*items, *(tick(n) for n in range(rng.randrange(4)))])
        if rng.random() < 0.5:
            s.builder.poll()
    s.builder.flush()
    now = 0
    for n, (frame, _, seq) in enumerate(s.out):
        assert seq == n + 2
        assert frame.received == sorted(frame.received)
        assert all(now < at <= frame.now for at in frame.received)
        assert frame.now >= now
        now = frame.now
        assert decode("ticks", 1, encode(frame)[1], frame.now) == frame
    assert sum(len(f.price) for f in s.frames()) == s.builder.counts.ticks > 500
    assert s.builder.counts.clamped > 50


def test_a_tick_from_the_future_is_kept_out_and_its_loss_is_in_the_log() -> None:
    s = Setting()
    s.builder.add(START + 5_000 * MS, [tick(1)])
    s.builder.add(START + 5_001 * MS, [tick(2), tick(3, ETH)])
    s.builder.poll()
    assert (s.builder.counts.ahead, s.builder.counts.ticks) == (2, 1)
    assert [(f.gaps, f.id) for f in s.frames()] == [
        ([], ["1"]),
        ([Gap(BTC, None, None, "clock_ahead"), Gap(ETH, None, None, "clock_ahead")], []),
    ]


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_price_that_is_no_number_is_kept_out(bad: float) -> None:
    s = Setting()
    s.builder.add(START + MS, [tick(1), tick(2, price=bad), tick(3)])
    s.builder.poll()
    s.builder.poll()
    assert s.frames()[0].id == ["1", "3"]
    assert s.builder.counts.unusable == 1
    assert [f.gaps for f in s.frames()[-1:]] == [[Gap(BTC, None, None, "unusable")]]


def test_a_full_log_keeps_the_oldest_and_tells_of_the_rest() -> None:
    s = Setting(max_ticks=2, max_waiting=6)
    s.room = 1
    for n in range(10):
        s.builder.add(START + n * MS, [tick(n)])
    s.builder.add(START + 10 * MS, [Gap(ETH, "1", "9", "ids"), tick(99, ETH)])
    # Frame 0–1 is in the log, 2–7 wait, 8, 9 and 99 are refused.
    assert s.builder.waiting == 6
    assert s.builder.counts.overflowed == 3
    assert [f.id for f in s.frames()] == [["0", "1"]]
    s.room = 10**9
    s.builder.add(START + 20 * MS, [tick(10)])
    s.builder.poll()
    assert [(f.id, [g.instrument for g in f.gaps]) for f in s.frames()] == [
        (["0", "1"], []),
        (["2", "3"], []),
        (["4", "5"], []),
        (["6", "7"], []),
        (["10"], [BTC, ETH]),
    ]
    assert {g.reason for g in s.frames()[-1].gaps} == {"overflow"}
    assert [i.seq for i in s.out] == [2, 3, 4, 5, 6]
    assert s.builder.waiting == 0


def test_losses_are_told_even_if_nothing_more_comes() -> None:
    s = Setting(max_ticks=1, max_waiting=2)
    s.room = 0
    for n in range(3):
        s.builder.add(START + n * MS, [tick(n)])
    s.room = 10
    s.builder.poll()
    s.builder.poll()
    assert [(f.id, len(f.gaps)) for f in s.frames()] == [(["0"], 0), (["1"], 0), ([], 1)]


async def test_it_runs_by_itself_and_closes_without_loss() -> None:
    clock, frames = FakeClock(), queue.Queue[Ingested | None](maxsize=2)
    builder = FrameBuilder(queue_sink(frames), "c", "s", clock, max_ticks=1, max_waiting=4)
    task = asyncio.create_task(builder.run())
    async with asyncio.timeout(10):
        while frames.empty():  # noqa: ASYNC110 — the clock frame of the start
            await asyncio.sleep(0.001)
        for n in range(4):
            builder.add(START + n, [tick(n)])
        assert builder.waiting == 3
        room = asyncio.create_task(builder.room())
        await asyncio.sleep(0)
        assert not room.done()
        seen = [frames.get_nowait(), frames.get_nowait()]
        await room
        task.cancel()
        closing = asyncio.create_task(builder.close(5.0))
        while not closing.done():
            if not frames.empty():
                seen.append(frames.get_nowait())
            await asyncio.sleep(0.001)
        assert closing.result() == 0
        while not frames.empty():
            seen.append(frames.get_nowait())
    assert [i.seq for i in seen if i] == [1, 2, 3, 4, 5]
    assert [i.frame.id for i in seen[1:] if i] == [["0"], ["1"], ["2"], ["3"]]


async def test_what_cannot_be_handed_over_at_the_end_is_told() -> None:
    frames = queue.Queue[Ingested | None](maxsize=1)
    builder = FrameBuilder(queue_sink(frames), "c", "s", FakeClock(), max_ticks=2)
    builder.add(START, [tick(n) for n in range(5)])
    assert await builder.close(0.03) == 3


# A clock that is set


class Stepping:
    """A builder on a log clock, whose wall clock is off by `skew`."""

    def __init__(self) -> None:
        self.true, self.skew, self.out = START, 0, list[Ingested]()
        self.clock = LogClock(lambda: self.true + self.skew, lambda: self.true)
        self.builder = FrameBuilder(self._sink, "c", "s", self.clock.now, log_clock=self.clock)

    def _sink(self, ingested: Ingested) -> bool:
        self.out.append(ingested)
        return True

    def run(self, seconds: int) -> list[TickFrame]:
        """A trade each 100 ms, seen 50 ms later; the frames that came of it."""
        first = len(self.out)
        for _ in range(10 * seconds):
            self.true += 50 * MS
            trade = tick()._replace(ts=self.true)
            self.true += 50 * MS
            self.builder.add(self.clock.now(), [trade])
            self.builder.poll()
        return [i.frame for i in self.out[first:] if isinstance(i.frame, TickFrame)]


def test_frames_go_on_after_a_step_back_and_say_so() -> None:
    s = Stepping()
    frames = s.run(10)
    assert {f.clock for f in frames} == {""}
    s.skew = -3600 * 1000 * MS
    frames += s.run(10)
    assert {f.clock for f in frames[100:]} == {STEPPED}
    assert [f.received[0] - f.ts[0] for f in frames] == [50 * MS] * 200
    assert (s.builder.counts.clamped, s.builder.counts.ahead) == (0, 0)
    for frame in frames:
        value = encode(frame)[1]
        assert (b'"clock"' in value) == (frame.clock == STEPPED)
        assert decode("ticks", 1, value, frame.now) == frame


def test_the_trade_that_tells_of_a_step_ahead_is_no_trade_of_the_future() -> None:
    s = Stepping()
    s.run(10)
    s.skew = 3600 * 1000 * MS
    assert s.run(1)[-1].now < START + 12_000 * MS, "it is our clock"
    s.skew = 0
    s.run(1)
    received = s.clock.now()
    s.skew = 7200 * 1000 * MS  # the machine slept
    told = tick()._replace(ts=s.true + s.skew)
    s.builder.add(received, [told])
    s.builder.poll()
    frame = s.out[-1].frame
    assert isinstance(frame, TickFrame)
    assert (frame.ts, frame.received) == ([told.ts], [told.ts])
    assert (s.builder.counts.clamped, s.builder.counts.ahead, frame.clock) == (0, 0, "")


# Backfills


def backfill(*ids: int, last: int = 1, complete: bool = True) -> Backfill:
    """Of the ids `last` … 99."""
    return Backfill(BTC, str(last), "99", [tick(n) for n in ids], complete)


def shape(frame: Any) -> tuple[Any, ...]:
    whole = (frame.complete,) if isinstance(frame, BackfillFrame) else ()
    return (type(frame).__name__, frame.id, *whole)


def test_a_backfill_stands_behind_what_came_before_and_ahead_of_what_comes_after() -> None:
    s = Setting()
    s.builder.add(START + MS, [tick(1), Gap(BTC, "1", "99", "ids"), tick(99)])
    s.builder.add(START + 2 * MS, [backfill(2, 3), tick(100)])
    s.clock.now = START + 5 * MS
    s.builder.poll()
    assert [shape(f) for f in s.frames()] == [
        ("TickFrame", ["1"]),
        ("TickFrame", ["99"]),
        ("BackfillFrame", ["2", "3"], True),
        ("TickFrame", ["100"]),
    ]
    frame = s.frames()[2]
    assert (frame.instrument, frame.last_id, frame.next_id) == (BTC, "1", "99")
    assert (frame.price, frame.size, frame.side) == ([100.0] * 2, [1.0] * 2, ["buy"] * 2)
    assert (frame.ts, frame.origin) == ([START + 2, START + 3], "live")
    assert [i.seq for i in s.out] == [2, 3, 4, 5]
    assert frame.now >= s.frames()[1].now
    assert s.frames()[3].received[0] > frame.now
    assert decode("backfill", 1, encode(frame)[1], frame.now) == frame
    assert key_of(frame) == "binance"
    counts = s.builder.counts
    assert (counts.ticks, counts.backfilled, counts.gaps) == (3, 2, 1)


def test_a_long_backfill_is_cut_and_only_its_end_is_complete() -> None:
    s = Setting(max_ticks=2)
    s.builder.add(START, [backfill(2, 3, 4, 5), backfill(6, 7, 8)])
    assert [shape(f)[1:] for f in s.frames()] == [
        (["2", "3"], False),
        (["4", "5"], True),
        (["6", "7"], False),
        (["8"], True),
    ]


@pytest.mark.parametrize("complete", [True, False])
def test_a_backfill_without_trades_is_told_too(complete: bool) -> None:
    s = Setting()
    s.builder.add(START, [backfill(complete=complete)])
    assert [shape(f) for f in s.frames()] == [("BackfillFrame", [], complete)]


BAD_TICKS = [
    tick(3, price=float("nan")),
    tick(3)._replace(size=float("inf")),
    tick(3)._replace(id=None),
    tick(3, instrument=ETH),
    tick(3)._replace(ts=-1),
    tick(3)._replace(ts=2**63),
]


@pytest.mark.parametrize("bad", BAD_TICKS)
def test_what_a_backfill_cannot_store_is_counted_and_it_is_not_complete(bad: Tick) -> None:
    s = Setting()
    spoilt = backfill(2, 4, complete=False)
    s.builder.add(START, [spoilt._replace(ticks=[spoilt.ticks[0], bad, spoilt.ticks[1]])])
    s.builder.add(START, [backfill(5), backfill(6, last=50), backfill(2, 3, 4, 5)])
    assert [shape(f)[1:] for f in s.frames()] == [
        (["2", "4"], False),
        (["5"], False),  # the last part, of which one before is spoilt
        (["6"], True),  # of another gap
        (["2", "3", "4", "5"], True),  # the same gap from its beginning
    ]
    for frame in s.frames():
        assert decode("backfill", 1, encode(frame)[1], frame.now) == frame
    assert (s.builder.counts.unusable, s.builder.counts.backfilled) == (1, 8)
    s.builder.poll()
    assert s.builder.counts.gaps == 0, "the gap is in the log already"


def test_a_backfill_leaves_half_of_the_room_to_live_ticks() -> None:
    s = Setting(max_ticks=2, max_waiting=6)
    s.room = 0
    assert [s.builder.has_room(n) for n in (3, 4)] == [True, False]
    s.builder.add(START, [backfill(2, 3, 4, complete=False), backfill(5, complete=False)])
    s.builder.add(START, [backfill()._replace(next_id="7")])
    s.builder.add(START + MS, [tick(n) for n in (100, 101, 102)])
    assert not s.builder.has_room(0)
    s.builder.add(START + MS, [backfill(6)])
    assert (s.builder.waiting, s.builder.counts.overflowed) == (6, 2)
    s.room = 10**9
    s.builder.add(START + 2 * MS, [tick(103), backfill(2, 3, 4, 5, 6, complete=True)])
    s.builder.poll()
    assert [shape(f)[1] for f in s.frames() if isinstance(f, TickFrame)] == [
        ["100", "101"],
        ["102", "103"],
    ]
    told = [shape(f)[1:] for f in s.frames() if isinstance(f, BackfillFrame)]
    assert told[:3] == [(["2", "3"], False), (["4"], False), ([], True)]
    assert s.builder.waiting == 0


def test_a_backfill_that_comes_while_nothing_is_taken_is_counted() -> None:
    s = Setting(max_ticks=1, max_waiting=2)
    s.room = 0
    s.builder.add(START, [tick(1), tick(2)])
    s.builder.add(START, [backfill(5, 6, complete=False)])
    assert s.builder.counts.overflowed == 2
    s.room = 10**9
    s.builder.add(START, [backfill(7)])
    s.builder.add(START + 9_000 * MS, [backfill(8, last=50)])
    s.builder.poll()
    # Two parts of the gap are missing, so its end is not complete; no gap is told anew.
    assert [shape(f) for f in s.frames()] == [
        ("TickFrame", ["1"]),
        ("TickFrame", ["2"]),
        ("BackfillFrame", ["7"], False),
    ]
    assert (s.builder.counts.ahead, s.builder.counts.gaps) == (1, 0)
