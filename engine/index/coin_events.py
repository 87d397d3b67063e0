"""What happens to coins: the checked and canonical form of one `[asset.X]` table.

A coin is renamed or swapped (`becomes`), or redenominated under its name. The mapping is what the
log holds, in records of type `asset`; `parse_asset` and `AssetDefinition.to_mapping` are inverse.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.index.planned_changes import instant
from engine.names import ASSET_RULE, is_asset_name
from engine.toml_table import DefinitionError, TomlTable

RATIO_RANGE = 1e-12, 1e12
"""New coins for one old. Known redenominations lie between 1e-5 and 1e6; beyond these bounds prices
would leave the range in which the Pricer takes them."""
SOURCE = re.compile(r"[^:\s]+:\S+")


@dataclass(frozen=True, slots=True)
class CoinEvent:
    """One coin becomes `ratio` coins of `becomes`, or of itself where that is None, behind the
    prices stamped `at` (ns)."""

    at: int
    becomes: str | None
    ratio: float

    def in_words(self, asset: str) -> str:
        """The event in words."""
        new = f" {self.becomes}" if self.becomes else " new"
        return f"1 {asset} becomes {self.ratio:g}{new}"


@dataclass(frozen=True, slots=True)
class AssetDefinition:
    """The events of a coin as they were written, and the sources (`venue:symbol`) left out by hand.

    `exclude` is None where a file does not speak of them.
    """

    asset: str
    events: tuple[CoinEvent, ...]
    exclude: tuple[str, ...] | None = None

    def to_mapping(self) -> dict[str, Any]:
        """The canonical mapping: plain JSON types, times in ns."""
        events = [{"at": e.at, "becomes": e.becomes, "ratio": e.ratio} for e in self.events]
        return {"event": events, "exclude": list(self.exclude or ())}


def parse_asset(asset: str, table: Any) -> AssetDefinition:
    """Check one `[asset.X]` table (from TOML or canonical); raises DefinitionError."""
    path = ("asset", asset)
    if not is_asset_name(asset):
        raise DefinitionError(path, f"{asset!r} is not an asset name ({ASSET_RULE})")
    if not isinstance(table, Mapping):
        raise DefinitionError(path, "expected a table")
    t = TomlTable(path, table)
    tables = t.get("event", [])
    if not isinstance(tables, list):
        t.fail("event", f"expected [[asset.{asset}.event]] tables")
    events: list[CoinEvent] = []
    for number, event_table in enumerate(tables):
        event = _event(TomlTable((*path, "event", f"[{number}]"), event_table), asset)
        if any(event.at == other.at for other in events):
            where = (*path, "event", f"[{number}]", "at")
            raise DefinitionError(where, f"two events of {asset} at one time")
        events.append(event)
    exclude = (
        tuple(t.names("exclude", (), SOURCE.fullmatch, SOURCE.pattern))
        if "exclude" in table
        else None
    )
    t.close()
    return AssetDefinition(asset, tuple(events), exclude)


def _event(t: TomlTable, asset: str) -> CoinEvent:
    if not isinstance(t.table, Mapping):
        raise DefinitionError(t.path, "expected a table")
    at, becomes = instant(t), t.get("becomes")
    if becomes is not None and not is_asset_name(becomes):
        t.fail("becomes", f"unknown successor {becomes!r}: not an asset name ({ASSET_RULE})")
    if becomes == asset:
        message = f"{asset} cannot become itself; leave `becomes` out for a redenomination"
        t.fail("becomes", message)
    if becomes is None and "ratio" not in t.table:
        t.fail("ratio", "say how many new coins one old is, or what the coin becomes")
    ratio = t.number("ratio", 1.0, *RATIO_RANGE)
    t.close()
    return CoinEvent(at, becomes, ratio)


def check_coins(assets: Iterable[AssetDefinition], indices: Container[str]) -> None:
    """Check what one coin alone cannot tell: names against index ids, and chains of renames.

    A coin may become one that becomes another, but none comes back to an earlier name: what is held
    under it would change its meaning twice.
    """
    known = {a.asset: a for a in assets}
    for asset, coin in known.items():
        if asset in indices:
            raise DefinitionError(("asset", asset), f"{asset} is the id of an index, no coin")
        for number, event in enumerate(coin.events):
            where = ("asset", asset, "event", f"[{number}]", "becomes")
            if event.becomes in indices:
                message = f"unknown successor {event.becomes!r}: it is the id of an index"
                raise DefinitionError(where, message)
            if event.becomes and asset in successors(known, [event.becomes]):
                message = f"{event.becomes} becomes {asset} again: a coin cannot come back"
                raise DefinitionError(where, message)


def successors(known: Mapping[str, AssetDefinition], assets: Iterable[str]) -> list[str]:
    """These assets and all that they become, at any time, the first mention first."""
    found = dict.fromkeys(assets)
    left = [asset for asset in found if asset in known]
    while left:
        coin = known.get(left.pop(0))
        new = [e.becomes for e in coin.events if e.becomes] if coin else []
        left += [asset for asset in new if asset not in found]
        found |= dict.fromkeys(new)
    return list(found)


def related(coins: Iterable[AssetDefinition], assets: Iterable[str]) -> set[str]:
    """These assets, what they become, and what becomes one of them, at any time."""
    found = set(assets)
    pairs = [{coin.asset, e.becomes} for coin in coins for e in coin.events if e.becomes]
    while more := [pair for pair in pairs if len(pair & found) == 1]:
        found.update(*more)
    return found


def merged(before: AssetDefinition | None, new: AssetDefinition) -> AssetDefinition:
    """What the log is to hold of a coin: its events and those of a file, each once, in order.

    An event that the file leaves out stays. Raises DefinitionError where the two contradict.
    """
    events = {event.at: event for event in before.events} if before else {}
    for number, event in enumerate(new.events):
        held = events.setdefault(event.at, event)
        if held != event:
            where = ("asset", new.asset, "event", f"[{number}]")
            message = f"contradicts the log, which says of this time: {held.in_words(new.asset)}"
            raise DefinitionError(where, message)
    exclude = before.exclude if before and new.exclude is None else new.exclude
    return AssetDefinition(new.asset, tuple(events[at] for at in sorted(events)), exclude or ())
