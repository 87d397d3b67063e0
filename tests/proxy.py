"""A TCP proxy on loopback that misbehaves on request: slow, silent, narrow, broken."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct

_CHUNK = 16 * 1024  # read at once: small enough that a low bandwidth flows instead of hopping
_LOOPBACK = "127.0.0.1"


class Proxy:
    """Passes connections to `port` on to `target`, both on loopback. An async context manager.

    Toxics, all of which may be set at any time and hold for what is read from then on:
    `latency` seconds are added to each way; `bandwidth` bytes a second pass each way of a
    connection (None: no limit); `refusing` closes new connections at once. `reset` breaks those
    that are open, and `black_hole` makes the way silent: nothing passes, nothing is answered, and,
    as with TCP on a real network, nothing that was sent is lost if both ends have the patience.

    `port` 0 takes a free one. `connections` counts what was accepted, `up` and `down` the bytes
    that were passed on to the target and back.
    """

    def __init__(self, target: int, port: int = 0) -> None:
        self.target, self.port = target, port
        self.latency = 0.0
        self.bandwidth: float | None = None
        self.refusing = False
        self.connections = self.up = self.down = 0
        self._open = asyncio.Event()
        self._open.set()
        self._writers = set[asyncio.StreamWriter]()
        self._tasks = set[asyncio.Task[None]]()
        self._server: asyncio.Server | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def address(self) -> str:
        """`host:port` of the proxy."""
        return f"{_LOOPBACK}:{self.port}"

    @property
    def silent(self) -> bool:
        """Whether the way is a black hole now."""
        return not self._open.is_set()

    async def __aenter__(self) -> Proxy:
        self._server = await asyncio.start_server(self._accept, _LOOPBACK, self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self.heal()
        self.reset()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def black_hole(self, seconds: float | None = None) -> None:
        """Pass nothing for some seconds, or until `heal`."""
        self._open.clear()
        if self._timer:
            self._timer.cancel()
        if seconds is not None:
            self._timer = asyncio.get_running_loop().call_later(seconds, self._open.set)

    def heal(self) -> None:
        """End every toxic."""
        if self._timer:
            self._timer.cancel()
        self.latency, self.bandwidth, self.refusing = 0.0, None, False
        self._open.set()

    def reset(self) -> None:
        """Break every open connection with a TCP reset at both ends."""
        for writer in list(self._writers):
            _reset(writer)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        try:
            if not self.refusing:
                await self._serve(reader, writer)
        finally:
            _reset(writer)
            self._writers.discard(writer)
            self._tasks.discard(task)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._open.wait()
        try:
            there_reader, there_writer = await asyncio.open_connection(_LOOPBACK, self.target)
        except OSError:
            return  # nobody there: the client sees a reset
        self._writers.add(there_writer)
        try:
            up = asyncio.create_task(self._pass(reader, there_writer, "up"))
            down = asyncio.create_task(self._pass(there_reader, writer, "down"))
            try:
                await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                up.cancel()
                down.cancel()
                await asyncio.gather(up, down, return_exceptions=True)
        finally:
            _reset(there_writer)
            self._writers.discard(there_writer)

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: str
    ) -> None:
        """Pass one way of a connection on, until it ends or breaks.

        Reading and writing are apart, so that latency delays and does not narrow.
        """
        loop = asyncio.get_running_loop()
        waiting = asyncio.Queue[tuple[float, bytes]](64)

        async def read() -> None:
            with contextlib.suppress(OSError):
                while data := await reader.read(_CHUNK):
                    await waiting.put((loop.time() + self.latency, data))
            await waiting.put((loop.time() + self.latency, b""))

        reading = asyncio.create_task(read())
        try:
            while True:
                due, data = await waiting.get()
                await asyncio.sleep(due - loop.time())
                if self.bandwidth:
                    await asyncio.sleep(len(data) / self.bandwidth)
                await self._open.wait()
                if not data:
                    return
                with contextlib.suppress(OSError):
                    writer.write(data)
                    await writer.drain()
                setattr(self, way, getattr(self, way) + len(data))
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST: what is not sent yet is thrown away."""
    sock = writer.get_extra_info("socket")
    with contextlib.suppress(OSError):
        if sock is not None and sock.fileno() >= 0:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
