"""Recorded prices of assets: rows that say the same twice, or contradict one another."""

from __future__ import annotations

from engine.pricing.bounds import LARGEST, SMALLEST
from engine.records import AssetFrame


def doubled(frame: AssetFrame) -> tuple[frozenset[int], frozenset[int]]:
    """Rows that repeat an asset's price at an instant, and rows that contradict each other there.

    Of rows with one price all but the last repeat it. Where usable prices differ, nobody can say
    which is right: they all contradict.
    """
    places = list(zip(frame.asset, frame.at, strict=True))
    if len(set(places)) == len(places):
        return frozenset(), frozenset()
    rows: dict[tuple[str, int], list[int]] = {}
    for row, place in enumerate(places):
        if SMALLEST <= frame.price[row] <= LARGEST:
            rows.setdefault(place, []).append(row)
    repeated, contradicting = set[int](), set[int]()
    for same in rows.values():
        if len({frame.price[row] for row in same}) > 1:
            contradicting.update(same)
        else:
            repeated.update(same[:-1])
    return frozenset(repeated), frozenset(contradicting)
