"""What several commands take as arguments: index files, venues, other URLs. Wrong ones are told."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import click

from connectors.registry import VENUES, UnknownVenueError, venue
from connectors.venue import WithToken
from engine.index_file import IndexFile
from tidegauge.errors import WrongUse
from tidegauge.indices import read_indices, without_supply


def definitions_of(file: Path, live: bool = False) -> IndexFile:
    """What a file defines; unused keys, and what `live` indices lack, are told."""
    told = read_indices(file)
    for warning in told.warnings:
        click.echo(f"{file}: {warning}; ignored", err=True)
    for warning in without_supply(file, told.indices) if live else ():
        click.echo(warning, err=True)
    return told


def venues_of(names: str) -> list[str]:
    """The venues of a list with commas, all of which sessions can be made for."""
    found = [name.strip() for name in names.split(",") if name.strip()]
    if not found:
        raise WrongUse("--venues: no venue is named")
    for name in found:
        check_venue(name)
    return found


def check_venue(name: str) -> None:
    """Refuse an unknown venue, with the names near it."""
    try:
        venue(name)
    except UnknownVenueError as error:
        raise WrongUse(str(error)) from error


class Urls(NamedTuple):
    """Other base URLs than the venues' own, by venue."""

    websocket: dict[str, str]
    rest: dict[str, str]


def urls_of(pairs: tuple[str, ...]) -> Urls:
    """The base URLs of `VENUE=URL` and `VENUE.rest=URL` arguments."""
    found = Urls({}, {})
    for pair in pairs:
        name, equals, url = pair.partition("=")
        rest = name.endswith(".rest")
        name = name.removesuffix(".rest")
        schemes: tuple[str, ...] = ("http://", "https://") if rest else ("ws://", "wss://")
        if not rest and isinstance(VENUES.get(name), WithToken):
            schemes += ("http://", "https://")  # where to ask for the token
        if not equals or not url.startswith(schemes):
            what = "VENUE.rest" if rest else "VENUE"
            raise WrongUse(f"--url {pair}: expected {what}={'… or '.join(schemes)}…")
        check_venue(name)
        (found.rest if rest else found.websocket)[name] = url
    return found
