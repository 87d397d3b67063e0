"""Commits are heard at once by those who follow the log in the same process; of those of other
processes a follower learns when it looks."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_lock = threading.Lock()
_listeners: dict[Path, set[Listener]] = {}
"""Of each directory who follows it here."""


class Listener:
    """Waits, in an event loop, for a commit with records of these topics."""

    def __init__(self, topics: Collection[str]) -> None:
        self._topics = frozenset(topics)
        self._loop = asyncio.get_running_loop()
        self._heard = asyncio.Event()

    def tell(self, topics: Collection[str]) -> None:
        """A commit had records of these topics; from any thread."""
        if not self._topics.isdisjoint(topics):
            with suppress(RuntimeError):  # the loop is closed
                self._loop.call_soon_threadsafe(self._heard.set)

    def clear(self) -> None:
        """Before one looks into the log."""
        self._heard.clear()

    async def wait(self, seconds: float) -> None:
        """Until a commit was heard since, but no longer than so many seconds."""
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
