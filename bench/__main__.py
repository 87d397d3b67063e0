"""How fast tidegauge is beside what somebody would pick instead: one run, one table.

    make bench ARGS="--quick"

Everybody works on one core, in an environment of its own, in turn: ours, theirs, ours, theirs …
A ratio is ours to theirs in speed, the median of the rounds; below 1 we lose.
"""

from __future__ import annotations

import signal
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import click

from bench import report
from bench.rows import Row, Setting
from bench.workers import ROOT, ContestantError, Cores, bound

PARTS = {
    "tick": "Tick path",
    "bars": "Bars and alerts",
    "replay": "Recorded prices",
    "pricing": "Pricer and codecs",
    "snapshots": "Snapshots, levels, small frames",
    "definitions": "Definitions",
    "start": "Start of commands",
    "kafka": "End to end on Kafka",
    "sustained": "Minutes at a high rate on Kafka",
    "alerts": "From the exchange's socket to the alert",
    "webhook": "From the exchange's socket to a webhook",
    "soak": "A long run",
}
"""Modules here that have `measure(setting)`, and what the page calls them."""
LONG = "soak"
"""Only when it is asked for, by name or with its minutes."""
TRIAL = ROOT / ".bench" / "results.json"
"""Where a quick run writes: what it says is no figure."""


@click.command(help=__doc__)
@click.option("--quick", is_flag=True, help="small works, two rounds: a trial, which writes to "
              ".bench/ and no page")  # fmt: skip
@click.option("--only", metavar="PART,…", help=f"of {', '.join(PARTS)}; all but {LONG} if not said")
@click.option("--rounds", type=click.IntRange(1, 100), help="5, or 2 with --quick")
@click.option("--minutes", type=click.FloatRange(0.2, 24 * 60), help=f"of {LONG}, which it adds; "
              "60, or half a minute with --quick")  # fmt: skip
@click.option("--core", type=int, help="the core that is measured; the last one if not said")
@click.option("--out", type=click.Path(path_type=Path), help="instead of bench/results.json")
@click.option("--page/--no-page", default=None, help="the tables in docs/performance.md; if not "
              "said, unless quick")  # fmt: skip
def main(
    quick: bool,
    only: str | None,
    rounds: int | None,
    minutes: float | None,
    core: int | None,
    out: Path | None,
    page: bool | None,
) -> None:
    """Measure, print, write. Each part is written as soon as it is there."""
    names = only.split(",") if only else [n for n in PARTS if n != LONG]
    if unknown := [name for name in names if name not in PARTS]:
        raise click.ClickException(f"no part {unknown[0]!r}; there are {', '.join(PARTS)}")
    if minutes is not None and LONG not in names:
        names.append(LONG)
    file = out or (TRIAL if quick else ROOT / "bench" / "results.json")
    try:
        cores = Cores.choose(core)
    except ContestantError as error:
        raise click.ClickException(str(error)) from None
    # Whoever ends the bench ends what it has started: an exit passes through every `with`.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    made: dict[str, list[Row]] = {}
    with tempfile.TemporaryDirectory(prefix="tidegauge-bench-") as folder:
        setting = Setting(
            rounds or (2 if quick else 5), quick, Path(folder), cores,
            minutes or (0.5 if quick else 60.0),
        )  # fmt: skip
        for name in names:
            within = Path(folder) / name
            within.mkdir()
            with bound(cores.measured):
                made[name] = part(name)(replace(setting, folder=within))
            print(report.table(made[name]), end="\n\n", flush=True)
            results = report.merged(
                report.read(file), {name: made[name]}, report.conditions(setting)
            )
            report.write(file, results)
    _conclude(made)
    if page if page is not None else not quick:
        target = ROOT / "docs" / "performance.md"
        target.write_text(report.page(target.read_text(), results, PARTS))


def part(name: str) -> Callable[[Setting], list[Row]]:
    """What measures a part. Imported late: most parts need little of what others do."""
    found: Callable[[Setting], list[Row]] = import_module(f"bench.{name}").measure
    return found


def _conclude(made: dict[str, list[Row]]) -> None:
    """Say where we lose, and which figures this run does not have."""
    rows = [row for found in made.values() for row in found]
    lost = report.losses(rows)
    print("Where we lose:" if lost else "We lose nowhere in this run.")
    for line in lost:
        print(f"- {line}")
    ratios, absolute = report.figures(rows)
    known = ratios.keys() | absolute.keys()
    missing = [name for name in (*report.RATIOS, *report.ABSOLUTE) if name not in known]
    if missing:
        print(f"Not measured in this run: {', '.join(missing)}.")


if __name__ == "__main__":
    main()
