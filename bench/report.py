"""The results: a table in the terminal, `results.json`, a section of docs/performance.md.

`results.json` holds the figures that the project is held to, each with its date, and behind them
every part's rows as of its last whole run: a run of some parts leaves the others as they were.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import environments
from bench.rows import Row, Setting

BEGIN, END = "<!-- begin of what `make bench` writes -->", "<!-- end of what it writes -->"
"""Lines of the page between which the tables stand."""
RATIOS = (
    "tick_calm_vs_c", "tick_rally_vs_c", "tick_storm_vs_c", "tick_calm_vs_python",
    "tick_rally_vs_python", "tick_calm_vs_csp", "bar_100_vs_csp", "bar_300_vs_csp",
    "bar_10k_vs_csp", "bar_300_vs_wickra", "replay_1_vs_python", "replay_100_vs_python",
    "replay_100_vs_quantstats", "e2e_1_vs_faust", "e2e_100_vs_quixstreams",
)  # fmt: skip
"""Ours to theirs in speed; of several rows the lowest."""
ABSOLUTE = (
    "pricer_us", "pricer_10_us", "decode_us", "decode_10_us", "e2e_1000_ticks_per_s",
    "e2e_100_ticks_per_s", "e2e_1_ticks_per_s", "alert_us", "alert_p50_ms", "alert_p99_ms",
    "bar_10k_ms", "soak_mb_per_hour",
)  # fmt: skip
HEAD = ("work", "who", "figure", "ours to theirs", "lowest … highest", "error", "note")

Results = dict[str, Any]


def cells(row: Row) -> tuple[str, ...]:
    """A row as text."""
    ratio = "–" if row.ratio is None else f"{row.ratio:,.3g}"
    spread = "" if row.lowest is None else f"{row.lowest:,.3g} … {row.highest:,.3g}"
    figure = "–" if row.figure is None else f"{row.figure:,.4g} {row.unit}"
    error = "–" if row.error is None or row.error != row.error else f"{row.error:.1e}"
    return row.work, row.contestant, figure, ratio, spread, error, row.note


def table(rows: Iterable[Row]) -> str:
    """The table for a terminal."""
    lines = [HEAD, *map(cells, rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def losses(rows: Iterable[Row]) -> list[str]:
    """Where we lose, the worst first."""
    lost = [row for row in rows if row.ratio is not None and row.ratio < 1.0]
    return [
        f"{row.work}: {row.contestant} is {1 / (row.ratio or 1):.3g} times faster"
        for row in sorted(lost, key=lambda row: row.ratio or 0)
    ]


def figures(rows: Sequence[Row]) -> tuple[dict[str, float], dict[str, float]]:
    """The ratios and the absolute figures that these rows are; of several the lowest ratio."""
    ratios: dict[str, float] = {}
    absolute: dict[str, float] = {}
    for row in rows:
        if row.key in RATIOS and row.ratio is not None:
            ratios[row.key] = min(row.ratio, ratios.get(row.key, row.ratio))
        elif row.key in ABSOLUTE and row.figure is not None:
            absolute[row.key] = row.figure
    return ratios, absolute


def conditions(setting: Setting) -> dict[str, Any]:
    """With what it was measured."""
    return {
        "quick": setting.quick,
        "rounds": setting.rounds,
        "core": min(setting.cores.measured, default=None),
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        "compiler": environments.compiler_version(),
        "peers": environments.all_versions(),
    }


def read(path: Path) -> Results:
    """What `results.json` says so far; all figures null where it is not there."""
    found: Results = json.loads(path.read_text()) if path.exists() else {}
    return {
        "ratios": {name: found.get("ratios", {}).get(name) for name in RATIOS},
        "absolute": {name: found.get("absolute", {}).get(name) for name in ABSOLUTE},
        "dates": {name: found.get("dates", {}).get(name) for name in (*RATIOS, *ABSOLUTE)},
        "parts": found.get("parts", {}),
    }


def merged(before: Results, made: Mapping[str, Sequence[Row]], told: Mapping[str, Any]) -> Results:
    """The results with these parts anew: a figure that this run does not have stays as it was."""
    date = datetime.now(UTC).date().isoformat()
    after: Results = {name: dict(before[name]) for name in before}
    for part, rows in made.items():
        ratios, absolute = figures(rows)
        after["ratios"] |= ratios
        after["absolute"] |= absolute
        after["dates"] |= dict.fromkeys((*ratios, *absolute), date)
        after["parts"][part] = {
            "date": date, "conditions": dict(told), "rows": [asdict(row) for row in rows],
        }  # fmt: skip
    return after


def write(path: Path, results: Results) -> None:
    """`results.json`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")


def page(text: str, results: Results, titles: Mapping[str, str]) -> str:
    """The page with the tables of all parts between its two marks, in the order of `titles`."""
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    lines = [BEGIN, ""]
    for part in (name for name in titles if name in results["parts"]):
        found = results["parts"][part]
        lines += [*_section(titles[part], found), ""]
    if len(lines) == 2:
        lines += ["Nothing was measured yet.", ""]
    return head.rstrip() + "\n\n" + "\n".join([*lines, END]) + (tail or "\n")


def _section(title: str, found: Mapping[str, Any]) -> list[str]:
    rows = [Row(**row) for row in found["rows"]]
    told = found["conditions"]
    where = "not pinned" if told["core"] is None else f"core {told['core']} of {told['cores']}"
    peers = "; ".join(told["peers"].values())
    lost = losses(rows)
    return [
        f"### {title} ({found['date']})", "",
        f"{told['rounds']} rounds, {where} ({told['machine']}, {told['system']}), Python "
        f"{told['python']}, {told['compiler']}; {peers}.", "",
        "| " + " | ".join(HEAD) + " |", "|" + " --- |" * len(HEAD),
        *("| " + " | ".join(cells(row)) + " |" for row in rows), "",
        f"We lose: {'; '.join(lost)}." if lost else "We lose nowhere here.",
    ]  # fmt: skip
