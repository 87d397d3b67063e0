"""What a client is sent of each view: the whole of it, or what changed since a version.

The pieces are bytes that were made once for all clients (`gateway.entry`); here they are put
together. A part of a message is its type and the fields behind the cursor.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableMapping, Sequence
from collections.abc import Set as AbstractSet
from operator import attrgetter
from typing import NamedTuple

import msgspec

from gateway.cursor import StreamPosition
from gateway.entry import IndexEntry
from gateway.messages import View
from gateway.outgoing import Provenance
from gateway.state import State
from gateway.trail import Trail
from gateway.wire import encode

MESSAGE_BYTES = 128 * 1024
"""About the size of a message with many pieces: one or two wait for each client at most."""
ROWS_A_PART = 200
"""About as many bytes."""
_APPENDED, _LEVEL_APPENDED = attrgetter("appended"), attrgetter("level_appended")
FEW = 100
"""So many indices are looked at one by one; with more, what changed is looked through."""


class MessagePart(NamedTuple):
    """A message to be: its type, its fields as they stand in the JSON object, and where the oldest
    of its news come from."""

    kind: str
    fields: bytes
    provenance: Provenance | None = None


class Scope(NamedTuple):
    """Of which indices a view is followed (None: all), and by which paths; and of those whose whole
    was made while the state moved on, at which version that was."""

    state: State
    indices: AbstractSet[str] | None
    paths: Sequence[str]
    sent: MutableMapping[str, int]

    def drawn(self, entries: Iterable[IndexEntry]) -> Iterator[IndexEntry]:
        """The same, each noted with the version at which it is made into bytes."""
        for entry in entries:
            self.sent[entry.index] = self.state.version
            yield entry

    def entries(self) -> list[IndexEntry]:
        """Those that are known now, by id."""
        if self.indices is None:
            return list(self.state.entries())
        found = (self.state.held(index) for index in sorted(self.indices))
        return [entry for entry in found if entry is not None]

    def changed(self, name: str, since: int) -> list[IndexEntry]:
        """Those with a change of this kind after a version, in the order of change."""
        order = self.state.changes[name]
        if self.indices is None:
            found = self.state.changed_since(name, since)
        elif len(self.indices) <= FEW:
            at = [(order.get(index, 0), index) for index in self.indices]
            found = [index for version, index in sorted(at) if version > since]
        else:
            found = [i for i in self.state.changed_since(name, since) if i in self.indices]
        entries = (self.state.held(index) for index in found)
        known = self.sent
        return [
            e
            for e in entries
            if e is not None and order.get(e.index, 0) > known.get(e.index, since)
        ]


def whole(view: View, scope: Scope) -> Iterator[MessagePart]:
    """All that a client follows of a view but alerts, for the first time."""
    entries = scope.entries()
    if view == "rows":
        parts = max(-(-len(entries) // ROWS_A_PART), 1)
        for part in range(parts):
            some = entries[part * ROWS_A_PART : (part + 1) * ROWS_A_PART]
            rows = b",".join(entry.row_json() for entry in scope.drawn(some))
            told = b'"rows":[%s],"whole":true,"part":%d,"parts":%d' % (rows, part + 1, parts)
            yield MessagePart("rows", told)
    elif view == "levels":
        known = (entry for entry in entries if entry.level is not None)
        levels = (b"[%s,null,0]" % entry.level_json() for entry in scope.drawn(known))
        yield from batches("levels", "levels", levels)
    else:
        yield from _all_of(view, scope, scope.drawn(entries))


def _all_of(view: View, scope: Scope, entries: Iterable[IndexEntry]) -> Iterator[MessagePart]:
    """Whole snapshots, rows or figures."""
    if view == "snapshots":
        told = (entry.snapshot_json() for entry in entries if entry.snapshot is not None)
        yield from batches("snapshots", "snapshots", told)
    elif view == "rows":
        yield from _rows(entries)
    else:
        found = (entry.figures_json(scope.paths, -1) for entry in entries)
        yield from batches("figures", "figures", filter(None, found))


def changes(view: View, scope: Scope, since: int) -> Iterator[MessagePart]:
    """What changed after the version `since`, and before it what was left out."""
    if view == "levels":
        moved = scope.changed("levels", since)
        told = (_level(entry, scope.sent.get(entry.index, since)) for entry in moved)
        yield from batches("levels", "levels", told, provenance=_of_levels(moved))
        return
    found = scope.changed("rows" if view == "rows" else "snapshots", since)
    yield from _left_out(view, scope, found, since)
    provenance = _of_snapshots(found, since)
    if view == "rows":
        yield from _rows(found, provenance)
    elif view == "figures":
        figures = (entry.figures_json(scope.paths, since) for entry in found)
        yield from batches("figures", "figures", filter(None, figures), provenance=provenance)
    else:
        pairs = [(entry, entry.change_json(since)) for entry in found]
        news = [entry for entry, change in pairs if change is None]
        yield from _all_of(view, scope, news)
        some = (change for _, change in pairs if change is not None)
        yield from batches("changes", "changes", some, provenance=provenance)


def _of_levels(entries: Sequence[IndexEntry]) -> Provenance | None:
    """The provenance of the level that has stood in the log for longest."""
    return Provenance(min(map(_LEVEL_APPENDED, entries)), 0, 0) if entries else None


def _of_snapshots(entries: Iterable[IndexEntry], since: int) -> Provenance | None:
    """The same of snapshots; those that only aged since then have none."""
    oldest = min((e for e in entries if e.taken > since), key=_APPENDED, default=None)
    if oldest is None or oldest.snapshot is None:
        return None
    return Provenance(oldest.appended, oldest.snapshot["as_of"], oldest.place[0])


def _left_out(
    view: View, scope: Scope, entries: Sequence[IndexEntry], seen: int
) -> Iterator[MessagePart]:
    gaps, unknown = list[bytes](), list[str]()
    for entry in entries:
        since = scope.sent.get(entry.index, seen)
        if since < entry.snapshots.reach:
            unknown.append(entry.index)
        elif (gap := entry.snapshots.left_out(since)) is not None:
            gaps.append(encode({"index": entry.index, **msgspec.structs.asdict(gap)}))
    if unknown:
        yield resync(view, "too_old", unknown)
    yield from batches("gap", "gaps", gaps, b'"view":"%s",' % view.encode())


def resync(view: View, reason: str, indices: Sequence[str] | None) -> MessagePart:
    """More may have been published than is known here."""
    told = encode({"view": view, "reason": reason, "indices": indices})
    return MessagePart("resync", told[1:-1])


def resumed(view: View, scope: Scope, position: StreamPosition) -> Iterator[MessagePart]:
    """What a client is sent that comes back with a cursor."""
    state = scope.state
    if position.epoch == state.epoch and position.version <= state.version:
        told = list(changes(view, scope._replace(sent={}), position.version))
        scope.sent.update(dict.fromkeys((e.index for e in scope.entries()), state.version))
        for part in told:
            yield part._replace(provenance=None)  # how long a client was away is no delay
        return
    if position.log and state.log and position.log != state.log:
        yield resync(view, "other_log", None)
        yield from whole(view, scope)
        return
    entries = scope.entries()
    newer = [e for e in entries if e.place[1] > position.snapshots.get(e.place[0], -1)]
    if view == "levels":
        if entries:  # a cursor does not say how far levels were sent
            yield resync(view, "restarted", None)
        yield from whole(view, scope)
        return
    if newer:
        yield resync(view, "restarted", [entry.index for entry in newer])
    if view == "rows":  # the others may stand at other levels
        yield from whole(view, scope)
        return
    known = {entry.index for entry in newer}
    same = [e for e in entries if e.index not in known and e.snapshot is not None]
    statuses = list(_statuses(view, scope, same))  # of what the client has, before that changes
    yield from _all_of(view, scope, scope.drawn(newer))
    yield from statuses


def _statuses(view: View, scope: Scope, entries: Sequence[IndexEntry]) -> Iterator[MessagePart]:
    """Snapshots that the client has may have aged since."""
    if view == "snapshots":
        told = (entry.status_json() for entry in entries)
        yield from batches("changes", "changes", told)
    elif "status" in scope.paths:
        found = (entry.figures_json(("status",), -1) for entry in entries)
        yield from batches("figures", "figures", filter(None, found))


def _rows(
    entries: Iterable[IndexEntry], provenance: Provenance | None = None
) -> Iterator[MessagePart]:
    tail = b',"whole":false,"part":1,"parts":1'
    for part in batches(
        "rows", "rows", (entry.row_json() for entry in entries), provenance=provenance
    ):
        yield part._replace(fields=part.fields + tail)


def _level(entry: IndexEntry, since: int) -> bytes:
    trail: Trail = entry.levels
    if since < trail.reach:
        return b"[%s,null,null]" % entry.level_json()
    gap = trail.left_out(since)
    if gap is None:
        return b"[%s,null,0]" % entry.level_json()
    return b"[%s,%d,%d]" % (entry.level_json(), gap.first, gap.count)


def batches(
    kind: str,
    name: str,
    pieces: Iterable[bytes],
    head: bytes = b"",
    provenance: Provenance | None = None,
) -> Iterator[MessagePart]:
    """Messages with a list `name` of these pieces, each of about `MESSAGE_BYTES` at most."""
    batch, size = list[bytes](), 0
    for piece in pieces:
        if batch and size + len(piece) > MESSAGE_BYTES:
            yield MessagePart(kind, _list(head, name, batch), provenance)
            batch, size = [], 0
        batch.append(piece)
        size += len(piece)
    if batch:
        yield MessagePart(kind, _list(head, name, batch), provenance)


def _list(head: bytes, name: str, pieces: Iterable[bytes]) -> bytes:
    return b'%s"%s":[%s]' % (head, name.encode(), b",".join(pieces))
