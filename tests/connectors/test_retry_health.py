import math
import random

import pytest

from connectors.feed.health import Pulse, StallRule
from connectors.feed.retry import AttemptBudget, Backoff
from connectors.venues.base import Limits


class Highest(random.Random):
    """Draws the upper end."""

    def uniform(self, a: float, b: float) -> float:
        assert a == 0.0, "full jitter begins at zero"
        return b


def test_backoff_doubles_up_to_its_cap_and_starts_anew() -> None:
    backoff = Backoff(Highest(), first=0.5, longest=30.0)
    assert [backoff.next_delay() for _ in range(8)] == [0.5, 1, 2, 4, 8, 16, 30, 30]
    for _ in range(5000):  # 2.0 ** 5000 would overflow
        backoff.next_delay()
    backoff.reset()
    assert backoff.next_delay() == 0.5


def test_backoff_jitter_covers_the_range() -> None:
    backoff = Backoff(random.Random(7), first=8.0, longest=8.0)
    drawn = [backoff.next_delay() for _ in range(2000)]
    assert 0.0 <= min(drawn) < 0.1
    assert 7.9 < max(drawn) <= 8.0
    assert abs(sum(drawn) / len(drawn) - 4.0) < 0.2


def test_attempts_stay_within_the_window() -> None:
    budget = AttemptBudget(Limits(1, 1, attempts=3, attempts_window=10.0, lifetime=None))
    assert [budget.reserve(t) for t in (0.0, 1.0, 2.0)] == [0.0, 0.0, 0.0]
    assert budget.reserve(4.0) == 6.0
    assert budget.reserve(9.5) == 0.5
    assert budget.reserve(10.0) == 0.0
    assert budget.reserve(10.0) == 1.0


def test_a_symbol_is_judged_by_its_own_rate() -> None:
    """Random trades 20 times a second, and one each 10 s."""
    busy, quiet = Pulse(StallRule()), Pulse(StallRule())
    for pulse in (busy, quiet):
        pulse.begin(0.0)
    rng = random.Random(1)
    now = 0.0
    while now < 400.0:
        now += rng.expovariate(20.0)
        busy.beat(now)
    for n in range(41):
        quiet.beat(n * 10.0)
    assert busy.limit() == pytest.approx(0.05 + 20.0 / 20.0, abs=0.25)
    # 40 waits of 9.95 s beyond the burst: (1 + t/398)^-40 = e^-20.
    assert quiet.limit() == pytest.approx(0.05 + 398.0 * (math.exp(0.5) - 1.0))
    assert not busy.stalled(now + 0.75)
    assert busy.stalled(now + 1.35)
    assert not quiet.stalled(400.0 + 258)
    assert quiet.stalled(400.0 + 259)


def test_few_waits_are_little_evidence() -> None:
    """The same rate, known from ever more waits: the limit falls towards factor times the wait."""
    limits = []
    pulse = Pulse(StallRule())
    pulse.begin(0.0)
    for n in range(10_001):
        pulse.beat(n * 1.05)
        if n in (5, 20, 100, 256, 10_000):
            limits.append(pulse.limit())
    wanted = [0.05 + k * (math.exp(20.0 / k) - 1.0) for k in (5, 20, 100, 256, 256)]
    assert limits == pytest.approx(wanted)


def test_the_calm_after_a_storm_is_no_silence() -> None:
    pulse = Pulse(StallRule())
    pulse.begin(0.0)
    for n in range(500):  # calm: one trade a second
        pulse.beat(float(n))
    for n in range(3000):  # a storm of 30 s
        pulse.beat(500.0 + n * 0.01)
    assert not pulse.stalled(530.0 + 4.0)
    assert pulse.stalled(530.0 + 21.0)


def test_random_trades_are_never_a_stall() -> None:
    """A day of random trades at 1 a second, and an hour at 20, looked at before each."""
    for rate, seconds in ((1.0, 86_400.0), (20.0, 3600.0)):
        rng = random.Random(2)
        pulse = Pulse(StallRule())
        pulse.begin(0.0)
        now = 0.0
        while now < seconds:
            now += rng.expovariate(rate)
            assert not pulse.stalled(now)
            pulse.beat(now)


def test_a_burst_is_one_beat() -> None:
    """Sixty trades in a millisecond each five minutes is not sixty trades a millisecond."""
    pulse = Pulse(StallRule(factor=20.0, burst=1.0, beats=5))
    pulse.begin(0.0)
    for cluster in range(10):
        for n in range(60):
            pulse.beat(cluster * 300.0 + n * 1e-5)
    # 9 waits of 299 s beyond the burst of a second.
    assert pulse.limit() == pytest.approx(1.0 + 9 * 299.0 * (math.exp(20.0 / 9) - 1.0), rel=1e-5)


def test_no_judgement_without_a_rate() -> None:
    pulse = Pulse(StallRule(beats=5))
    pulse.begin(0.0)
    assert not pulse.stalled(1e9)
    for n in range(5):
        pulse.beat(float(n * 2))
    assert pulse.limit() is None
    pulse.beat(10.0)
    assert pulse.limit() == pytest.approx(0.05 + 5 * 1.95 * (math.exp(4.0) - 1.0))
    pulse.suspect()
    pulse.beat(11.0)
    assert not pulse.stalled(1e9), "it was known from few waits, so it must be learnt anew"


def test_one_silence_is_told_once_and_the_next_one_again() -> None:
    """Two trades a second, then none, then some, then none; then ever only one a minute."""
    pulse = Pulse(StallRule())
    pulse.begin(0.0)
    for n in range(100):
        pulse.beat(n * 0.5)
    assert pulse.stalled(70.0)
    pulse.suspect()
    assert not pulse.stalled(1e9)
    pulse.begin(100.0)
    assert not pulse.stalled(1e9), "another connection does not have it either"
    pulse.beat(200.0)
    limit = 0.05 + 5 * 0.45 * (math.exp(20.0 / 5) - 1.0)
    assert not pulse.stalled(200.0 + limit - 0.1)
    assert pulse.stalled(200.0 + limit + 0.1)
    told = 0
    for minute in range(4, 100):
        if pulse.stalled(minute * 60.0):
            pulse.suspect()
            told += 1
        pulse.beat(minute * 60.0)
    assert told == 0


def test_the_time_between_two_sessions_is_no_interval() -> None:
    pulse = Pulse(StallRule())
    pulse.begin(0.0)
    for n in range(300):
        pulse.beat(n * 2.0)
    limit = pulse.limit()
    assert limit == pytest.approx(0.05 + 256 * 1.95 * (math.exp(20.0 / 256) - 1.0))
    pulse.begin(10_000.0)
    assert not pulse.stalled(10_000.0 + limit - 0.1)
    assert pulse.stalled(10_000.0 + limit + 0.1)
    pulse.beat(10_001.0)
    assert pulse.limit() == limit
