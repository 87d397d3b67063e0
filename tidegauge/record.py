"""`record`: what exchanges send, kept as it came."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import orjson

from connectors.feed.connect import Connect, VenueSessions
from connectors.feed.recorder import Recorder
from connectors.feed.recording import RecordingError, files_of, first_line, header
from connectors.feed.transport import SYSTEM_CLOCK, Clock
from connectors.venues.base import Venue
from engine.names import is_asset_name
from engine.records import Instrument
from streams.clock import LogClock
from tidegauge.arguments import SECONDS, definitions_of, urls_of, venues_of
from tidegauge.commands import lasting
from tidegauge.errors import Failure, WrongUse

_LINE_EVERY = 1.0  # seconds between two lines of progress


@dataclass(slots=True)
class RecordSettings:
    """What to record: `urls` replaces venues' base URLs, `seconds` ends the run."""

    directory: Path
    venues: Sequence[str]
    assets: Sequence[str]
    urls: Mapping[str, str]
    seconds: float | None = None


@click.command()
@click.argument("venues", nargs=-1, required=True)
@click.option(
    "--to",
    "directory",
    required=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="where to; made if it is missing",
)
@click.option("--assets", help="what to record, with commas between: BTC,ETH")
@click.option("--indices", type=click.Path(path_type=Path), help="record what these indices need")
@click.option("--url", "urls", multiple=True, metavar="VENUE=URL", help="another base URL")
@click.option("--seconds", type=SECONDS, help="end by itself after so long")
@lasting
def record(
    venues: tuple[str, ...],
    directory: Path,
    assets: str | None,
    indices: Path | None,
    urls: tuple[str, ...],
    seconds: float | None,
) -> None:
    """Keep the raw frames of exchanges, for replay."""
    from tidegauge.connecting import assets_of

    names = [name for group in venues for name in venues_of(group)]
    if bool(assets) == bool(indices):
        raise WrongUse("record needs either --assets BTC,… or --indices FILE")
    if indices is not None:
        defined = definitions_of(indices)
        wanted = assets_of(defined.indices, defined.assets)
    else:
        wanted = _assets(assets or "")
    check_directory(directory)
    addresses = urls_of(urls)
    if addresses.rest:
        raise WrongUse(f"--url {next(iter(addresses.rest))}.rest: recording asks nothing over REST")
    settings = RecordSettings(directory, names, wanted, addresses.websocket, seconds)
    click.echo(orjson.dumps(asyncio.run(run_record(settings))))


def _assets(names: str) -> list[str]:
    found = [name.strip() for name in names.split(",") if name.strip()]
    for name in found:
        if not is_asset_name(name):
            raise WrongUse(f"--assets: {name!r} is not an asset's name such as BTC")
    if not found:
        raise WrongUse("--assets: no asset is named")
    return found


def check_directory(directory: Path) -> None:
    """Make it; refuse one with anything in it that is no recording."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        found = sorted(file for file in directory.iterdir() if not file.name.endswith(".gz.part"))
    except OSError as error:
        raise Failure(f"{directory}: cannot be used: {error.strerror}") from error
    for file in found:
        if not file.name.endswith((".jsonl", ".jsonl.gz")):
            raise WrongUse(f"{directory}: holds {file.name}, which is no recording; name a new one")
    try:
        for file in files_of(directory):
            first = first_line(file)
            if first.endswith(b"\n"):  # else torn by the end of a process
                header(first, file)
    except RecordingError as error:
        raise WrongUse(f"{error}; name a new directory") from error


async def run_record(settings: RecordSettings) -> dict[str, Any]:
    """Record until stopped, or for `seconds`; the counts. Raises Failure."""
    # A recording's time goes on, too, while the wall clock is set.
    recorder = Recorder(settings.directory, SYSTEM_CLOCK._replace(now_ns=LogClock().now))

    def transport(
        name: str, venue: Venue, url: str, asked: Sequence[Instrument]
    ) -> tuple[Clock, Connect]:
        kept = recorder.session(name, venue, url, asked)
        return kept.clock, kept.connect

    sessions = VenueSessions(
        settings.venues, settings.assets, lambda *_: None, settings.urls, transport=transport
    )
    if not sessions.stats:
        raise WrongUse("nothing to record: these venues trade none of the assets")
    began = time.monotonic()
    try:
        try:
            await recorder.write()  # the files are there, or why not, before the first frame
            await _until_stopped(sessions, recorder, settings.seconds)
        finally:
            await recorder.close()
    except OSError as error:
        raise Failure(f"{settings.directory}: cannot write: {error.strerror or error}") from error
    frames = {kept.name: kept.frames for kept in recorder.sessions}
    found = counts(sessions, frames)
    return {**found, "seconds": round(time.monotonic() - began, 3), "to": str(settings.directory)}


async def _until_stopped(
    sessions: VenueSessions, recorder: Recorder, seconds: float | None
) -> None:
    """Run sessions and writer until a signal, the end of the time, or a failure of either."""
    loop, stopping = asyncio.get_running_loop(), asyncio.Event()
    signals = (signal.SIGINT, signal.SIGTERM)
    for number in signals:
        loop.add_signal_handler(number, stopping.set)
    hearing = asyncio.create_task(sessions.run())
    writing = asyncio.create_task(recorder.run())
    others = [asyncio.create_task(stopping.wait()), asyncio.create_task(_tell(sessions, recorder))]
    try:
        parts = [hearing, writing, *others]
        await asyncio.wait(parts, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        sessions.stop()
        await hearing
        if writing.done():
            writing.result()
    finally:
        for task in (hearing, writing, *others):
            task.cancel()
        await asyncio.gather(hearing, writing, *others, return_exceptions=True)
        for number in signals:
            loop.remove_signal_handler(number)


async def _tell(sessions: VenueSessions, recorder: Recorder) -> None:
    """A line of progress that overwrites itself, on a terminal."""
    while True:
        await asyncio.sleep(_LINE_EVERY)
        if sys.stderr.isatty():
            frames = {kept.name: kept.frames for kept in recorder.sessions}
            by_venue = counts(sessions, frames)["venues"]
            line = "  ".join(
                f"{name}: {c['frames']:,} frames {c['ticks']:,} trades {c['gaps']} gaps"
                for name, c in by_venue.items()
            )
            click.echo(f"\r\x1b[K{line}", err=True, nl=False)


def counts(sessions: VenueSessions, frames: Mapping[str, int]) -> dict[str, Any]:
    """Frames, trades and gaps so far, in all and by venue."""
    venues: dict[str, dict[str, int]] = {}
    for stats in sessions.stats:
        one = venues.setdefault(
            stats.venue, {"frames": 0, "ticks": 0, "gaps": 0, "reconnects": 0, "malformed": 0}
        )
        one["frames"] += frames[stats.name]
        for name in ("ticks", "gaps", "reconnects", "malformed"):
            one[name] += getattr(stats, name)
    total = {
        name: sum(one[name] for one in venues.values()) for name in ("frames", "ticks", "gaps")
    }
    return {**total, "venues": venues}
