"""`/v1/venues`: whose prices these are, and how the venues are heard."""

from __future__ import annotations

from fastapi import APIRouter, Response

from gateway.api.context import Served
from gateway.api.models.venues import Venues
from gateway.api.problems import described
from gateway.api.reply import Replying
from gateway.wire import rendered

router = APIRouter(prefix="/v1", tags=["definitions"])


@router.get("/venues", response_model=Venues, responses=described())
async def list_venues(gateway: Served, reply: Replying) -> Response:
    """The venues behind the prices: which assets each prices, and which of its sources are left
    out and why, as the newest snapshots have it; and where this process hears the venues itself,
    how: silences, gaps, backfills."""
    found = gateway.sourcing.look(gateway.state)
    feeds = {} if gateway.feeds is None else gateway.feeds()
    venues = [
        {
            "venue": venue,
            "used": [
                {"asset": asset, "indices": n}
                for asset, n in sorted(found.used.get(venue, {}).items())
            ],
            "excluded": [
                {"source": source, "reason": reason, "indices": n}
                for (source, reason), n in sorted(found.excluded.get(venue, {}).items())
            ],
            "feed": rendered(feeds.get(venue)),
        }
        for venue in sorted({*found.used, *found.excluded, *feeds})
    ]
    return await reply.json(
        {
            "venues": venues,
            "assets": found.assets(),
            "gaps": found.gaps(),
            "heard_here": gateway.feeds is not None,
        }
    )
