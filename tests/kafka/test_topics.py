"""Topics are made once, as they must be, and refused where they are not."""

from __future__ import annotations

import asyncio
import time
import uuid

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from streams.kafka.address import KafkaLog
from streams.kafka.topics import (
    TopicsError,
    check_topics,
    create_topics,
    read_log_record,
    topic_settings,
)
from streams.records import LogError
from streams.topics import TOPICS

COUNTS = {
    "ticks": 1,
    "prices": 3,
    "prices.history": 1,
    "definitions": 1,
    "levels": 3,
    "snapshots": 3,
    "snapshots.history": 3,
    "bars": 3,
    "alerts": 3,
    "checkpoints.pricer": 1,
    "checkpoints.shard": 3,
    "notifications": 1,
    "silences": 1,
    "acknowledgements": 1,
    "checkpoints.archive": 3,
    "rejected": 1,
    "versions": 1,
}
THREE_DAYS_MS = str(3 * 86_400_000)
THIRTY_DAYS_MS = str(30 * 86_400_000)


@pytest.fixture
async def admin(log: KafkaLog):
    client = AIOKafkaAdminClient(**log.options)
    await client.start()
    yield client
    await client.close()


async def settings_of(admin: AIOKafkaAdminClient, topic: str) -> dict[str, str]:
    (answer,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    return {entry[0]: entry[1] for entry in answer.resources[0][4]}


async def alter(admin: AIOKafkaAdminClient, topic: str, **changed: str) -> None:
    """Set exactly these settings on a topic; all others fall back to the broker's."""
    base = topic_settings(TOPICS[topic.split(".", 1)[1]], 1)
    values = base | {name.replace("_", "."): value for name, value in changed.items()}
    resource = ConfigResource(ConfigResourceType.TOPIC, topic, configs=values)
    (answer,) = await admin.alter_configs([resource])
    assert answer.resources[0][0] == 0


async def problems(log: KafkaLog) -> list[str]:
    try:
        await check_topics(log)
        return []
    except TopicsError as error:
        told = error
    assert str(told) == f"{log.address}: {'; '.join(told.problems)}"
    return told.problems


async def problem(log: KafkaLog, words: str) -> str:
    """The only problem, once the broker shows a change: it says done a moment before."""
    deadline = time.monotonic() + 20
    while True:
        found = await problems(log)
        if len(found) == 1 and words in found[0]:
            return found[0]
        assert time.monotonic() < deadline, found
        await asyncio.sleep(0.1)


async def no_problem(log: KafkaLog) -> None:
    deadline = time.monotonic() + 20
    while found := await problems(log):
        assert time.monotonic() < deadline, found
        await asyncio.sleep(0.1)


async def test_created_as_the_contract_has_them(log: KafkaLog, admin) -> None:
    made = await create_topics(log, prices=3)
    assert dict(made.partitions) == COUNTS
    assert str(uuid.UUID(made.log)) == made.log
    described = await admin.describe_topics([log.topic(name) for name in TOPICS])
    assert {t["topic"]: len(t["partitions"]) for t in described} == {
        log.topic(name): count for name, count in COUNTS.items()
    }
    ticks = await settings_of(admin, log.topic("ticks"))
    assert (ticks["cleanup.policy"], ticks["retention.ms"]) == ("delete", THREE_DAYS_MS)
    assert ticks["message.timestamp.type"] == "LogAppendTime"
    for name in ("prices", "prices.history", "rejected"):
        has = await settings_of(admin, log.topic(name))
        assert (has["cleanup.policy"], has["retention.ms"]) == ("delete", THIRTY_DAYS_MS)
    for name in ("bars", "alerts", "snapshots.history"):
        has = await settings_of(admin, log.topic(name))
        assert (has["cleanup.policy"], has["retention.ms"]) == ("delete", "-1")
    for name in ("definitions", "snapshots", "checkpoints.pricer", "checkpoints.shard"):
        has = await settings_of(admin, log.topic(name))
        assert (has["cleanup.policy"], has["segment.bytes"]) == ("compact", "33554432")
        assert has["min.insync.replicas"] == "1"


async def test_the_first_record_of_definitions_names_the_log(log: KafkaLog) -> None:
    made = await create_topics(log, prices=3)
    assert await read_log_record(log) == {"log": made.log, "schema": 2, "partitions": COUNTS}


async def test_twice_is_once(log: KafkaLog) -> None:
    made = await create_topics(log, prices=2)
    assert await create_topics(log, prices=2) == made
    assert await create_topics(log) == made
    await no_problem(log)
    assert await check_topics(log) == made


async def test_eight_shards_unless_said_otherwise(log: KafkaLog) -> None:
    assert (await create_topics(log)).partitions["prices"] == 8


async def test_what_is_missing_is_made(log: KafkaLog, admin) -> None:
    made = await create_topics(log, prices=1)
    await admin.delete_topics([log.topic("bars"), log.topic("alerts")])
    missing = (
        f"2 of {len(COUNTS)} topics are missing ({log.topic('bars')}, {log.topic('alerts')}); "
    )
    told = await problem(log, missing)
    assert told.startswith(missing)
    assert told.endswith(f"`tidegauge topics create --log {log.address}`")
    assert await create_topics(log) == made
    await no_problem(log)
    assert await check_topics(log) == made


async def test_no_topics_at_all(log: KafkaLog) -> None:
    (told,) = await problems(log)
    assert told.startswith(f"{len(COUNTS)} of {len(COUNTS)} topics are missing")


async def test_another_count_of_partitions_is_refused(log: KafkaLog) -> None:
    await create_topics(log, prices=2)
    with pytest.raises(TopicsError) as caught:
        await create_topics(log, prices=4)
    assert len(caught.value.problems) == sum(count == 3 for count in COUNTS.values())
    assert f"{log.topic('prices')} has 2 partitions instead of 4" in caught.value.problems[0]
    assert "another prefix" in caught.value.problems[0]


async def test_added_partitions_are_refused(log: KafkaLog, admin) -> None:
    await create_topics(log, prices=2)
    await admin.create_partitions({log.topic("alerts"): NewPartitions(5)})
    words = f"{log.topic('alerts')} has 5 partitions instead of 2"
    assert (await problem(log, words)).startswith(words)


async def test_topics_without_a_name_are_refused(log: KafkaLog, admin) -> None:
    await create_topics(log, prices=1)
    await admin.delete_topics([log.topic("definitions")])
    await admin.create_topics(
        [
            NewTopic(
                log.topic("definitions"),
                1,
                1,
                topic_configs=topic_settings(TOPICS["definitions"], 1),
            )
        ]
    )
    words = f"{log.topic('definitions')} does not name the log"
    assert (await problem(log, words)).startswith(words)


@pytest.mark.parametrize(
    ("topic", "setting", "value", "words"),
    [
        ("checkpoints.shard", "cleanup.policy", "delete", "is delete instead of compact"),
        ("snapshots", "cleanup.policy", "compact,delete", "is compact,delete instead of compact"),
        ("ticks", "cleanup.policy", "compact", "is compact instead of delete"),
        ("ticks", "retention.ms", "3600000", "is 3600000, which throws away what is still needed"),
        ("alerts", "retention.ms", THIRTY_DAYS_MS, "which throws away what is still needed"),
        ("prices", "retention.ms", THREE_DAYS_MS, "which throws away what is still needed"),
        ("prices", "retention.bytes", "1000000", "which throws away what is still needed"),
        ("ticks", "message.timestamp.type", "CreateTime", "is CreateTime instead of LogAppendTime"),
        ("checkpoints.pricer", "max.message.bytes", "100000", "too little for a checkpoint"),
        ("alerts", "min.insync.replicas", "2", "is 2 with 1 copies: nothing could be written"),
    ],
)
async def test_settings_that_would_lose_something(
    log: KafkaLog, admin, topic: str, setting: str, value: str, words: str
) -> None:
    await create_topics(log, prices=1)
    name = log.topic(topic)
    await alter(admin, name, **{setting.replace(".", "_"): value})
    told = await problem(log, words)
    assert told.startswith(f"{name}: {setting} is ")
    assert f"kafka-configs.sh --alter --topic {name} --add-config {setting}=" in told
    await alter(admin, name)
    await no_problem(log)


async def test_longer_retention_is_fine(log: KafkaLog, admin) -> None:
    made = await create_topics(log, prices=1)
    await alter(admin, log.topic("ticks"), retention_ms="-1")
    await alter(admin, log.topic("prices"), retention_ms=str(90 * 86_400_000))
    assert await check_topics(log) == made


async def test_prices_may_be_kept_as_long_as_ticks_where_their_history_has_them_too(
    log: KafkaLog, admin
) -> None:
    made = await create_topics(log, prices=3)
    name = log.topic("prices")
    await alter(admin, name, retention_ms=THREE_DAYS_MS)
    assert await check_topics(log) == made
    await alter(admin, name, retention_ms=str(2 * 86_400_000))
    words = f"{name}: retention.ms is {2 * 86_400_000}, which throws away what is still needed"
    assert (await problem(log, words)).startswith(words)


async def test_more_copies_than_brokers_is_refused(own_broker, log: KafkaLog) -> None:
    with pytest.raises(LogError, match=r"ticks cannot be made: .*replication factor"):
        await create_topics(log, prices=1, copies=3)
