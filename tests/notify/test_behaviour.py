"""When what is sent, and what is not: one notifier or several in turn, in virtual time."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from engine.records import Acknowledgement, Matchers
from engine.types import HOUR, MINUTE, SECOND
from notify import line as lines
from notify.message import Letter, SendOutcome
from notify.notifier import Notifier
from notify.routes import Route
from streams import attention
from streams.attention import new_silence
from tests.connectors.faults.virtual_loop import START, run_virtual
from tests.notify.world import BERLIN, Log, Process, Receiver, clock, webhook


class Scene:
    """A log, receivers and a notifier of these routes."""

    def __init__(self, *routes: Route) -> None:
        self.rng = random.Random(5)
        self.log = Log(self.rng)
        self.to: dict[str, Receiver] = {r.name: Receiver(self.rng, keyed=True) for r in routes}
        self.process = Process(self.log, routes, self.to)
        self.first = self.to[routes[0].name]

    async def restart(self) -> None:
        await self.process.kill()
        self.process.start(self.rng)

    async def silence(self, seconds: float, **match: Any) -> str:
        until = clock() + int(seconds * SECOND)
        said = new_silence(Matchers(**match), clock(), until, "ada", "", clock())
        await self.log.append("silences", said.id, "silence", msgspec.to_builtins(said))
        return said.id

    async def acknowledge(self, n: int) -> None:
        said = Acknowledgement(f"{n:032x}", "ada", "", clock())
        body = msgspec.to_builtins(said)
        await self.log.append("acknowledgements", said.episode, "acknowledgement", body)

    def times(self, route: str | None = None) -> list[float]:
        """When messages arrived, in whole seconds of virtual time."""
        receiver = self.first if route is None else self.to[route]
        return [round((t - START) / SECOND) for t in receiver.times]


def play(script: Callable[[Scene], Awaitable[None]], *routes: Route, wait: float = 0.0) -> Scene:
    """Run a script while a notifier is at work, and then let so much time pass."""

    async def main() -> Scene:
        scene = Scene(*routes)
        scene.process.start(scene.rng)
        await script(scene)
        await asyncio.sleep(wait)
        await scene.process.end()
        return scene

    work: Coroutine[Any, Any, Scene] = main()
    return run_virtual(work)


def ids(*names: str) -> list[str]:
    """`1f` and `1r`: firing and resolution of episode 1."""
    state = {"f": "firing", "r": "resolved"}
    return [f"{int(name[:-1]):032x}:{state[name[-1]]}" for name in names]


def test_one_alert_is_one_message_with_its_id_as_key() -> None:
    async def script(scene: Scene) -> None:
        await scene.log.ring(1, "firing")
        await asyncio.sleep(60)
        await scene.log.ring(1, "resolved")

    scene = play(script, webhook("a"), wait=10)
    assert [m.key for m in scene.first.arrived] == ids("1f", "1r")
    assert scene.times() == [0, 60]
    over = scene.first.arrived[1].alerts[0].body
    assert over["at"] - over["began"] == 60 * SECOND
    assert not any(m.doubtful for m in scene.first.arrived)


def test_what_matches_no_route_is_not_sent() -> None:
    async def script(scene: Scene) -> None:
        for n in range(6):
            await scene.log.ring(n, "firing")

    wanted = Matchers(severity=("critical",), index=("IX*",))
    scene = play(script, webhook("a", match=wanted), wait=10)
    assert scene.first.told() == ids("2f", "5f")


def test_a_group_waits_for_others_from_its_first_alert_on() -> None:
    async def script(scene: Scene) -> None:
        await asyncio.sleep(100)
        for n in range(3):
            await scene.log.ring(n, "firing")
            await asyncio.sleep(8)
        await scene.log.ring(0, "resolved")
        await asyncio.sleep(60)
        await scene.log.ring(1, "resolved")

    scene = play(script, webhook("a", group_wait=30 * SECOND), wait=60)
    assert [len(m.alerts) for m in scene.first.arrived] == [4, 1]
    assert scene.first.told() == ids("0f", "1f", "2f", "0r", "1r")
    assert scene.times() == [130, 214]
    assert scene.first.arrived[0].title == "4 alerts: 3 firing, 1 resolved"


def hold_through_a_restart() -> Scene:
    async def script(scene: Scene) -> None:
        await asyncio.sleep(100)
        await scene.log.ring(1, "firing")
        await asyncio.sleep(20)
        await scene.restart()
        await asyncio.sleep(5)
        await scene.log.ring(2, "firing")

    return play(script, webhook("a", group_wait=30 * SECOND, repeat=HOUR), wait=3700)


def test_a_restart_loses_no_hold() -> None:
    scene = hold_through_a_restart()
    assert [(m.reason, len(m.alerts)) for m in scene.first.arrived] == [("alert", 2), ("repeat", 2)]
    assert [pytest.approx(t, abs=31) for t in scene.times()] == [130, 3760]


def test_a_hold_that_is_lost_on_a_restart_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    real = Notifier.caught_up

    def hasty(self: Notifier, now: int) -> None:
        real(self, now)
        for line in self.lines.values():
            line.ready = {key: item._replace(due=0) for key, item in line.ready.items()}

    monkeypatch.setattr(Notifier, "caught_up", hasty)
    with pytest.raises(AssertionError):
        test_a_restart_loses_no_hold()


def test_it_is_repeated_until_somebody_acknowledges_also_over_restarts() -> None:
    async def script(scene: Scene) -> None:
        await scene.log.ring(1, "firing")
        await asyncio.sleep(9000)
        await scene.restart()
        await asyncio.sleep(2000)
        await scene.acknowledge(1)
        await asyncio.sleep(9000)
        await scene.log.ring(1, "resolved")

    scene = play(script, webhook("a", repeat=HOUR), wait=9000)
    key = ids("1f")[0]
    assert [m.key for m in scene.first.arrived] == [key, f"{key}:2", f"{key}:3", f"{key}:4"][
        : len(scene.first.arrived) - 1
    ] + ids("1r")
    assert scene.times() == [0, 3600, 7200, 10800, 20000]
    assert [m.reason for m in scene.first.arrived] == ["alert", *["repeat"] * 3, "alert"]


def test_what_nobody_acknowledges_is_escalated() -> None:
    async def script(scene: Scene) -> None:
        await scene.log.ring(1, "firing")
        await scene.log.ring(2, "firing")
        await scene.log.ring(3, "firing")
        await asyncio.sleep(300)
        await scene.restart()
        await scene.acknowledge(2)
        await scene.log.ring(3, "resolved")
        await asyncio.sleep(900)
        await scene.restart()
        await asyncio.sleep(900)
        await scene.log.ring(1, "resolved")

    team = webhook("team", escalate_after=15 * MINUTE, escalate_to="boss")
    scene = play(script, team, webhook("boss", only_escalations=True), wait=60)
    assert scene.to["team"].told() == ids("1f", "2f", "3f", "3r", "1r")
    assert [(m.key, m.reason) for m in scene.to["boss"].arrived] == [
        (f"{ids('1f')[0]}:escalation", "escalation"),
        (ids("1r")[0], "alert"),
    ]
    assert scene.times("boss") == [900, 2100]


def silenced() -> Scene:
    async def script(scene: Scene) -> None:
        await scene.silence(3600, index=("IX1",))
        await asyncio.sleep(10)
        await scene.log.ring(1, "firing")  # goes on beyond the silence
        await scene.log.ring(8, "firing")  # begins and ends in it
        await scene.log.ring(2, "firing")  # of another index
        await asyncio.sleep(600)
        await scene.restart()
        await scene.log.ring(8, "resolved")
        await asyncio.sleep(3600)
        await scene.log.ring(15, "firing")  # after it

    return play(script, webhook("a"), wait=600)


def test_a_silence_holds_until_its_end_and_no_longer() -> None:
    scene = silenced()
    assert scene.first.told() == ids("2f", "1f", "15f")
    assert scene.times() == [10, 3600, 4210]
    assert scene.first.arrived[1].reason == "away"
    note = scene.log.notes()[ids("8f")[0]]
    assert note["routes"]["a"]["status"] == "silenced"


def test_a_silence_after_its_end_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    real = attention.is_in_force
    monkeypatch.setattr(attention, "is_in_force", lambda s, now: real(s, now - 20 * SECOND))
    with pytest.raises(AssertionError):
        test_a_silence_holds_until_its_end_and_no_longer()


def test_a_silence_that_is_ended_holds_no_longer() -> None:
    async def script(scene: Scene) -> None:
        await scene.log.ring(1, "firing")
        await asyncio.sleep(1)
        name = await scene.silence(36000)
        await asyncio.sleep(1)
        await scene.log.ring(1, "resolved")
        await scene.log.ring(2, "firing")
        await asyncio.sleep(120)
        said = new_silence(Matchers(), clock() - SECOND, clock() + 1, "ada", "", clock())
        ended = said._replace(id=name, until=clock())
        await scene.log.append("silences", name, "silence", msgspec.to_builtins(ended))

    scene = play(script, webhook("a"), wait=5)
    assert scene.first.told() == ids("1f", "1r", "2f")
    assert scene.times() == [0, 122, 122]


def test_quiet_hours_hold_all_but_what_passes() -> None:
    begin = datetime.fromtimestamp(START // SECOND, UTC)  # 2027-01-15T08:00:00Z
    assert begin.hour == 8

    async def script(scene: Scene) -> None:
        await asyncio.sleep(14 * 3600)  # 23:00 in Berlin
        for n in range(3):
            await scene.log.ring(n, "firing")
        await asyncio.sleep(3600)
        await scene.log.ring(0, "resolved")
        await scene.restart()

    scene = play(script, webhook("a", quiet=BERLIN), wait=9 * 3600)
    assert scene.first.told("alert") == ids("2f")
    assert scene.first.told("away") == ids("0f", "1f", "0r")
    assert scene.times() == [14 * 3600, 22 * 3600]  # 07:00 there


def test_what_is_old_when_it_can_be_sent_comes_in_one() -> None:
    async def script(scene: Scene) -> None:
        scene.first.cut = True
        for n in range(20):
            await scene.log.ring(n, "firing")
            await asyncio.sleep(1)
        await asyncio.sleep(1800)
        await scene.log.ring(3, "resolved")
        scene.first.cut = False

    scene = play(script, webhook("a"), wait=600)
    # Eight had been tried; they go out as what they are. The other twelve come together.
    assert sorted(scene.first.told("alert")) == sorted(ids(*(f"{n}f" for n in range(8)), "3r"))
    (away,) = [m for m in scene.first.arrived if m.reason == "away"]
    assert [a.id for a in away.alerts] == ids(*(f"{n}f" for n in range(8, 20)))
    assert away.title == "While you were away: 12 alerts, 12 of them began"


def test_a_first_start_tells_what_happened_before_in_one() -> None:
    async def main() -> Scene:
        scene = Scene(webhook("a"))
        for n in range(3):
            await scene.log.ring(n, "firing", origin="backfill")
        await scene.log.ring(0, "resolved", origin="backfill")
        await scene.log.ring(4, "firing")
        await asyncio.sleep(3600)
        await scene.log.ring(5, "firing")
        scene.process.start(scene.rng)
        await asyncio.sleep(10)
        await scene.log.ring(1, "resolved")
        await scene.process.kill()
        scene.process.start(scene.rng)
        await asyncio.sleep(10)
        await scene.process.end()
        return scene

    scene = run_virtual(main())
    assert sorted(scene.first.told("away")) == ids("1f", "2f", "4f")
    assert scene.first.told("alert") == ids("5f", "1r")


def test_a_refusal_is_final_and_kept() -> None:
    class Refusing(Receiver):
        async def send(self, letter: Letter) -> SendOutcome:
            self.tries += 1
            return SendOutcome("refused", "404: no such hook")

    async def main() -> Scene:
        scene = Scene(webhook("a"))
        scene.to["a"] = Refusing(scene.rng, keyed=True)
        scene.process.receivers = scene.to
        scene.process.start(scene.rng)
        await scene.log.ring(1, "firing")
        await asyncio.sleep(60)
        await scene.restart()
        await asyncio.sleep(60)
        await scene.process.end()
        return scene

    scene = run_virtual(main())
    delivery = scene.log.notes()[ids("1f")[0]]["routes"]["a"]
    assert (delivery["status"], delivery["answer"]) == ("failed", "404: no such hook")
    assert scene.to["a"].tries == 1


def test_a_day_of_silence_of_the_receiver_gives_it_up() -> None:
    async def script(scene: Scene) -> None:
        scene.first.cut = True
        await scene.log.ring(1, "firing")

    scene = play(script, webhook("a"), wait=25 * 3600)
    assert scene.log.notes()[ids("1f")[0]]["routes"]["a"]["status"] == "failed"
    # The pauses have full jitter: 2.5 minutes in the mean.
    assert 300 < scene.first.tries < 1200


def test_pauses_grow_to_a_bound_with_full_jitter() -> None:
    assert [lines.pause(n, 1.0) // SECOND for n in (1, 2, 3, 9, 10, 99)] == [1, 2, 4, 256, 300, 300]
    assert lines.pause(5, 0.0) == 0


def test_too_many_that_wait_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "WAITING", 10)

    async def script(scene: Scene) -> None:
        scene.first.cut = True
        for n in range(40):
            await scene.log.ring(n, "firing")
            await asyncio.sleep(0.5)
        await asyncio.sleep(1800)
        scene.first.cut = False

    scene = play(script, webhook("a"), wait=600)
    (away,) = [m for m in scene.first.arrived if m.reason == "away"]
    assert (len(away.alerts), away.unlisted) == (10, 22)
    assert "22 more" in away.text


def test_the_second_takes_over_and_a_good_end_leaves_nothing_undone() -> None:
    async def main() -> Scene:
        scene = Scene(webhook("a"))
        other = Process(scene.log, scene.process.routes, scene.to)
        scene.process.start(scene.rng)
        await asyncio.sleep(1)
        other.start(scene.rng)
        await scene.log.ring(1, "firing")
        await asyncio.sleep(1)
        assert other.service.notifier is None
        await scene.process.end()
        await scene.log.ring(2, "firing")
        await asyncio.sleep(1)
        assert other.service.notifier is not None
        await other.end()
        return scene

    scene = run_virtual(main())
    assert scene.first.told() == ids("1f", "2f")
    assert not any(m.doubtful for m in scene.first.arrived)


def test_digests_of_many_keep_the_order_of_each_episode(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "LARGEST", 3)
    monkeypatch.setattr(lines, "SLOTS", 1)

    async def script(scene: Scene) -> None:
        scene.first.cut = True
        for n in range(6):
            await scene.log.ring(n, "firing")
            await asyncio.sleep(1)
        await scene.log.ring(1, "resolved")
        await asyncio.sleep(1800)
        scene.first.cut = False

    scene = play(script, webhook("a"), wait=600)
    assert [len(m.alerts) for m in scene.first.arrived if m.reason == "away"] == [3, 3]
    told = scene.first.told()
    assert sorted(told) == sorted(ids(*(f"{n}f" for n in range(6)), "1r"))
    assert told.index(ids("1f")[0]) < told.index(ids("1r")[0])
