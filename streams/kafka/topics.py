"""The topics of a log on Kafka: made once, checked at every start. Nothing else makes any.

The first record of `definitions` names the log (a UUID) and how many partitions each topic has. A
topic that this record does not name, and this version knows, is *new*: the log is of an older
version. `topics create` and every worker at its start make it (`complete_topics`), with as many
partitions and copies as the log's others have, and write the record again with it. Readers do
without. A topic that the record names and the broker lacks was deleted: that is refused.
"""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from typing import Any, NamedTuple

import orjson
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, NodeNotReadyError, TopicAlreadyExistsError, for_code

from streams.kafka.address import KafkaLog
from streams.kafka.outbox import KafkaOutbox
from streams.kafka.reading import read_partition
from streams.log import LOG_KEY, LOG_SCHEMA
from streams.reading import read_or_log
from streams.records import LogError, OutRecord
from streams.topics import TOPICS, Topic, least_kept, partition_counts

logger = logging.getLogger(__name__)

PRICES = 8
"""Price partitions of a new log: shards that can be spread over as many workers."""

COPIES = 3
"""Of each partition, where there are as many brokers: one may fail while another is served."""

RECORD_BYTES = 1_000_000
"""What a broker takes in one record by default; our largest, a checkpoint's chunk, has half."""

_MILLISECOND = 1_000_000
METADATA_TRIES = 10
METADATA_PAUSE = 0.5
"""s; a busy or starting broker may first answer that the cluster has no broker. The client then
has nobody to ask for five minutes; another one finds it within these tries."""

_READY_SECONDS = 10.0  # after its making a topic is known to every broker within a second


class KafkaTopics(NamedTuple):
    """The log that was found: its UUID, and the partitions of each topic (without prefix)."""

    log: str
    partitions: Mapping[str, int]


class TopicsError(LogError):
    """The topics are not as they must be; `problems` has one line for each."""

    def __init__(self, log: KafkaLog, problems: list[str]) -> None:
        super().__init__(f"{log.address}: {'; '.join(problems)}")
        self.problems = problems


def topic_settings(topic: Topic, copies: int) -> dict[str, str]:
    """The settings of a topic on the broker.

    `LogAppendTime` because `Record.time` is when the broker took the record, whatever clock its
    sender has; and what is kept goes by that time too.
    """
    settings = {
        "cleanup.policy": "compact" if topic.compacted else "delete",
        "retention.ms": str(_milliseconds(topic.kept)),
        "retention.bytes": "-1",
        "message.timestamp.type": "LogAppendTime",
        "min.insync.replicas": str(_min_insync(copies)),
        "max.message.bytes": str(RECORD_BYTES + 48_588),  # the default of brokers: 1 MiB and 12
    }
    if topic.compacted:
        # Only closed segments are compacted. A checkpoint comes every few seconds, and a reader
        # goes through all that is not compacted yet: small segments, cleaned early.
        settings |= {
            "segment.bytes": str(32 << 20),
            "segment.ms": str(600_000),
            "min.cleanable.dirty.ratio": "0.1",
        }
    return settings


def _milliseconds(kept: int | None) -> int:
    """As brokers say how long something is kept (ns); -1 is for ever."""
    return -1 if kept is None else kept // _MILLISECOND


def _min_insync(copies: int) -> int:
    # With three copies an acknowledged record outlives the loss of one broker.
    return 2 if copies >= 3 else 1


@asynccontextmanager
async def admin_of(log: KafkaLog) -> AsyncIterator[AIOKafkaAdminClient]:
    """An admin client of a broker that can be reached; its errors as LogError."""
    await log.reach()
    try:
        async with AsyncExitStack() as stack:
            yield await _started(log, stack)
    except (KafkaError, TimeoutError, OSError) as error:
        raise LogError(f"{log.address}: the broker did not do as asked ({error})") from error


async def _started(log: KafkaLog, stack: AsyncExitStack) -> AIOKafkaAdminClient:
    """An admin client that knows whom to ask, closed with the stack."""
    for tries_left in reversed(range(METADATA_TRIES)):
        admin = AIOKafkaAdminClient(**log.options)
        stack.push_async_callback(admin.close)
        await admin.start()
        try:
            await admin.describe_cluster()
            break
        except NodeNotReadyError:
            if not tries_left:
                raise
            await asyncio.sleep(METADATA_PAUSE)
    return admin


async def create_topics(
    log: KafkaLog, *, prices: int | None = None, ticks: int = 1, copies: int | None = None
) -> KafkaTopics:
    """Make the topics that are missing, name a new log, and check them all.

    `prices` is how many index shards there are (those of an existing log, or `PRICES`), `copies`
    how many replicas a partition gets (up to `COPIES`, as there are brokers). Raises LogError.
    """
    async with admin_of(log) as admin:
        found = await _found(log, admin)
        prices = prices or found.get("prices", PRICES)
        counts = partition_counts(prices, ticks)
        problems = _wrong_counts(log, found, counts)
        if problems:
            raise TopicsError(log, problems)
        brokers = len((await admin.describe_cluster())["brokers"])
        copies = copies or min(COPIES, brokers)
        await _create(log, admin, {n: c for n, c in counts.items() if n not in found}, copies)
        await _name(log, counts)
        await _name_new(log, counts)
    return await check_topics(log)


async def complete_topics(log: KafkaLog) -> KafkaTopics:
    """Check the topics as `check_topics` does, and make those that a log of an older version lacks.

    Raises LogError.
    """
    found = await check_topics(log)
    counts = partition_counts(found.partitions["prices"], found.partitions["ticks"])
    if counts.keys() <= found.partitions.keys():
        return found
    async with admin_of(log) as admin:
        (described,) = await admin.describe_topics([log.topic("definitions")])
        copies = min(len(p["replicas"]) for p in described["partitions"])
        there = await _found(log, admin)
        lacking = {name: count for name, count in counts.items() if name not in there}
        logger.info("%s: a log of an older version gets %s", log.address, ", ".join(lacking))
        await _create(log, admin, lacking, copies)
    await _name_new(log, counts)
    return await check_topics(log)


async def _name_new(log: KafkaLog, counts: Mapping[str, int]) -> None:
    """Write the log's record again where it does not name all topics of this version."""
    named = await read_log_record(log)
    if named is not None and not counts.keys() <= named["partitions"].keys():
        await _write_log_record(log, named | {"partitions": {**counts, **named["partitions"]}})


async def _create(
    log: KafkaLog, admin: AIOKafkaAdminClient, counts: Mapping[str, int], copies: int
) -> None:
    """Make topics of so many partitions, and wait until they are seen."""
    if not counts:
        return
    answer = await admin.create_topics(
        [
            NewTopic(log.topic(name), n, copies, topic_configs=topic_settings(TOPICS[name], copies))
            for name, n in counts.items()
        ]
    )
    for name, code, message in answer.topic_errors:
        error = for_code(code)
        # Somebody else made it meanwhile: the check that follows shows whether in the same way.
        if code and error is not TopicAlreadyExistsError:
            raise LogError(f"{log.address}: {name} cannot be made: {message or error.description}")
    deadline = time.monotonic() + _READY_SECONDS
    while counts.keys() - (await _found(log, admin)).keys():
        if time.monotonic() > deadline:
            raise LogError(
                f"{log.address}: the broker does not show its new topics after "
                f"{_READY_SECONDS:g} s; look into its log"
            )


async def _found(log: KafkaLog, admin: AIOKafkaAdminClient) -> dict[str, int]:
    """How many partitions each of our topics has; those with a partition without leader are not
    found yet.
    """
    names = {log.topic(name): name for name in TOPICS}
    return {
        names[topic["topic"]]: len(topic["partitions"])
        for topic in await admin.describe_topics(list(names))
        if topic["error_code"] == 0 and all(p["leader"] >= 0 for p in topic["partitions"])
    }


def _wrong_counts(log: KafkaLog, found: Mapping[str, int], wanted: Mapping[str, int]) -> list[str]:
    return [
        f"{log.topic(name)} has {found[name]} partitions instead of {count}, and their number "
        f"cannot change while a log lives; start a new log with another prefix "
        f"(…/PREFIX), or delete the topic if nothing in it is needed"
        for name, count in wanted.items()
        if name in found and found[name] != count
    ]


async def _name(log: KafkaLog, counts: Mapping[str, int]) -> None:
    """Write the record that names the log, if there is none."""
    if await read_log_record(log) is not None:
        return
    name = str(uuid.uuid4())
    await _write_log_record(log, {"log": name, "schema": LOG_SCHEMA, "partitions": dict(counts)})
    first = await read_log_record(log)
    if first is not None and first["log"] != name:
        # Two made topics at once. The first name is the log's; compaction keeps the last.
        await _write_log_record(log, first)


async def _write_log_record(log: KafkaLog, body: dict[str, Any]) -> None:
    async with KafkaOutbox(log, body["log"]) as outbox:
        record = OutRecord("definitions", 0, LOG_KEY, "log", orjson.dumps(body), "log", 1, body)
        await outbox.send([record])


async def read_log_record(log: KafkaLog) -> dict[str, Any] | None:
    """The body of the record that names the log; None where there is none yet.

    The first one names it; a later one of that name may know of more topics.
    """
    found: dict[str, Any] | None = None
    async with aclosing(read_partition(log, "definitions", 0)) as records:
        async for record in records:
            if record.key != LOG_KEY:
                continue
            body = read_or_log(record)
            if body is None or record.type != "log":
                continue
            if found is None or body["log"] == found["log"]:
                found = body
    return found


async def check_topics(log: KafkaLog) -> KafkaTopics:
    """Refuse to work on topics that are missing or would lose what is needed.

    Raises LogError where no broker can be reached, and TopicsError with what to do.
    """
    async with admin_of(log) as admin:
        found = await _found(log, admin)
        named = await read_log_record(log) if "definitions" in found else None
        wanted = TOPICS if named is None else named["partitions"]
        missing = [log.topic(name) for name in wanted if name not in found]
        if missing:
            raise TopicsError(
                log,
                [
                    f"{len(missing)} of {len(wanted)} topics are missing ({', '.join(missing)}); "
                    f"make them with `tidegauge topics create --log {log.address}`"
                ],
            )
        problems = await _wrong_settings(log, admin, found)
    if named is None:
        problems.append(
            f"{log.topic('definitions')} does not name the log; "
            f"run `tidegauge topics create --log {log.address}`"
        )
    else:
        problems += _wrong_counts(log, found, named["partitions"])
    if named is None or problems:
        raise TopicsError(log, problems)
    log.has_tokens = named.get("schema", 1) >= LOG_SCHEMA
    return KafkaTopics(named["log"], named["partitions"])


async def _wrong_settings(
    log: KafkaLog, admin: AIOKafkaAdminClient, found: Mapping[str, int]
) -> list[str]:
    names = [name for name in TOPICS if name in found]
    resources = [
        ConfigResource(
            ConfigResourceType.TOPIC, log.topic(name), configs=topic_settings(TOPICS[name], 1)
        )
        for name in names
    ]
    copies = {
        topic["topic"]: min(len(p["replicas"]) for p in topic["partitions"])
        for topic in await admin.describe_topics([log.topic(name) for name in names])
    }
    problems = list[str]()
    for answer in await admin.describe_configs(resources):
        for code, message, _, name, entries in answer.resources:
            if code:
                reason = message or for_code(code).description
                raise LogError(f"{log.address}: the settings of {name} cannot be read: {reason}")
            settings = {entry[0]: entry[1] for entry in entries}
            topic = TOPICS[name.removeprefix(log.address.prefix)]
            problems += _compare(topic, name, settings, copies[name], least_kept(topic, found))
    return problems


def _compare(
    topic: Topic, name: str, has: Mapping[str, str], copies: int, needed: int | None
) -> list[str]:
    """What is wrong with a topic's settings, each with the way to put it right; `needed` is how
    long (ns) its records are, None for ever."""
    wants = topic_settings(topic, copies)
    needs = {"retention.ms": _milliseconds(needed), "retention.bytes": -1}
    wrong = dict[str, str]()
    for setting in ("cleanup.policy", "message.timestamp.type"):
        if has[setting] != wants[setting]:
            wrong[setting] = f"is {has[setting]} instead of {wants[setting]}"
    if not topic.compacted:
        for setting, least in needs.items():
            kept = int(has[setting])
            if kept != -1 and (least == -1 or kept < least):
                wrong[setting] = f"is {kept}, which throws away what is still needed"
    if int(has["max.message.bytes"]) < RECORD_BYTES:
        wrong["max.message.bytes"] = f"is {has['max.message.bytes']}, too little for a checkpoint"
    insync = int(has["min.insync.replicas"])
    if insync > copies:
        wrong["min.insync.replicas"] = f"is {insync} with {copies} copies: nothing could be written"
    elif insync < _min_insync(copies):
        wrong["min.insync.replicas"] = f"is {insync}: one broker's loss could lose records"
    return [
        f"{name}: {setting} {problem}; put it right with `kafka-configs.sh --alter --topic {name} "
        f"--add-config {setting}={wants[setting]}`"
        for setting, problem in wrong.items()
    ]
