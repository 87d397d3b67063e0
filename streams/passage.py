"""What a hop of the way from a venue to a client took, told by the shells that see both its ends.

Times are those of the machines that stamp them: between two machines a hop is right within what
their clocks differ by.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

Hop = Literal["socket_to_log", "log_to_price", "price_to_snapshot", "snapshot_to_client"]


class Passage(NamedTuple):
    """One tick frame, or what was made of it, through one hop, from `began` to `ended` (ns UTC).

    `now` is the instant of the frame, which all that is made of it repeats: the `now` of its record
    in `prices`, the `as_of` of a snapshot. 0 where there is none. `partition` is that of `prices`
    or behind it; `rows` the trades, of a clock frame 0.
    """

    hop: Hop
    began: int
    ended: int
    now: int = 0
    partition: int = 0
    rows: int = 1


Passed = Callable[[Passage], None]
"""Is told of each. It must not wait, nor fail."""


def unwatched(_: Passage) -> None:
    """Nobody wants to know."""
