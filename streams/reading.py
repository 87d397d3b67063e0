"""Records as readers take them: sound, and from a writer who has a say in their topic.

Into `ticks` anybody may write. Every other topic has writers of its own, which name themselves in
the header; what comes from somebody else is a mistake, whatever it says.
"""

from __future__ import annotations

from typing import Any

from streams.codecs import CodecError, decode
from streams.records import Record
from streams.topics import TOPICS


def is_own(record: Record) -> bool:
    """Whether the writer is, by its name, one of ours in this topic, and so has a sequence."""
    topic = TOPICS.get(record.topic)
    return topic is not None and record.writer.startswith(topic.writers)


def check_writer(record: Record) -> None:
    """Raises CodecError where the record is in a topic that its writer has no say in."""
    topic = TOPICS.get(record.topic)
    if topic is not None and not topic.open and topic.writers and not is_own(record):
        raise CodecError(
            f"{record.writer or 'a writer without a name'} does not write to {record.topic}"
        )


def read(record: Record) -> Any:
    """The body of a record; raises CodecError, and nothing else, where it is not to be used."""
    check_writer(record)
    return decode(record.type, record.v, record.value, record.time)
