"""What was published of an index of late, so that what a client was not sent can be told."""

from __future__ import annotations

from array import array

import msgspec

KEPT = 100
"""Ten seconds of levels at ten a second: a client that takes nothing for so long is cut off."""


class SkippedSeqs(msgspec.Struct, frozen=True):
    """How many were left out, and the seqs of the first and the last of them."""

    first: int
    last: int
    count: int


class Trail:
    """The last `KEPT` seqs of an index in a topic, each with the version at which it came.

    Arrays take 16 bytes a place; up to twice as many are held, so that forgetting is cheap.
    """

    __slots__ = ("_seqs", "_versions", "reach")

    def __init__(self) -> None:
        self._seqs, self._versions = array("q"), array("q")
        self.reach = 0
        """From this version on it has all."""

    def add(self, seq: int, version: int) -> None:
        """Note the newest."""
        self._seqs.append(seq)
        self._versions.append(version)
        if len(self._seqs) >= 2 * KEPT:
            self.reach = self._versions[KEPT - 1]
            del self._seqs[:KEPT], self._versions[:KEPT]

    def left_out(self, since: int) -> SkippedSeqs | None:
        """Those after the version `since`, all but the newest; None where there are none.

        Only for versions within `reach`.
        """
        place = len(self._seqs) - 1  # the newest is no part of it
        begin = place
        while begin > 0 and self._versions[begin - 1] > since:
            begin -= 1
        if begin >= place:
            return None
        return SkippedSeqs(self._seqs[begin], self._seqs[place - 1], place - begin)
