"""A simulated exchange's REST interface, as an HTTP server on loopback."""

from __future__ import annotations

import orjson
from aiohttp import web

from connectors.simulator.exchange import Exchange


class RestServer:
    """`await start(port)` says where it is; 0 takes a free port. OSError if the port is taken."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        application = web.Application()
        application.router.add_get("/{path:.*}", self._answer)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)

    async def start(self, port: int) -> str:
        """Open the port; the base URL."""
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def close(self) -> None:
        """Close it, requests under way included."""
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        status, body = self._exchange.answer(request.path, request.query)
        headers = {"Retry-After": "1"} if status == 429 else None
        return web.Response(
            status=status,
            body=orjson.dumps(body),
            content_type="application/json",
            headers=headers,
        )
