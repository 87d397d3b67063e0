"""One seed shown from beginning to end: what was true, what was published, and when."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from drill.alarms import DEPTHS, Alarm
from drill.catalogue import SCENARIOS
from drill.chain import run
from drill.judge import IN_TIME, Truth, availability, begun_at
from drill.market import DrawnMarket, DrawnSource
from drill.tally import margin
from engine.pricing.rules import RULES, Rules

JUMP = 0.01
"""A step of the published price that is worth a line."""


def trace(name: str, seed: int, rules: Rules = RULES) -> Iterator[str]:
    """The lines of it, in order of time."""
    scenario = SCENARIOS[name]
    market, prints = scenario.play(seed)
    outcome = run(market, prints, rules)
    truth, available = Truth(market.fair, margin(market)), availability(market, prints)
    begun = Truth(market.fair, margin(market), begun_at(outcome, available))
    yield f"{name}, seed {seed}: {scenario.title}"
    yield from map(_source, market.sources)
    yield (
        f"{outcome.trades} trades, {outcome.malformed} frames refused, {outcome.gaps} gaps; "
        f"drawdowns by honest prices are within {truth.margin:.2%} of the true ones"
    )
    rows = [(alarm.fired, _fired(alarm, truth)) for alarm in outcome.alarms]
    rows += [(a.cleared, _cleared(a, truth)) for a in outcome.alarms if a.cleared is not None]
    rows += [(at, f"status {status}") for at, status in outcome.statuses]
    rows += [
        (cut.start, f"cut     {cut.venue}, {cut.end - cut.start:.1f} s") for cut in market.cuts
    ]
    rows += _prices(market, truth, outcome.prices)
    for depth in DEPTHS:
        for episode in begun.episodes(depth):
            plain = begun.plain(depth, episode)
            if plain is not None:
                known = available(plain[0])
                due = "due" if known + IN_TIME <= min(plain[1], truth.length) else "not due"
                rows.append(
                    (
                        plain[0],
                        f"truth   below -{depth:.0%} beyond noise; known at {known:.2f}, {due}",
                    )
                )
    for at, text in sorted(rows, key=lambda row: row[0]):
        yield f"{at:9.2f}  {text}"


def _source(s: DrawnSource) -> str:
    return (
        f"  {s.venue:9} {s.base}/{s.quote:4} {s.share:8.4%} of the volume, {s.rate:6.3f} trades "
        f"a s, noise {s.noise:.3%}, basis {s.basis:+.3%}, {s.latency:.2f} s away"
        + ("" if s.honest else ", not honest")
        + (f", {s.behind:.0f} s behind" if s.behind else "")
    )


def _fired(alarm: Alarm, truth: Truth) -> str:
    return (
        f"FIRING  {alarm.depth:.0%}{'@heaviest' if alarm.heaviest else ''} while {alarm.status}"
        f"{', disputed' if alarm.disputed else ''}; {_true(truth, alarm.fired)}"
    )


def _cleared(alarm: Alarm, truth: Truth) -> str:
    at = alarm.cleared or 0.0
    return (
        f"CLEARED {alarm.depth:.0%}{'@heaviest' if alarm.heaviest else ''} while "
        f"{alarm.clear_status}{', disputed' if alarm.clear_disputed else ''}; {_true(truth, at)}"
    )


def _true(truth: Truth, at: float) -> str:
    return f"the true drawdown is {truth.fall[truth.row(at)]:.2%}"


def _prices(
    market: DrawnMarket, truth: Truth, prices: list[tuple[float, float]]
) -> list[tuple[float, str]]:
    return [
        (at, f"price   {before:.6g} to {after:.6g}; fair {market.fair[truth.row(at)]:.6g}")
        for (_, before), (at, after) in pairwise(prices)
        if abs(after / before - 1.0) >= JUMP
    ]
