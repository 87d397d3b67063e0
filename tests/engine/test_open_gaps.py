"""Open gaps: which remain when others come, held against a search through all of them."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.pricing.open_gaps import OPEN_GAPS_KEPT, OpenGap, OpenGaps
from engine.records import Gap, Instrument

INSTRUMENT = Instrument("binance", "BTCUSDT", "BTC", "USDT", "spot", True)

one_gap = st.tuples(st.integers(0, 40), st.integers(1, 8)).map(lambda g: (str(g[0]), str(sum(g))))
without_order = st.sampled_from([("a", "b"), ("b", "a"), ("7", "3"), ("a", "9")])
many = st.integers(0, 400).map(lambda n: [(str(10 * k), str(10 * k + 5)) for k in range(n)])


def apart(one: OpenGap, other: OpenGap) -> bool:
    """Whether no trade can lie in both."""
    a, b = one.between, other.between
    if a is None or b is None:
        return (one.last_id, one.next_id) != (other.last_id, other.next_id)
    return a[1] <= b[0] or b[1] <= a[0]


@settings(deadline=None, max_examples=60)
@given(many, st.lists(one_gap | without_order), st.lists(st.integers(0, 10)), st.booleans())
def test_a_gap_drops_those_that_it_overlaps_and_the_oldest(
    storm: list[tuple[str, str]], others: list[tuple[str, str]], filled: list[int], again: bool
) -> None:
    gaps, slow = OpenGaps(), list[OpenGap]()
    for ids in (*storm, *others, *storm[:3]):
        if filled and gaps.open:  # a backfill has closed one
            place = filled.pop() % len(gaps.open)
            gaps.open.remove(slow.pop(place))
        if again and len(slow) % 40 == 7:
            gaps = OpenGaps.load(gaps.dump())
        new = OpenGap(*ids, 1, 2)
        kept = [*(other for other in slow if apart(new, other)), new][-OPEN_GAPS_KEPT:]
        dropped = gaps.add(Gap(INSTRUMENT, *ids, "session"), 1, 2)
        assert dropped == len(slow) + 1 - len(kept)
        slow = kept
        assert gaps.open == slow
