"""`/v1/definitions`: what indices and figures are."""

from __future__ import annotations

from fastapi import APIRouter, Response

from gateway.api.context import Served
from gateway.api.models.others import Definitions
from gateway.api.problems import described
from gateway.api.reply import Replying
from gateway.definitions import definitions

router = APIRouter(prefix="/v1", tags=["definitions"])


@router.get("/definitions", response_model=Definitions, responses=described())
async def read_definitions(gateway: Served, reply: Replying) -> Response:
    """How every index and every figure is defined; the profiles of rankings; and the reasons for
    which figures are null, in words."""
    return await reply.json(definitions(gateway.state.definitions(), gateway.cards))
