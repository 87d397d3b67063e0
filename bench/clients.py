"""A gateway with a thousand clients: stuck ones, random cuts, restarts; every promise counted.

`python -m bench.clients` runs `tidegauge serve` on a log in a temporary directory, writes a
snapshot a second of each index into it, and follows with clients over WebSockets and events, ten
indices each. `make clients` writes what came out into `docs/scaling.md`.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import platform
import random
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import msgspec
import orjson

from bench.lean_client import Arrivals, LeanClient, Published, quantile
from bench.soak import resident
from streams.records import OutRecord
from streams.sqlite.file import SqliteLog
from streams.sqlite.log import DirectoryWriter
from tests.gateway import records
from tests.kafka.configuration import free_ports
from tidegauge.open_files import raise_limit

COMMAND = (sys.executable, "-m", "tidegauge")
DOC = Path(__file__).resolve().parents[1] / "docs" / "scaling.md"
STARTING = 60.0
STUCK_FOR = 13
"""Seconds before the first restart, in which those that stop reading must have been closed."""
EACH = 10
"""Indices of a client."""
STUCK_SHARE, CUT_SHARE = 0.05, 0.01
"""Of the clients: those that stop reading; those whose connection is cut, a second."""


@dataclass
class Load:
    """How much, and for how long."""

    clients: int = 1000
    indices: int = 200
    seconds: int = 60
    restarts: int = 2
    seed: int = 1


@dataclass
class Outcome:
    """What came of it."""

    load: Load
    delivered: int = 0
    p50: float = 0.0
    p99: float = 0.0
    worst: float = 0.0
    gaps: int = 0
    resyncs: int = 0
    connects: int = 0
    stuck: int = 0
    closed: list[float] = field(default_factory=list)
    equal: int = 0
    compared: int = 0
    behind: int = 0
    megabytes: list[float] = field(default_factory=list)
    server_cpu: float = 0.0
    wrong: list[str] = field(default_factory=list)


class Writer:
    """Writes snapshots and alerts as a shard does."""

    def __init__(self, directory: Path, load: Load, published: Published) -> None:
        self.file = SqliteLog(directory, role=None)
        self._writer = DirectoryWriter(self.file, time.time_ns)
        self.indices = [f"IX{n:04}" for n in range(load.indices)]
        self._published = published
        self._rng = random.Random(load.seed)
        self._sent = {"snapshots": 0, "alerts": 0}
        self._seq = 0

    async def beat(self) -> None:
        """A snapshot of every index, and some alerts."""
        self._seq += 1
        now = time.time_ns()
        bodies = []
        for index in self.indices:
            change = self._rng.gauss(0.0, 0.01)
            body = records.live(index, self._seq, as_of=now, change=change, level=1000.0 + change)
            bodies.append(("snapshots", "snapshot", body))
            self._published.seqs.setdefault(index, []).append(self._seq)
        for index in self._rng.sample(self.indices, 3):
            seq = self._published.alerts.get(index, 0) + 1
            self._published.alerts[index] = seq
            state = "firing" if seq % 2 else "resolved"
            alert = records.alert(index, seq, state, f"{index}-{(seq + 1) // 2}", at=now)
            bodies.append(("alerts", "alert", alert | {"receipt": records.receipt(self._seq)}))
        out = [self._record(*each) for each in bodies]
        self._published.at[self._seq] = time.monotonic()
        await self._writer.send(out)

    def _record(self, topic: str, kind: str, body: dict[str, Any]) -> OutRecord:
        self._sent[topic] += 1
        value = orjson.dumps(body)
        return OutRecord(topic, 0, body["index"], kind, value, "shard:0", self._sent[topic], body)


class Server:
    """`tidegauge serve` in a process of its own."""

    def __init__(self, directory: Path, port: int) -> None:
        self._command = [*COMMAND, "serve", "--log", str(directory), "--port", str(port)]
        self.port, self.cpu = port, 0.0
        self.process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        """Begin, and wait until it serves."""
        self.process = subprocess.Popen(  # noqa: ASYNC220 - it returns at once
            self._command, stdout=subprocess.PIPE
        )
        async with asyncio.timeout(STARTING):
            while not await asyncio.to_thread(self._lives):  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    def _lives(self) -> bool:
        with suppress(OSError), urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5):
            return True
        return False

    async def stop(self) -> None:
        """End it as its operator does."""
        assert self.process is not None
        self.cpu += _cpu_seconds(self.process.pid)
        self.process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(self.process.wait, 30)
        if self.process.stdout is not None:
            self.process.stdout.close()


def _cpu_seconds(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / 100.0


async def run(load: Load) -> Outcome:
    """One run."""
    raise_limit()
    rng, published, outcome = random.Random(load.seed), Published(), Outcome(load)
    with tempfile.TemporaryDirectory(prefix="tidegauge-clients-") as folder:
        writer = Writer(Path(folder), load, published)
        await writer.beat()
        server = Server(Path(folder), free_ports(1)[0])
        await server.start()
        arrivals = Arrivals()
        clients = [
            LeanClient(
                server.port,
                sorted(rng.sample(writer.indices, min(EACH, load.indices))),
                ("websocket", "events")[n % 2],
                published,
                arrivals,
                random.Random(rng.random()),
            )
            for n in range(load.clients)
        ]
        for client in clients[: round(load.clients * STUCK_SHARE)]:
            client.narrow = True
        tasks = [asyncio.create_task(client.run()) for client in clients]
        tasks.append(asyncio.create_task(arrivals.read()))
        gc.disable()  # a pause of this process is none of the gateway's
        try:
            await _press(load, writer, server, clients, outcome, rng)
            await _settle(server, clients, outcome)
        finally:
            gc.enable()
            for client in clients:
                client.end()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await server.stop()
            writer.file.close()
    _count(clients, server, outcome)
    return outcome


async def _press(
    load: Load,
    writer: Writer,
    server: Server,
    clients: list[LeanClient],
    outcome: Outcome,
    rng: random.Random,
) -> None:
    """Seconds of snapshots, with all that goes wrong."""
    loop = asyncio.get_running_loop()
    while not all(client.follower.bodies for client in clients):  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    stuck = clients[: round(load.clients * STUCK_SHARE)]
    healthy = clients[len(stuck) :]
    restarts = {
        round(STUCK_FOR + (load.seconds - STUCK_FOR) * (k + 1) / (load.restarts + 1))
        for k in range(load.restarts)
    }
    begin, restarting = loop.time(), None
    for second in range(load.seconds):
        await asyncio.sleep(max(begin + second - loop.time(), 0.0))
        if restarting is not None and restarting.done():
            await restarting
        await writer.beat()
        if second == 2:
            for client in stuck:
                client.stop_reading()
        if second in restarts:
            restarting = asyncio.create_task(_restart(server))
        elif restarting is None or restarting.done():
            for client in rng.sample(healthy, max(round(len(healthy) * CUT_SHARE), 1)):
                client.cut()
            assert server.process is not None
            outcome.megabytes.append(resident(server.process.pid))
        for _ in range(4):
            for client in stuck:
                client.look_whether_closed()
            await asyncio.sleep(0.2)
    if restarting is not None:
        await restarting
    outcome.stuck = len(stuck)
    outcome.closed = [c.closed_after for c in stuck if c.closed_after is not None]


async def _restart(server: Server) -> None:
    await server.stop()
    await server.start()


async def _settle(server: Server, clients: list[LeanClient], outcome: Outcome) -> None:
    """The end: what each client holds beside what REST says."""
    healthy = [client for client in clients if client.stuck_since is None]
    deadline = time.monotonic() + 20.0
    while time.monotonic() < deadline:
        if all(client.is_up_to_date() for client in healthy):
            break
        await asyncio.sleep(0.1)
    outcome.behind = sum(not client.is_up_to_date() for client in healthy)
    said: dict[str, bytes] = {}

    def ask(index: str) -> bytes:
        with urlopen(f"http://127.0.0.1:{server.port}/v1/indices/{index}", timeout=30) as answer:
            return bytes(msgspec.json.decode(answer.read(), type=_Answer).snapshot)

    await asyncio.sleep(12.0)  # until every status has aged
    for index in sorted({index for client in healthy for index in client.indices}):
        said[index] = await asyncio.to_thread(ask, index)
    for client in healthy:
        for index in client.indices:
            outcome.compared += 1
            held = orjson.dumps(client.follower.bodies.get(index))
            if held == said[index]:
                outcome.equal += 1
            elif len(outcome.wrong) < 20:
                outcome.wrong.append(f"{index}: not what REST says")


class _Answer(msgspec.Struct):
    snapshot: msgspec.Raw


def _count(clients: list[LeanClient], server: Server, outcome: Outcome) -> None:
    latencies = [each for client in clients for each in client.latencies]
    outcome.delivered = len(latencies)
    outcome.p50, outcome.p99 = quantile(latencies, 0.5), quantile(latencies, 0.99)
    outcome.worst = max(latencies, default=0.0)
    for client in clients:
        outcome.gaps += client.gaps
        outcome.resyncs += client.resyncs
        outcome.connects += client.connects
        outcome.wrong += client.wrong
    outcome.server_cpu = server.cpu


def told(outcome: Outcome) -> list[tuple[str, str]]:
    """What came of it, in words."""
    load, closed = outcome.load, outcome.closed
    memory = outcome.megabytes or [0.0]
    return [
        ("clients, half on WebSockets and half on events", f"{load.clients:,}"),
        ("indices, of which each follows ten", f"{load.indices:,}"),
        ("seconds; restarts of the gateway", f"{load.seconds}; {load.restarts}"),
        ("connections made", f"{outcome.connects:,}"),
        ("snapshots delivered to clients that were connected", f"{outcome.delivered:,}"),
        (
            "from before the append until it is there, unread: p50, p99, worst",
            f"{outcome.p50 * 1e3:.0f}, {outcome.p99 * 1e3:.0f}, {outcome.worst * 1e3:.0f} ms",
        ),
        ("told by a gap, by a resync", f"{outcome.gaps:,}, {outcome.resyncs:,}"),
        ("healthy clients that did not come to the end", f"{outcome.behind}"),
        (
            "final states equal to REST, byte by byte",
            f"{outcome.equal:,} of {outcome.compared:,}",
        ),
        (
            "that stopped reading; closed; the last after",
            f"{outcome.stuck}; {len(closed)}; {max(closed, default=0.0):.1f} s",
        ),
        ("the gateway's memory: first, most", f"{memory[0]:.0f}, {max(memory):.0f} MB"),
        ("its time on a core", f"{outcome.server_cpu:.1f} s"),
        ("left out and not told, doubled, out of order", f"{len(outcome.wrong)}"),
    ]


def main() -> None:
    """Run, print, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=Load.clients)
    parser.add_argument("--indices", type=int, default=Load.indices)
    parser.add_argument("--seconds", type=int, default=Load.seconds)
    parser.add_argument("--restarts", type=int, default=Load.restarts)
    parser.add_argument("--seed", type=int, default=Load.seed)
    parser.add_argument("--write", action="store_true", help=f"put the result into {DOC.name}")
    given = vars(parser.parse_args())
    write = given.pop("write")
    outcome = asyncio.run(run(Load(**given)))
    rows = told(outcome)
    for what, found in rows:
        print(f"{what}: {found}")
    for wrong in outcome.wrong[:20]:
        print(f"wrong: {wrong}", file=sys.stderr)
    if write:
        _write(rows)
    sys.exit(bool(outcome.wrong or outcome.behind or outcome.equal < outcome.compared))


def _write(rows: list[tuple[str, str]]) -> None:
    """Replace the table in the page."""
    text = DOC.read_text()
    head, _, rest = text.partition("<!-- clients -->\n")
    _, _, tail = rest.partition("<!-- end of clients -->\n")
    when = time.strftime("%d %B %Y, %H:%M UTC", time.gmtime())
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    said = f"{when}, commit {commit}, Python {platform.python_version()}, {platform.machine()}."
    table = "".join(f"| {what} | {found} |\n" for what, found in rows)
    body = f"<!-- clients -->\n{said}\n\n| | |\n| --- | --- |\n{table}<!-- end of clients -->\n"
    DOC.write_text(head + body + tail)


if __name__ == "__main__":
    main()
