"""What a definition card says of a figure, and how a screen shows it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

YEARLY = "× √A, A bars a year"
LOSS = "a loss is positive"

DISPLAYS = (
    "percent",  # a fraction, as a percentage
    "change",  # the same, always with its sign
    "ratio",
    "count",
    "number",  # of something that is counted, but not whole
    "duration",  # seconds
    "time",  # an instant
    "money",
    "date",  # a calendar period
    "text",  # words or names
)

_OF_UNIT = (
    ("fraction", "percent"),
    ("probability", "percent"),
    ("ratio", "ratio"),
    ("number", "ratio"),
    ("−1 … 1", "ratio"),
    ("count", "count"),
    ("seconds", "duration"),
    ("time", "time"),
    ("USD", "money"),
    ("points", "money"),
)
"""By the beginning of a unit: how its figures are shown where a card does not say it."""
_SIGNED = ("a gain is positive", "ahead of")


@dataclass(frozen=True, slots=True)
class Example:
    """A figure worked by hand on one of `machinery.examples`; a test runs it through the engine.

    `path` is a place in the snapshot after the last close of the series, and `value` what stands
    there: exact, or to the digits shown. `worked` says how one comes to it.
    """

    series: str
    path: str
    value: Any
    worked: str


@dataclass(frozen=True, slots=True)
class Card:
    """One figure: its place in the snapshot, what it is, when it is null, and how it is shown.

    `path` is a pattern: `*` stands for one name. `ddof` is what is taken from n in the divisor of
    a deviation, `minimum` the least number of observations, `undefined` the reasons for which it
    is null. `reading` is how figures of that size are commonly read: a convention, no finding.

    `better` is "higher" or "lower" where one of two figures is the better one, and `target` the
    name of a target for it where that is not the last one of the path ("" for none: see
    `engine.metrics.registry`). `display` is one of DISPLAYS, made of the unit where it is not
    given. `label` is its name as people read it, `column` a short one that puts it into the table
    of all indices. `since` is the version of the numbers that brought it, and
    `approximate` tells that it is within 1 % beyond the kept returns. Cards stand by `order`,
    under the heading `group`, which is their family's where it is not given.

    `headline` puts it among the few figures that a report begins with, and `error` is the path of
    its standard error. `drawn` is the path by which it is drawn over time, where it is: that of
    one window of several, `*` still any benchmark.
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
    order: int = 0
    group: str = ""
    label: str = ""
    display: str = ""
    better: str = ""
    target: str | None = None
    column: str = ""
    since: str = "2"
    approximate: bool = False
    headline: bool = False
    error: str = ""
    drawn: str = ""

    def __post_init__(self) -> None:
        if not self.display:
            object.__setattr__(self, "display", _display_of(self.unit, self.sign))
        if not self.label:
            name = self.path.rsplit(".", 1)[-1].replace("_", " ")
            object.__setattr__(self, "label", name[:1].upper() + name[1:])
        if self.display not in DISPLAYS or self.better not in ("", "higher", "lower"):
            raise ValueError(f"{self.path}: display {self.display!r}, better {self.better!r}")

    def normative(self) -> list[str]:
        """What defines the figure: all but the reference, the reading, the example and how it is
        shown."""
        return [
            *(self.path, self.formula, self.unit, self.undefined),
            *(self.sign, self.ddof, self.annualisation, self.minimum),
        ]

    def published(self, group: str) -> dict[str, Any]:
        """As `/v1/definitions` tells it, under the heading `group`."""
        return {**asdict(self), "group": group}


def _display_of(unit: str, sign: str) -> str:
    found = next((shown for word, shown in _OF_UNIT if unit.startswith(word)), "text")
    return "change" if found == "percent" and sign.startswith(_SIGNED) else found
