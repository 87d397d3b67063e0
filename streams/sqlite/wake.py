"""Commits are heard at once by those who follow the log in the same process; of those of other
processes a follower learns when it looks."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

_lock = threading.Lock()
_listeners: dict[Path, set[Listener]] = {}
"""Of each directory who follows it here."""


class Listener:
    """Waits, in an event loop, for a commit with records of these topics."""

    def __init__(self, topics: Collection[str]) -> None:
        self._topics = frozenset(topics)
        self._is_told = False
        self._waking: Callable[[], object] | None = None
        """Wakes who waits; there is none in a program that only reads what there is."""
        self._heard = asyncio.Event()

    def tell(self, topics: Collection[str]) -> None:
        """A commit had records of these topics; from any thread."""
        if not self._topics.isdisjoint(topics):
            self._is_told = True
            if self._waking is not None:
                with suppress(RuntimeError):  # the loop is closed
                    self._waking()

    def clear(self) -> None:
        """Before one looks into the log."""
        self._is_told = False
        self._heard.clear()

    async def wait(self, seconds: float) -> None:
        """Until a commit was heard since, but no longer than so many seconds."""
        if self._waking is None:
            loop = asyncio.get_running_loop()
            self._waking = partial(loop.call_soon_threadsafe, self._heard.set)
        if self._is_told:  # before anybody could be woken
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._heard.wait()


@contextmanager
def listening(directory: Path, topics: Collection[str]) -> Iterator[Listener]:
    """Hear of commits inside."""
    listener, place = Listener(topics), directory.absolute()
    with _lock:
        _listeners.setdefault(place, set()).add(listener)
    try:
        yield listener
    finally:
        with _lock:
            _listeners[place].discard(listener)


def tell(directory: Path, topics: set[str]) -> None:
    """A commit in the log of a directory had records of these topics; they are told and gone."""
    if _listeners:
        with _lock:
            told = tuple(_listeners.get(directory.absolute(), ()))
        for listener in told:
            listener.tell(topics)
    topics.clear()
