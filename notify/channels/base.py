"""What a channel is, and what several of them share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol
from urllib.parse import urlsplit

import aiohttp

from notify.alert import LoggedAlert
from notify.message import Letter, SendOutcome

TIMEOUT = 10.0
"""Seconds for one try; a receiver that takes longer has an unknown outcome."""
MOST_ANSWER = 200
"""Characters that are kept of an answer."""
LONGEST_WAIT = 3600.0
"""Seconds; a receiver that asks to wait for longer is asked again after so long."""
_AGAIN = frozenset((408, 425, 429))
"""Refusals that mean "later"."""


class Channel(Protocol):
    """Carries messages to one receiver."""

    async def send(self, letter: Letter) -> SendOutcome:
        """One try. Raises nothing: what goes wrong is an outcome."""

    async def refresh(self, alerts: Sequence[LoggedAlert], page: str, now: int) -> None:
        """Say again what fires, to a receiver that forgets; others do nothing."""

    async def close(self) -> None:
        """Give up its connections."""


class Http:
    """POSTs to one address, by a pool of connections of its own; a proxy of the environment is
    used, except for the loopback."""

    def __init__(self, url: str) -> None:
        self.url = url
        parts = urlsplit(url)
        self._secrets = [
            t for t in (url, parts.path, parts.query, parts.password) if t and t != "/"
        ]
        """What must not stand in an answer that is kept: errors like to quote the address."""
        self._session: aiohttp.ClientSession | None = None

    async def post(self, body: bytes, headers: Mapping[str, str]) -> SendOutcome:
        """One try."""
        if self._session is None:
            loopback = urlsplit(self.url).hostname in ("127.0.0.1", "::1", "localhost")
            timeout = aiohttp.ClientTimeout(total=TIMEOUT)
            self._session = aiohttp.ClientSession(timeout=timeout, trust_env=not loopback)
        try:
            async with self._session.post(
                self.url, data=body, headers=headers, allow_redirects=False
            ) as answer:
                text = self._without_secrets(await answer.content.read(4 * MOST_ANSWER))
                wait = answer.headers.get("Retry-After", "")
                return outcome_of(answer.status, text, wait)
        except aiohttp.ClientConnectorError as error:  # nothing was sent
            return SendOutcome("failed", f"no connection: {error.os_error.strerror or 'refused'}")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return SendOutcome("unknown", f"no answer: {type(error).__name__}")

    def _without_secrets(self, text: bytes) -> bytes:
        for secret in self._secrets:
            text = text.replace(secret.encode(), "…".encode())
        return text

    async def close(self) -> None:
        """Close the pool."""
        if self._session is not None:
            await self._session.close()


def outcome_of(status: int, body: bytes, wait: str = "") -> SendOutcome:
    """What an HTTP answer means. One that is not told to be a refusal may have taken it.

    >>> outcome_of(204, b"").kind, outcome_of(404, b"gone").kind, outcome_of(500, b"").kind
    ('sent', 'refused', 'unknown')
    """
    text = " ".join(body.decode(errors="replace").split())[:MOST_ANSWER]
    said = f"{status}: {text}" if text and status >= 300 else str(status)
    seconds = min(float(wait), LONGEST_WAIT) if wait.isascii() and wait.isdecimal() else None
    if 200 <= status < 300:
        return SendOutcome("sent", said)
    if status in _AGAIN or status >= 500:
        return SendOutcome("unknown", said, seconds)
    if 300 <= status < 400:
        return SendOutcome("refused", f"{status}: it moved; write its new address into the file")
    return SendOutcome("refused", said)
