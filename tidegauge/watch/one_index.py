"""One index: its level as a line, all its figures by group, and what each of them means."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, ClassVar, NamedTuple

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.events import Resize
from textual.screen import ModalScreen
from textual.widgets import DataTable, Footer, Static

from tidegauge.watch.chart import line_chart
from tidegauge.watch.link import GatewayLink
from tidegauge.watch.screens import WatchScreen
from tidegauge.watch.words import (
    NONE,
    figure_of,
    figure_text,
    moment_text,
    status_word,
)

RANGES: tuple[tuple[str, timedelta | None], ...] = (
    ("1h", timedelta(hours=1)),
    ("1d", timedelta(days=1)),
    ("7d", timedelta(days=7)),
    ("30d", timedelta(days=30)),
    ("90d", timedelta(days=90)),
    ("1y", timedelta(days=365)),
    ("all", None),
)
"""By the keys 1 to 7."""
FIRST_RANGE = 4
SNAPSHOT_EVERY, HISTORY_EVERY = 1.0, 10.0
"""Seconds. Between two of the latter the line goes on by the newest level."""
_SCALE = 12
"""Characters beside the chart."""


class ShownFigure(NamedTuple):
    """A figure of a snapshot, with the card that it has."""

    path: str
    label: str
    card: Mapping[str, Any]
    value: Any


class IndexScreen(WatchScreen):
    """An index."""

    DEFAULT_CSS = """
    IndexScreen #head { height: auto; max-height: 2; }
    IndexScreen #chart { height: 40%; min-height: 6; }
    IndexScreen #figures { height: 1fr; }
    IndexScreen #detail { height: 1; color: $text-muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(str(k + 1), f"range({k})", r[0], show=False) for k, r in enumerate(RANGES)),
        Binding("left_square_bracket", "shift(-1)", "Range", key_display="1…7"),
        Binding("right_square_bracket", "shift(1)", "longer", show=False),
        Binding("l", "log", "Log scale"),
        Binding("g", "group", "Next group"),
        Binding("enter", "card", "Meaning", show=False),
        Binding("c", "card", "Meaning"),
        Binding("a", "app.alerts", "Alerts"),
        Binding("escape", "app.pop_screen", "Back"),
    ]

    def __init__(self, link: GatewayLink, index: str) -> None:
        super().__init__(link)
        self.index = self.title_text = index
        self.range, self.is_log = FIRST_RANGE, False
        self.snapshot: dict[str, Any] | None = None
        self.history: dict[str, Any] | None = None
        self._figures: list[ShownFigure] = []
        self._groups: list[tuple[str, int]] = []
        self._cells: list[str] = []

    def compose(self) -> ComposeResult:
        """Head, chart, figures, the reason of the one that is chosen."""
        yield from super().compose()
        yield Static(id="head", markup=False)
        yield Static(id="chart", markup=False)
        table: DataTable[Text] = DataTable(id="figures", cursor_type="row", show_header=False)
        table.add_column("figure", key="figure", width=38)
        table.add_column("value", key="value", width=18)
        table.add_column("note", key="note")
        yield table
        yield Static(id="detail", markup=False)
        yield Footer()

    def on_mount(self) -> None:
        """Ask for it, and go on doing so."""
        super().on_mount()
        self.query_one(DataTable).focus()
        for name, ask, every in (
            ("snapshot", self._take_snapshot, SNAPSHOT_EVERY),
            ("history", self._take_history, HISTORY_EVERY),
        ):
            self.set_interval(every, partial(self.poll, name, ask))
            self.call_after_refresh(self.poll, name, ask)

    # --- what is asked for

    async def _take_snapshot(self) -> None:
        found = await self.link.index(self.index)
        self.snapshot = found["snapshot"]
        self._show_figures()

    async def _take_history(self) -> None:
        chosen = self.range
        span = RANGES[chosen][1]
        begin = None if span is None else (datetime.now(UTC) - span).strftime("%Y-%m-%dT%H:%M:%SZ")
        found = await self.link.history(self.index, begin)
        if chosen == self.range:  # else another one was asked for meanwhile
            self.history = found
            self.show()

    # --- what is shown

    def show(self) -> None:
        """Head and chart; figures are shown as they come."""
        row = self.link.rows.get(self.index)
        self.query_one("#head", Static).update(self._head(row))
        self.query_one("#chart", Static).update(self._chart(row))

    def _head(self, row: Mapping[str, Any] | None) -> Text:
        if row is None:
            return Text(self.problem or f"{self.index} is not there (any more)")
        text = Text(no_wrap=True, overflow="ellipsis")
        text.append(f"{row['name']}  ", "bold")
        text.append(*status_word(self.link.aged(row["status"])))
        text.append(f"  {figure_text(row['level'], 'money')}", "bold")
        for path, name in (("returns.1d", "1 d"), ("drawdown.current", "below peak")):
            value = figure_of(row, path)
            display = "change" if path.startswith("returns") else "percent"
            text.append(f"  {name} {figure_text(value, display)}")
        text.append(f"  as of {moment_text(row['as_of'])}")
        fires = [e["rule"] for e in self.link.open if e["index"] == self.index]
        if fires:
            text.append(f"\n▲ fires: {', '.join(fires)}", "bold red")
        return text

    def _chart(self, row: Mapping[str, Any] | None) -> Text:
        widget = self.query_one("#chart", Static)
        width, height = widget.size.width - _SCALE, widget.size.height - 1
        values = self._values(row)
        name = f"{RANGES[self.range][0]}{', log' if self.is_log else ''}"
        if self.history is None:
            return Text(f"{name}: {self.problem or 'loading …'}")
        if not values or width < 10 or height < 2:
            return Text(f"{name}: no level in this time")
        lines = line_chart(values, width, height, self.is_log)
        low, high = min(values), max(values)
        text = Text(no_wrap=True)
        for number, line in enumerate(lines):
            text.append(line, "cyan")
            scale = {0: f"{high:,.2f}", height - 1: f"{low:,.2f}"}.get(number, "")
            text.append(f" {scale:<{_SCALE - 1}}\n")
        times = self.history["columns"]["at"]
        begin = moment_text(times[0]) if times else ""
        change = values[-1] / values[0] - 1.0 if values[0] else 0.0
        middle = f"{name} {figure_text(change, 'change')}"
        end = "now"
        room = max(width - len(begin) - len(end), len(middle) + 2)
        text.append(f"{begin}{middle:^{room}}{end}", "dim")
        return text

    def _values(self, row: Mapping[str, Any] | None) -> list[float]:
        """The closes, and the newest level."""
        if self.history is None:
            return []
        columns = self.history["columns"]
        is_dense = len(columns["close"]) > 2 * self.size.width
        if is_dense:  # falls within a candle are not to be lost
            pairs = zip(columns["low"], columns["high"], strict=True)
            found = [value for pair in pairs for value in pair]
        else:
            found = list(columns["close"])
        found = [value for value in found if value is not None]
        if row is not None and row["level"] is not None:
            found.append(row["level"])
        return found

    def _show_figures(self) -> None:
        if self.snapshot is None:
            return
        self._figures = list(figures_in(self.snapshot, self.link.cards))
        rows, groups = list[tuple[str, Text, Text, Text]](), list[tuple[str, int]]()
        undefined = self.snapshot.get("undefined") or {}
        group = ""
        for figure in self._figures:
            if figure.card["group"] != group:
                group = figure.card["group"]
                groups.append((group, len(rows)))
                rows.append((f"group {group}", Text(group, "bold reverse"), Text(), Text()))
            value = Text(figure_text(figure.value, figure.card["display"]), justify="right")
            reason = self.link.reason(undefined.get(figure.path)) if figure.value is None else ""
            rows.append((figure.path, Text(f"  {figure.label}"), value, Text(reason, "dim")))
        self._groups = groups
        table = self.query_one(DataTable)
        if [row[0] for row in rows] != self._cells:
            self._cells = [row[0] for row in rows]
            table.clear()
            for key, *cells in rows:
                table.add_row(*cells, key=key)
            return
        for key, _, value, note in rows:
            for column, cell in (("value", value), ("note", note)):
                if table.get_cell(key, column).plain != cell.plain:
                    table.update_cell(key, column, cell)

    def _chosen(self) -> ShownFigure | None:
        at = self.query_one(DataTable).cursor_row
        path = self._cells[at] if at < len(self._cells) else ""
        return next((figure for figure in self._figures if figure.path == path), None)

    @on(DataTable.RowHighlighted)
    def _highlighted(self) -> None:
        figure = self._chosen()
        said = "" if figure is None else f"{figure.path}: {figure.card['formula']}"
        self.query_one("#detail", Static).update(Text(said, no_wrap=True, overflow="ellipsis"))

    def on_resize(self, _: Resize) -> None:
        """The chart takes what room there is."""
        self.call_after_refresh(self._refresh)

    # --- keys

    def action_range(self, place: int) -> None:
        """Another span of time."""
        self.range, self.history = place, None
        self.show()
        self.poll("history", self._take_history, anew=True)

    def action_shift(self, by: int) -> None:
        """A longer or a shorter one."""
        self.action_range(min(max(self.range + by, 0), len(RANGES) - 1))

    def action_log(self) -> None:
        """Logarithmic, or linear again."""
        self.is_log = not self.is_log
        self.show()

    def action_group(self) -> None:
        """To the next group of figures; from the last to the first."""
        table = self.query_one(DataTable)
        later = [row for _, row in self._groups if row > table.cursor_row]
        table.move_cursor(row=later[0] if later else 0, animate=False)

    @on(DataTable.RowSelected)
    def _selected(self) -> None:
        self.action_card()

    def action_card(self) -> None:
        """What the chosen figure means."""
        figure = self._chosen()
        if figure is not None and self.snapshot is not None:
            code = (self.snapshot.get("undefined") or {}).get(figure.path)
            self.app.push_screen(CardScreen(figure, self.link.reason(code)))


class CardScreen(ModalScreen[None]):
    """The definition card of a figure."""

    DEFAULT_CSS = """
    CardScreen { align: center middle; }
    CardScreen #card { width: 90%; max-width: 90; height: auto; max-height: 90%;
        border: round $primary; padding: 0 1; background: $surface; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,c,q", "app.pop_screen", "Back"),
    ]
    _SAID = (
        ("formula", "Formula"),
        ("unit", "Unit"),
        ("sign", "Sign"),
        ("annualisation", "Annualised"),
        ("ddof", "Divisor n −"),
        ("minimum", "At least"),
        ("undefined", "Undefined"),
        ("reading", "Commonly read"),
        ("reference", "Source"),
    )

    def __init__(self, figure: ShownFigure, reason: str) -> None:
        super().__init__()
        self.figure, self.reason = figure, reason

    def compose(self) -> ComposeResult:
        """Its lines."""
        figure, card = self.figure, self.figure.card
        text = Text(f"{figure.label}\n", "bold")
        text.append(f"{figure.path}\n", "dim not bold")
        text.append(f"{figure_text(figure.value, card['display'])}", "not bold")
        if figure.value is None:
            text.append(f" because: {self.reason or NONE}", "not bold")
        for key, title in self._SAID:
            if card.get(key):
                text.append(f"\n\n{title}  ", "bold")
                text.append(str(card[key]), "not bold")
        with VerticalScroll(id="card"):
            yield Static(text, markup=False)


def figures_in(
    snapshot: Mapping[str, Any], cards: Mapping[str, Mapping[str, Any]]
) -> Iterator[ShownFigure]:
    """The figures of a snapshot that have a card, by groups: first those of the table of all
    indices, then others that can be good or bad, and settings last; in a label, the names that
    stand for `*`."""
    values = dict(_leaves(snapshot))
    patterns = [
        (re.compile(re.escape(path).replace(r"\*", "(.+)")), card)
        for path, card in sorted(cards.items(), key=lambda item: item[1]["order"])
        if ": " not in path
    ]
    found = list[ShownFigure]()
    for pattern, card in patterns:
        for path, value in values.items():
            if match := pattern.fullmatch(path):
                names = " · ".join(match.groups())
                label = card["label"] or path.rpartition(".")[2]
                found.append(
                    ShownFigure(path, f"{label} · {names}" if names else label, card, value)
                )
    groups = dict.fromkeys(figure.card["group"] for figure in found)
    weighty = {f.card["group"] for f in found if f.card["column"]}
    judged = {f.card["group"] for f in found if f.card["better"]}
    order = sorted(groups, key=lambda group: (group not in weighty, group not in judged))
    found.sort(key=lambda figure: order.index(figure.card["group"]))
    first = {figure.path: figure for figure in reversed(found)}  # of two cards the first counts
    alike = Counter((figure.card["group"], figure.label) for figure in first.values())
    for figure in found:
        if first[figure.path] is not figure:
            continue
        if alike[figure.card["group"], figure.label] > 1:
            section = figure.path.rpartition(".")[0].replace("_", " ")
            figure = figure._replace(label=f"{figure.label} ({section})")
        yield figure


def _leaves(body: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Path and value of what is one figure, or a list of names."""
    for name, value in body.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{name}.")
        elif not isinstance(value, list) or all(isinstance(one, str) for one in value):
            yield f"{prefix}{name}", value
