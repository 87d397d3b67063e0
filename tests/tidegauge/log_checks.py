"""What must hold for every log: nothing lost, nothing doubled, and all of it a function of it."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from engine.pricing.pricer import Pricer
from streams.sqlite.file import SqliteLog
from tests.ports import retick
from tests.tidegauge.command import run


def check_log(directory: Path) -> dict[str, int]:
    """Hold a log that nobody writes any more against a second run; returns records per topic."""
    with SqliteLog(directory, readonly=True) as log:
        check_writers(log)
        check_prices(log)
        counts = {t: log.end(t, 0) for t in ("ticks", "prices", "snapshots", "alerts")}
    check_replay(directory)
    return counts


def read(log: SqliteLog, topic: str) -> list[Any]:
    """All records of a topic."""
    found, after = [], -1
    while page := log.read(topic, 0, after):
        found += page
        after = page[-1].offset
    return found


def check_writers(log: SqliteLog) -> None:
    """Offsets and each writer's numbers are without holes and doubles, alerts and snapshots too."""
    for topic in ("ticks", "prices", "snapshots.history", "levels", "alerts", "bars"):
        records = read(log, topic)
        assert [r.offset for r in records] == list(range(len(records))), topic
        numbers = defaultdict(list)
        for record in records:
            numbers[record.writer].append(record.seq)
        for writer, seqs in numbers.items():
            assert seqs == list(range(1, len(seqs) + 1)), (topic, writer)
    alerts = defaultdict(list)
    for record in read(log, "alerts"):
        alerts[record.key].append(json.loads(record.value))
    for of_index in alerts.values():
        assert [a["seq"] for a in of_index] == list(range(1, len(of_index) + 1))
        assert len({a["id"] for a in of_index}) == len(of_index)
    published = defaultdict(list)
    for record in read(log, "snapshots.history"):
        published[record.key].append(json.loads(record.value)["seq"])
    for seqs in published.values():
        assert seqs == sorted(set(seqs))


def check_prices(log: SqliteLog) -> None:
    """The Pricer, fed the log's ticks again, gives the log's prices to the byte."""
    made = [out.value for r in retick(log, Pricer) for out in r.outputs if out.topic == "prices"]
    kept = [record.value for record in read(log, "prices")]
    assert made == kept
    assert kept


def check_replay(directory: Path) -> None:
    """`replay --log` gives the log's alerts and the last snapshot of each index to the byte."""
    again = directory.parent / "again.jsonl"
    result = run("replay", "--log", directory, "--every", "published", "--alerts", again)
    assert result.returncode == 0, result.stderr
    snapshots = run("tap", directory, "snapshots", "--values")
    alerts = run("tap", directory, "alerts", "--values")
    assert snapshots.returncode == alerts.returncode == 0
    last = {json.loads(line)["index"]: line for line in result.stdout.splitlines()}
    assert sorted(last.values()) == sorted(snapshots.stdout.splitlines())
    assert again.read_text() == alerts.stdout
    assert snapshots.stdout
