"""One checkpoint an hour, kept as long as `prices`, to recompute what was published since.

They have a topic of their own, so that a start reads the newest checkpoint only.
"""

from __future__ import annotations

from collections.abc import Iterator

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


def archived(runner: Runner, data: bytes, log: Log, now: int) -> Iterator[OutRecord]:
    """The records that archive an encoded state of a runner at `now` (ns UTC): one of an hour.

    Whoever dies before the checkpoint that goes with it writes them again, which is no harm.
    """
    place = TOPIC, runner.partition % log.partitions[TOPIC]
    prefix = f"{runner.writer}/{now // HOUR}"
    chunks = cut(data, f"{prefix}/{runner.last_offset}")
    manifest = manifest_of(runner.last_offset, chunks, data, log.log_id, now)
    parts = [("chunk", key, chunk) for key, chunk in chunks.items()]
    parts.append(("manifest", f"{prefix}/manifest", msgspec.json.encode(manifest)))
    for number, (kind, key, value) in enumerate(parts, 1):
        yield OutRecord(*place, key, kind, value, f"{TOPIC}:{prefix}", number, None)


async def from_archive(log: Log, runner: Runner, start: int) -> Checkpoint | None:
    """The first complete checkpoint that covers all before offset `start`; None if none does.

    Raises LogError, and CheckpointError for one of another log or of newer numbers.
    """
    parts = dict[str, bytes]()
    partition = runner.partition % log.partitions.get(TOPIC, 1)
    async for record in log.read(TOPIC, partition):
        if not record.key.startswith(f"{runner.writer}/"):
            continue
        if record.type == "chunk":
            parts[record.key] = record.value
            continue
        manifest = msgspec.json.decode(record.value, type=Manifest)
        if manifest.offset >= start - 1:
            refuse_foreign(manifest, log.log_id)
            data, _ = assemble(manifest, parts)
            if data is not None:
                return loaded(manifest, data)
        parts.clear()
    stage = runner.writer.split(":")[0]
    store = await PartStore.open(log, None, f"checkpoints.{stage}", runner.partition, _EARLIER)
    checkpoints = Checkpoints(store, log.log_id)
    for offset in sorted({manifest.offset for _, manifest in checkpoints.manifests()}):
        found = checkpoints.load(at_most=offset) if offset >= start - 1 else None
        if found is not None and found.offset >= start - 1:
            return found
    return None
