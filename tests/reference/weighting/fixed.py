"""The weights of the definition; what was added without one counts 1/n of the whole before all are
scaled."""

from __future__ import annotations

import math

from tests.reference.basket import Rebalance


def weights(at: Rebalance) -> dict[str, float]:
    raw = {a: at.seen.own.get(a, 1.0 / at.named) for a in at.among}
    raw = {a: w / math.fsum(raw.values()) for a, w in raw.items()}
    return {a: raw[a] for a in at.fresh}
