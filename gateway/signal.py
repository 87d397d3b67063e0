"""A wake-up call for everybody who waits for it."""

from __future__ import annotations

import asyncio

Waiter = asyncio.Future[None]


class Signal:
    """Wakes all present waiters at each `fire`; costs next to nothing while nobody waits."""

    def __init__(self) -> None:
        self._waiting: set[Waiter] = set()

    def fire(self) -> None:
        """Wake who waits now."""
        for waiter in self._waiting:
            wake(waiter)
        self._waiting.clear()

    async def wait(self, timeout: float, waiter: Waiter | None = None) -> None:  # noqa: ASYNC109
        """Return at the next `fire`, or after `timeout` seconds, or once `waiter` is woken."""
        loop = asyncio.get_running_loop()
        waiter = loop.create_future() if waiter is None else waiter
        self._waiting.add(waiter)
        late = loop.call_later(timeout, wake, waiter)
        try:
            await waiter
        finally:
            late.cancel()
            self._waiting.discard(waiter)


def wake(waiter: Waiter) -> None:
    """Wake one waiter; it may be awake already."""
    if not waiter.done():
        waiter.set_result(None)
