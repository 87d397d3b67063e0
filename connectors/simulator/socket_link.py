"""The exchange's end of a real websocket, with all the ways in which it can go wrong."""

from __future__ import annotations

import asyncio
import socket
import struct
import zlib
from collections import deque

from websockets.asyncio.server import ServerConnection, broadcast
from websockets.frames import Frame, Opcode

SLOWEST = 32 * 2**20
"""Bytes waiting for one client; beyond that it is cut off, as exchanges do with slow consumers.
Above the largest frame that a fault sends."""
RSV1 = 0x40
"""The bit of a frame's first byte that says "compressed"."""
PIECES = 4
"""Fragments of a message on a slow link."""


class SocketLink:
    """See `connectors.simulator.exchange.ClientLink`."""

    def __init__(self, connection: ServerConnection) -> None:
        self._connection = connection
        self._frozen = False
        self._drip = 0.0
        self._waiting: deque[str] = deque()
        self._dripping: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None

    def send(self, frame: str) -> None:
        """Send without waiting for the client."""
        if self._frozen:
            return
        if self._drip or self._waiting:
            self._waiting.append(frame)
        elif self._connection.transport.get_write_buffer_size() > SLOWEST:
            self._connection.transport.abort()
        else:
            broadcast((self._connection,), frame)

    def close(self, code: int, reason: str) -> None:
        """The closing handshake, beside all else."""
        self._closing = asyncio.create_task(self._connection.close(code, reason))

    def fin(self) -> None:
        """Close the socket after what is written."""
        self._connection.transport.close()

    def reset(self) -> None:
        """Close the socket with nothing to linger for: the kernel sends RST."""
        raw = self._connection.transport.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._connection.transport.abort()

    def cut_within(self, frame: str) -> None:
        """Half of a frame's bytes, then `fin`."""
        data = _bytes(frame.encode())
        self._connection.transport.write(data[: len(data) // 2])
        self.fin()

    def freeze(self) -> None:
        """Neither read nor write; the socket stays open."""
        self._frozen = True
        self._connection.transport.pause_reading()

    def thaw(self) -> None:
        """End a frozen link at last, so that the server can be closed."""
        if self._frozen:
            self._connection.transport.abort()

    def drip(self, seconds: float) -> None:
        """Messages in fragments, between which pings are still answered."""
        self._drip = seconds
        if self._dripping is None:
            self._dripping = asyncio.create_task(self._drip_on())

    async def _drip_on(self) -> None:
        transport = self._connection.transport
        while not transport.is_closing():
            if not self._waiting:
                if not self._drip:
                    break
                await asyncio.sleep(0.01)
                continue
            data = self._waiting.popleft().encode()
            size = -(-len(data) // PIECES)
            for index in range(PIECES):
                piece = data[index * size : (index + 1) * size]
                opcode = Opcode.CONT if index else Opcode.TEXT
                transport.write(_bytes(piece, opcode, fin=index == PIECES - 1))
                if self._drip:
                    await asyncio.sleep(self._drip / PIECES)
        self._dripping = None

    def send_compressed(self, frame: str) -> None:
        """A frame with RSV1, as permessage-deflate writes it."""
        deflate = zlib.compressobj(wbits=-15)
        data = deflate.compress(frame.encode()) + deflate.flush(zlib.Z_SYNC_FLUSH)
        written = bytearray(_bytes(data[:-4]))
        written[0] |= RSV1  # by hand: the library would not write it without the extension
        self._connection.transport.write(bytes(written))

    async def done(self) -> None:
        """The connection has ended: wait for what still runs for it."""
        if self._dripping is not None:
            self._dripping.cancel()
        tasks = [task for task in (self._dripping, self._closing) if task is not None]
        await asyncio.gather(*tasks, return_exceptions=True)


def _bytes(data: bytes, opcode: Opcode = Opcode.TEXT, *, fin: bool = True) -> bytes:
    return Frame(opcode, data, fin).serialize(mask=False)
