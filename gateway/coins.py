"""What happens to coins, as the log says it: renames, swaps, redenominations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine.index.coin_events import AssetDefinition, parse_asset, related
from engine.records import AssetRecord


class Coins:
    """The events of all coins that the log tells of; a newer record of a coin is all of it."""

    def __init__(self) -> None:
        self._told: dict[str, AssetDefinition] = {}

    def take(self, record: AssetRecord) -> None:
        """Take what a record says of a coin. Raises engine.toml_table.DefinitionError."""
        self._told[record.asset] = parse_asset(record.asset, record.definition)

    def events(self, assets: Iterable[str]) -> list[dict[str, Any]]:
        """The events of these coins, of those that became them and of those that they became, the
        oldest first; `at` is ns. For any thread."""
        coins = tuple(self._told.values())  # more may come meanwhile
        names = related(coins, assets)
        told = [
            {"at": event.at, "asset": coin.asset, "becomes": event.becomes, "ratio": event.ratio}
            for coin in coins
            if coin.asset in names
            for event in coin.events
        ]
        return sorted(told, key=lambda one: (one["at"], one["asset"]))
