"""The tables that sinks keep: their columns, how they are cut into files, how long they are kept.

Every table has `series` (an index, or `asset:X`), `time` (ns UTC) and, as the evidence and for
nothing to come twice, the place in the log that a row is from: `log_source` (`bars/0`) and
`log_offset`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from engine.types import DAY, HOUR, SECOND

Period = str
"""What a file holds, by its name: `2026-11-27T13`, `2026-11-27`, `2026-11` or `2026`."""
_FORMS = {"hour": "%Y-%m-%dT%H", "day": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y"}


class SinkTable(NamedTuple):
    """`columns` are name and SQL type, beside those that all have; with `is_wide` there are more,
    as the rows bring them. `cut` is the span of one file, `kept` how long rows are (ns, None for
    ever) before the newest one."""

    name: str
    cut: str
    columns: Mapping[str, str]
    kept: int | None = None
    is_wide: bool = False

    def period(self, time: int) -> Period:
        """The file that a row of this time is in; spans (start, end] have their start as time."""
        return datetime.fromtimestamp(time // SECOND, UTC).strftime(_FORMS[self.cut])


_CANDLE = {**dict.fromkeys(("open", "high", "low", "close", "peak"), "DOUBLE")}
_FIGURES = {"level": "DOUBLE", "status": "VARCHAR", "origin": "VARCHAR"}

MINUTES = SinkTable("minutes", "day", _CANDLE, 90 * DAY)
HOURS = SinkTable("hours", "month", _CANDLE)
DAYS = SinkTable("days", "year", _CANDLE)
SECONDS = SinkTable("seconds", "hour", _CANDLE, DAY)
"""Of more series than `MOST_SECONDS` only the last hour is kept."""
MOST_SECONDS = 100
FEW_SECONDS_KEPT = HOUR
FIGURES_HOURLY = SinkTable("figures_hourly", "day", _FIGURES, 90 * DAY, is_wide=True)
FIGURES_DAILY = SinkTable("figures_daily", "year", _FIGURES, is_wide=True)
COMPOSITIONS = SinkTable(
    "compositions",
    "month",
    {
        "asset": "VARCHAR",
        "rebalanced_at": "BIGINT",
        **dict.fromkeys(("weight", "target", "price"), "DOUBLE"),
        **dict.fromkeys(("return_today", "contribution_today"), "DOUBLE"),
    },
)
LEVELS = SinkTable("levels", "hour", {"seq": "BIGINT", "level": "DOUBLE", "peak": "DOUBLE"})
ALERTS = SinkTable(
    "alerts",
    "year",
    {
        **dict.fromkeys(("id", "episode", "kind", "rule", "state", "severity"), "VARCHAR"),
        "seq": "BIGINT",
        **dict.fromkeys(("level", "peak", "drawdown"), "DOUBLE"),
        "peak_at": "BIGINT",
    },
)
TRADES = SinkTable(
    "trades",
    "hour",
    {
        **dict.fromkeys(("venue", "symbol", "kind", "side", "id"), "VARCHAR"),
        "price": "DOUBLE",
        "size": "DOUBLE",
        "received": "BIGINT",
        "off_book": "BOOLEAN",
    },
)

HISTORY = (MINUTES, HOURS, DAYS, SECONDS, FIGURES_HOURLY, FIGURES_DAILY, COMPOSITIONS)
"""What stands beside a log."""
ALL = (*HISTORY, LEVELS, ALERTS, TRADES)
CANDLES = {SECOND: SECONDS, 60 * SECOND: MINUTES, HOUR: HOURS, DAY: DAYS}
"""The tables of candles by their length (ns)."""
