"""Two connections of unequal haste, of which one takes over from the other."""

import random
from uuid import UUID

import pytest

from connectors.feed.overlap import HELD, LAG, SEEN, Overlap
from connectors.venues.sequential_ids import PushedIds
from engine.pricing.gate import TradeGate
from engine.records import Gap, Instrument, Tick

BYBIT = Instrument("bybit", "BTCUSDT", "BTC", "USDT", "spot", False)


def tick(number: int, ts: int = 0) -> Tick:
    return Tick(BYBIT, 10.0, 1.0, "buy", str(UUID(int=number)), ts or number)


class Run:
    """Trades at `rate` a second for 12 s; the new connection is asked for at 3 s.

    What is passed on is kept as numbers, a Gap as None. `cut` is when the old connection breaks and
    loses what is under way; otherwise it is closed once the new one carries all, and drained.
    """

    def __init__(self, seed: int, rate: float, cut: float | None = None) -> None:
        rng = random.Random(f"{seed}:{rate}")
        self.made: list[float] = []
        now = 0.0
        while now < 12.0:
            self.made.append(now)
            now += rng.expovariate(rate)
        lag = {line: rng.uniform(0.0, 0.7 * LAG) for line in ("old", "new")}
        jitter = rng.choice((0.0, 0.02, 0.3))
        subscribed = 3.0 + rng.uniform(0.0, 0.2)
        events = [(0.1 * n, "look", 0) for n in range(160)]
        events.append((subscribed + lag["new"], "ack", 0))
        for line in ("old", "new"):
            before = 0.0
            for number, at in enumerate(self.made):
                before = max(before, at + lag[line] + rng.uniform(0.0, jitter))
                if line == "old" or at >= subscribed:
                    events.append((before, line, number))
        events.sort()
        self.passed: list[int | None] = []
        self.last: str | None = None
        self.overlap: Overlap | None = None
        self.closed = self.anew = False
        for at, what, number in events:
            if self.overlap is None and at >= 3.0:
                self.overlap = Overlap({BYBIT: self.last})
            if what != "look":
                self._arrive(what, number, at)
            elif self.overlap is not None:
                self._take(self.overlap.poll(at))
                if cut is not None and at >= cut and not self.closed:
                    self._end(at)
                elif not self.overlap.waiting() and not self.closed:
                    for late, line, n in events:  # what is under way still comes
                        if line == "old" and late > at and self.made[n] <= at:
                            self._arrive(line, n, at)
                    self._end(at)

    def _end(self, now: float) -> None:
        assert self.overlap is not None
        self.closed = True
        self._take(self.overlap.end())

    def _arrive(self, line: str, number: int, at: float) -> None:
        if self.overlap is None:
            if line == "old":
                self._take([tick(number)])
        elif line == "ack":
            if self.overlap.covers("BTCUSDT"):
                self.overlap.accepted("BTCUSDT", at)
        elif line == "new":
            if self.overlap.covers("BTCUSDT"):
                self._take(self.overlap.from_new(tick(number), at))
            else:
                self._take([Gap(BYBIT, None, None, "session")] * (not self.anew) + [tick(number)])
                self.anew = True
        elif not self.closed:
            self._take(self.overlap.from_old(tick(number), at))

    def _take(self, events: list[Tick | Gap]) -> None:
        for event in events:
            if isinstance(event, Gap):
                self.passed.append(None)
            else:
                self.passed.append(UUID(event.id).int)
                self.last = event.id


@pytest.mark.parametrize("rate", [0.3, 2.0, 20.0, 200.0])
def test_every_trade_once_in_order_and_without_a_gap(rate: float) -> None:
    for seed in range(100):
        run = Run(seed, rate)
        assert run.closed, seed
        assert run.passed == list(range(len(run.made))), seed


@pytest.mark.parametrize("rate", [2.0, 20.0, 200.0])
def test_a_break_in_the_middle_loses_nothing_without_a_gap_at_its_place(rate: float) -> None:
    gaps = clean = 0
    for seed in range(300):
        run = Run(seed, rate, cut=random.Random(seed).uniform(3.0, 5.0))
        numbers = [n for n in run.passed if n is not None]
        assert numbers == sorted(set(numbers)), "in order, each once"
        told = False
        wanted = 0
        for number in run.passed:
            if number is None:
                told = True
                continue
            assert number == wanted or told, f"{seed}: {wanted} to {number} is missing in silence"
            wanted, told = number + 1, False
        gaps += None in run.passed
        clean += None not in run.passed
    assert gaps > 20, "before the two have a trade in common there is doubt"
    assert clean > 20, "after that there is none"


def overlap(*suspects: str) -> Overlap:
    return Overlap({BYBIT: tick(1).id}, suspects)


def numbers(events: list[Tick | Gap]) -> list[int | str]:
    return [e.reason if isinstance(e, Gap) else UUID(e.id).int for e in events]


def test_the_last_trade_sent_on_subscribing_joins_at_once() -> None:
    """As OKX does it."""
    both = overlap()
    assert both.from_new(tick(1), 1.0) == []
    assert both.waiting() == []
    assert numbers(both.from_new(tick(2), 1.1)) == [2]
    assert numbers(both.from_old(tick(2), 1.2)) == []
    assert both.dropped == 2


def test_a_suspect_waits_for_nothing_and_is_not_waited_for() -> None:
    both = overlap("BTCUSDT")
    assert both.waiting() == []
    assert numbers(both.from_new(tick(5), 1.0)) == ["session", 5]
    assert numbers(both.from_old(tick(5), 1.1)) == []


def test_a_symbol_that_only_the_new_connection_has_begins_anew_after_a_while() -> None:
    both = overlap()
    assert numbers(both.from_new(tick(5), 1.0)) == []
    assert numbers(both.poll(1.0 + LAG)) == []
    assert numbers(both.poll(1.1 + LAG)) == ["session", 5]


def test_a_silent_symbol_is_taken_over_only_where_the_old_connection_is_trusted() -> None:
    other = Instrument("bybit", "LTCUSDT", "LTC", "USDT", "spot", False)
    for suspects in ((), ("LTCUSDT",)):
        both = Overlap({BYBIT: None, other: None}, suspects)
        both.accepted("BTCUSDT", 1.0)
        assert "BTCUSDT" in both.waiting()
        both.poll(1.1 + LAG)
        assert "BTCUSDT" not in both.waiting()
        passed = numbers(both.from_new(tick(5), 9.0))
        assert passed == (["session", 5] if suspects else [5])


def test_a_symbol_that_trades_on_the_old_connection_alone_is_never_taken_for_carried() -> None:
    """Binance may accept a symbol and stay silent."""
    both = overlap()
    both.accepted("BTCUSDT", 1.0)
    both.from_old(tick(2), 1.2 + LAG)
    both.poll(99.0)
    assert both.waiting() == ["BTCUSDT"]
    both.end()
    assert numbers(both.from_new(tick(9), 99.1)) == ["session", 9]


def test_what_waits_is_bounded_and_what_is_remembered_too() -> None:
    both = overlap()
    for number in range(HELD):
        assert both.from_new(tick(10 + number), 1.0) == []
    passed = numbers(both.from_new(tick(10 + HELD), 1.0))
    assert passed == ["session", *range(10, 11 + HELD)], "full: a Gap, and nothing is thrown away"
    both = overlap()
    for number in range(SEEN + 10):
        both.from_old(tick(10 + number), 1.0)
    both.from_new(tick(9 + SEEN + 10), 1.0)
    assert both.waiting() == []
    assert numbers(both.from_new(tick(10), 1.1)) == [10], "forgotten: the gate judges it"
    assert numbers(both.from_new(tick(9 + SEEN), 1.1)) == []


def test_a_gap_of_the_new_connections_parser_waits_as_its_trades_do() -> None:
    both = overlap()
    hole = Gap(BYBIT, "a", "b", "ids")
    assert both.from_new(tick(5), 1.0) == both.from_new(hole, 1.0) == []
    assert both.from_new(tick(6), 1.0) == []
    assert numbers(both.from_old(tick(5), 1.1)) == [5, "ids", 6]


def test_trades_without_ids_are_told_apart_by_all_they_have() -> None:
    both = Overlap({BYBIT: None})
    nameless = [Tick(BYBIT, 10.0 + n, 1.0, "buy", None, 7) for n in range(3)]
    assert both.from_old(nameless[0], 1.0) == [nameless[0]]
    assert both.from_new(nameless[0], 1.0) == []
    assert both.from_new(nameless[1], 1.0) == [nameless[1]]
    assert both.from_old(nameless[1], 1.0) == []


def test_when_the_new_connection_ends_the_old_one_goes_on() -> None:
    both = overlap()
    both.from_new(tick(5), 1.0)
    both.from_new(tick(6), 1.0)
    both.abandon()
    assert numbers(both.from_old(tick(2), 1.1)) == [2]
    assert both.joined() == set()
    assert numbers(both.from_old(tick(5), 1.2)) == [5, 6], "what came is not thrown away"
    assert numbers(both.poll(99.0)) == numbers(both.end()) == []
    both = overlap()
    both.from_new(tick(5), 1.0)
    both.abandon()
    assert numbers(both.poll(1.1 + LAG)) == ["session", 5], "the old one has left it out"


def test_what_the_old_connection_leaves_out_comes_in_its_place() -> None:
    both = overlap()
    for number in (5, 6, 7, 8):
        assert both.from_new(tick(number), 1.0) == []
    assert numbers(both.from_old(tick(7), 1.1)) == [5, 6, 7, 8]


def test_a_connection_that_breaks_while_nobody_listened_has_not_been_silent() -> None:
    """Its end is read 3 s late, and so is what the new one says."""
    both = overlap()
    both.accepted("BTCUSDT", 1.0)
    assert both.end() == []
    assert numbers(both.from_new(tick(5), 4.0)) == ["session", 5]


def test_time_in_which_nobody_listened_does_not_count() -> None:
    """A trade of before the subscription is read 2 s late."""
    both = overlap()
    both.accepted("BTCUSDT", 1.0)
    both.from_old(tick(2), 3.1)
    both.away(2.0)
    both.poll(3.1 + LAG)
    assert both.waiting() == ["BTCUSDT"]
    both.poll(3.2 + LAG)
    assert both.waiting() == [], "the new one need not have had it"
    both = overlap()
    both.from_new(tick(5), 1.0)
    both.away(2.0)
    assert both.poll(3.0 + LAG) == []
    assert numbers(both.from_old(tick(5), 3.1 + LAG)) == [5]


# ---- each of the two leaves something out, and its parser says so

OKX = Instrument("okx", "BTC-USDT", "BTC", "USDT", "spot", False)


def push(number: int) -> Tick:
    return Tick(OKX, 10.0, 1.0, "buy", str(number), number)


def hole(last: int, following: int) -> Gap:
    return Gap(OKX, str(last), str(following), "ids")


def test_a_gap_of_one_connection_is_none_where_the_other_one_had_all_of_it() -> None:
    for ahead, behind in (("new", "old"), ("old", "new")):
        both = Overlap({OKX: "4"})
        say = {"old": both.from_old, "new": both.from_new}
        say["new"](push(5), 1.0)
        say["old"](push(5), 1.0)
        assert both.waiting() == []
        for number in (6, 7, 8):
            assert say[ahead](push(number), 1.1) == [push(number)]
        say[behind](push(8), 1.2)
        assert say[behind](hole(5, 8), 1.3) == [], f"the {ahead} one had 6 and 7"
        assert say[behind](hole(8, 10), 1.4) == [hole(8, 10)], "nobody had 9 yet"


def test_a_gap_that_began_before_the_new_connection_did_is_told() -> None:
    both = Overlap({OKX: "4"})
    for number in (7, 8):
        both.from_new(push(number), 1.0)
    assert both.from_old(push(8), 1.1) == [push(7), push(8)]
    assert both.from_old(hole(4, 8), 1.2) == [hole(4, 8)], "7 came, 5 and 6 did not"


def test_of_gaps_of_both_connections_one_is_told_for_each_lost_trade() -> None:
    """Either leaves rows of trades out; the gate judges what is passed on."""
    untold = needless = 0
    for seed in range(400):
        rng = random.Random(seed)
        both = Overlap({OKX: "0"})
        events: list[tuple[float, str, Tick | Gap]] = []
        said = set[int]()
        for line, first in (("old", 1), ("new", rng.randint(3, 8))):
            lag, ids, left = rng.uniform(0.0, 0.3), PushedIds(), 0
            for number in range(1, 41):
                left = left - 1 if left > 0 else rng.randint(1, 5) * (rng.random() < 0.2)
                if number == first == 1 or (left <= 0 and number >= first):
                    said.add(number)
                    at = number * 0.05 + lag
                    events += [(at, line, gap) for gap in ids.admit(push(number), 1)]
                    events.append((at, line, push(number)))
            events += [(9.0, line, gap) for gap in ids.end(OKX)]
        events.sort(key=lambda event: event[0])
        gate, told, taken = TradeGate(OKX), list[Gap](), set[int]()
        for at, line, event in events:
            say = both.from_old if line == "old" else both.from_new
            for passed in [*both.poll(at), *say(event, at)]:
                if isinstance(passed, Gap):
                    told.append(passed)
                elif gate.admit(passed.ts, passed.id) == "accepted":
                    taken.add(passed.ts)
        spans = [(int(g.last_id or 0), int(g.next_id or 0)) for g in told if g.reason == "ids"]
        lost = set(range(1, max(said))) - said
        assert both.waiting() == [], seed
        untold += sum(not any(a < n < b for a, b in spans) for n in lost)
        needless += sum(all(n in taken for n in range(a + 1, b)) for a, b in spans)
    assert (untold, needless) == (0, 0)
