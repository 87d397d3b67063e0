"""The `tidegauge` command. Each command reads its arguments, checks them and hands on.

What a command needs is imported in it: numba, Faust and the web framework take a second.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
import orjson
from click.core import ParameterSource

from tidegauge.alert_commands import alerts
from tidegauge.arguments import (
    KEEP_OPTION,
    LOG_OPTION,
    ROUTES_OPTION,
    SECONDS,
    SEED,
    TRACES_OPTION,
    Listen,
    Whole,
    check_venue,
    definitions_of,
    is_recording,
    monitored_at,
    urls_of,
    venues_of,
)
from tidegauge.commands import Commands, Later, lasting, run_to_end
from tidegauge.durations import DURATION, PUBLISHED
from tidegauge.errors import WrongUse
from tidegauge.listening import Listening, door_for_this_run, door_of, listened_at
from tidegauge.log_lines import LogLines, Repeats
from tidegauge.opening import Directory, Target, target_of
from tidegauge.outputs import OUTPUT, check_output, write_lines

if TYPE_CHECKING:
    from engine.index.index_file import IndexFile

T = TypeVar("T")

STARTER = Path(__file__).with_name("starter.toml")

_indices_option = click.option(
    "--indices", type=click.Path(path_type=Path), help="TOML file with index definitions"
)
URL_HELP = "another base URL; VENUE.rest=URL for missed trades, else they are not asked for"
PAGE_PORT = 8321


@click.group(cls=Commands)
@click.version_option(package_name="tidegauge")
@click.option("--verbose", is_flag=True, help="log what connectors and engine do")
def main(verbose: bool) -> None:
    """Live levels, risk metrics and drawdown alerts of crypto indices."""
    level = logging.INFO if verbose else logging.WARNING
    handler = logging.StreamHandler()
    handler.setFormatter(LogLines("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[handler])
    handler.addFilter(Repeats())
    for chatty in ("websockets", "aiokafka", "faust", "mode"):  # they log every step they take
        logging.getLogger(chatty).setLevel(logging.WARNING)
    # Warns at each login without TLS; the README says so once.
    logging.getLogger("aiokafka.conn").setLevel(logging.ERROR)


@main.command()
@click.option("--seconds", type=SECONDS, help="end by itself after so long")
@_indices_option
@listened_at(PAGE_PORT)
@ROUTES_OPTION
@click.option("--seed", type=SEED, default=1, show_default=True, help="of the simulated market")
@click.option(
    "--log",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="keep the log there, and go on with it; else it is removed at the end",
)
@TRACES_OPTION
@lasting
def demo(
    seconds: float | None,
    indices: Path | None,
    listening: Listening,
    routes: Path | None,
    seed: int,
    log: Path | None,
) -> None:
    """Everything in one process, on simulated exchanges with two years of history."""
    import tempfile
    from contextlib import nullcontext

    from tidegauge.demo import Demo, run_demo
    from tidegauge.routes import routes_of

    defined = definitions_of(indices, live=True) if indices else None
    read = routes_of(routes)
    passing = tempfile.TemporaryDirectory(prefix="tidegauge-demo-") if log is None else None
    with passing or nullcontext(str(log)) as name:
        directory = Path(name)
        door = door_for_this_run(listening, Directory(directory))
        counts = run_demo(Demo(directory, defined, indices, door, seconds, seed, read))
    click.echo(orjson.dumps(counts))


@main.command()
@click.option("--venues", required=True, help="exchanges, with commas between")
@_indices_option
@LOG_OPTION
@listened_at(PAGE_PORT)
@ROUTES_OPTION
@click.option("--url", "urls", multiple=True, metavar="VENUE=URL", help=URL_HELP)
@click.option("--seconds", type=SECONDS, help="end by itself after so long")
@KEEP_OPTION
@TRACES_OPTION
@lasting
def up(
    venues: str,
    indices: Path | None,
    log: str,
    listening: Listening,
    routes: Path | None,
    urls: tuple[str, ...],
    seconds: float | None,
    keep: int | None,
) -> None:
    """Everything in one process, on live exchanges."""
    from tidegauge.live import Settings, run_live
    from tidegauge.routes import routes_of
    from tidegauge.terminal import Terminal

    target, names, read = target_of(log, keep), venues_of(venues), routes_of(routes)
    addresses = urls_of(urls)
    defined = definitions_of(indices, live=True) if indices else run_to_end(_starter_if_new(target))
    terminal = Terminal("tidegauge")
    settings = Settings(
        target,
        names,
        defined.indices,
        *addresses,
        seconds=seconds,
        assets=defined.assets,
        routes=read,
        door=door_for_this_run(listening, target),
    )
    counts = run_live(settings, terminal.start, terminal.alert)
    click.echo(orjson.dumps(counts))


async def _starter_if_new(target: Target) -> IndexFile:
    """The starter indices for a log that has none; otherwise those in the log stay in force."""
    from engine.index.index_file import IndexFile
    from streams.define import defined_in
    from streams.records import LogError

    try:
        async with target.open() as log:
            if (await defined_in(log)).indices:
                return IndexFile([], [], [])
    except LogError:
        pass  # there is none yet; whatever else is wrong, making it will say
    click.echo("no index is defined: starting with the built-in ones (--indices FILE)", err=True)
    return definitions_of(STARTER)


@main.command(short_help="Recorded raw frames to ticks and gaps, as JSON lines.")
@click.argument("name", metavar="VENUE")
@click.argument("file", default="-", type=click.File("rb"))
@click.option("--strict", is_flag=True, help="end at the first frame that cannot be read")
def decode(name: str, file: Any, strict: bool) -> None:
    """Recorded raw frames, one a line, to ticks and gaps as JSON lines."""
    from tidegauge.decode import write_decoded

    check_venue(name)
    write_decoded(name, file, strict)


@main.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@_indices_option
@click.option("--log", help="replay this kept log instead of files")
@click.option("--every", type=DURATION, help="a snapshot of each index per 1h, 30d …; or published")
@click.option("--out", type=OUTPUT, default="-", help="where snapshots go")
@click.option("--alerts", type=OUTPUT, help="where alerts go")
@click.option("--strict", is_flag=True, help="a bad row ends the run")
@click.option("--jobs", type=Whole(1, 256), help="so many processes, which share the indices")
def replay(
    files: tuple[Path, ...],
    indices: Path | None,
    log: str | None,
    every: int | None,
    out: Path,
    alerts: Path | None,
    strict: bool,
    jobs: int | None,
) -> None:
    """Recorded prices through the engine: snapshots as JSON lines."""
    if bool(files) == bool(log):
        raise WrongUse("replay needs either FILE… with --indices FILE, or --log LOG")
    if log and jobs:
        raise WrongUse("--jobs is for FILE…, not for --log")
    for output in (out, alerts):
        check_output(output, [*files, *([indices] if indices else [])])
    from tidegauge.replay import Collected

    collected = Collected(all_snapshots=every is not None)
    if log:
        from tidegauge.stored import replay_log

        cadence = None if every in (None, PUBLISHED) else every
        run_to_end(replay_log(target_of(log), cadence, collected))
    else:
        if indices is None:
            raise WrongUse("replay FILE… needs --indices FILE")
        if every == PUBLISHED:
            raise WrongUse("--every published needs --log")
        defined = definitions_of(indices)
        if not defined.indices:
            raise WrongUse(f"{indices}: no index is defined; add a table [index.ID]")
        if is_recording(files):
            from tidegauge.capture import replay_capture

            if jobs:
                raise WrongUse(f"{files[0]}: --jobs is for recorded prices, not for raw frames")
            replay_capture(files[0], indices, defined, every, strict, collected)
        else:
            from tidegauge.jobs import replay_recorded

            share = jobs or 1
            replay_recorded(list(files), indices, defined, every, strict, collected, share)
    write_lines(out, [*collected.snapshots, *collected.last.values()])
    if alerts is not None:
        write_lines(alerts, collected.alerts)


@main.command(short_help="All indices in the order of a profile.")
@click.option("--profile", required=True, help="a profile, or a figure such as sharpe")
@LOG_OPTION
@click.option("--from", "file", type=click.Path(path_type=Path), help="snapshots as JSON lines")
@click.option("--json", "as_json", is_flag=True, help="JSON lines on a terminal, too")
def rank(profile: str, log: str, file: Path | None, as_json: bool) -> None:
    """All indices in the order of a profile, from a log or from replay's snapshots."""
    from tidegauge import rank as ranks

    ranks.check_profile(profile)
    if file is not None:
        stated = click.get_current_context().get_parameter_source("log")
        if stated is not ParameterSource.DEFAULT:
            raise WrongUse("rank reads either --from FILE or --log LOG, not both")
        state = ranks.state_of_file(file)
    else:
        state = run_to_end(ranks.state_of_log(target_of(log)))
    ranks.show(state, profile, as_json)


@main.command()
@LOG_OPTION
@listened_at(PAGE_PORT)
@click.option("--seconds", type=SECONDS, help="end by itself after so long")
@TRACES_OPTION
@lasting
def serve(log: str, listening: Listening, seconds: float | None) -> None:
    """Page and API over a log, without connectors."""
    from tidegauge.serving import run_serve

    target = target_of(log)
    run_serve(target, door_of(listening, target), seconds)


@main.command(short_help="Trades of exchanges into a log.")
@click.argument("venues", nargs=-1, required=True)
@LOG_OPTION
@click.option("--url", "urls", multiple=True, metavar="VENUE=URL", help=URL_HELP)
@click.option(
    "--name",
    default="connector",
    show_default=True,
    help="of this connector; two of one venue need two",
)
@click.option("--seconds", type=SECONDS, help="end by itself after so long")
@monitored_at
@TRACES_OPTION
@lasting
def connect(
    venues: tuple[str, ...],
    log: str,
    urls: tuple[str, ...],
    name: str,
    seconds: float | None,
    listen: Listen,
) -> None:
    """Trades of exchanges into a log, for the definitions in it."""
    from tidegauge.connecting import run_connector

    names = [name for group in venues for name in venues_of(group)]
    counts = run_to_end(run_connector(target_of(log), names, urls_of(urls), name, seconds, listen))
    click.echo(orjson.dumps(counts))


@main.command(short_help="Prices, metrics and alerts from a log.")
@LOG_OPTION
@click.option("--slot", help="a lasting name of this worker; the host's name if not given")
@click.option("--seconds", type=SECONDS, help="end by itself after so long")
@KEEP_OPTION
@monitored_at
@TRACES_OPTION
@lasting
def worker(
    log: str, slot: str | None, seconds: float | None, keep: int | None, listen: Listen
) -> None:
    """Prices, metrics and alerts from a log; on Kafka start as many as there are cores."""
    from tidegauge.working import work

    run_to_end(work(target_of(log, keep), slot, seconds, listen))


main.add_command(alerts)
for _name, _help in (
    ("drill", "Market disasters with the truth known: alarms missed, false, late."),
    ("export", "What a log says as tables for others."),
    ("keys", "API keys of a gateway: made, told, revoked."),
    ("notify", "Alerts to people and programs, by a route file."),
    ("record", "Keep the raw frames of exchanges, for replay."),
    ("report", "A performance report with charts, as one HTML file."),
    ("symbols", "What an exchange trades now."),
    ("venues", "The exchanges, and how missing trades show."),
):
    main.add_command(Later(_name, short_help=_help))
for _name, _function, _help in (
    ("backfill", "backfill", "Recorded prices into the log, ahead of live ones."),
    ("define", "define", "Definitions of indices and coins into the log; says what changes."),
    ("log", "log_", "What a log takes on the disk."),
    ("tap", "tap", "A log's records as JSON lines."),
    ("topics", "topics", "Make or check the topics of a log."),
):
    main.add_command(Later(_name, short_help=_help, place=f"log_commands:{_function}"))
main.add_command(
    Later("watch", short_help="The overview in a terminal.", place="watch.command:watch")
)
