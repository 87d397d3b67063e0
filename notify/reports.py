"""`[[report]]` in a route file: which reports are made by themselves, how often, and where."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from engine.names import INDEX_ID
from engine.toml_table import DefinitionError, TomlTable

EVERY = ("month", "quarter", "year")
_KEYS = ("index", "every", "directory", "together", "pdf")


@dataclass(frozen=True, slots=True)
class ReportPlan:
    """Reports of the last `every` that is over, in `directory` as `INDEX-2026-10.html`.

    `index` are the indices, empty for all that the log has; `together` puts them side by side into
    one file, `pdf` prints each besides.
    """

    directory: str
    every: str = "month"
    index: tuple[str, ...] = ()
    together: bool = False
    pdf: bool = False


def parse_plans(tables: Any) -> tuple[ReportPlan, ...]:
    """The plans of a document's `report`. Raises DefinitionError with the path of what is wrong."""
    if tables is None:
        return ()
    if not isinstance(tables, list):
        raise DefinitionError(("report",), "write each report as a table of its own, [[report]]")
    return tuple(_plan(TomlTable(("report", f"[{n}]"), table)) for n, table in enumerate(tables))


def _plan(table: TomlTable) -> ReportPlan:
    for key in table.table:
        if key not in _KEYS:
            table.fail(key, f"unknown key; there are: {', '.join(_KEYS)}")
    directory, every = table.get("directory"), table.get("every", "month")
    if not isinstance(directory, str) or not directory:
        raise DefinitionError(table.path, 'names no directory; add directory = "reports"')
    if every not in EVERY:
        table.fail("every", f"expected one of {', '.join(EVERY)}, got {every!r}")
    index = table.get("index", [])
    names = [index] if isinstance(index, str) else index
    if not isinstance(names, list) or not all(_is_id(name) for name in names):
        table.fail("index", f"expected ids of indices, got {index!r}")
    flags: Collection[str] = ("together", "pdf")
    told = {flag: table.get(flag, False) for flag in flags}
    for flag, value in told.items():
        if not isinstance(value, bool):
            table.fail(flag, f"expected true or false, got {value!r}")
    return ReportPlan(directory, every, tuple(dict.fromkeys(names)), **told)


def file_name(indices: Sequence[str], period: str) -> str:
    """Of the report of these indices side by side.

    >>> file_name(["CALM", "TOP3"], "2026-10")
    'CALM+TOP3-2026-10.html'
    """
    return f"{'+'.join(indices)}-{period}.html"


def _is_id(name: object) -> bool:
    return isinstance(name, str) and INDEX_ID.fullmatch(name) is not None
