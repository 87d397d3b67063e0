"""The judge of the drill, held against alarms made by hand over a fall that is known."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from drill.alarms import DEPTHS, Alarm, Watcher
from drill.judge import COUNTS, Truth, Verdict, availability, judge
from drill.market import STEP, DrawnMarket, DrawnSource, Prints

MARGIN = 0.004


def truth(*points: tuple[float, float], length: float = 600.0) -> Truth:
    t = np.arange(0.0, length + STEP / 2, STEP)
    return Truth(np.interp(t, *zip(*points, strict=True)), MARGIN)


FALL = truth((0, 100), (100, 100), (101, 88), (600, 88))
"""12 % within a second, for good: 5 % and 10 % are due from 100.5 and 100.9 s on."""
DIP = truth((0, 100), (100, 100), (101, 88), (300, 88), (310, 99.5), (600, 99.5))
SHALLOW = truth((0, 100), (100, 100), (101, 95.2), (600, 95.2))
"""4.8 %: within the noise of the smallest threshold."""


def at_once(at: float) -> float:
    return at + 0.2


def verdict(held: Truth, *alarms: Alarm) -> dict[str, Any]:
    found = judge(held, held, alarms, at_once)
    counts = {name: getattr(found, name) for name in COUNTS if getattr(found, name)}
    return counts | ({"late": [round(s, 1) for s in found.late]} if found.late else {})


GOOD = (Alarm(0.05, 100.6), Alarm(0.10, 101.2))


def test_alarms_that_come_are_right_and_their_delay_is_counted_from_what_shows_the_fall() -> None:
    assert verdict(FALL, *GOOD) == {"due": 2, "late": [0.0, 0.1]}
    late = (Alarm(0.05, 100.6), Alarm(0.10, 131.1))
    assert verdict(FALL, *late) == {"due": 2, "late": [0.0, 30.0]}


def test_an_alarm_that_does_not_come_or_comes_after_two_minutes_is_missed() -> None:
    assert verdict(FALL, GOOD[0]) == {"due": 2, "missed": 1, "late": [0.0]}
    assert verdict(FALL, GOOD[0], Alarm(0.10, 230.0)) == {"due": 2, "missed": 1, "late": [0.0]}


def test_an_alarm_without_a_fall_is_false_and_says_how_sure_it_was() -> None:
    found = verdict(FALL, *GOOD, Alarm(0.20, 50.0, 60.0))
    assert found["false"] == found["false_live"] == found["undisputed"] == 1
    doubtful = verdict(FALL, *GOOD, Alarm(0.20, 50.0, 60.0, "degraded", True))
    assert doubtful == {"due": 2, "false": 1, "late": [0.0, 0.1]}


def test_what_is_within_the_noise_is_neither_due_nor_false() -> None:
    assert verdict(SHALLOW) == {}
    assert verdict(SHALLOW, Alarm(0.05, 200.0)) == {"between": 1}


def test_a_fall_of_less_than_five_seconds_is_not_due_but_no_alarm_of_it_is_false() -> None:
    short = truth((0, 100), (100, 100), (101, 88), (104, 88), (105, 100), (600, 100))
    assert verdict(short) == {}
    assert verdict(short, Alarm(0.05, 100.6, 104.8)) == {"between": 1}
    assert verdict(short, Alarm(0.05, 150.0, 151.0))["false"] == 1


def test_an_alarm_is_not_false_half_a_minute_after_the_fall() -> None:
    assert "false" not in verdict(DIP, *GOOD, Alarm(0.10, 329.0, 340.0))
    assert verdict(DIP, *GOOD, Alarm(0.10, 345.0, 350.0))["false"] == 1


def test_a_clearance_while_the_price_is_down_is_false() -> None:
    cleared = Alarm(0.05, 100.6, 200.0)
    found = verdict(FALL, cleared, GOOD[1])
    assert found["false_clear"] == found["false_clear_live"] == found["undisputed"] == 1
    cleared.clear_status, cleared.clear_disputed = "degraded", True
    assert verdict(FALL, cleared, GOOD[1]) == {"due": 2, "false_clear": 1, "late": [0.0, 0.1]}
    right = (Alarm(0.05, 100.6, 309.0), Alarm(0.10, 101.2, 306.0))
    assert verdict(DIP, *right) == {"due": 2, "late": [0.0, 0.1]}


def test_an_alarm_that_is_never_cleared_is_stuck() -> None:
    assert verdict(DIP, *GOOD)["stuck"] == 2
    assert "stuck" not in verdict(FALL, *GOOD)
    false = verdict(DIP, *GOOD, Alarm(0.20, 50.0))
    assert (false["stuck"], false["false"]) == (2, 1), "a false one is not counted twice"


def test_the_heaviest_cluster_has_a_column_of_its_own() -> None:
    extra = Alarm(0.20, 50.0, 60.0, heaviest=True)
    assert verdict(FALL, *GOOD, extra) == {"due": 2, "heaviest": 1, "late": [0.0, 0.1]}


def test_nobody_is_late_for_what_could_not_be_known_in_time() -> None:
    gone = truth((0, 100), (100, 100), (101, 88), (110, 88), (111, 100), (600, 100))
    assert judge(gone, gone, [], lambda at: 109.5).due == 0
    assert judge(gone, gone, [], lambda at: 105.0).due == 2


def source(share: float, honest: bool = True) -> DrawnSource:
    return DrawnSource("kraken", "X", "USD", share, 1.0, 1e-4, 1e-3, 0.1, honest)


def prints(*times: float, after: float = 1.0) -> Prints:
    made = np.array(times)
    ones = np.ones(made.size)
    return Prints(made, made, ones, ones, made + after, made < 0)


@pytest.mark.parametrize(
    ("shares", "trades", "known"),
    [
        ([1.0], [(9.0, 10.0, 10.05, 12.0)], 13.0),  # the second print, not of the same order
        ([0.6, 0.4], [(10.0, 30.0), (20.0,)], 21.0),  # enough volume at 11, a second print at 21
        ([0.4, 0.6], [(10.0, 11.0), (40.0,)], 41.0),  # half of the volume
        ([1.0], [(5.0, 10.0)], np.inf),
    ],
)
def test_a_fall_is_known_with_half_of_the_volume_and_a_second_print(
    shares: list[float], trades: list[tuple[float, ...]], known: float
) -> None:
    market = DrawnMarket("X", np.ones(10), [source(share) for share in shares])
    assert availability(market, [prints(*times) for times in trades])(10.0) == known


def test_the_noise_is_that_of_the_worst_honest_venue_with_a_hundredth_of_the_volume() -> None:
    worst = DrawnSource("gemini", "X", "USDT", 0.02, 1.0, 1e-3, -2e-3, 0.1)
    frozen, thin = source(0.2, honest=False), source(0.005)
    frozen.basis = thin.basis = 0.5
    market = DrawnMarket(
        "X", np.ones(10), [source(0.7), worst, frozen, thin], {"USDT": np.ones(10)}
    )
    assert market.noise() == pytest.approx(0.005)
    market.sources.append(DrawnSource("kraken", "USDT", "USD", 1.0, 1.0, 1e-4, 0.0, 0.1))
    assert market.noise() == pytest.approx(0.0053)


def test_the_plain_watcher_fires_at_a_depth_and_clears_at_half_of_it() -> None:
    watcher = Watcher()
    prices = (100.0, 96.0, 95.1, 94.9, 97.0, 94.0, 97.6, 79.0, 110.0, 104.0)
    for at, price in enumerate(prices):
        watcher.see(price, float(at))
    found = [(a.depth, a.fired, a.cleared) for a in watcher.alarms]
    assert found == [
        (0.05, 3.0, 6.0),
        *((depth, 7.0, 8.0) for depth in DEPTHS),
        (0.05, 9.0, None),
    ]


def test_verdicts_add_up() -> None:
    total = Verdict(due=1, late=[0.5])
    total.add(Verdict(due=2, missed=1, late=[0.1]))
    assert (total.due, total.missed, total.late) == (3, 1, [0.5, 0.1])


def test_a_peak_before_an_index_can_begin_is_none_that_it_must_know_of() -> None:
    fair = np.interp(np.arange(0.0, 600.0 + STEP / 2, STEP), (0, 10, 100, 101), (100, 88, 88, 82))
    whole, later = Truth(fair, MARGIN), Truth(fair, MARGIN, begin=20.0)
    assert whole.fall.max() == pytest.approx(0.18)
    assert later.fall.max() == pytest.approx(1 - 82 / 88)
    # One that has begun in the history may know of it.
    early = Alarm(0.1, fired=12.0)
    assert judge(whole, later, [early], lambda at: at).false == 0
    assert judge(whole, whole, [], lambda at: at).missed == 2
    assert judge(whole, later, [], lambda at: at).due == 1, "5 % from 88"
    assert Truth(fair, MARGIN, begin=math.inf).fall.max() == 0.0
