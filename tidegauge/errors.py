"""Errors that a user can mend: one line, no traceback."""

from __future__ import annotations

import errno
import logging
from typing import Any

import click


class WrongUse(click.ClickException):
    """What was asked for cannot be meant: exit 2."""

    exit_code = 2


class Failure(click.ClickException):
    """What was asked for did not work out: exit 1."""

    exit_code = 1


class Commands(click.Group):
    """What the machine refuses (a full disk, a file taken away) is one line, too."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an OSError that it leaves becomes a Failure."""
        try:
            return super().invoke(ctx)
        except OSError as error:
            if error.errno == errno.EPIPE:  # whoever read the output has enough: click ends quietly
                raise
            logging.getLogger(__name__).info("where it failed:", exc_info=True)
            where = f"{error.filename}: " if error.filename else ""
            raise Failure(f"{where}{error.strerror or error}") from error
