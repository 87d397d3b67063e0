"""What all screens of `watch` have: a line that says how the gateway is, and asking it without
waiting for the answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Static

from tidegauge.client.errors import ClientError, Lost
from tidegauge.watch.link import GatewayLink

REFRESH = 0.5
"""Seconds between two looks at what came."""


class ShowIndex(Message):
    """Somebody wants to see an index."""

    def __init__(self, index: str) -> None:
        super().__init__()
        self.index = index


class LinkLine(Static):
    """The first line: which gateway, whether it is there, and what time it is."""

    DEFAULT_CSS = "LinkLine { height: 1; background: $boost; }"


class WatchScreen(Screen[None]):
    """A screen that shows what `link` knows, twice a second. `show` draws it."""

    BINDINGS: ClassVar[list[BindingType]] = []
    title_text = ""

    def __init__(self, link: GatewayLink) -> None:
        super().__init__()
        self.link = link
        self.problem = ""
        """Why what it polls is not to be had."""

    def compose(self) -> ComposeResult:
        """The line at the top, then what the screen has."""
        yield LinkLine(id="link", markup=False)

    def on_mount(self) -> None:
        """Begin to follow."""
        self.set_interval(REFRESH, self._refresh)
        self.call_after_refresh(self._refresh)

    def on_screen_resume(self) -> None:
        """It is looked at again."""
        self._refresh()

    def _refresh(self) -> None:
        if self.is_current and self.is_attached:
            self.query_one("#link", LinkLine).update(self._link_text())
            self.show()

    def show(self) -> None:
        """Draw what is known now."""

    def _link_text(self) -> Text:
        link, now = self.link, datetime.now(UTC)
        text = Text(no_wrap=True, overflow="ellipsis")
        text.append(f"{now:%H:%M:%S} UTC ", "bold")
        if link.is_connected:
            text.append("● connected", "green")
            if link.health is not None and not link.health.ready:
                reasons = link.health.reasons or ["not ready"]
                text.append(f"  ▲ {reasons[0]}", "yellow")
        elif link.was_connected:
            text.append(f"○ DISCONNECTED since {link.since:%H:%M:%S}", "bold red")
            text.append(f"  {link.error}")
        else:
            text.append("… connecting", "yellow")
            text.append(f"  {link.error}")
        text.append(f"  {self.title_text or link.base}", "dim" if not self.title_text else "bold")
        return text

    def poll(self, name: str, ask: Callable[[], Awaitable[None]], anew: bool = False) -> None:
        """Ask, where the answer to the same is not under way; `anew` gives that one up. What it
        cannot do is in `problem`: it will be asked again."""
        if not self.is_current:
            return
        is_asked = any(w.group == name and w.node is self and w.is_running for w in self.workers)
        if anew or not is_asked:
            self.run_worker(self._polled(ask), group=name, exclusive=True)

    async def _polled(self, ask: Callable[[], Awaitable[None]]) -> None:
        try:
            await ask()
        except (Lost, ClientError) as error:
            self.problem = str(error)
        else:
            self.problem = ""

    def ask(self, work: Awaitable[Any], said: str = "") -> None:
        """Let something be asked; what it cannot do is told."""
        self.run_worker(self._asked(work, said), exclusive=False)

    async def _asked(self, work: Awaitable[Any], said: str) -> None:
        try:
            await work
        except (Lost, ClientError) as error:
            self.notify(str(error), severity="error", markup=False)
        else:
            if said:
                self.notify(said, markup=False)
