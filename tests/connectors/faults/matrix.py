"""Every kind of fault on five venues: the figures, what they must be, and one table of them.

`python -m tests.connectors.faults.matrix` runs 20 seeds in memory and prints the table; `--sockets`
adds one seed over real sockets, `--write` puts it all into docs/faults.md. Pairs of faults, and a
process that stands still, are in it too.
"""

import argparse
import asyncio
import datetime
import logging
import math
import time
from collections.abc import Iterable
from pathlib import Path

from connectors.feed.transport import RECEIVE_QUEUE
from connectors.simulator.faults import FAULTS
from tests.connectors.faults.pairs import (
    PAIRS,
    STANDSTILLS,
    TO_STAND_STILL,
    Pair,
    run_late,
    run_pair,
)
from tests.connectors.faults.world import (
    VENUES,
    Outcome,
    run_in_memory,
    run_on_sockets,
)

SEEDS = 20
PAIR_SEEDS = 4
"""Of each pair of faults, and of each fault around which the process stands still."""
NOTICED = 2.0
"""Seconds in which a mute liquid pair must be noticed."""
SLACK = 1.0
"""Seconds more that it may take in real time, on a machine that does other things too."""
AWAY = 0.5
"""Seconds that the process may stand still in a run whose failure counts; 0.2 s is usual here, with
two cores and a hundred sessions."""
RUNS = 3
"""Runs over sockets at most, where the process stood still in those before."""
RECONNECTED = 10.0
"""Seconds from the fault to the first trade of a new connection, at p99."""
MUTE = ("mute_symbol", "mute_all", "half_open")
BLIND = frozenset(
    (
        ("id_gaps", "bybit"),
        *((str(pair), "bybit") for pair in PAIRS if pair.second == "id_gaps"),
        *((f"id_gaps, late {seconds} s", "bybit") for seconds in STANDSTILLS),
    )
)
"""What nothing on the wire shows: Bybit's ids have no order, and the connection stays."""
HANDED_OVER = frozenset(
    (
        *(("cut_24h_notice", "binance"), ("cut_24h_notice", "okx")),
        *(("cut_24h_known", venue) for venue in VENUES),
        *((str(pair), venue) for pair in PAIRS if pair.second == "duplicated" for venue in VENUES),
        *((f"cut_24h_known, late {STANDSTILLS[0]} s", venue) for venue in VENUES),
    )
)
"""Where a new connection takes over before the cut, so that nothing is lost, late or doubted."""
DOCS = Path(__file__).resolve().parents[3] / "docs" / "faults.md"

Matrix = dict[tuple[str, str], list[Outcome]]
"""By kind and venue, an outcome a seed."""


def in_memory(kinds: Iterable[str], seeds: int) -> Matrix:
    """Run the matrix in virtual time."""
    matrix: Matrix = {}
    for kind in kinds:
        for seed in range(seeds):
            for venue, outcome in run_in_memory(kind, seed).items():
                matrix.setdefault((kind, venue), []).append(outcome)
    return matrix


def pairs_in_memory(seeds: int, pairs: Iterable[Pair] = PAIRS) -> Matrix:
    """Run pairs in virtual time."""
    matrix: Matrix = {}
    for pair in pairs:
        for seed in range(seeds):
            for venue, outcome in run_pair(pair, seed).items():
                matrix.setdefault((str(pair), venue), []).append(outcome)
    return matrix


def late_in_memory(seeds: int) -> Matrix:
    """Run those around which the process stands still."""
    matrix: Matrix = {}
    for kind in TO_STAND_STILL:
        for seconds in STANDSTILLS:
            for seed in range(seeds):
                for venue, outcome in run_late(kind, seconds, seed).items():
                    name = f"{kind}, late {seconds} s"
                    matrix.setdefault((name, venue), []).append(outcome)
    return matrix


async def on_sockets(kinds: Iterable[str], seed: int) -> tuple[Matrix, float]:
    """One seed of each kind over real sockets, all at the same time.

    Also the most seconds that this process stood still meanwhile.
    """
    kinds = list(kinds)
    absence = Absence()
    watching = asyncio.create_task(absence.watch())
    runs = await asyncio.gather(*(run_on_sockets(kind, seed) for kind in kinds))
    watching.cancel()
    matrix = {
        (kind, venue): [outcome]
        for kind, run in zip(kinds, runs, strict=True)
        for venue, outcome in run.items()
    }
    return matrix, absence.most


class Absence:
    """How late the event loop is, at most, while `watch` runs."""

    def __init__(self) -> None:
        self.most = 0.0
        """Seconds."""

    async def watch(self) -> None:
        """Until it is cancelled."""
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.05)
            self.most = max(self.most, time.monotonic() - before - 0.05)


async def on_a_quiet_machine(kinds: Iterable[str], seed: int) -> tuple[Matrix, float]:
    """As `on_sockets`, again where something is wrong and the process stood still.

    Such a run says nothing of the sessions: the faults themselves came too late or at once.
    """
    for _ in range(RUNS):
        matrix, away = await on_sockets(kinds, seed)
        if away < AWAY or not violations(matrix, SLACK):
            break
    return matrix, away


def violations(matrix: Matrix, slack: float = 0.0) -> list[str]:
    """Everything that is not as it must be, a line each; empty is good.

    In real time a busy machine may take `slack` seconds more to notice.
    """
    wrong: list[str] = []
    for (kind, venue), outcomes in matrix.items():
        for seed, o in enumerate(outcomes):
            found = {
                "duplicates": o.duplicates,
                "false Gaps": o.false,
                "uncovered": 0 if (kind, venue) in BLIND else o.lost - o.covered,
                "over the limit of attempts": o.attempts > 1.0,
                "over the queue": o.unread > RECEIVE_QUEUE,
                "never heard of": any("never" in note for note in o.notes),
            }
            if (kind, venue) in HANDED_OVER:
                found |= {
                    "lost in a hand-over": o.lost,
                    "late in a hand-over": o.late,
                    "Gaps of a hand-over": o.gaps,
                    "begun anew": o.begun_anew,
                    "never handed over": o.connections < 2,
                }
            bad = ", ".join(f"{what}: {value}" for what, value in found.items() if value)
            if bad:
                wrong.append(f"{kind}/{venue}/{seed}: {bad}; {o.notes[:4]}")
        slow = p99(o.reconnect for o in outcomes)
        if slow is not None and slow > RECONNECTED:
            wrong.append(f"{kind}/{venue}: reconnected after {slow:.1f} s")
        late = [o.detection for o in outcomes if kind in MUTE]
        if any(d is None or d > NOTICED + slack for d in late):
            wrong.append(f"{kind}/{venue}: noticed after {late} s")
    return wrong


def percentile(values: Iterable[float | None], share: float) -> float | None:
    """The nearest-rank percentile of those that are not None."""
    known = sorted(value for value in values if value is not None)
    return known[max(0, math.ceil(share * len(known)) - 1)] if known else None


def p99(values: Iterable[float | None]) -> float | None:
    """The nearest-rank 99th percentile."""
    return percentile(values, 0.99)


HEAD = (
    *("fault", "venue", "lost", "covered", "late", "gaps", "false", "dup"),
    *("noticed p50", "p99", "back p99", "attempts"),
)


def rows(matrix: Matrix) -> list[tuple[str, ...]]:
    """The table's rows, as texts."""

    def text(value: float | None) -> str:
        return "–" if value is None else f"{value:.2f}"

    table = []
    for kind in dict.fromkeys(kind for kind, _ in matrix):
        for venue in VENUES:
            outcomes = matrix.get((kind, venue))
            if outcomes is None:
                continue
            covered = str(sum(o.covered for o in outcomes))
            detections = [o.detection for o in outcomes]
            table.append(
                (
                    *(kind, venue, str(sum(o.lost for o in outcomes))),
                    covered + (" *" if (kind, venue) in BLIND else ""),
                    str(sum(o.late for o in outcomes)),
                    str(sum(o.gaps for o in outcomes)),
                    str(sum(o.false for o in outcomes)),
                    str(sum(o.duplicates for o in outcomes)),
                    text(percentile(detections, 0.5)),
                    text(p99(detections)),
                    text(p99(o.reconnect for o in outcomes)),
                    f"{max(o.attempts for o in outcomes):.0%}",
                )
            )
    return table


def table(matrix: Matrix) -> str:
    """One Markdown table, its columns aligned."""
    lines = [HEAD, *rows(matrix)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(HEAD))]

    def row(cells: tuple[str, ...]) -> str:
        aligned = (
            cell.ljust(width) if place < 2 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
        )
        return f"| {' | '.join(aligned)} |"

    rule = [
        "-" * width if place < 2 else "-" * (width - 1) + ":" for place, width in enumerate(widths)
    ]
    return "\n".join([row(HEAD), f"| {' | '.join(rule)} |", *map(row, rows(matrix))])


EXPLAINED = """\
Each venue suffers one fault while the others trade on: real parsers, real sessions, the engine's
gate and Pricer; the exchanges are simulated in their wire formats (`connectors/simulator`). BTC
trades 20 times a second on each venue, the other symbols 1.5 times.

- *lost*: trades that were made and never came. *covered*: lost, and between the two ids of a Gap.
  `*`: nothing on the wire shows it. Bybit's trade ids have no order, so what it leaves out while
  the connection stays cannot be noticed.
- *late*: trades that came after a newer one, and that the gate did not take in; counted, not told
  as a Gap unless ids count. The Pricer takes those in that a Gap was told of.
- *gaps*: that the gate reported. *false*: with nothing missing (`tests/connectors/faults/judge.py`
  says exactly what that is). *dup*: trades taken in twice.
- *noticed*: seconds from the fault (for single trades left out: from the first of them) to the
  first Gap or attempt to connect. *back*: seconds from the fault to the first trade of a new
  connection; for a cut with notice from the cut, 0 if the new connection was up before.
- Binance and OKX give notice of a cut, and that of `cut_24h_known` is known on all venues. There
  the new connection stands before the old one is closed: nothing lost, late or reported.
- *attempts*: the most attempts to connect in the venue's window, as a share of its limit.
"""


PAIRS_EXPLAINED = """\
A second fault strikes within or about the hand-over that the first one asks for, on the old
connection or on the first new one only (`tests/connectors/faults/pairs.py`). *noticed* and *back*
are of the first one.

- What one connection leaves out, the other one has. It comes in its place if that one is ahead;
  else it is *late*, and the Gap told of it is what lets the Pricer take it in. So such a Gap is not
  false, though nothing of it may be *lost*.
- `*`: what Bybit leaves out before or after two connections carry a symbol, nothing shows.
- A frame that cannot be read is told of at once where ids show nothing, also if the other
  connection may have its trade.
- Where the cut comes before the new connection carries all, or that one is broken, trades are lost
  as with a cut without notice, and covered as there.
"""
LATE_EXPLAINED = """\
Our process stands still once for so long, somewhere about the faults, while the exchanges go on:
all timers are late, and frames pile up. No silence that is our own is told as a stall.
"""


def faults_table() -> str:
    """What each kind is, on each transport."""
    lines = ["| fault | the venue | in memory | on sockets |", "| --- | --- | --- | --- |"]
    lines += [f"| {n} | {k.does} | {k.memory} | {k.sockets} |" for n, k in FAULTS.items()]
    return "\n".join(lines)


def write(memory: Matrix, sockets: Matrix, pairs: Matrix, late: Matrix, seeds: int) -> None:
    """Put the figures into docs/faults.md."""
    today = datetime.datetime.now(datetime.UTC).date()
    DOCS.write_text(
        f"# Faults of exchanges, and what becomes of them\n\n"
        f"Written by `python -m tests.connectors.faults.matrix --sockets --write` on {today}: "
        f"{seeds} seeds of each fault in memory on a virtual clock, one over real sockets.\n\n"
        f"{EXPLAINED}\n## The faults\n\n{faults_table()}\n\n"
        f"## In memory, {seeds} seeds, virtual clock\n\n{table(memory)}\n\n"
        f"## Two faults, in memory, {PAIR_SEEDS} seeds\n\n{PAIRS_EXPLAINED}\n{table(pairs)}\n\n"
        f"## A process that stands still, in memory, {PAIR_SEEDS} seeds\n\n"
        f"{LATE_EXPLAINED}\n{table(late)}\n\n"
        f"## Over loopback sockets, one seed, real time\n\n{table(sockets)}\n",
        encoding="utf-8",
    )


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.connectors.faults.matrix")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--kinds", nargs="*", default=list(FAULTS), choices=list(FAULTS))
    parser.add_argument("--sockets", action="store_true", help="also one seed over real sockets")
    parser.add_argument("--write", action="store_true", help="write docs/faults.md")
    args = parser.parse_args()
    logging.disable(logging.ERROR)
    begun = time.monotonic()
    memory = in_memory(args.kinds, args.seeds)
    print(table(memory))
    print(f"\n{args.seeds} seeds in memory: {time.monotonic() - begun:.0f} s")
    pairs, late = pairs_in_memory(PAIR_SEEDS), late_in_memory(PAIR_SEEDS)
    print(f"\n{table(pairs)}\n\n{table(late)}")
    sockets: Matrix = {}
    if args.sockets:
        sockets, away = asyncio.run(on_a_quiet_machine(args.kinds, 1))
        print(f"\nOver sockets; the process stood still for {away:.2f} s at most")
        print(f"\n{table(sockets)}")
    if args.write:
        write(memory, sockets, pairs, late, args.seeds)
    wrong = violations(memory | pairs | late) + violations(sockets, SLACK)
    print("\n".join(["", *wrong]) if wrong else "\nall as it must be")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
