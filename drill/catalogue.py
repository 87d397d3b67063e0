"""All scenarios, by name."""

from __future__ import annotations

from drill import doubts, falls, faults
from drill.scenario import SCENARIOS, Scenario

__all__ = ["SCENARIOS", "Scenario", "doubts", "falls", "faults"]
