"""`/v1/definitions`: what indices and figures are."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from gateway.api.context import Served
from gateway.api.models.others import Definitions
from gateway.api.problems import described
from gateway.api.reply import Replying
from gateway.definitions import definitions

router = APIRouter(prefix="/v1", tags=["definitions"])

WithIndices = Annotated[
    bool, Query(description="false leaves the indices' own out: of ten thousand they are 4 MB.")
]


@router.get("/definitions", response_model=Definitions, responses=described())
async def read_definitions(
    gateway: Served, reply: Replying, indices: WithIndices = True
) -> Response:
    """How every index and every figure is defined; the profiles of rankings; and the reasons for
    which figures are null, in words."""
    told = gateway.state.definitions() if indices else {}
    return await reply.json(definitions(told, gateway.cards))
