"""All scenarios, by name: moves of the market, faults of venues, what nobody can decide."""

from __future__ import annotations

from drill import doubts, events, falls, faults
from drill.scenario import ENTERED, Scenario

SCENARIOS: dict[str, Scenario] = {
    scenario.name: scenario
    for part in (falls, faults, events, doubts)
    for scenario in ENTERED
    if scenario.draw.__module__ == part.__name__
}
