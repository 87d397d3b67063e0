"""How long commands take to start, all warm, beside the imports of what else could be used."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from bench.environments import python_of
from bench.rows import Row, Setting, rows_of
from bench.workers import ROOT, interleaved, process

COMMAND = Path(sys.executable).with_name("tidegauge")
EXAMPLES = ROOT / "examples"
LONGEST = 120.0
OURS = {
    "tidegauge --help": ("--help",),
    "replay of a tiny file": (
        "replay", EXAMPLES / "closes.csv", "--indices", EXAMPLES / "two.toml",
    ),
}  # fmt: skip
IMPORTS = {
    "river": "river.stats", "csp": "csp, csp.stats", "pandas": "pandas",
    "quantstats": "quantstats", "faust": "faust", "quixstreams": "quixstreams",
}  # fmt: skip


def run(command: tuple[object, ...]) -> tuple[float, None]:
    """CPU seconds of a command."""
    seconds, _ = process([str(word) for word in command], LONGEST)
    return seconds, None


def imported(name: str) -> tuple[float, None]:
    """CPU seconds of a Python that imports a peer."""
    return run((python_of(name), "-W", "ignore", "-c", f"import {IMPORTS[name]}"))


def measure(setting: Setting) -> list[Row]:
    """Both commands against all imports."""
    found = []
    for work, words in OURS.items():
        runs = {work: partial(run, (COMMAND, *words))}
        runs |= {f"import of {name}": partial(imported, name) for name in IMPORTS}
        for one in runs.values():
            one()  # whatever is compiled once is compiled now
        rows = rows_of(f"start: {work}", interleaved(runs, work, setting.rounds), 1.0, "",
                       lambda _: (None, ""))  # fmt: skip
        found += [
            Row(r.work, r.contestant, None if r.figure is None else 1e3 / r.figure, "ms", r.ratio,
                r.lowest, r.highest, note=r.note)
            for r in rows
        ]  # fmt: skip
    return found
