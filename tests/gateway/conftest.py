"""A gateway with a past, made once: nobody may change it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from tests.gateway.world import World, client, lived


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The one of `tests.gateway.world`."""
    found = lived(tmp_path_factory.mktemp("world"))
    yield found
    found.close()


@pytest.fixture
async def http(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """Asks a gateway over it."""
    app = world.app()
    async with client(app) as found:
        yield found
    app.state.gateway.worker.close()
