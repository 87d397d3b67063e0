"""`worker`: pricing and indexing as a process of its own."""

from __future__ import annotations

import time

import click

from tidegauge.opening import Target
from tidegauge.stopping import stopping


async def work(target: Target, slot: str | None, seconds: float | None) -> None:
    """Until stopped, or for some seconds: all stages of a directory, or as many partitions as the
    group on Kafka gives to this worker. Raises StreamError."""
    async with target.stages(time.time_ns, slot) as stages:
        stages.start()
        async with stopping(seconds) as stop:
            click.echo(f"tidegauge worker on {target.name}  (Ctrl-C ends)")
            await stages.run(stop)
