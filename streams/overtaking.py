"""Going over from older numbers, before the first record of a partition is taken.

Nothing is sent until the whole tail behind the checkpoint has been gone over, but for what lies
behind the older version's work. Then the span is entered, then the checkpoint written: whoever dies
before that begins again at the old checkpoint, and comes to the same.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from engine.records import NumbersSpan
from engine.types import NUMBERS
from streams.bridge import Bridge, Published, newest, silent_note
from streams.log import Log, Writer, end_of
from streams.reading import read_or_log
from streams.records import OutRecord, Record
from streams.runner import Runner
from streams.topics import outputs_of
from streams.versions import (
    encode_span,
    refuse_newer,
    spans_of,
    stored_spans,
    to_enter,
    versions_of,
)

_TAIL = 5_000
"""Records at a place's end among which a writer's last one is: what one checkpoint does not cover
may have come there twice, and that is at most some seconds' worth."""
_BATCH = 500

logger = logging.getLogger(__name__)


async def go_over(
    log: Log, outputs: Writer, states: Writer, runner: Runner, wrote: str | None, now: int
) -> int | None:
    """Take a runner, loaded from a checkpoint of the numbers `wrote` (None: there is none), to
    where our numbers begin, and enter that at `now` (ns). None where there is nothing to go over;
    else how many records were made again in silence, and the state is to be checkpointed now.

    Raises LogError where a newer version has worked on the partition, and StageError.
    """
    topic, partition = runner.topic, runner.partition
    known = spans_of(await versions_of(log), topic, partition)
    refuse_newer(log.name, known)
    if wrote is None and known:  # it is made again from the start as it was made then
        runner.spread.is_on = known[0].waits
    if wrote == NUMBERS or (wrote is None and {span.numbers for span in known} == {NUMBERS}):
        return None
    published, alerts = dict[str, Published](), dict[int, Any]()
    async for where, tail in _tails(log, runner):
        last = newest(tail, runner.writer)
        if last is not None:
            published[where] = last
        if where.startswith("alerts/"):
            own = ((r.seq, read_or_log(r)) for r in tail if r.writer == runner.writer)
            alerts |= {seq: body for seq, body in own if body is not None}
    first, start, silent = runner.last_offset, 0, 0
    if published:
        until = await end_of(log, topic, partition) - 1
        whole = log.is_whole and topic == "prices"
        told = [alerts[seq] for seq in sorted(alerts)]
        bridge = Bridge(runner, published, told, until if whole else None)
        await _over(log, outputs, bridge)
        start, silent = bridge.begins, bridge.silent
        if silent:
            logger.warning("%s", silent_note(runner, first, wrote, silent))
        known = known or [NumbersSpan(wrote or "0", topic, partition, 0, now)]
    stored = spans_of(await stored_spans(log), topic, partition)
    older = [] if stored else [encode_span(span, 1) for span in known]
    entered = to_enter(known, NUMBERS, topic, partition, start, now)
    if not known and topic == "ticks" and log.partitions["prices"] > 1:
        first_of_all = NumbersSpan(NUMBERS, topic, partition, start, now, waits=True)
        entered = [encode_span(first_of_all, 1)]
    await states.send(older + entered)
    return silent if runner.last_offset > first or published else None


async def _tails(log: Log, runner: Runner) -> AsyncIterator[tuple[str, list[Record]]]:
    """By topic/partition, what stands at the end of all that the runner may write to."""
    for (topic, p), end in (await log.ends(outputs_of(runner.writer, log.partitions))).items():
        async with aclosing(log.read(topic, p, max(end - _TAIL, 0))) as records:
            yield f"{topic}/{p}", [record async for record in records]


async def _over(log: Log, outputs: Writer, bridge: Bridge) -> None:
    """Everything behind the checkpoint, as far as the log goes now."""
    runner, made = bridge.runner, list[OutRecord]()
    start = runner.last_offset + 1
    async with aclosing(log.read(runner.topic, runner.partition, start)) as records:
        async for record in records:
            made += bridge.take(record)
            if len(made) >= _BATCH:
                await outputs.send(made)
                made = []
    await outputs.send(made)
    bridge.finish()
