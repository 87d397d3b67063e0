"""All scenarios, by name: moves of the market, faults of venues and feeds, events of the coin, what
nobody can decide."""

from __future__ import annotations

from drill import doubts, events, falls, faults, feeds
from drill.scenario import ENTERED, Scenario

SCENARIOS: dict[str, Scenario] = {
    scenario.name: scenario
    for part in (falls, faults, feeds, events, doubts)
    for scenario in ENTERED
    if scenario.draw.__module__ == part.__name__
}
