"""An environment for each peer, kept in a cache folder: made once, from PyPI with pip.

`TIDEGAUGE_BENCH_CACHE` names another folder. A peer that cannot be installed is named in the table
with the reason, and everything else is measured.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from bench.workers import ROOT, ContestantError

PACKAGES: dict[str, tuple[str, ...]] = {
    "numpy": ("numpy",),
    "csp": ("csp", "numpy"),
    "wickra": ("wickra", "numpy"),
    "river": ("river", "numpy"),
    "pandas": ("pandas",),
    "quantstats": ("quantstats", "pandas"),
    "faust": ("faust-streaming",),
    "quixstreams": ("quixstreams",),
}
"""What stands in each environment. Plain Python and the C kernel run in that of numpy."""
INSTALLING = 900.0
"""Seconds for one environment."""
SOURCE = ROOT / "bench" / "peers" / "kernel.c"
FLAGS = ("-O3", "-march=native", "-ffp-contract=off", "-shared", "-fPIC")
"""Fast, and the same arithmetic to the bit: no reordering, no fused multiply and add."""


def cache_folder() -> Path:
    """Where environments and the compiled kernel are kept."""
    named = os.environ.get("TIDEGAUGE_BENCH_CACHE")
    usual = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "tidegauge-bench"
    return Path(named) if named else usual


def python_of(name: str) -> Path:
    """The interpreter of a peer's environment, which is made where it is not there."""
    if name == "tidegauge":
        return Path(sys.executable)
    folder = _folder(name)
    python, stamp = folder / "bin" / "python", folder / ".complete"
    if stamp.exists():
        return python
    print(f"installing {' '.join(PACKAGES[name])} …", file=sys.stderr, flush=True)
    _call([sys.executable, "-m", "venv", "--clear", str(folder)])
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _call([*pip, *PACKAGES[name]])
    stamp.touch()
    return python


def _folder(name: str) -> Path:
    return cache_folder() / f"{name}-py{sys.version_info.major}.{sys.version_info.minor}"


def versions(name: str) -> str:
    """The packages of a peer's environment that were asked for, with their versions."""
    script = (
        "import sys; from importlib.metadata import version; "
        "print(' '.join(n + ' ' + version(n) for n in sys.argv[1:]))"
    )
    asked = [str(python_of(name)), "-c", script, *PACKAGES[name]]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()


def all_versions() -> dict[str, str]:
    """What stands in the environments that are there."""
    return {name: versions(name) for name in PACKAGES if (_folder(name) / ".complete").exists()}


def kernel() -> Path:
    """The compiled C kernel."""
    compiler = os.environ.get("CC") or shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise ContestantError("there is no C compiler (set CC)")
    said = SOURCE.read_bytes() + " ".join((compiler, *FLAGS)).encode()
    made = cache_folder() / f"kernel-{hashlib.sha256(said).hexdigest()[:16]}.so"
    if not made.exists():
        made.parent.mkdir(parents=True, exist_ok=True)
        _call([compiler, *FLAGS, "-o", str(made), str(SOURCE), "-lm"])
    return made


def compiler_version() -> str:
    """What the compiler calls itself."""
    compiler = os.environ.get("CC") or shutil.which("cc") or "gcc"
    said = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=False)
    return said.stdout.splitlines()[0] if said.stdout else compiler


def _call(command: list[str]) -> None:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=INSTALLING, check=False
        )
    except subprocess.TimeoutExpired:
        raise ContestantError(f"{command[0]} took longer than {INSTALLING:.0f} s") from None
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise ContestantError(lines[-1] if lines else f"{command[0]} failed")
