"""The group `alerts`; each of its commands stands in a module of its own."""

from __future__ import annotations

import click

from tidegauge.commands import Commands, Later


@click.group(cls=Commands)
def alerts() -> None:
    """What fires, what is to be quiet, who sees to what."""


for _name, _place, _help in (
    ("ack", "silences:ack", "Say that somebody sees to an episode."),
    ("list", "firing:list_", "What fires now, the worst first."),
    ("silence", "silences:silence", "Keep alerts quiet for a time; --list them, --end one."),
):
    alerts.add_command(Later(_name, short_help=_help, place=_place))
