"""The group of all commands: what the machine refuses is one line, and modules come when needed."""

from __future__ import annotations

import errno
import logging
import sqlite3
from collections.abc import Callable, Coroutine
from functools import wraps
from importlib import import_module
from typing import Any, TypeVar

import click

from streams.records import StreamError
from tidegauge.errors import Failure

T = TypeVar("T")


class Later(click.Command):
    """A command that stands in a module of its own, `tidegauge.<name>`, under its name; or where
    `place`, "module:name", says.

    Its module is imported when it runs: the list of commands needs no more than its short help.
    """

    def __init__(self, name: str, *, short_help: str, place: str = "") -> None:
        super().__init__(name, short_help=short_help)
        self._place = place or f"{name}:{name}"

    def load(self) -> click.Command:
        """The command itself."""
        module, _, name = self._place.partition(":")
        found: click.Command = getattr(import_module(f"tidegauge.{module}"), name)
        return found


class Commands(click.Group):
    """What the machine refuses (a full disk, a file taken away) is one line, too."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is asked for, its module imported."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, command.load() if isinstance(command, Later) else command, rest

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an OSError that it leaves becomes a Failure, and so does what SQLite
        says of a log that it cannot read."""
        try:
            return super().invoke(ctx)
        except sqlite3.Error as error:
            from streams.log_files import advice

            logging.getLogger(__name__).info("where it failed:", exc_info=True)
            raise Failure(f"the log cannot be read {advice(error)}") from error
        except OSError as error:
            if error.errno == errno.EPIPE:  # whoever read the output has enough: click ends quietly
                raise
            logging.getLogger(__name__).info("where it failed:", exc_info=True)
            where = f"{error.filename}: " if error.filename else ""
            raise Failure(f"{where}{error.strerror or error}") from error


def run_to_end(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end; what a person can mend becomes one line."""
    import asyncio

    try:
        return asyncio.run(work)
    except StreamError as error:
        raise Failure(str(error)) from error


def lasting(command: Callable[..., T]) -> Callable[..., T]:
    """For what runs until it is stopped: it may be stopped at any time, also before all is up, and
    holds many files open. It has `--log-format`."""

    @click.option(
        "--log-format",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help="of what it says on stderr; json: an object a line",
    )
    @wraps(command)
    def run(*args: Any, log_format: str = "text", **options: Any) -> T:
        from tidegauge.log_lines import write_json
        from tidegauge.open_files import raise_limit
        from tidegauge.stopping import Stopped, stopped_at_once

        if log_format == "json":
            write_json()
        raise_limit()
        try:
            with stopped_at_once():
                return command(*args, **options)
        except Stopped:  # nothing was done yet that would be told
            raise click.exceptions.Exit(0) from None

    return run
