"""One line: the alerts on their way to one receiver, by a route or by an escalation.

A pure state machine. An item waits (`ready`, or `held` by a silence or by quiet hours), then stands
in a message that is being sent, tried again, and at last sent or given up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Literal, NamedTuple

from engine.types import MINUTE, SECOND
from notify.alert import LoggedAlert
from notify.message import Item, Message, key_of
from notify.routes import Route

OLD = 10 * MINUTE
"""An alert older than this, when it could first be sent, is no news: it goes with the others."""
SLOTS = 8
"""Messages that are on their way at a time; the others wait, and age."""
LARGEST = 1000
"""Alerts in one message: some 300 KB of JSON."""
WAITING = 10_000
"""Alerts that wait in memory; of older ones only the number is told."""
GIVE_UP = 24 * 3600 * SECOND
"""A receiver that is away for longer is gone."""
FIRST_PAUSE, LONGEST_PAUSE = SECOND, 5 * MINUTE


class Hold(NamedTuple):
    """Why an item waits, and until when (ns)."""

    why: Literal["silence", "quiet"]
    until: int


@dataclass(slots=True)
class Told:
    """A firing that was told along the line and goes on: when first, when last, how often."""

    alert: LoggedAlert
    first: int
    last: int
    number: int


def pause(tries: int, chance: float) -> int:
    """How long to wait after so many tries (ns): exponential, capped, with full jitter."""
    longest = min(LONGEST_PAUSE, FIRST_PAUSE << min(tries - 1, 20))
    return int(longest * chance)


class AlertLine:
    """The way of alerts to the receiver of `route`; `held_by(alert, now)` says what holds one."""

    def __init__(
        self, name: str, route: Route, held_by: Callable[[LoggedAlert, int], Hold | None]
    ) -> None:
        self.name, self.route, self._silenced_by = name, route, held_by
        self.escalates = ">" in name
        self.group_wait = 0 if self.escalates else route.group_wait
        self.repeat = None if self.escalates else route.repeat
        self.ready: dict[str, Item] = {}
        self.held: dict[str, Item] = {}
        self.sending: dict[str, Message] = {}
        self.told: dict[str, Told] = {}
        self.unlisted = 0
        """Items that were too many to keep; the next message tells how many."""
        self._timers: list[tuple[int, str]] = []
        """When a firing is to be told again, by its episode."""
        self._look = 0
        """When what is held is looked at again."""
        self._group_at: int | None = None
        """When the group that gathers now is sent."""

    # --- in

    def add(self, item: Item) -> list[Item]:
        """Let an item wait; gives those that are not kept for want of room."""
        self.ready[item.key] = item
        dropped = []
        while len(self.ready) > WAITING:
            dropped.append(self.ready.pop(next(iter(self.ready))))
        self.unlisted += len(dropped)
        return dropped

    def unsaid(self, episode: str, now: int) -> Item | None:
        """Take the firing of an episode that is over out of the line, if a silence holds it and so
        it was never said."""
        for waiting in (self.held, self.ready):
            item = waiting.get(f"{episode}:firing")
            if item is not None and item.reason == "alert":
                hold = self.hold(item, now)
                if hold is not None and hold.why == "silence":
                    return waiting.pop(item.key)
        return None

    def forget_repeats(self, episode: str) -> list[Item]:
        """Say an episode no more than was said: it is over, or somebody sees to it."""
        dropped = []
        for waiting in (self.ready, self.held):
            for key, item in list(waiting.items()):
                if item.reason != "alert" and item.alert.episode == episode:
                    dropped.append(waiting.pop(key))
        return dropped

    def look_again(self) -> None:
        """What is held may be free now."""
        self._look = 0

    # --- time

    def hold(self, item: Item, now: int) -> Hold | None:
        """What holds an item now."""
        found = self._silenced_by(item.alert, now)
        quiet = self.route.quiet
        passes = quiet is not None and str(item.alert.body.get("severity")) in quiet.passing
        if found is None and quiet is not None and not passes:
            until = quiet.until(now)
            found = None if until is None else Hold("quiet", until)
        return found

    def form(self, now: int, rests: Callable[[str], bool]) -> Iterator[Message]:
        """What is to be sent for the first time now; `rests` says which episodes are over, or
        seen to by somebody, and not told again."""
        self._release(now)
        self._ring(now, rests)
        self._group_at = None
        free = SLOTS - len(self.sending)
        if free <= 0 or not self.ready:
            return
        old, fresh = self._pick(now, free)
        pages = [old[n : n + LARGEST] for n in range(0, len(old), LARGEST)]
        for page in pages:
            yield self._message(page, "away", now)
        if self.group_wait == 0:
            for item in fresh[: max(free - len(pages), 0)]:
                yield self._message([item], item.reason, now)
        elif fresh and now < (due := min(item.due for item in fresh) + self.group_wait):
            self._group_at = due
        else:
            for n in range(0, len(fresh), LARGEST):
                group = fresh[n : n + LARGEST]
                reasons = {item.reason for item in group}
                yield self._message(group, reasons.pop() if len(reasons) == 1 else "alert", now)

    def _pick(self, now: int, free: int) -> tuple[list[Item], list[Item]]:
        """Of what is ready the items that are old, and the others, as many as can be sent. Of an
        episode that is on its way nothing else is."""
        busy = {episode for message in self.sending.values() for episode in message.episodes}
        old, fresh = list[Item](), list[Item]()
        for item in list(self.ready.values()):
            if item.alert.episode in busy:
                continue
            hold = self.hold(item, now)
            if hold is not None:
                self._held(self.ready.pop(item.key), hold, now)
            elif item.reason == "alert" and now - item.alert.at > OLD:
                old.append(item)
            else:
                fresh.append(item)
                if self.group_wait == 0:
                    busy.add(item.alert.episode)
                    if len(fresh) >= free and not old:
                        break
        behind = {item.alert.episode for item in old}
        return old, [item for item in fresh if item.alert.episode not in behind]

    def _message(self, items: Sequence[Item], reason: str, now: int) -> Message:
        message = Message(key_of(items), self.name, reason, tuple(items), now)  # type: ignore[arg-type]
        message.unlisted, self.unlisted = self.unlisted, 0
        for item in items:
            del self.ready[item.key]
            episode = item.alert.episode
            if item.alert.fires:
                before = self.told.get(episode)
                first = now if before is None else before.first
                self.told[episode] = Told(item.alert, first, now, item.number)
            else:
                self.told.pop(episode, None)
        self.sending[message.key] = message
        return message

    def _held(self, item: Item, hold: Hold, now: int) -> None:
        until = max(hold.until, now + SECOND)
        self._look = min(self._look, until) if self.held else until
        self.held[item.key] = item

    def _release(self, now: int) -> None:
        """Let go what nothing holds any more."""
        if not self.held or now < self._look:
            return
        found, self.held = self.held, {}
        for key, item in found.items():
            hold = self.hold(item, now)
            if hold is not None:
                self._held(item, hold, now)
            else:
                self.ready[key] = item

    def _ring(self, now: int, rests: Callable[[str], bool]) -> None:
        """Let those that are to be told again wait for that."""
        while self._timers and self._timers[0][0] <= now:
            due, episode = heappop(self._timers)
            told = self.told.get(episode)
            if told is None or self.repeat is None or told.last + self.repeat != due:
                continue
            if rests(episode):  # looked at again, for an acknowledgement may be taken back
                told.last = now
                heappush(self._timers, (now + self.repeat, episode))
            else:
                self.add(Item(told.alert, "repeat", told.number + 1, now))

    def retries(self, now: int) -> Iterator[Message]:
        """What is to be sent again now."""
        for message in self.sending.values():
            if message.next_try is not None and message.next_try <= now:
                message.next_try = None
                yield message

    def wake(self, now: int) -> int | None:
        """When something is due by time alone (ns)."""
        times = [m.next_try for m in self.sending.values() if m.next_try is not None]
        if self._timers:
            times.append(self._timers[0][0])
        if self.held:
            times.append(self._look)
        if self._group_at is not None:
            times.append(self._group_at)
        return min(times, default=None)

    # --- out

    def is_over(self, message: Message, now: int, kind: str, chance: float) -> bool:
        """Whether a message is done after this outcome; else it is tried again later."""
        message.tries += 1
        if kind in ("sent", "refused") or now - message.began > GIVE_UP:
            del self.sending[message.key]
            for item in message.items:
                self._remember(item, now)
            return True
        message.doubtful |= kind == "unknown"
        message.next_try = now + pause(message.tries, chance)
        return False

    def _remember(self, item: Item, now: int) -> None:
        told = self.told.get(item.alert.episode)
        if item.alert.fires and told is not None:
            told.last = now
            self.repeat_from(item.alert.episode)

    def repeat_from(self, episode: str) -> None:
        """Count the time to the repetition from when a firing was told last."""
        if self.repeat is not None:
            heappush(self._timers, (self.told[episode].last + self.repeat, episode))
