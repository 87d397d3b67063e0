"""Receivers on loopback: a webhook's server with faults, and a mail server."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Self

import orjson
from aiohttp import web

from notify.channels.webhook import KEY, RETRY

FAULTS = ("ok", "500", "taken and 500", "taken and dropped", "slow", "busy")


class Hook:
    """A webhook's server at `url`. `fate()` says what becomes of the next request, one of `FAULTS`;
    what it takes is in `taken`, each key once, and every arrival in `arrivals`."""

    def __init__(self, rng: random.Random | None = None, faults: float = 0.0) -> None:
        self._rng, self._faults = rng or random.Random(1), faults
        self.always: str | None = None
        self.taken: dict[str, dict[str, Any]] = {}
        self.arrivals: list[dict[str, Any]] = []
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.fates = Counter[str]()
        self.cuts = 0
        self._open = set[asyncio.Transport]()

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=16 << 20)
        app.router.add_post("/hook", self._post)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await self._listen(0)
        port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{port}/hook"
        return self

    async def _listen(self, port: int) -> None:
        self._site = web.TCPSite(self._runner, "127.0.0.1", port, reuse_address=True)
        await self._site.start()

    async def cut(self, seconds: float) -> None:
        """Nobody reaches it for so long: what is on its way is cut off, what comes is refused."""
        port = self._runner.addresses[0][1]
        await self._site.stop()
        for transport in list(self._open):
            transport.abort()
        self.cuts += 1
        await asyncio.sleep(seconds)
        await self._listen(port)

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    def fate(self) -> str:
        if self.always is not None:
            return self.always
        return self._rng.choice(FAULTS[1:]) if self._rng.random() < self._faults else "ok"

    async def _post(self, request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        self._open.add(request.transport)
        body, fate = await request.read(), self.fate()
        self.fates[fate] += 1
        self.requests.append((dict(request.headers), body))
        if fate == "busy":
            return web.Response(status=429, headers={"Retry-After": "1"})
        if fate == "500":
            return web.Response(status=500, text="out of order")
        said = orjson.loads(body)
        assert said["retry"] == (RETRY in request.headers)
        assert said["id"] == request.headers[KEY]
        self.arrivals.append(said)
        if fate == "slow":  # a retry may come, and be done, meanwhile
            await asyncio.sleep(self._rng.random() * 2)
        self.taken.setdefault(said["id"], said)
        if fate == "taken and 500":
            return web.Response(status=500)
        if fate == "taken and dropped":
            assert request.transport is not None
            request.transport.abort()
        return web.Response(status=204)

    def problems(self, due: set[str]) -> list[str]:
        """What is not as promised, of all who take each key once, and of those who do not."""
        told = Counter(a["id"] for said in self.taken.values() for a in said["alerts"])
        found = [f"{key} told {n} times" for key, n in told.items() if n != 1]
        found += [f"{key} is missing" for key in due - told.keys()]
        found += [f"{key} was never due" for key in told.keys() - due]
        marks: dict[str, list[bool]] = {}
        for said in self.arrivals:
            for alert in said["alerts"]:
                marks.setdefault(alert["id"], []).append(said["retry"])
        found += [f"{key} doubled unmarked" for key, m in marks.items() if not all(m[1:])]
        return found


class Mail:
    """A mail server that keeps what it gets in `mails`, and refuses the next `refuse` messages."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refuse = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.refuse:
            self.refuse -= 1
            return "451 try again later"
        found = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(found, EmailMessage)
        self.mails.append(found)
        return "250 taken"

    async def __aenter__(self) -> Self:
        from aiosmtpd.smtp import SMTP

        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: SMTP(self), "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()
