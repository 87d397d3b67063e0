"""Cost of a trade in every parser, against bare reading of its JSON; and memory in a long run.

    make bench-parsers ARGS="--frames 10000000"

Frames are the recorded ones of ../shared/data where it is there, else one frame a venue in the
venue's wire format. The cost is CPU time, the least of several rounds, as other work disturbs it
only upwards.
"""

from __future__ import annotations

import gzip
import json
import resource
import sys
import time
from collections.abc import Callable
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import click
import orjson

from connectors.feed.decode import unwrapped
from connectors.venues.base import Parser
from connectors.venues.events import Frame
from connectors.venues.registry import VENUES
from engine.records import Tick
from tests.connectors.wire import SEEDS

DATA = Path(__file__).resolve().parents[1] / ".." / "shared" / "data" / "frames"
RECORDED = {
    "binance": "binance_spot",
    "coinbase": "coinbase_exchange",
    "kraken": "kraken_v2",
    "okx": "okx_v5",
    "bybit": "bybit_v5",
    "bitfinex": "bitfinex_v2",
    "gemini": "gemini_v2",
    "gate": "gateio_v4",
    "bitget": "bitget_v1",
}
"""Where the recording has another name than the venue."""
ROUNDS = 9
TRADES = 5_000
"""Fed in a round, so that a round takes some ms."""
WARM = 0.1
"""Part of a long run after which memory must not grow any more."""


def frames_of(venue: str) -> tuple[Parser, list[Frame], bool]:
    """A parser that knows its channels, frames that give it trades, and whether recorded ones."""
    path = DATA / f"frames_{RECORDED.get(venue, venue)}.jsonl"
    lines: list[str] = path.read_text().splitlines() if path.exists() else []
    found = [frame for line in lines if (frame := unwrapped(line))]
    for frames, recorded in ((found, True), (SEEDS[venue] * 2, False)):
        parser = VENUES[venue].parser(())
        trades = [frame for frame in frames if ticks(parser, frame)]
        if trades:
            return parser, trades, recorded
    raise LookupError(f"no frame of {venue} gives a trade")


def ticks(parser: Parser, frame: Frame) -> int:
    """How many trades a frame gives."""
    return sum(type(event) is Tick for event in parser.feed(frame))


def cost(feed: Callable[[Frame], Any], frames: list[Frame]) -> float:
    """CPU seconds to feed all frames once."""
    best = float("inf")
    for _ in range(ROUNDS):
        begun = time.process_time()
        for frame in frames:
            feed(frame)
        best = min(best, time.process_time() - begun)
    return best


def plain(frame: Frame) -> Any:
    """The reading of the JSON alone, with the standard library."""
    return json.loads(unzipped(frame))


def unzipped(frame: Frame) -> Frame:
    """A frame as text: HTX compresses each."""
    if isinstance(frame, bytes) and frame[:1] == b"\x1f":
        return gzip.decompress(frame)
    return frame


def fast(frame: Frame) -> Any:
    """The same with orjson."""
    return orjson.loads(unzipped(frame))


def costs() -> None:
    """Print the table of costs."""
    head = ("venue", "frames", "trades", "us/trade", "of json.loads", "of orjson.loads")
    print("{:<18}{:>10}{:>8}{:>10}{:>15}{:>17}".format(*head))
    for venue in VENUES:
        parser, frames, recorded = frames_of(venue)
        each = sum(ticks(parser, frame) for frame in frames) / len(frames)
        some = list(islice(cycle(frames), round(TRADES / each)))
        count = sum(ticks(parser, frame) for frame in some)
        took = cost(parser.feed, some)
        print(
            f"{venue:<18}{'recorded' if recorded else 'made':>10}{count:>8,}"
            f"{took / count * 1e6:>10.2f}{took / cost(plain, some):>14.2f}x"
            f"{took / cost(fast, some):>16.2f}x",
            flush=True,
        )


def memory(total: int) -> None:
    """Print the peak of memory after the first tenth of a long run, and after all of it."""
    share = total // len(VENUES)
    parsers = [frames_of(venue) for venue in VENUES]
    for part in (WARM, 1.0 - WARM):
        for parser, frames, _ in parsers:
            for frame in islice(cycle(frames), int(share * part)):
                parser.feed(frame)
        print(f"{share * part * len(VENUES):>12,.0f} frames: peak {peak():,.1f} MB", flush=True)


def peak() -> float:
    """The peak of this process's memory in MB."""
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, KB on Linux
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


@click.command()
@click.option("--frames", default=10_000_000, show_default=True, type=click.IntRange(0, 10**9))
def main(frames: int) -> None:
    """Measure all parsers."""
    costs()
    if frames:
        memory(frames)


if __name__ == "__main__":
    main()
