"""Who follows a log of a directory hears at once of a commit in the same process."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from pathlib import Path

import pytest

from streams.log import Log
from streams.records import OutRecord, Record
from streams.sqlite import log as directory_log
from streams.sqlite.file import SqliteLog
from streams.sqlite.log import DirectoryLog, DirectoryWriter


@pytest.fixture
def never_polls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory_log, "POLL_SECONDS", 3600.0)


async def first(log: Log, topic: str, started: asyncio.Event) -> list[Record]:
    async with aclosing(log.follow({(topic, 0): 0})) as batches:
        async for batch in batches:
            if batch:
                return batch
            started.set()
    raise AssertionError("it follows for ever")


@pytest.mark.usefixtures("never_polls")
async def test_a_commit_wakes_whoever_follows_its_topic(tmp_path: Path) -> None:
    with SqliteLog(tmp_path, role=None) as file, SqliteLog(tmp_path, readonly=True) as reader:
        started, log = asyncio.Event(), DirectoryLog(reader)
        async with asyncio.timeout(10), asyncio.TaskGroup() as group:
            alerts = group.create_task(first(log, "alerts", started))
            await started.wait()
            writer = DirectoryWriter(file, lambda: 1)
            other = OutRecord("silences", 0, "k", "t", b"{}", "silence:t", 1, None)
            await writer.send([other])
            await asyncio.sleep(0)
            assert not alerts.done()

            def append() -> None:  # as the stages do, in a thread
                with file.transaction():
                    file.append("alerts", 0, "k", "t", b"{}", "shard:0", 1, 1)

            await asyncio.to_thread(append)
            assert [r.writer for r in await alerts] == ["shard:0"]
