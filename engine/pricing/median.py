"""The weighted median of sources."""

from __future__ import annotations

from engine.pricing.source import Source


def weighted_median(ordered: list[Source], weights: list[float] | None = None) -> float:
    """The lowest USD price at which the sources up to it have half of all weight.

    At exactly half it is the mean of that price and the next. `ordered` is in order of price, every
    weight is above 0: where none are given, it is a source's volume, faded with its price's age.
    """
    if len(ordered) == 1:
        return ordered[0].usd
    if weights is None:
        weights = [source.usd_weight * source.tilt for source in ordered]
    total = 0.0
    for weight in weights:
        total += weight
    half, reached = total / 2, 0.0  # halving a double loses nothing
    for i, weight in enumerate(weights):
        reached += weight
        if reached >= half:
            if reached == half and i + 1 < len(ordered):
                return (ordered[i].usd + ordered[i + 1].usd) / 2
            return ordered[i].usd
    return ordered[-1].usd
