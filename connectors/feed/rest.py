"""A venue's REST interface: one GET or POST at a time, no faster than the venue allows."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import aiohttp
import orjson

TIMEOUT = 15.0
"""Seconds for one whole answer; the longest, an exchange's list of all symbols, is some MB."""
MAX_BODY = 64 * 2**20
"""Bytes; the longest known answer, all instruments of a venue, is under 20 MB."""
MAX_RATIO = 200
"""How many times as long as it came an answer may become unpacked. Venues' JSON packs to a tenth,
lists of symbols to a thirtieth; a bomb to a thousandth."""
_CHUNK = 256 * 1024
"""Bytes that are unpacked at a time."""
_GZIP = 31
"""`wbits` that unpack the frame of gzip (zlib's manual, inflateInit2)."""
_ASKED = {"Accept-Encoding": "gzip"}
ATTEMPTS = 4
"""Of one request: a limit that is passed, or a server in trouble, is mostly over in seconds."""
LONGEST_WAIT = 60.0
"""Seconds; a venue that asks for more (`Retry-After`) is not waited for."""
AGAIN = frozenset((418, 429, 500, 502, 503, 504))
"""Statuses after which the same request may succeed. Binance bans with 418."""


class RestError(Exception):
    """A request failed for good. The text names the URL and what came instead."""


class Rest:
    """Requests to one venue, one after the other, at most `per_second` of them.

    `async with Rest("https://api.venue.com", per_second=5) as rest: await rest.get("/time")`.
    A proxy of the environment is used, except for the loopback.
    """

    def __init__(self, base_url: str, per_second: float) -> None:
        self.base_url = base_url.rstrip("/")
        self.requests = 0
        """Sent so far, repeated ones included."""
        self._pause = 1.0 / per_second
        self._next = 0.0
        self._turn = asyncio.Lock()
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Open the connection pool."""
        timeout = aiohttp.ClientTimeout(total=TIMEOUT)
        loopback = urlsplit(self.base_url).hostname in ("127.0.0.1", "::1", "localhost")
        self._session = aiohttp.ClientSession(
            timeout=timeout, trust_env=not loopback, auto_decompress=False, headers=_ASKED
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        if self._session is not None:
            await self._session.close()

    async def get(self, path: str, params: Mapping[str, str | int] | None = None) -> Any:
        """The JSON answer. Raises RestError."""
        return await self._ask("GET", path, params)

    async def post(self, path: str, body: Any = None) -> Any:
        """The JSON answer to a POST of this JSON, or without a body. Raises RestError."""
        return await self._ask("POST", path, None, body)

    async def _ask(
        self, method: str, path: str, params: Mapping[str, str | int] | None, sent: Any = None
    ) -> Any:
        url = self.base_url + path
        for attempt in range(1, ATTEMPTS + 1):
            try:
                status, body, wait = await self._send(method, url, params, sent)
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                status, body, wait = 0, str(error or type(error).__name__).encode(), None
            if status == 200:
                try:
                    return orjson.loads(body)
                except orjson.JSONDecodeError as error:
                    raise RestError(f"{url}: the answer is no JSON: {_head(body)}") from error
            pause = 2.0 ** (attempt - 1) if wait is None else wait
            if (status and status not in AGAIN) or attempt == ATTEMPTS or pause > LONGEST_WAIT:
                break
            await asyncio.sleep(pause)
        what = f"HTTP {status}" if status else "no answer"
        raise RestError(f"{url}: {what}: {_head(body)}")

    async def _send(
        self, method: str, url: str, params: Mapping[str, str | int] | None, sent: Any
    ) -> tuple[int, bytes, float | None]:
        """Status, body, and the seconds that the venue asks to wait."""
        if self._session is None:
            raise RuntimeError("Rest is used outside of its `async with`")
        loop = asyncio.get_running_loop()
        async with self._turn:
            await asyncio.sleep(max(self._next - loop.time(), 0.0))
            self.requests += 1
            asking = self._session.request(
                method, url, params=params, json=sent, allow_redirects=False
            )
            async with asking as answer:
                body = await _body(answer)
                wait = answer.headers.get("Retry-After", "")
            self._next = loop.time() + self._pause
            return answer.status, body, float(wait) if wait.isdecimal() else None


async def post_once(url: str) -> bytes:
    """The body of the answer to one POST without a body. Raises RestError; asks no second time."""
    loopback = urlsplit(url).hostname in ("127.0.0.1", "::1", "localhost")
    timeout = aiohttp.ClientTimeout(total=TIMEOUT)
    try:
        async with (
            aiohttp.ClientSession(
                timeout=timeout, trust_env=not loopback, auto_decompress=False, headers=_ASKED
            ) as session,
            session.post(url, allow_redirects=False) as answer,
        ):
            body = await _body(answer)
            if answer.status != 200:
                raise RestError(f"{url}: HTTP {answer.status}: {_head(body)}")
            return body
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise RestError(f"{url}: no answer: {error or type(error).__name__}") from error


async def _body(answer: aiohttp.ClientResponse) -> bytes:
    """What it holds, unpacked. Raises RestError where it is more than `MAX_BODY`, or so much more
    than came that no venue means it."""
    if 300 <= answer.status < 400:
        raise RestError(
            f"{answer.url}: HTTP {answer.status}: it leads elsewhere, and is not followed"
        )
    encoding = answer.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("gzip", "identity"):
        raise RestError(f"{answer.url}: packed as {encoding[:40]!r}, which was not asked for")
    unpack = zlib.decompressobj(_GZIP) if encoding == "gzip" else None
    body, came = bytearray(), 0
    async for part in answer.content.iter_any():
        came += len(part)
        while part:
            try:
                body += unpack.decompress(part, _CHUNK) if unpack else part
            except zlib.error as error:
                raise RestError(f"{answer.url}: it cannot be unpacked ({error})") from None
            part = unpack.unconsumed_tail if unpack else b""
            if len(body) > MAX_BODY:
                raise RestError(f"{answer.url}: more than {MAX_BODY >> 20} MB")
            if len(body) > max(MAX_RATIO * came, _CHUNK):
                raise RestError(f"{answer.url}: {came} bytes unpack to more than {len(body)}")
    return bytes(body)


def _head(body: bytes) -> str:
    return " ".join(body[:120].decode(errors="replace").split())
