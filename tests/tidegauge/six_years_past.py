"""What an index or an asset did up to an instant, with what the oracles find in it.

What an oracle finds anew from the whole path at each instant, but whose past never changes, is
found once here: at each close, from the closes up to it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from engine.periods import anchor
from engine.types import DAY
from tests.reference import basket, growth, regimes, series
from tests.reference import windows as windows_reference

LEAST = {95: 20, 99: 100}


class Past:
    """One path of levels at 00:00 UTC of days in a row, and what is known at each of them."""

    def __init__(self, path: basket.Path) -> None:
        self.path = path
        self.ats = [at for at, _ in path]
        self.levels = [level for _, level in path]
        self.base_at = self.ats[0]
        returns, unobserved = series.bar_returns(path, DAY, self.ats[-1])
        assert not unobserved, "the files have no holes"
        self.ends, self.returns = list(returns), list(returns.values())
        self._periods: dict[int, dict[str, float | None]] = {}

    def until(self, as_of: int) -> basket.Path:
        """The path up to an instant."""
        return self.path[: bisect_right(self.ats, as_of)]

    def bars(self, as_of: int) -> int:
        """How many returns there are up to an instant."""
        return bisect_right(self.ends, as_of)

    def level_at(self, when: int) -> float | None:
        """The last level at or before `when`."""
        k = bisect_right(self.ats, when)
        return self.levels[k - 1] if k else None

    def period_returns(self, as_of: int) -> dict[str, float | None]:
        """`returns`, kept because many are held against the same benchmark."""
        if as_of not in self._periods:
            self._periods[as_of] = growth.period_returns(self.until(as_of), as_of)
        return self._periods[as_of]

    @cached_property
    def max_daily(self) -> list[float]:
        """The deepest fall between levels at 00:00 UTC, up to each."""
        peak, deepest, found = 0.0, 0.0, []
        for level in self.levels:
            peak = max(peak, level)
            deepest = max(deepest, (peak - level) / peak)
            found.append(deepest)
        return found

    @cached_property
    def exceeded(self) -> dict[int, list[bool | None]]:
        """Of each return, whether it is a greater loss than the VaR of those before; None: none."""
        found: dict[int, list[bool | None]] = {95: [], 99: []}
        ordered: list[float] = []
        for x in self.returns:
            for c, told in found.items():
                enough = len(ordered) >= LEAST[c]
                told.append(-x > -_quantile(ordered, (100 - c) / 100) if enough else None)
            insort(ordered, x)
        return found

    @cached_property
    def rolled(self) -> dict[str, tuple[list[int], list[float]]]:
        """By window: ends and returns of all that ended at a close."""
        found: dict[str, tuple[list[int], list[float]]] = {}
        for window in ("30d", "90d", "1y"):
            ends, changes = found[window] = [], []
            for end, level in self.path:
                then = self.level_at(anchor(window, end))
                if then is not None:
                    ends.append(end)
                    changes.append(level / then - 1.0)
        return found

    def rolling(self, window: str, as_of: int) -> list[float]:
        """The returns of the windows that had ended."""
        ends, changes = self.rolled[window]
        return changes[: bisect_right(ends, as_of)]

    def calendar(self, spans: Mapping[str, tuple[int, int]]) -> dict[str, float | None]:
        """The return over each span, None where there was no level at its begin."""
        found: dict[str, float | None] = {}
        for name, (begin, end) in spans.items():
            then, now = self.level_at(begin), self.level_at(end)
            found[name] = None if then is None or now is None else now / then - 1.0
        return found

    @cached_property
    def trend(self) -> regimes.Judged:
        """The trend at every close."""
        return regimes.trends(self.path)

    @cached_property
    def volatility(self) -> regimes.Judged:
        """High or low at every close."""
        return regimes.volatilities(self.path)

    def judged_at(self, at: int) -> tuple[str | None, str | None]:
        """Trend and volatility as judged at the last close at or before an instant."""
        k = bisect_right(self.ats, at) - 1
        return (self.trend[k][1], self.volatility[k][1]) if k >= 0 else (None, None)

    def paired(self, other: Past, as_of: int) -> tuple[list[int], list[float], list[float]]:
        """Ends and returns of the bars that both had."""
        begin = max(self.ends[0], other.ends[0])
        i, j = bisect_left(self.ends, begin), bisect_left(other.ends, begin)
        k, m = self.bars(as_of), other.bars(as_of)
        assert self.ends[i:k] == other.ends[j:m]
        return self.ends[i:k], self.returns[i:k], other.returns[j:m]

    def windows(self, others: Mapping[str, Past], as_of: int, definition: Any) -> dict[str, Any]:
        """`windows`, from the part of each path that the longest of them reaches back to."""
        paths = {name: other.recent(as_of) for name, other in others.items()}
        return windows_reference.all_windows(self.recent(as_of), paths, as_of, definition)

    def recent(self, as_of: int) -> basket.Path:
        """The path of the last 400 days, or all of it."""
        return self.path[
            max(bisect_right(self.ats, as_of) - 400, 0) : bisect_right(self.ats, as_of)
        ]


def _quantile(ordered: list[float], share: float) -> float:
    rank = (len(ordered) - 1) * share
    low = int(rank)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (rank - low) * (ordered[high] - ordered[low])
