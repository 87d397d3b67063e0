"""What the gateway holds of one index, and the forms in which it is served."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from math import isclose
from typing import Any

from engine.index.canonical import parse_canonical
from engine.index.definition import DefinitionError, IndexDefinition
from engine.metrics.registry import REGISTRY
from engine.records import Level
from gateway.admission import NEAR
from gateway.ageing import aged
from gateway.line import SPAN, LevelLine
from gateway.rebalances import Rebalances
from gateway.snapshot_paths import ABSENT, figure_at, reasons_of
from gateway.trail import Trail
from gateway.wire import TIME_FIELDS, encode, rendered, rfc3339

ROW_FIGURES = REGISTRY.columns
"""The figures of a snapshot that stand in the list of indices, under the names they have there."""

ROW_TIMES = [group for group, names in ROW_FIGURES.items() if not TIME_FIELDS.isdisjoint(names)]
"""The groups of them that have an instant."""
_ROW_PATHS = [(f"{group}.{name}", group) for group, names in ROW_FIGURES.items() for name in names]


class IndexEntry:
    """One index: its definition, newest level and snapshot, and its line.

    Encoded forms are made once, when first asked for, and shared by all clients: without that a
    thousand clients would cost a thousand encodings of each snapshot. A section of the snapshot
    that is as it was keeps its bytes, and each remembers the version at which it changed.
    """

    __slots__ = (
        *("_before", "_encoded", "_parsed", "_sections", "appended", "definition", "index", "lag"),
        *("level", "level_appended", "levels", "taken"),
        *("line", "place", "rebalances", "sha256", "since", "snapshot", "snapshots", "status"),
        *("versions", "whole"),
    )

    def __init__(self, index: str) -> None:
        self.index = index
        self.definition: Mapping[str, Any] | None = None
        self.sha256: str | None = None
        self._parsed: IndexDefinition | None = None
        self.since: int | None = None
        self.level: Level | None = None
        self.snapshot: Mapping[str, Any] | None = None
        self.status: str | None = None
        """As the newest snapshot says, and as it has aged since (`age`); None before the first."""
        self.lag = 0
        """How old (ns, by the wall clock) the newest record was when it was read."""
        self.appended = 0
        """Since when (ns UTC) the newest snapshot stands in the log."""
        self.taken = 0
        """The version at which it was taken."""
        self.level_appended = 0
        """Since when (ns UTC) the newest level does."""
        self.line = LevelLine()
        self.rebalances = Rebalances()
        self.levels, self.snapshots = Trail(), Trail()
        self.place = 0, -1
        """Partition and offset of the newest snapshot in the log."""
        self.versions: dict[str, int] = {}
        """Of each section of the snapshot the version at which it changed."""
        self.whole = 0
        """The version at which the snapshot got the sections that it has, in their order."""
        self._before = 0
        """The version of the last change of the snapshot but one."""
        self._sections: dict[str, bytes] = {}
        self._encoded: dict[str, bytes] = {}

    def define(self, definition: Mapping[str, Any], sha256: str | None, since: int) -> None:
        """Take a definition that came into force at `since` (ns)."""
        self.definition, self.sha256, self.since = definition, sha256, since
        self._parsed = None
        self._encoded.pop("row", None)

    def parsed(self) -> IndexDefinition | None:
        """The definition, None where there is none that can be used; it is parsed once."""
        if self._parsed is None and self.definition is not None:
            with suppress(DefinitionError):
                self._parsed = parse_canonical(self.index, self.definition)
        return self._parsed

    def take_level(self, level: Level, now: int, version: int) -> None:
        """Take a newer level; `now` (ns) is by the wall clock."""
        before, self.level = self.level, level
        # A leap into the future would push all out of the line; what goes on from there does not.
        if level.at <= now + NEAR or (before is not None and level.at - before.at < SPAN):
            self.line.add(level.at, level.level, level.peak)
        self.levels.add(level.seq, version)
        self._encoded.pop("level", None)
        self._encoded.pop("row", None)

    def take_snapshot(self, snapshot: Mapping[str, Any], version: int) -> None:
        """Take a newer snapshot; raises msgspec.ValidationError where it is none."""
        self.rebalances.look(snapshot)
        before, self.snapshot = self.snapshot, snapshot
        self._before = max(self.versions.values(), default=0)
        self.snapshots.add(snapshot["seq"], version)
        self._encoded.clear()
        if before is None or list(before) != list(snapshot):
            self.versions, self.whole = dict.fromkeys(snapshot, version), version
            self._sections.clear()
            return
        for name, value in snapshot.items():
            if value != before[name] and name != "status":  # which is by `age`
                self.versions[name] = version
                self._sections.pop(name, None)

    def age(self, now: int, lag: int, version: int) -> bool:
        """Set the status to what it is at `now` (ns) where all records come `lag` late; whether
        it is another one."""
        published = None if self.snapshot is None else self.snapshot.get("status")
        status = aged(published, now - self.newest, max(lag, self.lag))
        if status == self.status:
            return False
        if (last := max(self.versions.values(), default=0)) < version:
            self._before = last
        self.status = status
        if "status" in self.versions:
            self.versions["status"] = version
            self._sections.pop("status", None)
        self._encoded.clear()
        return True

    @property
    def flags(self) -> list[str]:
        """The newest snapshot's `quality.flags`."""
        return ((self.snapshot or {}).get("quality") or {}).get("flags") or []

    @property
    def newest(self) -> int:
        """The instant (ns) of the newest level or snapshot; 0 before the first."""
        as_of = 0 if self.snapshot is None else int(self.snapshot["as_of"])
        return max(self.level.at if self.level else 0, as_of)

    def definition_mapping(self) -> dict[str, Any]:
        """The definition as it stands in the log, its hash, and since when; times as text."""
        body = {"definition": self.definition, "sha256": self.sha256, "since": self.since}
        found: dict[str, Any] = rendered(body)
        return found

    def level_json(self) -> bytes:
        """The newest level, as the beginning of a row of the stream: index, seq, at, level, peak;
        empty before the first."""
        if self.level is None:
            return b""
        if "level" not in self._encoded:
            level = self.level
            row = level.index, level.seq, rfc3339(level.at), level.level, level.peak
            self._encoded["level"] = encode(row)[1:-1]
        return self._encoded["level"]

    def snapshot_json(self) -> bytes:
        """The whole newest snapshot, its status being the one that holds now; null before it."""
        if self.snapshot is None:
            return b"null"
        return b"{%s}" % b",".join(map(self._section, self.versions))

    def change_json(self, since: int) -> bytes | None:
        """Index, seq and the sections that changed after the version `since`; None where the whole
        snapshot is to be sent."""
        if since < self.whole or self.snapshot is None:
            return None
        if since >= self._before:  # as nearly all clients are: they had the one before
            if "change" not in self._encoded:
                self._encoded["change"] = self._change(self._before)
            return self._encoded["change"]
        return self._change(since)

    def _change(self, since: int) -> bytes:
        assert self.snapshot is not None
        names = (name for name, version in self.versions.items() if version > since)
        head = encode({"index": self.index, "seq": self.snapshot["seq"]})[:-1]
        return b'%s,"sections":{%s}}' % (head, b",".join(map(self._section, names)))

    def status_json(self) -> bytes:
        """As `change_json`, of nothing but the status."""
        assert self.snapshot is not None
        head = encode({"index": self.index, "seq": self.snapshot["seq"]})[:-1]
        return b'%s,"sections":{%s}}' % (head, self._section("status"))

    def figures_json(self, paths: Sequence[str], since: int) -> bytes | None:
        """The figures at these paths whose section changed after the version `since`; None where
        none did, or there is no snapshot."""
        if self.snapshot is None:
            return None
        versions, snapshot = self.versions, self.snapshot
        wanted = [path for path in paths if versions.get(path.split(".")[0], self.whole) > since]
        if not wanted:
            return None
        undefined = snapshot.get("undefined") or {}
        body: dict[str, Any] = {"index": self.index, "seq": snapshot["seq"]}
        values = {path: figure_at(snapshot, path) for path in wanted}
        if "status" in values:
            values["status"] = self.status
        body |= {"as_of": snapshot["as_of"], "values": {}, "undefined": {}}
        for path, value in values.items():
            body["values"][path] = None if value is ABSENT else _at_its_name(path, value)
            body["undefined"] |= reasons_of(path, value, undefined)
        return encode(rendered(body))

    def _section(self, name: str) -> bytes:
        """A section with its name, as it stands in the snapshot's object."""
        found = self._sections.get(name)
        if found is None:
            assert self.snapshot is not None
            value = self.status if name == "status" else self.snapshot[name]
            found = self._sections[name] = encode(rendered({name: value}))[1:-1]
        return found

    def composition(self) -> dict[str, Any]:
        """`composition` of the newest snapshot, null before the first, with the reasons of its
        nulls; times as text."""
        snapshot = self.snapshot or {}
        undefined = snapshot.get("undefined") or {}
        body = {
            "index": self.index,
            "seq": snapshot.get("seq"),
            "as_of": snapshot.get("as_of"),
            "composition": snapshot.get("composition"),
            "undefined": {p: r for p, r in undefined.items() if p.split(".")[0] == "composition"},
        }
        found: dict[str, Any] = rendered(body)
        return found

    def row_json(self) -> bytes:
        """The row of the list of indices."""
        if "row" not in self._encoded:
            self._encoded["row"] = encode(_row_rendered(self.row()))
        return self._encoded["row"]

    def row(self) -> dict[str, Any]:
        """A cut of the snapshot under the snapshot's own names; a newer level goes before it.

        Returns and the deepest drawdown follow that level, so that the figures of a row agree.
        """
        snapshot = self.snapshot or {}
        row: dict[str, Any] = {
            "index": self.index,
            "name": (self.definition or {}).get("name", self.index),
            "status": self.status,
            "origin": snapshot.get("origin"),
            "seq": snapshot.get("seq"),
            "as_of": snapshot.get("as_of"),
            "level": snapshot.get("level"),
            "peak": self._peak(snapshot),
            **{
                group: {name: (snapshot.get(group) or {}).get(name) for name in names}
                for group, names in ROW_FIGURES.items()
            },
            "flags": self.flags,
            "undefined": _row_reasons(snapshot.get("undefined") or {}),
        }
        if self.level is not None and self.level.at >= (row["as_of"] or self.level.at):
            move = self.level.level / row["level"] if row["level"] else None
            row |= {"as_of": self.level.at, "level": self.level.level, "peak": self.level.peak}
            fall, current = row["drawdown"], self.level.drawdown
            deepest = None if fall["max"] is None else max(fall["max"], current)
            row["drawdown"] = {"current": current, "max": deepest}
            if move is not None:
                row["returns"] = {
                    period: None if value is None else (1.0 + value) * move - 1.0
                    for period, value in row["returns"].items()
                }
        return row

    def _peak(self, snapshot: Mapping[str, Any]) -> float | None:
        """The peak at the snapshot, null where its drawdown is: the last that a level told where
        that gives this very drawdown, else the one that does. (The larger of it and the snapshot's
        level would miss a peak between the two, and between levels of a backfill lies a day.)"""
        level, fall = snapshot.get("level"), (snapshot.get("drawdown") or {}).get("current")
        if level is None or fall is None or fall >= 1.0:
            return None
        last = self.level.peak if self.level is not None else level
        same = last and isclose((last - level) / last, fall, rel_tol=0.0, abs_tol=1e-14)
        known: float = last if same else level / (1.0 - fall)
        return known


def _row_rendered(row: dict[str, Any]) -> dict[str, Any]:
    """As `rendered` has it, in a third of the time: a list may have ten thousand."""
    if row["as_of"] is not None:
        row["as_of"] = rfc3339(row["as_of"])
    for group in ROW_TIMES:
        row[group] = rendered(row[group])
    return row


def _at_its_name(path: str, value: Any) -> Any:
    """A time as text: `rendered` knows it by the last name of its path."""
    name = path.rsplit(".", 1)[-1]
    return rendered({name: value})[name]


def _row_reasons(undefined: Mapping[str, str]) -> dict[str, str]:
    """Of the snapshot's reasons those for a row's figures; a reason may stand at a whole group."""
    if not undefined:
        return {}
    reasons = ((path, undefined.get(path, undefined.get(group))) for path, group in _ROW_PATHS)
    return {path: reason for path, reason in reasons if reason is not None}
