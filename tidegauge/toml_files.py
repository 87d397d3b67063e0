"""TOML on disk, read within bounds: whatever a file holds, it is read or refused soon."""

from __future__ import annotations

import codecs
import re
import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from tidegauge.errors import WrongUse

LARGEST_FILE = 64 * 2**20
"""Bytes of a file: ten thousand indices of a hundred assets take half of it."""
DEEPEST = 16
"""Names in a dotted key, and brackets inside of each other; ours have four. The parser takes time
by the square of the first, and a frame of the stack for the second."""
MOST_DIGITS = 1000
"""Of a number; a float has 309 at most. Reading takes time by the square of them."""

_HINTS = {
    r"Illegal character '\n'": "; a text ends with its quotation mark, on the same line",
    "Unterminated string": "; a text ends with its quotation mark",
}
"""What to do where the parser's words do not say it."""

_PART = r"""(?:[A-Za-z0-9_-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')[ \t]*+"""
_DOTTED = re.compile(rf"(?<![A-Za-z0-9_-]){_PART}(?:\.[ \t]*+{_PART}){{{DEEPEST},}}+")
_DIGITS = re.compile(rf"[0-9_]{{{MOST_DIGITS + 1},}}+")
_NESTED = re.compile(rf"(?:[\[{{]\s*+){{{DEEPEST + 1},}}+")


def read_toml(file: Path) -> dict[str, Any]:
    """The document of a file. Raises WrongUse with the file, and the line where it can be told."""
    try:
        with file.open("rb") as opened:
            data = opened.read(LARGEST_FILE + 1)
    except OSError as error:
        raise WrongUse(f"{file}: cannot be read: {error.strerror}{_instead(file)}") from error
    if len(data) > LARGEST_FILE:
        raise WrongUse(f"{file}: is larger than {LARGEST_FILE >> 20} MB; no such file is")
    try:
        text = data.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        raise WrongUse(f"{file}: not a text file in UTF-8 (byte {error.start})") from error
    _check(file, text)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        hint = next((said for what, said in _HINTS.items() if str(error).startswith(what)), "")
        raise WrongUse(f"{file}: not valid TOML: {error}{hint}") from error
    except (ValueError, RecursionError) as error:  # a date that is none; brackets with more between
        raise WrongUse(f"{file}: not valid TOML: {error}") from error


def _instead(file: Path) -> str:
    """Which file may be meant, where one is not there or is a folder."""
    folder = file if file.is_dir() else file.parent
    try:
        there = sorted(path.name for path in folder.glob("*.toml"))
    except OSError:
        there = []
    near = there[:3] if file.is_dir() else get_close_matches(file.name, there, n=3, cutoff=0.6)
    if near:
        return f"; there is {', '.join(str(folder / name) for name in near)}"
    return "; name a file" if file.is_dir() else ""


def _check(file: Path, text: str) -> None:
    """Refuse what takes the parser longer than its length. In a text it is no use either."""
    for pattern, what in (
        (_DIGITS, f"a number of more than {MOST_DIGITS} digits"),
        (_DOTTED, f"a key of more than {DEEPEST} names"),
        (_NESTED, f"more than {DEEPEST} brackets inside of each other"),
    ):
        if found := pattern.search(text):
            line = text.count("\n", 0, found.start()) + 1
            raise WrongUse(f"{file}:{line}: not valid TOML: {what}")
