"""The same log gives the same bytes, whatever the CPU offers and however strings are hashed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from tests.engine.golden_run import run

ROOT = Path(__file__).resolve().parents[2]


def optional_features() -> str:
    """The CPU features that numpy would use here beyond its baseline."""
    found = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])  # type: ignore[index]
    return " ".join(found)


def elsewhere(cache: Path, **environment: str) -> tuple[str, int]:
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
    digest, count = result.stdout.split()
    return digest, int(count)


def test_same_bytes_without_cpu_features_and_with_other_hashes(tmp_path: Path) -> None:
    here = run()
    assert here[1] > 1000
    plain = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": "", "PYTHONHASHSEED": "77"}
    plain["NPY_DISABLE_CPU_FEATURES"] = optional_features()
    assert elsewhere(tmp_path, **plain) == here
