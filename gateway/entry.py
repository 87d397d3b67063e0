"""What the gateway holds of one index, and the forms in which it is served."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from engine.metrics.registry import REGISTRY
from engine.records import Level
from gateway.admission import NEAR
from gateway.ageing import aged
from gateway.line import SPAN, LevelLine
from gateway.rebalances import Rebalances
from gateway.wire import TIME_FIELDS, encode, rendered, rfc3339

ROW_FIGURES = REGISTRY.columns
"""The figures of a snapshot that stand in the list of indices, under the names they have there."""

ROW_TIMES = [group for group, names in ROW_FIGURES.items() if not TIME_FIELDS.isdisjoint(names)]
"""The groups of them that have an instant."""
_ROW_PATHS = [(f"{group}.{name}", group) for group, names in ROW_FIGURES.items() for name in names]


class IndexEntry:
    """One index: its definition, newest level and snapshot, and its line.

    Encoded forms are made once, when first asked for, and shared by all clients: without that a
    thousand clients would cost a thousand encodings of each snapshot.
    """

    __slots__ = (
        *("_encoded", "definition", "index", "lag", "level", "line", "sha256", "since"),
        *("rebalances", "snapshot", "status"),
    )

    def __init__(self, index: str) -> None:
        self.index = index
        self.definition: Mapping[str, Any] | None = None
        self.sha256: str | None = None
        self.since: int | None = None
        self.level: Level | None = None
        self.snapshot: Mapping[str, Any] | None = None
        self.status: str | None = None
        """As the newest snapshot says, and as it has aged since (`age`); None before the first."""
        self.lag = 0
        """How old (ns, by the wall clock) the newest record was when it was read."""
        self.line = LevelLine()
        self.rebalances = Rebalances()
        self._encoded: dict[str, bytes] = {}

    def define(self, definition: Mapping[str, Any], sha256: str | None, since: int) -> None:
        """Take a definition that came into force at `since` (ns)."""
        self.definition, self.sha256, self.since = definition, sha256, since
        self._encoded.pop("row", None)

    def take_level(self, level: Level, now: int) -> None:
        """Take a newer level; `now` (ns) is by the wall clock."""
        before, self.level = self.level, level
        # A leap into the future would push all out of the line; what goes on from there does not.
        if level.at <= now + NEAR or (before is not None and level.at - before.at < SPAN):
            self.line.add(level.at, level.level, level.peak)
        self._encoded.pop("level", None)
        self._encoded.pop("row", None)

    def take_snapshot(self, snapshot: Mapping[str, Any]) -> None:
        """Take a newer snapshot; raises msgspec.ValidationError where it is none."""
        self.rebalances.look(snapshot)
        self.snapshot = snapshot
        self._encoded.pop("snapshot", None)
        self._encoded.pop("row", None)

    def age(self, now: int, lag: int) -> bool:
        """Set the status to what it is at `now` (ns) where all records come `lag` late; whether
        it is another one."""
        published = None if self.snapshot is None else self.snapshot.get("status")
        status = aged(published, now - self.newest, max(lag, self.lag))
        if status == self.status:
            return False
        self.status = status
        self._encoded.pop("snapshot", None)
        self._encoded.pop("row", None)
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
        """The newest level record."""
        return self._once("level", lambda: msgspec.structs.asdict(self.level) if self.level else {})

    def snapshot_json(self) -> bytes:
        """The whole newest snapshot; its status is the one that holds now."""
        return self._once("snapshot", self._snapshot_now)

    def _snapshot_now(self) -> dict[str, Any] | None:
        return None if self.snapshot is None else {**self.snapshot, "status": self.status}

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

    def _once(self, form: str, make: Callable[[], Any]) -> bytes:
        if form not in self._encoded:
            self._encoded[form] = encode(rendered(make()))
        return self._encoded[form]

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
            "peak": None,
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


def _row_rendered(row: dict[str, Any]) -> dict[str, Any]:
    """As `rendered` has it, in a third of the time: a list may have ten thousand."""
    if row["as_of"] is not None:
        row["as_of"] = rfc3339(row["as_of"])
    for group in ROW_TIMES:
        row[group] = rendered(row[group])
    return row


def _row_reasons(undefined: Mapping[str, str]) -> dict[str, str]:
    """Of the snapshot's reasons those for a row's figures; a reason may stand at a whole group."""
    if not undefined:
        return {}
    reasons = ((path, undefined.get(path, undefined.get(group))) for path, group in _ROW_PATHS)
    return {path: reason for path, reason in reasons if reason is not None}
