"""Episodes of alerts as they are told: what fired, how it stands now, who sees to it."""

from __future__ import annotations

from typing import Any

from engine.alerts.matching import weight
from engine.records import Acknowledgement, Silence
from gateway.alerts import Alert, AlertEpisode
from gateway.entry import IndexEntry
from gateway.state import State
from gateway.wire import rfc3339
from streams.episodes import value_in

Place = tuple[int, int, int, str]
"""Where an episode stands in a list, the greatest first: whether it may wake somebody and how bad
it is, both 0 where the list goes by time alone; when it began (ns), and its id."""


def place_of(episode: AlertEpisode, by_severity: bool) -> Place:
    """Where it stands, by what must wake somebody or by time alone."""
    at, name = episode.place()
    if not by_severity:
        return 0, 0, at, name
    return int(not episode.newest.is_slow), weight(episode.newest.about) + 1, at, name


def told_episode(state: State, episode: AlertEpisode, now: int) -> dict[str, Any]:
    """As `/v1/alerts` tells it, `now` (ns) by the wall clock."""
    told = told_open(state, episode, now)
    fall = state.alerts.falls.of(told["episode"])
    return told | {
        "to": None if episode.resolved is None else rfc3339(episode.resolved.head.at),
        "deepest": fall.deepest if fall is not None and fall.is_known else None,
        "furthest": state.alerts.extremes.of(told["episode"]),
        "firing": None if episode.firing is None else episode.firing.json,
        "resolved": None if episode.resolved is None else episode.resolved.json,
    }


def told_open(state: State, episode: AlertEpisode, now: int) -> dict[str, Any]:
    """As the stream tells an episode: without the whole alerts."""
    newest, begun = episode.newest, episode.firing or episode.newest
    attention, head = state.attention, newest.head
    silence = attention.silencing(newest.about, now) if episode.open else None
    said = attention.acknowledged.get(head.episode)
    return {
        "episode": head.episode,
        "index": head.index,
        "kind": head.kind,
        "rule": head.rule,
        "severity": newest.severity,
        "slow": newest.is_slow,
        "open": episode.open,
        "from": rfc3339(begun.head.at),
        "words": begun.words,
        "figure": begun.figure,
        "then": begun.value,
        "now": _now(state.held(head.index), begun),
        "acknowledged": None if said is None else told_acknowledgement(said),
        "silenced": None if silence is None else told_silence(silence, state, now),
    }


def _now(entry: IndexEntry | None, alert: Alert) -> dict[str, Any]:
    """The index and the alert's figure now; all null of one that is retired."""
    if entry is None:
        return dict.fromkeys(("status", "as_of", "level", "drawdown", "value"))
    row = entry.row()
    drawdown = row.get("drawdown", {}).get("current")
    value: float | str | None = None
    if alert.figure == "drawdown.current":
        value = drawdown
    elif alert.figure == "status":
        value = entry.status
    elif alert.figure is not None and entry.snapshot is not None:
        value = value_in(entry.snapshot, alert.figure)
    return {
        "status": entry.status,
        "as_of": None if row["as_of"] is None else rfc3339(row["as_of"]),
        "level": row["level"],
        "drawdown": drawdown,
        "value": value,
    }


def told_acknowledgement(said: Acknowledgement) -> dict[str, Any]:
    """An acknowledgement, its time as text."""
    return {
        "episode": said.episode,
        "who": said.who,
        "comment": said.comment,
        "at": rfc3339(said.at),
    }


def told_silence(silence: Silence, state: State, now: int) -> dict[str, Any]:
    """A silence at `now` (ns), its times as text, and how many open episodes it covers."""
    standing = "over" if silence.until <= now else "pending" if now < silence.start else "active"
    match = silence.match
    return {
        "id": silence.id,
        "match": {
            "index": list(match.index),
            "kind": list(match.kind),
            "severity": list(match.severity),
            "rule": list(match.rule),
        },
        "from": rfc3339(silence.start),
        "until": rfc3339(silence.until),
        "who": silence.who,
        "comment": silence.comment,
        "at": rfc3339(silence.at),
        "ended_by": silence.ended_by or None,
        "state": standing,
        "open": state.alerts.covered(match),
    }


def open_counts(episodes: list[AlertEpisode]) -> tuple[int, int]:
    """How many of these fire, and how many of those are warning signs."""
    firing = [episode for episode in episodes if episode.open]
    return len(firing), sum(episode.newest.is_slow for episode in firing)
