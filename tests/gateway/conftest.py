"""A gateway with a past, made once: nobody may change it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.gateway.world import World, lived


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The one of `tests.gateway.world`."""
    found = lived(tmp_path_factory.mktemp("world"))
    yield found
    found.close()
