import random

from connectors.health import Pulse, StallRule
from connectors.retry import AttemptBudget, Backoff
from connectors.venue import Limits


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
    rule = StallRule(factor=20.0, burst=1.0, beats=5)
    busy, quiet = Pulse(rule), Pulse(rule)
    for pulse in (busy, quiet):
        pulse.begin(0.0)
    for n in range(4000):
        busy.beat(n * 0.1)
    for n in range(41):
        quiet.beat(n * 10.0)
    assert busy.limit() is not None
    assert abs(busy.limit() - 20.0) < 2.0  # type: ignore[operator]
    assert quiet.limit() == 200.0
    now = 400.0
    assert not busy.stalled(now + 15)
    assert busy.stalled(now + 25)
    assert not quiet.stalled(now + 199)
    assert quiet.stalled(now + 201)


def test_a_burst_is_one_beat() -> None:
    """Sixty trades in a millisecond each five minutes is not sixty trades a millisecond."""
    pulse = Pulse(StallRule(factor=20.0, burst=1.0, beats=5))
    pulse.begin(0.0)
    for cluster in range(10):
        for n in range(60):
            pulse.beat(cluster * 300.0 + n * 1e-5)
    assert pulse.limit() == 6000.0


def test_no_judgement_without_a_rate() -> None:
    pulse = Pulse(StallRule(beats=5))
    pulse.begin(0.0)
    assert not pulse.stalled(1e9)
    for n in range(5):
        pulse.beat(float(n * 2))
    assert pulse.limit() is None
    pulse.beat(10.0)
    assert pulse.limit() == 40.0
    pulse.forget()
    assert not pulse.stalled(1e9)


def test_the_time_between_two_sessions_is_no_interval() -> None:
    pulse = Pulse(StallRule())
    pulse.begin(0.0)
    for n in range(10):
        pulse.beat(n * 2.0)
    pulse.begin(10_000.0)
    assert not pulse.stalled(10_030.0)
    assert pulse.stalled(10_041.0)
    pulse.beat(10_001.0)
    assert pulse.limit() == 40.0
