"""The document of a report: made once, for HTML, JSON and PDF, of what REST tells."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib.metadata import version
from typing import Any, NamedTuple

import orjson

from engine.metrics.registry import REGISTRY
from engine.types import DAY, NUMBERS
from gateway.alerts import AlertEpisode
from gateway.api.alerts import know_falls
from gateway.api.compare import MOST_SERIES, comparison, rates_of
from gateway.api.context import Gateway
from gateway.api.indices import all_rebalances
from gateway.api.parameters import instant
from gateway.api.problems import ApiProblem
from gateway.definitions import REASONS
from gateway.entry import IndexEntry
from gateway.episodes import told_episode
from gateway.past import Past
from gateway.reports import NOTHING_KEPT
from gateway.reports.over import empty_to_date, figures_over
from gateway.reports.period import Period
from gateway.reports.series import FEW_DAYS, PATH, Drawn, kept_figures, series_named, series_of
from gateway.wire import rfc3339

_BODIES = ("firing", "resolved", "now", "silenced", "furthest")
"""Of an episode what a report does not repeat: the whole alerts, and how it stands now."""


class _Asked(NamedTuple):
    """What is asked for, and what is known of its indices at this moment."""

    gateway: Gateway
    past: Past
    period: Period
    entries: Sequence[IndexEntry]
    snapshots: Sequence[bytes]
    """Each as REST has it."""
    compositions: Sequence[dict[str, Any]]
    rebalances: Sequence[Sequence[bytes]]
    """Those of memory."""
    now: int


async def document(gateway: Gateway, indices: Sequence[str], period: Period) -> dict[str, Any]:
    """A report of these indices, as `gateway.api.models.reports.Report` describes it; in it stand
    fragments of JSON. Raises ApiProblem."""
    entries = [gateway.entry(index) for index in indices]
    for entry in entries:
        if entry.snapshot is None or entry.snapshot.get("level") is None:
            detail = f"{entry.index}: it has no level yet, so there is nothing to report"
            raise ApiProblem("unfit", detail)
    if period.begin is not None and period.end is not None and period.begin >= period.end:
        raise ApiProblem("unfit", "from: it is not before `to`")
    asked = _Asked(
        gateway,
        gateway.tables(),
        period,
        entries,
        [entry.snapshot_json() for entry in entries],
        [entry.composition() for entry in entries],
        [entry.rebalances.encoded() for entry in entries],
        max(entry.newest for entry in entries),
    )
    for entry in entries:
        begin, end = period.begin or 0, period.end or entry.newest
        await know_falls(gateway, _rang(gateway, entry.index, begin, end))
    async with gateway.places.one():
        spans = await asyncio.to_thread(Past.first_and_last, asked.past)
        drawn = [_drawn(asked, entry, spans) for entry in entries]
        # Here, not in the thread: new alerts come into the same collections.
        alerts = [_alerts(gateway, one) for one in drawn]
        told = await asyncio.to_thread(_told, asked, drawn, spans, alerts)
    if not period.is_whole:
        found = await figures_over(gateway, drawn, spans)
        for one in told["indices"]:
            one["snapshot"] = found[one["index"]]
    return told


def _drawn(asked: _Asked, entry: IndexEntry, spans: Mapping[str, tuple[int, int]]) -> Drawn:
    """What is drawn of an index: its part of the period."""
    if entry.index not in spans:
        detail = f"{entry.index}: nothing is kept of it yet; try again in some seconds"
        raise ApiProblem("unfit", detail)
    first, now = spans[entry.index][0], entry.newest
    begin = max(asked.period.begin or 0, first)
    end = min(now if asked.period.end is None else asked.period.end, now)
    if begin >= end:
        there = f"its history is from {rfc3339(first)} to {rfc3339(now)}"
        raise ApiProblem("nothing-kept", f"{entry.index}: {NOTHING_KEPT}; {there}")
    assert entry.snapshot is not None
    return Drawn(
        past=asked.past,
        index=entry.index,
        definition=entry.definition or {},
        snapshot=entry.snapshot,
        status=entry.status,
        begin=begin,
        end=end,
        now=now,
        indices=len(asked.entries),
    )


def _told(
    asked: _Asked,
    drawn: Sequence[Drawn],
    spans: Mapping[str, tuple[int, int]],
    alerts: Sequence[dict[str, Any]],
) -> dict[str, Any]:
    cards = {path: card for path, card in asked.gateway.cards.items() if PATH.fullmatch(path)}
    compared, apart = _comparison(asked, drawn, spans)
    patterns = [card["drawn"] for card in cards.values() if card.get("drawn")]
    return {
        "as_of": rfc3339(_as_of(asked, drawn)),
        "period": asked.period.told(),
        "program": version("tidegauge"),
        "numbers": NUMBERS,
        "cards": REGISTRY.digest,
        "indices": [
            _of_index(asked, k, one, patterns) | {"alerts": alerts[k]}
            for k, one in enumerate(drawn)
        ],
        "comparison": compared,
        "not_compared": [{"series": name, "why": why} for name, why in apart.items()],
        "metrics": {path: {**card, "example": None} for path, card in cards.items()},
        "reasons": REASONS,
    }


def _as_of(asked: _Asked, drawn: Sequence[Drawn]) -> int:
    """The time of the newest figures: a level may be newer than the snapshot."""
    if asked.period.is_whole:
        return max(int(one.snapshot["as_of"]) for one in drawn)
    return max(one.end for one in drawn)


def _of_index(asked: _Asked, k: int, drawn: Drawn, patterns: Sequence[str]) -> dict[str, Any]:
    entry, composition = asked.entries[k], asked.compositions[k]
    rebalances = all_rebalances(
        asked.past, entry.index, asked.rebalances[k], asked.gateway.state.coins
    )
    return {
        "index": entry.index,
        "name": (entry.definition or {}).get("name", entry.index),
        "status": entry.status,
        "from": rfc3339(drawn.begin),
        "to": rfc3339(drawn.end),
        "snapshot": orjson.Fragment(asked.snapshots[k]),
        "since_start": None if asked.period.is_whole else _since_start(drawn),
        **entry.definition_mapping(),
        "series": series_of(drawn, patterns),
        "composition": {
            "now": composition["composition"] if drawn.end >= drawn.now else None,
            "rebalances": held_over(rebalances, drawn.begin, drawn.end),
        },
    }


def held_over(newest_first: Sequence[dict[str, Any]], begin: int, end: int) -> list[dict[str, Any]]:
    """The rebalances within [begin, end] (ns), and the one that was in force when it began."""
    found = list[dict[str, Any]]()
    for one in newest_first:
        at = instant(one["rebalanced_at"])
        if at <= end:
            found.append(one)
        if at <= begin:
            break
    return found


def _since_start(drawn: Drawn) -> dict[str, Any]:
    """The published figures as they stood at the end, over the whole history until then."""
    # The last kept ones before it: a day's, or where the index was young none.
    columns = kept_figures(drawn, drawn.end - 2 * DAY, drawn.end + 1, DAY, [])
    if not len(columns["time"]):
        return {"as_of": None, "figures": {}}
    at = int(columns["time"][-1])
    gone = {"time", *empty_to_date(at)}
    last = {path: column.tolist()[-1] for path, column in columns.items() if path not in gone}
    known = {path: value for path, value in last.items() if value is not None and value == value}
    return {"as_of": rfc3339(at), "figures": known}


def _alerts(gateway: Gateway, drawn: Drawn) -> dict[str, Any]:
    """Episodes that fired within the time, the newest first."""
    alerts, clock = gateway.state.alerts, gateway.state.wall()
    since = alerts.complete_since
    rang = _rang(gateway, drawn.index, drawn.begin, drawn.end)
    found = [told_episode(gateway.state, episode, clock) for episode in rang]
    return {
        "episodes": [
            {name: value for name, value in one.items() if name not in _BODIES} for one in found
        ],
        "since": None if since is None or since < drawn.begin else rfc3339(since),
    }


def _rang(gateway: Gateway, index: str, begin: int, end: int) -> list[AlertEpisode]:
    """What fired, or had not ended yet, within [begin, end] (ns)."""
    return [
        episode
        for episode in gateway.state.alerts.episodes(index)
        if episode.place()[0] <= end
        and (episode.resolved is None or episode.resolved.head.at >= begin)
    ]


def _comparison(
    asked: _Asked, drawn: Sequence[Drawn], spans: Mapping[str, tuple[int, int]]
) -> tuple[dict[str, Any] | None, dict[str, str]]:
    """The indices and their benchmarks over their common time, None without two that have one; and
    which of them have none with those before them, and why."""
    names = [one.index for one in drawn]
    for one in drawn:
        for benchmark in one.definition.get("benchmarks") or ():
            known = (s for s in series_named(benchmark, one.definition) if s in spans)
            names += [series for series in known if series not in names][:1]
    names = names[:MOST_SERIES]
    if len(names) < 2:
        return None, {}
    begin = min(one.begin for one in drawn) if asked.period.begin is not None else None
    end = max(one.end for one in drawn) if asked.period.end is not None else None
    length = max(one.end for one in drawn) - min(one.begin for one in drawn)
    step = DAY if length > FEW_DAYS else None

    def compare(names: list[str]) -> dict[str, Any]:
        rates = rates_of(asked.gateway, names)
        return comparison(asked.past, names, begin, end, step, asked.now, rates)

    told, apart = fitting(names, compare)
    statuses = {entry.index: entry.status for entry in asked.entries}
    for one in [] if told is None else told["series"]:
        one["status"] = statuses.get(one["series"])
    return told, apart


def fitting(
    names: list[str], compare: Callable[[list[str]], dict[str, Any]]
) -> tuple[dict[str, Any] | None, dict[str, str]]:
    """What `compare` tells of those that can be compared with the ones before them, None where no
    two can; and of each other one why not."""
    with suppress(ApiProblem):
        return compare(names), {}
    found, kept, apart = None, names[:1], dict[str, str]()
    for name in names[1:]:
        try:
            found = compare([*kept, name])
            kept.append(name)
        except ApiProblem as problem:
            is_without = problem.kind == "nothing-kept"
            apart[name] = NOTHING_KEPT if is_without else "it has no two closes with the others"
    return found, apart
