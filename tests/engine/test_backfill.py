"""Missing trades that come afterwards: counted once, in volume and quality, never in a price."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from engine.index.shard import Shard
from engine.pricing.open_gaps import OPEN_GAPS_KEPT
from engine.pricing.pricer import Pricer
from engine.pricing.rules import Rules
from engine.records import (
    BackfillFrame,
    DefinitionRecord,
    FilledSpan,
    Gap,
    Instrument,
    PriceFrame,
    Receipt,
    TickFrame,
)
from engine.types import DAY, HOUR, MINUTE, SECOND
from tests.engine.pricing_desk import T

MS = SECOND // 1000
BELIEVING = Rules(cold=0, unproven=False)
"""The rule without its doubts about single prints: prices here jump about."""
COUNTS = Instrument("binance", "BTCUSDT", "BTC", "USDT", "spot", True)
RISING = Instrument("bitstamp", "btcusd", "BTC", "USD", "spot", False)
TEXT = Instrument("bybit", "BTCUSDT", "BTC", "USDT", "spot", False)

Trade = tuple[str, int, float, float]
"""Id, time, price, size."""


def live(
    instrument: Instrument, trades: list[Trade], lag: int = 0, gap: bool = False, who: str = "a"
) -> TickFrame:
    n = len(trades)
    received = [ts + lag for _, ts, _, _ in trades]
    return TickFrame(
        max(received, default=T),
        "live",
        [instrument],
        [0] * n,
        [t[2] for t in trades],
        [t[3] for t in trades],
        [None] * n,
        [t[0] for t in trades],
        [t[1] for t in trades],
        received,
        [Gap(instrument, None, None, "session")] if gap else [],
        who,
    )


def backfill(
    instrument: Instrument, ids: tuple[str, str], trades: list[Trade], complete: bool, now: int
) -> BackfillFrame:
    return BackfillFrame(
        now,
        "live",
        instrument,
        *ids,
        [price for _, _, price, _ in trades],
        [size for _, _, _, size in trades],
        [None] * len(trades),
        [trade_id for trade_id, _, _, _ in trades],
        [ts for _, ts, _, _ in trades],
        complete,
    )


class Desk:
    """A Pricer that prices BTC, and what it said."""

    def __init__(self) -> None:
        self.pricer = Pricer(BELIEVING)
        self.rows: list[tuple[int, float]] = []
        self.gaps: list[Any] = []
        self.filled: list[FilledSpan] = []
        self.frames: list[PriceFrame] = []
        self.pricer.apply(DefinitionRecord(T - 1, "live", "X", {"assets": ["BTC"]}))

    def send(self, frame: TickFrame | BackfillFrame) -> PriceFrame:
        (output,) = self.pricer.apply(frame)
        body = output.body
        assert isinstance(body, PriceFrame)
        self.rows += zip(body.at, body.price, strict=True)
        self.gaps += body.gaps
        self.filled += body.filled
        self.frames.append(body)
        return body

    def reload(self) -> None:
        state = json.dumps(self.pricer.dump(), allow_nan=False)
        self.pricer = Pricer.load(json.loads(state), BELIEVING)
        assert json.dumps(self.pricer.dump()) == state

    def weight(self, instrument: Instrument) -> float:
        """Volume of a source, as if each trade had come at its own time and decayed since."""
        source = self.pricer.book.find(instrument)
        assert source is not None
        return float(source.weight / self.pricer._time.grow(self.pricer.last_now))


def expected_weight(trades: list[Trade], now: int) -> float:
    age = [(now // SECOND - ts // SECOND) * SECOND / DAY for _, ts, _, _ in trades]
    pairs = zip(trades, age, strict=True)
    return sum((price * size + 1e-9) * 0.5**a for (_, _, price, size), a in pairs)


def t(number: int | str, seconds: float, price: float = 100.0, size: float = 1.0) -> Trade:
    return (str(number), T + round(seconds * SECOND), price, size)


def test_a_filled_gap_is_told_with_its_range() -> None:
    desk = Desk()
    desk.send(live(COUNTS, [t(1, 0)]))
    desk.send(live(COUNTS, [t(5, 4, 101.0)]))
    span = ("BTC", "binance", "BTCUSDT", T, T + 4 * SECOND)
    assert desk.gaps == [(*span, "ids")]
    missed = [t(2, 1, 99.0), t(3, 2, 104.0), t(4, 3, 97.0)]
    desk.send(backfill(COUNTS, ("1", "5"), missed[:2], False, T + 5 * SECOND))
    assert desk.filled == []
    desk.send(backfill(COUNTS, ("1", "5"), missed[2:], True, T + 5 * SECOND))
    assert desk.filled == [(*span, 3, 97.0, 104.0)]
    assert desk.rows == [(T, 100.0), (T + 4 * SECOND, 101.0)]
    counters = desk.pricer.counters
    assert (counters.backfilled, counters.gaps_filled, counters.backfill_known) == (3, 1, 0)


def test_the_same_again_is_known_and_of_an_unknown_gap_nothing_is_taken() -> None:
    desk = Desk()
    desk.send(live(COUNTS, [t(1, 0)]))
    desk.send(live(COUNTS, [t(4, 4)]))
    part = backfill(COUNTS, ("1", "4"), [t(2, 1)], False, T + 5 * SECOND)
    rest = backfill(COUNTS, ("1", "4"), [t(2, 1), t(3, 2)], True, T + 5 * SECOND)
    for frame in (part, part, rest, rest):
        desk.send(frame)
    desk.send(backfill(COUNTS, ("10", "14"), [t(11, 1)], True, T + 5 * SECOND))
    desk.send(backfill(RISING, ("1", "4"), [t(2, 1)], True, T + 5 * SECOND))
    counters = desk.pricer.counters
    assert (counters.backfilled, counters.gaps_filled) == (2, 1)
    assert (counters.backfill_known, counters.unknown_holes) == (1 + 1 + 2 + 1 + 1, 3)
    all_four = [t(1, 0), t(2, 1), t(3, 2), t(4, 4)]
    assert desk.weight(COUNTS) == pytest.approx(expected_weight(all_four, T + 5 * SECOND), rel=1e-9)


def test_a_trade_that_cannot_be_used_leaves_the_gap_open() -> None:
    desk = Desk()
    desk.send(live(RISING, [t(10, 0)]))
    desk.send(live(RISING, [t(20, 4)], gap=True))
    desk.send(backfill(RISING, ("10", "20"), [t(12, 1, -1.0)], True, T + 5 * SECOND))
    assert (desk.filled, desk.pricer.counters.rejected_price) == ([], 1)


def test_a_gap_without_a_missing_trade_is_filled_by_nothing() -> None:
    desk = Desk()
    desk.send(live(RISING, [t(10, 0)]))
    desk.send(live(RISING, [t(20, 4)], gap=True))
    desk.send(backfill(RISING, ("10", "20"), [], True, T + 5 * SECOND))
    assert desk.filled == [("BTC", "bitstamp", "btcusd", T, T + 4 * SECOND, 0, None, None)]


def test_trades_out_of_turn_fill_the_gap_that_they_left() -> None:
    desk = Desk()
    desk.send(live(COUNTS, [t(1, 0), t(4, 3, 103.0), t(2, 1, 101.0), t(3, 2, 102.0), t(5, 4)]))
    assert [gap.reason for gap in desk.gaps] == ["ids"]
    assert [span[5:] for span in desk.filled] == [(2, 101.0, 102.0)]
    assert [price for _, price in desk.rows] == [100.0, 103.0, 100.0]
    assert (desk.pricer.counters.came_late, desk.pricer.counters.late) == (2, 0)


def test_a_reordered_trade_is_no_late_one_where_nothing_is_missing() -> None:
    desk = Desk()
    desk.send(live(RISING, [t(10, 0), t(14, 3), t(12, 2)]))
    assert (desk.pricer.counters.came_late, desk.pricer.counters.late) == (0, 1)


def test_the_oldest_of_too_many_holes_is_dropped_and_counted() -> None:
    desk = Desk()
    trades = [t(2 * n, n) for n in range(OPEN_GAPS_KEPT + 3)]
    desk.send(live(COUNTS, trades))
    assert len(desk.gaps) == OPEN_GAPS_KEPT + 2
    assert desk.pricer.counters.holes_dropped == 2
    for n, known in ((0, 1), (1, 2), (2, 2)):
        desk.send(backfill(COUNTS, (str(2 * n), str(2 * n + 2)), [t(2 * n + 1, n)], True, T + DAY))
        assert desk.pricer.counters.unknown_holes == known


def test_a_symbol_that_comes_to_mean_something_else_drops_its_holes() -> None:
    desk = Desk()
    desk.send(live(COUNTS, [t(1, 0), t(4, 3)]))
    desk.send(live(COUNTS._replace(quote="USDC"), [t(5, 4)]))
    assert desk.pricer.counters.holes_dropped == 1


def history(r: random.Random, kind: str) -> list[Trade]:
    trades, ts, number = list[Trade](), T, 1000
    for _ in range(r.randint(40, 120)):
        ts += r.choice([0, MS, 400 * MS, 9 * SECOND, 10 * MINUTE])
        number += 1 if kind == "counts" else r.randint(1, 5)
        trade_id = f"u{number}" if kind == "text" else str(number)
        trades.append((trade_id, ts, 100.0 * r.uniform(0.99, 1.01), r.choice([0.0, r.random()])))
    return trades


@pytest.mark.parametrize("kind", ["counts", "rising", "text"])
@pytest.mark.parametrize("seed", range(40))
def test_any_backfill_of_any_gaps_counts_each_trade_once(kind: str, seed: int) -> None:
    """Backfills in parts, twice, from two connectors, in any order of the gaps."""
    r = random.Random(f"{kind}{seed}")
    instrument = {"counts": COUNTS, "rising": RISING, "text": TEXT}[kind]
    trades = history(r, kind)
    cuts = sorted(r.sample(range(1, len(trades) - 1), 2 * r.randint(1, 4)))
    lost = {k for a, b in zip(cuts[::2], cuts[1::2], strict=True) for k in range(a, b)}
    if kind == "text":  # ids without order: the trades around a gap must not share its times
        lost = {k for k in lost if trades[k][1] not in {x[1] for x in trades[: k - 1]}}
    straight, filling = Desk(), Desk()
    gaps: list[tuple[int, int]] = []
    last = None
    for k, trade in enumerate(trades):
        if k in lost:
            continue
        broken = last is not None and k - last > 1
        for desk in (straight, filling):
            desk.send(live(instrument, [trade], gap=broken))
        if broken and last is not None:
            gaps.append((last, k))
        last = k
    now = trades[-1][1] + r.choice([SECOND, HOUR])
    parts: list[list[BackfillFrame]] = []
    for a, b in gaps:
        ids, inside = (trades[a][0], trades[b][0]), trades[a + 1 : b]
        step = r.randint(1, len(inside))
        frames = [
            backfill(instrument, ids, inside[n : n + step], n + step >= len(inside), now)
            for n in range(0, len(inside), step)
        ]
        parts += [frames] * r.choice([1, 2])
    r.shuffle(parts)
    for frames in parts:
        for frame in frames:
            filling.send(frame)
            if r.random() < 0.3:
                filling.send(frame)
            if r.random() < 0.3:
                filling.reload()
    for desk in (straight, filling):
        desk.send(live(instrument, [])._replace(now=now + SECOND))
    assert filling.rows == straight.rows, "a backfilled trade moved a price"
    assert filling.pricer.counters.backfilled == len(lost)
    assert filling.pricer.counters.gaps_filled == len(gaps)
    kept = {(s.start, s.end): (s.trades, s.low, s.high) for s in filling.filled}
    assert [s[:5] for s in sorted(filling.filled)] == [g[:5] for g in sorted(straight.gaps)]
    for (a, b), gap in zip(gaps, straight.gaps, strict=True):
        prices = [price for _, _, price, _ in trades[a + 1 : b]]
        assert kept[gap.start, gap.end] == (b - a - 1, min(prices), max(prices))
    assert filling.weight(instrument) == pytest.approx(
        expected_weight(trades, now + SECOND), rel=1e-9
    )


@pytest.mark.parametrize("seed", range(30))
def test_two_connectors_price_as_one_that_missed_nothing(seed: int) -> None:
    r = random.Random(seed)
    kind = ("counts", "rising", "text")[seed % 3]
    instrument = {"counts": COUNTS, "rising": RISING, "text": TEXT}[kind]
    trades = history(r, kind)
    away: dict[str, set[int]] = {}
    for who in "ab":  # never both: each is away in its own half
        first, middle = (1, len(trades) // 2) if who == "a" else (len(trades) // 2, len(trades) - 2)
        begin, end = sorted(r.sample(range(first + 1, middle), 2))
        away[who] = set(range(begin, end))
    whole, both = Desk(), Desk()
    heard = {"a": -1, "b": -1}
    for k, trade in enumerate(trades):
        whole.send(live(instrument, [trade]))
        for who in r.sample("ab", 2):
            if k not in away[who]:
                both.send(live(instrument, [trade], gap=k - heard[who] > 1, who=who))
                heard[who] = k
            if r.random() < 0.1:
                both.reload()
    for desk in (whole, both):
        desk.send(live(instrument, [])._replace(now=trades[-1][1] + SECOND))
    assert both.gaps == []
    assert [price for _, price in both.rows] == [price for _, price in whole.rows]
    assert both.weight(instrument) == pytest.approx(whole.weight(instrument), rel=1e-12)


def test_quality_tells_of_gaps_that_were_filled() -> None:
    """gap_seconds_24h leaves them out, and gap_drawdown is how deep the index would have stood."""
    desk, shard = Desk(), Shard()
    definition = {"assets": ["BTC"], "base_level": 1000.0}
    offset = 0

    def give(body: Any) -> None:
        nonlocal offset
        found.extend(shard.apply(body, Receipt("prices", "L", 0, offset)))
        offset += 1

    def quality(now: int) -> Any:
        found.clear()
        give(desk.send(live(COUNTS, [], gap=False)._replace(now=now)))
        return next(o.body for o in reversed(found) if o.type == "snapshot")["quality"]

    found: list[Any] = []
    give(DefinitionRecord(T - 1, "live", "X", definition))
    give(desk.send(live(COUNTS, [t(1, 0), t(2, 1, 200.0)])))
    give(desk.send(live(COUNTS, [t(5, 31, 160.0)])))
    before = quality(T + 40 * SECOND)
    assert (before["gap_seconds_24h"], before["backfilled"]) == (
        30.0,
        {"trades_24h": 0, "gaps_24h": 0},
    )
    assert before["gap_drawdown"] is None
    missed = [t(3, 10, 120.0), t(4, 20, 140.0)]
    give(desk.send(backfill(COUNTS, ("2", "5"), missed, True, T + 41 * SECOND)))
    after = quality(T + 50 * SECOND)
    assert (after["gap_seconds_24h"], after["backfilled"]) == (
        0.0,
        {"trades_24h": 2, "gaps_24h": 1},
    )
    assert after["gap_drawdown"] == pytest.approx(1 - 120 / 200, rel=1e-12)
    later = quality(T + 31 * SECOND + DAY)
    assert (later["gap_drawdown"], later["backfilled"]["gaps_24h"]) == (None, 0)
