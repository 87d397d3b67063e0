"""Prometheus' own checker of what it reads: Debian's package `prometheus` has it."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest


def promtool(*args: object, text: str = "") -> subprocess.CompletedProcess[str]:
    """Run it, `text` on its stdin; skips where it is not there, which in CI is a failure."""
    program = shutil.which("promtool")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI must check by promtool", pytrace=False)
        pytest.skip("needs promtool: apt-get install prometheus")
    words = [program, *map(str, args)]
    return subprocess.run(
        words, input=text, capture_output=True, text=True, timeout=300, check=False
    )
