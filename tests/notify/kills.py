"""`make notify`: the full form of what is promised, in virtual time and with real processes.

First two notifiers on a log in memory, in virtual time (`tests.notify.test_once`), once as on a
directory and once with calls that may be half done. Then real processes on a log in a directory, or
with `--kafka` on an Apache Kafka.

Two `tidegauge notify` on one log send to a webhook that fails in every way, while episodes begin
and end; by turns one of them gets a SIGKILL and is started again, and now and then the receiver is
cut off, on Kafka also the log. Each alert must be taken once by a receiver that takes keys, and
what came twice must say so.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import orjson

from notify.line import SLOTS
from tests.notify.grounds import BLIND, Directory, Ground, own_kafka
from tests.notify.receivers import Hook
from tests.notify.test_once import Storm
from tests.notify.world import alert
from tests.tidegauge.command import COMMAND
from tests.waiting import wait_until

LONGEST = 600.0
"""Seconds after the last alert in which all must be there."""
KAFKA_SECONDS = 20.0
"""Between two kills on Kafka: a take-over waits ten for the session of who was killed, and after
each somebody shall be at work."""


class Run:
    """So many episodes, a second's worth at `rate`, so many kills, and half as many times in which
    the receiver is cut off, and the log where there is a network to it. `place` is for files."""

    def __init__(
        self, place: Path, ground: Ground, episodes: int, kills: int, seed: int, rate: float
    ) -> None:
        self.place, self.ground = place, ground
        self.episodes, self.kills, self.rate = episodes, kills, rate
        self.rng = random.Random(seed)
        self.due = set[str]()
        self.ended = list[str]()
        self.blind = 0
        """Starts in which a notifier found no way to the log and ended, as it may."""
        self._seqs = dict[str, int]()
        self._processes = dict[int, asyncio.subprocess.Process]()

    async def run(self) -> dict[str, Any]:
        """Run it; what was sent, and what was wrong."""
        began = time.monotonic()
        async with Hook(self.rng, faults=0.1) as hook:
            routes = self.place / "routes.toml"
            routes.write_text(f'[[route]]\nname = "hook"\nwebhook = "{hook.url}"\n')
            try:
                for slot in range(2):
                    await self._start(slot)
                await wait_until(lambda: all("Ctrl-C" in self._said(n) for n in range(2)), 60)
                watching = asyncio.create_task(self._watch())
                tasks = [self._kill(), self._cut(hook), self._cut_log(), self._ring()]
                await asyncio.gather(*tasks)
                await self._all_there(hook)
                watching.cancel()
            finally:
                for slot in self._processes:
                    await self._end(slot)
            doubled = len(hook.arrivals) - len(hook.taken)
            return {
                "episodes": self.episodes,
                "kills": self.kills,
                "alerts": len(self.due),
                "cuts": hook.cuts,
                "cuts_of_the_log": dict(self.ground.cuts),
                "blind_starts": self.blind,
                "requests": len(hook.requests),
                "faults": dict(hook.fates),
                "doubled": doubled,
                "seconds": round(time.monotonic() - began, 1),
                "problems": [*self.ended, *hook.problems(self.due), *self._needless(hook, doubled)],
            }

    def _needless(self, hook: Hook, doubled: int) -> list[str]:
        """What was sent again is what failed, or was on its way at a kill or a cut."""
        failed = sum(hook.fates[what] for what in ("taken and 500", "taken and dropped", "slow"))
        broken = self.kills + self.blind + hook.cuts + sum(self.ground.cuts.values())
        most = failed + SLOTS * broken
        return [f"{doubled} came again, of {most} that may"] if doubled > most else []

    async def _start(self, slot: int) -> None:
        with self._file(slot).open("ab") as out:
            self._processes[slot] = await asyncio.create_subprocess_exec(
                *(*COMMAND, "notify", "--log", self.ground.address()),
                *("--routes", str(self.place / "routes.toml")),
                stdout=out,
                stderr=out,
            )

    def _file(self, slot: int) -> Path:
        return self.place / f"notifier-{slot}.txt"

    def _said(self, slot: int) -> str:
        return self._file(slot).read_text()

    def _pause(self, count: int) -> float:
        """Until the next of so many that come at random while it rings."""
        return self.rng.expovariate(1.0) * self.episodes / self.rate / count

    async def _kill(self) -> None:
        for _ in range(self.kills):
            await asyncio.sleep(self._pause(self.kills))
            slot = self.rng.randrange(2)
            await self._end(slot)
            await self._start(slot)

    async def _cut(self, hook: Hook) -> None:
        for _ in range(self.kills // 2):
            await asyncio.sleep(self._pause(self.kills // 2))
            await hook.cut(self.rng.choice((0.0, 0.5, 3.0)))

    async def _cut_log(self) -> None:
        for _ in range(self.kills // 2):
            await asyncio.sleep(self._pause(self.kills // 2))
            await self.ground.cut()

    async def _watch(self) -> None:
        """Start again who ended because the way to the log was cut, as a supervisor does."""
        while True:
            await asyncio.sleep(0.5)
            for slot, process in self._processes.items():
                if process.returncode is not None:
                    await self._end(slot)
                    await self._start(slot)

    async def _end(self, slot: int) -> None:
        process = self._processes[slot]
        if process.returncode is None:
            process.kill()
            await process.wait()
            return
        said = self._said(slot).splitlines()[-30:]
        if process.returncode == 1 and BLIND in said[-1] and self.ground.cuts:
            self.blind += 1
            return
        ended = f"notifier {slot} ended by itself with code {process.returncode}"
        self.ended.append("\n  ".join([ended, *said]))

    async def _ring(self) -> None:
        open_ones = list[int]()
        for n in range(self.episodes):
            await self._append(n, "firing")
            open_ones.append(n)
            while open_ones and self.rng.random() < 0.5:
                await self._append(open_ones.pop(self.rng.randrange(len(open_ones))), "resolved")
            await asyncio.sleep(self.rng.expovariate(self.rate))
        for n in open_ones:
            await self._append(n, "resolved")

    async def _append(self, n: int, state: str) -> None:
        index = f"IX{n % 7}"
        self._seqs[index] = seq = self._seqs.get(index, 0) + 1
        body = alert(n, state, seq, time.time_ns())
        self.due.add(body["id"])
        await self.ground.append(index, seq, body)

    async def _all_there(self, hook: Hook) -> None:
        hook.always = "ok"  # now the receiver is well
        deadline = time.monotonic() + LONGEST
        while time.monotonic() < deadline:
            told = {a["id"] for said in hook.taken.values() for a in said["alerts"]}
            if self.due <= told:
                return
            await asyncio.sleep(0.1)


async def on_directory(place: Path, *args: Any) -> dict[str, Any]:
    """A run on a log in a directory, by the arguments of `Run` from `episodes` on."""
    async with Directory(place) as ground:
        return await Run(place, ground, *args).run()


async def on_kafka(
    place: Path, episodes: int, kills: int, seed: int, rate: float
) -> dict[str, Any]:
    """The same on an Apache Kafka of its own."""
    async with own_kafka(place, random.Random(seed)) as ground:
        return await Run(place, ground, episodes, kills, seed, rate).run()


def in_virtual_time(seed: int, episodes: int, kills: int) -> list[str]:
    """What is wrong in virtual time."""
    problems = list[str]()
    for slow in (0.0, 0.02):
        began = time.monotonic()
        storm = Storm(seed, episodes, kills, slow)
        storm.run()
        problems += storm.problems()
        told = {name: len(r.arrived) for name, r in storm.receivers.items()}
        seconds = round(time.monotonic() - began, 1)
        said: dict[str, Any] = {
            "virtual": True,
            "half_done": slow > 0,
            "alerts": len(storm.log.order),
        }
        said |= {"messages": told, "seconds": seconds, "problems": len(problems)}
        print(orjson.dumps(said).decode(), flush=True)
    return problems


def main() -> None:
    """The full form."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kafka", action="store_true", help="real processes alone, over Kafka")
    parser.add_argument("--episodes", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--rate", type=float, help="episodes a second")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    episodes, kills, seed = given.episodes, given.kills, given.seed
    # A notifier's own lines of what it tries again are too many to read.
    logging.disable(logging.WARNING)
    problems = [] if given.kafka else in_virtual_time(seed, episodes, kills)
    with tempfile.TemporaryDirectory(prefix="tidegauge-notify-") as directory:
        if given.kafka:
            rate = given.rate or max(episodes / (kills * KAFKA_SECONDS), 1.0)
            run = on_kafka(Path(directory), episodes, kills, seed, rate)
        else:
            run = on_directory(Path(directory), episodes, kills, seed, given.rate or 25.0)
        found = asyncio.run(run)
    problems += found.pop("problems")
    for problem in problems[:20]:
        print(problem, file=sys.stderr)
    print(orjson.dumps({**found, "problems": len(problems)}).decode())
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
