"""Settings of the whole test run."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

# Random examples find what nobody thought of; they belong to a person at the keyboard. What decides
# over landing a change is the same for everybody.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI") == "true":
    settings.load_profile("ci")


@pytest.hookimpl(tryfirst=True)  # pytest-xdist reads the mark in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What one process of several takes whole: a file, or all that shares the one Kafka."""
    for item in items:
        file = item.nodeid.partition("::")[0]
        item.add_marker(pytest.mark.xdist_group("kafka" if "tests/kafka/" in file else file))
