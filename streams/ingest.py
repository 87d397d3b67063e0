"""From what connectors receive to tick frames: the position where time enters, once.

A frame holds what came in within `LINGER`. It waits here, in order, until the log takes it. When
the log falls behind for so long that `max_waiting` ticks wait, what is already waiting stays and
new ticks are refused; the refusal itself goes into the log, as a `Gap` of every symbol concerned,
ahead of the first tick that is taken again. A connector that can stop reading awaits `room` and
never gets there.

A backfill becomes frames of its own, behind all that came before it. It may fill half of the room:
live ticks go first. What of it is kept out leaves its gap open, which the log has already.
"""

from __future__ import annotations

import asyncio
import queue
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from engine.records import Backfill, BackfillFrame, Gap, Instrument, Tick, TickFrame
from streams.clock import LogClock
from streams.codecs import AHEAD

LINGER = 0.01
"""Seconds between two looks at what is pending: the longest that a tick waits for its frame."""

CLOCK_EVERY = 100_000_000
"""ns of silence after which a clock frame shows the Pricer that time goes on."""

MAX_TICKS = 1000
"""Ticks of a frame: more do not make a tick cheaper, and 100 KB stay below a broker's limit."""

MAX_WAITING = 200_000
"""Ticks that may wait for the log: ten seconds of all exchanges together, some 100 MB."""


TORN_KEPT = 1000
"""Gaps remembered of whose backfill something was kept out, until their last part comes."""

FEW = 3
"""With fewer trades in a message, laying them out as columns costs more than it saves."""

Item = Tick | Gap | Backfill
"""What a connector makes of a message."""
_ONLY_TICKS = {Tick}

Frame = TickFrame | BackfillFrame
"""What a connector writes into the log."""


def key_of(frame: Frame) -> str:
    """The key of a frame in the log: its (first) venue."""
    if isinstance(frame, BackfillFrame):
        return frame.instrument.venue
    return frame.instruments[0].venue if frame.instruments else ""


class Ingested(NamedTuple):
    """A frame with its headers, ready for the log."""

    frame: Frame
    writer: str
    seq: int


@dataclass(slots=True)
class IngestCounts:
    """What went through and what did not; every loss has its count here.

    `clamped` ticks had a `received` before the one of the frame ahead and got that one; `ahead`,
    `unusable` (not finite) and `overflowed` ticks were kept out. Ticks of backfills are
    `backfilled` and not in `ticks`; of them too some may be kept out, `unusable` also for want of
    an id, with another symbol or out of time.
    """

    ticks: int = 0
    backfilled: int = 0
    gaps: int = 0
    frames: int = 0
    clock_frames: int = 0
    clamped: int = 0
    ahead: int = 0
    unusable: int = 0
    overflowed: int = 0


Sink = Callable[[Ingested], bool]
"""Takes a frame and returns True, or returns False if it has no room now."""


def queue_sink(frames: queue.Queue[Ingested | None]) -> Sink:
    """A sink into a bounded queue, from which a driver's thread takes frames."""

    def offer(ingested: Ingested) -> bool:
        try:
            frames.put_nowait(ingested)
        except queue.Full:
            return False
        return True

    return offer


class FrameBuilder:
    """Makes the frames of one connector session, as the writer `connector:<id>:<session>`.

    `session` must be new for every start. `clock` gives ns UTC. `log_clock` is the one that it
    comes from, where that is to observe the trades' time stamps and frames are to carry its state.
    Call it from one thread only.
    """

    def __init__(
        self,
        sink: Sink,
        connector: str,
        session: str,
        clock: Callable[[], int],
        *,
        log_clock: LogClock | None = None,
        max_ticks: int = MAX_TICKS,
        max_waiting: int = MAX_WAITING,
    ) -> None:
        self.writer = f"connector:{connector}:{session}"
        self.counts = IngestCounts()
        self._connector = connector
        self._sink, self._clock, self._log_clock = sink, clock, log_clock
        self._max_ticks, self._max_waiting = max_ticks, max_waiting
        self._seq = 0
        self._now = 0  # of the last frame
        self._waiting: deque[Ingested] = deque()
        self._waiting_ticks = 0
        self._lost: dict[Instrument, str] = {}
        self._torn: dict[tuple[Instrument, str | None, str | None], None] = {}
        self._columns: dict[Instrument, int] = {}
        self._pending = self._empty()

    def _empty(self) -> TickFrame:
        self._columns = {}
        return TickFrame(0, "live", [], [], [], [], [], [], [], [], [], self._connector)

    @property
    def waiting(self) -> int:
        """Ticks that came in and are not in the sink yet."""
        return self._waiting_ticks + len(self._pending.price)

    @property
    def oldest(self) -> int | None:
        """When the oldest frame that waits for the log was closed (ns UTC); None: there is none."""
        return self._waiting[0].frame.now if self._waiting else None

    def has_room(self, ticks: int) -> bool:
        """Whether a backfill of so many trades would be taken now: half of the room is for live
        ones."""
        return self.waiting + ticks <= self._max_waiting // 2

    def add(self, received: int, items: Iterable[Item]) -> None:
        """Take what a connector made of one message that arrived at `received` (ns UTC)."""
        items = items if type(items) is list else list(items)
        if self._log_clock is not None:
            received = self._log_clock.observe(received, _newest(items))
            now = self._log_clock.latest
        else:
            now = self._clock()
        if received > now + AHEAD:
            self._keep_out(items, "clock_ahead")
            return
        if self.waiting >= self._max_waiting:
            self._offer()
            if self.waiting >= self._max_waiting:
                self._keep_out(items, "overflow")
                return
        if self._lost:
            self._tell_losses()
        # Frames never share an instant, and time never runs backwards.
        floor = max(self._now + 1, self._pending.received[-1] if self._pending.received else 0)
        if len(items) < FEW or not self._add_ticks(items, received, floor):
            self._add_each(items, received, floor)

    def _add_each(self, items: list[Item], received: int, floor: int) -> None:
        """Any items, one by one."""
        for item in items:
            if not isinstance(item, Tick):
                if isinstance(item, Gap):
                    self._add_gap(item)
                else:
                    self._add_backfill(item)
                floor = max(floor, self._now + 1)
                continue
            if not (item.price - item.price == 0.0 and item.size - item.size == 0.0):
                self.counts.unusable += 1
                self._lost[item.instrument] = "unusable"
                continue
            if received < floor:
                self.counts.clamped += 1
            self._add_tick(item, max(received, floor))
            floor = max(floor, self._now + 1)

    def _add_ticks(self, items: list[Item], received: int, floor: int) -> bool:
        """The same of several trades at once, by columns, or False: where one of them is anything
        but a finite trade of the order book, or a frame is full."""
        if set(map(type, items)) != _ONLY_TICKS:
            return False
        instruments, price, size, side, ids, ts, off_book = zip(*items, strict=True)
        total = sum(price) + sum(size)
        frame, number = self._pending, len(items)
        if any(off_book) or total - total != 0.0 or len(frame.price) + number > self._max_ticks:
            return False
        columns = self._columns
        for instrument in instruments:
            if instrument not in columns:
                columns[instrument] = len(frame.instruments)
                frame.instruments.append(instrument)
            frame.instrument.append(columns[instrument])
        frame.price.extend(price)
        frame.size.extend(size)
        frame.side.extend(side)
        frame.id.extend(ids)
        frame.ts.extend(ts)
        frame.received.extend([max(received, floor)] * number)
        self.counts.ticks += number
        if received < floor:
            self.counts.clamped += number
        if len(frame.price) >= self._max_ticks:
            self.flush()
        return True

    def _keep_out(self, items: Iterable[Item], reason: str) -> None:
        for item in items:
            if isinstance(item, Backfill):
                self._keep_out_backfill(item, reason)
                continue
            self._lost[item.instrument] = reason
            if not isinstance(item, Gap):  # the gap that reports the loss covers a gap
                self._count_out(1, reason)

    def _keep_out_backfill(self, backfill: Backfill, reason: str) -> None:
        self._count_out(len(backfill.ticks), reason)
        if backfill.complete:
            self._torn.pop(backfill[:3], None)
        else:  # the parts to come must not be taken for the whole
            self._tear(backfill)

    def _count_out(self, ticks: int, reason: str) -> None:
        if reason == "overflow":
            self.counts.overflowed += ticks
        else:
            self.counts.ahead += ticks

    def _tear(self, backfill: Backfill) -> None:
        self._torn[backfill[:3]] = None
        if len(self._torn) > TORN_KEPT:
            del self._torn[next(iter(self._torn))]

    def _tell_losses(self) -> None:
        lost, self._lost = self._lost, {}
        for instrument, reason in lost.items():
            self._add_gap(Gap(instrument, None, None, reason))

    def _add_gap(self, gap: Gap) -> None:
        if self._pending.price:
            self.flush()  # in a frame the gaps come before the ticks
        self._pending.gaps.append(gap)
        self.counts.gaps += 1

    def _add_tick(self, tick: Tick, received: int) -> None:
        frame = self._pending
        position = self._columns.get(tick.instrument)
        if position is None:
            position = self._columns[tick.instrument] = len(frame.instruments)
            frame.instruments.append(tick.instrument)
        frame.instrument.append(position)
        frame.price.append(tick.price)
        frame.size.append(tick.size)
        frame.side.append(tick.side)
        frame.id.append(tick.id)
        frame.ts.append(tick.ts)
        frame.received.append(received)
        if tick.off_book:
            row = len(frame.price) - 1
            self._pending = frame = frame._replace(off_book=(*frame.off_book, row))
        self.counts.ticks += 1
        if len(frame.price) >= self._max_ticks:
            self.flush()

    def _add_backfill(self, backfill: Backfill) -> None:
        """Frames of a backfill: one, or several of `max_ticks` of which only the last is whole."""
        if not self.has_room(len(backfill.ticks)):
            self._keep_out_backfill(backfill, "overflow")
            return
        self.flush()
        ticks = [tick for tick in backfill.ticks if _can_fill(tick, backfill.instrument)]
        kept_out = len(backfill.ticks) - len(ticks)
        self.counts.unusable += kept_out
        self.counts.backfilled += len(ticks)
        if kept_out:
            self._tear(backfill)
        whole = backfill.complete and backfill[:3] not in self._torn
        if backfill.complete:
            self._torn.pop(backfill[:3], None)
        last = max(len(ticks) - 1, 0) // self._max_ticks * self._max_ticks
        for begin in range(0, last + 1, self._max_ticks):
            part = ticks[begin : begin + self._max_ticks]
            self._close(_backfill_frame(backfill, part, whole and begin == last))
        self._offer()

    def flush(self) -> None:
        """Close the pending frame, if there is anything in it, and offer what waits."""
        frame = self._pending
        if frame.price or frame.gaps:
            self._close(frame)
            self._pending = self._empty()
        self._offer()

    def poll(self) -> None:
        """What is to be done every `LINGER`: a frame of what came in, or a clock frame if due."""
        if self._lost and self.waiting < self._max_waiting:
            self._tell_losses()
        self.flush()
        # While frames wait for the log, time is not what it lacks.
        if not self._waiting and self._clock() - self._now >= CLOCK_EVERY:
            self.counts.clock_frames += 1
            self._close(self._pending)
            self._pending = self._empty()
            self._offer()

    def _close(self, frame: Frame) -> None:
        last = frame.received[-1] if isinstance(frame, TickFrame) and frame.received else 0
        self._now = max(self._clock(), last, self._now)
        self._seq += 1
        self.counts.frames += 1
        if isinstance(frame, TickFrame):
            state = self._log_clock.state if self._log_clock is not None else ""
            frame = frame._replace(now=self._now, clock=state)
        else:
            frame = frame._replace(now=self._now)
        self._waiting.append(Ingested(frame, self.writer, self._seq))
        self._waiting_ticks += len(frame.price)

    def _offer(self) -> None:
        while self._waiting and self._sink(self._waiting[0]):
            self._waiting_ticks -= len(self._waiting.popleft().frame.price)

    async def run(self) -> None:
        """Poll for ever. Cancel it, then `close`."""
        while True:
            self.poll()
            await asyncio.sleep(LINGER)

    async def room(self) -> None:
        """Wait until the log has caught up with half of what may wait."""
        # The sink is emptied by another thread, which has no event to set on this loop.
        while self.waiting > self._max_waiting // 2:  # noqa: ASYNC110
            await asyncio.sleep(LINGER)

    async def close(self, seconds: float) -> int:
        """Hand over what is left, for at most `seconds`; how many ticks could not be."""
        self.flush()
        deadline = asyncio.get_running_loop().time() + seconds
        while self._waiting and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(LINGER)
            self._offer()
        return self.waiting


def _newest(items: Iterable[Item]) -> Iterable[tuple[str, int]]:
    """The newest time stamp of each venue among the ticks."""
    found = dict[str, int]()
    for item in items:
        if isinstance(item, Tick) and item.ts > found.get(item.instrument.venue, 0):
            found[item.instrument.venue] = item.ts
    return found.items()


def _can_fill(tick: Tick, instrument: Instrument) -> bool:
    """Whether a tick can be in a backfill of this symbol: distinct by an id, finite, in time."""
    finite = tick.price - tick.price == 0.0 and tick.size - tick.size == 0.0
    same = tick.id is not None and tick.instrument == instrument
    return finite and same and 0 <= tick.ts < 2**63


def _backfill_frame(backfill: Backfill, ticks: list[Tick], complete: bool) -> BackfillFrame:
    return BackfillFrame(
        now=0,
        origin="live",
        instrument=backfill.instrument,
        last_id=backfill.last_id,
        next_id=backfill.next_id,
        price=[tick.price for tick in ticks],
        size=[tick.size for tick in ticks],
        side=[tick.side for tick in ticks],
        id=[tick.id or "" for tick in ticks],
        ts=[tick.ts for tick in ticks],
        complete=complete,
    )
