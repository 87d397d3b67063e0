"""What is kept of alert episodes: of all that fire, and of the newest that are over."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Generic, TypeVar

T = TypeVar("T")


class KeptEpisodes(Generic[T]):
    """Something of each episode that fires, and of the newest `kept` of those that are over."""

    def __init__(self, kept: int) -> None:
        self._kept = kept
        self._known: dict[str, T] = {}
        self._open: dict[str, dict[str, T]] = {}
        self._over: deque[str] = deque()

    def get(self, episode: str) -> T | None:
        """What is kept of an episode."""
        return self._known.get(episode)

    def firing(self, index: str) -> Iterable[T]:
        """What is kept of those of an index that fire."""
        return self._open.get(index, {}).values()

    def begin(self, index: str, episode: str, what: T) -> None:
        """An episode of an index begins."""
        self._known[episode] = self._open.setdefault(index, {})[episode] = what

    def end(self, index: str, episode: str) -> None:
        """An episode is over; nothing where none of this name fires."""
        held = self._open.get(index, {})
        if held.pop(episode, None) is None:
            return
        if not held:
            del self._open[index]
        self._over.append(episode)
        if len(self._over) > self._kept:
            self._known.pop(self._over.popleft(), None)

    def forget(self, index: str) -> None:
        """An index is retired: what fired of it is followed no more."""
        for episode in self._open.pop(index, ()):
            del self._known[episode]
