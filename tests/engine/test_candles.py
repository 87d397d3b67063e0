"""Candles against a plain loop over every instant of a full-rate run, to the bit."""

from __future__ import annotations

import random
from typing import Any
from zlib import crc32

import pytest

from engine.index.bars import NAMES
from engine.index.coin_events import AssetDefinition, CoinEvent
from engine.index.shard import Shard
from engine.periods import bar_end
from engine.records import AssetRecord, Receipt
from engine.types import DAY, HOUR, MINUTE, SECOND
from tests.engine.market import Feed, define, frame, instants

ASSETS = ["BTC", "ETH", "SOL"]
TABLES: dict[str, dict[str, Any]] = {
    "MIX": {
        "weights": {"BTC": 0.5, "ETH": 0.3},
        "rebalance": "daily",
        "benchmarks": ["SOL"],
        "alerts": {"drawdown": [0.05]},
    },
    "EVEN": {"assets": ["ETH", "SOL"]},
}
Prices = list[tuple[int, dict[str, float]]]
Candle = tuple[float, float, float, float, float]


def begun(partition: int = 0, partitions: int = 1, tables: Any = None) -> Feed:
    feed = Feed(Shard(partition, partitions))
    for index, table in (tables or TABLES).items():
        feed.put(define(index, table, 1))
    return feed


def cut(feed: Feed, stream: Prices, rng: random.Random, restart: bool = False) -> Feed:
    """Feed the stream in records of random length, restoring the shard at random."""
    begin = 0
    while begin < len(stream):
        end = begin + rng.choice([1, 2, 5, 40, 300])
        feed.put(frame(stream[begin:end]))
        begin = end
        if restart and rng.random() < 0.3:
            feed.shard = Shard.load(feed.shard.dump())
    return feed


def told(feed: Feed) -> dict[tuple[str, str, int], Candle]:
    """Key, name of the span and its start: open, high, low, close, peak. None comes twice."""
    found: dict[tuple[str, str, int], Candle] = {}
    for output in feed.outputs:
        if output.topic == "bars":
            body = output.body
            (span,) = [name for name in NAMES.values() if name in body]
            place = output.key, span, body[span]
            assert place not in found
            assert output.key == body.get("index", f"asset:{body.get('asset')}")
            found[place] = tuple(body[n] for n in ("open", "high", "low", "close", "peak"))  # type: ignore[assignment]
    return found


def plainly(stream: Prices) -> dict[tuple[str, str, int], Candle]:
    """The same from the level and the price after every single instant."""
    feed, lines = begun(), dict[str, list[tuple[int, float]]]()
    for at, prices in stream:
        feed.put(frame([(at, prices)]))
        for asset, price in prices.items():
            lines.setdefault(f"asset:{asset}", []).append((at, price))
        levels = feed.shard.baskets.levels
        for index in TABLES:
            row = feed.shard.baskets.row[index]
            if levels.last_at[row] == at and levels.started[row]:
                lines.setdefault(index, []).append((at, float(levels.level[row])))
    found: dict[tuple[str, str, int], Candle] = {}
    for key, line in lines.items():
        for span, name in NAMES.items():
            peak, close = 0.0, line[0][1]
            for at, value in line:
                start = bar_end(at, span) - span
                fresh = (close, close, close, close, 0.0)
                opened, high, low, _, _ = found.get((key, name, start), fresh)
                peak, close = max(peak, value), value
                found[key, name, start] = opened, max(high, value), min(low, value), value, peak
    now = stream[-1][0]
    lengths = {name: span for span, name in NAMES.items()}
    return {place: c for place, c in found.items() if place[2] + lengths[place[1]] <= now}


@pytest.mark.parametrize("step", [SECOND // 2, 20 * SECOND, 20 * MINUTE])
def test_candles_are_those_of_every_instant_to_the_bit(step: int) -> None:
    rng = random.Random(step)
    stream = instants(rng, 700, step, ASSETS)
    found = told(cut(begun(), stream, rng, restart=True))
    expected = plainly(stream)
    assert found == expected
    assert {key for key, _, _ in found} == {"MIX", "EVEN", "asset:BTC", "asset:ETH", "asset:SOL"}
    assert sum(c[1] > max(c[0], c[3]) and c[2] < min(c[0], c[3]) for c in found.values()) > 3


def test_days_are_made_of_hours_and_hours_of_minutes() -> None:
    rng = random.Random(3)
    found = told(cut(begun(), instants(rng, 900, 3 * MINUTE, ASSETS), rng))
    for larger, smaller, length in (("hour", "minute", HOUR), ("day", "hour", DAY)):
        for (key, name, start), candle in found.items():
            if name == larger:
                within = [c for (k, n, s), c in sorted(found.items(), key=lambda f: f[0][2])
                          if k == key and n == smaller and start <= s < start + length]  # fmt: skip
                highs, lows = [c[1] for c in within], [c[2] for c in within]
                joined = within[0][0], max(highs), min(lows), within[-1][3], within[-1][4]
                assert candle == joined


def test_each_asset_is_told_by_the_shard_that_its_key_picks() -> None:
    rng, found = random.Random(5), dict[tuple[str, str, int], Candle]()
    stream = instants(rng, 200, 10 * SECOND, ASSETS)
    for partition in range(3):
        feed = cut(begun(partition, 3), stream, rng)
        mine = told(feed)
        assert {crc32(key.encode()) % 3 for key, _, _ in mine} <= {partition}
        found |= mine
    assert found == told(cut(begun(), stream, rng))


def test_a_checkpoint_of_before_there_were_candles_has_none_of_what_it_had_begun() -> None:
    rng = random.Random(6)
    stream = instants(rng, 400, 10 * SECOND, ASSETS)
    whole = told(cut(begun(), stream, rng))
    feed = cut(begun(), stream[:200], rng)
    state, reached = feed.shard.dump(), stream[199][0]
    del state["baskets"]["candles"]
    for name in ("minute_open", "minute_high", "minute_low", "hour_open", "hour_high", "hour_low"):
        del state["baskets"]["path"][name]
    feed.shard, feed.outputs = Shard.load(state), []
    found = told(cut(feed, stream[200:], rng))
    later = {p: c for p, c in whole.items() if p[2] >= reached}
    days = {p: c for p, c in whole.items() if p[1] == "day" and not p[0].startswith("asset:")}
    assert set(found) == set(later) | {p for p in days if p[2] + DAY > reached}
    for place, candle in found.items():
        assert candle[:4] == whole[place][:4]
        # Of an asset nobody knows how high it was before.
        assert candle[4] == (None if place[0].startswith("asset:") else whole[place][4])


def test_a_redenominated_coin_goes_on_in_the_new_unit() -> None:
    noon = 1_700_006_400 * SECOND
    coin = AssetDefinition("BTC", (CoinEvent(noon + 10 * SECOND, None, 1000.0),), ())
    feed = begun(tables={"ONE": {"assets": ["BTC"]}})
    feed.put(AssetRecord(1, "live", "BTC", coin.to_mapping()))
    times = [(1, 30.0), (5, 20.0), (20, 0.025), (61, 0.03)]
    for seconds, price in times:
        feed.put(frame([(noon + seconds * SECOND, {"BTC": price})]))
    found = told(feed)
    assert found["asset:BTC", "minute", noon] == (0.03, 0.03, 0.02, 0.025, 0.03)
    level = [1000.0, 1000.0 * 20 / 30, 1000.0 * 25 / 30]
    assert found["ONE", "minute", noon][:4] == pytest.approx(
        (level[0], level[0], level[1], level[2])
    )


def kept(feed: Feed) -> list[tuple[str, str, int, Any]]:
    found = [o for o in feed.outputs if o.topic == "snapshots.history"]
    return [(o.key, o.type, o.body["as_of"], {**o.body, "seq": 0, "receipt": 0}) for o in found]


def test_whole_snapshots_are_kept_at_the_ends_of_hours_and_days() -> None:
    rng = random.Random(8)
    stream = instants(rng, 300, 7 * MINUTE, ASSETS)
    stream = [(at, p) for at, p in stream if at < stream[0][0] + 2 * DAY]
    found = kept(cut(begun(), stream, rng, restart=True))
    assert found == kept(cut(begun(), stream, rng))
    ends = {bar_end(at, HOUR) for at, _ in stream[1:]}
    ends |= {bar_end(at, DAY) for at, _ in stream[1:]}
    ends = {end for end in ends if stream[0][0] < end <= stream[-1][0]}
    assert {at for _, _, at, _ in found} == ends
    for key, kind, at, body in found:
        assert kind == ("snapshot" if at % DAY else "day_snapshot")
        assert body["index"] == key
    assert {kind for _, kind, _, _ in found} == {"snapshot", "day_snapshot"}


@pytest.mark.parametrize(("origin", "kinds"), [("backfill", {"day_snapshot"}), ("replay", set())])
def test_recorded_prices_keep_days_and_replays_nothing(origin: str, kinds: set[str]) -> None:
    feed = begun()
    for at, prices in instants(random.Random(9), 60, HOUR, ASSETS):
        feed.put(frame([(at, prices)])._replace(origin=origin))
    assert {kind for _, kind, _, _ in kept(feed)} == kinds
    bars = {o.type for o in feed.outputs if o.topic == "bars"}
    assert bars == ({"minute_bar", "hour_bar", "bar"} if kinds else {"bar"})


def test_a_receipt_names_the_record_that_closed_the_span() -> None:
    feed = begun()
    for n in range(3):
        feed.put(frame([(1_700_000_000 * SECOND + n * MINUTE, dict.fromkeys(ASSETS, 1.0 + n))]))
    bars = [o.body for o in feed.outputs if o.type == "minute_bar" and o.key == "MIX"]
    assert [b["receipt"] for b in bars] == [
        Receipt("prices", "log", 0, len(TABLES) + n)._asdict() for n in (1, 2)
    ]
