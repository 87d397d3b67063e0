"""What a day costs on the disk of a log in a directory, by topic.

Trades of three simulated venues go through the frame builder and both stages on a virtual clock,
so that an hour takes minutes. `python -m bench.disk --minutes 60` writes a table: the bytes of each
topic as they lie on the disk, and what a day adds: of what is packed by the bytes of a record
there, of the rest by what the second half of the time added. What is compacted does not grow.
With `--kafka` it is a log there (`bench.disk_kafka`).
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from connectors.simulator.market import STEP, Market, Trade
from engine.index.definition import IndexDefinition, parse_index
from engine.index.index_file import IndexFile
from engine.index.shard import Shard
from engine.pricing.pricer import Pricer
from engine.records import Instrument, Tick
from engine.types import DAY, MINUTE, SECOND
from streams.define import define
from streams.ingest import LINGER, FrameBuilder, Ingested
from streams.log import at_once
from streams.sqlite.driver import LocalDriver
from streams.sqlite.file import SqliteLog
from tidegauge.indices import read_indices

START = 1_790_000_000 * SECOND
VENUES = ("binance", "coinbase", "kraken")
STARTER = Path(__file__).parents[1] / "tidegauge" / "starter.toml"
_DIGITS = {"binance": 2, "coinbase": 2, "kraken": 1}
"""Decimals of a price around 60,000, as these venues give them."""


class Feed:
    """Ticks of a market as sessions give them: ids that count, milliseconds of the venue."""

    def __init__(self, market: Market, seed: int) -> None:
        self._market, self._rng = market, random.Random(seed)
        self._ids = dict.fromkeys(((v, a) for v, a, _ in market.markets), 3_735_683_259)

    def ticks(self, now: int, trades: list[Trade]) -> Iterator[tuple[int, Tick]]:
        """Each with when it is received (ns), in order, within the step that begins `now`."""
        step = int(STEP * SECOND)
        times = sorted(now + self._rng.randrange(step) for _ in trades)
        for at, trade in zip(times, trades, strict=True):
            yield at, self._tick(at, trade)

    def _tick(self, at: int, trade: Trade) -> Tick:
        venue, asset, quote = trade.venue, trade.asset, trade.quote
        self._ids[venue, asset] += 1
        decimals = _DIGITS[venue] + max(0, 5 - len(str(int(trade.price))))
        ts = at - self._rng.randrange(5_000_000, 60_000_000)
        form = {"binance": asset + quote, "coinbase": f"{asset}-{quote}"}
        symbol = form.get(venue, f"{asset}/{quote}")
        return Tick(
            Instrument(venue, symbol, asset, quote, "spot", venue != "kraken"),
            round(trade.price, decimals),
            round(trade.size, 8 if venue != "binance" else 5),
            trade.side,
            str(self._ids[venue, asset]),
            ts // 1_000_000 * 1_000_000 if venue == "binance" else ts // 1000 * 1000,
        )


def baskets(count: int) -> list[IndexDefinition]:
    """The starter's four indices, or so many of three to eight assets of the market."""
    if count == len(found := _starter().indices):
        return list(found)
    rng, assets = random.Random(5), sorted(Market(1).assets)
    made = []
    for number in range(count):
        table = {
            "assets": rng.sample(assets, rng.randint(3, 8)),
            "benchmarks": ["BTC", "ETH"],
            "rebalance": "monthly",
            "alerts": {"drawdown": [0.05, 0.1, 0.2]},
        }
        made.append(parse_index(f"I{number:03}", table))
    return made


def _starter() -> IndexFile:
    return read_indices(STARTER)


Sizes = dict[str, tuple[int, int]]
"""By topic how many records came, and their bytes."""


def fill(
    directory: Path, indices: int, rate: float, minutes: float, keep: int | None
) -> tuple[SqliteLog, Sizes]:
    """A log of so many minutes of trades, open, and what its topics had in the middle of it; `keep`
    bounds it (bytes)."""
    now = [START]
    log = SqliteLog(directory, keep=keep)
    driver = LocalDriver(log, Pricer, Shard, lambda: now[0])
    at_once(define(driver.log, baskets(indices), now=START))
    driver.start()

    def put(ingested: Ingested) -> bool:
        driver.ingest(*ingested)
        return True

    builder = FrameBuilder(put, "bench", "1", lambda: now[0])
    market = Market(7, venues=VENUES, rate=rate)
    feed, linger = Feed(market, 7), int(LINGER * SECOND)
    end, due, told = START + int(minutes * MINUTE), START, START
    begin, middle, before = START, START + int(minutes * MINUTE / 2), Sizes()
    while begin < end:
        for at, tick in feed.ticks(begin, market.step()):
            while due <= at:
                now[0] = due
                builder.poll()
                due += linger
            now[0] = at
            builder.add(at, [tick])
        begin += int(STEP * SECOND)
        if begin >= middle and not before:
            before = sizes(log)
        if begin - told > MINUTE:
            told = begin
            if sys.stderr.isatty():
                print(
                    f"\r{(begin - START) // MINUTE} of {minutes:g} minutes", end="", file=sys.stderr
                )
    driver.stop()
    return log, before


def sizes(log: SqliteLog) -> Sizes:
    """Of each topic."""
    counts = {t: sum(log.end(t, p) for p in range(n)) for t, n in log.partitions.items()}
    return {topic: (counts[topic], size) for topic, size in log.sizes().items()}


def table(log: SqliteLog, before: Sizes, minutes: float) -> Iterator[str]:
    """Lines: each topic with its bytes now, and what a day adds; pages of the file in the last."""
    day, all_ = DAY / (minutes * MINUTE / 2), 0.0
    packed = log.packed()
    yield f"{'topic':20} {'records':>9} {'MB':>9} {'MB a day':>10}"
    for topic, (count, size) in sizes(log).items():
        came, grown = count - before[topic][0], size - before[topic][1]
        records, room = packed[topic]
        added = came * room / records if records else max(grown, 0)
        all_ += added * day
        yield f"{topic:20} {count:9} {size / 1e6:9.2f} {added * day / 1e6:10.1f}"
    used, known = log.bytes_used(), sum(log.sizes().values())
    yield f"{'file':20} {'':9} {used / 1e6:9.2f} {all_ * used / known / 1e6:10.1f}"


def main() -> None:
    """Fill a log in a temporary directory and say what it costs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0, help="of the virtual clock")
    parser.add_argument("--indices", type=int, default=4)
    parser.add_argument("--rate", type=float, default=240.0, help="trades a second")
    parser.add_argument("--keep", type=int, help="bytes")
    parser.add_argument(
        "--kafka", metavar="HOST:PORT", help="into a new log on this Kafka (`make kafka`) instead"
    )
    told = parser.parse_args()
    if told.kafka:
        from bench import disk_kafka

        disk_kafka.main(told.kafka, told.indices, told.rate, told.minutes)
        return
    with tempfile.TemporaryDirectory(prefix="tidegauge-disk-") as directory:
        began = time.process_time()
        known = told.indices, told.rate, told.minutes, told.keep
        log, before = fill(Path(directory), *known)
        for line in table(log, before, told.minutes):
            print(line)
        print(f"{time.process_time() - began:.0f} s of CPU time for {told.minutes:g} minutes")
        log.close()


if __name__ == "__main__":
    main()
