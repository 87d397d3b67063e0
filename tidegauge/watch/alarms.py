"""What fires and what did: the worst first, why it rang, and what to say about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import DataTable, Footer, Static

from tidegauge.arguments import login
from tidegauge.watch.link import GatewayLink
from tidegauge.watch.screens import ShowIndex, WatchScreen
from tidegauge.watch.words import RANKS, figure_text, moment_text, severity_word

SILENCE_SECONDS = 3600.0
"""How long the key silences a rule of an index; `tidegauge alerts silence` for other times."""
_BAR = 24
"""Characters of the longest bar."""


class AlarmScreen(WatchScreen):
    """The episodes of alerts."""

    DEFAULT_CSS = """
    AlarmScreen #episodes { height: 1fr; }
    AlarmScreen #why { height: 40%; min-height: 5; border-top: solid $primary; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "filter", "Open only"),
        Binding("k", "acknowledge", "Acknowledge"),
        Binding("x", "silence", "Silence 1 h"),
        Binding("enter", "index", "Index", show=False),
        Binding("i", "index", "Index"),
        Binding("escape", "app.pop_screen", "Back"),
    ]
    title_text = "Alerts"

    def __init__(self, link: GatewayLink) -> None:
        super().__init__(link)
        self.only_open = False
        self._shown: dict[str, tuple[str, ...]] = {}
        self._episodes: dict[str, dict[str, Any]] = {}

    def compose(self) -> ComposeResult:
        """Episodes, and why the chosen one rang."""
        yield from super().compose()
        table: DataTable[Text] = DataTable(id="episodes", cursor_type="row")
        for name in ("State", "Severity", "Index", "Rule", "Since", "Until", "Deepest", "Seen by"):
            table.add_column(name, key=name)
        yield table
        with VerticalScroll(id="why", can_focus=False):
            yield Static(id="reason", markup=False)
        yield Footer()

    def on_mount(self) -> None:
        """The table has the keys."""
        super().on_mount()
        self.query_one(DataTable).focus()

    # --- what is shown

    def show(self) -> None:
        """Those that fire, by severity, then the others, the newest first."""
        fires = sorted(self.link.open, key=lambda e: RANKS.get(e["severity"] or "", 3))
        episodes = [*fires, *(() if self.only_open else self.link.past)]
        self._episodes = {episode["episode"]: episode for episode in episodes}
        cells = {name: self._cells(episode) for name, episode in self._episodes.items()}
        plain = {name: tuple(cell.plain for cell in row) for name, row in cells.items()}
        table = self.query_one(DataTable)
        if list(plain) != list(self._shown):
            chosen, top = self._chosen(), table.scroll_y
            table.clear()
            for name, row in cells.items():
                table.add_row(*row, key=name)
            if chosen is not None and chosen["episode"] in plain:
                row_of = list(plain).index(chosen["episode"])
                table.move_cursor(row=row_of, animate=False, scroll=False)
            table.scroll_to(y=top, animate=False, force=True)
        else:
            keys = [column.value for column in table.columns]
            for name, row in cells.items():
                for key, old, cell in zip(keys, self._shown[name], row, strict=True):
                    if old != cell.plain:
                        table.update_cell(name, str(key), cell, update_width=True)
        self._shown = plain
        self._show_why()

    def _cells(self, episode: Mapping[str, Any]) -> list[Text]:
        is_open = episode["open"]
        seen = episode.get("acknowledged")
        quiet = episode.get("silenced")
        said = f"silenced until {moment_text(quiet['until'])}" if quiet else ""
        return [
            Text("▲ fires", "bold red") if is_open else Text("✓ over", "green"),
            Text(*severity_word(episode["severity"])),
            Text(episode["index"]),
            Text(episode["rule"]),
            Text(moment_text(episode["from"])),
            Text("" if is_open else moment_text(episode["to"])),
            Text(figure_text(episode["deepest"], "percent"), justify="right"),
            Text(" ".join(filter(None, [seen["who"] if seen else "", said]))),
        ]

    def _chosen(self) -> dict[str, Any] | None:
        at, names = self.query_one(DataTable).cursor_row, list(self._shown)
        return self._episodes.get(names[at]) if at < len(names) else None

    @on(DataTable.RowHighlighted)
    def _show_why(self) -> None:
        episode = self._chosen()
        said = Text("no alert yet") if not self._shown else Text()
        self.query_one("#reason", Static).update(said if episode is None else why(episode))

    # --- keys

    def action_filter(self) -> None:
        """Those that fire alone, or all."""
        self.only_open = not self.only_open
        self.show()

    def action_acknowledge(self) -> None:
        """Say that somebody sees to it."""
        episode = self._chosen()
        if episode is not None and episode["open"]:
            self.ask(self._say(self.link.acknowledge(episode["episode"], login())), "acknowledged")
        else:
            self.notify("it fires no more, so nobody needs to see to it", markup=False)

    def action_silence(self) -> None:
        """Keep its rule quiet for an hour."""
        if (episode := self._chosen()) is not None:
            work = self.link.silence(episode["index"], episode["rule"], SILENCE_SECONDS, login())
            self.ask(self._say(work), f"{episode['index']} {episode['rule']}: silent for an hour")

    async def _say(self, work: Any) -> None:
        await work
        await self.link.take_alerts()

    @on(DataTable.RowSelected)
    def _selected(self) -> None:
        self.action_index()

    def action_index(self) -> None:
        """Show its index."""
        if (episode := self._chosen()) is not None:
            self.post_message(ShowIndex(episode["index"]))


def why(episode: Mapping[str, Any]) -> Text:
    """Why it rang: in words, and as bars of what each asset brought."""
    record = episode["firing"] or episode["resolved"] or {}
    because = record.get("because") or {}
    text = Text()
    text.append(because.get("words") or _words(record, because), "bold")
    if record.get("disputed"):
        text.append("\n▲ the venues disagreed", "magenta")
    now = episode["now"]
    if episode["open"]:
        depth = figure_text(now.get("drawdown"), "percent")
        level = figure_text(now.get("level"), "money")
        text.append(f"\nnow {level}, {depth} below its peak, {now.get('status')}")
    else:
        over = episode["resolved"] or {}
        text.append(f"\nover since {moment_text(episode['to'])}")
        text.append(f": {over['reason']}" if over.get("reason") else "")
    brought = because.get("contributions") or {}
    most = max((abs(value) for value in brought.values()), default=0.0)
    width = max((len(asset) for asset in brought), default=0)
    for asset, value in sorted(brought.items(), key=lambda item: item[1]):
        bar = "█" * round(abs(value) / most * _BAR) if most else ""
        text.append(f"\n{asset:<{width}} {value:>+8.2%} ")
        text.append(bar, "red" if value < 0 else "green")
    if record.get("evidence"):
        told = (f"{name} {_short(value)}" for name, value in record["evidence"].items())
        text.append("\n" + ", ".join(told))
    return text


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _words(record: Mapping[str, Any], because: Mapping[str, Any]) -> str:
    if "figure" in because:
        value, limit = because.get("value"), because.get("limit")
        return f"{record['index']}: {because['figure']} was {value}, the limit is {limit}"
    return f"{record.get('index', '')} {record.get('rule', '')}"
