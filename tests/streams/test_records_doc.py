"""docs/records.md shows real records. `python tests/streams/test_records_doc.py` renews them."""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import orjson
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from stream_fakes import BTC, ETH, NAN, START, FakeClock

from engine.index.coin_events import AssetDefinition, CoinEvent
from engine.index.definition import parse_index
from engine.index.shard import Shard
from engine.pricing.pricer import Pricer
from engine.records import (
    Acknowledgement,
    AssetFrame,
    BackfillFrame,
    Gap,
    Instrument,
    Matchers,
    Tick,
    TickFrame,
)
from engine.types import DAY, HOUR, SECOND
from notify.message import SendOutcome
from notify.notebook import Notebook
from notify.notifier import Notifier
from notify.routes import Route
from streams.attention import Attention, acknowledge, new_silence, silence
from streams.codecs import CodecError, decode, encode
from streams.log import at_once
from streams.records import OutRecord, Record
from streams.shown import tick_json
from streams.sqlite.driver import LocalDriver
from streams.sqlite.file import SqliteLog
from streams.sqlite.log import DirectoryLog, DirectoryWriter
from streams.topics import TOPICS
from tests.ports import backfill, define

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "records.md"
KRAKEN = Instrument("kraken", "BTC/USD", "BTC", "USD", "spot", True)
LOG_ID = "6f0f5e0e-52a4-4e0e-9a44-0d6d1f3c2b11"
BLOCK = re.compile(
    r"^## `(?P<type>\w*)` in `(?P<topic>[\w.]+)`.*?```json\n(?P<json>.*?)```", re.M | re.S
)
FRAMES = ("ticks", "backfill", "tick", "assets", "definition", "asset", "prices")
"""Types whose form is fixed by `streams.codecs`; the engine decides on that of the others."""


def real_records(directory: Path) -> dict[tuple[str, str], Record]:
    """The last record of each (type, topic) of a small log made by the real stages."""
    clock = FakeClock(START)
    with SqliteLog(directory, log_id=LOG_ID) as log:
        driver = LocalDriver(log, Pricer, Shard, clock)
        driver.start()
        table = {"weights": {"BTC": 0.75, "ETH": 0.25}, "alerts": {"drawdown": [0.05, 0.1]}}
        swap = CoinEvent(START + 30 * DAY, "ETHX", 2.0)
        coin = AssetDefinition("ETH", (swap,), ("mine:ETH-EUR",))
        define(driver, [parse_index("TOP2", table)], assets=[coin], now=START - 10 * DAY)
        days = [START - n * DAY for n in (3, 2, 1)]
        rows = [[36000.0, 2000.0], [37000.0, 2100.0], [36500.0, 1800.0]]
        backfill(driver, [recorded(at, row) for at, row in zip(days, rows, strict=True)], "0ddba11")
        driver.take(
            [OutRecord("ticks", 0, "mine", "tick", orjson.dumps(plain_tick()), "", 0, None)]
        )
        driver.take([OutRecord("ticks", 0, "", "ticks", b'{"now": "noon"}', "", 0, None)])
        calm, fallen = (36000.0, 36010.0), (30000.0, 36010.0)
        frames = (
            *(live(0, 1, calm), live(1, 7, calm), missed(1, 7)),  # priced from 5 s on
            *(live(2, 8, fallen), live(3, 9, fallen)),  # the second fall proves the first
        )
        for n, frame in enumerate(frames, 1):
            clock.now = frame.now
            driver.ingest(frame, "connector:eu1:17c9", n)
        driver.checkpoint()
        attend(DirectoryLog(log, clock), clock)
        found = dict[tuple[str, str], Record]()
        for topic in log.partitions:
            for record in log.read(topic, 0):
                found[record.type, topic] = record
        return found


def attend(log: DirectoryLog, clock: FakeClock) -> None:
    """Somebody silences alerts and acknowledges one; the notifier sends one, which is taken."""
    wanted = Matchers(index=("TOP2",), severity=("info",))
    until = clock() + 2 * HOUR
    at_once(
        silence(log, new_silence(wanted, clock(), until, "ada", "upgrade of the feed", clock()))
    )
    alert = log.file.read("alerts", 0)[-1]
    body = decode(alert.type, alert.v, alert.value, alert.time)
    at_once(acknowledge(log, Acknowledgement(body["episode"], "ada", "known", clock())))
    route = Route("team", "webhook", "https://example.com/hook", "https://example.com")
    notifier = Notifier([route], Attention(), lambda: 0.5)
    notifier.take(body, alert.partition, alert.offset, clock())
    notifier.caught_up(clock())
    step = notifier.step(clock())
    notebook = Notebook(DirectoryWriter(log.file, clock), "7d1e")
    at_once(notebook.send(step.records))
    notifier.answered(step.messages[0], SendOutcome("sent", "200"), clock() + SECOND // 20)
    at_once(notebook.send(notifier.close(clock() + SECOND // 20)))


def recorded(at: int, row: list[float]) -> AssetFrame:
    return AssetFrame(at, "backfill", ["BTC", "ETH"], [at] * 2, row, [7e11, NAN], [NAN] * 2)


def plain_tick() -> dict[str, Any]:
    return tick_json(
        Tick(
            ETH._replace(venue="mine", symbol="ETH-USD"), 1790.5, 0.25, "sell", None, START - SECOND
        )
    )


def live(n: int, seconds: int, price: tuple[float, float]) -> TickFrame:
    """Frame `n`: a trade at Kraken, then two at Binance; the last of all is a block trade."""
    at, (binance, kraken) = START + seconds * SECOND, price
    return TickFrame(
        now=at + 9_000_000,
        origin="live",
        instruments=[BTC, KRAKEN],
        instrument=[1, 0, 0],
        price=[kraken, binance, binance + 0.5],
        size=[0.05, 0.02, 0.1],
        side=["sell", "buy", None],
        id=[str(201 + n), str(7 + 3 * n), str(8 + 3 * n)],
        ts=[at - 30_000_000, at - 40_000_000, at - 35_000_000],
        received=[at, at + 2_000_000, at + 5_000_000],
        gaps=[Gap(BTC, None, None, "session")] if n == 3 else [],
        connector="eu1",
        off_book=(2,) if n == 3 else (),
    )


def missed(n: int, seconds: int) -> BackfillFrame:
    """Binance's trade between the frames `n - 1` and `n`, told a little after the latter."""
    at = START + seconds * SECOND
    columns = ([36005.0], [0.5], ["sell"], [str(6 + 3 * n)], [at - SECOND // 2])
    ids = str(5 + 3 * n), str(7 + 3 * n)
    return BackfillFrame(at + SECOND // 4, "live", BTC, *ids, *columns, True)


def shown(record: Record) -> dict[str, Any]:
    """A record as the document shows it."""
    headers = {name: getattr(record, name) for name in ("type", "v", "log", "writer", "seq")}
    is_json = record.value[:1] == b"{"
    value = orjson.loads(record.value) if is_json else f"<{len(record.value)} bytes>"
    return {"key": record.key, "headers": headers, "value": value}


def lines(record: dict[str, Any]) -> str:
    """Indented JSON with one line for each field of the value."""
    value, head = record["value"], orjson.dumps(record["headers"]).decode()
    text = f'{{"key": {orjson.dumps(record["key"]).decode()},\n "headers": {head},\n "value": '
    if not isinstance(value, dict):
        return text + orjson.dumps(value).decode() + "}\n"
    fields = [f'"{key}": {orjson.dumps(item).decode()}' for key, item in value.items()]
    return text + "{\n  " + ",\n  ".join(fields) + "}}\n"


def blocks() -> dict[tuple[str, str], dict[str, Any]]:
    text = DOCUMENT.read_text()
    return {(m["type"], m["topic"]): orjson.loads(m["json"]) for m in BLOCK.finditer(text)}


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Record]:
    return real_records(tmp_path_factory.mktemp("log"))


def test_every_record_type_and_topic_is_shown(records: dict[tuple[str, str], Record]) -> None:
    assert set(blocks()) == set(records)
    # What is in `prices.history` are records of `prices`, and none in a log of one partition.
    assert {topic for _, topic in blocks()} == set(TOPICS) - {"prices.history"}


def test_headers_and_fields_are_the_real_ones(records: dict[tuple[str, str], Record]) -> None:
    for (record_type, topic), example in blocks().items():
        real = shown(records[record_type, topic])
        assert list(example["headers"]) == ["type", "v", "log", "writer", "seq"]
        where = f"{record_type} in {topic}"
        exact = ("ticks", "backfill", "tick", "assets", "definition", "asset", "log", "rejected")
        if record_type in exact:
            assert example == real, where
        elif isinstance(real["value"], dict):
            assert list(example["value"]) == list(real["value"]), where
            assert {k: example["headers"][k] for k in ("type", "v", "writer")} == {
                k: real["headers"][k] for k in ("type", "v", "writer")
            }, where


def test_the_examples_can_be_read() -> None:
    for (record_type, topic), example in blocks().items():
        if record_type in FRAMES:
            value = orjson.dumps(example["value"])
            body = decode(record_type, 1, value, START + DAY)
            if record_type != "tick":
                assert encode(body) == (record_type, value), f"{record_type} in {topic}"


def test_the_rejected_example_is_really_unreadable() -> None:
    excerpt = blocks()["rejected", "rejected"]["value"]["excerpt"]
    with pytest.raises(CodecError):
        decode("ticks", 1, excerpt.encode(), START)


def renew() -> None:
    """Put the real records of today into the document."""
    with tempfile.TemporaryDirectory() as directory:
        real = real_records(Path(directory))

    def replace(match: re.Match[str]) -> str:
        new = lines(shown(real[match["type"], match["topic"]]))
        return match[0].replace(match["json"], new)

    DOCUMENT.write_text(BLOCK.sub(replace, DOCUMENT.read_text()))


if __name__ == "__main__":
    renew()
