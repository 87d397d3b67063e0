"""Errors that a user can mend: one line, no traceback."""

from __future__ import annotations

import click

from connectors.venues.events import printable


class _Lines(click.ClickException):
    """One line, or several. What it quotes of a file or of a stranger stays within its line."""

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(printable(line) for line in lines))


class WrongUse(_Lines):
    """What was asked for cannot be meant: exit 2."""

    exit_code = 2


class Failure(_Lines):
    """What was asked for did not work out: exit 1."""

    exit_code = 1
