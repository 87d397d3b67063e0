"""`watch`: the command."""

from __future__ import annotations

import asyncio
import sys

import click

from tidegauge.commands import lasting
from tidegauge.errors import Failure, WrongUse

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
    from tidegauge.watch.app import WatchApp

    if what.startswith(("http://", "https://")):
        from tidegauge.watch.link import GatewayLink

        return await WatchApp(GatewayLink(what, key)).run_async()
    from tidegauge.opening import target_of
    from tidegauge.watch.own import gateway_over

    async with gateway_over(target_of(what)) as link:
        return await WatchApp(link).run_async()
