"""Levels, peaks and alert rules as plain dictionaries: what the stream frameworks are given to do.

It takes last prices as they are. Ours has a Pricer in this place, with gates, votes and disputes.
"""

from typing import Any

THRESHOLDS = (0.05, 0.1, 0.2)
BASE_LEVEL = 1000.0

State = dict[str, Any]


def begin(count: int) -> State:
    """The state before the first trade: all that a table or a store has to hold."""
    return {
        "last": {}, "holdings": None, "level": [BASE_LEVEL] * count, "peak": [BASE_LEVEL] * count,
        "firing": [[False] * len(THRESHOLDS) for _ in range(count)], "events": 0,
    }  # fmt: skip


def take(state: State, weights: list[dict[str, float]], asset: str, price: float) -> None:
    """One trade."""
    last = state["last"]
    before = last.get(asset)
    last[asset] = price
    if state["holdings"] is None:
        if len(last) == len(weights[0]):
            state["holdings"] = [
                {a: w * BASE_LEVEL / last[a] for a, w in row.items()} for row in weights
            ]
        return
    change = price - before
    levels, peaks, firing = state["level"], state["peak"], state["firing"]
    for k, held in enumerate(state["holdings"]):
        level = levels[k] = levels[k] + held[asset] * change
        if level > peaks[k]:
            peaks[k] = level
        depth = 1.0 - level / peaks[k]
        fires = firing[k]
        if depth >= THRESHOLDS[0] or fires[0]:
            for j, threshold in enumerate(THRESHOLDS):
                if fires[j]:
                    if depth <= threshold / 2.0:
                        fires[j] = False
                        state["events"] += 1
                elif depth >= threshold:
                    fires[j] = True
                    state["events"] += 1


def rows_of(value: Any) -> list[tuple[str, float, int]]:
    """Asset, price and time of the trades of a record: one object, a list of them, or a frame of
    tidegauge's."""
    if isinstance(value, list):
        return [(row["asset"], row["price"], row["at"]) for row in value]
    if "instruments" in value:
        assets = [instrument[2] for instrument in value["instruments"]]
        places = zip(value["instrument"], value["price"], value["received"], strict=True)
        return [(assets[place], price, at) for place, price, at in places]
    return [(value["asset"], value["price"], value["at"])]
