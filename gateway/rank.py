"""The indices at hand in the order of a profile (`engine.profiles`)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from engine.profiles import Profile, profile_named, rank
from gateway.state import State


def ranking(state: State, name: str) -> dict[str, Any]:
    """A profile and the rows it gives, best first; raises ValueError for an unknown name."""
    profile = profile_named(name)
    snapshots = {e.index: e.snapshot for e in state.entries() if e.snapshot is not None}
    statuses = {e.index: e.status for e in state.entries()}
    rows = rank(profile, snapshots)
    for row in rows:
        snapshot = snapshots[row["index"]]
        row["status"], row["as_of"] = statuses[row["index"]], snapshot["as_of"]
    return {"profile": profile_told(profile), "ranking": rows}


def profile_told(profile: Profile) -> dict[str, Any]:
    """A profile as REST and the page have it."""
    weights = [weight.published() for weight in profile.weights]
    return {**asdict(profile), "weights": weights}
