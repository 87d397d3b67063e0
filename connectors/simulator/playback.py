"""Recorded frames through a real websocket."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed


class Playback:
    """Sends the same raw frames to every client, after its first frame (its subscription).

    `rate` frames a second, None as fast as the client takes them. Then the connection stays open
    and silent. `async with Playback(frames) as playback: ... playback.url`
    """

    def __init__(self, frames: Sequence[str | bytes], rate: float | None = None) -> None:
        self.url = ""
        self.played = 0
        """Clients that have been sent all frames."""
        self._frames = list(frames)
        self._rate = rate
        self._server: Server | None = None

    async def __aenter__(self) -> Self:
        """Open a free port on loopback."""
        self._server = await serve(self._play, "127.0.0.1", 0, compression=None)
        port = next(iter(self._server.sockets)).getsockname()[1]
        self.url = f"ws://127.0.0.1:{port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _play(self, connection: ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            await connection.recv()
            for frame in self._frames:
                await connection.send(frame)
                if self._rate is not None:
                    await asyncio.sleep(1.0 / self._rate)
            self.played += 1
            async for _ in connection:
                pass
