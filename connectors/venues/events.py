"""What a parser says about a frame."""

from __future__ import annotations

from typing import NamedTuple

from engine.records import Gap, Tick

Frame = str | bytes

EXCERPT = 120
"""Characters of a refused frame that a message about it shows: enough to recognise it."""

UNUSABLE = (KeyError, ValueError, TypeError, AttributeError, IndexError)
"""What reading JSON of another form raises."""


class Reply(NamedTuple):
    """A frame that the venue wants to be sent back."""

    frame: Frame


class Ack(NamedTuple):
    """The venue has accepted the subscription to a symbol."""

    symbol: str


class Refused(NamedTuple):
    """The venue has refused a subscription; `symbol` is None where it does not say which."""

    symbol: str | None
    reason: str


class Heartbeat(NamedTuple):
    """The venue says that it lives. It is no data: a stalled symbol may well have heartbeats."""


class Notice(NamedTuple):
    """The venue announces something. `closing` means that it is about to cut the connection."""

    text: str
    closing: bool = False


class Malformed(NamedTuple):
    """A frame, or one trade in it, that could not be used. `excerpt` is its beginning."""

    reason: str
    excerpt: str


Event = Tick | Gap | Reply | Ack | Refused | Heartbeat | Notice | Malformed


def printable(text: str) -> str:
    """The text with each control character as its escape: what somebody else wrote must neither
    begin a line of the log nor move a terminal's cursor.

    >>> printable("no\\n\\x1b[2J")
    'no\\\\n\\\\x1b[2J'
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def malformed(reason: str, frame: object) -> list[Event]:
    """A list of one `Malformed`, with the beginning of the frame in readable form."""
    head = frame[: 4 * EXCERPT] if isinstance(frame, str | bytes) else repr(frame)
    text = head.decode(errors="replace") if isinstance(head, bytes) else head
    return [Malformed(printable(reason), printable(text[:EXCERPT])[:EXCERPT])]
