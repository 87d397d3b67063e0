"""A log of every earlier version opens, goes on, recovers again and replays."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest

from engine.index.shard import Shard
from engine.pricing.pricer import Pricer
from engine.types import DAY, NUMBERS
from streams import bridge
from streams.codecs import as_json
from streams.level_rows import level_rows
from streams.reading import read
from streams.records import LogError, Record
from streams.sqlite.driver import LocalDriver
from streams.sqlite.file import SqliteLog
from tests.fixtures.kept import VERSIONS, unpack
from tests.fixtures.make_directory import StoryClock, drive
from tests.fixtures.story import FRAMES, KEPT, story
from tests.ports import replay_log, retick, spans

OUTPUTS = ("prices", "levels", "snapshots.history", "bars", "alerts")


def records(log: SqliteLog, topic: str) -> list[Record]:
    return log.read(topic, 0, -1, 100_000)


def bodies(log: SqliteLog, topic: str) -> list[dict[str, Any]]:
    return [orjson.loads(as_json(record.type, 1, record.value)) for record in records(log, topic)]


def opened(directory: Path, clock: StoryClock) -> tuple[SqliteLog, LocalDriver]:
    log = SqliteLog(directory)
    return log, LocalDriver(log, Pricer, Shard, clock, checkpoint_every=1000 * DAY)


def at_end() -> StoryClock:
    clock = StoryClock()
    clock.now = list(story(KEPT - 1, KEPT))[-1].record.now
    return clock


def check_alerts(found: list[dict[str, Any]]) -> None:
    """Seqs of an index rise by one, no id comes twice, and what resolves had fired."""
    seqs, open_now = Counter[str](), set[str]()
    ids = [alert["id"] for alert in found]
    assert len(set(ids)) == len(ids)
    for alert in found:
        seqs[alert["index"]] += 1
        assert alert["seq"] == seqs[alert["index"]], alert
        if alert["state"] == "firing":
            assert (alert["index"], alert["rule"]) not in open_now
            open_now.add((alert["index"], alert["rule"]))
        else:
            open_now.remove((alert["index"], alert["rule"]))


def check_log(log: SqliteLog) -> None:
    for topic in OUTPUTS:
        found = records(log, topic)
        first = found[0].offset if topic == "levels" else 0  # the story is older than they are kept
        assert [r.offset for r in found] == list(range(first, first + len(found)))
        assert [r.seq for r in found] == list(range(first + 1, first + len(found) + 1)), topic
    times = [read(r).now for r in records(log, "prices")]
    assert times == sorted(times)
    check_alerts(bodies(log, "alerts"))
    seqs = dict[str, int]()
    for body in bodies(log, "snapshots.history"):
        assert body["seq"] > seqs.get(body["index"], -1)
        seqs[body["index"]] = body["seq"]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_kept_log_opens_goes_on_recovers_and_replays(version: str, tmp_path: Path) -> None:
    directory, clock = unpack(version, tmp_path / "log"), at_end()
    with SqliteLog(directory, readonly=True) as log:
        before = {topic: records(log, topic) for topic in OUTPUTS}
        ticks = log.end("ticks", 0)
        assert {span.numbers for span in spans(log)} == {version[1:]}
    last = {body["index"]: body for body in (orjson.loads(r.value) for r in before["alerts"])}
    assert any(alert["state"] == "firing" for alert in last.values())

    log, driver = opened(directory, clock)
    with log:
        recovered = driver.start()
        assert 0 < recovered.checkpoints["pricer:0"] < ticks - 1
        assert recovered.silent > 0
        assert driver.outbox.appended == 0, "what was published stays, and nothing comes beside it"
        for topic in OUTPUTS:
            assert records(log, topic) == before[topic]
        told = [(s.numbers, s.topic, s.start) for s in spans(log)]
        entered = [(n, t, 0 if n != NUMBERS else ticks) for t in ("prices", "ticks")
                   for n in (version[1:], NUMBERS)]  # fmt: skip
        assert told == entered
        same_figures(driver, before)
        drive(driver, clock, KEPT, KEPT + 20)
        check_log(log)
        assert log.end("ticks", 0) == log.end("prices", 0) > ticks

    log, driver = opened(directory, clock)  # killed: what is behind the checkpoint is ours now
    with log:
        again = driver.start()
        assert again.silent == 0
        assert again.applied > 0
        assert driver.outbox.compared > 0
        drive(driver, clock, KEPT + 20, FRAMES)
        check_log(log)
        driver.stop()
        after = {topic: records(log, topic) for topic in OUTPUTS}
        for topic in OUTPUTS:
            kept = [r for r in before[topic] if r.offset >= after[topic][0].offset]
            assert after[topic][: len(kept)] == kept
            assert len(after[topic]) > len(kept) or topic in ("bars", "snapshots.history")
        assert len(retick(log, Pricer)) == log.end("ticks", 0)
        replayed = [out for step in replay_log(log, Shard) for out in step.outputs]
        assert {out.topic for out in replayed} >= {"alerts", "snapshots"}
    later = [orjson.loads(r.value) for r in after["alerts"][len(before["alerts"]) :]]
    assert any(a["state"] == "resolved" and a["kind"] == "drawdown" for a in later)


def same_figures(driver: LocalDriver, before: dict[str, list[Record]]) -> None:
    """What did not change its meaning is as it was published: level, peak, path, open alerts."""
    shard: Any = driver.shards[0].stage
    rows = (row for r in before["levels"] for row in level_rows(orjson.loads(r.value)))
    published = {row["index"]: row for row in rows}
    for index, body in published.items():
        row = shard.baskets.row[index]
        assert float(shard.baskets.path["peak"][row]) == body["peak"]
        assert float(shard.baskets.levels.level[row]) == body["level"]
    alerts = [orjson.loads(record.value) for record in before["alerts"]]
    for index, episodes in shard.alerts.book.of.items():
        own = [alert for alert in alerts if alert["index"] == index]
        assert episodes.seq == len(own)
        told = {alert["rule"]: alert for alert in own}
        fires = {name: a["episode"] for name, a in told.items() if a["state"] == "firing"}
        assert {name: episode for name, (_, episode) in episodes.open.items()} == fires


def test_a_log_of_newer_numbers_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory, clock = unpack(VERSIONS[0], tmp_path / "log"), at_end()
    log, driver = opened(directory, clock)
    with log:
        driver.start()
    monkeypatch.setattr("streams.checkpoints.NUMBERS", "1")
    log, driver = opened(directory, clock)
    with log, pytest.raises(LogError, match=r'numbers "2", this version of tidegauge has "1".*use'):
        driver.start()


def test_versions_leave_bridge_out_of_a_plain_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = StoryClock()
    clock.now = next(story()).record.now
    log, driver = opened(tmp_path, clock)
    with log:
        driver.start()
        drive(driver, clock, 0, 10)
        assert [(s.numbers, s.topic, s.start) for s in spans(log)] == [
            (NUMBERS, "prices", 0),
            (NUMBERS, "ticks", 0),
        ]
    monkeypatch.setattr(bridge, "Bridge", None)
    log, driver = opened(tmp_path, clock)
    with log:
        assert driver.start().silent == 0
        assert driver.outbox.compared > 0
