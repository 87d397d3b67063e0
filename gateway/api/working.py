"""The way to what computes (`gateway.worker`), and its refusals as problems."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.api.problems import ApiProblem
from gateway.worker import Busy, ComputingProcess


async def work(worker: ComputingProcess, name: str, task: Mapping[str, Any]) -> dict[str, Any]:
    """What a task gives. Raises ApiProblem, and WorkerFailed for a fault of ours."""
    try:
        found = await worker.do(name, task)
    except Busy as error:
        raise ApiProblem("busy", str(error), headers={"Retry-After": "10"}) from error
    if "refused" in found:
        raise ApiProblem(found["refused"], found["detail"])
    done: dict[str, Any] = found["done"]
    return done
