"""Planned changes of what an index consists of: `[[index.ID.change]]`."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from engine.index.weighting.registry import METHODS
from engine.names import ASSET_RULE, is_asset_name
from engine.toml_table import TomlTable
from engine.types import DAY, SECOND

HIGHEST_WEIGHT = 1e18
"""Weights are scaled, so any unit will do; their sum must stay a number."""
LAST_YEAR = 2200
"""int64 ns reach to 2262, and periods of five years are added to a time."""
_RFC_3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(\.\d{1,30})?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
"""A date, a time, what is below a second, an offset."""
Renames = Sequence[tuple[int, str, str]]
"""Times (ns), old names, new names."""


@dataclass(frozen=True, slots=True)
class Change:
    """A planned change of the basket. It takes effect after the bar that ends at `at` (ns)."""

    at: int
    add: tuple[str, ...]
    remove: tuple[str, ...]
    weights: tuple[tuple[str, float], ...] = ()
    """Of fixed weighting: what the added assets get of the whole; the others are scaled. Empty in
    definitions of before it was asked for: there an added asset gets an equal share."""

    def to_mapping(self) -> dict[str, Any]:
        """The canonical mapping."""
        found = {"at": self.at, "add": list(self.add), "remove": list(self.remove)}
        return found | ({"weights": dict(self.weights)} if self.weights else {})


def parse_changes(
    t: TomlTable, assets: list[str], weighting: str, warnings: list[str], renames: Renames
) -> tuple[Change, ...]:
    """The changes of an index that begins with these assets, in order of time; `warnings` take what
    is told and does nothing."""
    tables = t.get("change", [])
    if not isinstance(tables, list):
        t.fail("change", "expected [[index.ID.change]] tables")
    present, found, left = set(assets), list[Change](), sorted(renames)
    became = dict[str, str]()
    for number, table in enumerate(tables):
        change = TomlTable((*t.path, "change", f"[{number}]"), table)
        at, add = instant(change), change.names("add", (), is_asset_name, ASSET_RULE)
        remove = change.names("remove", (), is_asset_name, ASSET_RULE)
        if found and at <= found[-1].at:
            change.fail("at", "changes stand in order of time, one an instant")
        while left and left[0][0] < at:
            _, old, new = left.pop(0)
            became[old] = new
            present = {new if asset == old else asset for asset in present}
        for asset in (a for a in add if a in present):
            change.fail("add", f"{asset} is already in the index then")
        gone = [a if a in present else became.get(a, a) for a in remove]
        where = change.where()
        warnings += [
            f"{where}: {a} is not in the index then"
            for a, asset in zip(remove, gone, strict=True)
            if asset not in present
        ]
        kept = present - set(gone)
        weights = _weights_of_added(change, add, weighting, bool(kept), warnings)
        change.close()
        present = kept | set(add)
        if not present:
            change.fail("remove", "no asset would be left")
        limit = t.get("cap_limit")
        if limit is not None and limit * len(present) < 1.0:
            message = f"cap_limit {limit:g} × the {len(present)} assets left is below 1"
            change.fail("remove", message)
        found.append(Change(at, tuple(add), tuple(remove), weights))
    return tuple(found)


def _weights_of_added(
    change: TomlTable, add: list[str], weighting: str, beside_others: bool, warnings: list[str]
) -> tuple[tuple[str, float], ...]:
    """What a change gives to the assets that it adds; of all of them, or of none."""
    weights = change.numbers_by_name("weights", 0.0, HIGHEST_WEIGHT)
    if not weights:
        return ()
    if not METHODS[weighting].given:
        warnings.append(f"{change.where()}.weights: weighting = {weighting!r} does not use it")
        return ()
    for asset in (a for a in weights if a not in add):
        change.fail("weights", f"{asset} is not added by this change")
    for asset in (a for a in add if a not in weights):
        change.fail("weights", f"{asset} is added and has no weight here")
    total = math.fsum(weights.values())
    if beside_others and total >= 1.0:
        change.fail("weights", f"sum to {total:g}; the others need something below 1 beside them")
    if total <= 0.0 and not beside_others:
        change.fail("weights", "sum to zero, and nothing else would be left")
    return tuple((asset, weights[asset]) for asset in add)


def instant(t: TomlTable) -> int:
    """The time `at` of a table, in ns: a date and time of TOML, the same as text (RFC 3339), where
    a table comes as JSON, or the canonical integer."""
    value = t.get("at")
    if type(value) is int and 0 <= value < (LAST_YEAR - 1969) * 366 * DAY:
        return value  # the canonical form
    rest = 0
    if isinstance(value, str) and (found := _RFC_3339.fullmatch(value)):
        with suppress(ValueError):  # a day that no calendar has
            value = datetime.fromisoformat(f"{found[1]}T{found[2]}{found[4].upper()}")
        rest = int((found[3] or "")[1:10].ljust(9, "0"))
    if not isinstance(value, datetime):
        t.fail("at", f"expected a time such as 2026-01-01T00:00:00Z, got {value}")
    if not 1970 <= value.year <= LAST_YEAR:
        t.fail("at", f"expected a time from 1970 to {LAST_YEAR}, got {value}")
    utc = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    whole = utc.replace(microsecond=0)
    return int(whole.timestamp()) * SECOND + utc.microsecond * 1000 + rest
