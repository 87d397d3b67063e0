"""The level itself and the status, cards of what is no metric; weighting methods have their own."""

from __future__ import annotations

from engine.index.weighting.registry import METHODS
from engine.metrics.machinery.card import Card, Example
from engine.metrics.machinery.family import Family

FAMILY = Family(
    "Level and weighting",
    cards=(
        Card(
            "level",
            "Σ holding · price / divisor; base_level at the first instant when every asset has a "
            "price "
            "and one of them can be weighed; the divisor keeps it unchanged by rebalances and "
            "changes",
            "points",
            "not_started",
            reference="divisor method: S&P Dow Jones Indices, Index Mathematics Methodology",
            example=Example("four", "level", 1069.2, "1000 · 106.92 / 100"),
            order=100,
        ),
        *(method.card for method in METHODS.values() if method.card),
        Card(
            "status",
            "warming before the first level; stale where the last price of an asset with a "
            "holding is "
            "older than max_price_age; degraded where the price of one is not to be trusted: the "
            "sources left out have as much weight as those used or more, none is left, half "
            "of its weight rests on the last known rate of a quote currency, a dispute is open, or "
            "trades were dropped; else live. Page and REST also say degraded while their newest "
            "record "
            "is more than 2 s behind the clock, and stale from 10 s on",
            "warming, live, degraded or stale",
            example=Example("four", "status", "live", "A has just had a price"),
            order=140,
            drawn="status",
        ),
    ),
)
