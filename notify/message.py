"""Messages: alerts that go to one receiver together, and what became of sending them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from engine.records.attention import Reason
from notify.alert import LoggedAlert


class Item(NamedTuple):
    """An alert that is to be told along a line: why, for which time, and since when it could be."""

    alert: LoggedAlert
    reason: Reason
    number: int
    due: int

    @property
    def key(self) -> str:
        """Its idempotency key: of an alert its id, of what is said again something of its own."""
        if self.reason == "escalation":
            return f"{self.alert.id}:escalation"
        return self.alert.id if self.number == 1 else f"{self.alert.id}:{self.number}"


@dataclass(slots=True)
class Message:
    """What is sent at once along a line; its items and its key never change.

    `doubtful`: an earlier try may have arrived. `next_try` (ns) is None while it is being sent.
    """

    key: str
    line: str
    reason: Reason
    items: Sequence[Item]
    began: int
    tries: int = 0
    doubtful: bool = False
    next_try: int | None = None
    unlisted: int = 0
    episodes: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.episodes = frozenset(item.alert.episode for item in self.items)


def key_of(items: Sequence[Item]) -> str:
    """The idempotency key of a message: of one alert its own, else of all together."""
    if len(items) == 1:
        return items[0].key
    text = "\n".join(item.key for item in items)
    return f"group:{hashlib.sha256(text.encode()).hexdigest()[:32]}"


class SendOutcome(NamedTuple):
    """What became of a try: taken, refused for good, certainly not arrived, or nobody knows.

    `answer` is the receiver's in short; `wait` the seconds that it asks for.
    """

    kind: Literal["sent", "refused", "failed", "unknown"]
    answer: str
    wait: float | None = None


class Letter(NamedTuple):
    """A message as a channel gets it."""

    key: str
    route: str
    reason: str
    alerts: Sequence[LoggedAlert]
    title: str
    text: str
    tries: int
    doubtful: bool
    unlisted: int
    page: str
    now: int
