"""`watch`: the command."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from tidegauge.commands import lasting
from tidegauge.errors import Failure, WrongUse

if TYPE_CHECKING:
    from tidegauge.watch.link import GatewayLink

DEFAULT_URL = "http://127.0.0.1:8321"


@click.command()
@click.argument("what", metavar="[URL or LOG]", default=DEFAULT_URL)
@click.option("--key", envvar="TIDEGAUGE_KEY", help="for a gateway with keys; or TIDEGAUGE_KEY")
@lasting
def watch(what: str, key: str | None) -> None:
    """The overview in a terminal: of a gateway, http://127.0.0.1:8321 if not given, or of a log."""
    if not (sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()):
        raise WrongUse("watch needs a terminal; for programs there is /v1/indices, or `tap`")
    from streams.records import StreamError

    try:
        problem = asyncio.run(_watch(what, key))
    except StreamError as error:
        raise Failure(str(error)) from error
    if problem:
        raise Failure(problem)


async def _watch(what: str, key: str | None) -> str | None:
    if what.startswith(("http://", "https://")):
        from tidegauge.watch.link import GatewayLink

        return await _show(GatewayLink(what, key))
    from tidegauge.opening import target_of
    from tidegauge.watch.own import gateway_over

    async with gateway_over(target_of(what)) as link:
        return await _show(link)


async def _show(link: GatewayLink) -> str | None:
    """Until somebody ends it. What is logged meanwhile is told on the screen, not written over
    it."""
    from tidegauge.watch.app import WatchApp

    app, root = WatchApp(link), logging.getLogger()
    handlers, root.handlers = root.handlers, [_OnScreen(app.tell, asyncio.get_running_loop())]
    try:
        return await app.run_async()
    finally:
        root.handlers = handlers


class _OnScreen(logging.Handler):
    """Hands on what is logged, in whatever thread, to the loop of the screen."""

    def __init__(self, tell: Callable[[str], None], loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(logging.WARNING)
        self._tell, self._loop = tell, loop

    def emit(self, record: logging.LogRecord) -> None:
        """One line."""
        self._loop.call_soon_threadsafe(self._tell, record.getMessage())
