"""The same log gives the same bytes, whatever the CPU offers and however strings are hashed."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np

from engine.types import NUMBERS
from tests.engine.golden_digests import PINNED, advice, is_released, pinned
from tests.engine.golden_run import Golden, run
from tests.fixtures.kept import VERSIONS

ROOT = Path(__file__).resolve().parents[2]


def optional_features() -> str:
    """The CPU features that numpy would use here beyond its baseline."""
    found = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])  # type: ignore[index]
    return " ".join(found)


@cache
def here() -> Golden:
    """The run in this process."""
    return run()


def elsewhere(cache: Path, **environment: str) -> Golden:
    """The same run in a process with another environment and no compiled code to reuse."""
    result = subprocess.run(
        [sys.executable, "-m", "tests.engine.golden_run"],
        cwd=ROOT,
        env={**os.environ, "NUMBA_CACHE_DIR": str(cache), **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    whole, published, count = result.stdout.split()
    return Golden(whole, published, int(count))


def test_same_bytes_without_cpu_features_and_with_other_hashes(tmp_path: Path) -> None:
    assert here().count > 1000
    plain = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": "", "PYTHONHASHSEED": "77"}
    plain["NPY_DISABLE_CPU_FEATURES"] = optional_features()
    assert elsewhere(tmp_path, **plain) == here()


def test_published_bytes_are_those_of_this_version_of_the_numbers() -> None:
    assert pinned().get(NUMBERS) == here().published, advice()


def test_versions_are_pinned_in_order_and_this_one_is_the_last() -> None:
    assert list(pinned()) == sorted(pinned(), key=int), PINNED.name
    assert list(pinned())[-1] == NUMBERS, advice()


def test_of_every_version_before_this_one_a_log_is_kept() -> None:
    """Who raises NUMBERS says that the one before is released; `make kept-log` keeps its log."""
    released = [numbers for numbers in pinned() if numbers != NUMBERS or is_released(numbers)]
    assert [f"v{numbers}" for numbers in released] == VERSIONS
