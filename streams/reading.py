"""Records as readers take them: sound, and from a writer who has a say in their topic.

Into `ticks` anybody may write. Every other topic has writers of its own, which name themselves in
the header; what comes from somebody else is a mistake, whatever it says.
"""

from __future__ import annotations

import logging
from typing import Any

from streams.codecs import CodecError, decode
from streams.records import Record
from streams.topics import TOPICS

_logger = logging.getLogger(__name__)


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


def read_or_log(record: Record) -> Any | None:
    """The body of a record, or None where it is not to be used, which is logged."""
    try:
        return read(record)
    except CodecError as error:
        left_out(record, str(error))
        return None


def place_fields(record: Record) -> dict[str, Any]:
    """Where a record stands, as fields of a line of the program's log."""
    return {"topic": record.topic, "partition": record.partition, "offset": record.offset}


def left_out(record: Record, reason: str) -> None:
    """Log that a reader leaves a record out."""
    place = place_fields(record)
    text = "%s/%d offset %d is left out: %s"
    _logger.error(text, *place.values(), reason, extra=place)
