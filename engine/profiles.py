"""Choosing an index by profile: stated weightings of published metrics, and the ranking they give.

Each metric is scaled across the indices at hand to its percentile rank: the share of the others
that are worse, equal ones counting half; 1 is best, 0 worst, and one index alone stands at 1/2.
Ranks rather than values: one extreme figure moves nobody else, and units do not matter. A score is
the sum of weight times scaled metric, at most 1.

A metric that an index has not (null in its snapshot) contributes nothing: what is not known earns
nothing, so no index gains by a short history. It is named under `missing` with its reason. Below
half of the weights known an index is not ranked. Equal scores share a rank, ordered by index id.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from engine.metrics.registry import REGISTRY
from engine.numbers import decimal

LEAST_KNOWN = 0.5
"""The share of the weights that must be known for a rank: less than half is no comparison."""

MOST_WEIGHT = 1e6
"""Of one's own weights, before they are scaled."""
SCORE_DIGITS = 12
"""Decimals of a score. In floats, equal sums of different parts may differ in the 16th."""


class Weight(NamedTuple):
    """A metric of a profile: its path in the snapshot, and what it counts.

    `*` in a path stands for the first benchmark of the index.
    """

    path: str
    weight: float

    @property
    def lower(self) -> bool:
        """Whether a lower figure is better, as its card says."""
        return self.path in REGISTRY.lower

    def published(self) -> dict[str, Any]:
        """As REST and the page have it."""
        return {**self._asdict(), "lower": self.lower}


@dataclass(frozen=True, slots=True)
class Profile:
    """What somebody looks for in an index. The weights sum to one."""

    name: str
    aim: str
    weights: tuple[Weight, ...]


PROFILES = {
    profile.name: profile
    for profile in (
        Profile(
            "conservative",
            "keep what there is: small falls, short waits, thin tails",
            (
                Weight("drawdown.max", 0.25),
                Weight("risk.cvar_95", 0.20),
                Weight("risk.volatility", 0.15),
                Weight("drawdown.longest_seconds", 0.10),
                Weight("risk.sortino", 0.15),
                Weight("risk.calmar", 0.15),
            ),
        ),
        Profile(
            "balanced",
            "return for the risk taken, and more than the market gives",
            (
                Weight("risk.sharpe", 0.25),
                Weight("risk.sortino", 0.15),
                Weight("risk.calmar", 0.15),
                Weight("cagr", 0.15),
                Weight("drawdown.max", 0.15),
                Weight("benchmarks.*.information_ratio", 0.15),
            ),
        ),
        Profile(
            "aggressive",
            "growth, and a full share of rising markets",
            (
                Weight("cagr", 0.35),
                Weight("returns.90d", 0.10),
                Weight("risk.omega", 0.15),
                Weight("risk.sortino", 0.15),
                Weight("benchmarks.*.up_capture", 0.15),
                Weight("benchmarks.*.alpha", 0.10),
            ),
        ),
    )
}
"""The profiles by name. The weights are ours: a stated starting point, not a finding."""


def profile_named(name: str) -> Profile:
    """A profile; the order by one figure, given by a target's name or its path in the snapshot; or
    one's own weights of several, as `sharpe:2,drawdown.max:1`, which are scaled to sum to one.

    Raises ValueError that says which there are.
    """
    if name in PROFILES:
        return PROFILES[name]
    if ":" in name:
        return Profile(name, "own weights", _own_weights(name))
    path = _path_of(name)
    return Profile(name, f"by {path} alone", (Weight(path, 1.0),))


def _own_weights(text: str) -> tuple[Weight, ...]:
    found: dict[str, float] = {}
    for part in text.split(","):
        name, _, told = part.rpartition(":")
        try:
            weight = decimal(told)
        except ValueError:
            weight = -1.0
        if not 0.0 < weight <= MOST_WEIGHT:
            raise ValueError(f"weight {part!r}: write figure:number, as sharpe:2, above 0")
        path = _path_of(name)
        if path in found:
            raise ValueError(f"weight {part!r}: {path} is given twice")
        found[path] = weight
    whole = math.fsum(found.values())
    return tuple(Weight(path, weight / whole) for path, weight in found.items())


def _path_of(name: str) -> str:
    """The path of a figure that can be ranked by. Raises ValueError."""
    path = ".".join(REGISTRY.goals[name].path) if name in REGISTRY.goals else name
    if path not in {".".join(goal.path) for goal in REGISTRY.goals.values()}:
        known = f"{', '.join(PROFILES)}, or a figure, such as sharpe or drawdown.max"
        raise ValueError(f"unknown profile {name!r}; there are: {known}")
    return path


def rank(profile: Profile, snapshots: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One row an index, best first, unranked ones (`rank` and `score` None) last.

    `snapshots` are the newest ones by index id. A row has `contributions` by metric: the figure,
    its scaled value, the weight, and their product.
    """
    figures = {
        index: {w.path: _figure(snapshot, w.path) for w in profile.weights}
        for index, snapshot in sorted(snapshots.items())
    }
    scales = {
        w.path: sorted(v for found in figures.values() if (v := found[w.path][0]) is not None)
        for w in profile.weights
    }
    rows = [_row(profile, index, found, scales) for index, found in figures.items()]
    rows.sort(key=lambda row: (row["score"] is None, -(row["score"] or 0.0), row["index"]))
    for place, row in enumerate(rows, 1):
        if row["score"] is not None:
            before = rows[place - 2] if place > 1 else None
            equal = before is not None and before["score"] == row["score"]
            row["rank"] = before["rank"] if before is not None and equal else place
    return rows


def _row(
    profile: Profile,
    index: str,
    figures: Mapping[str, tuple[float | None, str]],
    scales: Mapping[str, list[float]],
) -> dict[str, Any]:
    contributions: dict[str, dict[str, float]] = {}
    missing: dict[str, str] = {}
    score = known = 0.0
    for chosen in profile.weights:
        path, weight = chosen
        value, reason = figures[path]
        if value is None:
            missing[path] = reason
            continue
        scaled = _percentile(value, scales[path], chosen.lower)
        contributions[path] = {
            "value": value,
            "scaled": scaled,
            "weight": weight,
            "contribution": weight * scaled,
        }
        score += weight * scaled
        known += weight
    ranked = known >= LEAST_KNOWN - 1e-9  # the weights are decimal fractions
    return {
        "rank": None,
        "index": index,
        "score": round(score, SCORE_DIGITS) if ranked else None,
        "known": known,
        "contributions": contributions,
        "missing": missing,
    }


def _percentile(value: float, scale: list[float], lower: bool) -> float:
    """The share of the other figures that are worse, equal ones counting half."""
    others = len(scale) - 1
    if others == 0:
        return 0.5
    below = bisect_left(scale, value)
    above = len(scale) - bisect_right(scale, value)
    equal = others - below - above
    return ((above if lower else below) + equal / 2) / others


def _figure(snapshot: Mapping[str, Any], path: str) -> tuple[float | None, str]:
    """A figure of a snapshot, or None and the reason."""
    reasons = snapshot.get("undefined") or {}
    value: Any = snapshot
    walked: list[str] = []
    reason = "absent"
    for name in path.split("."):
        if name == "*":
            if not value:
                return None, "no_benchmark"
            name = next(iter(value))
        walked.append(name)
        reason = reasons.get(".".join(walked), reason)
        value = value.get(name)
        if value is None:
            return None, reason
    return float(value), ""
