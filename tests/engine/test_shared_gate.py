"""Two and three connectors of one venue: each trade once, and a gap only where nobody saw it."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from itertools import pairwise

import pytest

from engine.pricing.gate import TradeGate
from engine.pricing.shared_gate import (
    CONNECTORS_KEPT,
    MOST_MISSING,
    PATIENCE,
    SharedGate,
    brought_by,
    load_gate,
)
from engine.records import Gap, Instrument
from engine.types import SECOND

COUNTS = Instrument("binance", "BTCUSDT", "BTC", "USDT", "spot", True)
LOOSE = COUNTS._replace(venue="bitstamp", counts=False)
MS = SECOND // 1000
KINDS = ("counts", "rising", "text")


class Shared:
    """A symbol's gate, with what was let through and told."""

    def __init__(self, instrument: Instrument, *connectors: str) -> None:
        self.instrument = instrument
        self.gate: TradeGate | SharedGate = TradeGate(instrument)
        self.taken: list[tuple[int, str | None]] = []
        self.gaps: list[Gap] = []
        for connector in connectors:
            self.gate = brought_by(self.gate, connector)

    def observe(self, connector: str, ts: int, trade_id: str | None) -> str:
        self.gate = brought_by(self.gate, connector)
        verdict = self.gate.admit(ts, trade_id)
        if verdict in ("accepted", "reordered"):
            self.taken.append((ts, trade_id))
            while (gap := self.gate.take_gap()) is not None:
                self.gaps.append(gap)
        return verdict

    def suspect_loss(self, connector: str, reason: str = "session") -> None:
        self.gate = brought_by(self.gate, connector)
        self.gate.suspect_loss(reason)

    def reload(self) -> None:
        state = json.dumps(self.gate.dump(), allow_nan=False)
        self.gate = load_gate(self.instrument, json.loads(state))
        assert json.dumps(self.gate.dump()) == state

    def ids(self) -> list[tuple[str | None, str | None, str]]:
        return [gap[1:] for gap in self.gaps]


def test_one_connector_has_the_plain_gate() -> None:
    gate: TradeGate | SharedGate = TradeGate(COUNTS)
    assert brought_by(brought_by(gate, "a"), "a") is gate
    assert isinstance(brought_by(gate, "b"), SharedGate)


def test_what_one_misses_and_the_other_brings_is_no_gap() -> None:
    s = Shared(COUNTS)
    for who in "ab":
        s.observe(who, 1, "1")
    assert [s.observe("a", 4, "4"), s.gaps] == ["accepted", []]
    verdicts = [s.observe("b", n, str(n)) for n in (2, 3, 4)]
    assert verdicts == ["reordered", "reordered", "duplicate"]
    assert (s.observe("b", 5, "5"), s.observe("a", 5, "5"), s.gaps) == ("accepted", "duplicate", [])


def test_what_both_miss_is_told_once_the_other_has_passed_it() -> None:
    s = Shared(COUNTS)
    for who in "ab":
        s.observe(who, 1, "1")
    s.observe("a", 9, "9")
    s.observe("b", 3, "3")
    assert s.gaps == []
    s.observe("b", 6, "6")
    s.observe("b", 9, "9")
    s.observe("a", 10, "10")
    assert s.ids() == [("1", "3", "ids"), ("3", "6", "ids"), ("6", "9", "ids")]


@pytest.mark.parametrize("trade_ids", [("7", "8", "9", "12"), ("q", "c", "x", "a")])
def test_a_new_session_is_no_gap_while_another_hears(trade_ids: tuple[str, ...]) -> None:
    s = Shared(LOOSE)
    one, two, three, four = trade_ids
    for who in "ab":
        s.observe(who, 1, one)
    s.suspect_loss("a")
    s.observe("a", 3, three)  # first with it, after a break
    assert s.observe("b", 2, two) == "reordered"
    s.observe("b", 3, three)
    s.suspect_loss("b")
    assert s.observe("a", 4, four) == "accepted"
    s.observe("b", 4, four)
    assert (s.gaps, len(s.taken)) == ([], 4)


def test_breaks_of_both_are_a_gap() -> None:
    s = Shared(LOOSE)
    for who in "ab":
        s.observe(who, 1, "p")
    s.suspect_loss("a")
    s.observe("a", 5, "q")
    assert s.gaps == [], "b may have heard what a did not"
    s.suspect_loss("b")
    s.observe("a", 6, "r")
    assert s.ids() == [("p", "q", "session")]
    s.observe("b", 6, "r")
    s.observe("b", 7, "s")
    assert len(s.gaps) == 1, "b was away, a was not"


def test_one_that_died_is_not_waited_for_beyond_a_minute() -> None:
    s = Shared(LOOSE)
    for who in "ab":
        s.observe(who, SECOND, "p")
    s.suspect_loss("a")
    s.observe("a", 5 * SECOND, "q")
    s.observe("a", 5 * SECOND + PATIENCE, "r")
    assert s.gaps == []
    s.observe("a", 5 * SECOND + PATIENCE + 1, "s")
    assert s.ids() == [("p", "q", "session")]
    assert s.gate.span == (SECOND, 5 * SECOND)
    s.suspect_loss("a")
    s.observe("a", 9 * SECOND + PATIENCE, "t")
    assert s.ids()[1:] == [("s", "t", "session")], "b is dead by now"
    assert s.gate.span is None, "told as it was found"


def test_the_last_trade_again_after_subscribing_proves_nothing() -> None:
    s = Shared(LOOSE)
    for who in "ab":
        s.observe(who, 1, "5")
    s.suspect_loss("a")
    s.suspect_loss("b")
    s.observe("a", 1, "5")
    s.observe("a", 2, "6")
    s.observe("b", 2, "6")
    assert s.ids() == [("5", "6", "session")]


def test_names_that_are_heard_no_more_are_forgotten() -> None:
    s = Shared(COUNTS)
    for n in range(3 * CONNECTORS_KEPT):
        s.suspect_loss(f"pod-{n}")
        s.observe(f"pod-{n}", n + 1, str(n + 1))
        s.observe("steady", n + 1, str(n + 1))
    kept = s.gate.dump()["heard"]
    assert len(kept) == CONNECTORS_KEPT
    assert {"steady", "pod-47", "pod-33"} <= kept.keys()
    assert s.gaps == []


def test_a_hole_too_long_to_wait_for_is_told_at_once() -> None:
    for missing, told in ((MOST_MISSING, 0), (MOST_MISSING + 1, 1)):
        s = Shared(COUNTS)
        for who in "ab":
            s.observe(who, 1, "0")
        s.observe("a", 2, str(missing + 1))
        assert len(s.gaps) == told


@pytest.mark.parametrize(("passed", "brings"), [(True, True), (False, True), (False, False)])
def test_what_a_parser_misses_another_connector_may_bring(passed: bool, brings: bool) -> None:
    """A push stands for several ids; that 5 and 6 are missing shows with the push after "8"."""
    s = Shared(LOOSE)
    for who in "ab":
        s.observe(who, 1, "4")
    pushes = [(2, "6"), (2, "8")] if brings else [(2, "8")]
    if passed:
        verdicts = [s.observe("b", *push) for push in [*pushes, (3, "9")]]
    s.observe("a", 2, "8")
    s.gate = brought_by(s.gate, "a")
    s.gate.report_gap(Gap(LOOSE, "4", "7", "ids"))
    s.observe("a", 3, "9")
    if not passed:
        verdicts = [s.observe("b", *push) for push in [*pushes, (3, "9")]]
    s.observe("a", 4, "10")
    assert s.gaps == []
    assert len(s.taken) == len(set(s.taken)) == 4 + brings
    assert verdicts.count("reordered") == (brings and not passed)


def test_what_a_parser_misses_is_told_where_nobody_else_hears() -> None:
    s = Shared(LOOSE)
    for who in "ab":
        s.observe(who, 1, "4")
    s.suspect_loss("b")
    s.observe("a", 2, "8")
    s.gate = brought_by(s.gate, "a")
    s.gate.report_gap(Gap(LOOSE, "4", "7", "ids"))
    s.observe("a", 3, "9")
    assert s.ids() == [("4", "7", "ids")]


@dataclass
class Line:
    """One connector: where its connection was up, and how late what it heard arrives."""

    up: list[tuple[int, int]]
    lag: int
    again: bool
    """After subscribing the venue sends the newest trade once more."""
    arrivals: list[tuple[int, int]] = field(default_factory=list)
    """(time, number of the trade); -1 is the start of a session."""
    known: list[tuple[int, int]] = field(default_factory=list)
    """Of each session the times of its first and last trade: what is known of its being up."""


@dataclass
class World:
    """A venue's trades and who heard which."""

    kind: str
    trades: list[tuple[int, str]]
    lines: list[Line]

    @property
    def heard(self) -> set[int]:
        return {k for line in self.lines for _, k in line.arrivals if k >= 0}

    def nobody_up(self, begin: int, end: int) -> bool:
        """Whether at some time between two trades no connector is known to have been up."""
        known = [span for line in self.lines for span in line.known]
        marks = sorted({begin, end, *(t for span in known for t in span)})
        inside = [(a, b) for a, b in pairwise(marks) if begin <= a and b <= end]
        return any(not any(s <= a and b <= e for s, e in known) for a, b in inside)


def world(seed: int) -> World:
    r = random.Random(seed)
    kind = KINDS[seed % 3]
    trades, ts, number = [], 1_700_000_000 * SECOND, 100
    for _ in range(r.randint(30, 150)):
        ts += r.choice([0, MS, 20 * MS, 300 * MS, 2 * SECOND])
        number += 1 if kind == "counts" else r.randint(1, 9)
        trades.append((ts, f"id-{number}" if kind == "text" else str(number)))
    begin, end = trades[0][0], ts + 3 * SECOND
    # In the end all are up, and a trade much later ends the waiting.
    trades += [(ts + 2 * SECOND, "id-z" if kind == "text" else str(number + 1))]
    trades += [(ts + 2 * PATIENCE, "id-y" if kind == "text" else str(number + 2))]
    lines = []
    for _ in range(r.choice([2, 2, 3])):
        cuts = sorted({r.randrange(begin, ts) for _ in range(2 * r.randint(0, 4))})
        edges = [begin, *cuts[: len(cuts) // 2 * 2], end + 3 * PATIENCE]
        up = list(zip(edges[::2], edges[1::2], strict=True))
        line = Line(up, r.choice([0, MS, 30 * MS, 900 * MS]), r.random() < 0.4)
        for number_up, (since, until) in enumerate(up):
            inside = [k for k, (at, _) in enumerate(trades) if since <= at < until]
            if number_up and inside:
                first = trades[inside[0]][0] + line.lag
                line.arrivals.append((first, -1))
                if line.again and inside[0]:
                    line.arrivals.append((first, inside[0] - 1))
            if inside:
                line.known.append((trades[inside[0]][0], trades[inside[-1]][0]))
            line.arrivals += [(trades[k][0] + line.lag, k) for k in inside]
        lines.append(line)
    return World(kind, trades, lines)


@pytest.mark.parametrize("seed", range(300))
def test_each_trade_once_and_a_gap_only_where_nobody_heard(seed: int) -> None:
    w = world(seed)
    r = random.Random(seed)
    s = Shared(COUNTS._replace(counts=w.kind == "counts"))
    events = sorted(
        (at, n, place, k)
        for n, line in enumerate(w.lines)
        for place, (at, k) in enumerate(line.arrivals)
    )
    for _, n, _, k in events:
        if k < 0:
            s.suspect_loss(str(n))
        else:
            s.observe(str(n), *w.trades[k])
        if r.random() < 0.1:
            s.reload()
    # In the order of ids; equal times leave their order open where ids have none.
    assert len(s.taken) == len(set(s.taken)), "a trade was taken twice"
    place = {trade_id: k for k, (_, trade_id) in enumerate(w.trades)}
    spans = [(place[str(g.last_id)], place[str(g.next_id)]) for g in s.gaps]
    # What came after its gap was told is taken by the hole that the Pricer keeps of it.
    taken = {place[str(trade_id)] for _, trade_id in s.taken}
    late = w.heard - taken
    for k in late:
        assert any(a < k < b for a, b in spans), f"trade {k} was heard and not taken"
    lost = set(range(min(w.heard), len(w.trades))) - w.heard
    for k in lost:
        assert any(a < k < b for a, b in spans), f"trade {k} is missing and not told"
    for a, b in spans:
        if w.kind == "counts":
            assert (lost | late) & set(range(a + 1, b)), f"nothing is missing between {a} and {b}"
        else:
            begin, end = w.trades[a][0], w.trades[b][0]
            assert w.nobody_up(begin, end) or lost & set(range(a, b)), f"{a} to {b} was heard"
