"""Who was told of which alert, and what people said about alerts: records of the notifier, of
silences and of acknowledgements. Nothing that is computed depends on any of them."""

from __future__ import annotations

from typing import Literal

import msgspec

from engine.records.bounds import (
    Body,
    Count,
    FreeMapping,
    IndexId,
    RecordError,
    Text,
    Time,
    Word,
)

Status = Literal["sending", "sent", "failed", "silenced"]
"""Of a delivery. `sending`: about to be sent, or sent and not answered; whoever finds that after a
crash does not know whether it arrived. `failed`: given up. `silenced`: began and ended unsaid."""

Reason = Literal["alert", "repeat", "escalation", "away"]
"""Why a message goes out: an alert itself; again, as it still fires; to somebody else, as nobody
acknowledged it; or with others, as it was old before it could be sent."""


class Delivery(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one alert on its way along one route.

    `message` is the idempotency key of the message that it stands in, which has `of` alerts.
    `number` counts how often this alert was said along the route, this time included.
    """

    status: Status
    message: Text
    reason: Reason
    at: Time
    """When the status became this (ns)."""
    first: Time
    """When it was about to be sent there for the first time (ns)."""
    of: Count = 1
    number: Count = 1
    tries: Count = 0
    answer: str = ""
    """What the receiver said last, in short."""


class Notification(Body, frozen=True):
    """An alert and its deliveries, by route; `a>b` is the way from route a to b by escalation.

    `alert` is what identifies the alert and says what it is about; the whole stands in `alerts` at
    this `partition` and `offset`.
    """

    id: Text
    episode: Text
    index: IndexId
    partition: Count
    offset: Count
    alert: FreeMapping
    routes: dict[Text, Delivery]


class Notified(Body, frozen=True):
    """Before offset `next` of a partition of `alerts` nothing waits to be sent."""

    partition: Count
    next: Count
    at: Time


class Matchers(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which alerts are meant: of each field that is given one of the patterns fits. `*` in a
    pattern stands for any characters. None given: all alerts."""

    index: tuple[Text, ...] = ()
    kind: tuple[Text, ...] = ()
    severity: tuple[Text, ...] = ()
    rule: tuple[Text, ...] = ()


class Silence(Body, frozen=True, omit_defaults=True, rename={"start": "from"}):
    """Alerts of these matchers are not told from `start` until `until` (ns): who wanted it, why."""

    id: Text
    match: Matchers
    start: Time
    until: Time
    who: Text
    comment: Word
    at: Time
    """When this was said (ns)."""
    ended_by: Word = ""
    """Who ended it, at `until`; "" where it ends by itself."""

    def __post_init__(self) -> None:
        if self.start > self.until:
            raise RecordError("it ends before it starts")


class Acknowledgement(Body, frozen=True, omit_defaults=True):
    """Somebody has seen an episode and sees to it; nobody else needs to be told of it again.

    `withdrawn`: or takes that back."""

    episode: Text
    who: Text
    comment: Word
    at: Time
    withdrawn: bool = False
