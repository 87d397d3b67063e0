"""Compiled functions on disk: when sources change, none that was made of older ones is used.

Numba keeps a compiled function beside its source and looks whether that file has changed; not
whether those have that it calls or whose groups of arrays it is given. In a checkout that is
brought up to date, a function whose own file stayed would go on with what it called before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

PACKAGES = ("engine", "tidegauge/recorded")
"""Where compiled functions stand."""
_SIGNS = (b"numba", b"engine.compiled", b"NamedTuple")
"""In each file that has a say in compiled code: functions, and groups of their arguments."""
_MARK = "compiled-from"


def forget_older(root: Path, packages: Sequence[str] = PACKAGES) -> int:
    """Delete what numba kept below `root` if it was made of other sources than stand there now;
    returns how many files. Does nothing where that cannot be known or written."""
    folders = [root / package for package in packages]
    mark = folders[0] / "__pycache__" / _MARK
    gone = 0
    with suppress(OSError):
        made_of = _digest(folders)
        if mark.exists() and mark.read_text() == made_of:
            return 0
        for folder in folders:
            for kept in folder.rglob("__pycache__/*.nb[ic]"):
                kept.unlink(missing_ok=True)
                gone += 1
        mark.parent.mkdir(exist_ok=True)
        mark.write_text(made_of)
    return gone


def _digest(folders: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for folder in folders:
        for file in sorted(folder.rglob("*.py")):
            content = file.read_bytes()
            if any(sign in content for sign in _SIGNS):
                digest.update(str(file.relative_to(folder)).encode() + content)
    return digest.hexdigest()
