"""The terminal: a live table where there is one, plain lines where there is none."""

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

from engine.metrics.machinery.card import Card
from engine.metrics.registry import REGISTRY

if TYPE_CHECKING:
    from gateway.entry import IndexEntry
    from tidegauge.live import Live

_REFRESH = 4  # a second
_LINE_EVERY = 5.0  # seconds between plain status lines
_ALERTS = 8  # shown below the table
_COLUMNS = [
    card
    for card in sorted(REGISTRY.cards, key=lambda card: card.order)
    if card.column and card.path != "returns.1d"  # a run in a terminal is mostly shorter
]
_FORMATS = {"percent": ".2%", "change": "+.2%", "count": ",d"}
"""How figures are shown, by their card; the others have two decimals."""
_DOUBTFUL = {"degraded": "magenta", "stale": "red"}
"""Statuses that are shown wherever a level stands, and their colours."""


class Screen:
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
                    await asyncio.sleep(1 / _REFRESH)
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
            table.add_column(name)
        for name in ("level", *(card.column.lower() for card in _COLUMNS)):
            table.add_column(name, justify="right")
        for entry in self.live.state.entries():
            row = entry.row()
            table.add_row(
                entry.index,
                _status_word(row["status"]),
                _number(row["level"], 2),
                *(_figure(row, card) for card in _COLUMNS),
            )
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
    text = f"{entry.index}={_number(entry.level.level if entry.level else None, 2)}"
    return text + (f"({entry.status})" if entry.status in _DOUBTFUL else "")


def _status_word(status: str | None) -> Text:
    return Text(status or "no data", style=_DOUBTFUL.get(status or "", ""))


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def _figure(row: Mapping[str, Any], card: Card) -> str:
    section, name = card.path.split(".")
    value = row[section][name]
    if value is None:
        return "–"
    return format(value, _FORMATS.get(card.display, ",.2f"))
