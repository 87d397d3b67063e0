"""Attacks over the WebSocket: floods, bombs, what is no frame; each is told and ends, alone."""

from __future__ import annotations

import asyncio
import struct
import zlib
from contextlib import suppress

import pytest

from tests.gateway.attacks import DEADLINE, attacked, opened, rest_of

UPGRADE = (
    b"GET /v1/stream%s HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s\r\n"
)
DEFLATE = b"Sec-WebSocket-Extensions: permessage-deflate\r\n"
TEXT, MORE, BYTES, CLOSE, PING, PONG = 1, 0, 2, 8, 9, 10


def frame(opcode: int, payload: bytes = b"", fin: int = 0x80, flags: int = 0) -> bytes:
    """A frame of a client (RFC 6455, 5.2), masked with zeros."""
    size = len(payload)
    if size < 126:
        head = bytes((fin | flags | opcode, 0x80 | size))
    elif size < 65536:
        head = bytes((fin | flags | opcode, 0x80 | 126)) + struct.pack("!H", size)
    else:
        head = bytes((fin | flags | opcode, 0x80 | 127)) + struct.pack("!Q", size)
    return head + b"\0\0\0\0" + payload


async def stream(
    port: int, more: bytes = b"", query: bytes = b""
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A WebSocket, after its handshake."""
    reader, writer = await opened(port)
    writer.write(UPGRADE % (query, more))
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 101 "), head
    return reader, writer


async def ended(port: int, *sent: bytes, more: bytes = b"") -> tuple[int, str]:
    """The close code and reason that some frames lead to."""
    reader, writer = await stream(port, more)
    with suppress(ConnectionError):
        for part in sent:
            writer.write(part)
            await writer.drain()
    try:
        return close_of(await rest_of(reader))
    finally:
        writer.close()


def close_of(data: bytes) -> tuple[int, str]:
    """The close frame among a server's frames."""
    place = 0
    while place + 2 <= len(data):
        opcode, size = data[place] & 15, data[place + 1]
        place += 2
        if size == 126:
            size = struct.unpack_from("!H", data, place)[0]
            place += 2
        elif size == 127:
            size = struct.unpack_from("!Q", data, place)[0]
            place += 8
        payload = data[place : place + size]
        place += size
        if opcode == CLOSE:
            return struct.unpack("!H", payload[:2])[0], payload[2:].decode()
    raise AssertionError(f"no close frame in {data[-100:]!r}")


async def test_floods_of_frames() -> None:
    """Whatever frames: by their number, not by their size."""
    async with attacked() as port:
        subscribe = frame(TEXT, b'{"type":"subscribe"}')
        nonsense = frame(TEXT, b"{}")
        for flood in (
            frame(PING, b"x" * 100) * 5000,
            frame(PONG) * 5000,
            nonsense * 5000,
            subscribe * 1000,
            frame(BYTES, b"\0" * 9) * 5000,
            frame(TEXT, b"", fin=0) + frame(MORE, fin=0) * 100_000,
        ):
            code, reason = await ended(port, flood)
            assert (code, reason) == (1008, "too many frames; requests are taken 20 a second")


async def test_a_flood_of_pings_whose_pongs_nobody_reads() -> None:
    async with attacked() as port:
        _, writer = await stream(port)

        async def flood() -> None:
            while True:
                writer.write(frame(PING, b"x" * 125) * 100)
                await writer.drain()
                await asyncio.sleep(0.01)

        with pytest.raises(ConnectionError):
            await asyncio.wait_for(flood(), DEADLINE)
        writer.close()


async def test_messages_have_a_size_packed_and_not() -> None:
    async with attacked() as port:
        for sent in (
            frame(TEXT, b" " * 100_000),
            frame(TEXT, b" " * 40_000, fin=0) * 1 + frame(MORE, b" " * 40_000),
            # Only the head of one that is said to have 4 GB.
            bytes((0x81, 0x80 | 127)) + struct.pack("!Q", 2**32) + b"\0\0\0\0",
        ):
            assert (await ended(port, sent))[0] == 1009
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        bomb = packer.compress(b" " * 60_000_000) + packer.flush(zlib.Z_SYNC_FLUSH)
        bomb = bomb.removesuffix(b"\0\0\xff\xff")
        assert len(bomb) < 64 * 1024  # within the bound as it comes
        assert (await ended(port, frame(TEXT, bomb, flags=0x40), more=DEFLATE))[0] == 1009


async def test_what_is_no_frame() -> None:
    async with attacked() as port:
        for sent, code in (
            (b"\x81\x05hello", 1002),  # without a mask
            (frame(3), 1002),
            (frame(11), 1002),
            (frame(PING, b"x" * 126), 1002),
            (frame(PING, fin=0), 1002),
            (frame(MORE, b"x"), 1002),
            (frame(TEXT, b"x", fin=0) + frame(TEXT, b"y"), 1002),
            (frame(TEXT, b"x", flags=0x40), 1002),
            (frame(TEXT, b"x", flags=0x20), 1002),
            (frame(TEXT, b"\xff\xfe"), 1007),
            (frame(CLOSE, b"\x03"), 1002),
            (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", 1002),
        ):
            assert (await ended(port, sent))[0] == code, sent[:30]


async def test_who_does_not_answer_the_close_is_cut() -> None:
    async with attacked() as port:
        reader, writer = await stream(port)
        writer.write(frame(TEXT, b" " * 100_000))
        # It reads the close frame, and then neither closes nor says anything.
        assert close_of(await rest_of(reader))[0] == 1009
        assert reader.at_eof()
        writer.close()


async def test_half_open_streams_are_found_out() -> None:
    """A peer that is gone without a word: it neither reads nor answers pings."""
    async with attacked() as port:
        for query in (b"?view=snapshots", b"?view=alerts"):
            reader, writer = await stream(port, query=query)
            # What comes is taken, no ping is answered.
            assert close_of(await rest_of(reader))[0] in (1011, 1013)
            writer.close()


@pytest.mark.parametrize(
    ("more", "status"),
    [
        (b"Origin: http://localhost\r\nOrigin: http://localhost\r\n", b"400"),
        (b"Upgrade: h2c\r\n", b"404"),  # the last counts
        (b"Content-Length: 5\r\n", b"400"),
        (b"Sec-WebSocket-Key: again\r\n", b"400"),
        (b"Sec-WebSocket-Extensions: " + b"x;" * 500 + b"\r\n", b"400"),
        (b"Sec-WebSocket-Protocol: \xff\xfe\r\n", b"400"),
        (b"X: y\r\n" * 150, b"431"),
        (b"X: " + b"y" * 9000 + b"\r\n", b"400"),  # a line longer than it takes
        (b"X: " + b"y" * 5000 + b"\r\n", b"101"),
    ],
)
async def test_handshakes_of_all_kinds_have_an_answer(more: bytes, status: bytes) -> None:
    async with attacked() as port:
        reader, writer = await opened(port)
        writer.write(UPGRADE % (b"", more))
        async with asyncio.timeout(DEADLINE):
            head = await reader.readuntil(b"\r\n\r\n")
        assert head.split()[1] == status, head
        writer.close()
