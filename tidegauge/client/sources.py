"""Connections to a gateway: a WebSocket, or server-sent events. What each needs is imported with
its first use."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from typing import Any
from urllib.parse import urlencode

import msgspec

from tidegauge.client.errors import Lost, RefusedError

log = logging.getLogger(__name__)

SILENCE_SECONDS = 10.0
"""The gateway says every two seconds how it is: after five that are missing, nobody is there."""
CONNECT_SECONDS = 10.0
MOST_BYTES = 64 * 1024 * 1024
"""Of a message. The gateway's have some 128 KB, or what one whole snapshot needs."""
_COME_AGAIN = (408, 425, 429, 500, 502, 503, 504)
"""Answers after which another try may have another end (RFC 9110, and proxies')."""


class RefusalBody(msgspec.Struct):
    """What an answer says of an error."""

    detail: str = ""
    near: list[str] = []
    do: str = ""


def refused(status: int, body: bytes) -> Exception:
    """What an answer that is no stream means."""
    try:
        problem = msgspec.json.decode(body, type=RefusalBody)
    except msgspec.DecodeError:
        problem = RefusalBody()
    detail = problem.detail or f"the gateway answers with status {status}"
    if status in _COME_AGAIN:
        return Lost(detail)
    return RefusedError(status, detail, problem.near, problem.do)


async def websocket(
    base: str, query: Mapping[str, str], headers: Mapping[str, str]
) -> AsyncGenerator[bytes | str, None]:
    """The messages of one connection. Raises Lost and RefusedError."""
    from websockets.asyncio.client import connect
    from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

    address = f"ws{base.removeprefix('http')}/v1/stream?{urlencode(query)}"
    options: dict[str, Any] = {"max_size": MOST_BYTES, "open_timeout": CONNECT_SECONDS}
    try:
        async with connect(address, additional_headers=dict(headers), **options) as socket:
            while True:
                async with asyncio.timeout(SILENCE_SECONDS):
                    message = await socket.recv()
                yield message
    except InvalidStatus as error:
        raise refused(error.response.status_code, bytes(error.response.body or b"")) from None
    except ConnectionClosed as error:
        raise Lost(error.rcvd.reason if error.rcvd else "the connection is gone") from None
    except (InvalidHandshake, OSError, TimeoutError, EOFError) as error:
        raise Lost(str(error) or "no answer") from None


async def events(
    base: str, query: Mapping[str, str], headers: Mapping[str, str]
) -> AsyncGenerator[bytes, None]:
    """The same over server-sent events."""
    import aiohttp

    told = dict(query)
    last = told.pop("cursor", None)
    sent = {**headers, **({"Last-Event-ID": last} if last else {})}
    timeout = aiohttp.ClientTimeout(
        total=None, sock_connect=CONNECT_SECONDS, sock_read=SILENCE_SECONDS
    )
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(f"{base}/v1/events", params=told, headers=sent) as answer,
        ):
            if answer.status != 200:
                raise refused(answer.status, await answer.read())
            async with aclosing(_datas(answer.content.iter_any())) as found:
                async for data in found:
                    yield data
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise Lost(str(error) or "no answer") from None
    raise Lost("the gateway ended the stream")


async def _datas(chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    """The `data` of each event. Ours have one line of it, and end with a blank one."""
    rest = bytearray()
    async for chunk in chunks:
        searched = max(len(rest) - 1, 0)
        rest += chunk
        while (end := rest.find(b"\n\n", searched)) >= 0:
            for line in bytes(rest[:end]).split(b"\n"):
                if line.startswith(b"data: "):
                    yield line[6:]
            del rest[: end + 2]
            searched = 0
        if len(rest) > MOST_BYTES:
            raise Lost("an event that does not end")
