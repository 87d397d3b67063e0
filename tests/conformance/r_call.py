"""One call of the manual of PerformanceAnalytics, and what is found of a cell of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.conformance import managers as m
from tests.conformance.managers import SERIES, Ours, Subject


@dataclass(slots=True)
class Call:
    """One R call, and the cell of its print that is looked at."""

    fn: str
    text: str
    row: str = ""
    column: str = ""
    mar: float | None = None
    expected: float | None = None

    @property
    def table(self) -> str:
        return next(t for t in SERIES if re.search(rf"\b{t}\b", self.text) and t != "source")

    @property
    def year(self) -> str:
        found = re.search(r"\[['\"](\d{4})['\"]", self.text)
        return found[1] if found else ""

    def _names(self) -> list[str]:
        return [name for name in SERIES[self.table] if name != "date"]

    def argument(self, place: int) -> Subject:
        """The column that a call's argument starts with, such as managers[, 8:7]."""
        parts = re.findall(r"\b(managers|edhec|portfolio_bacon)\[([^\]]*)\]", self.text)
        table, inside = parts[place]
        columns = inside.split(",")[1].strip() if "," in inside else ""
        names = self._names()
        quoted = re.match(r'"([^"]+)"', columns)
        first = int(re.match(r"\d+", columns)[0]) if columns[:1].isdigit() else 1  # type: ignore[index]
        return Subject(table, quoted[1] if quoted else names[first - 1], self.year)

    @property
    def me(self) -> Subject:
        """Whose figure this cell holds."""
        for label in (self.column, self.row):
            name = label.split(" to ")[0]
            if name in self._names():
                return Subject(self.table, name, self.year)
        return self.argument(0)

    @property
    def pair(self) -> Subject:
        """The benchmark of this cell: named in a label, or the second argument."""
        for label in (self.column, self.row):
            named = re.search(r"(?::| to) (.+)$", label)
            if named and named[1] in self._names():
                return Subject(self.table, named[1], self.year)
        return self.argument(1)

    @property
    def free(self) -> float | Subject:
        """The risk-free rate a month, or the series of it."""
        if re.search(r'Rf = managers\[, (10|"US 3m TR")', self.text):
            return Subject("managers", "US 3m TR")
        rate = re.search(r"Rf = (0\.\d+)/12", self.text)
        return float(rate[1]) / 12 if rate else 0.0

    def explained(self, definition: Callable[..., float], *more: Any) -> float:
        return definition(*m.paired(self.me, self.pair), *more)


Found = tuple[str, str, Ours | None, float | None]
"""Our figure, why it differs ("" where it is equal), how it is read, their definition."""


def absent(why: str) -> Found:
    """A figure that we do not publish, and why."""
    return "", why, None, None
