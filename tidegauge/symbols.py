"""`symbols`: what an exchange trades now, asked of its REST interface."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Sequence
from typing import get_args

import click
import orjson
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from connectors.venues.base import Page
from connectors.venues.registry import venue
from engine.pricing.coins import meaning
from engine.records import Instrument, Kind
from tidegauge.arguments import check_venue
from tidegauge.errors import Failure, WrongUse

COLUMNS = ("symbol", "base", "quote", "kind")
COIN_COLUMNS = ("multiplier", "source")
"""Of symbols under which a venue trades another name than the common one, or many coins as one."""


@click.command()
@click.argument("name", metavar="VENUE")
@click.argument("names", metavar="[SYMBOL]...", nargs=-1)
@click.option("--base", help="only those of this currency, by its common name: BTC, not XBT")
@click.option("--quote", help="only those priced in this currency")
@click.option("--kind", type=click.Choice(get_args(Kind)), help="only those of this kind")
@click.option("--url", help="another base URL of the REST interface")
@click.option("--json", "as_json", is_flag=True, help="JSON lines")
def symbols(
    name: str,
    names: tuple[str, ...],
    base: str | None,
    quote: str | None,
    kind: str | None,
    url: str | None,
    as_json: bool,
) -> None:
    """What an exchange trades now; with SYMBOLs, whether it trades these.

    Bases are common names. Where the exchange has another (XBT, LUNA2), or trades many coins as one
    (1000PEPE), the row also says how many coins and where that is known from.
    """
    check_venue(name)
    if url is not None and not url.startswith(("http://", "https://")):
        raise WrongUse(f"--url {url}: expected http://… or https://…")
    listed = fetch(name, url)
    wanted = {"base": base, "quote": quote, "kind": kind}
    chosen = [i for i in listed if matches(i, wanted) and (not names or i.symbol in names)]
    show(sorted(chosen, key=lambda i: (i.base, i.quote, i.kind, i.symbol)), as_json)
    known = [i.symbol for i in listed]
    unknown = [n for n in dict.fromkeys(names) if n not in known]
    if unknown:
        raise Failure(*(f"{name}: no symbol {n!r}{nearest(n, known)}" for n in unknown))
    if not chosen:
        raise Failure(f"{name}: {why_none(listed, wanted)}")


def fetch(name: str, url: str | None) -> list[Instrument]:
    """All that the venue lists; entries that cannot be read are reported. Raises Failure."""
    from connectors.feed.discovery import fetch_listing
    from connectors.venues.listing import ListingError

    try:
        page: Page = asyncio.run(fetch_listing(venue(name), url))
    except ListingError as error:
        raise Failure(f"{name}: {error}") from error
    if page.malformed:
        first = page.malformed[0]
        click.echo(
            f"{name}: {len(page.malformed)} listed could not be read, first: "
            f"{first.reason}: {first.excerpt}",
            err=True,
        )
    return page.instruments


def matches(instrument: Instrument, wanted: dict[str, str | None]) -> bool:
    """Whether it has all the wanted values; case does not count."""
    return all(
        value is None or getattr(instrument, field).lower() == value.lower()
        for field, value in wanted.items()
    )


def why_none(listed: Sequence[Instrument], wanted: dict[str, str | None]) -> str:
    """What the list lacks, with near names where a currency is not in it at all."""
    asked = {field: value for field, value in wanted.items() if value is not None}
    for field, value in asked.items():
        if not any(matches(i, {field: value}) for i in listed):
            have = {getattr(i, field): None for i in listed}
            return f"no symbol with {field} {value}{nearest(value, have)}"
    if not asked:
        return "nothing trades now"
    return f"no symbol with {', '.join(f'{field} {value}' for field, value in asked.items())}"


def nearest(name: str, names: Iterable[str]) -> str:
    """The names like it, as the end of a message."""
    from connectors.feed.discovery import near

    found = near(name, names)
    return f"; near: {', '.join(found)}" if found else "; none is near"


def show(instruments: Sequence[Instrument], as_json: bool) -> None:
    """A table on a terminal, else lines with tabs; JSON lines where they are asked for."""
    if as_json:
        for i in instruments:
            click.echo(orjson.dumps(i._asdict() | of_coin(i)))
    elif sys.stdout.isatty():
        if instruments:
            Console().print(table(instruments))
    else:
        for i in instruments:
            click.echo("\t".join(cells(i)))


def of_coin(instrument: Instrument) -> dict[str, int | str]:
    """How many coins one unit is and by which source; nothing under the common name."""
    found = meaning(instrument)
    return {"multiplier": 10**found.places, "source": found.source} if found.source else {}


def cells(instrument: Instrument) -> list[str]:
    """One row's texts."""
    return [*(getattr(instrument, c) for c in COLUMNS), *map(str, of_coin(instrument).values())]


def table(instruments: Sequence[Instrument]) -> Table:
    """A row a symbol."""
    more = COIN_COLUMNS if any(map(of_coin, instruments)) else ()
    found = Table(*COLUMNS, *more, box=None, pad_edge=False, header_style="bold")
    for i in instruments:
        found.add_row(*map(escape, cells(i)))
    return found
