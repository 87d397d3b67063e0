"""Which rules over windows may change at the end of a bar: the others need not be looked at.

Of a window that is read every minute for a hundred indices, next to all rules stay as they are. So
their figures are read together, compiled, and only those that are outside of the interval in which
a rule stays, or whose figure came or went, are judged one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from engine.alerts.figures import FigurePath
from engine.alerts.rule import ABOVE, BELOW, ROUNDING
from engine.index.shard_state import ShardState
from engine.index.watched_rule import Value, WatchedRule, interval_of
from engine.metrics.machinery.trailing import Trailing
from engine.metrics.machinery.windows import FIGURES, WINDOWS
from engine.readings import REASONS


def is_sieved(w: WatchedRule) -> bool:
    """Whether a rule is about one figure of a window of its index, and minds no lack of it."""
    return w.setting.side in (ABOVE, BELOW) and not w.setting.no_data and _of_window(w.figure)


def _of_window(figure: FigurePath) -> bool:
    steps = figure.steps
    return len(steps) == 3 and steps[0] == "windows" and steps[1] in WINDOWS and steps[2] in FIGURES


class WindowSieve:
    """The sieve of some rules over one figure. It is no state, and made anew with each layout."""

    def __init__(self, watched: Sequence[WatchedRule], state: ShardState) -> None:
        self.watched, self._state = watched, state
        windows = state.reader.windows
        rows = [windows.row[w.definition.id] for w in watched]
        _, window, name = watched[0].figure.steps
        self._trailing = Trailing(windows, rows, window, name)
        self._baskets = np.array([w.row for w in watched], dtype=np.int64)
        self._low, self._high = (np.zeros(len(watched)) for _ in range(2))
        self._is_lost = np.zeros(len(watched), dtype=np.bool_)
        self._must = np.zeros(len(watched), dtype=np.bool_)
        """Those that are looked at in any case: how far their figure goes is kept."""
        self._place = {w.place: k for k, w in enumerate(watched)}
        for w in watched:
            self.set(w, must=False)

    def set(self, w: WatchedRule, *, must: bool) -> None:
        """A rule stands elsewhere, or somewhere for the first time."""
        k = self._place[w.place]
        low, high = interval_of(w)
        self._low[k] = low + ROUNDING * (1.0 + abs(low)) * 2.0 if low > -np.inf else low
        self._high[k] = high - ROUNDING * (1.0 + abs(high)) * 2.0 if high < np.inf else high
        self._is_lost[k], self._must[k] = w.standing.missing_since > 0, must

    def left(self, at: int) -> Iterator[tuple[WatchedRule, Value]]:
        """The rules that may change at this end of a bar, with their figures."""
        state = self._state
        found = self._trailing.read(at, state.history, state.baskets)
        values = found.values
        lost = (found.codes > 0) | ~np.isfinite(values) | ~state.baskets.started[self._baskets]
        stays = np.where(lost, self._is_lost, (self._low < values) & (values < self._high))
        stays &= (lost == self._is_lost) & ~self._must
        for k in np.flatnonzero(~stays).tolist():
            if lost[k]:
                yield self.watched[k], (None, REASONS[found.codes[k]] or "overflow")
            else:
                yield self.watched[k], (values[k].item(), "")


class Closing(NamedTuple):
    """What is judged at the ends of spans of so many ns, or as of the present behind them: rules by
    the guard of prices, or these rules, and those that the sieves let through."""

    span: int
    is_now: bool
    by_guard: bool
    watched: list[WatchedRule]
    sieves: list[WindowSieve]


def closing_of(
    span: int, is_now: bool, by_guard: bool, watched: Sequence[WatchedRule], state: ShardState
) -> Closing:
    """The same, with sieves for those of these rules that have one."""
    sieved: dict[tuple[str, ...], list[WatchedRule]] = {}
    rest = []
    for w in watched:
        if is_sieved(w):
            sieved.setdefault(w.figure.steps, []).append(w)
        else:
            rest.append(w)
    sieves = [WindowSieve(those, state) for those in sieved.values()]
    return Closing(span, is_now, by_guard, rest, sieves)
