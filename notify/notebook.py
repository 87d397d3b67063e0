"""The notifier's records on their way into `notifications`."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import orjson

from engine.records import Notification, Notified
from streams.log import Writer
from streams.records import OutRecord

POSITION_KEY = "position/"
"""Begins the key of how far a partition of `alerts` is settled. No alert's id has a slash."""


class Notebook:
    """Appends the records of one session of a notifier, in a sequence of its own."""

    def __init__(self, writer: Writer, session: str) -> None:
        self._writer, self._name, self._seq = writer, f"notifier:{session}", 0

    async def send(self, records: Sequence[Notification | Notified]) -> None:
        """All of them at once. Raises LogError."""
        if records:
            await self._writer.send([self._record(record) for record in records])

    def _record(self, record: Notification | Notified) -> OutRecord:
        self._seq += 1
        body = msgspec.to_builtins(record)
        if isinstance(record, Notified):
            key, kind = f"{POSITION_KEY}{record.partition}", "notified"
        else:
            key, kind = record.id, "notification"
        value = orjson.dumps(body)
        return OutRecord("notifications", 0, key, kind, value, self._name, self._seq, body)
