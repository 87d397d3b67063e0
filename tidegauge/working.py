"""`worker`: pricing and indexing as a process of its own."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any

import click

from engine.pricing.pricer import Pricer
from streams.runner import PricerAdapter
from tidegauge.arguments import Listen
from tidegauge.figures import (
    positions_of,
    rejected,
    stage_figures,
    stage_reasons,
    status_figures,
)
from tidegauge.monitoring import monitored
from tidegauge.opening import Stages, Target
from tidegauge.stopping import stopping
from tidegauge.tracing import watched


async def work(target: Target, slot: str | None, seconds: float | None, listen: Listen) -> None:
    """Until stopped, or for some seconds: all stages of a directory, or as many partitions as the
    group on Kafka gives to this worker. Raises StreamError."""
    async with (
        watched("worker") as exposition,
        target.stages(time.time_ns, slot, exposition.passed) as stages,
    ):
        exposition.add(lambda: _figures(stages))
        stages.start()
        what = f"tidegauge worker on {target.name}"
        health = monitored(listen, what, lambda: _health(stages), exposition)
        async with stopping(seconds) as stop, health:
            click.echo(f"{what}  (Ctrl-C ends)")
            await stages.run(stop)


def _health(stages: Stages) -> dict[str, Any]:
    positions = positions_of(stages, time.time_ns())
    reasons = [*stage_reasons(positions), *stages.reasons()]
    if not positions:
        reasons.append("no partition is given to this worker yet; more workers than partitions?")
    return {"reasons": reasons, "rejected": rejected(positions)}


def _figures(stages: Stages) -> dict[str, Any]:
    found = stage_figures(positions_of(stages, time.time_ns())) | status_figures(stages)
    return found | pricer_figures(stages)


def pricer_figures(stages: Stages) -> dict[str, Any]:
    """The counters of the Pricer, if it is at work here."""
    for runner in stages.runners:
        stage = runner.stage
        if isinstance(stage, PricerAdapter) and isinstance(stage.pricer, Pricer):
            counters = asdict(stage.pricer.counters).items()
            return {f"tidegauge_pricer_{name}_total": n for name, n in counters}
    return {}
