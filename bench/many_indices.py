"""Ten thousand indices: the first state of a page, and what it costs to follow them.

`python -m bench.many_indices` fills a gateway in its own process, connects pages (rows, levels and
alerts of all indices) over loopback, and moves every level once a second, and each second a tenth
of the snapshots, as a shard of so many indices does.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import time
from collections.abc import Callable
from typing import Any

from websockets.asyncio.client import connect

from gateway.messages import Subscribe
from gateway.state import State
from gateway.subscription import subscribe
from tests.gateway import records
from tests.gateway.serving import served

INDICES = 10_000


def filled(indices: int) -> tuple[State, list[str]]:
    """A gateway that has read a snapshot and a level of each."""
    state, names = State(), [f"IX{n:05}" for n in range(indices)]
    now = time.time_ns()
    for name in names:
        state.apply("snapshots", records.live(name, seq=1, as_of=now))
    state.apply("levels", levels(names, 2, now))
    return state, names


def levels(names: list[str], seq: int, now: int) -> dict[str, Any]:
    """One of each, in columns."""
    number = len(names)
    rng = random.Random(seq)
    values = [1000.0 + rng.random() for _ in names]
    columns = {"index": names, "seq": [seq] * number, "at": [now] * number}
    return columns | {"level": values, "peak": [1100.123456789] * number}


async def page(port: int, seconds: float, compression: str | None) -> dict[str, float]:
    """What a page receives: seconds to its first state, and bytes a second from there on."""
    began = time.monotonic()
    address = f"ws://127.0.0.1:{port}/v1/stream?view=summary"
    rows, received, first = 0, 0, 0.0
    options: dict[str, Any] = {"compression": compression, "max_size": None, "open_timeout": 60}
    async with connect(address, proxy=None, **options) as socket:
        while not first or time.monotonic() - began < seconds + first:
            message = await socket.recv()
            if first:
                received += len(message)
                continue
            told = json.loads(message)
            if told["type"] == "rows":
                rows += len(told["rows"])
                first = time.monotonic() - began if told["part"] == told["parts"] else 0.0
    return {"first": first, "rows": rows, "bytes": received / seconds}


async def measure(seconds: float, pages: int) -> None:
    """Print what it takes."""
    state, names = filled(INDICES)
    cpu = time.process_time()
    with subscribe(state) as subscription:
        size = sum(len(m.text) for m in subscription.take(Subscribe(view="rows")))
    cold = time.process_time() - cpu
    cpu = time.process_time()
    with subscribe(state) as subscription:
        sum(len(m.text) for m in subscription.take(Subscribe(view="rows")))
    warm = time.process_time() - cpu
    print(f"first state: {size / 1e6:.1f} MB; made in {cold:.2f} s at first, {warm:.3f} s then")
    async with served(state) as port:
        beat = asyncio.create_task(_move(state, names))
        for compression in (None, "deflate"):
            cpu = time.process_time()
            found = await asyncio.gather(*(page(port, seconds, compression) for _ in range(pages)))
            used = time.process_time() - cpu
            one = found[0]
            print(
                f"{pages} pages, compression {compression}: first state {one['first']:.2f} s "
                f"({one['rows']:.0f} rows), {one['bytes'] / 1e6:.2f} MB/s of JSON each; "
                f"{used:.1f} s of a core in all"
            )
        beat.cancel()
    _sizes(state, names)


def _sizes(state: State, names: list[str]) -> None:
    """What a second of messages has on the wire."""
    with subscribe(state) as subscription:
        list(subscription.take(Subscribe(view="rows"), Subscribe(view="levels")))
        _tick(state, names, 10**6, 0)
        list(subscription.collect())  # what waited, and stale statuses that live again
        _tick(state, names, 10**6 + 1, 1)
        messages = list(subscription.collect())
        plain = sum(len(m.text) for m in messages)
        cpu = time.process_time()
        small = sum(len(m.deflated) for m in messages)
        used = time.process_time() - cpu
    print(f"a second: {plain / 1e6:.2f} MB, compressed {small / 1e6:.2f} MB in {used * 1e3:.0f} ms")


def _tick(state: State, names: list[str], seq: int, tenth: int) -> None:
    now = time.time_ns()
    state.apply("levels", levels(names, seq, now))
    for name in names[tenth::10]:
        state.apply("snapshots", records.live(name, seq=seq, as_of=now))


async def _move(state: State, names: list[str]) -> None:
    loop: Callable[[], float] = asyncio.get_running_loop().time
    begin = loop()
    for second in range(10**9):
        await asyncio.sleep(max(begin + second - loop(), 0.0))
        cpu = time.process_time()
        _tick(state, names, 3 + second, second % 10)
        if second == 0:
            print(f"to take a second's records: {time.process_time() - cpu:.2f} s of a core")


def main() -> None:
    """Run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--pages", type=int, default=5)
    given = parser.parse_args()
    asyncio.run(measure(given.seconds, given.pages))


if __name__ == "__main__":
    main()
