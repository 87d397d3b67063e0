"""What each pricing rule is worth: with it a seed of a scenario keeps the promises, without it not.

The seeds are the first found. A rule that no seed needs any more has no place in the Pricer.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from drill.tally import broken, play
from engine.pricing.rules import RULES
from engine.types import DAY, SECOND

SWITCHED_OFF: list[tuple[dict[str, Any], str, int]] = [
    ({"unproven": False}, "bad_prints_lone", 0),
    ({"contest": False}, "deep_and_slow", 2),
    ({"by_venue": False}, "stablecoin_pairs", 10),
    ({"claims": False}, "stablecoin", 15),
    ({"votes": False}, "stablecoin", 0),
    ({"share": 0.0}, "frozen_thin", 15),
    ({"fade": 1000 * DAY}, "feed_behind", 10),
    ({"ahead": 1000 * DAY}, "wrong_stamps", 0),
    ({"cold": 0}, "thin_opening", 1),
    ({"wait": 0}, "bad_prints", 0),
    ({"burst": 0}, "bad_prints_lone", 4),
    ({"stale_after": 1000 * DAY}, "quote_breaks", 11),
    # Who trades less than once a second has no vote.
    ({"recent": SECOND, "paces": 0.0}, "frozen_middle", 5),
    # The volume of the last minute alone.
    ({"half_life": 60 * SECOND}, "stablecoin", 1),
]


@pytest.mark.parametrize(("off", "scenario", "seed"), SWITCHED_OFF)
def test_without_a_rule_a_scenario_fails(off: dict[str, Any], scenario: str, seed: int) -> None:
    assert broken([play(scenario, seed)]) == []
    assert broken([play(scenario, seed, replace(RULES, **off))])
