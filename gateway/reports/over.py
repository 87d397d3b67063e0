"""The figures of indices over a time that is not their whole history: the engine's, of the daily
closes of their levels within it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.periods import anchor
from engine.types import DAY
from gateway.api.context import Gateway
from gateway.api.working import work
from gateway.reports.period import period_named
from gateway.reports.series import Drawn, series_named
from gateway.wire import rendered

_SETTINGS = ("risk_free", "target", "omega_threshold", "year_days", "benchmarks", "ewma_half_life")
"""Of a definition what says how figures are made of a level."""
TO_DATE = ("mtd", "qtd", "ytd")
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
    return {
        index: body and _only(rendered(without_empty(body, body["as_of"])))
        for index, body in told.items()
    }


def empty_to_date(at: int) -> list[str]:
    """The returns to date that are of no time at all: `at` (ns) a month or a year begins, and what
    is asked for is the one that has just ended."""
    return [f"returns.{period}" for period in TO_DATE if anchor(period, at) == at]


def without_empty(body: Mapping[str, Any], at: int) -> dict[str, Any]:
    """A snapshot without what is of no time at all: returns to date, months and years that begin
    `at` its end (ns)."""
    gone = set(empty_to_date(at))
    found = dict(body)
    if found.get("returns"):
        returns = found["returns"].items()
        found["returns"] = {name: value for name, value in returns if f"returns.{name}" not in gone}
    calendar = {}
    for kind, entries in (found.get("calendar") or {}).items():
        begun = {entry["period"] for entry in entries if _begins(entry["period"], at)}
        calendar[kind] = [entry for entry in entries if entry["period"] not in begun]
        gone |= {f"calendar.{kind}.{name}" for name in begun}
    if calendar:
        found["calendar"] = calendar
    starts = tuple(f"{path}." for path in gone)
    undefined = found.get("undefined") or {}
    return found | {
        "undefined": {p: why for p, why in undefined.items() if not f"{p}.".startswith(starts)}
    }


def _begins(name: str, at: int) -> bool:
    period = period_named(name)
    return period is not None and period.begin == at


def _only(body: dict[str, Any]) -> dict[str, Any]:
    gone = tuple(f"{name}." for name in _NOT_OF_CLOSES)
    undefined = {p: why for p, why in body["undefined"].items() if not f"{p}.".startswith(gone)}
    found = {name: value for name, value in body.items() if name not in _NOT_OF_CLOSES}
    return found | {"undefined": undefined}
