"""One script of commands over a log, whichever it is: what it says must not depend on that.

All that goes in is made up beforehand, its times included. So what comes out is the same but for
the log's own name, for offsets, and for when something was written or defined.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson

from engine.types import DAY, SECOND
from streams.log import end_of
from streams.records import OutRecord
from tests.tidegauge.command import run
from tests.tidegauge.running import Running, write
from tests.tidegauge.test_monitors import figure, monitored, until
from tidegauge.opening import target_of

INDICES = """
[index.B]
weights = { BTC = 0.6, ETH = 0.4 }
benchmarks = ["SOL"]
[index.B.alerts]
drawdown = [0.02, 0.05]
[index.OLD]
assets = ["BTC"]
"""
CHANGED = """
[index.B]
weights = { BTC = 0.5, ETH = 0.5 }
benchmarks = ["SOL"]
[index.B.alerts]
drawdown = [0.02]
[index.NEW]
assets = ["ETH", "SOL"]
"""
ASSETS = ("BTC", "ETH", "SOL")
FIRST = 19_700 * DAY
DAYS = 40
TRADED = FIRST + DAYS * DAY + 3600 * SECOND
"""When the trades begin, an hour behind what was recorded."""
TOPICS = (
    *("ticks", "prices", "definitions", "levels", "snapshots", "snapshots.history"),
    *("bars", "alerts", "rejected"),
)
_OF_THE_LOG = {"offset", "time", "log", "seq", "receipt", "log_offset"}
_OF_THE_GATEWAY = {"since", "rebalances"}
"""When something was defined, and what it happened to see of what is compacted."""
_OF_DEFINITIONS = {"now", "writer"}


def recorded() -> str:
    """Recorded prices, an hour each, with one row that cannot be used."""
    rows = ["ts,asset,price", "2023-12-09,BTC,cheap"]
    for day in range(DAYS):
        for hour in (6, 12, 24):
            at = FIRST + day * DAY + hour * 3600 * SECOND
            rows += [f"{at},{a},{100 + (7 * day + hour + k) % 11}" for k, a in enumerate(ASSETS)]
    return "\n".join(rows) + "\n"


def trades(first: int, count: int) -> Iterator[OutRecord]:
    """Trades as programs of others write them: a slow fall, and half of it back."""
    for n in range(first, first + count):
        at = TRADED + n * SECOND // 4
        fall = 0.1 * min(n, 160) / 160 - 0.05 * max(n - 160, 0) / 80
        for k, asset in enumerate(ASSETS):
            tick = {
                **{"venue": "mine", "symbol": f"{asset}-USD", "base": asset, "quote": "USD"},
                **{"kind": "spot", "price": round(104.0 * (1.0 - fall) + k, 6), "size": 1.0},
                **{"side": None, "id": None, "ts": at, "received": at + k},
            }
            yield OutRecord("ticks", 0, "mine", "tick", orjson.dumps(tick), "", 0, None)
    yield OutRecord("ticks", 0, "mine", "tick", b'{"venue": 7}', "", 0, None)


async def trade(name: str, first: int, count: int) -> None:
    """Append trades."""
    async with target_of(name).open() as log, log.writer() as writer:
        await writer.send(list(trades(first, count)))


async def end(name: str, topic: str) -> int:
    """Where a topic ends."""
    async with target_of(name).open() as log:
        return await end_of(log, topic)


class Script:
    """Plays the script over the log `name`, with files in `place`; `said` is what came of it."""

    def __init__(self, name: str, place: Path) -> None:
        place.mkdir()
        self.name, self.place = name, place
        self.said: dict[str, Any] = {}

    def command(self, what: str, *args: object) -> str:
        """Run a command, which must end well; what it said on stdout."""
        result = run(*args)
        assert result.returncode == 0, (args, result.stderr)
        errors = [
            self._plain(line)
            for line in result.stderr.splitlines()
            # What is slow is told, and so is each answer upon which a client asks again.
            if not line.startswith(("compiling", "catching up")) and " aiokafka." not in line
        ]
        self.said[what] = result.stdout.splitlines(), errors
        return result.stdout

    def _plain(self, line: str) -> str:
        """Without the log's name, files' places, and times of now."""
        line = line.replace(self.name, "LOG").replace(str(self.place), "PLACE")
        return re.sub(r"^\d{4}-\d\d-\d\d \S+ ", "", line)

    def begin(self) -> None:
        """Topics, definitions, recorded prices."""
        log, place = ("--log", self.name), self.place
        self.command("topics", "topics", "create", *log, "--partitions", 1)
        indices = write(place / "i.toml", INDICES)
        self.command("define", "define", indices, *log)
        self.command("define again", "define", indices, *log)
        file = write(place / "p.csv", recorded())
        self.command("backfill", "backfill", file, *log)
        self.command("backfill again", "backfill", file, *log)

    async def work(self) -> None:
        """A worker takes trades, and a change of definitions between them; a gateway serves."""
        with monitored("worker", "--log", self.name) as (worker, _):
            await trade(self.name, 0, 120)
            changed = write(self.place / "c.toml", CHANGED)
            self.command("change", "define", changed, "--log", self.name, "--retire", "OLD")
            await trade(self.name, 120, 120)
            ticks = await end(self.name, "ticks")
            rejected = 'tidegauge_rejected_total{partition="ticks/0"}'
            offset = 'tidegauge_stage_offset{{partition="{}/0"}}'
            until(lambda: figure(worker, offset.format("ticks")) == ticks - 1)
            self.said["rejected count"] = figure(worker, rejected)
            prices = ticks - int(figure(worker, rejected))  # one of each that can be used
            until(lambda: figure(worker, offset.format("prices")) == prices - 1)

    def serve(self) -> None:
        """What a gateway answers."""
        with Running("serve", "--log", self.name) as served:
            history = "/v1/indices/B/history"
            served.until(f"{history}?step=1d", lambda f: len(f["columns"]["at"]) >= DAYS)
            # Candles are also in memory; what is in the tables comes a little later.
            served.until("/v1/rank?profile=balanced", lambda f: f["ranking"][0]["history"])
            # Of each day three hours with a price, and the one with the trades.
            hours = "/v1/indices/asset:SOL/history?step=1h"
            served.until(hours, lambda f: len(f["columns"]["at"]) >= 3 * DAYS + 1)
            for path in (
                *("/v1/indices", "/v1/indices/B", "/v1/indices/B/composition", "/v1/alerts"),
                *("/v1/rank?profile=balanced", f"{history}?step=1d"),
                f"{history}?step=1m&from=2024-01-18&to=2024-01-19",
                *(f"{history}?step=1s", hours),
                *(f"{history}?figures=level,drawdown.current,status", "/v1/indices/OLD"),
            ):
                answer = httpx.get(served.url + path, timeout=20.0)
                said = without(answer.json(), _OF_THE_LOG | _OF_THE_GATEWAY)
                self.said[path] = answer.status_code, said
            served.end()

    def look(self) -> None:
        """Tap, replay, rank, export."""
        for topic in TOPICS:
            lines = self.command(topic, "tap", self.name, topic).splitlines()
            self.said[topic] = records(topic, [json.loads(line) for line in lines])
        alerts = self.place / "again.jsonl"
        replay = ("replay", "--log", self.name, "--every", "published", "--alerts", alerts)
        last = {
            body["index"]: body for body in map(json.loads, self.command("r", *replay).splitlines())
        }
        del self.said["r"]
        self.said["replay"] = without(last, _OF_THE_LOG)
        told = map(json.loads, alerts.read_text().splitlines())
        self.said["replayed alerts"] = without(list(told), _OF_THE_LOG)
        self.command("rank", "rank", "--profile", "balanced", "--log", self.name, "--json")
        out = self.place / "out"
        self.command("export", "export", self.name, "--to", f"jsonl:{out}")
        for file in sorted(out.glob("*.jsonl")):
            rows = [json.loads(line) for line in file.read_text().splitlines()]
            self.said[f"exported {file.stem}"] = without(rows, _OF_THE_LOG)
        lines = self.command("size", "log", "size", self.name).splitlines()
        self.said["size"] = [line.split()[0] for line in lines]


def records(topic: str, found: list[dict[str, Any]]) -> Any:
    """The records of a topic without what is the log's own; of a compacted one the last of a key.

    What the shard says is `again` where a worker's start made it twice.
    """
    kept = []
    for record in found:
        drop = _OF_THE_LOG - {"seq"}
        if record["type"] in ("definition", "asset", "log"):
            drop = drop | _OF_DEFINITIONS
        value = without(record["value"], drop | {"seq"}) if record["value"] else None
        kept.append(without(record, drop) | {"value": value})
    if topic in ("definitions", "snapshots"):
        last = {record["key"]: without(record, {"seq"}) for record in kept}
        return {key: last[key] for key in sorted(last)}
    return kept


def without(value: Any, names: set[str]) -> Any:
    """A value without the members of these names, at any depth."""
    if isinstance(value, dict):
        return {k: without(v, names) for k, v in value.items() if k not in names}
    if isinstance(value, list):
        return [without(item, names) for item in value]
    return value


async def play(name: str, place: Path) -> dict[str, Any]:
    """The whole script; what was said, by what said it."""
    script = Script(name, place)
    script.begin()
    await script.work()
    script.serve()
    script.look()
    return script.said
