"""What the topics of a log take on the brokers' disks, by Kafka's request DescribeLogDirs (35)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from aiokafka.errors import for_code
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Array, Boolean, Int16, Int32, Int64, Schema, String

from streams.kafka.address import KafkaLog
from streams.kafka.topics import admin_of
from streams.records import LogError

_TEXT = String("utf-8")


class _Answer(Response):  # type: ignore[misc]
    API_KEY = 35
    API_VERSION = 1
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "directories",
            Array(
                ("error_code", Int16),
                ("directory", _TEXT),
                (
                    "topics",
                    Array(
                        ("topic", _TEXT),
                        (
                            "partitions",
                            Array(
                                ("partition", Int32),
                                ("size", Int64),
                                ("lag", Int64),
                                ("is_future", Boolean),
                            ),
                        ),
                    ),
                ),
            ),
        ),
    )


class _Question(RequestStruct):  # type: ignore[misc]
    API_KEY = 35
    API_VERSION = 1
    RESPONSE_TYPE = _Answer
    SCHEMA = Schema(("topics", Array(("topic", _TEXT), ("partitions", Array(Int32)))))


class _DescribeLogDirs(Request[_Question]):  # type: ignore[misc]
    API_KEY = 35

    def __init__(self, topics: list[tuple[str, list[int]]]) -> None:
        self._topics = topics

    def build(self, request_struct_class: type[_Question]) -> _Question:
        return request_struct_class(self._topics)


async def topic_sizes(log: KafkaLog, partitions: Mapping[str, int]) -> dict[str, int]:
    """Bytes of one copy of each topic. Raises LogError."""
    asked = [(log.topic(name), list(range(count))) for name, count in partitions.items()]
    largest = dict[tuple[str, int], int]()
    async with admin_of(log) as admin:
        for broker in (await admin.describe_cluster())["brokers"]:
            request: Any = _DescribeLogDirs(asked)
            answer = await admin._send_request_to_node(broker["node_id"], request)
            for topic, partition, size in _sizes(log, answer.directories):
                where = topic, partition
                largest[where] = max(largest.get(where, 0), size)
    found = dict.fromkeys(partitions, 0)
    for (topic, _), size in largest.items():
        found[topic.removeprefix(log.address.prefix)] += size
    return found


def _sizes(log: KafkaLog, directories: Iterable[Any]) -> Iterable[tuple[str, int, int]]:
    for code, _, topics in directories:
        if code:
            reason = for_code(code).description
            raise LogError(f"{log.address}: the brokers do not tell their sizes: {reason}")
        for topic, partitions in topics:
            yield from ((topic, partition, size) for partition, size, *_ in partitions)
