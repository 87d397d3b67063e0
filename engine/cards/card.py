"""What a definition card says of a figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Example:
    """A figure worked by hand on one of `engine.cards.series`; a test runs it through the engine.

    `path` is a place in the snapshot after the last close of the series, and `value` what stands
    there: exact, or to the digits shown. `worked` says how one comes to it.
    """

    series: str
    path: str
    value: Any
    worked: str


@dataclass(frozen=True, slots=True)
class Card:
    """One figure: its place in the snapshot, what it is, and when it is null.

    `path` is a pattern: `*` stands for one name. `ddof` is what is taken from n in the divisor of
    a deviation, `minimum` the least number of observations, `undefined` the reasons for which it
    is null. `reading` is how figures of that size are commonly read: a convention, no finding.
    """

    path: str
    formula: str
    unit: str
    undefined: str = ""
    sign: str = ""
    ddof: str = ""
    annualisation: str = ""
    minimum: str = ""
    reference: str = ""
    reading: str = ""
    example: Example | None = None

    def normative(self) -> list[str]:
        """What defines the figure: all but the reference, the reading and the example."""
        return [
            *(self.path, self.formula, self.unit, self.undefined),
            *(self.sign, self.ddof, self.annualisation, self.minimum),
        ]
