"""One client's place in the changes: conflated figures, and every alert."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import orjson

from gateway.wire import encode

if TYPE_CHECKING:
    from gateway.entry import IndexEntry
    from gateway.state import State

INTERVAL = 0.2
"""Seconds between two updates of one client: five a second is what an eye follows, and keeps a
browser's main thread free. Alerts do not wait for it."""
RECENT_ALERTS = 100
"""Alerts in the first message; older ones are at `/v1/alerts`."""
MESSAGE_BYTES = 512 * 1024
"""Whole snapshots are spread over messages of about this size: half of the usual client limit."""


class TooSlow(Exception):  # noqa: N818 - the client is slow, nothing here is in error
    """The client fell so far behind that an alert it has not seen is kept no more."""


class Subscription:
    """What a client has not been sent yet. `await next(…)` gives its next messages.

    Memory: four integers, however slow the client is. Use as a context manager.
    """

    def __init__(self, state: State, indices: frozenset[str] | None, summary: bool) -> None:
        self._state = state
        self._indices = indices
        self._summary = summary
        self._layout = -1
        # The first message holds all levels and rows, but no whole snapshot.
        self._seen = dict.fromkeys(state.changes, state.version)
        self._seen["snapshots"] = state.version if summary else 0
        self._alerts = state.alerts.total
        self._sent = -INTERVAL
        state.clients += 1

    def __enter__(self) -> Subscription:
        return self

    def __exit__(self, *_: object) -> None:
        self._state.clients -= 1

    async def next(self, timeout: float) -> list[bytes]:  # noqa: ASYNC109 - it is no failure
        """Wait for something to send: at once for alerts, else `INTERVAL` after the last time.

        Gives nothing after `timeout` seconds. Raises TooSlow.
        """
        clock, end = self._state.clock, self._state.clock() + timeout
        while (left := end - clock()) > 0.0:
            pause = self._sent + INTERVAL - clock()
            if pause <= 0.0:
                if messages := self.collect():
                    self._sent = clock()
                    return messages
                await self._state.changed.wait(left)
            elif messages := self._alert_messages():
                return messages
            else:
                await self._state.alerted.wait(min(pause, left))
        return []

    def collect(self) -> list[bytes]:
        """What is to be sent now: at first (and when definitions change) the whole state, then
        what changed since. Raises TooSlow."""
        messages = list[bytes]()
        self._state.age()
        if self._layout < self._state.layout:
            self._layout = self._state.layout
            self._seen["levels"] = self._seen["statuses"] = self._state.version
            if self._summary:
                self._seen["snapshots"] = self._state.version
            messages.append(self._state_message())
        if levels := [orjson.Fragment(e.level_json()) for e in self._changed("levels")]:
            messages.append(encode({"type": "levels", "levels": levels}))
        aged, changed = self._changed("statuses"), self._changed("snapshots")
        rows = {entry.index: entry for entry in (*aged, *(changed if self._summary else ()))}
        if not self._summary:
            messages += _batches("snapshots", (entry.snapshot_json() for entry in changed))
        # A row of its own: a snapshot again, under its old seq, would be dropped as a double.
        messages += _batches("indices", (entry.row_json() for entry in rows.values()))
        return messages + self._alert_messages()

    def _wants(self, index: str) -> bool:
        return self._indices is None or index in self._indices

    def _changed(self, topic: str) -> list[IndexEntry]:
        found = self._state.changed_since(topic, self._seen[topic])
        self._seen[topic] = self._state.version
        entries = (self._state.entry(index) for index in found if self._wants(index))
        return [entry for entry in entries if entry is not None]

    def _state_message(self) -> bytes:
        rows = [e.row_json() for e in self._state.entries() if self._wants(e.index)]
        alerts = [a.json for a in self._state.alerts.recent(RECENT_ALERTS, self._indices)]
        body: dict[str, Any] = {"type": "state", "indices": [orjson.Fragment(row) for row in rows]}
        return encode(body | {"alerts": alerts, "firing": self._firing()})

    def _alert_messages(self) -> list[bytes]:
        pending = self._state.alerts.since(self._alerts)
        if pending is None:
            raise TooSlow("too slow: alerts were missed; connect again, or read /v1/alerts")
        self._alerts = self._state.alerts.total
        alerts = [alert.json for alert in pending if self._wants(alert.head.index)]
        if not alerts:
            return []
        return [encode({"type": "alerts", "alerts": alerts, "firing": self._firing()})]

    def _firing(self) -> int:
        return self._state.alerts.firing(self._indices)


def _batches(kind: str, documents: Iterable[bytes]) -> Iterator[bytes]:
    """Messages of type `kind` with a list of that name, each of about `MESSAGE_BYTES` at most."""
    batch, size = list[orjson.Fragment](), 0
    for document in documents:
        if batch and size + len(document) > MESSAGE_BYTES:
            yield encode({"type": kind, kind: batch})
            batch, size = [], 0
        batch.append(orjson.Fragment(document))
        size += len(document)
    if batch:
        yield encode({"type": kind, kind: batch})
