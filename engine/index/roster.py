"""The roster: which definitions are in force, which are computed here, and what they use."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field

from engine.index.definition import IndexDefinition, price_key


@dataclass
class Layout:
    """Basket ids, each once, in the order of their first use."""

    kept: dict[str, None] = field(default_factory=dict)
    """The indices, then what they are held against."""
    series: dict[int, dict[str, None]] = field(default_factory=dict)
    """The same by the interval of their returns."""
    pairs: dict[int, list[tuple[str, str]]] = field(default_factory=dict)
    """(index, benchmark) by that interval."""


class Roster:
    """The definitions in force. An index is computed and published in the partition to which its id
    hashes; the others are known for the sake of those that are held against them."""

    def __init__(self, partition: int, partitions: int) -> None:
        self.partition, self.partitions = partition, partitions
        self.definitions: dict[str, IndexDefinition] = {}
        self._owned: list[IndexDefinition] | None = None

    def put(self, definition: IndexDefinition) -> None:
        """A definition comes into force."""
        self.definitions[definition.id] = definition
        self._owned = None

    def retire(self, index: str) -> bool:
        """An index is computed no more; False where none was."""
        self._owned = None
        return self.definitions.pop(index, None) is not None

    def goes_on(self, definition: IndexDefinition) -> bool:
        """Whether this is the change of one that is in force, and asks for the same series."""
        before = self.definitions.get(definition.id)
        if before is None:
            return False
        return (before.benchmarks, before.kinds) == (definition.benchmarks, definition.kinds)

    def owns(self, index: str) -> bool:
        """Whether this index is computed and published here."""
        return zlib.crc32(index.encode()) % self.partitions == self.partition

    def owned(self) -> list[IndexDefinition]:
        """The definitions of what is published here."""
        if self._owned is None:
            self._owned = [d for d in self.definitions.values() if self.owns(d.id)]
        return self._owned

    def benchmarks(self, definition: IndexDefinition) -> dict[str, str]:
        """The basket ids of a definition's benchmarks: an index's own, or an asset's price key."""
        return {
            name: name if name in self.definitions else price_key(name, definition.kinds)
            for name in definition.benchmarks
        }

    def first_benchmark(self, definition: IndexDefinition) -> str | None:
        """The basket id of its first benchmark."""
        return next(iter(self.benchmarks(definition).values()), None)

    def benchmark_assets(self, definition: IndexDefinition) -> list[str]:
        """The price keys of those of its benchmarks that are no indices."""
        found = self.benchmarks(definition)
        return [basket for name, basket in found.items() if name not in self.definitions]

    def references(self) -> list[tuple[IndexDefinition, str]]:
        """The basket whose regimes count for each index: its first benchmark's, or its own."""
        return [(d, self.first_benchmark(d) or d.id) for d in self.owned()]

    def pairs(self) -> list[tuple[str, str]]:
        """(index, basket of a benchmark) of what is published here."""
        return [(d.id, b) for d in self.owned() for b in self.benchmarks(d).values()]

    def layout(self) -> Layout:
        """Which baskets, series and pairs the definitions ask for."""
        owned = self.owned()
        found = Layout(dict.fromkeys(d.id for d in owned))
        for definition in owned:
            interval = definition.return_interval
            found.series.setdefault(interval, {})[definition.id] = None
            for basket in self.benchmarks(definition).values():
                found.kept[basket] = found.series[interval][basket] = None
                found.pairs.setdefault(interval, []).append((definition.id, basket))
        return found
