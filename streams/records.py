"""A record: what a log keeps and what the stages are fed with, the same on both logs."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any, NamedTuple


class Record(NamedTuple):
    """One record of a log. `time` is when it was appended (ns UTC), `value` its bytes.

    `type`, `v`, `log`, `writer` and `seq` are the headers. `seq` counts from 1 and without gaps
    what `writer` sent to this topic and partition; a record from a stranger has neither
    (`writer` "" and `seq` 0) and may have no type.
    """

    topic: str
    partition: int
    offset: int
    key: str
    type: str
    v: int
    log: str
    writer: str
    seq: int
    time: int
    value: bytes


_UNENTERED = "?"
"""Begins what is read for a writer's name that somebody used who does not know its token."""


@lru_cache(4096)
def token_of(log: str, writer: str) -> str:
    """What a writer of ours says with each record, beside its name: it is in this log. Whoever only
    takes the name, or copies a record of another log, has another one or none."""
    return hashlib.sha256(f"{log} {writer}".encode()).hexdigest()[:16] if writer else ""


def is_entered(log: str, writer: str, token: str | None) -> bool:
    """Whether a record with this token is of the writer that it names, if it names one."""
    return not writer or token == token_of(log, writer)


def unentered(writer: str) -> str:
    """What stands for the name of a writer where it is not shown to be of that one."""
    return f"{_UNENTERED}{writer}"


class OutRecord(NamedTuple):
    """A record on its way into the log. `body` is what `value` encodes, for readers in-process."""

    topic: str
    partition: int
    key: str
    type: str
    value: bytes
    writer: str
    seq: int
    body: Any


class StreamError(Exception):
    """What the streams cannot get over by themselves. The text is fit for a person."""


class LogError(StreamError):
    """The log cannot be used. The text says what is wrong, where, and what to do."""
