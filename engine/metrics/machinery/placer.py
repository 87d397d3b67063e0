"""Where the numbers of one index, which change with every price, stand in its snapshot."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

from engine.kept import fill, or_none
from engine.metrics.machinery.moving import Placed, reasons_of
from engine.metrics.machinery.reading import Reading
from engine.readings import Column

MakeTemplate = Callable[[Reading, int, int | None], Placed]
"""Makes the template of an index, or of a pair of it and a benchmark, by their places
(`machinery.laid`)."""
Stamps = Callable[[Reading], Sequence[Hashable]]
"""Gives of each index something that is equal as long as its template stays."""


class Placer:
    """The template of one index, made again when its stamp changes."""

    def __init__(
        self,
        numbers: Callable[[Reading], Column],
        template: MakeTemplate,
        stamps: Stamps | None,
        index: int,
        pair: int | None,
    ) -> None:
        self.numbers, self._template, self._stamps = numbers, template, stamps
        self._index, self._pair = index, pair
        self._stamp: Hashable = None
        self._placed: Placed | None = None

    @property
    def is_stamped(self) -> bool:
        """Whether the template can ever change."""
        return self._stamps is not None

    def placed(self, reading: Reading) -> Placed:
        """As it is now: the very same as before while it stays."""
        if self._stamps is not None:
            stamp = reading.stamps_of(self._stamps)[self._index]
            if stamp != self._stamp:
                self._stamp, self._placed = stamp, None
        if self._placed is None:
            self._placed = self._template(reading, self._index, self._pair)
        return self._placed

    def read(self, reading: Reading) -> tuple[Any, Mapping[str, str]]:
        """What it says with the numbers in it, and the reasons of all its nulls."""
        placed = self.placed(reading)
        values, codes = reading.numbers_of(self.numbers)
        found = fill(placed.template, iter(or_none(values[placed.places])))
        why = reasons_of(placed.paths, codes[placed.places].tobytes())
        return found, {**placed.reasons, **why}
