"""`replay`: recorded prices, or a kept log, through the very same engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from engine.index.index_file import IndexFile
from engine.index.shard import Shard
from engine.periods import NEVER
from engine.pricing.pricer import Pricer
from engine.records import (
    AssetFrame,
    AssetRecord,
    DefinitionRecord,
    Output,
    PricerInput,
    Receipt,
    TickFrame,
)
from streams.records import StreamError
from streams.replay import replay_log
from streams.sqlite_log import SqliteLog
from tidegauge.errors import Failure
from tidegauge.instants import frames
from tidegauge.recorded import Reader


@dataclass(slots=True)
class Collected:
    """What a replay said: the last snapshot of each index unless all are wanted, and alerts."""

    all_snapshots: bool
    snapshots: list[Any] = field(default_factory=list)
    last: dict[str, Any] = field(default_factory=dict)
    alerts: list[Any] = field(default_factory=list)

    def take(self, topic: str, key: str, body: Any) -> None:
        """Keep a body (a mapping, or encoded bytes) of `snapshots` or `alerts`."""
        if topic == "alerts":
            self.alerts.append(body)
        elif topic == "snapshots" and self.all_snapshots:
            self.snapshots.append(body)
        elif topic == "snapshots":
            self.last[key] = body


def replay_files(
    reader: Reader,
    defined: IndexFile,
    every: int | None,
    progress: Callable[[int], None],
) -> Iterator[Output]:
    """Outputs for recorded prices: a snapshot of each index per `every` ns, or the last only."""
    recorded = frames(reader.instants(), "replay", every)
    log = reader.digest()[:32]
    return replay_frames(recorded, log, defined, every, lambda: progress(reader.good))


def replay_frames(
    recorded: Iterable[AssetFrame | TickFrame],
    log: str,
    defined: IndexFile,
    every: int | None,
    progress: Callable[[], None],
) -> Iterator[Output]:
    """Outputs for frames that stand for `log`, an id of what was recorded.

    The last record has snapshots in any case, and no record has them twice.
    """
    pricer, shard = Pricer(), Shard(every=NEVER if every is None else every)
    offset, published = 0, -1

    def through(record: PricerInput) -> Iterator[Output]:
        nonlocal offset, published
        for output in pricer.apply(record):
            for out in shard.apply(output.body, Receipt("prices", log, 0, offset)):
                published = offset if out.topic == "snapshots" else published
                yield out
            offset += 1

    for number, frame in enumerate(recorded):
        if not number:
            # In force just before the first price, so that its instant can be every index's base.
            times = frame.at if isinstance(frame, AssetFrame) else frame.received
            first = (times[0] if times else frame.now) - 1
            for coin in defined.assets:
                yield from through(AssetRecord(first, "replay", coin.asset, coin.to_mapping()))
            for definition in defined.indices:
                mapping = definition.to_mapping()
                yield from through(DefinitionRecord(first, "replay", definition.id, mapping))
        yield from through(frame)
        progress()
    if offset and published < offset - 1:
        yield from shard.snapshots("replay", Receipt("prices", log, 0, offset - 1))


def replay_kept(log: SqliteLog, every: int | None, collected: Collected) -> None:
    """A kept log's prices through fresh shards; `every` None is the published cadence."""
    try:
        for partition in range(log.partitions["prices"]):
            stage = Shard(partition, log.partitions["prices"], every)
            for replayed in replay_log(log, lambda *_, stage=stage: stage, partition):
                for out in replayed.outputs:
                    collected.take(out.topic, out.key, out.value)
    except StreamError as error:
        raise Failure(str(error)) from error
