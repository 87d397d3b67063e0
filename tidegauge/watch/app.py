"""The application: its screens, and the gateway that they look at."""

from __future__ import annotations

from typing import ClassVar

from textual.app import App
from textual.binding import Binding, BindingType

from tidegauge.client.errors import RefusedError
from tidegauge.watch.alarms import AlarmScreen
from tidegauge.watch.link import GatewayLink
from tidegauge.watch.one_index import IndexScreen
from tidegauge.watch.overview import OverviewScreen
from tidegauge.watch.screens import ShowIndex, WatchScreen

_OVERVIEW = 2
"""Screens that always stand: Textual's own, and the overview."""


class WatchApp(App[str]):
    """Shows a gateway until somebody ends it; the result is why it cannot go on, if it cannot."""

    TITLE = "tidegauge watch"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "quit", "Quit", show=False, priority=True),
        Binding("q", "quit", "Quit"),
    ]

    def __init__(self, link: GatewayLink) -> None:
        super().__init__()
        self.link = link

    def on_mount(self) -> None:
        """Begin to follow, and show all indices."""
        self.run_worker(self._follow(), exit_on_error=False)
        self.push_screen(OverviewScreen(self.link))

    async def _follow(self) -> None:
        try:
            async with self.link:
                await self.link.run()
        except RefusedError as error:
            self.exit(str(error))

    def tell(self, text: str) -> None:
        """Show what was logged for a while."""
        if self.is_running:
            self.notify(text, severity="warning", markup=False)

    def action_alerts(self) -> None:
        """Show the alerts."""
        self._go(AlarmScreen(self.link))

    def on_show_index(self, message: ShowIndex) -> None:
        """Show one index."""
        self._go(IndexScreen(self.link, message.index))

    def _go(self, screen: WatchScreen) -> None:
        """From the overview to a screen, so that the way back is one step."""
        while len(self.screen_stack) > _OVERVIEW:
            self.pop_screen()
        self.push_screen(screen)
