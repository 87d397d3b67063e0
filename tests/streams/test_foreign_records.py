"""Records of others in a log stop nobody: neither the stages, nor their restart, nor a gateway."""

from __future__ import annotations

import logging
from collections import Counter
from pathlib import Path

import httpx
import orjson
import pytest
from stream_fakes import NAN, START, FakeClock

from engine.index.definition import parse_index
from engine.index.shard import Shard
from engine.pricing.pricer import Pricer
from engine.records import AssetFrame
from engine.types import DAY
from gateway.app import create_app
from gateway.state import State
from streams.records import Record
from streams.sqlite.driver import LocalDriver
from streams.sqlite.file import SqliteLog
from tests.ports import backfill, define, defined, port
from tests.strangers import OUTPUTS, Foreign, kinds
from tests.streams.test_records_doc import live
from tidegauge.filling import load_state

W = "connector:eu1:17c9"


def started(directory: Path, clock: FakeClock) -> tuple[SqliteLog, LocalDriver]:
    log = SqliteLog(directory)
    driver = LocalDriver(log, Pricer, Shard, clock)
    driver.start()
    return log, driver


def history(driver: LocalDriver, clock: FakeClock) -> None:
    table = {"weights": {"BTC": 0.75, "ETH": 0.25}, "alerts": {"drawdown": [0.01, 0.1]}}
    define(driver, [parse_index("TOP2", table)], now=START - 10 * DAY)
    rows = [(START - n * DAY, [36000.0 - 500 * n, 2000.0]) for n in (2, 3, 1)]
    frames = [
        AssetFrame(at, "backfill", ["BTC", "ETH"], [at] * 2, row, [NAN] * 2, [NAN] * 2)
        for at, row in sorted(rows)
    ]
    backfill(driver, frames, "0ddba11")
    feed(driver, clock, 0)


def feed(driver: LocalDriver, clock: FakeClock, begin: int) -> None:
    for n in range(begin, begin + 8):
        frame = live(n, n, (36000.0 - 300 * n, 36010.0 - 300 * n))
        clock.now = frame.now
        driver.ingest(frame._replace(gaps=[]), W, n + 1)


def newest(log: SqliteLog) -> dict[str, Record]:
    """The newest record of each topic."""
    found = {topic: log.backwards(topic, 0, 2**62, 1) for topic in log.partitions}
    return {topic: records[0] for topic, records in found.items() if records}


def strangers(log: SqliteLog) -> list[Foreign]:
    """Records that nobody can use."""
    return list(kinds(newest(log), START, W))


def put(log: SqliteLog, record: Foreign, key: str, now: int) -> None:
    """Append what is not ours."""
    _, topic, _, kind, value, writer, seq, knows = record
    log.append(topic, 0, key, kind, value, writer, seq, now, token=None if knows else "")


def published(log: SqliteLog) -> list[tuple[str, bytes]]:
    """What the stages published of prices, without offsets, in order."""
    found = list[tuple[str, bytes]]()
    for topic in ("prices", *OUTPUTS):
        last = 0
        for record in log.read(topic, 0, -1, 10_000):
            if (
                record.writer in ("pricer:0", "shard:0")
                and record.seq == last + 1
                and record.seq < 10**6
            ):
                last = record.seq
                found.append((topic, without_place(record)))
    return found


def without_place(record: Record) -> bytes:
    body = orjson.loads(record.value)
    for field in ("seq", "receipt"):
        body.pop(field, None)
    return orjson.dumps(body)


@pytest.mark.parametrize("is_restarted", [False, True], ids=["running", "restarted"])
def test_stages_go_on_behind_them(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, is_restarted: bool
) -> None:
    caplog.set_level(logging.ERROR)
    logs = []
    for name in ("clean", "visited"):
        clock = FakeClock(START)
        log, driver = started(tmp_path / name, clock)
        history(driver, clock)
        count = Counter[str]()
        if name == "visited":
            found = strangers(log)
            assert len({record.what for record in found}) > 200
            for record in found:
                put(log, record, record.key, clock.now)
                count[record.topic] += 1
        if is_restarted:
            if name == "clean":
                driver.stop()
            log.close()
            log, driver = started(tmp_path / name, clock)
        feed(driver, clock, 8)
        if name == "visited":
            assert driver.pricer.rejected == count["ticks"]
            assert driver.shards[0].rejected == count["prices"]
            reasons = [orjson.loads(r.value) for r in log.read("rejected", 0, -1, 10_000)]
            told = Counter(reason["topic"] for reason in reasons)
            assert told == {"ticks": count["ticks"], "prices": count["prices"]}
            assert set(defined(log)) == {"TOP2"}
        driver.stop()
        logs.append(published(log))
        log.close()
    assert len(logs[0]) > 30
    assert logs[0] == logs[1]


async def test_a_gateway_goes_on_behind_them(tmp_path: Path) -> None:
    clock = FakeClock(START)
    log, driver = started(tmp_path, clock)
    history(driver, clock)
    records = strangers(log)
    count = Counter[str]()
    for number, record in enumerate(records):
        if record.topic in (*OUTPUTS, "definitions"):
            put(log, record, f"{record.key}{number}", clock.now)
            count[record.topic] += 1
    state = State(wall=lambda: clock.now)
    await load_state(state, port(log))
    shown = [state.dropped[topic, "malformed"] for topic in ("levels", "alerts")]
    assert min(shown) > 20
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=create_app(state)), base_url="http://127.0.0.1"
    ) as http:
        for path in ("/v1/indices", "/v1/indices/TOP2", "/v1/rank?profile=balanced", "/v1/alerts"):
            assert (await http.get(path)).status_code == 200, path
        row = (await http.get("/v1/indices")).json()["indices"][0]
    assert (row["index"], row["seq"]) == ("TOP2", of_clean(log))
    log.close()


def of_clean(log: SqliteLog) -> int:
    """The seq of the newest snapshot that the shard itself made."""
    own = [r for r in log.read("snapshots", 0, -1, 10_000) if r.writer == "shard:0"]
    return max(s for r in own if (s := orjson.loads(r.value).get("seq")) and r.seq < 10**6)
