"""`demo`: the live run on simulated exchanges."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from connectors.simulator import Simulator
from engine.index.index_file import IndexFile
from tidegauge.indices import check_assets
from tidegauge.live import Live, Settings
from tidegauge.opening import Directory
from tidegauge.screen import Screen
from tidegauge.warm import compile_engine

if TYPE_CHECKING:
    from tidegauge.listening import Door
    from tidegauge.routes import Routes


def run_demo(
    directory: Path,
    defined: IndexFile,
    file: Path,
    port: int,
    seconds: float | None,
    seed: int,
    routes: Routes | None = None,
    door: Door | None = None,
) -> dict[str, float]:
    """Run until Ctrl-C or for some seconds; returns the counts of the last line."""
    compile_engine()
    screen = Screen("tidegauge demo on simulated exchanges")

    async def main() -> dict[str, float]:
        async with Simulator(seed) as exchanges:
            assets = set(exchanges.market.prices())
            for line in check_assets(file, defined, assets, "the simulated market"):
                click.echo(line, err=True)
            venues = list(exchanges.urls)
            settings = Settings(
                Directory(directory),
                venues,
                defined.indices,
                exchanges.urls,
                exchanges.rest_urls,
                assets=defined.assets,
                port=port,
                seconds=seconds,
                routes=routes,
                door=door,
            )
            return await Live(settings, screen.start, screen.alert).run()

    return asyncio.run(main())
