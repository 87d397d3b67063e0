"""Twenty seeds of each scenario keep what the pricing rules promise; `make drill` has 200.

Also: the same seed is the same JSON, whatever the number of processes; and how trades are cut into
frames of the log changes no alarm, which is why the drill may use large ones.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from multiprocessing import get_context

import orjson
import pytest

from drill.catalogue import SCENARIOS
from drill.chain import LINGER, Outcome, run
from drill.tally import Played, broken, play, play_all, summary

SEEDS = 20


@pytest.fixture(scope="module")
def cores() -> Iterator[Executor]:
    with ProcessPoolExecutor(min(os.cpu_count() or 1, 4), mp_context=get_context("spawn")) as pool:
        yield pool


ONES: dict[tuple[str, int], Played] = {}
"""What came out of each seed so far: several tests ask for the same."""


def played(pool: Executor, name: str, seeds: range) -> Played:
    new = [seed for seed in seeds if (name, seed) not in ONES]
    for one in pool.map(play, [name] * len(new), new):
        ONES[name, one.seeds[0]] = one
    together = Played(name, [])
    for seed in seeds:
        together.add(ONES[name, seed])
    return together


@pytest.mark.parametrize("name", SCENARIOS)
def test_twenty_seeds_keep_the_promises(name: str, cores: Executor) -> None:
    result = played(cores, name, range(SEEDS))
    assert broken([result]) == [], f"reproduce with: tidegauge drill {name} --seed N"
    if not SCENARIOS[name].decidable:  # whatever was published, it was not told as a certainty
        said = result.published
        assert said.heaviest + said.disputed > 0 or name in TOLD_PLAINLY


TOLD_PLAINLY = ("two_wrong_prints", "premium_heaviest", "at_the_edge")
"""Nothing shows in the trades of these that could be doubted."""


def test_the_naive_indices_fail_by_the_hundred(cores: Executor) -> None:
    names = ("stablecoin", "bad_prints", "frozen_thin", "block_trades")
    last = sum(played(cores, name, range(5)).naive["last"].false for name in names)
    assert last > 100


def test_the_same_seeds_give_the_same_line_on_any_number_of_processes() -> None:
    names, seeds = ("deep_and_slow", "bad_prints_lone", "two_wrong_prints"), range(3, 10)
    lines = {orjson.dumps(summary(list(play_all(names, seeds, jobs=jobs)))) for jobs in (1, 1, 2)}
    assert len(lines) == 1


@pytest.mark.parametrize("name", ["deep_and_slow", "old_prices", "reconnects"])
def test_frames_of_a_second_and_of_ten_milliseconds_give_the_same_prices_and_alarms(
    name: str,
) -> None:
    market, prints = SCENARIOS[name].play(1)
    large, small = run(market, prints), run(market, prints, beat=LINGER)
    assert large.alarms == small.alarms
    assert each_second(large, market.length) == each_second(small, market.length)


def each_second(outcome: Outcome, length: float) -> list[float]:
    """The price that stood at the end of each second.

    Within it a source that has been silent for three minutes leaves with the next trade or frame,
    whichever is first, and so a little earlier where there are more frames.
    """
    times = [at for at, _ in outcome.prices]
    places = [bisect_right(times, second) - 1 for second in range(6, int(length))]
    return [outcome.prices[place][1] for place in places]
