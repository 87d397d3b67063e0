"""How often one may ask: a token bucket for each key, and for each address without one."""

from __future__ import annotations

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

from gateway.access.names import ip_address

PER_SECOND = 50.0
"""Of one caller, for ever: a page asks some times a second, a bot of a hundred indices in one."""
BURST = 500.0
"""At once, after a pause: a page that begins, or a bot that fetches its histories."""
NEAR = 20.0
"""So many times as much for who asks from this machine without a key: its programs, of which a
thousand may come back at once after a restart, share an address."""
MOST_CALLERS = 10_000
"""Buckets that are kept, some 200 bytes each. Beyond it the one longest unused is forgotten, which
is full again by then or is one of a flood of addresses, each good for one burst."""
_NETWORK = 64
"""Bits of an IPv6 address that tell callers apart: one has all the addresses behind them."""


class Bucket:
    """So many at once, and then so many a second."""

    __slots__ = ("_at", "_burst", "_per_second", "_tokens")

    def __init__(self, burst: float, per_second: float, now: float) -> None:
        self._burst, self._per_second = burst, per_second
        self._tokens, self._at = burst, now

    def take(self, now: float) -> bool:
        """Whether there was one left."""
        self._fill(now)
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True

    def left(self, now: float) -> float:
        """How many there are."""
        self._fill(now)
        return self._tokens

    def seconds_to(self, tokens: float, now: float) -> float:
        """Until there are so many."""
        return max(tokens - self.left(now), 0.0) / self._per_second

    def _fill(self, now: float) -> None:
        passed = max(now - self._at, 0.0)
        self._tokens = min(self._burst, self._tokens + passed * self._per_second)
        self._at = now


class Quota(NamedTuple):
    """What is left to a caller."""

    taken: bool
    """Whether this request is within it."""
    limit: int
    remaining: int
    reset: int
    """Seconds until all of it is there again."""
    retry: int
    """Seconds until there is one."""

    def headers(self) -> dict[str, str]:
        """As answers tell it (draft-ietf-httpapi-ratelimit-headers-03), and Retry-After if need
        be."""
        found = {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset),
        }
        return found if self.taken else {**found, "Retry-After": str(self.retry)}


class Rates:
    """The buckets of all callers, within bounded memory."""

    def __init__(
        self,
        burst: float = BURST,
        per_second: float = PER_SECOND,
        *,
        near: float = NEAR,
        most: int = MOST_CALLERS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._burst, self._per_second, self._near = burst, per_second, near
        self._most, self._clock = most, clock
        self._buckets = OrderedDict[str, Bucket]()

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, caller: str, is_near: bool = False) -> Quota:
        """One request of a caller, by the id of its key or `caller_of` its address, which `is_near`
        where it is this machine's."""
        now, times = self._clock(), self._near if is_near else 1.0
        burst = self._burst * times
        bucket = self._buckets.get(caller)
        if bucket is None:
            bucket = self._buckets[caller] = Bucket(burst, self._per_second * times, now)
            if len(self._buckets) > self._most:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(caller)
        taken = bucket.take(now)
        return Quota(
            taken,
            int(burst),
            int(bucket.left(now)),
            math.ceil(bucket.seconds_to(burst, now)),
            max(math.ceil(bucket.seconds_to(1.0, now)), 1),
        )


def caller_of(address: str) -> str:
    """What stands for an address: itself, of IPv6 its network."""
    found = ip_address(address)
    if isinstance(found, ipaddress.IPv6Address) and not found.is_loopback:
        return str(ipaddress.ip_network((found, _NETWORK), strict=False))
    return address if found is None else str(found)
