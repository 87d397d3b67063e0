"""The blocks of a snapshot that look back over spans of time: windows, rolling, calendar."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import calendar
from engine.history import History
from engine.index.baskets import Baskets
from engine.index.definition import IndexDefinition
from engine.readings import Lists, Undefined, lists
from engine.windows import WINDOWS, Windows


class Trailing:
    """Reads these blocks at one instant."""

    def __init__(self, baskets: Baskets, history: History, windows: Windows, as_of: int) -> None:
        self.baskets, self.history, self.windows, self.as_of = baskets, history, windows, as_of
        self.kept = {name: k for k, name in enumerate(history.ids)}
        read = {w: windows.read(w, as_of, history, baskets) for w in WINDOWS}
        self.single: dict[str, Lists] = {w: lists(single) for w, (single, _) in read.items()}
        self.pair: dict[str, Lists] = {w: lists(pair) for w, (_, pair) in read.items()}
        self.rolling_lists = {w: lists(t.columns()) for w, t in history.rolling.items()}

    def windows_of(
        self, definition: IndexDefinition, benchmarks: Mapping[str, str], undefined: Undefined
    ) -> dict[str, Any]:
        """`windows` of an index; `benchmarks` maps names to basket ids."""
        row = self.windows.row[definition.id]
        found = {}
        for window in WINDOWS:
            path = f"windows.{window}"
            figures = undefined.pick(self.single[window], row, path)
            figures["benchmarks"] = {
                name: undefined.pick(
                    self.pair[window],
                    self.windows.pair_row[definition.id, benchmarks[name]],
                    f"{path}.benchmarks.{name}",
                )
                for name in definition.benchmarks
            }
            found[window] = figures
        return found

    def rolling_of(self, index: str, undefined: Undefined) -> dict[str, Any]:
        """`rolling` of an index."""
        row = self.kept[index]
        return {
            window: undefined.pick(columns, row, f"rolling.{window}")
            for window, columns in self.rolling_lists.items()
        }

    def calendar_of(
        self,
        definition: IndexDefinition,
        benchmarks: Mapping[str, str],
        begun: Mapping[str, float],
        undefined: Undefined,
    ) -> dict[str, Any]:
        """`calendar` of an index; `begun` has each benchmark's level when the index began."""
        own = self._months(definition.id)
        others = {name: self._months(benchmarks[name]) for name in definition.benchmarks}
        found = {}
        for kind, spans in (("months", own.months()), ("years", own.years())):
            r = calendar.returns(spans, self._level(definition.id))
            over = {
                name: calendar.excess(spans, r, months, begun[name], self._level(benchmarks[name]))
                for name, months in others.items()
            }
            found[kind] = calendar.entries(spans, r, over)
            _explain(kind, found[kind], undefined)
        return found

    def _level(self, basket: str) -> float:
        lv, row = self.baskets.levels, self.baskets.row[basket]
        return float(lv.level[row]) if lv.started[row] else float("nan")

    def _months(self, basket: str) -> calendar.Months:
        lv, row = self.baskets.levels, self.baskets.row[basket]
        base_at = int(lv.inception[row]) if lv.started[row] else self.as_of
        base = float(lv.base_level[row]) if lv.started[row] else float("nan")
        return calendar.Months(self.history.months, self.kept[basket], self.as_of, base_at, base)


def _explain(kind: str, entries: list[dict[str, Any]], undefined: Undefined) -> None:
    for entry in entries:
        path = f"calendar.{kind}.{entry['period']}"
        if entry["return"] is None:
            undefined.reasons[f"{path}.return"] = "unobserved"
        for name, value in entry["excess"].items():
            if value is None:
                undefined.reasons[f"{path}.excess.{name}"] = "too_short"
