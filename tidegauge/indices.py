"""Index files: TOML on disk to checked definitions, with the line of what is wrong."""

from __future__ import annotations

import codecs
import tomllib
from collections.abc import Container, Iterable
from pathlib import Path
from typing import Any

from engine.definitions import DefinitionError, IndexDefinition, parse_file
from tidegauge.errors import WrongUse

LARGEST_FILE = 64 * 2**20
"""Bytes of an index file: ten thousand indices of a hundred assets take half of it."""


def read_indices(file: Path) -> tuple[list[IndexDefinition], list[str]]:
    """The definitions in a TOML file, and warnings; raises WrongUse with file and line."""
    try:
        with file.open("rb") as opened:
            data = opened.read(LARGEST_FILE + 1)
        if len(data) > LARGEST_FILE:
            raise WrongUse(f"{file}: is larger than {LARGEST_FILE >> 20} MB; no index file is")
        text = data.removeprefix(codecs.BOM_UTF8).decode("utf-8")
        return parse_file(tomllib.loads(text))
    except OSError as error:
        raise WrongUse(f"{file}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise WrongUse(f"{file}: not a text file in UTF-8 (byte {error.start})") from error
    except tomllib.TOMLDecodeError as error:
        raise WrongUse(f"{file}: not valid TOML: {error}") from error
    except DefinitionError as error:
        raise WrongUse(f"{place(file, error.path)}: {error}") from error
    except (ValueError, RecursionError) as error:  # tomllib's own, of numbers without end and nests
        raise WrongUse(f"{file}: not valid TOML: {error}") from error


def place(file: Path, *paths: tuple[str, ...]) -> str:
    """`file:line` of a key in a TOML file, or of the nearest thing above it that can be found.

    Of several paths the one that is found furthest counts.
    """
    lines = file.read_text("utf-8-sig").splitlines()
    _, line = max(_line(lines, path) for path in paths)
    return f"{file}:{line}" if line else str(file)


def _line(lines: list[str], path: tuple[str, ...]) -> tuple[int, int]:
    """How many keys of the path were found, and the line of the last of them; 0, 0 for none."""
    table: tuple[str, ...] = ()
    best, depth = 0, 0
    for number, line in enumerate(lines, 1):
        header = line.strip().startswith("[")
        keys = _keys(line)
        if keys is None:
            continue
        here = keys if header else table + keys
        if header:
            table = keys
        common = len(here) if here == path[: len(here)] else 0
        if common > depth:
            best, depth = number, common
    return depth, best


def _keys(line: str) -> tuple[str, ...] | None:
    """The dotted key that a header or an assignment names."""
    name = line.split("#")[0].strip() if line.strip().startswith("[") else line.split("=")[0]
    try:
        value: Any = tomllib.loads(name if name.startswith("[") else f"{name} = 0")
    except tomllib.TOMLDecodeError:
        return None
    keys: list[str] = []
    while isinstance(value, dict | list) and value:
        if isinstance(value, list):
            value = value[0]
            continue
        key = next(iter(value))
        keys.append(key)
        value = value[key]
    return tuple(keys) or None


def without_supply(
    file: Path, definitions: Iterable[IndexDefinition], capped: Container[str] | None = None
) -> list[str]:
    """What to say of indices by market cap: no venue tells a supply.

    `capped` are the assets whose market cap recorded prices told; None where an index goes live.
    """
    found = []
    why = "no row tells a market cap, so these get no weight"
    if capped is None:
        why = (
            "no exchange tells it, and without one from earlier recorded prices these get no weight"
        )
    for d in definitions:
        known = {*dict(d.supply)}
        lacking = [a for a in d.all_assets() if a not in known and a not in (capped or ())]
        if d.weighting == "cap" and lacking:
            where = place(file, ("index", d.id, "supply"), ("index", d.id, "weighting"))
            found.append(f"{where}: index {d.id}: supply lacks {', '.join(lacking)}; {why}")
    return found


def check_assets(
    file: Path, definitions: Iterable[IndexDefinition], known: set[str], where: str
) -> list[str]:
    """Refuse an asset or benchmark that has no price in `where`; what to say of later additions.

    A planned change whose asset has no price waits for one, so it is told and not refused.
    """
    definitions = list(definitions)
    ids = {d.id for d in definitions}
    listed = ", ".join(sorted(known)[:20]) + (" …" if len(known) > 20 else "") or "none"

    def told(d: IndexDefinition, asset: str, *keys: str) -> str:
        at = place(file, *(("index", d.id, key) for key in keys))
        return f"{at}: index {d.id}: no price of {asset} in {where}; there are: {listed}"

    later = []
    for d in definitions:
        for asset in (a for a in d.assets if a not in known):
            raise WrongUse(told(d, asset, "weights", "assets"))
        for name in (b for b in d.benchmarks if b not in ids | known):
            raise WrongUse(told(d, name, "benchmarks"))
        added = (asset for asset in d.all_assets() if asset not in {*d.assets, *known})
        later += [f"{told(d, asset, 'change')}; the change waits for one" for asset in added]
    return later
