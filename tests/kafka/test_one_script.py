"""The script of all commands over Kafka says what it says over a directory."""

from __future__ import annotations

from pathlib import Path

from streams.kafka.address import KafkaLog
from tests.one_script import play


async def test_kafka_says_what_a_directory_says(log: KafkaLog, tmp_path: Path) -> None:
    kafka = await play(str(log.address), tmp_path / "kafka")
    directory = await play(str(tmp_path / "log"), tmp_path / "directory")
    assert kafka.keys() == directory.keys()
    for what, said in directory.items():
        assert kafka[what] == said, what
