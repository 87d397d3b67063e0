"""Gaps whose ids a connector knows: those trades are missing, and no others."""

from __future__ import annotations

from engine.records import BackfillFrame, Gap, GapSpan, PriceFrame
from engine.types import SECOND
from tests.engine.pricing_desk import A, Desk, T, frame


def test_a_gap_with_both_ids_is_reported_as_told_and_its_trades_fill_it() -> None:
    desk, okx = Desk("BTC"), A._replace(counts=False)
    # The push "8" stands for 7 and 8; that 5 and 6 are missing is known only with the push "9".
    desk.send(frame([(okx, 1, 100.0, 1.0), (okx, 2, 101.0, 1.0)], ["4", "8"]))
    told = Gap(okx, "4", "7", "ids")
    body = desk.send(frame([(okx, 3, 102.0, 1.0)], ["9"])._replace(gaps=[told]))
    start, end = T + 2 * SECOND, T + 3 * SECOND
    assert body.gaps == [GapSpan("BTC", okx.venue, okx.symbol, start, end, "ids")]
    [gap] = desk.pricer.book.open_gaps[okx.venue, okx.symbol].open
    assert (gap.last_id, gap.next_id) == ("4", "7")
    columns = ([90.0, 91.0], [1.0, 1.0], ["buy", "buy"], ["5", "6"], [T + SECOND] * 2)
    record = BackfillFrame(T + 4 * SECOND, "live", okx, "4", "7", *columns, complete=True)
    [output] = desk.pricer.apply(record)
    assert isinstance(output.body, PriceFrame)
    [filled] = output.body.filled
    assert filled[:5] == body.gaps[0][:5]
    assert (filled.trades, filled.low, filled.high) == (2, 90.0, 91.0)
    assert output.body.asset == []
    assert desk.send(frame([(okx, 5, 103.0, 1.0)], ["10"])).gaps == []


def test_a_told_gap_before_the_first_trade_or_without_any_is_safe() -> None:
    desk = Desk("BTC")
    told = Gap(A, "4", "7", "ids")
    assert desk.send(frame([(A, 1, 100.0, 1.0)], ["9"])._replace(gaps=[told])).gaps == []
    alone = desk.send(frame([], [], now=T + 5 * SECOND)._replace(gaps=[told]))
    assert [span[3:5] for span in alone.gaps] == [(T + SECOND, T + 5 * SECOND)]
    assert alone.asset == []
    assert desk.pricer.counters.gaps == 1
