"""Trades that are lost on the way come back over REST, each once, and move no price."""

from __future__ import annotations

import pytest

from engine.records import BackfillFrame, TickFrame
from tests.connectors.faults.lost_trades import (
    ASKED,
    Engine,
    Lost,
    counted,
    run_losing,
    run_on_sockets,
    values,
)


def judge(run: Lost) -> None:
    """Every trade from the first to the last that came counts once, and prices are as without."""
    for venue in ASKED:
        frames = run.frames[venue]
        backfilled = 0
        for market, times in counted(frames).items():
            ids = sorted(map(int, times))
            assert ids == list(range(ids[0], ids[-1] + 1)), market
            assert set(times.values()) == {1}, market
        for market, trades in values(frames).items():
            backfilled += len(trades)
            for trade_id, found in trades.items():
                fill = run.truth[market][trade_id]
                assert found[:3] == (float(fill.price), float(fill.size), fill.side)
                assert abs(found[3] - fill.ts) < 1_000_000, "times are of ms, µs or a double's"
        counts = run.counts[venue]
        assert counts.gaps == counts.jobs == counts.filled > 0
        assert (counts.partial, counts.failed, counts.dropped) == (0, 0, 0)
        assert counts.trades == backfilled > 20
        check_engine(frames, backfilled)


def check_engine(frames: list[TickFrame | BackfillFrame], backfilled: int) -> None:
    """All gaps are filled, quality says so, and not one row of prices differs."""
    filled = Engine().read(frames)
    open_ = Engine().read(f for f in frames if not isinstance(f, BackfillFrame))
    pricer = filled.pricer
    assert pricer.counters.gaps_filled == pricer.counters.gaps > 0
    assert pricer.counters.backfilled == backfilled
    assert pricer.counters.backfill_known == pricer.counters.unknown_holes == 0
    assert not any(gaps.open for gaps in pricer.book.open_gaps.values())
    assert filled.rows
    assert filled.rows == open_.rows
    assert filled.of_backfills == []
    assert (filled.gap_seconds, open_.gap_seconds > 1.0) == (0.0, True)
    assert filled.backfilled["trades_24h"] > 20


@pytest.mark.parametrize("seed", range(3))
def test_what_was_lost_comes_back_once_and_moves_no_price(seed: int) -> None:
    judge(run_losing(seed))


async def test_the_same_over_sockets_and_http() -> None:
    run = await run_on_sockets(seed=5, seconds=6.0)  # indices start after 5
    judge(run)
    assert run.counts["binance"].requests > run.counts["binance"].filled, "one was asked twice"
