"""All of `/v1`, and what holds for each of its operations."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from gateway.api import alerts, compare, definitions, history, indices, schemas, what_if
from gateway.api.context import plain_query

EVERY = [Depends(plain_query)]
"""Dependencies of every operation, in this order: who may ask, and how often, goes here."""


def v1() -> APIRouter:
    """The router of `/v1`."""
    router = APIRouter(dependencies=EVERY)
    for resource in (indices, history, compare, alerts, definitions, what_if, schemas):
        router.include_router(resource.router)
    return router
