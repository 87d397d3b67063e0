"""The last rebalances of an index, as its snapshots show them."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from gateway.api.parameters import instant
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


class _Parcel(NamedTuple):
    """What a rebalance held of one coin: its weight, and its price then in the coins of later."""

    weight: float
    price: float | None


def with_turnover(
    newest_first: Sequence[dict[str, Any]], events: Sequence[Mapping[str, Any]] = ()
) -> list[dict[str, Any]]:
    """Each rebalance with its `turnover`: half the sum of |new weight − old weight|, the old one
    being what the weights of the rebalance before had drifted to by the prices told of both; and
    with each asset's `contribution` since that. Null of the oldest, and where a price is not
    known. `events` are those of the coins (`Coins.events`): a coin's price and weight are carried
    to what it had become."""
    before = [*newest_first[1:], None][: len(newest_first)]  # none where there is none yet
    found = list[dict[str, Any]]()
    for new, old in zip(newest_first, before, strict=True):
        held = None if old is None else _carried(old, _between(events, old, new))
        assets = {
            asset: {**told, "contribution": None if held is None else _brought(asset, held, new)}
            for asset, told in new["assets"].items()
        }
        turnover = None if held is None else _turnover(held, new["assets"])
        found.append({**new, "assets": assets, "turnover": turnover})
    return found


def _between(
    events: Sequence[Mapping[str, Any]], old: Mapping[str, Any], new: Mapping[str, Any]
) -> Sequence[Mapping[str, Any]]:
    """The events that part the prices told of two rebalances: one takes effect behind the prices
    of its instant."""
    if not events:
        return ()
    since, until = instant(old["as_of"]), instant(new["as_of"])
    return [event for event in events if since <= event["at"] < until]


def _carried(
    old: Mapping[str, Any], events: Sequence[Mapping[str, Any]]
) -> dict[str, list[_Parcel]]:
    """What a rebalance gave weight to, by what its coins have become."""
    held = {
        asset: [_Parcel(told["weight"], told["price"])]
        for asset, told in old["assets"].items()
        if told["weight"]
    }
    for event in events:
        if event["asset"] not in held:
            continue
        moved = [
            _Parcel(weight, price and price / event["ratio"])
            for weight, price in held.pop(event["asset"])
        ]
        held.setdefault(event["becomes"] or event["asset"], []).extend(moved)
    return held


def _brought(asset: str, held: Mapping[str, list[_Parcel]], new: Mapping[str, Any]) -> float | None:
    """What an asset brought between two rebalances: the weight it was given times its return."""
    now, brought = new["assets"][asset]["price"], list[float]()
    for weight, price in held.get(asset, ()):
        if now is None or not price:
            return None
        brought.append(weight * (now / price - 1.0))
    return math.fsum(brought)


def _turnover(held: Mapping[str, list[_Parcel]], new: Mapping[str, Any]) -> float | None:
    drifted = dict[str, float]()
    for asset, parcels in held.items():
        now = new.get(asset, {}).get("price")
        for weight, price in parcels:
            if now is None or not price:
                return None
            drifted[asset] = drifted.get(asset, 0.0) + weight * now / price
    whole = math.fsum(drifted.values())
    if not whole:
        return None
    weights = {asset: told["weight"] or 0.0 for asset, told in new.items()}
    moved = (
        abs(weights.get(asset, 0.0) - drifted.get(asset, 0.0) / whole)
        for asset in {*weights, *drifted}
    )
    return 0.5 * math.fsum(moved)
