"""Tables that metric families keep, by their names in checkpoints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from engine.table import Table

SERIES, PAIR, CLOSES = "series", "pair", "closes"
"""What a table has a row for."""

T = TypeVar("T", bound=Table)


@dataclass(frozen=True, slots=True)
class StateTable(Generic[T]):
    """A table that a family keeps; `name` is its name in checkpoints, dots nest.

    A checkpoint without it gives an empty one: its figures are null by their minimum of
    observations until it has seen enough.
    """

    name: str
    per: str
    table: type[T]
