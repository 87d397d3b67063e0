"""What happens to coins, as the log says it: renames, swaps, redenominations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine.index.coin_events import AssetDefinition, parse_asset
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
        names = set(assets)
        while found := self._kin(names) - names:
            names |= found
        told = [
            {"at": event.at, "asset": asset, "becomes": event.becomes, "ratio": event.ratio}
            for asset, coin in tuple(self._told.items())
            if asset in names
            for event in coin.events
        ]
        return sorted(told, key=lambda one: (one["at"], one["asset"]))

    def _kin(self, names: set[str]) -> set[str]:
        """Coins that became one of these, and those that one of these became."""
        kin = set[str]()
        for asset, coin in tuple(self._told.items()):  # more may come meanwhile
            became = {event.becomes for event in coin.events if event.becomes}
            if asset in names:
                kin |= became
            elif became & names:
                kin.add(asset)
        return kin
