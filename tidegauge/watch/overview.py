"""All indices: sorted, searched, with what fires above them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import DataTable, Footer, Input, Static

from tidegauge.watch.link import GatewayLink
from tidegauge.watch.screens import ShowIndex, WatchScreen
from tidegauge.watch.words import (
    NONE,
    figure_of,
    figure_text,
    moment_text,
    severity_word,
    status_word,
)

_STATUS = 1
"""The place of the status among the columns."""
ALARMS_SHOWN = 3
"""Lines of what fires above the table; the screen of alerts has all."""
PAGE_ROWS = 200
"""Of the table at once: each row that comes costs the terminal a quarter of a millisecond, and of a
page whose order moves all may be others with each update."""


class PagedTable(DataTable[Text]):
    """A table that shows a page of what there is: at its end the keys go on to the next."""

    class TurnedMessage(Message):
        """Somebody goes over the end (`by` is 1) or the beginning (-1) of the page."""

        def __init__(self, by: int) -> None:
            super().__init__()
            self.by = by

    def _go(self, by: int, inside: Callable[[], None]) -> None:
        edge = self.row_count - 1 if by > 0 else 0
        if self.cursor_row == edge:
            self.post_message(self.TurnedMessage(by))
        else:
            inside()

    def action_cursor_down(self) -> None:
        """Down, or to the next page."""
        self._go(1, super().action_cursor_down)

    def action_cursor_up(self) -> None:
        """Up, or to the page before."""
        self._go(-1, super().action_cursor_up)

    def action_page_down(self) -> None:
        """A window down, or to the next page."""
        self._go(1, super().action_page_down)

    def action_page_up(self) -> None:
        """A window up, or to the page before."""
        self._go(-1, super().action_page_up)


class OverviewScreen(WatchScreen):
    """The table of all indices."""

    DEFAULT_CSS = """
    OverviewScreen #alarms { height: auto; max-height: 4; }
    OverviewScreen #indices { height: 1fr; }
    OverviewScreen #more { height: 1; display: none; color: $text-muted; }
    OverviewScreen #search { display: none; height: 1; border: none; padding: 0; }
    OverviewScreen #search.shown { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "search", "Search", key_display="/"),
        Binding("s", "sort(1)", "Sort by next"),
        Binding("S", "sort(-1)", "previous", show=False),
        Binding("r", "reverse", "Reverse"),
        Binding("n", "page(1)", "Next page"),
        Binding("p", "page(-1)", "previous", show=False),
        Binding("a", "app.alerts", "Alerts"),
        Binding("escape", "clear", "All", show=False),
        Binding("q", "app.quit", "Quit"),
    ]

    def __init__(self, link: GatewayLink) -> None:
        super().__init__(link)
        self.sorted_by, self.is_reversed = 0, False
        self.searched = ""
        self.page = 0
        """Which page of the rows is shown, from 0."""
        self._pages = 1
        self._paths: list[tuple[str, str, str]] = []
        self._shown: dict[str, tuple[Any, ...]] = {}
        """By index, in the order of the table, the figures that stand there."""

    def compose(self) -> ComposeResult:
        """Alarms, search, table."""
        yield from super().compose()
        yield Static(id="alarms", markup=False)
        yield Input(id="search", placeholder="part of an id, a name or a status", compact=True)
        yield PagedTable(id="indices", cursor_type="row", fixed_columns=1)
        yield Static(id="more", markup=False)
        yield Footer()

    def on_mount(self) -> None:
        """The table has the keys."""
        super().on_mount()
        self.query_one(DataTable).focus()

    # --- what is shown

    def show(self) -> None:
        """What fires, and the rows."""
        self._show_alarms()
        if not self._paths and self.link.cards:
            self._set_columns()
        if not self._paths:
            return
        rows = [row for row in self.link.rows.values() if self._is_found(row)]
        rows.sort(key=lambda row: row["index"])
        rows.sort(key=self._place, reverse=self.is_reversed)
        known = [row for row in rows if self._value(row) is not None]
        rows = [*known, *(row for row in rows if self._value(row) is None)]
        self._pages = max(-(-len(rows) // PAGE_ROWS), 1)
        self.page = min(self.page, self._pages - 1)
        first = self.page * PAGE_ROWS
        shown = rows[first : first + PAGE_ROWS]
        more = self.query_one("#more", Static)
        more.display = self._pages > 1
        more.update(
            f"{first + 1:,} to {first + len(shown):,} of {len(rows):,}: "
            "other pages (n, p), sort (s, r) or search (/)"
        )
        self._show_rows({row["index"]: self._figures(row) for row in shown})

    def _show_alarms(self) -> None:
        fires = self.link.open
        lines = list[Text]()
        for episode in fires[:ALARMS_SHOWN]:
            word, style = severity_word(episode["severity"])
            line = Text(no_wrap=True, overflow="ellipsis")
            line.append(f"{word:<11}", style)
            line.append(f" {episode['index']:<10} {episode['rule']:<18}", "bold")
            line.append(f" since {moment_text(episode['from'])}")
            depth = episode["now"].get("drawdown")
            if episode["kind"] == "drawdown" and depth is not None:
                line.append(f", now {depth:.2%} below its peak")
            lines.append(line)
        if len(fires) > ALARMS_SHOWN:
            lines.append(Text(f"and {len(fires) - ALARMS_SHOWN} more: press a", "dim"))
        if problem := self.link.alerts_problem:
            lines.append(Text(f"alerts: {problem}", "yellow"))
        calm = "no alarm" if self.link.is_connected else ""
        self.query_one("#alarms", Static).update(Text("\n").join(lines) if lines else calm)

    def _set_columns(self) -> None:
        cards = sorted(self.link.cards.values(), key=lambda card: card["order"])
        shown = [(c["path"], c["column"], c["display"]) for c in cards if c["column"]]
        self._paths = [
            ("index", "Index", "text"),
            ("status", "Status", "text"),
            ("level", "Level", "money"),
            *shown,
            ("as_of", "As of", "time"),
            ("name", "Name", "text"),
        ]
        table = self.query_one(DataTable)
        for path, title, _ in self._paths:
            table.add_column(title, key=path)
        self._title_columns()

    def _title_columns(self) -> None:
        table = self.query_one(DataTable)
        for place, (path, title, _) in enumerate(self._paths):
            arrow = ("▼" if self.is_reversed else "▲") if place == self.sorted_by else " "
            column = next(c for key, c in table.columns.items() if key.value == path)
            column.label = Text(f"{title}{arrow}", no_wrap=True)
        table.refresh()

    def _is_found(self, row: dict[str, Any]) -> bool:
        text = f"{row['index']} {row['name']} {row['status']}".lower()
        return self.searched in text

    def _value(self, row: dict[str, Any]) -> Any:
        return figure_of(row, self._paths[self.sorted_by][0])

    def _place(self, row: dict[str, Any]) -> Any:
        value = self._value(row)
        is_text = self._paths[self.sorted_by][2] in ("text", "time")
        return value if value is not None else ("" if is_text else 0.0)

    def _figures(self, row: dict[str, Any]) -> tuple[Any, ...]:
        found = (figure_of(row, path) for path, _, _ in self._paths)
        aged = self.link.aged
        return tuple(aged(v) if k == _STATUS else v for k, v in enumerate(found))

    def _cell(self, place: int, value: Any) -> Text:
        _, _, display = self._paths[place]
        if place == _STATUS:
            return Text(*status_word(value))
        if display == "text":
            return Text(value or NONE)
        style = ""
        if display == "change" and value:
            style = "green" if value > 0 else "red"
        return Text(figure_text(value, display), style, justify="right")

    def _show_rows(self, rows: dict[str, tuple[Any, ...]]) -> None:
        """Only what is not as it stands there is drawn anew; whoever was chosen stays it."""
        table, ids = self.query_one(DataTable), list(self._shown)
        chosen = ids[table.cursor_row] if table.cursor_row < len(ids) else None
        if rows.keys() == self._shown.keys():
            self._update(table, rows)
        else:
            left, top = table.scroll_x, table.scroll_y
            table.clear()
            for index, figures in rows.items():
                table.add_row(*(self._cell(k, v) for k, v in enumerate(figures)), key=index)
            table.scroll_to(left, top, animate=False, force=True)
        order = list(rows)
        if order != ids:
            rank = {index: place for place, index in enumerate(order)}
            table.sort("index", key=lambda cell: rank[cell.plain])
            if chosen in rank:
                table.move_cursor(row=rank[chosen], animate=False, scroll=False)
        self._shown = rows

    def _update(self, table: DataTable[Text], rows: dict[str, tuple[Any, ...]]) -> None:
        for index, figures in rows.items():
            before = self._shown[index]
            if figures == before:
                continue
            for place, (old, new) in enumerate(zip(before, figures, strict=True)):
                if old != new:
                    path = self._paths[place][0]
                    table.update_cell(index, path, self._cell(place, new), update_width=True)

    # --- keys

    def action_sort(self, by: int) -> None:
        """Sort by the next column."""
        if self._paths:
            self._sort_by((self.sorted_by + by) % len(self._paths))

    def action_page(self, by: int) -> None:
        """Show the next page, or the one before."""
        if not 0 <= self.page + by < self._pages:
            return
        self.page += by
        self.show()
        table = self.query_one(PagedTable)
        table.move_cursor(row=0 if by > 0 else table.row_count - 1, animate=False)

    @on(PagedTable.TurnedMessage)
    def _turned(self, event: PagedTable.TurnedMessage) -> None:
        self.action_page(event.by)

    def action_reverse(self) -> None:
        """The other way round."""
        self._sort_by(self.sorted_by)

    def _sort_by(self, place: int) -> None:
        self.is_reversed = place == self.sorted_by and not self.is_reversed
        self.sorted_by, self.page = place, 0
        self._title_columns()
        self.show()

    @on(DataTable.HeaderSelected)
    def _header(self, event: DataTable.HeaderSelected) -> None:
        self._sort_by(event.column_index)

    def action_search(self) -> None:
        """Ask for what is looked for."""
        box = self.query_one("#search", Input)
        box.add_class("shown")
        self.call_after_refresh(box.focus)

    def action_clear(self) -> None:
        """Show all again."""
        box = self.query_one("#search", Input)
        box.value = ""
        box.remove_class("shown")
        self.query_one(DataTable).focus()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self.searched, self.page = event.value.strip().lower(), 0
        self.show()

    @on(Input.Submitted)
    def _searched(self) -> None:
        self.query_one(DataTable).focus()

    @on(DataTable.RowSelected)
    def _chosen(self, event: DataTable.RowSelected) -> None:
        if event.row_key.value is not None:
            self.post_message(ShowIndex(event.row_key.value))
