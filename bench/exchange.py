"""An exchange on loopback for rates at which the simulated ones are too slow: Kraken's wire format.

    python -m bench.exchange --rate 10000 --assets 20 --seconds 30

It says its port in a line of JSON. Once subscribed to, it trades evenly over its assets, for
`--warm` seconds quietly. Then each asset falls by DIP once a second and comes back half a second
later, one asset after the other. At the end it says, in one more line, when it sent the first trade
of each fall, how many trades it sent, and by how much it was late at the worst.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

STEP = 0.001
"""Seconds between writes."""
DIP = 0.027
"""Below the 3 % from which on a single print is not believed before the next one."""
PERIOD, LOW = 1.0, 0.5
"""Seconds from a fall to the next, and until the price is back."""
SUBSCRIBING = 60.0
"""Seconds to wait for the first subscription."""


class Book:
    """The trades of all assets."""

    def __init__(self, assets: int, warm: float) -> None:
        self.assets, self.warm = assets, warm
        self.numbers = [1_000_000] * assets
        self.low = [False] * assets
        self.dips: list[list[int]] = [[] for _ in range(assets)]
        self.sent = 0

    def is_low(self, asset: int, elapsed: float) -> bool:
        """Whether this asset stands below."""
        since = elapsed - self.warm - PERIOD * asset / self.assets
        return since >= 0.0 and since % PERIOD < LOW

    def rows(self, count: int, elapsed: float, stamp: str) -> Iterator[str]:
        """The next trades, as the wire has them."""
        for _ in range(count):
            asset = self.sent % self.assets
            low = self.is_low(asset, elapsed)
            if low and not self.low[asset]:
                self.dips[asset].append(time.time_ns())
            self.low[asset] = low
            self.numbers[asset] += 1
            self.sent += 1
            noise = 1.0 + 2e-7 * (self.sent * 7919 % 101 - 50)
            price = (100.0 + asset) * noise * (1.0 - DIP if low else 1.0)
            yield (
                f'{{"symbol":"A{asset}/USD","side":"buy","price":{price:.6f},"qty":0.5,'
                f'"ord_type":"market","trade_id":{self.numbers[asset]},"timestamp":"{stamp}"}}'
            )


class Exchange:
    """One connection is served with trades; others only with answers."""

    def __init__(self, book: Book, rate: float, a_message: int, seconds: float) -> None:
        self.book, self.rate, self.a_message, self.seconds = book, rate, a_message, seconds
        self.subscribed = asyncio.Event()
        self.done = asyncio.Event()
        self.latest = 0.0

    async def handle(self, connection: ServerConnection) -> None:
        """Answer; trade with the first that subscribes."""
        trading: asyncio.Task[None] | None = None
        with contextlib.suppress(ConnectionClosed):
            async for frame in connection:
                for answer in answers(json.loads(frame)):
                    await connection.send(json.dumps(answer))
                if not self.subscribed.is_set():
                    self.subscribed.set()
                    trading = asyncio.create_task(self._trade(connection))
        if trading is not None:
            with contextlib.suppress(ConnectionClosed):
                await trading

    async def _trade(self, connection: ServerConnection) -> None:
        began = time.monotonic()
        try:
            while (elapsed := time.monotonic() - began) < self.seconds:
                due = int(self.rate * elapsed) - self.book.sent
                # What piles up is sent in parts, each with times of its own.
                due = min(due, max(1, int(self.rate * STEP * 20)))
                self.latest = max(self.latest, elapsed - self.book.sent / self.rate)
                await self._send(connection, due, elapsed)
                await asyncio.sleep(STEP)
        finally:
            self.seconds = time.monotonic() - began
            self.done.set()

    async def _send(self, connection: ServerConnection, due: int, elapsed: float) -> None:
        stamp = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
        while due > 0:
            count = min(due, self.a_message)
            rows = ",".join(self.book.rows(count, elapsed, stamp))
            await connection.send(f'{{"channel":"trade","type":"update","data":[{rows}]}}')
            due -= count


def answers(asked: Any) -> Iterator[dict[str, Any]]:
    """To a request: every pair is accepted, and `ping`."""
    at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
    times = {"time_in": at, "time_out": at}
    if asked.get("method") == "ping":
        yield {"method": "pong", "req_id": asked.get("req_id"), **times}
    elif asked.get("method") == "subscribe":
        for pair in asked["params"]["symbol"]:
            result = {"channel": "trade", "snapshot": False, "symbol": pair}
            yield {"method": "subscribe", "result": result, "success": True, **times}


async def run(given: argparse.Namespace) -> None:
    """Serve one run."""
    book = Book(given.assets, given.warm)
    exchange = Exchange(book, given.rate, given.a_message, given.seconds)
    async with serve(exchange.handle, "127.0.0.1", 0, compression=None) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        print(json.dumps({"port": port}), flush=True)
        await asyncio.wait_for(exchange.subscribed.wait(), SUBSCRIBING)
        print(json.dumps({"subscribed": time.time_ns()}), flush=True)
        await exchange.done.wait()
    told = {"dips": book.dips, "sent": book.sent, "seconds": exchange.seconds,
            "late": exchange.latest}  # fmt: skip
    print(json.dumps(told), flush=True)


def main() -> None:
    """Serve one run, then end."""
    parser = argparse.ArgumentParser(description="an exchange on loopback")
    parser.add_argument("--rate", type=float, required=True)
    parser.add_argument("--assets", type=int, default=20)
    parser.add_argument("--a-message", type=int, default=10)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--warm", type=float, default=12.0)
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
