"""`demo`: the live run on simulated exchanges, with a history behind it."""

from __future__ import annotations

import asyncio
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from connectors.simulator import CryptoMarket, Simulator
from connectors.simulator.coins import COINS
from connectors.simulator.server import VENUES
from engine.index.index_file import IndexFile
from engine.pricing.pricer import Pricer
from gateway.server import CannotListen, check_free
from streams.backfill import reached_by
from streams.define import defined_in
from streams.records import LogError
from tidegauge.connecting import known_trades, last_pricer
from tidegauge.errors import Failure, WrongUse
from tidegauge.house import HOUSE, MARK, go_on, last_prices, open_house
from tidegauge.indices import check_assets
from tidegauge.live import Live, Settings
from tidegauge.opening import Directory
from tidegauge.prepared import prepare
from tidegauge.terminal import Terminal
from tidegauge.warm import compile_engine

if TYPE_CHECKING:
    from tidegauge.listening import Door
    from tidegauge.routes import Routes


@dataclass(slots=True, frozen=True)
class Demo:
    """What a demo needs to know: where its log is, its index file (None: its own indices), and as
    for other live runs."""

    directory: Path
    defined: IndexFile | None
    file: Path | None
    door: Door
    seconds: float | None
    seed: int
    routes: Routes | None = None


def run_demo(demo: Demo) -> dict[str, float]:
    """Run until Ctrl-C or for some seconds; returns the counts of the last line."""
    try:
        check_free(demo.door.host, demo.door.port)
    except CannotListen as error:
        raise Failure(str(error)) from error
    _mark(demo.directory)
    compile_engine()
    return asyncio.run(_run(demo))


async def _run(demo: Demo) -> dict[str, float]:
    log, terminal = Directory(demo.directory), Terminal("tidegauge demo on simulated exchanges")
    defined, pricer = await _begin(demo, log)
    market = CryptoMarket(demo.seed, venues=VENUES, prices=last_prices(pricer))
    exchanges = Simulator(demo.seed, VENUES, market=market)
    for gate in known_trades(pricer):  # they have stood still meanwhile, and miss no trade
        venue, symbol = gate.instrument.venue, gate.instrument.symbol
        exchanges.exchanges[venue].last_ids[symbol] = gate.high_id
    async with exchanges:
        settings = Settings(
            log,
            VENUES,
            defined.indices,
            exchanges.urls,
            exchanges.rest_urls,
            assets=defined.assets,
            seconds=demo.seconds,
            routes=demo.routes,
            door=demo.door,
        )
        return await Live(settings, terminal.start, terminal.alert).run()


async def _begin(demo: Demo, log: Directory) -> tuple[IndexFile, Pricer]:
    """What is to be defined, and what the log knows of prices and trades. A new one is given its
    history first; in an older one, the market has gone on meanwhile."""
    if await _is_new(log):
        if demo.defined is None:
            await prepare(demo.directory, demo.seed)
        else:
            print("two years of history go through the engine …", file=sys.stderr, flush=True)
            await log.make()
            async with log.open(write=True) as opened:
                await open_house(opened, _checked(demo, demo.defined), demo.seed, time.time_ns())
            await log.settle()
    async with log.open(write=True) as opened:
        await go_on(opened, demo.seed, time.time_ns())
        in_force = await defined_in(opened)
        defined = demo.defined or IndexFile(list(in_force.indices.values()), [], [])
        return _checked(demo, defined), await last_pricer(opened)


async def _is_new(log: Directory) -> bool:
    try:
        async with log.open() as opened:
            return await reached_by(opened) is None
    except LogError:
        return True


def _checked(demo: Demo, defined: IndexFile) -> IndexFile:
    for line in check_assets(demo.file or HOUSE, defined, COINS, "the simulated market"):
        click.echo(line, err=True)
    return defined


def _mark(directory: Path) -> None:
    """Refuse a directory with what is no demo's."""
    if directory.is_dir() and any(directory.iterdir()) and not (directory / MARK).is_file():
        raise WrongUse(
            f"--log {directory}: there is something in it that is no demo's, and invented prices "
            "must not get in between; name a new directory"
        )
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    (directory / MARK).write_text("the log of a tidegauge demo: its prices are invented\n")
