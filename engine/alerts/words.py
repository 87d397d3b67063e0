"""One sentence of what an alert is about, for people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from engine.types import DAY, SECOND

_NAMED = 3
"""Assets and sources that a sentence names; the others are counted."""
_STEP = 60 * SECOND
_DAY = DAY // _STEP
"""Of times that are told; what they are told in lasts so many of them a day."""
_DURATIONS = ((DAY, "d"), (3600 * SECOND, "h"), (60 * SECOND, "min"), (SECOND, "s"))


def of_fall(index: str, facts: Mapping[str, Any], because: Mapping[str, Any]) -> str:
    """What a drawdown alert says.

    >>> facts = {"drawdown": 0.104, "peak_at": 50_580 * SECOND, "at": 60_000 * SECOND}
    >>> because = {"contributions": {"BTC": -0.061, "ETH": -0.032, "SOL": -0.011}, "sources":
    ...     {"BTC": {"left_out": {"kraken:BTC/USD": "stale"}}}}
    >>> of_fall("TOP3", facts, because)
    'TOP3 fell 10.4 % since 14:03: BTC −6.1, ETH −3.2, SOL −1.1; Kraken left out as stale'
    """
    since = _when(facts["peak_at"] // _STEP, facts["at"] // _STEP)
    fall = f"{index} fell {100 * facts['drawdown']:.1f} % since {since}"
    parts = because.get("contributions")
    if parts:
        named = list(parts.items())
        told = [f"{asset} {_points(part)}" for asset, part in named[:_NAMED]]
        if rest := named[_NAMED:]:
            told.append(f"{len(rest)} others {_points(sum([part for _, part in rest]))}")
        fall += f": {', '.join(told)}"
    return fall + _left_out(because)


def of_rule(index: str, because: Mapping[str, Any], hold: int = 0) -> str:
    """What an alert of a rule says.

    >>> of_rule("TOP3", {"figure": "windows.1d.volatility", "value": 1.31, "above": 1.2,
    ...     "limit": 1.2}, 600 * SECOND)
    'TOP3: windows.1d.volatility is 1.31, limit 1.2, for 10 min'
    """
    value, figure = because.get("value"), because["figure"]
    if value is None:
        return f"{index}: {figure} is not there ({because.get('reason') or 'undefined'})"
    shown = ", ".join(map(str, value)) or "empty" if isinstance(value, list) else _shown(value)
    said = f"{index}: {figure} is {shown}, limit {_shown(because['limit'])}"
    return said + (f", for {duration(hold)}" if hold else "")


def _shown(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, int | float) else str(value)


def _points(part: float) -> str:
    return f"−{-100 * part:.1f}" if part < 0.0 else f"{100 * part:+.1f}"


def when(at: int, now: int) -> str:
    """A time of day, UTC; with its date where that is not the day of `now`."""
    return _when(at // _STEP, now // _STEP)


@lru_cache(maxsize=4096)  # many fall since the same minute
def _when(at: int, now: int) -> str:
    then = datetime.fromtimestamp(60 * at, UTC)
    if at // _DAY == now // _DAY:
        return f"{then:%H:%M}"
    return f"{then.day} {then:%b %H:%M}" if now - at < 300 * _DAY else f"{then.day} {then:%b %Y}"


def duration(ns: int) -> str:
    """A span of time in its largest whole unit."""
    for unit, name in _DURATIONS:
        if ns >= unit and ns % unit == 0:
            return f"{ns // unit} {name}"
    return f"{ns / SECOND:g} s"


def _left_out(because: Mapping[str, Any]) -> str:
    """Which venues made no price, by the reason that they share."""
    by_reason: dict[str, dict[str, None]] = {}
    for evidence in because.get("sources", {}).values():
        if not evidence["left_out"]:
            continue
        for source, reason in evidence["left_out"].items():
            venue = source.split(":")[0].replace("_", " ").capitalize()
            by_reason.setdefault(reason, {})[venue] = None
    if not by_reason:
        return ""
    told = []
    for reason, venues in by_reason.items():
        names = list(venues)
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        told.append(f"{', '.join(names[:_NAMED])}{more} left out as {reason.replace('_', ' ')}")
    return "".join(f"; {text}" for text in told)
