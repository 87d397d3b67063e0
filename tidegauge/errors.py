"""Errors that a user can mend: one line, no traceback."""

from __future__ import annotations

import click


class WrongUse(click.ClickException):
    """What was asked for cannot be meant: exit 2."""

    exit_code = 2


class Failure(click.ClickException):
    """What was asked for did not work out: exit 1."""

    exit_code = 1
