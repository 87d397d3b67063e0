"""The results: a table in the terminal, `results.json`, a dated section of docs/performance.md."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench import environments
from bench.rows import Row

HEADING = "## Against what else could be used"
"""Of the section; with the date of the run behind it."""
RATIOS = (
    "tick_calm_vs_c", "tick_rally_vs_c", "tick_storm_vs_c", "tick_calm_vs_python",
    "tick_rally_vs_python", "tick_calm_vs_csp", "bar_100_vs_csp", "bar_300_vs_csp",
    "bar_10k_vs_csp", "bar_300_vs_wickra", "replay_1_vs_python", "replay_100_vs_python",
    "replay_100_vs_quantstats", "e2e_1_vs_faust", "e2e_100_vs_quixstreams",
)  # fmt: skip
ABSOLUTE = (
    "pricer_us", "pricer_10_us", "decode_us", "decode_10_us", "e2e_1000_ticks_per_s",
    "e2e_100_ticks_per_s", "e2e_1_ticks_per_s", "alert_us", "alert_p50_ms", "alert_p99_ms",
    "bar_10k_ms", "soak_mb_per_hour",
)  # fmt: skip


@dataclass(frozen=True)
class Report:
    """All of one run."""

    rows: Sequence[Row]
    ratios: dict[str, float]
    absolute: dict[str, float]
    quick: bool
    core: int | None
    rounds: int


def cells(row: Row) -> tuple[str, ...]:
    """A row as text."""
    ratio = "–" if row.ratio is None else f"{row.ratio:,.3g}"
    spread = "" if row.lowest is None else f"{row.lowest:,.3g} … {row.highest:,.3g}"
    speed = "–" if row.speed is None else f"{row.speed:,.4g} {row.unit}"
    error = "–" if row.error is None else f"{row.error:.1e}"
    return row.work, row.contestant, speed, ratio, spread, error, row.note


HEAD = ("work", "who", "speed", "ours to theirs", "lowest … highest", "error", "note")


def table(rows: Iterable[Row]) -> str:
    """The table for a terminal."""
    lines = [HEAD, *map(cells, rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def losses(report: Report) -> str:
    """Where we lose, and what was not measured."""
    lost = [row for row in report.rows if row.ratio is not None and row.ratio < 1.0]
    said = [f"{row.work}: {row.contestant} is {1 / (row.ratio or 1):.3g} times faster"
            for row in sorted(lost, key=lambda row: row.ratio or 0)]  # fmt: skip
    missing = absent(report)
    return "\n".join([
        "Where we lose:" if said else "We lose nowhere in this run.",
        *(f"- {line}" for line in said),
        *([f"Not measured in this run: {', '.join(missing)}."] if missing else []),
    ])  # fmt: skip


def absent(report: Report) -> list[str]:
    """Figures that this run does not have."""
    known = report.ratios.keys() | report.absolute.keys()
    return [name for name in (*RATIOS, *ABSOLUTE) if name not in known]


def conditions(report: Report) -> dict[str, object]:
    """When, where and with what it was measured."""
    peers = {}
    for name in environments.PACKAGES:
        try:
            peers[name] = environments.versions(name)
        except Exception as error:  # noqa: BLE001 - the reason is told in place of the version
            peers[name] = f"not there: {error}"
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "quick": report.quick,
        "rounds": report.rounds,
        "core": report.core,
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        "compiler": environments.compiler_version(),
        "peers": peers,
    }


def as_json(report: Report) -> str:
    """Ratios and absolute figures, null where not measured; then all rows and the conditions."""
    told = {
        "ratios": {name: report.ratios.get(name) for name in RATIOS},
        "absolute": {name: report.absolute.get(name) for name in ABSOLUTE},
        "not_measured": absent(report),
        "conditions": conditions(report),
        "rows": [asdict(row) for row in report.rows],
    }
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


def write_page(page: Path, report: Report) -> None:
    """Add this run's section to the page; one of the same day is replaced, all else is kept."""
    told = conditions(report)
    heading = f"{HEADING} ({told['date']})"
    where = "not pinned" if report.core is None else f"all on core {report.core}"
    peers = "; ".join(f"{version}" for version in told["peers"].values())  # type: ignore[attr-defined]
    lines = [
        heading, "",
        f"`make bench`: {report.rounds} rounds (three with 10,000 indices), ours and theirs in "
        f"turn, {where} of {told['cores']} ({told['machine']}, {told['system']}), CPU seconds; "
        "medians. Python "
        f"{told['python']}, {told['compiler']}; {peers}. A ratio is ours to theirs in speed: below "
        "1 we lose. The error is the largest deviation from a slow reference.", "",
        "| " + " | ".join(HEAD) + " |", "|" + " --- |" * len(HEAD),
        *("| " + " | ".join(cells(row)) + " |" for row in report.rows), "",
        losses(report), "",
    ]  # fmt: skip
    text = page.read_text() if page.exists() else "# Performance\n"
    kept, skipping = [], False
    for line in text.splitlines():
        skipping = line == heading or (skipping and not line.startswith("## "))
        if not skipping:
            kept.append(line)
    page.write_text("\n".join(kept).rstrip() + "\n\n" + "\n".join(lines))
