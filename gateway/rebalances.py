"""The last rebalances of an index, as its snapshots show them."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from gateway.wire import encode, rendered

KEPT = 12
"""A year of monthly ones. About a hundred bytes an asset and rebalance, kept as JSON."""


class _Holding(msgspec.Struct, frozen=True):
    target: float | None
    price: float | None
    contribution_today: float | None


class _Composition(msgspec.Struct, frozen=True):
    """What is read here of a snapshot's `composition`."""

    rebalanced_at: int | None
    assets: dict[str, _Holding]


class Rebalances:
    """Those seen since the gateway began to read, and the one before; newest first in `encoded`.

    One that another followed before the next snapshot is not seen.
    """

    __slots__ = ("_found", "_last")

    def __init__(self) -> None:
        self._last: int | None = None
        self._found: deque[bytes] = deque(maxlen=KEPT)

    def look(self, snapshot: Mapping[str, Any]) -> None:
        """Note the rebalance that a newer snapshot is the first to show.

        Raises msgspec.ValidationError where its `composition` is not one.
        """
        composition = snapshot.get("composition")
        if composition is None:
            return
        found = msgspec.convert(composition, _Composition)
        if found.rebalanced_at is None or found.rebalanced_at == self._last:
            return
        self._last = found.rebalanced_at
        assets = {
            asset: {
                "weight": held.target,
                "price": held.price,
                "contribution_today": held.contribution_today,
            }
            for asset, held in found.assets.items()
        }
        head = {"rebalanced_at": found.rebalanced_at, "as_of": snapshot["as_of"]}
        self._found.append(encode(rendered({**head, "assets": assets})))

    def encoded(self) -> list[bytes]:
        """Each as JSON, with the weights that it gave, and the contributions and prices at `as_of`,
        the first snapshot behind it; an asset of weight 0 left, or left earlier that day."""
        return list(reversed(self._found))


def with_turnover(newest_first: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each rebalance with its `turnover`: half the sum of |new weight − old weight|, the old one
    being what the weights of the rebalance before had drifted to by the prices told of both; and
    with each asset's `contribution` since that. Null of the oldest, and where a price is not
    known."""
    before = [*newest_first[1:], None][: len(newest_first)]  # none where there is none yet
    return [
        {
            **new,
            "assets": {
                asset: {**held, "contribution": None if old is None else _brought(asset, old, new)}
                for asset, held in new["assets"].items()
            },
            "turnover": None if old is None else _turnover(old["assets"], new["assets"]),
        }
        for new, old in zip(newest_first, before, strict=True)
    ]


def _brought(asset: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> float | None:
    """What an asset brought between two rebalances: the weight it was given times its return."""
    held = old["assets"].get(asset)
    if held is None or not held["weight"]:
        return 0.0
    now = new["assets"][asset]["price"]
    known = now is not None and held["price"]
    return held["weight"] * (now / held["price"] - 1.0) if known else None


def _turnover(old: Mapping[str, Any], new: Mapping[str, Any]) -> float | None:
    drifted = dict[str, float]()
    for asset, held in old.items():
        if not held["weight"]:
            continue
        now = new.get(asset, {}).get("price")
        if now is None or not held["price"]:
            return None
        drifted[asset] = held["weight"] * now / held["price"]
    whole = math.fsum(drifted.values())
    if not whole:
        return None
    weights = {asset: held["weight"] or 0.0 for asset, held in new.items()}
    moved = (
        abs(weights.get(asset, 0.0) - drifted.get(asset, 0.0) / whole)
        for asset in {*weights, *drifted}
    )
    return 0.5 * math.fsum(moved)
