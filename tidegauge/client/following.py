"""From the messages of the stream to items: laid over each other, each once. Does no I/O."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from gateway.messages import (
    AlertsMessage,
    ChangesMessage,
    ErrorMessage,
    FiguresMessage,
    GapMessage,
    LevelsMessage,
    ResyncMessage,
    RetiredMessage,
    ServerMessage,
    SnapshotsMessage,
)
from tidegauge.client.errors import Lost, RefusedError
from tidegauge.client.items import FigureSet, IndexAlert, IndexLevel, IndexSnapshot, SkippedSpan

Item = IndexSnapshot | IndexLevel | FigureSet | IndexAlert
_UNKNOWN = SkippedSpan(None, None, None)


class _Typed(msgspec.Struct):
    type: str


_read_type = msgspec.json.Decoder(_Typed).decode
_read = msgspec.json.Decoder(ServerMessage).decode
_PASSED_OVER = frozenset({"health", "warning", "subscribed", "rows"})


class StreamFollower:
    """Takes the messages of one connection after the other, all of which follow the same.

    `cursor` is where to go on; None where only the whole will do.
    """

    def __init__(self, cursor: str | None = None) -> None:
        self.cursor = cursor
        self.bodies: dict[str, dict[str, Any]] = {}
        """Of each index the newest snapshot."""
        self._values: dict[str, tuple[dict[str, Any], dict[str, str]]] = {}
        self._seqs: dict[tuple[type, str], int] = {}
        self._levels: dict[str, tuple[int, str]] = {}
        self._gaps: dict[str, SkippedSpan] = {}
        self._missed_all = False

    def take(self, data: bytes | str) -> list[Item]:
        """The items that a message brings. Raises RefusedError, and Lost where the stream does not
        fit to what is held: then connect again."""
        kind = _read_type(data).type
        if kind in _PASSED_OVER:
            return self._place([], _cursor_in(data))
        try:
            message = _read(data)
        except msgspec.ValidationError as error:
            if "Invalid value" in str(error):  # a type of a later version
                return self._place([], _cursor_in(data))
            raise Lost(f"a message that is none: {error}") from None
        if isinstance(message, ErrorMessage):
            raise RefusedError(message.status, message.detail, message.near, message.do)
        items = list(self._items(message))
        return self._place(items, getattr(message, "cursor", None))

    def _place(self, items: list[Item], cursor: str | None) -> list[Item]:
        """Each item with the place to go on behind it: of a message that is at its end."""
        before, self.cursor = self.cursor, cursor or self.cursor
        return [
            msgspec.structs.replace(item, cursor=self.cursor if item is items[-1] else before)
            for item in items
        ]

    def _items(self, message: Any) -> Iterator[Item]:
        if isinstance(message, SnapshotsMessage):
            for whole in message.snapshots:
                before = self.bodies.get(whole["index"], {}).get("status")
                self.bodies[whole["index"]] = whole
                yield from self._snapshot(whole, before)
        elif isinstance(message, ChangesMessage):
            for change in message.changes:
                body = self.bodies.get(change.index)
                if body is None:
                    self.cursor = None
                    raise Lost(f"the stream changes {change.index}, which it did not send")
                if change.seq >= body["seq"]:
                    before, newer = body["status"], {**body, **change.sections}
                    self.bodies[change.index] = newer
                    yield from self._snapshot(newer, before)
        elif isinstance(message, LevelsMessage):
            for row in message.levels:
                held = self._levels.get(row.index, (-1, ""))
                if row.seq >= held[0] and (row.seq, row.at) != held:  # instants may share a seq
                    self._levels[row.index] = row.seq, row.at
                    told = {"index": row.index, "seq": row.seq, "level": row.level}
                    told |= {"peak": row.peak, "left_out": row.left_out}
                    yield msgspec.convert({**told, "at": row.at}, IndexLevel)
        elif isinstance(message, FiguresMessage):
            yield from self._figures(message)
        elif isinstance(message, AlertsMessage):
            yield from self._alerts(message)
        else:
            self._note(message)

    def _note(self, message: Any) -> None:
        if isinstance(message, GapMessage):
            for gap in message.gaps:
                held = self._seqs.get((IndexSnapshot, gap.index), -1)
                if gap.first > held:
                    self._gaps[gap.index] = SkippedSpan(gap.first, gap.last, gap.count)
                elif gap.last > held:  # some of them came before the connection was lost
                    self._gaps[gap.index] = _UNKNOWN
        elif isinstance(message, ResyncMessage):
            if message.reason == "other_log":
                self._seqs.clear()
                self._levels.clear()
            if message.view == "alerts":
                self._missed_all = True
            for index in message.indices or ():
                self._gaps[index] = _UNKNOWN
        elif isinstance(message, RetiredMessage):
            for index in message.indices:
                self.bodies.pop(index, None)
                self._values.pop(index, None)

    def _is_new(self, kind: type, index: str, seq: int) -> bool:
        """Whether it is no double."""
        last = self._seqs.get((kind, index), -1)
        self._seqs[kind, index] = max(last, seq)
        return seq > last

    def _snapshot(self, body: dict[str, Any], status: str | None) -> Iterator[IndexSnapshot]:
        index, seq = body["index"], body["seq"]
        if not self._is_new(IndexSnapshot, index, seq) and body["status"] == status:
            return
        yield IndexSnapshot(
            index=index,
            seq=seq,
            as_of=_time(body["as_of"]),
            level=body.get("level"),
            status=body.get("status"),
            body=body,
            gap=self._gaps.pop(index, None),
        )

    def _figures(self, message: FiguresMessage) -> Iterator[FigureSet]:
        for told in message.figures:
            values, undefined = self._values.get(told.index, ({}, {}))
            kept = {
                path: reason
                for path, reason in undefined.items()
                if not any(path == p or path.startswith(f"{p}.") for p in told.values)
            }
            self._values[told.index] = {**values, **told.values}, {**kept, **told.undefined}
            self._is_new(IndexSnapshot, told.index, told.seq)
            values, undefined = self._values[told.index]
            yield FigureSet(
                index=told.index,
                seq=told.seq,
                as_of=_time(told.as_of),
                values=values,
                undefined=undefined,
                gap=self._gaps.pop(told.index, None),
            )

    def _alerts(self, message: AlertsMessage) -> Iterator[IndexAlert]:
        """Of the first message those that fire; after a long absence all that are new."""
        bodies = message.alerts
        if message.whole:
            bodies = bodies[::-1]
            if not self._missed_all:
                over = {body["episode"] for body in bodies if body["state"] == "resolved"}
                for body in bodies:
                    if body["episode"] in over:
                        self._is_new(IndexAlert, body["index"], body["seq"])
                bodies = [body for body in bodies if body["episode"] not in over]
            self._missed_all = False
        for body in bodies:
            if (alert := self.alert(body)) is not None:
                yield alert

    def alert(self, body: dict[str, Any]) -> IndexAlert | None:
        """The alert that a record is, if it is new."""
        index, seq = body["index"], body["seq"]
        last = self._seqs.get((IndexAlert, index))
        if not self._is_new(IndexAlert, index, seq):
            return None
        return IndexAlert(
            **{name: body[name] for name in ("id", "episode", "rule", "state")},
            index=index,
            seq=seq,
            kind=body.get("kind", ""),
            at=_time(body["at"]),
            severity=body.get("severity"),
            level=body.get("level"),
            drawdown=body.get("drawdown"),
            body=body,
            missed=0 if last is None else seq - last - 1,
        )


class _Placed(msgspec.Struct):
    cursor: str | None = None


def _cursor_in(data: bytes | str) -> str | None:
    return msgspec.json.decode(data, type=_Placed).cursor


def _time(text: str) -> datetime:
    return msgspec.convert(text, datetime)
