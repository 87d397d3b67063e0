"""How fast tidegauge is beside what somebody would pick instead: one run, one table.

    make bench ARGS="--quick"

Everybody works on one core, in an environment of its own, in turn: ours, theirs, ours, theirs …
A ratio is ours to theirs in speed, the median of the rounds; below 1 we lose.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from types import ModuleType

import click

from bench import bars, report, tick
from bench.rows import Row, Setting
from bench.workers import ROOT, pin

PARTS: dict[str, ModuleType] = {"tick": tick, "bars": bars}


@click.command(help=__doc__)
@click.option("--quick", is_flag=True, help="small works and two rounds: a trial, not a figure")
@click.option("--only", default=",".join(PARTS), show_default=True, help="parts of the bench")
@click.option("--rounds", type=click.IntRange(1, 100), help="5, or 2 with --quick")
@click.option("--core", type=int, help="the core that everybody runs on; the last one if not said")
@click.option("--out", type=click.Path(path_type=Path), default=ROOT / "bench" / "results.json")
@click.option("--page/--no-page", default=None, help="a dated section in docs/performance.md; "
              "if not said, in a whole run only")  # fmt: skip
def main(
    quick: bool, only: str, rounds: int | None, core: int | None, out: Path, page: bool | None
) -> None:
    """Measure, print, write."""
    names = only.split(",")
    if unknown := [name for name in names if name not in PARTS]:
        raise click.ClickException(f"no part {unknown[0]!r}; there are {', '.join(PARTS)}")
    pinned = pin(core)
    rows: list[Row] = []
    ratios: dict[str, float] = {}
    absolute: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        setting = Setting(rounds or (2 if quick else 5), quick, Path(folder))
        for name in names:
            made = PARTS[name].measure(setting)
            rows += made
            ratios |= PARTS[name].ratios(made)
            absolute |= getattr(PARTS[name], "absolute", lambda _: {})(made)
    whole = report.Report(rows, ratios, absolute, quick, pinned, setting.rounds)
    print(report.table(rows))
    print(report.losses(whole))
    out.write_text(report.as_json(whole))
    if page if page is not None else not quick and len(names) == len(PARTS):
        report.write_page(ROOT / "docs" / "performance.md", whole)


if __name__ == "__main__":
    main()
