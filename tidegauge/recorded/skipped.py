"""What could not be used of an input: the first few reported in full, the rest counted by kind."""

from __future__ import annotations

from collections.abc import Callable

from connectors.venues.events import printable
from tidegauge.errors import WrongUse

REPORTED = 10
"""Reported in full: enough to see what is wrong, and still one screen."""
KINDS = 20
"""Kinds that are kept apart; whatever a file holds, the summary stays one line."""
OTHER = "other"


class Skipped:
    """Counts the bad lines of one run.

    `report` gets a line of text for each of the first `REPORTED`. With `strict` the first bad line
    raises WrongUse instead.
    """

    def __init__(self, report: Callable[[str], None], strict: bool, what: str = "rows") -> None:
        self._report, self._strict, self._what = report, strict, what
        self.total = 0
        self._counts: dict[str, int] = {}
        self._first: dict[str, str] = {}
        """Where each kind that is not among those reported was met first."""

    def add(self, where: str, kind: str, reason: str) -> None:
        """One bad line. `where` names file and line, `kind` is a short name that never changes."""
        text, kind = printable(f"{where}: {reason}"), printable(kind)
        if self._strict:
            raise WrongUse(text)
        self.total += 1
        if kind not in self._counts and len(self._counts) >= KINDS:
            kind = OTHER
        if self.total <= REPORTED:
            self._report(f"{text}; skipped")
        elif kind not in self._counts:
            self._first[kind] = where
        self._counts[kind] = self._counts.get(kind, 0) + 1

    def summary(self) -> str:
        """All kinds with their numbers, the most frequent first; empty where nothing was bad."""
        if not self.total:
            return ""
        kinds = sorted(self._counts.items(), key=lambda item: (-item[1], item[0]))
        counted = ", ".join(f"{count:,} × {self._named(kind)}" for kind, count in kinds)
        rest = f"; first {REPORTED} above" if self.total > REPORTED else ""
        what = self._what.removesuffix("s") if self.total == 1 else self._what
        return f"{self.total:,} {what} skipped: {counted}{rest}"

    def _named(self, kind: str) -> str:
        first = self._first.get(kind)
        return f"{kind} (from {first} on)" if first else kind
