"""The demo's history, computed once on a machine and kept among the user's caches.

Two years of nine indices take the engine some seconds, and writing their tables as many again. A
demo starts with a copy of the log that holds them and adds what has passed since.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from engine.types import NUMBERS
from tidegauge.house import HOUSE, MARK, house, open_house
from tidegauge.opening import Directory

_OWN = (HOUSE, Path(__file__).with_name("house.py"))
_KEPT = 2
"""Beside a new one: of other seeds or versions, some 40 MB each."""
_GOOD_FOR = 30 * 86_400.0
"""Seconds; behind an older one it would take as long to add what has passed since."""
_LEFT = 3600.0
"""Seconds after which what a demo was making is what one left that was killed."""


async def prepare(directory: Path, seed: int) -> None:
    """Make the log of the demo's own indices, with their history, in an empty directory."""
    kept = _place(seed)
    try:
        if not _is_good(kept):
            print(
                "two years of history go through the engine (once on this machine) …",
                file=sys.stderr,
                flush=True,
            )
            kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            await _make(kept, seed)
        shutil.copytree(kept, directory, dirs_exist_ok=True)
    except OSError:  # nothing can be kept there, or it went meanwhile: this demo makes its own
        _clear(directory)
        await _fill(directory, seed)


def _clear(directory: Path) -> None:
    for part in directory.iterdir():
        if part.is_dir():
            shutil.rmtree(part)
        elif part.name != MARK:
            part.unlink()


def _place(seed: int) -> Path:
    """Where it is kept: under a name that changes with all that it depends on."""
    root, found = Path(__file__).parents[1], hashlib.sha256(f"{NUMBERS} {seed}".encode())
    rooms = ("engine/**/*.py", "streams/**/*.py", "connectors/simulator/*.py")
    for source in (*sorted(f for room in rooms for f in root.glob(room)), *_OWN):
        found.update(source.read_bytes())
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(base) / "tidegauge" / f"demo-{found.hexdigest()[:16]}"


def _is_good(kept: Path) -> bool:
    try:
        return 0.0 <= time.time() - kept.stat().st_mtime < _GOOD_FOR
    except OSError:
        return False


async def _make(kept: Path, seed: int) -> None:
    """Make it under another name first: what bears the name is whole."""
    old = sorted(kept.parent.glob("demo-*"), key=os.path.getmtime)[:-_KEPT]
    left = (d for d in kept.parent.glob("making-*") if time.time() - d.stat().st_mtime > _LEFT)
    for gone in (*old, *left):
        shutil.rmtree(gone, ignore_errors=True)
    shutil.rmtree(kept, ignore_errors=True)
    made = Path(tempfile.mkdtemp(prefix="making-", dir=kept.parent))
    try:
        await _fill(made, seed)
        with suppress(OSError):  # another demo was faster
            os.rename(made, kept)
    finally:
        shutil.rmtree(made, ignore_errors=True)


async def _fill(directory: Path, seed: int) -> None:
    log, now = Directory(directory), time.time_ns()
    await log.make()
    async with log.open(write=True) as opened:
        await open_house(opened, house(now), seed, now)
    await log.complete()
