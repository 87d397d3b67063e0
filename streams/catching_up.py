"""The Pricer's state at the end of a log, for those who do not run it: its newest checkpoint, and
what came since."""

from __future__ import annotations

from collections.abc import Callable

from streams.checkpoints import Checkpoints
from streams.host import check_start
from streams.log import Log, end_of
from streams.part_store import PartStore
from streams.records import LogError
from streams.runner import PricerStage, Runner, pricer_runner

MOST = 50_000
"""Records of `ticks` read behind the checkpoint: eight minutes of frames, some seconds."""


async def pricer_at_end(log: Log, new_pricer: Callable[[], PricerStage]) -> Runner:
    """A Pricer's runner at the end of `ticks`. Raises StreamError where that would take too long,
    or cannot be read."""
    runner = pricer_runner(new_pricer(), log.log_id, log.partitions)
    store = await PartStore.open(log, None, "checkpoints.pricer", runner.partition)
    found = Checkpoints(store, log.log_id).load()
    if found is not None:
        runner.load(found.state)
    check_start(log, runner, await log.start("ticks", runner.partition))
    start = runner.last_offset + 1
    if await end_of(log, "ticks") - start > MOST:
        raise LogError(
            f"{log.name}: no checkpoint of the Pricer within the last {MOST} records of ticks; "
            "let a worker run until it has caught up"
        )
    async for record in log.read("ticks", runner.partition, start):
        runner.apply(record)
    return runner
