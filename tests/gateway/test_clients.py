"""The small form of `make clients`: every promise of the stream, on a real gateway and log."""

from __future__ import annotations

import pytest

from bench.clients import Load, run


@pytest.mark.slow
async def test_fifty_clients_through_cuts_and_a_restart() -> None:
    outcome = await run(Load(clients=50, indices=20, seconds=16, restarts=1))
    assert outcome.wrong == []
    assert outcome.behind == 0
    assert outcome.equal == outcome.compared == 48 * 10
    assert outcome.delivered > 48 * 10 * 8
    assert len(outcome.closed) == outcome.stuck == 2
    assert max(outcome.closed) < 12.0
