"""`make notify`: the full form of what is promised, in virtual time and with real processes.

First two notifiers on a log in memory, in virtual time (`tests.notify.test_once`), once as on a
directory and once with calls that may be half done. Then real processes on a log in a directory.

Two `tidegauge notify` on one log send to a webhook that fails in every way, while episodes begin
and end; by turns one of them gets a SIGKILL and is started again, and now and then the receiver is
cut off. Each alert must be taken once by a receiver that takes keys, and what came twice must say
so.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import orjson

from streams.sqlite.file import SqliteLog
from tests.notify.receivers import Hook
from tests.notify.test_once import Storm
from tests.notify.world import alert
from tests.tidegauge.command import COMMAND
from tests.waiting import wait_until

LONGEST = 600.0
"""Seconds after the last alert in which all must be there."""


class Run:
    """So many episodes, a second's worth at `rate`, so many kills, and half as many times in which
    the receiver is cut off."""

    def __init__(self, directory: Path, episodes: int, kills: int, seed: int, rate: float) -> None:
        self.directory, self.episodes, self.kills, self.rate = directory, episodes, kills, rate
        self.rng = random.Random(seed)
        self.due = set[str]()
        self.ended = list[str]()
        self._seqs = dict[str, int]()
        self._processes = dict[int, asyncio.subprocess.Process]()

    async def run(self) -> dict[str, Any]:
        """Run it; what was sent, and what was wrong."""
        began = time.monotonic()
        log = self.directory / "log"
        with SqliteLog(log, role=None) as file:
            async with Hook(self.rng, faults=0.1) as hook:
                routes = self.directory / "routes.toml"
                routes.write_text(f'[[route]]\nname = "hook"\nwebhook = "{hook.url}"\n')
                try:
                    for slot in range(2):
                        await self._start(slot)
                    said = self.directory / "notifier-0.txt"
                    await wait_until(lambda: "Ctrl-C" in said.read_text(), 60)
                    killing = asyncio.create_task(self._kill())
                    cutting = asyncio.create_task(self._cut(hook))
                    await self._ring(file)
                    await killing
                    await cutting
                    await self._all_there(hook)
                finally:
                    for slot in self._processes:
                        await self._end(slot)
                doubled = len(hook.arrivals) - len(hook.taken)
                return {
                    "episodes": self.episodes,
                    "kills": self.kills,
                    "alerts": len(self.due),
                    "cuts": hook.cuts,
                    "requests": len(hook.requests),
                    "faults": dict(hook.fates),
                    "doubled": doubled,
                    "seconds": round(time.monotonic() - began, 1),
                    "problems": [*self.ended, *hook.problems(self.due)],
                }

    async def _start(self, slot: int) -> None:
        place = self.directory / f"notifier-{slot}.txt"
        with place.open("ab") as out:
            self._processes[slot] = await asyncio.create_subprocess_exec(
                *COMMAND,
                *("notify", "--log", str(self.directory / "log")),
                *("--routes", str(self.directory / "routes.toml")),
                stdout=out,
                stderr=out,
            )

    async def _kill(self) -> None:
        for _ in range(self.kills):
            await asyncio.sleep(self.rng.expovariate(1.0) * self.episodes / self.rate / self.kills)
            slot = self.rng.randrange(2)
            await self._end(slot)
            await self._start(slot)

    async def _cut(self, hook: Hook) -> None:
        cuts = self.kills // 2
        for _ in range(cuts):
            await asyncio.sleep(self.rng.expovariate(1.0) * self.episodes / self.rate / cuts)
            await hook.cut(self.rng.choice((0.0, 0.5, 3.0)))

    async def _end(self, slot: int) -> None:
        process = self._processes[slot]
        if process.returncode is None:
            process.kill()
            await process.wait()
        else:
            said = (self.directory / f"notifier-{slot}.txt").read_text().splitlines()[-30:]
            ended = f"notifier {slot} ended by itself with code {process.returncode}"
            self.ended.append("\n  ".join([ended, *said]))

    async def _ring(self, file: SqliteLog) -> None:
        open_ones = list[int]()
        for n in range(self.episodes):
            self._append(file, n, "firing")
            open_ones.append(n)
            while open_ones and self.rng.random() < 0.5:
                self._append(file, open_ones.pop(self.rng.randrange(len(open_ones))), "resolved")
            await asyncio.sleep(self.rng.expovariate(self.rate))
        for n in open_ones:
            self._append(file, n, "resolved")

    def _append(self, file: SqliteLog, n: int, state: str) -> None:
        index = f"IX{n % 7}"
        self._seqs[index] = seq = self._seqs.get(index, 0) + 1
        now = time.time_ns()
        body = alert(n, state, seq, now)
        self.due.add(body["id"])
        file.append("alerts", 0, index, "alert", orjson.dumps(body), "shard:0", seq, now)

    async def _all_there(self, hook: Hook) -> None:
        hook.always = "ok"  # now the receiver is well
        deadline = time.monotonic() + LONGEST
        while time.monotonic() < deadline:
            told = {a["id"] for said in hook.taken.values() for a in said["alerts"]}
            if self.due <= told:
                return
            await asyncio.sleep(0.1)


def main() -> None:
    """The full form."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--episodes", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--rate", type=float, default=25.0, help="episodes a second")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    problems = list[str]()
    for slow in (0.0, 0.02):
        began = time.monotonic()
        storm = Storm(given.seed, given.episodes, given.kills, slow)
        storm.run()
        problems += storm.problems()
        told = {name: len(r.arrived) for name, r in storm.receivers.items()}
        seconds = round(time.monotonic() - began, 1)
        said = {"virtual": True, "half_done": slow > 0, "alerts": len(storm.log.order)}
        said |= {"messages": told, "seconds": seconds, "problems": len(problems)}
        print(orjson.dumps(said).decode(), flush=True)
    with tempfile.TemporaryDirectory(prefix="tidegauge-notify-") as directory:
        run = Run(Path(directory), given.episodes, given.kills, given.seed, given.rate)
        found = asyncio.run(run.run())
    problems += found.pop("problems")
    for problem in problems[:20]:
        print(problem, file=sys.stderr)
    print(orjson.dumps({**found, "problems": len(problems)}).decode())
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
