"""Being stopped: SIGTERM and SIGINT are heard at any time, also before all is up."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import NoReturn

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopped(BaseException):
    """A signal ends a start. Like KeyboardInterrupt no Exception: nothing takes it for a fault."""


_heard: list[bool] = []
"""Holds something once a signal came in `stopped_at_once`. Where that interrupts a callback that C
calls (as an object goes, of compiled code, of a loop) the exception is printed and all goes on."""


@contextmanager
def stopped_at_once() -> Iterator[None]:
    """A signal raises Stopped inside, wherever that is: for what cannot look for one.

    The log's transactions and its lock end as with any exception, so a start may be left anywhere.
    Whoever begins to listen for signals otherwise in here is not disturbed at the end.
    """
    _heard.clear()

    def stop(*_: object) -> NoReturn:
        _heard.append(True)
        raise Stopped

    before = {number: signal.signal(number, stop) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            if signal.getsignal(number) is stop:
                signal.signal(number, handler)


def end_if_stopped() -> None:
    """Raise Stopped where a signal came in `stopped_at_once` and did not get through."""
    if _heard:
        raise Stopped


@contextmanager
def on_signal(told: Callable[[], object]) -> Iterator[None]:
    """From here on a signal calls `told` in the running loop. Raises Stopped where one came before
    and did not get through."""
    loop = asyncio.get_running_loop()
    for number in SIGNALS:
        loop.add_signal_handler(number, told)
    try:
        end_if_stopped()
        yield
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)


@asynccontextmanager
async def stopping(seconds: float | None = None) -> AsyncIterator[asyncio.Event]:
    """An event that SIGINT, SIGTERM, or the end of the seconds sets."""
    stop = asyncio.Event()
    with on_signal(stop.set):
        timer = asyncio.get_running_loop().call_later(seconds, stop.set) if seconds else None
        try:
            yield stop
        finally:
            if timer:
                timer.cancel()
