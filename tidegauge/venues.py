"""`venues`: the exchanges, what each is subscribed to, and what shows that trades are missing."""

from __future__ import annotations

import sys
from typing import Any

import click
import orjson
from rich.console import Console
from rich.table import Table

from connectors.venues.base import Venue
from connectors.venues.history import Historian
from connectors.venues.registry import VENUES

SAMPLE = "BTC"
"""Traded everywhere: what a venue makes of it shows which markets are subscribed to."""
GAPS = {
    "ids": "trade ids that count",
    "pushes": "ids of pushes that count their trades",
    "sequence": "sequence numbers of the symbol",
    "connection": "sequence numbers of the connection",
    "silence": "silence and reconnections only",
}
"""By `Venue.gaps_by`."""
COLUMNS = (
    *("venue", "kinds", "quotes", "missing trades show by", "backfill"),
    *("symbols per connection", "renewed after"),
)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="JSON lines")
def venues(as_json: bool) -> None:
    """The exchanges: what is subscribed to, how missing trades show, whether they can be had."""
    found = [facts(venue) for venue in VENUES.values()]
    if as_json:
        for one in found:
            click.echo(orjson.dumps(one))
    elif sys.stdout.isatty():
        Console().print(table(found))
    else:
        for one in found:
            click.echo("\t".join(row(one)))


def facts(venue: Venue) -> dict[str, Any]:
    """What the venue says of itself."""
    subscribed = [i for i in venue.instruments([SAMPLE]) if i.base == SAMPLE]
    return {
        "venue": venue.name,
        "kinds": list(dict.fromkeys(i.kind for i in subscribed)),
        "quotes": list(dict.fromkeys(i.quote for i in subscribed)),
        "gaps_by": venue.gaps_by,
        "backfill": isinstance(venue, Historian),
        "symbols_per_connection": venue.limits.subscriptions,
        "lifetime_seconds": venue.limits.lifetime,
        "url": venue.url,
        "rest_url": venue.rest_url,
    }


def row(one: dict[str, Any]) -> list[str]:
    """The same in words."""
    lifetime = one["lifetime_seconds"]
    return [
        one["venue"],
        ", ".join(one["kinds"]),
        ", ".join(one["quotes"]),
        GAPS[one["gaps_by"]],
        "yes" if one["backfill"] else "no",
        str(one["symbols_per_connection"]),
        "never" if lifetime is None else f"{lifetime / 3600:g} h",
    ]


def table(found: list[dict[str, Any]]) -> Table:
    """A row a venue."""
    shown = Table(*COLUMNS, box=None, pad_edge=False, header_style="bold")
    for one in found:
        shown.add_row(*row(one))
    return shown
