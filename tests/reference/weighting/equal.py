"""Each the same."""

from __future__ import annotations

from tests.reference.basket import Rebalance


def weights(at: Rebalance) -> dict[str, float]:
    return dict.fromkeys(at.fresh, 1.0)
