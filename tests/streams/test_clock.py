"""The log's clock: it never runs back, stands still for nobody, and finds the right time."""

from __future__ import annotations

import logging
import random
from collections.abc import Sequence

import pytest

from engine.types import HOUR, MINUTE, SECOND
from streams.clock import PATIENCE, SLOWER, STEPPED, LogClock

START = 1_800_000_000 * SECOND
MS = SECOND // 1000
TICK = 50 * MS


class Machine:
    """A machine whose wall clock is off by `skew`, and venues whose stamps are off by `off`."""

    def __init__(self, venues: Sequence[str] = "abc", last: int = 0, skew: int = 0) -> None:
        self.monotonic = 7 * SECOND
        self.true = START
        self.skew = skew
        self.late = 100 * MS
        self.off = dict.fromkeys(venues, 0)
        self.clock = LogClock(lambda: self.true + self.skew, lambda: self.monotonic, last)
        self.times = [self.clock.now()]

    def run(self, ns: int, *, trading: bool = True) -> None:
        """Let time pass; every venue trades each `TICK`, and each trade may be late by `late`."""
        for step in range(ns // TICK):
            self.true += TICK
            self.monotonic += TICK
            received = self.clock.now()
            if trading:
                venue = list(self.off)[step % len(self.off)]
                received = self.trade(venue)
            self.times.append(received)
            assert self.times[-1] >= self.times[-2], "time runs back"

    def trade(self, venue: str) -> int:
        return self.clock.observe(
            self.clock.now(), [(venue, self.true - self.late + self.off[venue])]
        )

    def sleep(self, ns: int) -> None:
        """The machine is suspended."""
        self.true += ns

    @property
    def error(self) -> float:
        """Seconds by which the log's time is ahead of the true one."""
        return (self.clock.now() - self.true) / SECOND


@pytest.mark.parametrize("venues", ["a", "ab", "abcde"])
@pytest.mark.parametrize("back", [100 * MS, 1900 * MS, 5 * SECOND, HOUR])
def test_a_wrong_step_back_changes_nothing_in_the_log(back: int, venues: str) -> None:
    m = Machine(venues)
    m.run(MINUTE)
    m.skew = -back
    m.run(MINUTE)
    # Stamps do not tell a step below 2 s from a late trade: the wall clock's word is taken.
    taken = back if back < 2 * SECOND else 0
    assert m.error == pytest.approx(-min(taken / SECOND, 60 / SLOWER), abs=0.01)
    paces = [(b - a) / TICK for a, b in zip(m.times, m.times[1:], strict=False)]
    assert min(paces) >= 1 - 1 / SLOWER - 1e-6
    assert max(paces) < 1.01
    assert (m.clock.state == STEPPED) == (back > 2 * SECOND)
    assert m.clock.steps == 1
    m.skew = 0
    m.run(MINUTE)
    assert m.error == pytest.approx(0.0, abs=1e-6)
    assert (m.clock.state, m.clock.reasons()) == ("", [])


@pytest.mark.parametrize("venues", ["a", "abcde"])
def test_a_wrong_step_ahead_and_back_changes_nothing_in_the_log(venues: str) -> None:
    m = Machine(venues)
    m.run(MINUTE)
    m.skew = HOUR
    m.run(10 * MINUTE)
    assert m.error == pytest.approx(0.0, abs=1e-6)
    (reason,) = m.clock.reasons()
    assert reason == (
        "clock_stepped: the log's time is 3600.0 s behind our clock; the venues' time stamps say "
        "that our clock is wrong: set it right"
    )
    m.run(2 * PATIENCE, trading=False)
    assert m.error == pytest.approx(0.0, abs=1e-6), "silence takes nothing back"
    m.skew = 0
    m.run(SECOND)
    assert m.error == pytest.approx(0.0, abs=1e-6)
    assert m.clock.state == ""
    assert m.clock.jumps == 0


@pytest.mark.parametrize("venues", ["a", "abcde"])
def test_a_clock_that_is_set_right_from_an_hour_ahead(venues: str) -> None:
    """The log has been there: it goes on, slower, for sixteen hours, and says until when."""
    m = Machine(venues)
    m.run(SECOND, trading=False)
    m.skew = HOUR
    m.run(PATIENCE + 2 * SECOND, trading=False)
    assert m.error == pytest.approx(3600.0), "nobody said anything else"
    m.run(MINUTE)
    before = m.clock.now()
    m.skew = 0
    m.run(MINUTE)
    assert m.clock.now() - before == pytest.approx(MINUTE * (1 - 1 / SLOWER), rel=0.01)
    (reason,) = m.clock.reasons()
    assert reason.startswith("clock_stepped: the log's time is 3")
    assert "s ahead of our clock and runs a 16th slower until about 2027-01-16T0" in reason
    for _ in range(SLOWER * 60):
        m.true += MINUTE
        m.monotonic += MINUTE
        m.run(TICK)
        if not m.clock.state:
            break
    assert (m.true - START) / HOUR == pytest.approx(16.0, abs=0.1)
    m.run(MINUTE)
    assert m.error == pytest.approx(0.0, abs=1e-6)
    assert m.clock.reasons() == []


@pytest.mark.parametrize("backlog", [0, 3])
@pytest.mark.parametrize("venues", ["a", "abcde"])
def test_a_machine_that_slept_goes_on_at_the_first_trade(venues: str, backlog: int) -> None:
    m = Machine(venues)
    m.run(MINUTE)
    slept_at = m.true
    m.sleep(2 * HOUR)
    for venue in venues[:backlog]:  # what lay in the connections
        m.clock.observe(m.clock.now(), [(venue, slept_at)])
    m.run(5 * SECOND, trading=False)
    assert m.error == -7200.0
    assert m.clock.state == STEPPED
    received = m.trade("a")
    assert received == m.true == m.clock.now()
    assert m.clock.state == ""
    m.run(MINUTE)
    assert m.error == pytest.approx(0.0, abs=1e-6)
    assert m.clock.reasons() == []
    assert m.clock.jumps == 1


def test_a_machine_that_slept_and_hears_nothing_waits_half_a_minute() -> None:
    m = Machine()
    m.run(MINUTE)
    m.sleep(2 * HOUR)
    m.run(PATIENCE, trading=False)
    assert m.error == -7200.0
    m.run(2 * SECOND, trading=False)
    assert m.error == 0.0


@pytest.mark.parametrize("venues", ["a", "abc"])
@pytest.mark.parametrize("wrong", ["wall", "log"])
def test_a_restart_goes_on_where_the_log_ends(venues: str, wrong: str) -> None:
    """The wall clock is an hour behind the log, and one of them is wrong."""
    begun = START if wrong == "wall" else START + HOUR
    m = Machine(venues, last=begun, skew=-HOUR if wrong == "wall" else 0)
    assert m.times[0] == begun
    assert m.clock.state == STEPPED
    m.run(2 * MINUTE)
    slower = 0 if wrong == "wall" else 2 * MINUTE // SLOWER
    assert m.clock.now() == pytest.approx(begun + 2 * MINUTE - slower, abs=TICK)
    assert m.clock.state == STEPPED


def test_a_restart_after_an_hour_is_no_step() -> None:
    m = Machine(last=START - HOUR)
    m.run(SECOND, trading=False)
    assert m.error == -3600.0
    assert (m.clock.state, m.clock.reasons()) == ("", [])
    assert m.trade("a") == m.true
    assert (m.clock.state, m.clock.steps) == ("", 0)


def test_a_restart_with_a_wall_clock_that_is_ahead_stays_with_the_log() -> None:
    m = Machine(last=START - SECOND, skew=HOUR)
    m.run(MINUTE)
    assert m.error == pytest.approx(-1.0)
    assert m.clock.state == STEPPED


def test_a_restart_when_neither_the_log_nor_the_wall_clock_is_right() -> None:
    m = Machine(last=START - 30 * MINUTE, skew=-HOUR)
    m.run(MINUTE)
    assert m.error == pytest.approx(-0.1, abs=0.01), "as the stamps say, which are a little late"
    assert m.clock.state == STEPPED


@pytest.mark.parametrize("minutes", [10, -10])
@pytest.mark.parametrize("venues", ["abc", "ab", "a"])
def test_one_venue_that_is_off_is_named_and_nothing_else(venues: str, minutes: int) -> None:
    m = Machine(venues)
    m.off["a"] = minutes * MINUTE
    m.run(10 * MINUTE)
    assert m.error == 0.0
    assert m.clock.state == ""
    said = (
        "a: its time stamps are 600 s ahead of our clock, so its trades are refused"
        if minutes > 0
        else "a: its time stamps are 600 s behind our clock, so its trades count as old"
    )
    assert m.clock.reasons() == [said]


@pytest.mark.parametrize("venues", ["ab", "abcde"])
def test_venues_that_agree_are_right_and_our_clock_is_not(venues: str) -> None:
    m = Machine(venues, skew=-10 * MINUTE)
    m.run(SECOND)
    assert m.error == pytest.approx(-0.1, abs=0.01), "time goes ahead at once"
    assert m.clock.state == STEPPED
    m.run(MINUTE)
    assert m.error == pytest.approx(-0.1, abs=0.01)
    m.skew = 0
    m.run(SECOND)
    assert m.error == 0.0
    assert m.clock.state == ""

    m = Machine(venues, skew=10 * MINUTE)
    m.run(MINUTE)
    assert m.clock.state == STEPPED
    lost = 600 - m.error
    assert lost == pytest.approx(50 / SLOWER, abs=1.0), "back only by running slower"


def test_two_venues_of_five_do_not_move_the_time() -> None:
    m = Machine("abcde")
    m.run(MINUTE)
    m.off["a"] = m.off["b"] = 10 * MINUTE
    m.run(MINUTE)
    assert m.error == 0.0
    assert [reason[0] for reason in m.clock.reasons()] == ["a", "b"]


def test_a_broken_stamp_and_late_feeds_move_nothing() -> None:
    m = Machine("abc")
    m.run(MINUTE)
    m.off["a"] = 10**9 * SECOND
    m.trade("a")
    m.off["a"] = 0
    m.off["b"] = -30 * SECOND
    m.run(MINUTE)
    assert (m.error, m.clock.state, m.clock.reasons()) == (0.0, "", [])
    m.late = 40 * SECOND
    m.run(MINUTE)
    assert (m.error, m.clock.state) == (0.0, "")


def test_no_venue_at_all() -> None:
    m = Machine()
    m.run(MINUTE, trading=False)
    m.skew = -HOUR
    m.run(PATIENCE, trading=False)
    assert m.error == 0.0
    m.run(SLOWER * SECOND + SECOND, trading=False)
    assert m.error == pytest.approx(-1.0, abs=0.1), "then the wall clock counts"


def test_a_pause_between_two_readings_is_no_step() -> None:
    wall, slow = START, [0, 3]

    class Time:
        at = 0

        def monotonic(self) -> int:
            return self.at

        def wall(self) -> int:
            read = wall + self.at
            slow[0] += 1
            if slow[0] % slow[1] == 0:
                self.at += 2 * SECOND  # the process waits for its turn
            return read

    time = Time()
    clock = LogClock(time.wall, time.monotonic)
    for _ in range(100):
        time.at += MS
        assert clock.now() == wall + time.at
    assert clock.steps == 0


def test_a_step_is_told_in_our_own_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    m = Machine()
    m.run(SECOND)
    m.skew = -HOUR
    m.run(MINUTE)
    m.skew = 0
    m.run(SECOND)
    m.sleep(2 * HOUR)
    m.run(SECOND)
    assert [record.message for record in caplog.records] == [
        "clock_stepped: our clock was set back by 3600.0 s",
        "clock_stepped: our clock went 3600.0 s ahead: it was set, or the machine slept",
        "clock_stepped: our clock went 7200.0 s ahead: it was set, or the machine slept",
        "the log's time is to change by +7200.0 s and jumps ahead: the venues' time stamps agree "
        "with it",
    ]


@pytest.mark.parametrize("seed", range(20))
def test_whatever_happens_time_never_runs_back_nor_too_fast_nor_stands_still(seed: int) -> None:
    rng = random.Random(seed)
    m = Machine("abcdef"[: rng.randrange(1, 6)])
    jumps = 0
    for _ in range(60):
        match rng.randrange(5):
            case 0:
                m.skew = int(rng.choice([-1, 1]) * 10 ** rng.uniform(6, 13))
            case 1:
                m.sleep(int(10 ** rng.uniform(8, 13)))
            case 2:
                m.off[rng.choice(list(m.off))] = int(rng.gauss(0, 1) * 10 ** rng.uniform(6, 12))
            case 3:
                m.skew = 0
            case _:
                m.off = dict.fromkeys(m.off, 0)
        first = len(m.times)
        m.run(10 * SECOND, trading=rng.random() < 0.7)
        steps = [b - a for a, b in zip(m.times[first:], m.times[first + 1 :], strict=False)]
        assert min(steps) >= TICK * (1 - 1 / SLOWER) - SLOWER
        jumps += sum(step > TICK + 60 * MS for step in steps)
        assert jumps <= m.clock.jumps
    m.skew, m.off = 0, dict.fromkeys(m.off, 0)
    m.run(MINUTE)
    ahead = m.error
    assert ahead >= -1e-6, "at last it is right, or on its way back"
    m.run(16 * SECOND)
    assert m.error == pytest.approx(max(ahead - 1.0, 0.0), abs=0.01)
