"""Index files: TOML on disk to checked definitions, with the line of what is wrong."""

from __future__ import annotations

import tomllib
from collections.abc import Container, Iterable, Mapping
from pathlib import Path
from typing import Any

from engine.index.coin_events import successors
from engine.index.definition import DefinitionError, IndexDefinition
from engine.index.index_file import IndexFile, parse_file
from engine.index.weighting.registry import METHODS
from engine.periods import NEVER, iso
from tidegauge.errors import WrongUse
from tidegauge.toml_files import read_toml


def read_indices(file: Path) -> IndexFile:
    """What a TOML file defines, and warnings; raises WrongUse with file and line."""
    document = read_toml(file)
    try:
        return parse_file(document)
    except DefinitionError as error:
        raise WrongUse(f"{position(file, error.path)}: {error}") from error


def position(file: Path, *paths: tuple[str, ...]) -> str:
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
    counts = dict[tuple[str, ...], int]()
    for number, line in enumerate(lines, 1):
        header = line.strip().startswith("[")
        keys = _keys(line)
        if keys is None:
            continue
        if line.strip().startswith("[["):  # one of a list, which the path names by its number
            counts[keys] = counts.get(keys, -1) + 1
            keys += (f"[{counts[keys]}]",)
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
    """What to say of indices whose method weighs by supplies: no venue gives one.

    `capped` are the assets whose market cap recorded prices gave; None where an index goes live.
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
        if "supply" in METHODS[d.weighting].keys and lacking:
            where = position(file, ("index", d.id, "supply"), ("index", d.id, "weighting"))
            found.append(f"{where}: index {d.id}: supply lacks {', '.join(lacking)}; {why}")
    return found


def check_assets(
    file: Path,
    defined: IndexFile,
    known: Container[str],
    where: str,
    first: Mapping[str, int] | None = None,
) -> list[str]:
    """Refuse an asset or benchmark that has no price in `where`; what to say of later additions.

    `known` has a price there; `first` (ns) are the times of the first ones, where they can be known
    beforehand. A coin that becomes another has a price where that one has. An asset that a planned
    change adds without a price is pending until its first one, so it is reported and not refused.
    """
    ids = {d.id for d in defined.indices}
    coins = {coin.asset: coin for coin in defined.assets}
    names = sorted(known)[:21] if isinstance(known, Iterable) else []
    listed = ", ".join(names[:20]) + (" …" if len(names) > 20 else "") or "none"

    def priced(asset: str) -> bool:
        return any(name in known for name in successors(coins, [asset]))

    def becomes(asset: str) -> bool:
        return any(e.becomes == asset and priced(c.asset) for c in defined.assets for e in c.events)

    def at(d: IndexDefinition, *keys: str) -> str:
        return f"{position(file, *(('index', d.id, key) for key in keys))}: index {d.id}:"

    later = []
    for d in defined.indices:
        for asset in (a for a in d.assets if not priced(a)):
            line = at(d, "weights", "assets")
            raise WrongUse(f"{line} no price of {asset} in {where}; there are: {listed}")
        for name in (b for b in d.benchmarks if b not in ids and not priced(b)):
            if not becomes(name):
                line = at(d, "benchmarks")
                raise WrongUse(f"{line} no price of {name} in {where}; there are: {listed}")
        for number, change in enumerate(d.changes):
            line = position(file, ("index", d.id, "change", f"[{number}]", "add"))
            for asset in change.add:
                said = _pending(change.at, asset, where, first if priced(asset) else {})
                later += [f"{line}: index {d.id}: {said}"] if said else []
    return later


def _pending(at: int, asset: str, where: str, first: Mapping[str, int] | None) -> str:
    """What to say of an asset that is added at a time when it has no price; "" where it has one."""
    if first is None or first.get(asset, NEVER) <= at:
        return ""
    since, flag = iso(at), f"quality.flags has pending:{asset}"
    if asset not in first:
        return f"no price of {asset} in {where}: it is added at {since} and stays out; {flag}"
    return (
        f"no price of {asset} in {where} before {iso(first[asset])}: it is added at {since} and "
        f"joins with its first price; until then {flag}"
    )
