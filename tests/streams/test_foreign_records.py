"""Records of others in a log stop nobody: neither the stages, nor their restart, nor a gateway."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from stream_fakes import NAN, START, FakeClock

from engine.index.definition import parse_index
from engine.index.shard import Shard
from engine.pricing.pricer import Pricer
from engine.records import AssetFrame, PriceFrame
from engine.types import DAY, SECOND
from gateway.app import create_app
from gateway.state import State
from streams.backfill import backfill
from streams.codecs import encode
from streams.define import define, defined_in
from streams.local import LocalDriver
from streams.records import Record
from streams.sqlite_log import SqliteLog
from tests.streams.test_records_doc import live
from tidegauge.filling import load_state

W = "connector:eu1:17c9"
LAST = 2**63 - 1
DEEP = b'{"a":' * 5000 + b"1" + b"}" * 5000
OUTPUTS = ("levels", "snapshots", "alerts")
SOUND = (("side", None), ("id", None), ("id", ""), ("price", -1), ("size", -1))
"""Can be read; a price below zero the Pricer refuses by itself."""


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


def prices(now: int, price: float = 1.0) -> bytes:
    return encode(PriceFrame(now, "live", ["BTC"], [now], [price], [NAN], [NAN], {}, []))[1]


def of(log: SqliteLog, topic: str) -> tuple[str, dict[str, Any]]:
    """The type and the body of the newest record of a topic."""
    last = log.backwards(topic, 0, 2**62, 1)[0]
    return last.type, orjson.loads(last.value)


def strangers(log: SqliteLog) -> Iterator[tuple[str, str, str, bytes, str, int]]:
    """(topic, key, type, value, writer, seq) of records that nobody can use.

    Under keys of their own: of a compacted topic the log keeps only the last record of a key.
    """
    tick = {
        **{"venue": "mine", "symbol": "B", "base": "BTC", "quote": "USD", "kind": "spot"},
        **{"price": 1.0, "size": 1.0, "side": None, "id": None, "ts": START},
    }
    junk = (b"", b"junk", b"\xff\xfe", b"[1]", b"null", DEEP, b'{"x":' + DEEP + b"}", b"1" * 9999)
    for value in junk:
        for topic in ("ticks", "prices", *OUTPUTS, "definitions", "versions", "bars"):
            kind = of(log, topic)[0]
            yield topic, "TOP9", kind, value, "", 0
            yield topic, "TOP9", "", value, "somebody", LAST
    for field in tick:
        for wrong in (None, [], {"a": 1}, -1, "", True):
            if (field, wrong) not in (
                *((f, None) for f in ("side", "id")),
                *((f, -1) for f in ("price", "size")),
                ("id", ""),
            ):
                yield "ticks", "mine", "tick", orjson.dumps(tick | {field: wrong}), "", 0
    yield "ticks", "", "ticks", orjson.dumps(of(log, "ticks")[1] | {"now": LAST}), "", 0
    yield "ticks", "", "ticks", log.backwards("ticks", 0, LAST, 1)[0].value, W, 99
    yield "ticks", "", "ticks", log.backwards("ticks", 0, LAST, 1)[0].value, W, LAST
    yield "ticks", "", "ticks", log.backwards("ticks", 0, LAST, 1)[0].value, "connector:x:1", 7
    for now, writer, seq in ((START, "", 0), (LAST, "", 0), (START, "me", 1), (START, "me", 3)):
        if now < LAST:
            yield "prices", "", "prices", prices(now), writer, seq
        else:
            body = orjson.loads(prices(START)) | {"now": now, "at": [now]}
            yield "prices", "", "prices", orjson.dumps(body), writer, seq
    yield "prices", "", "prices", prices(START + 9 * SECOND), "pricer:0", LAST
    yield "prices", "", "prices", prices(START + 9 * SECOND), "pricer:0", 10_000
    for topic in OUTPUTS:
        kind, body = of(log, topic)
        yield topic, "TOP2", kind, orjson.dumps(body | {"seq": LAST}), "", 0
        for field in body:
            yield topic, "TOP2", kind, orjson.dumps(body | {field: [[]]}), "shard:0", LAST - 1
            yield topic, "TOP2", kind, orjson.dumps(body | {field: "x"}), "shard:0", LAST - 3
    for wrong in ({"returns": {"1d": "x"}}, {"risk": {"sharpe": {}}}, {"drawdown": 7}):
        body = of(log, "snapshots")[1] | {"seq": LAST - 9} | wrong
        yield "snapshots", "TOP2", "snapshot", orjson.dumps(body), "shard:0", LAST - 5
    bad = {"now": START, "origin": "live", "index": "X", "definition": {"assets": 7}}
    for body in (bad, bad | {"definition": None, "now": "x"}, bad | {"index": "no id"}):
        yield "definitions", "X", "definition", orjson.dumps(body), "define:x", 1
    version = {"numbers": "99", "topic": "ticks", "partition": 0, "from": 0, "at": 0}
    yield "versions", "ticks/0/0", "version", orjson.dumps(version), "", 0
    yield "versions", "x", "version", orjson.dumps(version | {"from": "x"}), "versions:ticks/0", 9


def published(log: SqliteLog) -> list[tuple[str, bytes]]:
    """What the stages published of prices, without offsets, in order."""
    found = list[tuple[str, bytes]]()
    for topic in ("prices", *OUTPUTS):
        last = 0
        for record in log.read(topic, 0, -1, 10_000):
            if record.writer in ("pricer:0", "shard:0") and record.seq == last + 1:
                last = record.seq
                found.append((topic, without_place(record)))
    return found


def without_place(record: Record) -> bytes:
    body = orjson.loads(record.value)
    for field in ("seq", "receipt"):
        body.pop(field, None)
    return orjson.dumps(body)


def test_stages_go_on_behind_them(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    logs = []
    for name in ("clean", "visited"):
        clock = FakeClock(START)
        log, driver = started(tmp_path / name, clock)
        history(driver, clock)
        count = Counter[str]()
        if name == "visited":
            for topic, key, kind, value, writer, seq in list(strangers(log)):
                log.append(topic, 0, key, kind, value, writer, seq, clock.now)
                count[topic] += 1
            assert sum(count.values()) > 200
        else:
            driver.stop()
        log.close()
        log, driver = started(tmp_path / name, clock)
        feed(driver, clock, 8)
        if name == "visited":
            assert driver.pricer.rejected == count["ticks"]
            assert driver.shards[0].rejected == count["prices"]
            reasons = [orjson.loads(r.value) for r in log.read("rejected", 0, -1, 10_000)]
            found = Counter(reason["topic"] for reason in reasons)
            assert found == {"ticks": count["ticks"], "prices": count["prices"]}
            assert set(defined_in(log).indices) == {"TOP2"}
        driver.stop()
        logs.append(published(log))
        log.close()
    assert len(logs[0]) > 30
    assert logs[0] == logs[1]


async def test_a_gateway_goes_on_behind_them(tmp_path: Path) -> None:
    clock = FakeClock(START)
    log, driver = started(tmp_path, clock)
    history(driver, clock)
    records = list(strangers(log))
    count = Counter[str]()
    for topic, key, kind, value, writer, seq in records:
        if topic in (*OUTPUTS, "definitions"):
            log.append(topic, 0, f"{key}{len(count)}", kind, value, writer, seq, clock.now)
            count[topic] += 1
    state = State(wall=lambda: clock.now)
    load_state(state, log)
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
