"""Real processes that are killed; the full form is `make notify`."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.notify.kills import on_directory


@pytest.mark.slow
def test_two_real_notifiers_that_are_killed(tmp_path: Path) -> None:
    found = asyncio.run(on_directory(tmp_path, 200, 3, 2, 20.0))
    said = "\n".join(file.read_text() for file in tmp_path.glob("*.txt"))
    assert found["problems"] == [], said
    assert found["alerts"] == 400
    assert found["faults"].keys() >= {"ok", "500", "taken and 500", "taken and dropped"}
    assert "Traceback" not in said
