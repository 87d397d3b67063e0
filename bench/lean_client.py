"""A client of the stream that costs little, so that a thousand fit beside each other: the product's
own `StreamFollower` on a bare protocol, over a WebSocket or events, and an account of what came."""

from __future__ import annotations

import asyncio
import random
import socket
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from tidegauge.client.following import StreamFollower
from tidegauge.client.items import IndexAlert, IndexSnapshot

ESTABLISHED = 1
"""The state of a connection in the first byte of `TCP_INFO` (Linux)."""
STUCK_BUFFER = 4 * 1024
"""What the system keeps for one that does not read: with more it takes longer until the server can
know it, and costs the server nothing meanwhile."""


class Published:
    """What went into the log, and when."""

    def __init__(self) -> None:
        self.seqs: dict[str, list[int]] = {}
        self.at: dict[int, float] = {}
        """Of each seq the monotonic time just before it was appended."""
        self.alerts: dict[str, int] = {}

    def between(self, index: str, first: int, last: int) -> list[int]:
        """The seqs of an index strictly between two."""
        return [seq for seq in reversed(self.seqs[index]) if first < seq < last][::-1]


READ_SECONDS = 0.002
"""For which arrivals are read before the sockets are looked at again."""


class Arrivals:
    """What came for all clients, and when. It is noted as it comes and read after: a thousand
    clients are a thousand processes, and that one process reads them all one by one is no delay of
    the gateway's."""

    def __init__(self) -> None:
        self._waiting = deque[tuple[_Reader, float, bytes | None]]()
        self._came = asyncio.Event()

    def note(self, reader: _Reader, data: bytes | None) -> None:
        """Bytes of a client, or None where its connection is gone."""
        self._waiting.append((reader, time.monotonic(), data))
        self._came.set()

    async def read(self) -> None:
        """Read them for ever."""
        waiting = self._waiting
        while True:
            await self._came.wait()
            until = time.monotonic() + READ_SECONDS
            while waiting and time.monotonic() < until:
                reader, at, data = waiting.popleft()
                reader.try_to_read(at, data)
            if not waiting:
                self._came.clear()
            await asyncio.sleep(0)


class LeanClient:
    """Follows ten indices and their alerts; comes back after each loss. `wrong` lists what should
    not have been."""

    def __init__(
        self,
        port: int,
        indices: Sequence[str],
        over: str,
        published: Published,
        arrivals: Arrivals,
        rng: random.Random,
    ) -> None:
        self.port, self.indices, self.over = port, indices, over
        self.arrivals = arrivals
        self.follower = StreamFollower()
        self.latencies: list[float] = []
        self.wrong: list[str] = []
        self.gaps = self.resyncs = self.connects = 0
        self.narrow = False
        """Whether the system is to keep little for it."""
        self.stuck_since: float | None = None
        self.closed_after: float | None = None
        self._published, self._rng = published, rng
        self._seqs: dict[str, int] = {}
        self._alerts: dict[str, int] = {}
        self._transport: asyncio.Transport | None = None
        self._ready = 0.0
        self._over = False

    async def run(self) -> None:
        """Connect for ever."""
        loop = asyncio.get_running_loop()
        while not self._over:
            lost: asyncio.Future[None] = loop.create_future()
            made = socket.socket()
            made.setblocking(False)
            if self.narrow:
                made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, STUCK_BUFFER)
            try:
                await loop.sock_connect(made, ("127.0.0.1", self.port))
                transport, _ = await loop.create_connection(
                    lambda lost=lost: _Reader(self, lost),  # type: ignore[misc]
                    sock=made,
                )
            except OSError:
                made.close()
                await asyncio.sleep(self._rng.uniform(0.1, 1.0))
                continue
            self.connects += 1
            self._ready = 0.0
            self._transport = transport
            transport.write(self._request())
            await lost
            await asyncio.sleep(self._rng.uniform(0.05, 0.5))

    def cut(self) -> None:
        """Lose the connection."""
        if self._transport is not None:
            self._transport.abort()

    def write(self, data: bytes) -> None:
        """Answer the server."""
        if self._transport is not None:
            self._transport.write(data)

    def end(self) -> None:
        """Come back no more."""
        self._over = True
        self.cut()

    def stop_reading(self) -> None:
        """From now on nothing is read."""
        assert self._transport is not None
        self.stuck_since = time.monotonic()
        self._transport.pause_reading()

    def look_whether_closed(self) -> None:
        """Of one that does not read: whether the server has closed its connection."""
        if self.stuck_since is None or self.closed_after is not None or self._transport is None:
            return
        taken = self._transport.get_extra_info("socket")
        state = taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
        if state != ESTABLISHED:
            self.closed_after = time.monotonic() - self.stuck_since

    def _request(self) -> bytes:
        query = {"indices": ",".join(self.indices), "view": "snapshots,alerts"}
        head = "Host: 127.0.0.1\r\n"
        if self.over == "websocket":
            path = "/v1/stream"
            head += "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            head += "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            if self.follower.cursor is not None:
                query["cursor"] = self.follower.cursor
        else:
            path = "/v1/events"
            if self.follower.cursor is not None:
                head += f"Last-Event-ID: {self.follower.cursor}\r\n"
        return f"GET {path}?{urlencode(query)} HTTP/1.1\r\n{head}\r\n".encode()

    def take(self, data: bytes, now: float) -> None:
        """A message that came at `now`."""
        items = self.follower.take(data)
        for item in items:
            if isinstance(item, IndexSnapshot):
                self._snapshot(item, now)
            elif isinstance(item, IndexAlert):
                self._alert(item)
        if self._ready == 0.0 and self.follower.cursor is not None and items:
            self._ready = now

    def _snapshot(self, item: IndexSnapshot, now: float) -> None:
        before = self._seqs.get(item.index)
        if before is not None and item.seq <= before:
            if item.seq < before:
                self.wrong.append(f"{item.index}: {item.seq} after {before}")
            return  # it has aged
        self._seqs[item.index] = item.seq
        if self._ready and (at := self._published.at[item.seq]) > self._ready:
            self.latencies.append(now - at)
        if before is None:
            return
        missed = self._published.between(item.index, before, item.seq)
        if item.gap is None:
            if missed:
                self.wrong.append(f"{item.index}: nobody told of {missed}")
        elif item.gap.number is None:
            self.resyncs += 1
        else:
            self.gaps += 1
            if tuple(item.gap) != (missed[0], missed[-1], len(missed)):
                self.wrong.append(f"{item.index}: {item.gap} told, {missed} missed")

    def _alert(self, item: IndexAlert) -> None:
        last = self._alerts.get(item.index)
        if last is not None and item.seq != last + 1:
            self.wrong.append(f"{item.index}: alert {item.seq} after {last}")
        self._alerts[item.index] = item.seq

    def is_up_to_date(self) -> bool:
        """Whether it has the last snapshot and the last alert of each of its indices."""
        published = self._published
        return all(
            self._seqs.get(index) == published.seqs[index][-1]
            and self._alerts.get(index, 0) in (0, published.alerts.get(index, 0))
            for index in self.indices
        )


class _Reader(asyncio.Protocol):
    """From bytes to messages."""

    def __init__(self, client: LeanClient, lost: asyncio.Future[None]) -> None:
        self._client, self._lost = client, lost
        self._rest = bytearray()
        self._at, self._is_cut = 0.0, False
        self._messages: Callable[[], None] = self._head

    def data_received(self, data: bytes) -> None:
        """Note what came."""
        self._client.arrivals.note(self, data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that it is gone."""
        self._client.arrivals.note(self, None)

    def try_to_read(self, at: float, data: bytes | None) -> None:
        """Read what came at `at`; None is the end. What cannot be read is wrong, and ends it."""
        if data is None:
            if not self._lost.done():
                self._lost.set_result(None)
        elif not self._is_cut:
            try:
                self._read(at, data)
            except Exception as error:  # noqa: BLE001 - it must not end the reading of all others
                self._client.wrong.append(f"cannot be read: {error!r}")
                self._is_cut = True
                self._client.cut()

    def _read(self, at: float, data: bytes) -> None:
        self._rest += data
        self._at = at
        self._messages()

    def _head(self) -> None:
        end = self._rest.find(b"\r\n\r\n")
        if end < 0:
            return
        status = bytes(self._rest[:12])
        if status not in (b"HTTP/1.1 101", b"HTTP/1.1 200"):
            self._client.wrong.append(f"answer {status.decode(errors='replace')}")
        del self._rest[: end + 4]
        self._chunks = bytearray()
        self._messages = self._frames if self._client.over == "websocket" else self._events
        self._messages()

    def _frames(self) -> None:
        rest, start = self._rest, 0
        while len(rest) - start >= 2:
            size, head = rest[start + 1], start + 2
            if size >= 126:
                width = 2 if size == 126 else 8
                if len(rest) < head + width:
                    break
                size = int.from_bytes(rest[head : head + width], "big")
                head += width
            if len(rest) < head + size:
                break
            if rest[start] == 0x81:
                self._client.take(bytes(rest[head : head + size]), self._at)
            elif rest[start] == 0x89:  # a ping: its pong, masked with nothing
                pong = bytes((0x8A, 0x80 | size, 0, 0, 0, 0)) + rest[head : head + size]
                self._client.write(pong)
            start = head + size
        del rest[:start]

    def _events(self) -> None:
        rest, start = self._rest, 0
        while (line := rest.find(b"\r\n", start)) >= 0:
            size = int(rest[start:line], 16)
            if len(rest) < line + 4 + size:
                break
            self._chunks += rest[line + 2 : line + 2 + size]
            start = line + 4 + size
        del rest[:start]
        while (end := self._chunks.find(b"\n\n")) >= 0:
            place = self._chunks.find(b"data: ", 0, end)
            if place >= 0:
                self._client.take(bytes(self._chunks[place + 6 : end]), self._at)
            del self._chunks[: end + 2]


def quantile(values: list[float], share: float) -> float:
    """The smallest value that this share of them does not exceed."""
    ordered: list[Any] = sorted(values)
    return float(ordered[min(int(share * len(ordered)), len(ordered) - 1)]) if ordered else 0.0
