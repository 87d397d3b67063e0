"""How records leave the gateway: JSON with RFC 3339 times, numbers or null, never NaN.

Inside, every time is int nanoseconds UTC. `rendered` is the one place that turns them into text.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from engine.metrics.registry import REGISTRY
from engine.types import SECOND

TIME_FIELDS = frozenset({"as_of", "at", "now", "since", *REGISTRY.times})
"""The fields of CONTRACT's records that hold an instant. Durations (`*_seconds`) are numbers."""

_PLAIN = frozenset({float, int, str, bool})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INSTANTS = range(-(2**63), 2**63)  # what int ns can hold: the years 1677 to 2262


def rfc3339(ns: int) -> str:
    """An instant as text, with as many groups of three decimals as it needs.

    >>> rfc3339(1_723_161_255_342_000_000), rfc3339(60_000_000_000)
    ('2024-08-08T23:54:15.342Z', '1970-01-01T00:01:00Z')
    """
    seconds, rest = divmod(ns, SECOND)
    text = (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
    fraction = f"{rest:09d}"
    while fraction.endswith("000"):
        fraction = fraction[:-3]
    return f"{text}.{fraction}Z" if fraction else f"{text}Z"


def rendered(value: Any) -> Any:
    """A copy of a record body in which every time field is RFC 3339 text."""
    if value is None or type(value) in _PLAIN:  # nearly all there is: asked first, for speed
        return value
    if isinstance(value, Mapping):
        return {
            key: rfc3339(item)
            if key in TIME_FIELDS and type(item) is int and item in _INSTANTS
            else rendered(item)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [rendered(item) for item in value]
    return value


def encode(value: Any) -> bytes:
    """JSON bytes; NaN and infinity become null, so that every JSON parser can read them."""
    return orjson.dumps(value)
