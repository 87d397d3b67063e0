"""The long form of the mutation tests: `make fuzz` (ARGS="--frames 1000000 --seed 7")."""

from __future__ import annotations

import os
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

import click

from connectors.venues.registry import VENUES
from tests.connectors.faults.mutations import survive
from tests.connectors.wire import SEEDS

COLUMNS = ("Malformed", "Tick", "Gap", "Ack", "Refused", "Notice", "Heartbeat", "Reply")


def fuzz(frames: int, seed: int, processes: int) -> int:
    """Feed each parser so many mutated frames, print what came of them; how many there were in all.

    Raises AssertionError with the frame that broke a parser.
    """
    counts = [frames] * len(SEEDS)
    print(f"{'venue':<18}{'frames':>9}" + "".join(f"{name:>11}" for name in COLUMNS))
    with ProcessPoolExecutor(processes) as pool:
        runs = pool.map(
            survive, [VENUES[name] for name in SEEDS], SEEDS.values(), counts, [seed] * len(SEEDS)
        )
        for venue, count, kinds in zip(SEEDS, counts, runs, strict=True):
            print(line(venue, count, kinds), flush=True)
    return sum(counts)


def line(venue: str, count: int, kinds: Counter[str]) -> str:
    """One row of the table."""
    return f"{venue:<18}{count:>9,}" + "".join(f"{kinds[name]:>11,}" for name in COLUMNS)


@click.command()
@click.option(
    "--frames",
    default=1_000_000,
    show_default=True,
    help="For each parser.",
    type=click.IntRange(1, 10**8),
)
@click.option("--seed", type=int, help="To see a failure again; a new one each time otherwise.")
def main(frames: int, seed: int | None) -> None:
    """Feed mutated frames to all parsers."""
    if seed is None:
        seed = int.from_bytes(os.urandom(4))
    begun = time.monotonic()
    print(f"seed {seed}")
    done = fuzz(frames, seed, processes=os.cpu_count() or 1)
    print(f"{done:,} mutated frames, no parser raised, in {time.monotonic() - begun:.0f} s")


if __name__ == "__main__":
    main()
