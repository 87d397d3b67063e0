"""The table of a drill, for a terminal, for plain text and for a page of the documentation."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from drill.catalogue import SCENARIOS
from drill.judge import Verdict
from drill.tally import Played, in_order, lateness, total_of

COLUMNS = (
    *("scenario", "due", "missed", "false", "live", "false clear", "live", "undisputed"),
    *("heaviest", "between", "p50 s", "p99 s", "bad seeds"),
    *("last: missed", "false", "false clear", "p99 s"),
    *("median: missed", "false", "false clear", "p99 s"),
)
"""`live` is of the column before it, while the status said `live`."""
BEGIN, END = "<!-- drill: begin -->", "<!-- drill: end -->"
"""Between these lines of a page stands its table."""


def rows(results: Sequence[Played]) -> list[list[str]]:
    """A row for each scenario, then one for all that can be decided."""
    found = [_row(played.scenario, played) for played in in_order(results)]
    decidable = sum(SCENARIOS[p.scenario].decidable for p in results)
    if decidable > 1:
        found.insert(decidable, _row(f"all {decidable} decidable", total_of(results)))
    return found


def _row(name: str, played: Played) -> list[str]:
    o = played.ours
    undecidable = name in SCENARIOS and not SCENARIOS[name].decidable
    counts = (o.due, o.missed, o.false, o.false_live, o.false_clear, o.false_clear_live)
    return [
        f"({name})" if undecidable else name,
        *map(str, (*counts, o.undisputed, o.heaviest, o.between)),
        *(_late(o, 0.5), _late(o, 0.99), str(len(played.bad))),
        *_naive(played.naive["last"]),
        *_naive(played.naive["median"]),
    ]


def _naive(v: Verdict) -> list[str]:
    return [*map(str, (v.missed, v.false, v.false_clear)), _late(v, 0.99)]


def _late(verdict: Verdict, quantile: float) -> str:
    seconds = lateness(verdict, quantile)
    return "–" if seconds is None else f"{seconds:.2f}"


def print_table(results: Sequence[Played], console: Console) -> None:
    """Drawn on a terminal, in columns of plain text elsewhere."""
    if console.is_terminal:
        table = Table(box=None, pad_edge=False, header_style="bold")
        for column, name in enumerate(COLUMNS):
            table.add_column(name, justify="right" if column else "left")
        for row in rows(results):
            table.add_row(*row)
        console.print(table)
        return
    lines = [list(COLUMNS), *rows(results)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(COLUMNS))]
    for line in lines:
        cells = (c.rjust(w) if i else c.ljust(w) for i, (c, w) in enumerate(zip(line, widths)))  # noqa: B905
        console.file.write("  ".join(cells).rstrip() + "\n")


def markdown(results: Sequence[Played], heading: str) -> str:
    """The same as Markdown, under a `heading`; and what was published where none can know."""
    lines = [heading, "", _line(COLUMNS), _line(["---"] + ["--:"] * (len(COLUMNS) - 1))]
    lines += map(_line, rows(results))
    doubtful = [p for p in in_order(results) if not SCENARIOS[p.scenario].decidable]
    if doubtful:
        names = ("alarms while live", "while degraded", "disputed", "of the heaviest")
        head = ("undecidable: what was published", *names, "levels", "time not live")
        lines += ["", _line(head), _line(["---"] + ["--:"] * (len(head) - 1))]
        lines += (_line(_said(played)) for played in doubtful)
    return "\n".join(lines) + "\n"


def _said(played: Played) -> list[str]:
    p = played.published
    return [
        SCENARIOS[played.scenario].title,
        *map(str, (p.live, p.degraded, p.disputed, p.heaviest)),
        f"{p.lowest:.3f} to {p.highest:.3f}",
        f"{p.not_live / len(played.seeds):.0%}",
    ]


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def put_table(page: str, table: str) -> str:
    """A page with its table replaced. Raises ValueError where it has no column for one."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"no lines {BEGIN} and {END}")
    return f"{before}{BEGIN}\n{table}{END}{after}"
