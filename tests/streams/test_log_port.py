"""The log's port, in memory and over the file of a directory."""

from __future__ import annotations

from pathlib import Path

from streams.memory import MemoryLog
from streams.sqlite.file import SqliteLog
from streams.sqlite.log import DirectoryLog
from tests.log_port import check_port


async def test_in_memory() -> None:
    await check_port(MemoryLog())


async def test_over_a_file(tmp_path: Path) -> None:
    with SqliteLog(tmp_path) as file:
        await check_port(DirectoryLog(file))


async def test_over_a_file_that_is_only_read(tmp_path: Path) -> None:
    SqliteLog(tmp_path).close()
    with SqliteLog(tmp_path, readonly=True) as file:
        await check_port(DirectoryLog(file))
