"""`regime`, `flags`, `targets` and the alerts by the batch oracles."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from engine.alerts.targets import GOALS
from engine.index.definition import IndexDefinition
from engine.periods import month_of, years_before
from engine.types import DAY
from tests.reference import regimes
from tests.reference.series import deviation, mean
from tests.tidegauge.six_years import Drift, Followed
from tests.tidegauge.six_years_figures import as_is
from tests.tidegauge.six_years_leaves import Leaf, Leaves, as_leaves, figure, null, under
from tests.tidegauge.six_years_past import Past

REGIMES = ("bull", "bear", "sideways", "high_volatility", "low_volatility")
FLAGS = (
    "weight_drift",
    "deeper_drawdowns",
    "falling_sharpe",
    "behind_benchmark",
    "more_volatility_without_return",
)
Change = tuple[int, str, bool]


def regime(
    own: Past, reference: str, judge: Past, as_of: int, definition: IndexDefinition
) -> Leaves:
    """`regime`, of the returns whose bars began in each."""
    found: Leaves = {"reference": Leaf(reference)}
    begun = judge.base_at <= as_of
    told = {"trend": judge.trend, "volatility": judge.volatility} if begun else {}
    days = judge.bars(as_of)
    for name, why in (("trend", "no_turn"), ("volatility", "too_few")):
        judged, since = regimes.last(told.get(name, []), as_of)
        why = "zero_variance" if name == "volatility" and days >= 90 else why
        found[name] = as_is(judged, why)
        found[f"{name}_since"] = as_is(since if judged else None, why)
    bars: dict[str, list[float]] = {name: [] for name in REGIMES}
    for end, r in list(zip(own.ends, own.returns, strict=True))[: own.bars(as_of)]:
        trend, volatility = judge.judged_at(end - DAY)
        for name in filter(None, (trend, volatility and f"{volatility}_volatility")):
            bars[name].append(r)
    for name, inside in bars.items():
        found |= under(name, within(inside, definition))
    return under("regime", found)


def within(r: Sequence[float], definition: IndexDefinition) -> Leaves:
    """The figures of the returns in one regime."""
    n, root = len(r), math.sqrt(definition.bars_per_year)
    rf = definition.per_bar(definition.risk_free)
    grown = math.exp(math.fsum(map(math.log1p, r))) - 1.0 if r else None
    found = {"n": Leaf(n), "return": figure(grown, "too_few", 2.0 + (grown or 0.0))}
    sd = deviation(r) if n > 1 else None
    found["volatility"] = figure(sd and sd * root, "too_few")
    sharpe = (mean(r) - rf) / sd * root if sd else None
    size = math.fsum(abs(x - rf) for x in r) / n / sd * root if sd else None
    found["sharpe"] = figure(sharpe, "too_few", size)
    return found


class Flagged:
    """The flags of one index: when each came and went, and what is told of it while it is up."""

    def __init__(
        self, own: Past, first: Past | None, followed: Followed, definition: IndexDefinition
    ) -> None:
        self.own, self.first, self.followed = own, first, followed
        self.definition = definition
        self.month_ends = [
            at for k, at in enumerate(own.ats) if not k or month_of(at) != month_of(own.ats[k - 1])
        ]
        other = None if first is None else first.path
        found = regimes.deeper_drawdowns(own.path)
        for told in regimes.monthly_flags(own.path, other, definition).values():
            found += told
        if definition.rebalance != "never":
            found += drifted(followed.drift)
        self.changes: list[Change] = sorted(found)

    def read(self, as_of: int) -> Leaves:
        """`flags` of a snapshot."""
        up = {flag: at for at, flag, comes in self.changes if at <= as_of and comes}
        for at, flag, comes in self.changes:
            if at <= as_of and not comes and at > up.get(flag, as_of):
                del up[flag]
        told = [
            {"flag": flag, "since": up[flag], "evidence": self.evidence(flag, as_of)}
            for flag in FLAGS
            if flag in up
        ]
        return as_leaves(told, "flags")

    def evidence(self, flag: str, as_of: int) -> dict[str, Any]:
        """The numbers of a raised flag, of its last judgement."""
        if flag == "weight_drift":
            found = self.followed.drift[as_of]
            return {**found._asdict(), "off": abs(found.weight - found.target)}
        if flag == "deeper_drawdowns":
            return {"cycles": self._cycles(as_of)}
        ends = [at for at in self.month_ends if at <= as_of]
        if flag == "falling_sharpe":
            years = [(at, self._year(at, 0)) for at in ends[-4:]]
            assert len(ends) < 4 or years[-2][1] is not None
            return {"sharpes": [{"at": at, "sharpe": y[2]} for at, y in years if y]}
        if flag == "behind_benchmark":
            return self._behind(ends)
        now, before = self._year(ends[-1], 0), self._year(ends[-1], 1)
        assert now is not None
        assert before is not None
        pair = {"volatility": now[1], "volatility_before": before[1]}
        return {**pair, "return": now[0], "return_before": before[0]}

    def _cycles(self, as_of: int) -> list[dict[str, Any]]:
        *ended, lasting = regimes.cycles(self.own.until(as_of))
        told = [c for c in ended if c["depth"] >= 0.2]
        if told and lasting["depth"] >= 0.2 and lasting["depth"] > told[-1]["depth"]:
            told.append(lasting)
        return told[-3:]

    def _year(self, end: int, back: int) -> regimes.Year | None:
        begin = years_before(end, back + 1)
        until = years_before(end, back) if back else end
        return regimes.year(self.own.until(end), begin, until, self.definition)

    def _behind(self, ends: list[int]) -> dict[str, Any]:
        assert self.first is not None
        months, last = 0, None
        for end in reversed(ends):
            closes = (self.own.until(end), self.first.until(end))
            pair = regimes.paired(*closes, end, self.definition)
            last = pair if last is None else last
            if pair is None or pair[0] >= pair[1] - 1e-6:
                break
            months += 1
        assert last is not None
        told: dict[str, Any] = {"benchmark": self.definition.benchmarks[0], "months": months}
        return {**told, "sharpe": last[0], "benchmark_sharpe": last[1]}


def drifted(drift: Mapping[int, Drift]) -> list[Change]:
    """When weight_drift came and went: at five points, until half of them."""
    up, found = False, list[Change]()
    for at, told in drift.items():
        off = abs(told.weight - told.target)
        now = off > 0.025 if up else off >= 0.05
        if now != up:
            found.append((at, "weight_drift", now))
        up = now
    return found


def targets(definition: IndexDefinition, known: Leaves) -> Leaves:
    """`targets` of a snapshot whose figures are `known`."""
    found: Leaves = {} if definition.targets else {"targets": Leaf({})}
    for name, target in definition.targets:
        goal = GOALS[name]
        leaf = known[".".join(definition.benchmarks[0] if p == "*" else p for p in goal.path)]
        met = null(leaf.reason or "")
        if leaf.value is not None:
            met = Leaf(leaf.value >= target if goal.least else leaf.value <= target)
        found |= under(f"targets.{name}", {"target": Leaf(target), "value": leaf, "met": met})
    return found


def falls(own: Past, definition: IndexDefinition) -> list[tuple[int, str, bool, float, int]]:
    """The drawdown alerts: when, which rule, whether it fires, the depth and the peak's time."""
    peak, peak_at = 0.0, 0
    firing: set[float] = set()
    found = []
    for at, level in own.path:
        if level >= peak:
            peak, peak_at = level, at
        for depth in definition.drawdown_alerts:
            fires, clears = level <= peak * (1 - depth), level >= peak * (1 - depth / 2)
            if fires if depth not in firing else clears:
                firing ^= {depth}
                found.append(
                    (at, f"drawdown>={depth:.2f}", depth in firing, 1 - level / peak, peak_at)
                )
    return found
