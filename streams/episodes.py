"""What fires now: the episodes of a log that have begun and not ended, and how deep they are."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import aclosing
from typing import Any, NamedTuple

import msgspec

from engine.alerts.matching import is_slow, weight
from engine.alerts.targets import GOALS, TARGET
from engine.records import Acknowledgement, Silence
from streams.attention import Attention
from streams.log import Log, places
from streams.reading import read_or_log


class OpenEpisode(NamedTuple):
    """An episode that fires: its alert, and what is known of it at a time.

    `figure` is the path in the snapshot that it is about, `then` its value at the firing and `now`
    the last one; None where there is none.
    """

    alert: dict[str, Any]
    figure: str | None
    then: float | str | None
    now: float | str | None
    acknowledged: Acknowledgement | None
    silenced: Silence | None

    @property
    def order(self) -> tuple[bool, int, int]:
        """What must wake somebody before what is judged once a day, the worst first, then the
        newest."""
        return is_daily(self.alert), -weight(self.alert), -int(self.alert["at"])


class Firing:
    """Alerts by episode, from the firing to the resolution."""

    def __init__(self) -> None:
        self.open: dict[str, dict[str, Any]] = {}

    def take(self, alert: dict[str, Any]) -> None:
        """Take the next alert; what comes again changes nothing, for its resolution does too."""
        if alert["state"] == "firing":
            self.open.setdefault(alert["episode"], alert)
        else:
            self.open.pop(alert["episode"], None)


async def firing_in(log: Log) -> Firing:
    """What fires now. It reads all alerts that the log has. Raises LogError."""
    found = Firing()
    for place in places(log, "alerts"):
        async with aclosing(log.read(*place)) as records:
            async for record in records:
                body = read_or_log(record)
                if record.type == "alert" and body is not None:
                    found.take(body)
    return found


async def snapshots_in(log: Log, indices: set[str]) -> dict[str, dict[str, Any]]:
    """The last snapshot of each of these indices. Raises LogError."""
    found = dict[str, dict[str, Any]]()
    for place in places(log, "snapshots") if indices else ():
        async with aclosing(log.latest(*place, sorted(indices))) as records:
            async for record in records:
                if record.key in indices and record.value:
                    body = read_or_log(record)
                    if body is not None:
                        found[record.key] = body
    return found


def is_daily(alert: Mapping[str, Any]) -> bool:
    """Whether it is judged once a day, as red flags and targets are: what somebody wants to know by
    and by, and no reason to wake anybody."""
    return is_slow(alert) or alert.get("kind") == TARGET


def figure_of(alert: Mapping[str, Any]) -> str | None:
    """The path in a snapshot that an alert is about."""
    because, evidence = alert.get("because") or {}, alert.get("evidence") or {}
    if alert.get("kind") == "drawdown":
        return "drawdown.current"
    for told in (alert, because, evidence):
        if isinstance(name := told.get("figure"), str):
            goal = GOALS.get(name) if alert.get("kind") == TARGET else None
            return name if goal is None else ".".join(goal.path)
    return None


def value_at(alert: Mapping[str, Any]) -> float | str | None:
    """Its value when the alert came."""
    because, evidence = alert.get("because") or {}, alert.get("evidence") or {}
    if alert.get("kind") == "drawdown":
        return alert.get("drawdown")
    for told in (alert, because, evidence):
        if isinstance(told.get("value"), int | float | str):
            return told["value"]  # type: ignore[no-any-return]
    return None


def value_in(snapshot: Mapping[str, Any], path: str) -> float | str | None:
    """A figure of a snapshot by its path, None where it is undefined."""
    found: Any = snapshot
    for step in path.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    return found if isinstance(found, int | float | str) else None


def open_episodes(
    firing: Firing,
    snapshots: Mapping[str, Mapping[str, Any]],
    attention: Attention,
    now: int,
) -> list[OpenEpisode]:
    """What fires at a time (ns): what must wake somebody first, the worst first."""
    found = []
    for episode, alert in firing.open.items():
        path, snapshot = figure_of(alert), snapshots.get(alert["index"])
        value = value_in(snapshot, path) if snapshot is not None and path else None
        said = attention.acknowledged.get(episode)
        silenced = attention.silencing(alert, now)
        found.append(OpenEpisode(alert, path, value_at(alert), value, said, silenced))
    return sorted(found, key=lambda each: each.order)


def shown(episode: OpenEpisode) -> dict[str, Any]:
    """An open episode as plain JSON."""
    alert = {k: v for k, v in episode.alert.items() if k not in ("because", "receipt")}
    return alert | {
        "figure": episode.figure,
        "then": episode.then,
        "now": episode.now,
        "acknowledged": msgspec.to_builtins(episode.acknowledged),
        "silenced": msgspec.to_builtins(episode.silenced),
    }
