"""What a command says of files of recorded prices on stderr, once they are read."""

from __future__ import annotations

import click

from engine.types import DAY
from tidegauge.errors import Failure
from tidegauge.recorded.reader import Reader

_NAMED = 12
"""Assets that are told by name."""


def report(text: str) -> None:
    """One line."""
    click.echo(text, err=True)


def say_skipped(reader: Reader) -> None:
    """How many rows could not be used, if any, and how many were."""
    if text := reader.skipped.summary():
        report(f"{text}; {reader.good:,} taken")


def holding(reader: Reader) -> str:
    """What was read: prices, over how many days, of which assets."""
    last = 0 if reader.last is None else reader.last[0]
    first = min((at for at in reader.first_times.values() if at <= last), default=last)
    days = -(-(last - first) // DAY)
    names = sorted(name for name, at in reader.first_times.items() if at <= last)
    shown = " ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" * (len(names) > _NAMED))
    return f"{reader.good:,} prices, {days:,} days, {shown}"


def refuse_empty(reader: Reader) -> None:
    """Refuse files of which no row could be used."""
    if not reader.good:
        raise Failure(f"{', '.join(map(str, reader.files))}: no usable price")
