"""An event loop whose clock is virtual: sleeping takes no time, and time passes in no other way."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

from connectors.feed.transport import SYSTEM_CLOCK, Clock

T = TypeVar("T")
START = 1_800_000_000 * 10**9
"""ns UTC when a virtual loop's time is 0."""


class _Skip(selectors.SelectSelector):
    """Waits for nothing: the loop's time is put forward instead."""

    loop: "VirtualLoop"

    def select(self, timeout: float | None = None) -> list[Any]:
        assert timeout is not None, "nothing is left that could ever happen"
        self.loop.now += max(0.0, timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """All of asyncio's waiting in virtual time. There is no I/O and no thread here."""

    def __init__(self) -> None:
        selector = _Skip()
        super().__init__(selector)
        selector.loop = self
        self.now = 0.0

    def time(self) -> float:
        return self.now


def virtual_clock(loop: asyncio.AbstractEventLoop) -> Clock:
    """A session's clock on such a loop."""
    return SYSTEM_CLOCK._replace(
        now_ns=lambda: START + int(loop.time() * 1e9), monotonic=loop.time, sleep=asyncio.sleep
    )


def run_virtual(main: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run` in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
