"""An index file as a whole: its indices, what happens to their coins, and both held together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from engine.alerts.rule import parse_rules
from engine.index.coin_events import AssetDefinition, check_coins, parse_asset
from engine.index.definition import (
    DefinitionError,
    IndexDefinition,
    check_added_weights,
    check_together,
    parse_index,
)


class IndexFile(NamedTuple):
    """The indices and the coins that a file defines, and warnings worth showing."""

    indices: list[IndexDefinition]
    assets: list[AssetDefinition]
    warnings: list[str]


def parse_file(document: Mapping[str, Any]) -> IndexFile:
    """All that a parsed TOML document defines: at least one index, or one coin.

    Raises DefinitionError with the path of the offending key.
    """
    for key in document:
        if key not in ("index", "asset", "defaults"):
            raise DefinitionError((key,), "unknown key; indices stand under [index.ID]")
    indices, assets = (document.get(key, {}) for key in ("index", "asset"))
    for key, tables in (("index", indices), ("asset", assets)):
        if not isinstance(tables, Mapping):
            raise DefinitionError((key,), f"expected tables [{key}.NAME]")
    if not indices and not assets:
        raise DefinitionError(("index",), "no index is defined; add a table [index.ID]")
    coins = [parse_asset(asset, table) for asset, table in assets.items()]
    renames = [(e.at, c.asset, e.becomes) for c in coins for e in c.events if e.becomes]
    warnings: list[str] = []
    found = [parse_index(index, table, warnings, renames) for index, table in indices.items()]
    found = [_with_defaults(definition, document.get("defaults", {})) for definition in found]
    check_all(found, coins)
    for definition in found:
        check_added_weights(definition)
    return IndexFile(found, coins, warnings)


def _with_defaults(definition: IndexDefinition, defaults: Any) -> IndexDefinition:
    """The definition with the rules for all indices of the file; its own of a name counts."""
    path = ("defaults",)
    if not isinstance(defaults, Mapping):
        raise DefinitionError(path, "expected [[defaults.rule]] tables")
    if unknown := [key for key in defaults if key != "rule"]:
        raise DefinitionError((*path, unknown[0]), "unknown key; [[defaults.rule]] is known")
    about = definition.benchmarks, definition.all_assets()
    try:
        rules = parse_rules((*path, "rule"), defaults.get("rule", []), *about)
    except DefinitionError as error:
        message = f"for index {definition.id}: {error.message}"
        raise DefinitionError(error.path, message) from error
    own = {rule.name for rule in definition.rules}
    added = tuple(rule for rule in rules if rule.name not in own)
    return replace(definition, rules=definition.rules + added) if added else definition


def check_all(indices: Iterable[IndexDefinition], assets: Iterable[AssetDefinition]) -> None:
    """Check what no definition alone can tell; raises DefinitionError."""
    indices = list(indices)
    check_together(indices)
    check_coins(assets, {d.id for d in indices})
