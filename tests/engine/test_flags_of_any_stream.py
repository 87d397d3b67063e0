"""Red flags against the batch oracle on streams of every kind, not only on markets."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.alerts.flags import RULES
from tests.engine.market import STEPS, instants
from tests.engine.test_flags import changes, check_alerts, expected, tables
from tests.engine.years_of_prices import ASSETS, run


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    count=st.sampled_from([1, 2, 40, 400, 900]),
    step=st.sampled_from(["1h", "1d"]),
)
def test_streaming_equals_batch(seed: int, count: int, step: str) -> None:
    """Ties, gaps, zero returns, constant and coarse prices, a bad print, 1e-12 to 1e12, one bar."""
    rng = random.Random(seed)
    scale, move = rng.choice([1e-12, 1.0, 1e12]), rng.choice([0.0, 0.03, 0.03, 0.1])
    stream = instants(rng, count, STEPS[step], ASSETS, scale, move, rng.random() < 0.4)
    stream[0][1].update({a: scale for a in ASSETS if a not in stream[0][1]})
    defined: dict[str, Any] = tables(rng)
    feed = run(rng, stream, defined)
    for index in defined:
        found = changes(feed, index)
        assert sorted(found) == sorted(expected(index, stream, defined, stream[-1][0])), index
        up = {flag for flag in RULES if [u for _, f, u in found if f == flag][-1:] == [True]}
        assert {told["flag"] for told in feed.snapshot(index)["flags"]} == up
        check_alerts(feed, index)
