"""The terminal of `up` and `demo`: a small table where there is one, plain lines where there is
none.

`tidegauge watch` has more, in a process of its own: drawn in this one it would hold the event loop,
in which trades arrive, for 20 ms at each look and up to 70 ms now and then (measured with nine
indices on 120 × 40 characters), where this table takes 8 ms.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rich.console import Console, Group
from rich.live import Live as RichLive
from rich.table import Table
from rich.text import Text

from engine.metrics.registry import REGISTRY
from tidegauge.watch.words import figure_of, figure_text, status_word

if TYPE_CHECKING:
    from gateway.entry import IndexEntry
    from tidegauge.live import Live

_REFRESH = 0.5
_LINE_EVERY = 5.0
"""Seconds between two tables, and between two plain lines."""
_ALERTS = 8
"""Shown below the table."""
_COLUMNS = [c for c in sorted(REGISTRY.cards, key=lambda card: card.order) if c.column]
_DOUBTFUL = ("degraded", "stale")
"""Statuses that are told in plain lines, too."""


class Terminal:
    """Shows one run. `start` and `alert` are the callbacks of `Live`."""

    def __init__(self, title: str) -> None:
        self.console = Console()
        self.title = title
        self.alerts: deque[Text] = deque(maxlen=_ALERTS)
        self.live: Live | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self, live: Live) -> None:
        """All is up: say where the page is and go on showing."""
        self.live = live
        print(f"{self.title}: {live.url}  (Ctrl-C ends)", flush=True)
        if self.console.is_terminal:
            print(f"more in another terminal: tidegauge watch {live.url}", flush=True)
        self._task = asyncio.get_running_loop().create_task(self._show())

    def alert(self, body: Mapping[str, Any]) -> None:
        """One alert more."""
        line = alert_line(body)
        if self.console.is_terminal:
            self.alerts.appendleft(line)
        else:
            print(line.plain, flush=True)

    async def _show(self) -> None:
        if self.console.is_terminal:
            with RichLive(console=self.console, auto_refresh=False, transient=True) as shown:
                while True:
                    shown.update(self._table(), refresh=True)
                    await asyncio.sleep(_REFRESH)
        while True:
            await asyncio.sleep(_LINE_EVERY)
            print(self._status(), flush=True)

    def _status(self) -> str:
        assert self.live is not None
        counts = self.live.counts
        levels = " ".join(map(_level_now, self.live.state.entries()))
        return f"{counts['ticks']} ticks {counts['alerts']} alerts  {levels}"

    def _table(self) -> Group:
        assert self.live is not None
        table = Table(box=None, pad_edge=False, header_style="bold")
        for name in ("index", "status"):
            table.add_column(name, no_wrap=True)
        for name in ("level", *(card.column.lower() for card in _COLUMNS)):
            table.add_column(name, justify="right", no_wrap=True)
        for entry in self.live.state.entries():
            row = entry.row()
            figures = (figure_text(figure_of(row, c.path), c.display) for c in _COLUMNS)
            status, level = Text(*status_word(row["status"])), figure_text(row["level"], "money")
            table.add_row(entry.index, status, level, *figures)
        counts = "  ".join(f"{name} {value:,}" for name, value in self.live.counts.items())
        return Group(table, Text(""), *self.alerts, Text(""), Text(counts, style="dim"))


def alert_line(body: Mapping[str, Any]) -> Text:
    """An alert in one line."""
    when = datetime.fromtimestamp(body["at"] / 1e9, UTC).strftime("%H:%M:%S.%f")[:-3]
    fires = body["state"] == "firing"
    text = f"{when} {body['index']:<10} {body['rule']:<15} {body['state']:<8} "
    text += f"level {body['level']:.2f}"
    if "drawdown" in body:
        text += f"  peak {body['peak']:.2f}  drawdown {body['drawdown']:.2%}"
    if body.get("disputed"):
        text += "  disputed"
    return Text(text, style="red" if fires else "green")


def _level_now(entry: IndexEntry) -> str:
    """An index in a plain line: its level, and its status where that is not what one expects."""
    text = f"{entry.index}={figure_text(entry.level.level if entry.level else None, 'money')}"
    return text + (f"({entry.status})" if entry.status in _DOUBTFUL else "")
