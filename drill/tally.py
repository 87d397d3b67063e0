"""Many seeds of many scenarios, on several cores, and what they promise together."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from drill.catalogue import SCENARIOS
from drill.chain import Outcome, run
from drill.judge import COUNTS, Truth, Verdict, availability, begun_at, judge
from drill.market import DrawnMarket
from engine.pricing.rules import RULES, Rules

LATEST = 2.5
"""Seconds of lateness (p99) that a scenario may have."""
LATEST_PROMPT = 0.6
"""The same where no venue is slow or halted."""
ALLOWED = 4 / 1000
"""False alarms and clearances, of those due, in all decidable scenarios; each must be disputed."""
SEEDS_A_TASK = 5
"""Enough that handing out costs nothing, few enough that all cores end together."""


@dataclass(slots=True)
class PublishedTally:
    """What an index said, right or wrong: alarms by the status they came with, the lowest and the
    highest level (1 is the first), and the share of time in which it was not `live`."""

    live: int = 0
    degraded: int = 0
    disputed: int = 0
    heaviest: int = 0
    lowest: float = np.inf
    highest: float = 0.0
    not_live: float = 0.0

    def add(self, other: PublishedTally) -> None:
        """Count in another market; `not_live` is summed."""
        for name in ("live", "degraded", "disputed", "heaviest", "not_live"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.lowest = min(self.lowest, other.lowest)
        self.highest = max(self.highest, other.highest)


@dataclass(slots=True)
class Played:
    """One seed of a scenario, or several: ours and the naive indices."""

    scenario: str
    seeds: list[int]
    ours: Verdict = field(default_factory=Verdict)
    naive: dict[str, Verdict] = field(default_factory=dict)
    published: PublishedTally = field(default_factory=PublishedTally)
    bad: list[int] = field(default_factory=list)

    def add(self, other: Played) -> None:
        """Count in more seeds."""
        self.seeds += other.seeds
        self.ours.add(other.ours)
        for name, verdict in other.naive.items():
            self.naive.setdefault(name, Verdict()).add(verdict)
        self.published.add(other.published)
        self.bad += other.bad


def margin(market: DrawnMarket) -> float:
    """How far a drawdown by honest prices may be from the true one: the noise counts twice, in the
    peak and now."""
    return 2.0 * market.noise()


def play(name: str, seed: int, rules: Rules = RULES) -> Played:
    """Draw, run and judge one seed."""
    scenario = SCENARIOS[name]
    market, prints = scenario.play(seed)
    outcome = run(market, prints, rules)
    truth, available = Truth(market.fair, margin(market)), availability(market, prints)
    begun = Truth(market.fair, margin(market), begun_at(outcome, available))
    ours = judge(truth, begun, outcome.alarms, available)
    naive = {n: judge(truth, begun, alarms, available) for n, alarms in outcome.naive.items()}
    late = max(ours.late, default=0.0) > (LATEST_PROMPT if scenario.prompt else LATEST)
    wrong = ours.missed or ours.false or ours.false_clear or ours.stuck or late
    published = _published(outcome, truth.length)
    return Played(name, [seed], ours, naive, published, [seed] if wrong else [])


def _published(outcome: Outcome, length: float) -> PublishedTally:
    ours = [alarm for alarm in outcome.alarms if not alarm.heaviest]
    prices = [price for _, price in outcome.prices] or [1.0]
    ends = [at for at, _ in outcome.statuses[1:]] + [length]
    doubtful = sum(
        end - at
        for (at, status), end in zip(outcome.statuses, ends, strict=True)
        if status not in ("live", "warming")
    )
    return PublishedTally(
        live=sum(alarm.status == "live" for alarm in ours),
        degraded=sum(alarm.status != "live" for alarm in ours),
        disputed=sum(alarm.disputed for alarm in ours),
        heaviest=len(outcome.alarms) - len(ours),
        lowest=min(prices) / prices[0],
        highest=max(prices) / prices[0],
        not_live=doubtful / length,
    )


def _play_all(name: str, seeds: Sequence[int], rules: Rules) -> list[Played]:
    return [play(name, seed, rules) for seed in seeds]


def play_all(
    names: Sequence[str], seeds: Sequence[int], rules: Rules = RULES, jobs: int = 1
) -> Iterator[Played]:
    """Every scenario over all seeds, as soon as each is through, in any order.

    With several jobs in processes of their own; what comes out does not depend on how many.
    """
    parts = [seeds[i : i + SEEDS_A_TASK] for i in range(0, len(seeds), SEEDS_A_TASK)]
    if jobs == 1:
        for name in names:
            yield _joined(name, [_play_all(name, part, rules) for part in parts])
        return
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=spawn) as pool:
        tasks = {
            pool.submit(_play_all, name, part, rules): name for name in names for part in parts
        }
        done: dict[str, list[list[Played]]] = {name: [] for name in names}
        for task in as_completed(tasks):
            name = tasks[task]
            done[name].append(task.result())
            if len(done[name]) == len(parts):
                yield _joined(name, done[name])


def _joined(name: str, parts: Sequence[list[Played]]) -> Played:
    """All seeds of a scenario, in their order."""
    joined = Played(name, [])
    for played in sorted((p for part in parts for p in part), key=lambda p: p.seeds[0]):
        joined.add(played)
    return joined


# ---- what is reported of them


def lateness(verdict: Verdict, quantile: float) -> float | None:
    """Seconds; None where no alarm was due."""
    return float(np.quantile(verdict.late, quantile)) if verdict.late else None


def figures(verdict: Verdict) -> dict[str, Any]:
    """The counts, and the lateness (s)."""
    found: dict[str, Any] = {name: getattr(verdict, name) for name in COUNTS}
    for name, quantile in (("late_p50", 0.5), ("late_p99", 0.99)):
        late = lateness(verdict, quantile)
        found[name] = None if late is None else round(late, 3)
    return found


def summary(results: Sequence[Played]) -> dict[str, Any]:
    """All that came out, for the JSON line; in the order of the catalogue."""
    scenarios = {}
    for played in in_order(results):
        published = {k: round(v, 4) for k, v in asdict(played.published).items()}
        published["not_live"] = round(published["not_live"] / len(played.seeds), 4)
        scenarios[played.scenario] = {
            "decidable": SCENARIOS[played.scenario].decidable,
            **figures(played.ours),
            "bad": played.bad,
            "published": published,
            **{name: figures(verdict) for name, verdict in sorted(played.naive.items())},
        }
    total = total_of(results)
    return {
        "seeds": len(results[0].seeds),
        "seed": results[0].seeds[0],
        "scenarios": scenarios,
        "decidable": {
            **figures(total.ours),
            **{name: figures(verdict) for name, verdict in sorted(total.naive.items())},
        },
        "broken": broken(results),
    }


def in_order(results: Sequence[Played]) -> list[Played]:
    """In the order of the catalogue, what can be decided first."""
    places = {name: place for place, name in enumerate(SCENARIOS)}
    return sorted(results, key=lambda p: (not SCENARIOS[p.scenario].decidable, places[p.scenario]))


def total_of(results: Sequence[Played]) -> Played:
    """All decidable scenarios together."""
    total = Played("decidable", [])
    for played in in_order(results):
        if SCENARIOS[played.scenario].decidable:
            total.add(played)
    return total


def broken(results: Sequence[Played]) -> list[str]:
    """The promises that are not kept, each with the scenario and the first seeds concerned."""
    found = []
    for played in in_order(results):
        scenario, ours = SCENARIOS[played.scenario], played.ours
        if not scenario.decidable:
            continue
        limit = LATEST_PROMPT if scenario.prompt else LATEST
        late = lateness(ours, 0.99)
        wrong = [
            (ours.missed, f"{ours.missed} missed"),
            (ours.false_live, f"{ours.false_live} false while live"),
            (ours.false_clear_live, f"{ours.false_clear_live} falsely cleared while live"),
            (ours.undisputed, f"{ours.undisputed} false or falsely cleared, not marked disputed"),
            (ours.stuck, f"{ours.stuck} never cleared"),
            (late is not None and late > limit, f"lateness p99 {late or 0:.2f} s above {limit} s"),
        ]
        shortfalls = ", ".join(text for holds, text in wrong if holds)
        if shortfalls:
            found.append(f"{played.scenario}: {shortfalls} (seeds {_some(played.bad)})")
    total = total_of(results).ours
    errors = total.false + total.false_clear
    if errors > ALLOWED * total.due:
        found.append(
            f"in all: {errors} false or falsely cleared of {total.due} due, "
            f"more than {1000 * ALLOWED:.0f} in 1,000"
        )
    return found


def _some(seeds: Sequence[int]) -> str:
    """The first few, runs of them as ranges."""
    shown = ", ".join(map(str, seeds[:5]))
    return shown + (" …" if len(seeds) > 5 else "")
