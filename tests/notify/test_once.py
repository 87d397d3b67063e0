"""Each alert once, whatever dies: kills and cuts at random points, two notifiers, virtual time."""

from __future__ import annotations

import asyncio
import random
from collections import Counter, defaultdict
from typing import Any

import orjson
import pytest

from engine.types import SECOND
from notify import notebook, restoring
from notify.message import Letter
from notify.notifier import Notifier
from streams.memory import MemoryLog
from streams.records import OutRecord
from tests.connectors.faults.virtual_loop import run_virtual
from tests.notify.world import Log, Process, Receiver, webhook

SETTLED = 3 * 3600.0
"""Seconds in which the last cut and the longest pause between two tries are over."""


class Storm:
    """So many episodes while two notifiers are killed by turns and receivers fail and are cut off.

    `slow` makes of each call of the log many steps, of which a kill may leave some undone, as it is
    on Kafka.
    """

    def __init__(self, seed: int, episodes: int, kills: int, slow: float = 0.0) -> None:
        self.rng = random.Random(seed)
        self.episodes, self.kills = episodes, kills
        self.log = Log(self.rng, slow)
        self.receivers = {
            "keyed": Receiver(self.rng, keyed=True, faults=0.2),
            "grouped": Receiver(self.rng, keyed=True, faults=0.2),
            "unkeyed": Receiver(self.rng, keyed=False, faults=0.2),
        }
        self.routes = [
            webhook("keyed"),
            webhook("grouped", group_wait=30 * SECOND),
            webhook("unkeyed"),
        ]

    def run(self) -> None:
        run_virtual(self._run())

    async def _run(self) -> None:
        both = [Process(self.log, self.routes, self.receivers).start(self.rng) for _ in range(2)]
        killing = asyncio.create_task(self._kill(both))
        cutting = asyncio.create_task(self._cut())
        await self._ring()
        await killing
        await cutting
        await asyncio.sleep(SETTLED)
        for process in both:
            await process.end()

    async def _ring(self) -> None:
        """Episodes that begin and end; now and then one is appended again."""
        open_ones = list[int]()
        for n in range(self.episodes):
            await self.log.ring(n, "firing")
            open_ones.append(n)
            while open_ones and self.rng.random() < 0.5:
                over = open_ones.pop(self.rng.randrange(len(open_ones)))
                await self.log.ring(over, "resolved")
            if self.rng.random() < 0.02:
                body = self.rng.choice(self.log.order[-20:])
                await self.log.append("alerts", body["index"], "alert", body)
            await asyncio.sleep(self.rng.expovariate(1.0))
        for n in open_ones:
            await self.log.ring(n, "resolved")

    async def _kill(self, both: list[Process]) -> None:
        for _ in range(self.kills):
            await asyncio.sleep(self.rng.expovariate(1.0) * self.episodes / self.kills)
            victim = self.rng.choice(both)
            await victim.kill()
            await asyncio.sleep(self.rng.choice((0.0, 0.01, 5.0)))
            victim.start(self.rng)

    async def _cut(self) -> None:
        for _ in range(6):
            receiver = self.rng.choice(list(self.receivers.values()))
            receiver.cut = True
            await asyncio.sleep(self.rng.choice((5.0, 60.0, 1500.0)))
            receiver.cut = False
            await asyncio.sleep(self.rng.expovariate(1.0) * self.episodes / 10)

    def problems(self) -> list[str]:
        """What is not as promised."""
        due = {body["id"] for body in self.log.order}
        found = []
        for name in ("keyed", "grouped"):
            told = Counter(self.receivers[name].told())
            found += [f"{name}: {a} told {n} times" for a, n in told.items() if n != 1]
            found += [f"{name}: {a} is missing" for a in due - told.keys()]
        marks = defaultdict[str, list[bool]](list)
        for letter in self.receivers["unkeyed"].arrived:
            for alert in letter.alerts:
                marks[alert.id].append(letter.doubtful)
        found += [f"unkeyed: {a} is missing" for a in due - marks.keys()]
        found += [f"unkeyed: {a} doubled unmarked" for a, m in marks.items() if not all(m[1:])]
        for name, receiver in self.receivers.items():
            found += [f"{name}: {problem}" for problem in order_of(receiver.told())]
        return found


def order_of(told: list[str]) -> list[str]:
    """Of an episode the firing comes before its resolution."""
    first = {key: place for place, key in reversed(list(enumerate(told)))}
    return [
        f"{key} after its resolution"
        for key, place in first.items()
        if key.endswith(":firing") and first.get(key.replace("firing", "resolved"), place) < place
    ]


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "slow"), [(1, 0.0), (2, 0.02)])
def test_each_alert_once_through_kills_and_cuts(seed: int, slow: float) -> None:
    storm = Storm(seed, episodes=1500, kills=60, slow=slow)
    storm.run()
    assert storm.problems() == []
    reasons = {m.reason for r in storm.receivers.values() for m in r.arrived}
    assert reasons == {"alert", "away"}
    assert any(m.doubtful for m in storm.receivers["unkeyed"].arrived)
    note = storm.log.notes()[storm.log.order[0]["id"]]
    assert {d["status"] for d in note["routes"].values()} == {"sent"}
    assert storm.log.notes()["position/0"]["next"] == len(storm.log._records["alerts", 0])


def test_records_that_wait_to_be_compacted_send_nothing_again() -> None:
    async def main() -> list[Letter]:
        rng = random.Random(4)
        log, receiver = Log(rng, slow=0.001), Receiver(rng, keyed=False)
        process = Process(log, [webhook("a")], {"a": receiver}).start(rng)
        for n in range(20):
            await log.ring(n, "firing")
            await log.ring(n, "resolved")
        await asyncio.sleep(60)
        for _ in range(3):
            await process.kill()
            process.start(rng)
            await asyncio.sleep(10)
        await process.end()
        assert len([r async for r in log.latest("notifications", 0)]) > 80
        return receiver.arrived

    arrived = run_virtual(main())
    assert len(arrived) == 40
    assert not any(letter.doubtful for letter in arrived)


def test_what_cannot_be_read_replaces_no_note() -> None:
    async def main() -> list[Letter]:
        rng = random.Random(4)
        log, receiver = Log(rng, slow=0.001), Receiver(rng, keyed=False)
        process = Process(log, [webhook("a")], {"a": receiver}).start(rng)
        for n in range(5):
            await log.ring(n, "firing")
        await asyncio.sleep(60)
        await process.kill()
        note = next(orjson.dumps(n) for key, n in log.notes().items() if "/" not in key)
        for key in list(log.notes())[1:]:
            for writer, value in (("notifier:x", b"{"), ("else", b"{}"), ("notifier:x", note)):
                kind = "notified" if key.startswith("position/") else "notification"
                out = OutRecord("notifications", 0, key, kind, value, writer, 1, None)
                await MemoryLog.send(log, [out])
        process.start(rng)
        await asyncio.sleep(10)
        await process.end()
        return receiver.arrived

    assert len(run_virtual(main())) == 5


def test_a_retry_that_does_not_say_so_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    real = restoring._message

    def unmarked(*args: Any) -> Any:
        message = real(*args)
        message.doubtful = False
        return message

    monkeypatch.setattr(restoring, "_message", unmarked)
    assert "doubled unmarked" in planted()


def test_a_message_without_its_intent_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    real = notebook.Notebook.send

    async def outcomes_only(self: Any, records: Any) -> None:
        done = [r for r in records if "sending" not in repr(r)]
        await real(self, done)

    monkeypatch.setattr(notebook.Notebook, "send", outcomes_only)
    assert "doubled unmarked" in planted()


def test_an_outcome_that_is_not_written_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restoring.Memory, "take", lambda self, note: None)
    assert "told 2 times" in planted()


def test_a_position_ahead_of_what_is_settled_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Notifier, "position", lambda self, partition: self.next[partition])
    assert "is missing" in planted()


def planted() -> str:
    """What is found of a fault that was put in."""
    storm = Storm(3, episodes=300, kills=60)
    storm.run()
    return "\n".join(storm.problems())
