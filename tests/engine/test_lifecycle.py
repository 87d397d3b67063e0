"""The life of a rule: no step but those of the table, and clocks that survive a restart."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

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

CLOCKS = st.sampled_from([0, 0, 1, 7, 30])
PASSES = st.integers(1, 40)


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

    @rule(sight=st.sampled_from([HOLDS, BETWEEN, CLEARS, MISSING]), after=PASSES)
    def see(self, sight: str, after: int) -> None:
        self.watched(list(self.standing.run(self.timing, self.now + after - 1)))
        self.now += after
        self.seen.append((self.now, sight))
        self.watched(list(self.standing.see(self.timing, sight, self.now)))

    @rule(after=PASSES)
    def pass_time(self, after: int) -> None:
        self.now += after
        self.watched(list(self.standing.run(self.timing, self.now)))

    @rule(again=st.booleans())
    def swing(self, again: bool) -> None:
        """Beyond the limit, clear, and beyond it again, as fast as can be."""
        for sight in (HOLDS, CLEARS):
            self.see(sight, 1)
        if again:
            self.restart()
        self.see(HOLDS, 1)

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

    @invariant()
    def nothing_comes_late(self) -> None:
        fired = [event.at for event in self.said if event.what == FIRES]
        rested = not fired or self.now - fired[-1] >= self.timing.cooldown
        if self.stretch(self.now, HOLDS) >= self.timing.hold and rested:
            assert self.standing.is_open
        if self.stretch(self.now, CLEARS) >= self.timing.clear_hold:
            assert not self.standing.is_open
        if self.timing.no_data and self.stretch(self.now, MISSING) >= self.timing.no_data:
            assert self.standing.state == NO_DATA


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)


def without_hold(state: dict[str, object]) -> RuleStanding:
    return RuleStanding(**(state | {"since": 0}))  # type: ignore[arg-type]


def without_cooldown(state: dict[str, object]) -> RuleStanding:
    return RuleStanding(**(state | {"fired_at": 0}))  # type: ignore[arg-type]


def without_loss(state: dict[str, object]) -> RuleStanding:
    return RuleStanding(**(state | {"missing_since": 0}))  # type: ignore[arg-type]


def hold_begins_anew(state: dict[str, object]) -> RuleStanding:
    since = int(str(state["since"])) + (20 if state["state"] == PENDING else 0)
    return RuleStanding(**(state | {"since": since}))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "load",
    [without_hold, without_cooldown, without_loss, hold_begins_anew],
    ids=lambda f: f.__name__,
)
def test_a_restart_that_forgets_is_found(
    load: Callable[[dict[str, object]], RuleStanding], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RuleStanding, "load", staticmethod(load))
    assert_found()


def test_a_forgotten_cooldown_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    real = RuleStanding.due
    monkeypatch.setattr(
        RuleStanding, "due", lambda self, timing: real(self, timing._replace(cooldown=0))
    )
    assert_found()


def test_a_hold_that_is_not_waited_for_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    real = RuleStanding.due
    monkeypatch.setattr(
        RuleStanding, "due", lambda self, timing: real(self, timing._replace(hold=0))
    )
    assert_found()


def assert_found() -> None:
    """The search of the state machine itself finds what was put in."""
    searching = settings(
        max_examples=500,
        stateful_step_count=30,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
    )
    with pytest.raises(AssertionError):
        run_state_machine_as_test(Life, settings=searching)
