"""A wake-up call for everybody who waits for it."""

from __future__ import annotations

import asyncio


class Signal:
    """Wakes all present waiters at each `fire`; costs next to nothing while nobody waits."""

    def __init__(self) -> None:
        self._event: asyncio.Event | None = None

    def fire(self) -> None:
        """Wake who waits now."""
        if self._event is not None:
            self._event.set()
            self._event = None

    async def wait(self, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Return at the next `fire`, or after `timeout` seconds."""
        if self._event is None:
            self._event = asyncio.Event()
        try:
            async with asyncio.timeout(timeout):
                await self._event.wait()
        except TimeoutError:
            pass
