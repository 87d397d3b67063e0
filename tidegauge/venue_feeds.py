"""How each venue is heard by a connector in this process, for `/v1/venues`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from connectors.feed.backfiller import BackfillCounts
from connectors.feed.stats import SessionStats, SymbolStats
from engine.pricing.pricer import Pricer
from engine.types import DAY, SECOND
from gateway.wire import rfc3339
from tidegauge.figures import DOWN_SECONDS

GAPS_SHOWN = 10
_SUMMED = ("stalls", "reconnects", "failed_attempts", "malformed")


def venue_feeds(
    stats: Iterable[SessionStats],
    backfills: Mapping[str, tuple[BackfillCounts, int]],
    pricer: Pricer | None,
    now: int,
) -> dict[str, dict[str, Any]]:
    """By venue, what its sessions report at `now` (ns); `backfills` are counts and how many gaps
    wait, `pricer` knows what of the last day is missing."""
    by_venue: dict[str, list[SessionStats]] = {}
    for session in stats:
        by_venue.setdefault(session.venue, []).append(session)
    return {
        venue: _feed(sessions, backfills.get(venue), pricer, now)
        for venue, sessions in by_venue.items()
    }


def _feed(
    sessions: Sequence[SessionStats],
    backfill: tuple[BackfillCounts, int] | None,
    pricer: Pricer | None,
    now: int,
) -> dict[str, Any]:
    last = max((t for s in sessions for t in s.last_data().values() if t), default=None)
    symbols = [
        _symbol(session.venue, symbol, heard, pricer, now)
        for session in sessions
        for symbol, heard in sorted(session.symbols.items())
    ]
    return {
        "state": _state(sessions, last, now),
        "sessions": len(sessions),
        **_heard(last, now),
        "trades": sum(s.ticks for s in sessions),
        "gaps": sum(symbol["gaps_open"] for symbol in symbols),
        **{name: sum(getattr(s, name) for s in sessions) for name in _SUMMED},
        "last_error": next((s.last_error for s in sessions if s.last_error), None),
        "symbols": symbols,
        "backfill": None if backfill is None else _backfill(*backfill),
    }


def _state(sessions: Sequence[SessionStats], last: int | None, now: int) -> str:
    states = [session.state for session in sessions]
    if "live" not in states:
        return states[0]
    quiet = last is None or now - last > DOWN_SECONDS * SECOND
    return "silent" if quiet else "live"


def _heard(last: int | None, now: int) -> dict[str, Any]:
    """When the last trade arrived."""
    if last is None:
        return {"last": None, "silence_seconds": None}
    return {"last": rfc3339(last), "silence_seconds": max(now - last, 0) / SECOND}


def _symbol(
    venue: str, symbol: str, heard: SymbolStats, pricer: Pricer | None, now: int
) -> dict[str, Any]:
    book = None if pricer is None else pricer.book
    source = None if book is None else book.sources.get((venue, symbol))
    gaps = [] if book is None else getattr(book.open_gaps.get((venue, symbol)), "open", [])
    spans = [(gap.start, gap.end) for gap in gaps if gap.end > now - DAY]
    return {
        "symbol": symbol,
        "asset": None if source is None else source.instrument.base,
        "quote": None if source is None else source.instrument.quote,
        "state": heard.state,
        "reason": heard.reason,
        "trades": heard.ticks,
        **_heard(heard.last_data, now),
        "stalls": heard.stalls,
        "last_stall": heard.last_stall,
        "gaps": [
            {"from": rfc3339(start), "to": rfc3339(end), "seconds": (end - start) / SECOND}
            for start, end in spans[-GAPS_SHOWN:]
        ],
        "gaps_open": len(spans),
    }


def _backfill(counts: BackfillCounts, waiting: int) -> dict[str, Any]:
    told = asdict(counts)
    return {name: told[name] for name in told if name != "jobs"} | {"waiting": waiting}
