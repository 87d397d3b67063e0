"""`report`: a performance report of one index, or of several side by side, as one file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import orjson

from engine.metrics.registry import REGISTRY
from gateway.api.context import Gateway
from gateway.api.parameters import instant
from gateway.api.problems import ApiProblem
from gateway.past import Past
from gateway.reports import MOST_INDICES
from gateway.reports.document import document
from gateway.reports.page import PageMissing, file_page
from gateway.reports.period import Period, period_named
from gateway.state import State
from gateway.worker import ComputingProcess, WorkerFailed
from streams.sinks.reader import TableReader
from tidegauge.arguments import LOG_OPTION
from tidegauge.commands import run_to_end
from tidegauge.errors import Failure, WrongUse
from tidegauge.filling import load_state
from tidegauge.opening import Target, target_of
from tidegauge.outputs import check_output, write_whole
from tidegauge.tables import written_tables


@click.command(short_help="A performance report with charts, as one HTML file.")
@click.argument("indices", metavar="INDEX…", nargs=-1, required=True)
@LOG_OPTION
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    help="FILE.html, or FILE.json for programs",
)
@click.option("--from", "begin", help="a time such as 2026-07-01; the first level if not given")
@click.option("--to", "end", help="a time; now if not given")
@click.option("--period", "name", help="2026-10, 2026-Q3 or 2026, in place of --from and --to")
@click.option("--pdf", is_flag=True, help="FILE.pdf beside it, by an installed Chromium")
def report(
    indices: tuple[str, ...],
    log: str,
    output: Path,
    begin: str | None,
    end: str | None,
    name: str | None,
    pdf: bool,
) -> None:
    """A performance report of one index, or of several side by side.

    One file that needs nothing else: it opens from a disk, and prints. Its figures are those of
    the page and the API at the log's end; with --from, --to or --period those of that time, made
    of the daily closes of the level, beside those of the whole history until then.
    """
    form = output.suffix.lower()
    if form not in (".html", ".json"):
        raise WrongUse(f"-o {output}: name a FILE.html, or a FILE.json")
    if pdf and form != ".html":
        raise WrongUse(f"-o {output}: --pdf prints a page; name a FILE.html")
    names = list(dict.fromkeys(indices))
    if len(names) > MOST_INDICES:
        raise WrongUse(f"{len(names)} indices: at most {MOST_INDICES} stand side by side")
    check_output(output, [])
    chromium = None
    if pdf:
        from tidegauge.report_pdf import chromium_here

        chromium = chromium_here()
    told = run_to_end(_document(target_of(log), names, _period(begin, end, name)))
    write_whole(output, _written(told, form))
    click.echo(str(output))
    if chromium is not None:
        from tidegauge.report_pdf import print_pdf

        click.echo(str(print_pdf(chromium, output)))


def _period(begin: str | None, end: str | None, name: str | None) -> Period:
    """The time that is asked for. Raises WrongUse."""
    if name is not None:
        if begin is not None or end is not None:
            raise WrongUse("give --period, or --from and --to, not both")
        found = period_named(name)
        if found is None:
            raise WrongUse(f"--period {name}: a month, a quarter or a year, as 2026-10 or 2026-Q3")
        return found
    times = {"--from": begin, "--to": end}
    found_times = list[int | None]()
    for option, text in times.items():
        try:
            found_times.append(None if text is None else instant(text))
        except ValueError as error:
            raise WrongUse(f"{option}: {error}") from error
    return Period(*found_times)


async def _document(target: Target, indices: Sequence[str], period: Period) -> dict[str, Any]:
    """What a log says of these indices. Raises Failure and StreamError."""
    async with target.open() as log:
        tables = target.tables_of(log)
        await written_tables(target, log)
        state = State()
        await load_state(state, log)
    gateway = Gateway(
        state=state,
        past=Past(TableReader(tables), state.recent),
        worker=_ComputingHere(tables),
        cards=REGISTRY.published(),
    )
    try:
        return await document(gateway, indices, period)
    except ApiProblem as error:
        raise Failure(f"{target.name}: {error.detail}") from error


class _ComputingHere(ComputingProcess):
    """Computes in this process: it has nothing else to do, and as long as it takes."""

    async def do(self, name: str, task: Mapping[str, Any]) -> dict[str, Any]:
        """As the process does it, with its answers."""
        from gateway.computing import answer

        line = orjson.dumps({**task, "do": name, "tables": str(self.tables)})
        found: dict[str, Any] = orjson.loads(answer(line))
        if "failed" in found:
            raise WorkerFailed(str(found["failed"]))
        return found


def _written(told: dict[str, Any], form: str) -> bytes:
    if form == ".json":
        return orjson.dumps(told, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE)
    try:
        return file_page(told)
    except PageMissing as error:
        raise Failure(str(error)) from error
