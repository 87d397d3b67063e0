"""A notifier as it was: from what `notifications` says of every alert that was ever sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from engine.records import Delivery, Notification
from notify.alert import LoggedAlert
from notify.line import AlertLine, Told
from notify.message import Item, Message
from notify.notifier import Note, Notifier


class Memory:
    """What is needed of the notes, the last one of each alert, read in any order."""

    def __init__(self, positions: Mapping[int, int]) -> None:
        self.positions = positions
        self._firings: dict[str, Notification] = {}
        self._over: set[str] = set()
        self._unfinished: dict[str, Notification] = {}
        self._last: dict[str, tuple[int, int]] = {}
        self._done: dict[tuple[str, str], Delivery] = {}
        """What became of messages of several alerts, by line and key."""

    def take(self, note: Notification) -> None:
        """Take one."""
        if note.offset < self.positions.get(note.partition, 0):
            at, seq = self._last.get(note.index, (0, 0))
            told = note.alert
            self._last[note.index] = max(at, told["at"]), max(seq, told["seq"])
        elif note.id.endswith(":resolved"):
            self._unfinished[note.id] = note
        if note.id.endswith(":firing"):
            self._firings[note.episode] = note
        elif note.offset < self.positions.get(note.partition, 0):
            self._over.add(note.episode)
        for line, delivery in note.routes.items():
            if delivery.status == "sending":
                self._unfinished[note.id] = note
            elif delivery.of > 1:
                self._done[line, delivery.message] = delivery

    def restore(self, notifier: Notifier, now: int) -> None:
        """Put it into a new notifier; then it takes the alerts from the positions on."""
        for episode in self._over:
            firing = self._firings.get(episode)
            if firing is not None and firing.id not in self._unfinished:
                del self._firings[episode]
        notifier.mark_written(self.positions)
        notifier.last = dict(self._last)
        found = {note.id: note for note in (*self._firings.values(), *self._unfinished.values())}
        notes = {key: Note(_alert(note), dict(note.routes)) for key, note in found.items()}
        notifier.notes = notes
        for note in notes.values():
            if note.alert.fires and note.alert.episode not in self._over:
                notifier.open[note.alert.episode] = note.alert.at
        for line in notifier.lines.values():
            self._resume(line, list(notes.values()), notifier, now)

    def _resume(self, line: AlertLine, notes: Sequence[Note], notifier: Notifier, now: int) -> None:
        """What was being sent along a line, and what it told that goes on."""
        messages = dict[str, list[Note]]()
        for note in notes:
            delivery = note.routes.get(line.name)
            if delivery is None or delivery.status == "silenced":
                continue
            if delivery.status == "sending":
                messages.setdefault(delivery.message, []).append(note)
            if note.alert.fires and note.alert.episode in notifier.open:
                told = Told(note.alert, delivery.first, delivery.at, delivery.number)
                line.told[note.alert.episode] = told
                line.repeat_from(note.alert.episode)
        for key, members in messages.items():
            first = members[0].routes[line.name]
            done = self._done.get((line.name, key))
            if done is not None:  # the outcome was written in part, so it is that of all
                for note in members:
                    note.routes[line.name] = _with_outcome(note.routes[line.name], done)
            elif len(members) < first.of:  # not all were written, so nothing was sent
                for note in members:
                    _forget(line, note)
            else:
                line.sending[key] = _message(line, key, members, now)


def _alert(note: Notification) -> LoggedAlert:
    return LoggedAlert(note.alert, note.partition, note.offset)


def _forget(line: AlertLine, note: Note) -> None:
    """A message that was about to be sent, and was not."""
    before = note.routes[line.name]
    if before.reason == "repeat":
        number = before.number - 1
        note.routes[line.name] = msgspec.structs.replace(before, status="sent", number=number)
        return
    del note.routes[line.name]
    line.told.pop(note.alert.episode, None)


def _message(line: AlertLine, key: str, members: list[Note], now: int) -> Message:
    """A message of which nobody wrote what became of it: it may have arrived."""
    members.sort(key=lambda note: note.alert.place)
    items = [_item(note.alert, note.routes[line.name]) for note in members]
    first = members[0].routes[line.name]
    began = Message(key, line.name, first.reason, tuple(items), first.at)
    began.tries, began.doubtful, began.next_try = 1, True, now
    return began


def _item(alert: LoggedAlert, delivery: Delivery) -> Item:
    reason = "alert" if delivery.reason == "away" else delivery.reason
    return Item(alert, reason, delivery.number, alert.at)


def _with_outcome(delivery: Delivery, done: Delivery) -> Delivery:
    return msgspec.structs.replace(
        delivery, status=done.status, at=done.at, tries=done.tries, answer=done.answer
    )
