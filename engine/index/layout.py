"""Which series and pairs the definitions of a shard ask for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from engine.index.definition import IndexDefinition


@dataclass
class Layout:
    """Basket ids, each once, in the order of their first use."""

    kept: dict[str, None] = field(default_factory=dict)
    """The indices, then what they are held against."""
    series: dict[int, dict[str, None]] = field(default_factory=dict)
    """The same by the interval of their returns."""
    pairs: dict[int, list[tuple[str, str]]] = field(default_factory=dict)
    """(index, benchmark) by that interval."""


def layout_of(indices: Iterable[tuple[IndexDefinition, Mapping[str, str]]]) -> Layout:
    """Of indices with the basket ids of their benchmarks."""
    asked = list(indices)
    found = Layout(dict.fromkeys(definition.id for definition, _ in asked))
    for definition, benchmarks in asked:
        interval = definition.return_interval
        found.series.setdefault(interval, {})[definition.id] = None
        for basket in benchmarks.values():
            found.kept[basket] = found.series[interval][basket] = None
            found.pairs.setdefault(interval, []).append((definition.id, basket))
    return found
