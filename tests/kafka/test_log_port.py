"""The log's port over a real Apache Kafka: the same script as on a directory."""

from __future__ import annotations

from streams.kafka.address import KafkaLog
from streams.kafka.log import BrokerLog
from streams.kafka.topics import create_topics
from tests.log_port import check_port


async def test_over_kafka(log: KafkaLog) -> None:
    await check_port(BrokerLog(log, await create_topics(log, prices=1)))
