"""The topics of a log: what each one is keyed by, how many partitions it has, what is kept.

The table is the one of the contract and holds for a directory and for Kafka alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple
from zlib import crc32

from engine.types import DAY

PRICES_KEPT = 30 * DAY
"""How far back what was published can be recomputed; hourly checkpoints are kept as long."""

TICKS_KEPT = 3 * DAY
"""For how long whoever is down can go on where it was."""

FINE_KEPT = 90 * DAY
"""Minute bars and hourly snapshots; bars of hours and days and each day's last snapshot stay."""

DIRECTORY_PARTITIONS = 1
"""Price partitions of a log in a directory: one process runs all shards there anyway."""

Spread = Literal["ticks", "prices", "one"]
"""Which count of partitions a topic follows: that of `ticks`, that of `prices`, or always one."""


class Topic(NamedTuple):
    """One topic. `kept` is a time in ns, None for ever; of a compacted topic the last of a key."""

    name: str
    key: str
    spread: Spread
    kept: int | None = None
    compacted: bool = False
    aged: Mapping[str, int] = {}
    """Record types that are kept for another time than the rest (ns). Kafka knows one time a topic
    and keeps them as long as the rest."""
    writers: tuple[str, ...] = ()
    """How the names of our own writers there begin, whose sequences are enforced."""
    open: bool = False
    """Whether strangers may write there too, without a sequence."""


_SHARD = ("shard:",)


_ALL = (
    Topic(
        "ticks",
        "venue or asset source",
        "ticks",
        kept=TICKS_KEPT,
        writers=("connector:", "backfill:", "define:"),
        open=True,
    ),
    Topic(
        "prices",
        "none: every partition gets every row",
        "prices",
        kept=PRICES_KEPT,
        writers=("pricer:",),
    ),
    # Empty where `has_price_history` is not so.
    Topic("prices.history", "none: every row", "one", kept=PRICES_KEPT, writers=("pricer:",)),
    Topic("definitions", "index id", "one", compacted=True, writers=("define:", "log")),
    Topic("levels", "shard", "prices", kept=DAY, writers=_SHARD),
    Topic("snapshots", "index id", "prices", compacted=True, writers=_SHARD),
    Topic("snapshots.history", "index id", "prices", writers=_SHARD, aged={"snapshot": FINE_KEPT}),
    Topic("bars", "index id or asset:X", "prices", writers=_SHARD, aged={"minute_bar": FINE_KEPT}),
    Topic("alerts", "index id", "prices", writers=_SHARD),
    Topic("notifications", "alert id", "one", compacted=True, writers=("notifier:",)),
    Topic("silences", "silence id", "one", compacted=True, writers=("silence:",)),
    Topic("acknowledgements", "episode", "one", compacted=True, writers=("acknowledge:",)),
    Topic("checkpoints.pricer", "part of a checkpoint", "ticks", compacted=True),
    Topic("checkpoints.shard", "part of a checkpoint", "prices", compacted=True),
    Topic(
        "checkpoints.archive", "writer, hour and part of a checkpoint", "prices", kept=PRICES_KEPT
    ),
    Topic("rejected", "topic:partition:offset", "one", kept=30 * DAY, writers=("pricer:", *_SHARD)),
    Topic("versions", "topic/partition/offset", "one", compacted=True, writers=("versions:",)),
)
TOPICS: Mapping[str, Topic] = {topic.name: topic for topic in _ALL}


def outputs_of(writer: str, partitions: Mapping[str, int]) -> list[tuple[str, int]]:
    """Where a stage sends to: (topic, partition) of all that `pricer:0` or `shard:3` may write.

    A shard's indices hash to the partition of its own number in every topic that follows `prices`.
    """
    stage, number = writer.split(":")
    if stage == "pricer":
        outputs = [("prices", p) for p in range(partitions["prices"])]
        outputs.append(("prices.history", 0))
    else:
        outputs = [
            (name, int(number))
            for name, topic in TOPICS.items()
            if topic.spread == "prices" and name != "prices" and not name.startswith("checkpoints")
        ]
    return [output for output in (*outputs, ("rejected", 0)) if output[0] in partitions]


def partition_of(key: str, partitions: int) -> int:
    """The partition of a key, the same in every process and language: crc32(key) mod n.

    >>> partition_of("TOP3", 8), partition_of("TOP3", 1)
    (6, 0)
    """
    return crc32(key.encode()) % partitions


def partition_counts(prices: int = DIRECTORY_PARTITIONS, ticks: int = 1) -> dict[str, int]:
    """How many partitions each topic has, given those of `prices` (index shards) and `ticks`."""
    if prices < 1 or ticks < 1:
        raise ValueError(f"a topic needs at least one partition, got {prices=} {ticks=}")
    counts: dict[Spread, int] = {"ticks": ticks, "prices": prices, "one": 1}
    return {topic.name: counts[topic.spread] for topic in TOPICS.values()}


def has_price_history(partitions: Mapping[str, int]) -> bool:
    """Whether a log with so many partitions has each price in `prices.history` as well: of several
    Pricers none knows the others' order, and of one partition that would be the same twice."""
    return partitions["ticks"] == 1 and partitions["prices"] > 1 and "prices.history" in partitions


def least_kept(topic: Topic, partitions: Mapping[str, int]) -> int | None:
    """How long (ns) a log with so many partitions needs a topic's records; None is for ever. That
    is as long as they are kept, but for `prices` of which `prices.history` has every row: whoever
    is down needs those as long as `ticks`."""
    if topic.name == "prices" and has_price_history(partitions):
        return TICKS_KEPT
    return topic.kept
