"""Webhooks: a POST of JSON, signed where the route has a secret, with an idempotency key.

The signature is that of Stripe's webhooks: `t=<unix seconds>,v1=<hex HMAC-SHA256 of "t.body">`, so
that a receiver can refuse what somebody has recorded and sends again.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from typing import Any

import orjson

from engine.types import SECOND
from notify.alert import LoggedAlert
from notify.channels.base import Http
from notify.message import Letter, SendOutcome

VERSION = 1
KEY, SIGNATURE, RETRY = "Idempotency-Key", "X-Tidegauge-Signature", "X-Tidegauge-Retry"
_WHOLE = 20
"""Alerts that are sent as a whole; of more only what they are about, a `because` has some KB."""


class Webhook:
    """POSTs to `url`."""

    def __init__(self, url: str, secret: str | None) -> None:
        self._http, self._secret = Http(url), secret

    async def send(self, letter: Letter) -> SendOutcome:
        """One try."""
        body = orjson.dumps(content(letter))
        headers = {"Content-Type": "application/json", KEY: letter.key}
        if letter.doubtful:
            headers[RETRY] = str(letter.tries)
        if self._secret is not None:
            headers[SIGNATURE] = signature(body, self._secret, letter.now // SECOND)
        return await self._http.post(body, headers)

    async def refresh(self, alerts: Sequence[LoggedAlert], page: str, now: int) -> None:
        """A webhook forgets nothing."""

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()


def content(letter: Letter) -> dict[str, Any]:
    """What is sent. `retry` says that an earlier try may have arrived."""
    whole = len(letter.alerts) <= _WHOLE
    return {
        "version": VERSION,
        "id": letter.key,
        "route": letter.route,
        "reason": letter.reason,
        "retry": letter.doubtful,
        "tries": letter.tries,
        "title": letter.title,
        "text": letter.text,
        "page": letter.page or None,
        "unlisted": letter.unlisted,
        "alerts": [alert.body if whole else alert.head for alert in letter.alerts],
    }


def signature(body: bytes, secret: str, seconds: int) -> str:
    """The header that proves who sent a body, and when."""
    signed = hmac.new(secret.encode(), b"%d." % seconds + body, hashlib.sha256)
    return f"t={seconds},v1={signed.hexdigest()}"


def is_signed(body: bytes, header: str, secret: str, seconds: int, within: int = 300) -> bool:
    """Whether a header is the signature of a body, made within so many seconds of `seconds`: what a
    receiver does."""
    begin, _, _ = header.partition(",")
    time = begin.removeprefix("t=")
    if not (time.isascii() and time.isdecimal()) or abs(seconds - int(time)) > within:
        return False
    return hmac.compare_digest(header, signature(body, secret, int(time)))
