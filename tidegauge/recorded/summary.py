"""What a command says of files of recorded prices on stderr, once they are read."""

from __future__ import annotations

import click

from tidegauge.errors import Failure
from tidegauge.recorded.reader import Reader


def report(text: str) -> None:
    """One line."""
    click.echo(text, err=True)


def say_skipped(reader: Reader) -> None:
    """How many rows could not be used, if any, and how many were."""
    if text := reader.skipped.summary():
        report(f"{text}; {reader.good:,} taken")


def refuse_empty(reader: Reader) -> None:
    """Refuse files of which no row could be used."""
    if not reader.good:
        raise Failure(f"{', '.join(map(str, reader.files))}: no usable price")
