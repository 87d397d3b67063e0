"""What fires now, as the stream tells it: whole, and what changed since a version of the state."""

from __future__ import annotations

import math
from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from gateway.episodes import told_open
from gateway.messages import View
from gateway.state import State
from gateway.views import MessagePart
from gateway.wire import encode

VIEW: View = "episodes"
LOOK_SECONDS = 1.0
"""How often the values of what fires are looked at, the same for all clients: with each price they
would be some hundred kilobytes in a crash."""
CLOSED_KEPT = 2000
"""Episodes remembered that fire no more; a client that was away for longer is sent the whole."""


class OpenEpisodes:
    """Each episode that fires: its index, its JSON, and the version of the state at which that was
    found to be new. Made anew when somebody asks for it, once for all."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._told: dict[str, tuple[str, bytes]] = {}
        self._changed: dict[str, int] = {}
        self._closed: dict[str, tuple[str, int]] = {}
        self._reach = 0
        """What closed before this version is not known."""
        self._looked = -math.inf
        self._stand: tuple[int, int] = (-1, -1)

    def whole(self, indices: AbstractSet[str] | None) -> Iterator[MessagePart]:
        """All that fires (of these indices)."""
        self._look()
        told = [text for index, text in self._told.values() if _has(indices, index)]
        yield self._part(told, [], indices, whole=True)

    def changes(self, indices: AbstractSet[str] | None, since: int) -> Iterator[MessagePart]:
        """What is new since a version, and what fires no more."""
        self._look()
        if since < self._reach:
            yield from self.whole(indices)
            return
        told = [
            text
            for name, (index, text) in self._told.items()
            if self._changed[name] > since and _has(indices, index)
        ]
        closed = [
            name
            for name, (index, version) in self._closed.items()
            if version > since and _has(indices, index)
        ]
        if told or closed:
            yield self._part(told, closed, indices, whole=False)

    def _part(
        self, told: list[bytes], closed: list[str], indices: AbstractSet[str] | None, *, whole: bool
    ) -> MessagePart:
        counts = self._state.alerts.open_counts(indices)
        tail = encode({"closed": closed, "open": counts[0], "slow": counts[1], "whole": whole})
        return MessagePart(VIEW, b'"episodes":[%s],%s' % (b",".join(told), tail[1:-1]))

    def _look(self) -> None:
        """See what is new: at once where alerts or what people say of them changed, and else as
        often as `LOOK_SECONDS` says."""
        state = self._state
        stand, now = (state.alerts.total, state.said), state.clock()
        if stand == self._stand and now < self._looked + LOOK_SECONDS:
            return
        self._looked, self._stand = now, stand
        wall, found = state.wall(), dict[str, tuple[str, bytes]]()
        for episode in state.alerts.open_episodes():
            head = episode.newest.head
            found[head.episode] = head.index, encode(told_open(state, episode, wall))
        for name, told in found.items():
            if self._told.get(name) != told:
                self._changed[name] = state.version
            self._closed.pop(name, None)
        for name in self._told.keys() - found.keys():
            del self._changed[name]
            self._closed[name] = self._told[name][0], state.version
        while len(self._closed) > CLOSED_KEPT:
            _, self._reach = self._closed.pop(next(iter(self._closed)))
        self._told = found


def _has(indices: AbstractSet[str] | None, index: str) -> bool:
    return indices is None or index in indices
