"""What each pricing rule is worth: with it a seed of a scenario keeps the promises, without it not.

The seeds are the first found. A rule that no seed needs any more has no place in the Pricer.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from drill.catalogue import SCENARIOS
from drill.tally import Played, broken, play
from engine.pricing.rules import RULES
from engine.types import DAY, SECOND

SWITCHED_OFF: list[tuple[dict[str, Any], str, int]] = [
    ({"unproven": False}, "bad_prints_lone", 0),
    ({"contest": False}, "deep_and_slow", 2),
    ({"pull": False}, "stablecoin_pairs", 5009),
    ({"neutral": False}, "crash", 204),
    ({"contested": 0}, "stablecoin_pairs", 40010),
    ({"by_venue": False}, "stablecoin_pairs", 10),
    ({"votes": False}, "stablecoin", 0),
    ({"share": 0.0}, "frozen_thin", 15),
    ({"fade": 1000 * DAY}, "feed_behind", 10),
    ({"ahead": 1000 * DAY}, "wrong_stamps", 0),
    ({"cold": 0}, "thin_opening", 1),
    ({"wait": 0}, "bad_prints", 0),
    ({"burst": 0}, "bad_prints_lone", 4),
    ({"quiet": 1e9}, "quote_breaks", 7001),
    ({"two_coins": 1e12}, "shared_ticker", 0),
    # A venue is silent after three of its intervals.
    ({"recent": 2 * SECOND, "paces": 3.0}, "stablecoin", 201),
    ({"half_life": 60 * SECOND}, "stablecoin", 1),
    # These decide where there is no majority, or none is asked; so do their scenarios.
    ({"outweigh": 1.0}, "two_equal", 2),
    ({"back": RULES.band}, "at_the_edge", 0),
]


@pytest.mark.parametrize(("off", "scenario", "seed"), SWITCHED_OFF)
def test_without_a_rule_a_scenario_fails(off: dict[str, Any], scenario: str, seed: int) -> None:
    assert failings(play(scenario, seed)) == []
    assert failings(play(scenario, seed, replace(RULES, **off)))


def failings(played: Played) -> list[str]:
    """What is not as promised; of a scenario that promises nothing, whether an alarm is wrong."""
    if SCENARIOS[played.scenario].decidable:
        return broken([played])
    return ["wrong"] if played.bad else []


def test_an_alarm_after_a_jump_of_a_rate_is_disputed() -> None:
    """Nobody can know how far a currency fell while its dollar market rested; it can be said."""
    ours = [play("quote_breaks_unseen", 0, r).ours for r in (RULES, replace(RULES, doubt=0))]
    assert [verdict.false > 0 for verdict in ours] == [True, True]
    assert [verdict.undisputed for verdict in ours] == [0, ours[1].false]
