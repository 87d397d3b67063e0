"""Our clock is set, theirs is off, the machine sleeps: trades go on, and no alarm is missed."""

from __future__ import annotations

import random
from bisect import bisect_left, bisect_right
from functools import cache
from itertools import pairwise

import pytest

from engine.records import TickFrame
from engine.types import HOUR, MINUTE, SECOND
from streams.clock import SLOWER
from tests.connectors.faults.virtual_loop import START
from tests.tidegauge.clock_world import SECONDS, Event, World

STEPPED_AT = 36.0
"""In the middle of a fall."""
BACK_AT = 46.0
"""Before the next."""
MS = SECOND // 1000


def skew(ns: int) -> Event:
    """The wall clock is set so that it is off by this."""

    def event(world: World) -> None:
        world.skew = ns

    return event


def asleep(ns: int) -> Event:
    """The machine sleeps so long."""
    return lambda world: world.sleep(ns)


def restart(ns: int) -> Event:
    """The process is down for three seconds, in which the wall clock is set."""

    def event(world: World) -> None:
        world.skew, world.down = ns, world.loop.time() + 3.0

    return event


@cache
def undisturbed(seed: int) -> World:
    """The same market without any of it."""
    return World(seed).run()


def check(world: World, since: float = STEPPED_AT, within: float = 1.0) -> None:
    """What holds whatever happened: every alarm, no time that runs back, no standing still."""
    calm = undisturbed(world.seed)
    assert len(calm.alerts) >= 8
    assert world.told() == calm.told()
    for (at, body), (then, _) in zip(world.alerts, calm.alerts, strict=True):
        assert abs(at - then) < within, body["rule"]
    times = [0]
    for frame in world.frames:
        if isinstance(frame, TickFrame):
            times += [*frame.received, frame.now]
    assert times == sorted(times)
    stamps = [body["at"] for _, body in world.alerts]
    assert stamps == sorted(stamps)
    assert world.rejected == 0
    said = [at for at, _ in world.levels]
    assert min(at for at in said if at >= since) < since + within
    holes = [b - a for a, b in pairwise(said) if b - a > within]
    assert holes == []
    levels = [body["level"] for _, body in calm.levels]
    when = [at for at, _ in calm.levels]
    for at, body in world.levels:
        near = levels[bisect_left(when, at - 1.0) : bisect_right(when, at + 1.0)]
        assert min(near) * 0.998 <= body["level"] <= max(near) * 1.002


def pace(world: World, begin: float, end: float) -> list[float]:
    """How fast the log's time passed in each two seconds of the snapshots between."""
    rows = [(at, body["as_of"]) for at, body in world.snapshots if begin < at <= end]
    return [
        (b[1] - a[1]) / SECOND / (b[0] - a[0]) for a, b in zip(rows, rows[2::2], strict=False) if b
    ]


def flagged(world: World, begin: float, end: float) -> set[bool]:
    """Whether the snapshots between two times are flagged."""
    return {
        "clock_stepped" in body["quality"]["flags"]
        for at, body in world.snapshots
        if begin < at <= end
    }


def error(world: World) -> float:
    """Seconds by which the log is ahead of the true time at the end."""
    return (world.frames[-1].now - world.true()) / SECOND


@pytest.mark.parametrize("back", [HOUR, 5 * SECOND, 100 * MS])
def test_set_back_and_then_right(back: int) -> None:
    world = World(events={STEPPED_AT: skew(-back), BACK_AT: skew(0)}).run()
    check(world)
    assert all(0.9 < x < 1.1 for x in pace(world, 0.0, SECONDS))
    told = back > SECOND
    assert world.reasons(STEPPED_AT, BACK_AT - 1.0) == ({"clock_stepped"} if told else set())
    assert flagged(world, 0.0, STEPPED_AT) == {False}
    assert flagged(world, STEPPED_AT + 1.0, BACK_AT) == {told}
    assert world.reasons(BACK_AT + 3.0, SECONDS) == set()
    assert flagged(world, BACK_AT + 3.0, SECONDS) == {False}
    assert abs(error(world)) < 0.1


def test_set_back_by_an_hour_for_good() -> None:
    world = World(events={STEPPED_AT: skew(-HOUR)}).run()
    check(world)
    assert world.reasons(STEPPED_AT, SECONDS) == {"clock_stepped"}
    assert flagged(world, STEPPED_AT + 1.0, SECONDS) == {True}
    assert abs(error(world)) < 0.1
    frames = [f for f in world.frames if isinstance(f, TickFrame)]
    assert all(abs(r - t) < SECOND for f in frames for r, t in zip(f.received, f.ts, strict=True))
    (told,) = {reason for _, told in world.ready[-1:] for reason in told}
    assert told == (
        "clock_stepped: the log's time is 3600.0 s ahead of our clock; the venues' time stamps say "
        "that our clock is wrong: set it right"
    )


@pytest.mark.parametrize("back", [True, False])
def test_set_ahead_by_an_hour(back: bool) -> None:
    events = {STEPPED_AT: skew(HOUR), **({BACK_AT: skew(0)} if back else {})}
    world = World(events=events).run()
    check(world)
    assert all(0.9 < x < 1.1 for x in pace(world, 0.0, SECONDS))
    assert world.reasons(STEPPED_AT, BACK_AT - 1.0) == {"clock_stepped"}
    assert world.reasons(BACK_AT + 3.0, SECONDS) == (set() if back else {"clock_stepped"})
    assert flagged(world, STEPPED_AT + 1.0, BACK_AT) == {True}
    assert flagged(world, BACK_AT + 3.0, SECONDS) == {not back}
    assert abs(error(world)) < 0.1


def test_a_machine_that_slept_two_hours() -> None:
    world = World(events={STEPPED_AT: asleep(2 * HOUR)}).run()
    check(world, within=3.0)  # sessions connect again, after a pause that is drawn
    assert abs(error(world)) < 0.1
    gaps = {g.reason for f in world.frames if isinstance(f, TickFrame) for g in f.gaps}
    assert gaps == {"session"}
    assert world.reasons(STEPPED_AT + 3.0, SECONDS) == set()
    assert flagged(world, STEPPED_AT + 5.0, SECONDS) == {False}
    jump = max(b[1]["at"] - a[1]["at"] for a, b in pairwise(world.levels))
    assert 2 * HOUR <= jump < 2 * HOUR + 3 * SECOND


@pytest.mark.parametrize("back", [-HOUR, -5 * SECOND, HOUR])
def test_a_restart_with_a_clock_that_was_set_meanwhile(back: int) -> None:
    world = World(events={30.0: restart(back), BACK_AT: skew(0)}).run()
    check(world, 33.0, within=5.0)
    assert world.lives == 2
    assert world.reasons(34.5, BACK_AT - 1.0) == {"clock_stepped"}
    assert flagged(world, 35.0, BACK_AT) == {True}
    assert world.reasons(BACK_AT + 3.0, SECONDS) == set()
    # Three seconds down: the log is behind the true time until the clock is right again.
    assert abs(error(world)) < 0.1


def test_a_log_that_is_an_hour_ahead_goes_on_from_there() -> None:
    world = World(last=START + HOUR, events={30.0: restart(0)}).run()
    check(world, 33.0, within=5.0)
    assert all(0.9 < x < 1.1 for x in [*pace(world, 0.0, 30.0), *pace(world, 34.0, SECONDS)])
    assert world.reasons(8.0, SECONDS) == {"clock_stepped"}
    assert flagged(world, 3.0, SECONDS) == {True}
    lost = 3600.0 - error(world)
    assert lost == pytest.approx(3.0 + (SECONDS - 3.0) / SLOWER, abs=0.5)
    assert "and runs a 16th slower until about 2027-01-15T23:5" in world.ready[-1][1][0]


@pytest.mark.parametrize("minutes", [10, -10])
def test_one_venue_is_minutes_off(minutes: int) -> None:
    world = World()
    world.off["kraken"] = minutes * MINUTE
    world.run()
    check(world)
    assert world.reasons(8.0, SECONDS) == {"kraken"}
    assert flagged(world, 5.0, SECONDS) == {False}
    assert abs(error(world)) < 0.1


@pytest.mark.parametrize("seed", range(100, 109))
def test_whatever_is_done_to_the_clocks(seed: int) -> None:
    """A step, a sleep or a restart each few seconds, of any size and either way."""
    rng = random.Random(seed)
    events = dict[float, Event]()
    at = 8.0
    while (at := at + rng.uniform(3.0, 9.0)) < SECONDS - 10.0:
        size = int(10 ** rng.uniform(8.0, 13.0))  # 100 ms to 3 hours
        step = skew(rng.choice([-1, 1]) * size)
        events[at] = rng.choice([step, step, step, skew(0), asleep(size)])
    events[SECONDS - 5.0] = skew(0)
    world = World(seed, events=events).run()
    check(world, within=4.0)
    assert min(pace(world, 2.0, SECONDS)) > 0.9
    assert -0.1 < error(world) < 5.0
    assert world.reasons(SECONDS - 1.0, SECONDS) <= {"clock_stepped"}
