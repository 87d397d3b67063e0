"""Where a command's output goes: a file named on the command line, or stdout."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click

from streams.kept_bytes import encode_mapping
from tidegauge.errors import WrongUse

OUTPUT = click.Path(path_type=Path, allow_dash=True)
_STDOUT = Path("-")


def check_output(file: Path | None, inputs: Sequence[Path]) -> None:
    """Refuse, before any work is done, what cannot be written, or is read by the same run."""
    if file is None or file == _STDOUT:
        return
    if file.is_dir():
        raise WrongUse(f"{file}: is a directory; name a file")
    if not file.parent.is_dir():
        raise WrongUse(f"{file}: there is no directory {file.parent}; make it first")
    if file.exists() and any(each.exists() and file.samefile(each) for each in inputs):
        raise WrongUse(f"{file}: is read by this very run; name another file")


def write_whole(file: Path, content: bytes) -> None:
    """Write a file beside its place and then put it there: whole, or not at all. Raises OSError."""
    beside = beside_of(file)
    try:
        beside.write_bytes(content)
        os.replace(beside, file)
    finally:
        beside.unlink(missing_ok=True)


def beside_of(file: Path) -> Path:
    """Where a file is made until it is whole: hidden, in the same directory, of the same kind."""
    return file.with_name(f".{os.getpid()}-{secrets.token_hex(4)}{file.suffix}")


def write_lines(file: Path, bodies: Iterable[Any]) -> None:
    """One JSON line for each body, a mapping or encoded bytes."""
    with click.open_file(str(file), "wb") as lines:
        for body in bodies:
            lines.write((body if isinstance(body, bytes) else encode_mapping(body)) + b"\n")
        lines.flush()
