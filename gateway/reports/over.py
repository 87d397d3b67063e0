"""The figures of indices over a time that is not their whole history: the engine's, of the daily
closes of their levels within it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.types import DAY
from gateway.api.context import Gateway
from gateway.api.working import work
from gateway.reports.series import Drawn, series_named
from gateway.wire import rendered

_SETTINGS = ("risk_free", "target", "omega_threshold", "year_days", "benchmarks", "ewma_half_life")
"""Of a definition what says how figures are made of a level."""
_NOT_OF_CLOSES = ("composition", "quality", "targets", "flags", "receipt", "definition")
"""What the closes of a level say nothing of."""


async def figures_over(
    gateway: Gateway, drawn: Sequence[Drawn], kept: Mapping[str, Any]
) -> dict[str, dict[str, Any] | None]:
    """A snapshot of each index with the figures of its time; `kept` are the series of which there
    are closes. None where an index has no close in it. Raises ApiProblem."""
    levels: dict[str, list[str]] = {one.index: [one.index] for one in drawn}
    assets: dict[str, list[str]] = {}
    settings = {}
    for one in drawn:
        table = {name: one.definition[name] for name in _SETTINGS if name in one.definition}
        table["benchmarks"] = []
        for name in one.definition.get("benchmarks") or ():
            found = [series for series in series_named(name, one.definition) if series in kept]
            if not found:
                continue
            table["benchmarks"].append(name)
            if found[0] == name:
                levels.setdefault(name, [name])
            else:
                assets.setdefault(name, found)
        settings[one.index] = table
    # The close at the beginning is where the first return begins.
    begin, end = min(one.begin for one in drawn) - 1, max(one.end for one in drawn)
    task = {"indices": settings, "levels": levels, "assets": assets}
    told = await work(gateway.computing(), "over", {**task, "from": begin, "to": end, "step": DAY})
    return {index: body and _only(rendered(body)) for index, body in told.items()}


def _only(body: dict[str, Any]) -> dict[str, Any]:
    gone = tuple(f"{name}." for name in _NOT_OF_CLOSES)
    undefined = {p: why for p, why in body["undefined"].items() if not f"{p}.".startswith(gone)}
    found = {name: value for name, value in body.items() if name not in _NOT_OF_CLOSES}
    return found | {"undefined": undefined}
