"""What to send now, and when to look again: the notifier without clock, log or network.

Records come in, messages and records go out. The order that makes it once: the records of a step
are in the log before one of its messages is sent (a `sending` for each), and what a receiver said
comes back by `answered`, whose records follow in the next step. Whoever takes over reads the
records (`notify.restoring`) and knows of every alert whether it was sent, or may have been.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from engine.alerts.matching import covers
from engine.records import Delivery, Notification, Notified
from engine.types import SECOND
from notify.alert import LoggedAlert
from notify.line import AlertLine, Hold
from notify.message import Item, Message, SendOutcome
from notify.routes import Route
from streams.attention import Attention
from streams.records import Record

POSITION_EVERY = 5 * SECOND
"""How often it is written how far all is settled: so much is read again at a start, or more."""


class Step(NamedTuple):
    """What is to be done now: first the records into the log, then the messages on their way."""

    records: Sequence[Notification | Notified]
    messages: Sequence[Message]


class Note:
    """An alert and what became of it, as `notifications` has it."""

    def __init__(self, alert: LoggedAlert, routes: dict[str, Delivery] | None = None) -> None:
        self.alert, self.routes = alert, {} if routes is None else routes

    def record(self) -> Notification:
        """As a record."""
        a = self.alert
        routes = dict(self.routes)
        return Notification(a.id, a.episode, a.index, a.partition, a.offset, a.head, routes)


class Notifier:
    """The notifier of these routes. `chance()` gives numbers in [0, 1) for the jitter."""

    def __init__(
        self, routes: Sequence[Route], attention: Attention, chance: Callable[[], float]
    ) -> None:
        self.routes = {route.name: route for route in routes}
        self.attention, self._chance = attention, chance
        self.lines = {r.name: AlertLine(r.name, r, self._silence) for r in routes}
        self.notes: dict[str, Note] = {}
        """Of alerts that are not settled, and of firings that may be told again."""
        self.next: dict[int, int] = {}
        """The offset behind the last alert taken, by partition."""
        self.open: dict[str, int] = {}
        """When each episode began that fires now (ns)."""
        self.unsettled: dict[int, Counter[int]] = {}
        """By partition and offset: along how many lines an alert is still on its way."""
        self.last: dict[str, tuple[int, int]] = {}
        """Time and sequence of each index's last alert: what is not above came before."""
        self.past: dict[str, LoggedAlert] | None = {}
        """While the log is caught up with: firings that are no live ones, by episode."""
        self.counts = Counter[tuple[str, str]]()
        """Alerts by line and what became of them."""
        self._changed: dict[str, Note] = {}
        self._written: dict[int, int] = {}
        self._position_due = 0
        for route in routes:
            if route.escalate_to is not None:
                name = f"{route.name}>{route.escalate_to}"
                self.lines[name] = AlertLine(name, self.routes[route.escalate_to], self._silence)

    def _silence(self, alert: LoggedAlert, now: int) -> Hold | None:
        found = self.attention.silencing(alert.body, now)
        return None if found is None else Hold("silence", found.until)

    def _rests(self, episode: str) -> bool:
        return episode not in self.open or episode in self.attention.acknowledged

    def mark_written(self, positions: Mapping[int, int]) -> None:
        """So far all was settled, by the log."""
        self.next, self._written = dict(positions), dict(positions)

    # --- in

    def take(self, body: Mapping[str, Any], partition: int, offset: int, now: int) -> None:
        """Take the next alert of a partition."""
        self.next[partition] = offset + 1
        alert = LoggedAlert(body, partition, offset)
        at, seq = self.last.get(alert.index, (0, 0))
        if body["seq"] <= seq and alert.at <= at and alert.id not in self.notes:
            return  # what was appended again
        self.last[alert.index] = max(alert.at, at), max(body["seq"], seq)
        note = self.notes.get(alert.id)
        if note is not None and note.alert.place != alert.place:
            return
        if alert.fires:
            self.open.setdefault(alert.episode, alert.at)
            self._add_firing(alert, now)
        else:
            began = self.open.pop(alert.episode, None)
            if began is not None:
                alert.body = {**alert.body, "began": began}
            self._add_resolution(alert, now)

    def pass_over(self, partition: int, offset: int) -> None:
        """A record of a partition that is no alert."""
        self.next[partition] = offset + 1

    def _add_firing(self, alert: LoggedAlert, now: int) -> None:
        if alert.body.get("origin", "live") == "live" or alert.id in self.notes:
            self._distribute(alert, now)
        elif self.past is not None:
            self._hold_back(alert)
            self.past[alert.episode] = alert  # history; told if it goes on until now

    def _add_resolution(self, alert: LoggedAlert, now: int) -> None:
        for line in self.lines.values():
            for item in line.forget_repeats(alert.episode):
                self._settle_item(item)
        if self.past and (history := self.past.pop(alert.episode, None)) is not None:
            self._settled(history)
            return
        firing = self.notes.get(f"{alert.episode}:firing")
        if alert.body.get("origin", "live") == "live" or firing is not None:
            self._distribute(alert, now)
        for line in self.lines.values():
            line.told.pop(alert.episode, None)
        if firing is not None and alert.id not in self.notes:  # so that nobody tells it again
            self._note(alert)

    def _distribute(self, alert: LoggedAlert, now: int) -> None:
        """Along which lines an alert goes, if it has not gone there."""
        for line in self.lines.values():
            if self._wants(line, alert):
                note = self.notes.get(alert.id)
                if note is not None and line.name in note.routes:
                    self._attach(line, alert, note)
                else:
                    self._enqueue(line, alert, now)

    def _wants(self, line: AlertLine, alert: LoggedAlert) -> bool:
        if line.escalates:
            return not alert.fires and self._was_told(line, alert.episode)
        return not line.route.only_escalations and covers(line.route.match, alert.body)

    def _was_told(self, line: AlertLine, episode: str) -> bool:
        note = self.notes.get(f"{episode}:firing")
        return note is not None and line.name in note.routes

    def _attach(self, line: AlertLine, alert: LoggedAlert, note: Note) -> None:
        """An alert that went before a restart: where it is still on its way, the whole of it."""
        note.alert = alert
        for message in line.sending.values():
            mine = [item for item in message.items if item.alert.id == alert.id]
            if mine:
                if mine[0].reason == "alert":
                    self._hold_back(alert)
                message.items = tuple(
                    item._replace(alert=alert) if item in mine else item for item in message.items
                )

    def _enqueue(self, line: AlertLine, alert: LoggedAlert, now: int) -> None:
        if not alert.fires and (unsaid := line.unsaid(alert.episode, now)) is not None:
            self._settle(line, unsaid, "silenced", "", now, unsaid.key, 1)
            self._hold_back(alert)
            over = Item(alert, "alert", 1, now)
            self._settle(line, over, "silenced", "", now, over.key, 1)
            return
        self._hold_back(alert)
        for dropped in line.add(Item(alert, "alert", 1, alert.at)):
            self.counts[line.name, "unlisted"] += 1
            self._settle_item(dropped)

    def caught_up(self, now: int) -> None:
        """All alerts that the log had at the start are taken."""
        past, self.past = self.past or {}, None
        for alert in past.values():
            self._distribute(alert, now)
            self._settled(alert)

    def heard(self, record: Record) -> None:
        """Take a record of silences or acknowledgements."""
        if not self.attention.take(record):
            return
        for line in self.lines.values():
            line.look_again()
            if record.topic == "acknowledgements" and record.key in self.attention.acknowledged:
                for item in line.forget_repeats(record.key):
                    self._settle_item(item)

    # --- out

    def step(self, now: int) -> Step:
        """What is due at a time (ns, UTC)."""
        self._escalate(now)
        messages = list[Message]()
        for line in self.lines.values():
            for message in line.form(now, self._rests):
                self._begin(line, message, now)
                messages.append(message)
            messages += line.retries(now)
        return Step([*self._records(), *self._positions(now)], messages)

    def wake(self, now: int) -> int | None:
        """When to step again if nothing comes (ns)."""
        times = [t for line in self.lines.values() if (t := line.wake(now)) is not None]
        times += [due for _, _, due in self._escalations()]
        if self._positions_differ():
            times.append(self._position_due)
        return max(min(times), now) if times else None

    def answered(self, message: Message, outcome: SendOutcome, now: int) -> None:
        """What became of a try."""
        line = self.lines[message.line]
        kind = outcome.kind
        if not line.is_over(message, now, kind, self._chance()):
            if outcome.wait is not None and message.next_try is not None:
                message.next_try = max(message.next_try, now + int(outcome.wait * SECOND))
            return
        status = "sent" if kind == "sent" else "failed"
        for item in message.items:
            self._settle(
                line, item, status, outcome.answer, now, message.key, len(message.items),
                message.tries,
            )  # fmt: skip

    def _begin(self, line: AlertLine, message: Message, now: int) -> None:
        for item in message.items:
            note = self._note(item.alert)
            before = note.routes.get(line.name)
            note.routes[line.name] = Delivery(
                "sending",
                message.key,
                item.reason if message.reason != "away" else "away",
                now,
                now if before is None else before.first,
                of=len(message.items),
                number=item.number,
            )

    def _escalations(self) -> Iterator[tuple[AlertLine, Item, int]]:
        """What nobody has acknowledged yet: to whom it goes, and when."""
        for route in self.routes.values():
            if route.escalate_to is None or route.escalate_after is None:
                continue
            to = self.lines[f"{route.name}>{route.escalate_to}"]
            for episode, told in self.lines[route.name].told.items():
                due = told.first + route.escalate_after
                item = Item(told.alert, "escalation", 1, due)
                waits = item.key in to.ready or item.key in to.held
                if not (waits or self._rests(episode) or self._was_told(to, episode)):
                    yield to, item, due

    def _escalate(self, now: int) -> None:
        for line, item, due in list(self._escalations()):
            if due <= now:
                line.add(item)

    # --- what is settled, and the records of it

    def _note(self, alert: LoggedAlert) -> Note:
        note = self.notes.setdefault(alert.id, Note(alert))
        self._changed[alert.id] = note
        return note

    def _hold_back(self, alert: LoggedAlert) -> None:
        self.unsettled.setdefault(alert.partition, Counter())[alert.offset] += 1

    def _settle_item(self, item: Item) -> None:
        if item.reason == "alert":  # what is said again is known from the notes
            self._settled(item.alert)

    def _settled(self, alert: LoggedAlert) -> None:
        pending = self.unsettled.get(alert.partition)
        if pending and alert.offset in pending:
            pending[alert.offset] -= 1
            if not pending[alert.offset]:
                del pending[alert.offset]

    def _settle(
        self,
        line: AlertLine,
        item: Item,
        status: Any,
        answer: str,
        now: int,
        key: str,
        of: int,
        tries: int = 0,
    ) -> None:
        self.counts[line.name, status] += 1
        note = self._note(item.alert)
        before = note.routes.get(line.name)
        reason = item.reason if before is None else before.reason
        first = now if before is None else before.first
        note.routes[line.name] = Delivery(
            status, key, reason, now, first, of, item.number, tries, answer
        )
        self._settle_item(item)

    def _records(self) -> Iterator[Notification]:
        """The notes that have changed; those that nobody asks for again are forgotten."""
        changed, self._changed = self._changed, {}
        for key, note in changed.items():
            yield note.record()
            waits = note.alert.offset in self.unsettled.get(note.alert.partition, ())
            is_open = note.alert.fires and note.alert.episode in self.open
            if not waits and not is_open:
                self.notes.pop(key, None)
                self.notes.pop(f"{note.alert.episode}:firing", None)

    def position(self, partition: int) -> int:
        """Before which offset all alerts of a partition are settled."""
        pending = self.unsettled.get(partition)  # alerts are taken in their order
        return next(iter(pending)) if pending else self.next[partition]

    def _positions_differ(self) -> bool:
        return any(self.position(p) != self._written.get(p) for p in self.next)

    def _positions(self, now: int) -> Iterator[Notified]:
        if now < self._position_due or not self._positions_differ():
            return
        self._position_due = now + POSITION_EVERY
        yield from self.positions(now)

    def close(self, now: int) -> Sequence[Notification | Notified]:
        """The records of a good end."""
        return [*self._records(), *self.positions(now)]

    def positions(self, now: int) -> Iterator[Notified]:
        """How far all is settled, where that was not written yet."""
        for partition in self.next:
            position = self.position(partition)
            if position != self._written.get(partition):
                self._written[partition] = position
                yield Notified(partition, position, now)
