"""The gateway's memory: what the output logs say now, bounded, shared by all clients.

`State.apply` takes one record at a time, in the event loop's thread; nothing here waits. A client
holds a `Subscription`, which is a few places in the order of changes and no queue: what changed
twice before the client came to read is sent once.
"""

from __future__ import annotations

import difflib
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from engine.records import AlertHead, DefinitionHead, Level, LevelColumns, SnapshotHead
from engine.types import SECOND
from gateway.admission import FAR, NEAR, LeftOut, extremes_of, follows
from gateway.alerts import Alerts
from gateway.coins import Coins
from gateway.cursor import alerts_text, figures_text
from gateway.entry import IndexEntry
from gateway.figures import check_figures
from gateway.recent import Recent
from gateway.signal import Signal
from streams.attention import Attention
from streams.passage import Passed, unwatched
from streams.records import Record

MAX_INDICES = 10_000
"""About 100 KB an index (a snapshot as objects and as JSON, a line), so 1 GB in all."""
AGE_EVERY = SECOND // 5
"""Statuses are looked at again no more often than a client is sent them."""
MAX_CLIENTS = 1500
"""Of one process; `make clients` runs 1,000. More are for a second gateway on the same log."""

Place = tuple[int, int]
"""Of a record in the log: its partition and offset."""


class State:
    """What is known of all indices. Feed it with `apply`; read it with the rest.

    `clock` gives monotonic seconds; it serves only to say for how long nothing has been read.
    `wall` gives the time (ns UTC) that the statuses age by.
    Not for use from several threads.
    """

    def __init__(
        self,
        *,
        max_indices: int = MAX_INDICES,
        max_clients: int = MAX_CLIENTS,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], int] = time.time_ns,
    ) -> None:
        self.max_indices = max_indices
        self.max_clients = max_clients
        self.clock, self.wall = clock, wall
        self.alerts = Alerts()
        self.attention = Attention()
        """What people say about alerts: silences, and who sees to which episode."""
        self.said = 0
        """Counts what they said, and the ends of silences."""
        self._silences_until = 0
        self.firing: Any = None
        """What fires now as clients are told (`gateway.open_episodes`), once one asks for it."""
        self.recent = Recent()
        self.coins = Coins()
        """What happens to coins (records of type `asset`)."""
        self.changed = Signal()
        self.alerted = Signal()
        self.applied: Counter[str] = Counter()
        """Records taken, by topic."""
        self.left_out = LeftOut()
        self.evicted: Counter[str] = Counter()
        """Clients sent away, by reason."""
        self.clients = 0
        self.version = 0
        """Counts changes; every index remembers the version of its last one."""
        self.changes: dict[str, dict[str, int]] = {
            name: {} for name in ("levels", "snapshots", "rows", "retired")
        }
        """Index -> version of its last change, in the order of these versions: of its level, of its
        snapshot or the status in it, of its row for other reasons than the level, of its end."""
        self.epoch = secrets.token_hex(4)
        """Names this run: versions mean nothing in another."""
        self.log = ""
        """How the id of the log begins, as receipts tell it."""
        self.offsets: dict[str, dict[int, int]] = {"snapshots": {}, "alerts": {}}
        """Of these topics by partition the offset of the last record."""
        self.shared: dict[Any, list[Any]] = {}
        """Messages of now that many clients are sent; forgotten with the next change."""
        self._entries: dict[str, IndexEntry] = {}
        self._retired: dict[str, int] = {}
        self.lag = 0
        """How old (ns, by the wall clock) the newest of all records was when it was read."""
        self._last_read: float | None = None
        self._newest = self._appended = self._aged_at = 0
        self.passed: Passed = unwatched
        """Told how long what a client is sent has stood in the log."""

    # What comes in

    def apply(
        self,
        topic: str,
        body: Mapping[str, Any],
        offset: int | None = None,
        partition: int = 0,
        appended: int | None = None,
    ) -> None:
        """Take one record of `snapshots`, `levels`, `bars`, `alerts` or `definitions`.

        `offset` and `partition` are where it stands in a log, since when (ns UTC) `appended` says;
        now, if it does not. A record that is malformed, old, ahead of the clock or beyond a bound
        is counted in `dropped` and logged. Raises ValueError for another topic.
        """
        take = {
            "levels": self._levels,
            "snapshots": self._snapshot,
            "alerts": self._alert,
            "definitions": self._define,
            "bars": self._bar,
        }.get(topic)
        if take is None:
            raise ValueError(f"the gateway does not read the topic {topic!r}")
        self._last_read = self.clock()
        self._appended = self.wall() if appended is None else appended
        read = self.offsets.get(topic, {})
        place = partition, read.get(partition, -1) + 1 if offset is None else offset
        try:
            reason, said = take(body, offset, place), f"index {body.get('index')}"
        except msgspec.ValidationError as error:
            reason, said = "malformed", str(error)
        if reason is None:
            self.applied[topic] += 1
        else:
            self._leave_out(topic, reason, said)
        read[partition] = place[1]

    def attend(self, record: Record) -> None:
        """Take a record of `silences` or `acknowledgements`."""
        self._last_read = self.clock()
        if self.attention.take(record):
            self.applied[record.topic] += 1
            self.said += 1
            self._change_alerts()

    def reject(self, topic: str, offset: int, reason: str) -> None:
        """Count a record of a log that cannot be read, and log it."""
        self._last_read = self.clock()
        self._leave_out(topic, "malformed", f"offset {offset}: {reason}")

    @property
    def dropped(self) -> Counter[tuple[str, str]]:
        """Records not taken, by topic and reason."""
        return self.left_out.counts

    def _leave_out(self, topic: str, reason: str, said: str) -> None:
        if reason == "too_many_indices":
            said = f"{said}: the gateway holds {self.max_indices} indices at most"
        self.left_out.add(topic, reason, said, self.clock())

    def _levels(self, body: Mapping[str, Any], *_: Any) -> str | None:
        """Take the levels of a shard; each that is left out is counted by itself."""
        if isinstance(body.get("index"), str):  # of an earlier version
            one = msgspec.convert(body, Level)
            return self._level(one, None, None)
        told = msgspec.convert(body, LevelColumns)
        columns = told.index, told.seq, told.at, told.level, told.peak
        extremes = (told.low or told.level, told.high or told.level)
        for index, seq, at, level, peak, low, high in zip(*columns, *extremes, strict=True):
            one = Level(index, seq, at, level, peak, (peak - level) / peak if peak else 0.0)
            reason = self._level(one, low, high)
            if reason is not None:
                self._leave_out("levels", reason, f"index {index}")
        return None

    def _level(self, level: Level, low: float | None, high: float | None) -> str | None:
        """Take a level, and the lowest and highest since the one before, where they are told."""
        now = self.wall()
        if level.at > now + FAR:
            return "ahead"
        if (extremes := extremes_of(level, low, high)) is None:
            return "malformed"
        entry, reason = self._admit(level.index)
        if entry is None:
            return reason
        last = entry.level
        held = None if last is None else (last.at, last.seq)
        # One record of `prices` can hold several instants: they share its seq.
        if not follows((level.at, level.seq), held, now):
            return "backwards" if last is not None and level.seq > last.seq else "old"
        entry.take_level(level, now, self.version + 1)
        entry.level_appended = self._appended
        if level.at <= now + NEAR:
            self.recent.take_level(level.index, level.at, level.level, level.peak, *extremes)
            self.alerts.falls.take_level(level, extremes[0])
        aged = self._came(entry, level.at)
        self._change(level.index, "levels", *(("snapshots", "rows") if aged else ()))
        return None

    def _bar(self, body: Mapping[str, Any], *_: Any) -> str | None:
        return self.recent.take_bar(body)

    def _snapshot(self, body: Mapping[str, Any], _: int | None, place: Place) -> str | None:
        head = msgspec.convert(body, SnapshotHead)
        now = self.wall()
        if head.as_of > now + FAR:
            return "ahead"
        check_figures(body)
        entry, reason = self._admit(head.index)
        if entry is None:
            return reason
        last = entry.snapshot
        held = None if last is None else (last["as_of"], last["seq"])
        if not follows((head.as_of, head.seq), held, now):
            return "backwards" if last is not None and head.seq > last["seq"] else "old"
        entry.take_snapshot(body, self.version + 1)
        self.alerts.extremes.take_snapshot(head.index, head.as_of, body)
        entry.place, entry.appended, entry.taken = place, self._appended, self.version + 1
        self._came(entry, head.as_of)
        self._change(head.index, "snapshots", "rows")
        if not self.log:
            self.log = str((body.get("receipt") or {}).get("log", ""))[:8]
        return None

    def _came(self, entry: IndexEntry, at: int) -> bool:
        """Note how late a record of this time was read; whether that gives another status."""
        now = self.wall()
        if at > self._newest:
            self.lag, self._newest = now - at, min(at, now)  # else nothing would ever be late
        entry.lag = now - at
        return entry.age(now, now - self._newest, self.version + 1)

    def age(self) -> None:
        """Let the statuses follow the wall clock, which goes on where the log stands still."""
        now = self.wall()
        if 0 <= now - self._aged_at < AGE_EVERY:
            return
        self._aged_at = now
        if self.attention.next_change(self._silences_until) != self.attention.next_change(now):
            self.said += 1
            self._change_alerts()
        self._silences_until = now
        for index, entry in self._entries.items():
            if entry.age(now, now - self._newest, self.version + 1):
                self._change(index, "snapshots", "rows")

    def _alert(self, body: Mapping[str, Any], offset: int | None, place: Place) -> str | None:
        head, now = msgspec.convert(body, AlertHead), self.wall()
        if head.at > now + FAR:
            return "ahead"
        if offset is not None and head.seq > offset + 1:
            return "impossible"  # it counts an index's alerts, each of which is in the log
        known = self.alerts.indices
        entry = self._entries.get(head.index)
        defined = None if entry is None else entry.definition
        if head.index not in known and len(known) >= self.max_indices and defined is None:
            return "too_many_indices"
        if not self.alerts.take(head, body, now, place, self.recent, defined):
            return "old"
        if head.index in self._retired:
            self.alerts.retire(head.index)
        self._change_alerts()
        return None

    def _change_alerts(self) -> None:
        self.version += 1
        self.shared.clear()
        self.changed.fire()
        self.alerted.fire()

    def _define(self, body: Mapping[str, Any], *_: Any) -> str | None:
        record, now = msgspec.convert(body, DefinitionHead), self.wall()
        if record.now > now + FAR:
            return "ahead"
        index, entry = record.index, self._entries.get(record.index)
        since = self._retired.get(index) if entry is None else entry.since
        if since is not None and not follows((record.now, 0), (since, 0), now):
            return "old"
        if record.definition is None:
            self._retire(index, record.now)
        else:
            self._retired.pop(index, None)
            self._make_room(index)
            entry, reason = self._admit(index)
            if entry is None:
                return reason
            entry.define(record.definition, record.sha256, record.now)
            self.changes["retired"].pop(index, None)
            self._change(index, "rows")
        return None

    def _make_room(self, index: str) -> None:
        """Where all places are taken, one that no definition stands for is given up."""
        if index in self._entries or len(self._entries) < self.max_indices:
            return
        given_up = next((e.index for e in self._entries.values() if e.definition is None), None)
        if given_up is not None:
            self._forget(given_up)

    def _forget(self, index: str) -> None:
        self._entries.pop(index, None)
        self.recent.forget(index)
        for order in self.changes.values():
            order.pop(index, None)

    def _retire(self, index: str, now: int) -> None:
        """Forget an index, and remember that: its last records may still be on their way."""
        self._forget(index)
        self.alerts.retire(index)
        self._retired[index] = now
        self._change(index, "retired")
        while len(self._retired) > self.max_indices:
            gone = next(iter(self._retired))
            del self._retired[gone]
            self.changes["retired"].pop(gone, None)

    def _admit(self, index: str) -> tuple[IndexEntry | None, str]:
        """The entry of an index, made if there is room; else None and the reason."""
        entry = self._entries.get(index)
        if entry is None:
            if index in self._retired:
                return None, "retired"
            if len(self._entries) >= self.max_indices:
                return None, "too_many_indices"
            entry = self._entries[index] = IndexEntry(index)
        return entry, ""

    def _change(self, index: str, *names: str) -> None:
        self.version += 1
        for name in names:
            order = self.changes[name]
            order.pop(index, None)  # so that it goes to the end
            order[index] = self.version
        self.shared.clear()
        self.changed.fire()

    # What goes out

    def entries(self) -> Iterator[IndexEntry]:
        """All indices, by id, with statuses of now."""
        self.age()
        for index in sorted(self._entries):
            yield self._entries[index]

    def entry(self, index: str) -> IndexEntry | None:
        """One index with its status of now; None where it is not known (or retired)."""
        self.age()
        return self._entries.get(index)

    def held(self, index: str) -> IndexEntry | None:
        """One index with its status as it was last looked at, for who asks for many."""
        return self._entries.get(index)

    def near(self, index: str) -> list[str]:
        """Known ids that look like this one, best first."""
        return difflib.get_close_matches(index.upper(), self._entries, n=3, cutoff=0.5)

    def changed_since(self, name: str, version: int) -> list[str]:
        """The indices with a change of this kind after `version`, in the order of change.

        Costs what it returns, not what is held.
        """
        found = []
        for index, last in reversed(self.changes[name].items()):
            if last <= version:
                break
            found.append(index)
        return found[::-1]

    def figures_text(self) -> str:
        """The half of a cursor that stands for all figures of now (`gateway.cursor`)."""
        return figures_text(self.epoch, self.version, self.log, self.offsets["snapshots"])

    def alerts_text(self) -> str:
        """The half of a cursor that stands for all alerts of now."""
        return alerts_text(self.offsets["alerts"])

    def definitions(self) -> dict[str, Any]:
        """Every index's definition as it stands in the log, its hash, and since when."""
        return {
            entry.index: entry.definition_mapping()
            for entry in self.entries()
            if entry.definition is not None
        }

    @property
    def newest(self) -> int:
        """The log's time (ns): that of the newest figure of all, and not ahead of the clock."""
        return self._newest

    def silence(self) -> float | None:
        """Seconds since the last record was read; None before the first."""
        return None if self._last_read is None else self.clock() - self._last_read

    def metrics(self) -> dict[str, float | dict[tuple[tuple[str, str], ...], float]]:
        """The gateway's own figures, in the form that `gateway.exposition` writes."""
        return {
            "tidegauge_gateway_indices": len(self._entries),
            "tidegauge_gateway_clients": self.clients,
            "tidegauge_gateway_lag_seconds": max(self.lag, 0) / SECOND,
            "tidegauge_gateway_alerts_firing": self.alerts.firing(),
            "tidegauge_gateway_alerts_missed_total": self.alerts.missed,
            "tidegauge_gateway_records_total": {
                (("topic", topic),): n for topic, n in self.applied.items()
            },
            "tidegauge_gateway_dropped_total": {
                (("topic", topic), ("reason", reason)): n
                for (topic, reason), n in self.left_out.counts.items()
            },
            "tidegauge_gateway_evicted_total": {
                (("reason", reason),): n for reason, n in self.evicted.items()
            },
        }
