"""`/v1/venues`: whose prices these are."""

from __future__ import annotations

from collections import Counter

from fastapi import APIRouter, Response

from gateway.api.context import Served
from gateway.api.models.venues import Venues
from gateway.api.problems import described
from gateway.api.reply import Replying

router = APIRouter(prefix="/v1", tags=["definitions"])


@router.get("/venues", response_model=Venues, responses=described())
async def list_venues(gateway: Served, reply: Replying) -> Response:
    """The venues behind the prices: which assets each prices, and which of its sources are left
    out and why, as the newest snapshots have it."""
    used: dict[str, Counter[str]] = {}
    excluded: dict[str, Counter[tuple[str, str]]] = {}
    for entry in gateway.state.entries():
        quality = (entry.snapshot or {}).get("quality") or {}
        for asset, sources in (quality.get("sources") or {}).items():
            for venue in {_venue(source) for source in sources}:
                used.setdefault(venue, Counter())[asset] += 1
        for one in quality.get("excluded") or ():
            place = excluded.setdefault(_venue(one["source"]), Counter())
            place[one["source"], one["reason"]] += 1
    venues = [
        {
            "venue": venue,
            "used": [
                {"asset": asset, "indices": n}
                for asset, n in sorted(used.get(venue, Counter()).items())
            ],
            "excluded": [
                {"source": source, "reason": reason, "indices": n}
                for (source, reason), n in sorted(excluded.get(venue, Counter()).items())
            ],
        }
        for venue in sorted({*used, *excluded})
    ]
    return await reply.json({"venues": venues})


def _venue(source: str) -> str:
    """The venue of a source (`kraken:BTC/USD`, or the venue alone)."""
    return source.partition(":")[0]
