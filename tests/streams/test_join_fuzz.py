"""The join of older prices with a partition's own, on random logs: no row twice, none never.

Hours are of three seconds here. The Pricer crashes and sends things again, partitions get a part of
what it sent, shards crash, definitions and recorded prices come in between, frames have the same
time, and logs of an older version get `prices.history` late.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Iterable, Mapping
from math import nan
from typing import Any

import pytest

from engine.index.canonical import canonical
from engine.index.definition import parse_index
from engine.records import (
    AssetFrame,
    DefinitionRecord,
    Gap,
    GapSpan,
    Instrument,
    Output,
    PriceFrame,
    TickFrame,
)
from engine.records.packed_prices import as_lists
from engine.records.packed_ticks import PackedTicks
from engine.types import SECOND
from streams import archive, host, spread
from streams.checkpoints import decode_state, encode_state
from streams.codecs import encode
from streams.host import StageHost
from streams.memory import MemoryLog
from streams.older_prices import TOPIC
from streams.part_store import PartStore
from streams.records import LogError, OutRecord, Record
from streams.replay import replay_log
from streams.runner import Runner, pricer_runner, shard_runner

BEGIN = 1_700_000_000 * SECOND
ASSETS = ("BTC", "ETH", "SOL")
MARKETS = [Instrument("v", a, a, "USD", "spot", True) for a in ASSETS]


class CountingPricer:
    """Gives each row a price of its own, by which it is known again."""

    def __init__(self) -> None:
        self.now = self.count = 0
        self.definitions: dict[str, Any] = {}

    def apply(self, record: Any) -> list[Output]:
        if isinstance(record, PackedTicks):
            record = record.unpack()
        if isinstance(record, DefinitionRecord):
            self.definitions[record.index] = record.definition
            return [Output("prices", "", "definition", record._replace(now=self.now))]
        self.now = max(self.now, record.now)
        if isinstance(record, AssetFrame):
            names, at = record.asset, record.at
        else:
            names = [record.instruments[i].base for i in record.instrument]
            at = record.received
        begin, self.count = self.count + 1, self.count + len(names)
        prices, nans = [float(n) for n in range(begin, self.count + 1)], [nan] * len(names)
        gaps = []
        if getattr(record, "gaps", ()):
            self.count += 1
            gaps = [GapSpan("BTC", "v", "BTC", self.count, self.count + 1, "x")]
        clock = getattr(record, "clock", "")
        told = (list(names), list(at), prices, nans, list(nans), {}, gaps)
        return [Output("prices", "", "prices", PriceFrame(self.now, record.origin, *told,
                                                          clock=clock))]  # fmt: skip

    def dump(self) -> dict[str, Any]:
        return {"now": self.now, "count": self.count, "definitions": dict(self.definitions)}

    def load(self, state: dict[str, Any]) -> CountingPricer:
        found = CountingPricer()
        found.now, found.count = state["now"], state["count"]
        found.definitions = dict(state["definitions"])
        return found


class KeepingShard:
    """Keeps what it was told: rows and gaps, each of them in its order."""

    def __init__(self) -> None:
        self.rows: list[str] = []
        self.gaps: list[int] = []

    def apply(self, record: Any, _: Any) -> list[Output]:
        if isinstance(record, DefinitionRecord):
            self.rows.append(record.index)
        else:
            frame = as_lists(record)
            self.rows += map(str, frame.price)
            self.gaps += [gap.start for gap in frame.gaps]
        return []

    def dump(self) -> dict[str, Any]:
        return {"rows": list(self.rows), "gaps": list(self.gaps)}

    def load(self, state: dict[str, Any]) -> KeepingShard:
        self.rows, self.gaps = list(state["rows"]), list(state["gaps"])
        return self


class CutLog:
    """A log whose places begin later."""

    def __init__(self, log: MemoryLog, starts: Mapping[tuple[str, int], int]) -> None:
        self._log, self._starts = log, starts
        self.name = self.log_id = log.log_id
        self.partitions, self.numbers = log.partitions, None

    async def start(self, topic: str, partition: int) -> int:
        return self._starts.get((topic, partition), 0)

    async def ends(self, places: Iterable[tuple[str, int]]) -> dict[tuple[str, int], int]:
        return await self._log.ends(places)

    def read(
        self, topic: str, partition: int, start: int = 0, end: int | None = None
    ) -> AsyncGenerator[Record, None]:
        first = self._starts.get((topic, partition), 0)
        return self._log.read(topic, partition, max(start, first), end)

    def latest(self, *args: Any) -> AsyncGenerator[Record, None]:
        return self._log.latest(*args)


async def trades(log: MemoryLog, rng: random.Random) -> list[Record]:
    """The records of `ticks`."""
    now, seqs = BEGIN + rng.randrange(SECOND), Counter[str]()
    step = rng.choice([SECOND // 50, SECOND // 5, SECOND // 2])

    async def put(body: Any, writer: str) -> None:
        seqs[writer] += 1
        kind, value = encode(body)
        log.now = now
        await log.send([OutRecord("ticks", 0, "", kind or "", value, writer, seqs[writer], body)])

    for _ in range(rng.randrange(50, 250)):
        what, begun = rng.random(), now
        if what < 0.05:
            name = f"X{rng.randrange(6)}"
            defined = canonical(parse_index(name, {"assets": rng.sample(ASSETS, 2)}))
            await put(DefinitionRecord(now, "live", name, defined), "define:a")
            continue
        if rng.random() < 0.9:
            now += rng.randrange(1, step)
            if rng.random() < 0.1:  # right on a second, or just behind it
                now = (now // SECOND + 1) * SECOND + rng.choice([0, 0, 1])
            if rng.random() < 0.03:
                now += rng.randrange(5) * SECOND
        count = rng.randrange(5) if now > begun else 0
        at = sorted(rng.randrange(begun + 1, now + 1) for _ in range(count))
        if what < 0.1:
            one = at[:1]
            price, none = [1.0] * len(one), [nan] * len(one)
            frame = AssetFrame(now, "backfill", ["BTC"] * len(one), one, price, none, list(none))
            await put(frame, "backfill:a")
            continue
        which, one = [rng.randrange(3) for _ in at], [1.0] * count
        gaps = [Gap(MARKETS[0], None, None, "x")] if rng.random() < 0.1 else []
        clock = "stepped" if rng.random() < 0.03 else ""
        none = [None] * count
        told = (MARKETS, which, one, one, none, none, at, at, gaps, "c", (), clock)
        await put(TickFrame(now, "live", *told), "connector:a")
    return [record async for record in log.read("ticks", 0)]


async def price(log: MemoryLog, ticks: list[Record], rng: random.Random) -> None:
    """A Pricer that crashes over them; in some logs an older version's did the first of them."""
    older = rng.randrange(len(ticks)) if rng.random() < 0.3 else -1
    runner, saved, k, crashes = _pricer(log), None, 0, 0
    while k < len(ticks):
        end = min(len(ticks), k + rng.randrange(1, 12))
        if k <= older < end:
            end = older + 1
        made = [(r.time, out) for r in ticks[k:end] for out in runner.apply(r)]
        if end - 1 <= older:
            made = [(time, out) for time, out in made if out.topic != TOPIC]
        if is_crash := rng.random() < 0.12 and crashes < 30:
            crashes += 1
            by_place = defaultdict(list)
            for time, out in made:
                by_place[out.topic, out.partition].append((time, out))
            made = [one for of in by_place.values() for one in of[: rng.randrange(len(of) + 1)]]
        for time, out in made:
            log.now = max(log.now, time)
            await log.send([out])
        if is_crash:
            runner, k = _pricer(log, saved), 0 if saved is None else decode_state(saved)[
                "last_offset"] + 1  # fmt: skip
            continue
        k = end
        if rng.random() < 0.4 or end - 1 == older:
            runner.spread.is_on = True
            saved = _state(runner, is_older=end - 1 <= older)
            if end - 1 == older:
                runner = _pricer(log, saved)


def _pricer(log: MemoryLog, saved: bytes | None = None) -> Runner:
    runner = pricer_runner(CountingPricer(), log.log_id, log.partitions)
    if saved is not None:
        runner.load(decode_state(saved))
    return runner


def _state(runner: Runner, *, is_older: bool) -> bytes:
    state = runner.dump()
    if is_older:  # as a version wrote it that knew nothing of the history
        count = len(state["spread"]["counts"]) - 1
        for name in ("counts", "reached"):
            state["spread"][name] = state["spread"][name][:count]
        state["seqs"].pop(f"{TOPIC}/0", None)
    return encode_state(state)


async def work(log: MemoryLog, partition: int, rng: random.Random) -> KeepingShard:
    """A shard that crashes over its partition, and archives; what it was told."""
    records = [record async for record in log.read("prices", partition)]
    saved, k, crashes = None, 0, 0
    at_work = await _host(log, partition, saved)
    while k < len(records):
        end = min(len(records), k + rng.randrange(1, 15))
        log.now = records[end - 1].time
        await at_work.take(records[k:end])
        if rng.random() < 0.1 and crashes < 20:
            crashes += 1
            at_work = await _host(log, partition, saved)
            k = at_work.runner.last_offset + 1
            continue
        k = end
        if rng.random() < 0.4:
            saved = encode_state(at_work.runner.dump())
    stage = at_work.runner.stage
    assert isinstance(stage, KeepingShard)
    return stage


async def _host(log: MemoryLog, partition: int, saved: bytes | None) -> StageHost:
    runner = shard_runner(KeepingShard(), log.log_id, log.partitions, partition)
    if saved is not None:
        runner.load(decode_state(saved))
    store = await PartStore.open(log, log, "checkpoints.shard", partition)
    found = StageHost(log, runner, log, log, store, stamp=lambda: log.now, pace=lambda: 0, every=1)
    if saved is not None:
        found._hour = runner.reached_at // host.HOUR
    return found


@pytest.mark.parametrize("first", range(0, 200, 25))
async def test_nothing_is_told_twice_or_never(first: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (host, archive):
        monkeypatch.setattr(module, "HOUR", 3 * SECOND)
    joined = 0
    for seed in range(first, first + 25):
        rng = random.Random(seed)
        monkeypatch.setattr(spread, "MOST", rng.choice([5, 30, 1000]))
        log = MemoryLog("L", prices=rng.choice([2, 3, 4]))
        await price(log, await trades(log, rng), rng)
        for partition in range(log.partitions["prices"]):
            told = await work(log, partition, rng)
            for _ in range(6):
                joined += await _assert_again(log, partition, told, rng)
    assert joined > 80


async def _assert_again(
    log: MemoryLog, partition: int, told: KeepingShard, rng: random.Random
) -> bool:
    """Replay a log that has lost its beginning; whether older prices were joined."""
    ends = await log.ends([("prices", partition), (TOPIC, 0)])
    starts = {("prices", partition): rng.randrange(1, max(2, ends["prices", partition]))}
    if rng.random() < 0.7:
        starts[TOPIC, 0] = rng.randrange(ends[TOPIC, 0] + 1)
    again, is_joined, error = KeepingShard(), False, ""
    try:
        async for step in replay_log(CutLog(log, starts), lambda *_: again, partition):
            is_joined |= step.record.topic == TOPIC
    except LogError as found:
        error = str(found)
    if error:
        assert "no checkpoint from there on is kept" in error
        return False
    assert (again.rows, again.gaps) == (told.rows, told.gaps)
    return is_joined
