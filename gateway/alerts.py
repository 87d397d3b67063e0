"""The newest alerts and every episode that is firing now."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Collection, Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

import orjson

from engine.alerts.matching import covers
from engine.records import AlertHead, Matchers
from gateway.admission import NEAR, follows
from gateway.extremes import Extremes
from gateway.falls import AlarmedFalls
from gateway.recent import Recent
from gateway.wire import encode, rendered
from streams.episodes import figure_of, is_daily, value_at

log = logging.getLogger(__name__)

KEPT = 1000
"""Newest alerts kept: weeks of a quiet market and hours of a crash; all of them are in the log."""


class Alert:
    """One alert: its head and severity, its number in the order of arrival, its place (partition,
    offset) in the log, and its JSON; the figure that it is about with its value then, and its
    sentence, None where it says none."""

    __slots__ = (
        *("about", "figure", "head", "json", "number", "place", "severity", "value", "words"),
    )

    def __init__(
        self, head: AlertHead, number: int, body: Mapping[str, Any], place: tuple[int, int]
    ) -> None:
        self.head, self.number, self.place = head, number, place
        severity = body.get("severity")
        self.severity = severity if isinstance(severity, str) else None
        self.about = {
            "index": head.index,
            "kind": head.kind,
            "severity": self.severity,
            "rule": head.rule,
        }
        """What a silence goes by."""
        self.figure, self.value = figure_of(body), value_at(body)
        words = (body.get("because") or {}).get("words")
        self.words = words if isinstance(words, str) else None
        self.json = orjson.Fragment(encode(rendered(body)))

    @property
    def is_slow(self) -> bool:
        """Whether it is judged once a day: no reason to wake anybody."""
        return is_daily(self.about)


class AlertEpisode(NamedTuple):
    """A firing and its resolution, as far as they are kept: one of them is."""

    firing: Alert | None = None
    resolved: Alert | None = None
    open: bool = False

    @property
    def newest(self) -> Alert:
        """What came last of it."""
        found = self.resolved or self.firing
        assert found is not None
        return found

    def place(self) -> tuple[int, str]:
        """When it began (ns), as far as that is known, and its id."""
        head = (self.firing or self.newest).head
        return head.at, head.episode


class Alerts:
    """The last `KEPT` alerts over all indices, and the firing episodes however old.

    Firing episodes are kept by (index, rule), of which one at a time can fire, so their number is
    bounded by the definitions.
    """

    def __init__(self) -> None:
        self.total = 0
        """Alerts taken so far; an alert's `number` is its place among them, from 1."""
        self.missed = 0
        """Alerts that gaps in an index's `seq` show."""
        self._newest: deque[Alert] = deque(maxlen=KEPT)
        self._firing: dict[tuple[str, str], Alert] = {}
        self.falls = AlarmedFalls(KEPT)
        """How deep those of drawdowns went."""
        self.extremes = Extremes(KEPT)
        """How far the figures of the others went."""
        self._last: dict[str, tuple[int, int]] = {}
        """Of each index, the newest time (ns) and the sequence of its last alert."""
        self._begin: dict[int, int] = {}
        """Of each partition, the offset from which on all alerts are kept here."""

    def take(
        self,
        head: AlertHead,
        body: Mapping[str, Any],
        now: int,
        place: tuple[int, int],
        recent: Recent,
        definition: Mapping[str, Any] | None = None,
    ) -> bool:
        """Take an alert; False where its `seq` is not above the index's last, unless it is later
        (`gateway.admission`). `now` (ns) is by the wall clock, `place` its partition and offset;
        `recent` has the levels that came before it, `definition` is its index's."""
        held = self._last.get(head.index)
        if held is not None:
            at, last = held
            if head.seq <= last and not follows((head.at, 0), (at, 0), now):
                return False
            if head.seq > last + 1:
                self.missed += head.seq - last - 1
                where = head.index, last + 1, head.seq - 1
                log.warning("alerts of %s: %d to %d are missing", *where)
        newest = head.at if held is None or held[0] > now + NEAR else max(held[0], head.at)
        self._last[head.index] = newest, head.seq
        self.total += 1
        alert = Alert(head, self.total, body, place)
        self.extremes.take_alert(head, body, definition)
        self.falls.take_alert(head, recent)
        self._begin.setdefault(*place)
        if len(self._newest) == KEPT:
            forgotten, last = self._newest[0].place
            self._begin[forgotten] = last + 1
        self._newest.append(alert)
        rule = (head.index, head.rule)
        if head.state == "firing":
            self._firing[rule] = alert
        else:
            self._firing.pop(rule, None)
        return True

    def retire(self, index: str) -> None:
        """A retired index fires no more; its past alerts and its highest `seq` stay."""
        for rule in [rule for rule in self._firing if rule[0] == index]:
            del self._firing[rule]
        self.falls.forget(index)
        self.extremes.forget(index)

    def firing(self, indices: Collection[str] | None = None) -> int:
        """How many episodes are firing now (of these indices)."""
        if indices is None:
            return len(self._firing)
        return sum(index in indices for index, _ in self._firing)

    def open_episodes(self) -> list[AlertEpisode]:
        """What fires now."""
        return [AlertEpisode(alert, None, True) for alert in self._firing.values()]

    def open_counts(self, indices: Collection[str] | None = None) -> tuple[int, int]:
        """How many episodes fire now (of these indices), and how many of them are slow signs."""
        found = [a for a in self._firing.values() if indices is None or a.head.index in indices]
        return len(found), sum(alert.is_slow for alert in found)

    def covered(self, match: Matchers) -> int:
        """How many episodes that fire now these matchers mean."""
        return sum(covers(match, alert.about) for alert in self._firing.values())

    def episode(self, name: str) -> AlertEpisode | None:
        """One episode by its id, as far as it is kept."""
        return next((e for e in self.episodes() if e.newest.head.episode == name), None)

    @property
    def indices(self) -> Collection[str]:
        """Every index that ever had an alert."""
        return self._last.keys()

    def since(self, number: int) -> list[Alert] | None:
        """The alerts after this `number`, oldest first; None where some are kept no more."""
        behind = self.total - number
        if behind > len(self._newest):
            return None
        return list(islice(self._newest, len(self._newest) - behind, None))

    def behind(self, offsets: Mapping[int, int]) -> list[Alert] | None:
        """The alerts behind these offsets of the partitions, oldest first; None where some may be
        kept no more."""
        if any(offsets.get(p, -1) + 1 < begin for p, begin in self._begin.items()):
            return None
        return [alert for alert in self._newest if alert.place[1] > offsets.get(alert.place[0], -1)]

    def newest_first(self, index: str | None = None) -> Iterator[Alert]:
        """All that is kept (of one index): the newest alerts, then older ones that are still
        firing."""
        yield from (a for a in reversed(self._newest) if index is None or a.head.index == index)
        oldest = self._newest[0].number if self._newest else 0
        older = [
            alert
            for (of, _), alert in self._firing.items()
            if alert.number < oldest and (index is None or of == index)
        ]
        yield from sorted(older, key=lambda alert: -alert.number)

    def episodes(self, index: str | None = None) -> list[AlertEpisode]:
        """All that is kept (of one index), by episode: the newest first."""
        found: dict[str, AlertEpisode] = {}
        for alert in self.newest_first(index):
            before = found.get(alert.head.episode, AlertEpisode())
            if alert.head.state == "firing":
                found[alert.head.episode] = before._replace(firing=before.firing or alert)
            else:
                found[alert.head.episode] = before._replace(resolved=before.resolved or alert)
        is_open = set(self._firing.values())
        told = (episode._replace(open=episode.firing in is_open) for episode in found.values())
        return sorted(told, key=AlertEpisode.place, reverse=True)

    @property
    def complete_since(self) -> int | None:
        """The time (ns) behind which all alerts are kept; None where none was left out."""
        return self._newest[0].head.at if len(self._newest) == KEPT else None

    def recent(self, limit: int, indices: Collection[str] | None = None) -> list[Alert]:
        """Newest first: the last `limit` alerts (of these indices) and all that fire now."""
        wanted = [a for a in self.newest_first() if indices is None or a.head.index in indices]
        firing = set(self._firing.values())
        return [alert for rank, alert in enumerate(wanted) if rank < limit or alert in firing]
