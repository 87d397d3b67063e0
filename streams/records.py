"""A record: what a log keeps and what the stages are fed with, the same on both logs."""

from __future__ import annotations

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
