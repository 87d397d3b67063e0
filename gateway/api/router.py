"""All of `/v1`, and what holds for each of its operations."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from gateway.api import (
    alerts,
    attention,
    compare,
    definitions,
    history,
    indices,
    rank,
    reports,
    rule_changes,
    rules,
    schemas,
    session,
    venues,
    what_if,
)
from gateway.api.context import plain_query

RESOURCES = (
    *(indices, history, compare, alerts, attention, rules, rule_changes),
    *(rank, reports, venues, definitions, what_if, schemas, session),
)
EVERY = [Depends(plain_query)]
"""Dependencies of every operation, in this order: who may ask, and how often, goes here."""


def v1() -> APIRouter:
    """The router of `/v1`."""
    router = APIRouter(dependencies=EVERY)
    for resource in RESOURCES:
        router.include_router(resource.router)
    return router
