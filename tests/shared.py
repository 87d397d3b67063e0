"""Where the recordings are that the tests read, and how to skip without them."""

from __future__ import annotations

from pathlib import Path

import pytest

DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data"


def shared(name: str) -> Path:
    """A file or folder of the shared data; skips the test, saying so, where it is absent."""
    path = DATA / name
    if not path.exists():
        pytest.skip(f"needs the recording {name} in ../shared/data, which is not there")
    return path
