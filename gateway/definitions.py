"""What `/v1/definitions` tells: what figures, profiles and reasons mean, and how indices are made.

Screens take from it which figures there are, what they are called and how they are shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.index.weighting.registry import METHODS
from engine.profiles import PROFILES
from engine.readings import IN_WORDS

REASONS = IN_WORDS | {
    "overflow": "beyond any number that can be written",
    "no_benchmark": "the index has no benchmark",
    "absent": "not in the snapshot yet",
}
"""Why a figure is null, and why a ranking lacks one."""


def definitions(indices: Mapping[str, Any], cards: Mapping[str, Any]) -> dict[str, Any]:
    """The definitions of all indices, and all that is the same for every index."""
    profiles = {
        name: {"aim": profile.aim, "weights": [weight.published() for weight in profile.weights]}
        for name, profile in PROFILES.items()
    }
    methods = {name: method.published() for name, method in METHODS.items()}
    told = {"profiles": profiles, "methods": methods, "reasons": REASONS}
    return {"indices": indices, "metrics": cards, **told}
