"""What people say about alerts: silences and acknowledgements in the log, and how they get there.

Commands and the gateway use the same functions; the notifier follows the two topics.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from contextlib import aclosing
from difflib import get_close_matches
from typing import Any

import msgspec
import orjson

from engine.alerts.matching import covers, known_of
from engine.records import Acknowledgement, Matchers, Silence
from engine.types import DAY
from streams.log import Log
from streams.reading import read_or_log
from streams.records import OutRecord, Record, StreamError

TOPICS_OF_PEOPLE = ("silences", "acknowledgements")
SHORTEST_PREFIX = 6
"""Characters of an episode's or a silence's id that may stand for the whole: 24 bits."""
LONGEST_SILENCE = 366 * DAY
"""Nobody remembers a longer one; what is never wanted does not belong into a route."""


class AttentionError(StreamError):
    """What somebody says about alerts cannot be meant. The text says what to do."""


class Attention:
    """Silences by their id and acknowledgements by their episode, as a log has them."""

    def __init__(self) -> None:
        self.silences: dict[str, Silence] = {}
        self.acknowledged: dict[str, Acknowledgement] = {}

    def take(self, record: Record) -> bool:
        """Take a record of the two topics; False where it says nothing."""
        kept: dict[str, Any] = self.silences if record.topic == "silences" else self.acknowledged
        if not record.value:  # taken back
            return kept.pop(record.key, None) is not None
        body = read_or_log(record)
        if record.type == "silence" and isinstance(body, dict):
            self.silences[body["id"]] = msgspec.convert(body, Silence)
        elif record.type == "acknowledgement" and isinstance(body, dict):
            said = msgspec.convert(body, Acknowledgement)
            if said.withdrawn:
                return self.acknowledged.pop(said.episode, None) is not None
            self.acknowledged[said.episode] = said
        else:
            return False
        return True

    def silencing(self, alert: Mapping[str, Any], now: int) -> Silence | None:
        """The silence that covers an alert at a time, the one that ends last."""
        lasting = (each for each in self.silences.values() if is_in_force(each, now))
        found = (each for each in lasting if covers(each.match, alert))
        return max(found, key=lambda each: each.until, default=None)

    def next_change(self, now: int) -> int | None:
        """When the next silence begins or ends (ns)."""
        times = (t for s in self.silences.values() for t in (s.start, s.until) if t > now)
        return min(times, default=None)


def is_in_force(silence: Silence, now: int) -> bool:
    """Whether a silence holds at a time (ns): from its start on, and no longer at its end."""
    return silence.start <= now < silence.until


async def attention_in(log: Log) -> Attention:
    """What people have said so far. Raises LogError."""
    found = Attention()
    for topic in TOPICS_OF_PEOPLE:
        async with aclosing(log.latest(topic, 0)) as records:
            async for record in records:
                found.take(record)
    return found


def new_silence(
    match: Matchers, start: int, until: int, who: str, comment: str, now: int
) -> Silence:
    """A silence, checked; its id is of what it says. Raises AttentionError."""
    check_match(match)
    if until <= start:
        raise AttentionError("the silence ends before it begins; give a later end")
    if until <= now:
        raise AttentionError("the silence is over already; give a later end")
    if until - start > LONGEST_SILENCE:
        raise AttentionError("a silence lasts a year at most; narrow the route instead")
    said = orjson.dumps([msgspec.to_builtins(match), start, until, who, comment, now])
    return Silence(hashlib.sha256(said).hexdigest()[:8], match, start, until, who, comment, now)


def check_match(match: Matchers) -> None:
    """Raises AttentionError where it names a kind or a severity that there is not: it would keep
    nothing quiet."""
    for field in ("kind", "severity"):
        for pattern in getattr(match, field):
            if "*" not in pattern and pattern not in (known := known_of(field)):
                near = get_close_matches(pattern, known, n=3, cutoff=0.5)
                hint = f"near: {', '.join(near)}" if near else f"known are {', '.join(known)}"
                raise AttentionError(f"{field}: there is no {field} {pattern!r}; {hint}")


async def silence(log: Log, wanted: Silence) -> None:
    """Put a silence into the log, or another end of it. Raises LogError."""
    await _append(log, "silences", wanted.id, "silence", wanted)


async def end_silence(log: Log, name: str, who: str, now: int) -> Silence:
    """End a silence now; `name` is its id or how that begins. Raises AttentionError, LogError."""
    kept = (await attention_in(log)).silences
    lasting = {key: s for key, s in kept.items() if s.until > now}
    found = lasting[one_of(name, lasting, "silence")]
    ended = found._replace(start=min(found.start, now), until=now, ended_by=who)
    await silence(log, ended)
    return ended


async def acknowledge(log: Log, said: Acknowledgement) -> None:
    """Put an acknowledgement into the log, or that it is withdrawn: a record, too, so that whoever
    follows the log hears of it, and by whom. Raises LogError."""
    await _append(log, "acknowledgements", said.episode, "acknowledgement", said)


def one_of(name: str, known: Iterable[str], what: str) -> str:
    """The id that a person means: whole, or how it begins. Raises AttentionError."""
    name, ids = name.strip().partition(":")[0], list(known)
    found = [each for each in ids if each == name] or [
        each for each in ids if len(name) >= SHORTEST_PREFIX and each.startswith(name)
    ]
    if len(found) == 1:
        return found[0]
    if found:
        raise AttentionError(f"{name}: begins {len(found)} ids of a {what}; give more of it")
    near = get_close_matches(name, ids, n=3, cutoff=0.5)
    said = f"near: {', '.join(near)}" if near else f"there are {len(ids)} now"
    raise AttentionError(
        f"{name}: no {what} of this id ({said}); see `tidegauge alerts list`, and give at least "
        f"the first {SHORTEST_PREFIX} characters"
    )


async def _append(log: Log, topic: str, key: str, kind: str, body: Any) -> None:
    plain = msgspec.to_builtins(body)
    name = _writer("silence" if kind == "silence" else "acknowledge", plain)
    record = OutRecord(topic, 0, key, kind, orjson.dumps(plain), name, 1, plain)
    async with log.writer() as writer:
        await writer.send([record])


def _writer(prefix: str, said: Any) -> str:
    return f"{prefix}:{hashlib.sha256(orjson.dumps(said)).hexdigest()[:16]}"
