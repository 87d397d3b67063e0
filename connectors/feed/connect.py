"""Sessions for several venues at once, into one sink."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import get_args

from connectors.feed.health import Evidence, StallRule
from connectors.feed.rest import post_once
from connectors.feed.retry import AttemptBudget
from connectors.feed.session import Session
from connectors.feed.stats import SessionStats
from connectors.feed.transport import SYSTEM_CLOCK, Clock, Connect, Sink, open_websocket
from connectors.venues.base import Post, Venue
from connectors.venues.registry import venue
from engine.pricing.coins import coin
from engine.records import Instrument, Kind

logger = logging.getLogger(__name__)

GRACE = 10.0
"""Seconds that sessions have for closing; more than opening or closing one can take."""

__all__ = ["Connect", "Transport", "VenueSessions", "never_back"]

Transport = Callable[[str, Venue, str, Sequence[Instrument]], tuple[Clock, Connect]]
"""The clock and the opening of connections for a session of this name, venue, URL and symbols."""


class VenueSessions:
    """All sessions that it takes to price `assets` on `venues`.

    `sink(received_ns, events)` gets the events of one websocket message at a time; `received_ns`
    never decreases over all sessions, even when the wall clock is set back. `urls` replaces the
    base URL of a venue, by its name. `transport`, where given, makes the clock and the connections
    of each session, in place of `clock` and `connect`. `post` asks for tokens. What one session
    receives of an asset is evidence for the others (`connectors.feed.health`). Raises
    `connectors.venues.registry.UnknownVenueError` for unknown names.
    """

    def __init__(
        self,
        venues: Iterable[str],
        assets: Iterable[str],
        sink: Sink,
        urls: Mapping[str, str] | None = None,
        *,
        stall: StallRule | None = None,
        clock: Clock = SYSTEM_CLOCK,
        connect: Connect = open_websocket,
        transport: Transport | None = None,
        rng: random.Random | None = None,
        post: Post = post_once,
    ) -> None:
        assets = list(assets)
        urls = dict(urls or {})
        rng = rng or random.Random()
        clock = clock._replace(now_ns=never_back(clock.now_ns))
        found = {name: venue(name) for name in dict.fromkeys(venues)}
        for name in urls:
            venue(name)
        evidence = Evidence()
        self._sessions: list[Session] = []
        for name, found_venue in found.items():
            attempts = AttemptBudget(found_venue.limits)
            instruments = found_venue.instruments(assets)
            _warn_of_other_names(name, assets, instruments)
            size = found_venue.limits.subscriptions
            for start in range(0, len(instruments), size):
                share = instruments[start : start + size]
                called = f"{name}#{start // size + 1}" if len(instruments) > size else name
                if transport is not None:
                    url = found_venue.endpoint(urls.get(name, found_venue.url), share)
                    clock, connect = transport(called, found_venue, url, share)
                self._sessions.append(
                    Session(
                        found_venue,
                        share,
                        sink,
                        name=called,
                        base_url=urls.get(name),
                        attempts=attempts,
                        stall=stall,
                        clock=clock,
                        connect=connect,
                        rng=rng,
                        evidence=evidence,
                        post=post,
                    )
                )

    @property
    def stats(self) -> list[SessionStats]:
        """One for each session; they are updated in place."""
        return [session.stats for session in self._sessions]

    def stop(self) -> None:
        """Ask `run` to end: connections are closed, what had arrived still reaches the sink."""
        for session in self._sessions:
            session.stop()

    async def run(self) -> None:
        """Run until `stop` or cancellation; both end in the same orderly way.

        Raises what the sink raised.
        """
        tasks = [asyncio.create_task(s.run(), name=s.stats.name) for s in self._sessions]
        if not tasks:
            return
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            self.stop()
            _, late = await asyncio.wait(tasks, timeout=GRACE)
            for task in late:
                logger.warning("%s: did not close within %.0f s", task.get_name(), GRACE)
                task.cancel()
            ends = await asyncio.gather(*tasks, return_exceptions=True)
        for end in ends:
            if isinstance(end, Exception):
                raise end


def _warn_of_other_names(
    name: str, assets: Iterable[str], instruments: Sequence[Instrument]
) -> None:
    """Say which assets are not subscribed to, as their names are another coin's or a multiple."""
    found = {i.base for i in instruments}
    for asset in (a for a in assets if a not in found):
        meant = next((c for k in get_args(Kind) if (c := coin(name, k, asset)).name != asset), None)
        if meant is not None:
            logger.warning(
                "%s: not subscribed to %s, which stands for %d %s there (%s)",
                *(name, asset, 10**meant.places, meant.name, meant.source),
            )


def never_back(now_ns: Callable[[], int]) -> Callable[[], int]:
    """The same clock, standing still where it would go back."""
    highest = 0

    def now() -> int:
        nonlocal highest
        highest = max(highest, now_ns())
        return highest

    return now
