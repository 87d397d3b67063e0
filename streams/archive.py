"""One checkpoint an hour, kept as long as `prices`, to recompute what was published since.

They have a topic of their own, so that a start reads the newest checkpoint only.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import NamedTuple

import msgspec

from engine.types import HOUR
from streams.checkpoints import (
    Checkpoint,
    Checkpoints,
    Manifest,
    assemble,
    cut,
    loaded,
    manifest_of,
    refuse_foreign,
)
from streams.log import Log
from streams.part_store import PartStore
from streams.records import OutRecord
from streams.runner import Runner

TOPIC = "checkpoints.archive"
_EARLIER = ("manifest/", "chunk/")
"""Keys of the topic in which versions before this one archived."""


class Archived(NamedTuple):
    """A manifest, and the chunks that came before it, by their keys."""

    manifest: Manifest
    parts: dict[str, bytes]


def archived(runner: Runner, data: bytes, log: Log, now: int) -> Iterator[OutRecord]:
    """The records that archive an encoded state of a runner at `now` (ns UTC): one of an hour.

    Whoever dies before the next checkpoint writes them again, which is no harm.
    """
    place = TOPIC, runner.partition % log.partitions[TOPIC]
    prefix = f"{runner.writer}/{now // HOUR}"
    chunks = cut(data, f"{prefix}/{runner.last_offset}")
    manifest = manifest_of(runner.last_offset, chunks, data, log.log_id, now)
    parts = [("chunk", key, chunk) for key, chunk in chunks.items()]
    parts.append(("manifest", f"{prefix}/manifest", msgspec.json.encode(manifest)))
    for number, (kind, key, value) in enumerate(parts, 1):
        yield OutRecord(*place, key, kind, value, f"{TOPIC}:{prefix}", number, None)


async def archive_of(log: Log, runner: Runner) -> AsyncGenerator[Archived, None]:
    """What is archived of a runner's partition, the oldest first. Who stops before closes it."""
    parts = dict[str, bytes]()
    partition = runner.partition % log.partitions.get(TOPIC, 1)
    async with aclosing(log.read(TOPIC, partition)) as records:
        async for record in records:
            if not record.key.startswith(f"{runner.writer}/"):
                continue
            if record.type == "chunk":
                parts[record.key] = record.value
                continue
            yield Archived(msgspec.json.decode(record.value, type=Manifest), parts)
            parts = {}


def checkpoint_of(log: Log, found: Archived) -> Checkpoint | None:
    """The checkpoint that was archived; None where a part of it is missing. Raises CheckpointError
    for one of another log or of newer numbers."""
    refuse_foreign(found.manifest, log.log_id)
    data, _ = assemble(*found)
    return None if data is None else loaded(found.manifest, data)


async def from_archive(log: Log, runner: Runner, start: int) -> Checkpoint | None:
    """The first complete checkpoint that covers all before offset `start`; None if none does.

    Raises LogError, and CheckpointError for one of another log or of newer numbers.
    """
    async with aclosing(archive_of(log, runner)) as all_:
        async for one in all_:
            if one.manifest.offset >= start - 1:
                checkpoint = checkpoint_of(log, one)
                if checkpoint is not None:
                    return checkpoint
    stage = runner.writer.split(":")[0]
    store = await PartStore.open(log, None, f"checkpoints.{stage}", runner.partition, _EARLIER)
    checkpoints = Checkpoints(store, log.log_id)
    for offset in sorted({manifest.offset for _, manifest in checkpoints.manifests()}):
        found = checkpoints.load(at_most=offset) if offset >= start - 1 else None
        if found is not None and found.offset >= start - 1:
            return found
    return None
