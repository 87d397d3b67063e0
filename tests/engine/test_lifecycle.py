"""The life of a rule: no step but those of the table, and clocks that survive a restart."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from engine.alerts import lifecycle
from engine.alerts.lifecycle import (
    BETWEEN,
    CLEARS,
    FIRES,
    FIRING,
    HOLDS,
    LOST,
    MISSING,
    NO_DATA,
    OK,
    PENDING,
    RESOLVES,
    TRANSITIONS,
    Event,
    IllegalTransitionError,
    RuleStanding,
    Timing,
)

CLOCKS = st.sampled_from([0, 1, 7, 30])


@pytest.mark.parametrize(("before", "after"), list(product(TRANSITIONS, repeat=2)))
def test_a_step_that_is_not_in_the_table_is_impossible(before: str, after: str) -> None:
    standing = RuleStanding(before)
    if after in TRANSITIONS[before]:
        standing.move(after, 5)
        assert (standing.state, standing.since) == (after, 5)
    else:
        with pytest.raises(IllegalTransitionError):
            standing.move(after, 5)
        assert standing.state == before


class Life(RuleBasedStateMachine):
    """Whatever is seen whenever, with restarts in between: each firing held long enough and came
    no sooner than the cooldown allows, each end was clear for long enough."""

    @initialize(hold=CLOCKS, clear=CLOCKS, cooldown=CLOCKS, no_data=CLOCKS)
    def begin(self, hold: int, clear: int, cooldown: int, no_data: int) -> None:
        self.timing = Timing(hold, clear, cooldown, no_data)
        self.standing, self.now = RuleStanding(), 100
        self.seen: list[tuple[int, str]] = [(100, BETWEEN)]
        self.said: list[Event] = []
        self.steps: list[tuple[str, str]] = []

    def watched(self, events: list[Event]) -> None:
        self.said += events
        for event in events:
            self.check(event)

    @rule(sight=st.sampled_from([HOLDS, BETWEEN, CLEARS, MISSING]), after=st.integers(1, 40))
    def see(self, sight: str, after: int) -> None:
        self.watched(list(self.standing.run(self.timing, self.now + after - 1)))
        self.now += after
        self.seen.append((self.now, sight))
        self.watched(list(self.standing.see(self.timing, sight, self.now)))

    @rule(after=st.integers(1, 40))
    def pass_time(self, after: int) -> None:
        self.now += after
        self.watched(list(self.standing.run(self.timing, self.now)))

    @rule()
    def restart(self) -> None:
        self.standing = RuleStanding.load(self.standing.dump())

    def stretch(self, at: int, *sights: str) -> int:
        """For how long, up to an instant, nothing but this was seen; −1 if it is not seen then."""
        begun = None
        for when, sight in reversed([entry for entry in self.seen if entry[0] <= at]):
            if sight not in sights:
                break
            begun = when
        return -1 if begun is None else at - begun

    def check(self, event: Event) -> None:
        if event.what == FIRES:
            assert self.stretch(event.at, HOLDS) >= self.timing.hold
            before = [e.at for e in self.said if e.what == FIRES and e.at < event.at]
            assert not before or event.at - before[-1] >= self.timing.cooldown
        elif event.what == RESOLVES:
            assert self.stretch(event.at, CLEARS) >= self.timing.clear_hold
        elif event.what == LOST:
            assert self.stretch(event.at, MISSING) >= self.timing.no_data > 0

    @invariant()
    def what_is_due_was_said(self) -> None:
        standing = self.standing
        assert standing.state in TRANSITIONS
        assert standing.due(self.timing) > self.now
        firings = sum(e.what == FIRES for e in self.said)
        assert standing.is_open == (firings > sum(e.what == RESOLVES for e in self.said))
        if standing.state in (FIRING, "clearing"):
            assert standing.is_open
        if standing.state in (OK, PENDING):
            assert not standing.is_open
        if standing.state == NO_DATA:
            assert self.stretch(self.now, MISSING) >= self.timing.no_data


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)


def test_a_restart_that_forgets_how_long_it_held_is_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def forgetful(state: dict[str, object]) -> RuleStanding:
        return RuleStanding(**(state | {"since": 0}))  # type: ignore[arg-type]

    def restarted() -> None:
        life = Life()
        life.begin(hold=30, clear=0, cooldown=0, no_data=0)
        life.see(sight=HOLDS, after=1)
        life.restart()
        life.pass_time(after=1)
        life.what_is_due_was_said()

    restarted()
    monkeypatch.setattr(lifecycle.RuleStanding, "load", staticmethod(forgetful))
    with pytest.raises(AssertionError):
        restarted()


def test_a_forgotten_cooldown_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    real = RuleStanding.due

    def due(self: RuleStanding, timing: Timing) -> int:
        return real(self, timing._replace(cooldown=0))

    def twice() -> None:
        life = Life()
        life.begin(hold=0, clear=0, cooldown=30, no_data=0)
        for sight in (HOLDS, CLEARS, HOLDS):
            life.see(sight=sight, after=1)
        life.pass_time(after=1)
        assert [event.what for event in life.said] == [FIRES, RESOLVES]
        life.what_is_due_was_said()

    twice()
    monkeypatch.setattr(lifecycle.RuleStanding, "due", due)
    with pytest.raises(AssertionError):
        twice()
