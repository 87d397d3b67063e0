"""The group of all commands, of which some are imported only when they are asked for."""

from __future__ import annotations

from importlib import import_module

import click

from tidegauge.errors import Commands

_ELSEWHERE = ("drill", "record", "symbols", "venues")
"""Commands that stand in a module of their own, under their own name."""


class Tidegauge(Commands):
    """Imports those commands when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order of the alphabet."""
        return sorted({*super().list_commands(ctx), *_ELSEWHERE})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name."""
        if cmd_name in _ELSEWHERE:
            found: click.Command = getattr(import_module(f"tidegauge.{cmd_name}"), cmd_name)
            return found
        return super().get_command(ctx, cmd_name)
