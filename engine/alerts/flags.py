"""Red flags: what a careful owner would want to know of an index, judged at daily closes.

`weight_drift` and `deeper_drawdowns` are judged at every 00:00 UTC before which the index had a
price that day, the other three at the first such close of each month. Each flag has its own rule
for coming and for going, so that none flickers; `RULES` states them, in the definition cards too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

from engine.alerts.book import Rule
from engine.index.definition import IndexDefinition
from engine.metrics.machinery.years import Year
from engine.metrics.watched import RULES
from engine.periods import month_of

DRIFT, DRIFT_CLEARS = 0.05, 0.025
"""Five points of weight is the absolute half of the 5/25 rule of rebalancing (after L. Swedroe)."""
CYCLE_DEPTH = 0.2
"""A fall that counts as a cycle's: what is called a bear market."""
CYCLES = 3
SHARPE_FALLS = 3
SHARPE_FALL = 0.7
"""One standard error of a year's Sharpe ratio is about 1; of the change between two years that
share nine months, √(2 · 3/12) ≈ 0.7."""
BEHIND_MONTHS = 12
VOLATILITY_RISE, VOLATILITY_CLEARS = 1.2, 1.1
"""One standard error of the ratio of two years' volatilities is about a tenth for returns with
the tails of crypto: two of them rise it, one is left when it clears."""
SHARPE_ROUNDING = 1e-6
"""Sharpe ratios that differ by less count as equal: an index of one asset against that asset."""
ROUNDING = 1e-12
"""Of weights, depths, returns, closes as a share of the peak: what differs by less is equal."""


class MonthEnd(NamedTuple):
    """What is judged monthly, None where undefined: the last year, the one before, and the first
    benchmark's Sharpe ratio beside the index's over the days that both have."""

    year: Year | None
    before: Year | None
    pair: tuple[float, float] | None


class Drift(NamedTuple):
    """The asset whose weight is furthest from the one that the method gives it."""

    asset: str
    weight: float
    target: float


def flag_rule(flag: str) -> Rule:
    """The alert rule of a flag: each is a kind of its own."""
    return Rule(flag, flag, "warning")


def _benchmark(definition: IndexDefinition) -> str | None:
    return definition.benchmarks[0] if definition.benchmarks else None


def judged(definition: IndexDefinition) -> list[str]:
    """The flags that an index of this definition can have."""
    lacking = set()
    if definition.rebalance == "never":
        lacking.add("weight_drift")
    if not definition.benchmarks:
        lacking.add("behind_benchmark")
    return [flag for flag in RULES if flag not in lacking]


@dataclass(slots=True)
class FlagRecord:
    """What the flags of one index remember. Times are ns; `cycles` and `sharpes` oldest first."""

    benchmark: str | None = None
    peak: float = 0.0
    peak_at: int = 0
    trough: float = 0.0
    trough_at: int = 0
    cycles: list[dict[str, Any]] = field(default_factory=list)
    month: int = -1
    sharpes: list[dict[str, Any]] = field(default_factory=list)
    behind: int = 0
    raised: dict[str, dict[str, Any]] = field(default_factory=dict)


class FlagChange(NamedTuple):
    """A flag that came or went at a daily close."""

    flag: str
    raised: bool
    evidence: dict[str, Any]


_Verdict = tuple[bool, dict[str, Any]]
"""Whether a flag is up, and the numbers that say so."""


class Flags:
    """The flags of all indices of a shard."""

    def __init__(self) -> None:
        self.of: dict[str, FlagRecord] = {}

    def define(self, definition: IndexDefinition) -> None:
        """A definition is in force: drop the flags that it does not keep."""
        record = self.of.setdefault(definition.id, FlagRecord())
        kept = self.kept(definition)
        record.raised = {f: flag for f, flag in record.raised.items() if f in kept}
        if record.benchmark != _benchmark(definition):
            record.benchmark, record.behind = _benchmark(definition), 0

    def kept(self, definition: IndexDefinition) -> list[str]:
        """The flags that can stay raised when this definition comes into force."""
        flags = judged(definition)
        record = self.of.get(definition.id)
        if record is not None and record.benchmark != _benchmark(definition):
            flags = [flag for flag in flags if flag != "behind_benchmark"]
        return flags

    def retire(self, index: str) -> None:
        """Forget an index."""
        self.of.pop(index, None)

    def is_month_end(self, index: str, end: int) -> bool:
        """Whether `end` is the first daily close of the index in its month."""
        return self.of[index].month != month_of(end)

    def judge(
        self, index: str, end: int, level: float, drift: Drift | None, month: MonthEnd | None
    ) -> Iterator[FlagChange]:
        """Judge the daily close `end`; `month` is given at month ends."""
        record = self.of[index]
        verdicts = {"deeper_drawdowns": _deeper(record, end, level)}
        if drift is not None:
            verdicts["weight_drift"] = _drifts("weight_drift" in record.raised, drift)
        if month is not None:
            verdicts |= _monthly(record, end, month)
        for flag, (now, evidence) in verdicts.items():
            was = flag in record.raised
            if now:
                since = record.raised[flag]["since"] if was else end
                record.raised[flag] = {"flag": flag, "since": since, "evidence": evidence}
            elif was:
                del record.raised[flag]
            if now != was:
                yield FlagChange(flag, now, evidence)

    def read(self, index: str) -> list[dict[str, Any]]:
        """`flags` of a snapshot: what is raised, with the evidence of its last judgement."""
        raised = self.of[index].raised
        return [raised[flag] for flag in RULES if flag in raised]

    def evidence(self, index: str, flag: str) -> dict[str, Any]:
        """The numbers of a raised flag."""
        found: dict[str, Any] = self.of[index].raised[flag]["evidence"]
        return found

    def dump(self) -> dict[str, Any]:
        """State for a checkpoint."""
        names = FlagRecord.__slots__
        return {  # of what is in a record only `raised` changes in its place
            index: {name: getattr(record, name) for name in names} | {"raised": dict(record.raised)}
            for index, record in self.of.items()
        }

    @classmethod
    def load(cls, state: Mapping[str, Any]) -> Flags:
        """The flags that `dump` came from."""
        self = cls()
        for index, record in state.items():
            self.of[index] = FlagRecord(**{**record, "raised": dict(record["raised"])})
        return self


def _drifts(raised: bool, drift: Drift) -> _Verdict:
    off = abs(drift.weight - drift.target)
    up = off > DRIFT_CLEARS + ROUNDING if raised else off >= DRIFT - ROUNDING
    return up, {**drift._asdict(), "off": off}


def _deeper(record: FlagRecord, end: int, level: float) -> _Verdict:
    """Follow the falls of the daily closes; three in a row, each deeper, raise the flag."""
    r = record
    if level >= r.peak * (1.0 - ROUNDING):
        if r.peak > 0.0 and _counts(_cycle(r)):
            r.cycles = [*r.cycles, {**_cycle(r), "recovered_at": end}][-CYCLES:]
        r.peak, r.peak_at, r.trough, r.trough_at = level, end, level, end
    elif level <= r.trough - ROUNDING * r.peak:
        r.trough, r.trough_at = level, end
    seen = list(r.cycles)
    lasting = _cycle(r)
    if seen and _counts(lasting) and _is_deeper(seen[-1], lasting):
        seen = [*seen, {**lasting, "recovered_at": None}][-CYCLES:]
    rising = all(_is_deeper(before, cycle) for before, cycle in pairwise(seen))
    return rising and len(seen) == CYCLES, {"cycles": seen}


def _counts(cycle: Mapping[str, Any]) -> bool:
    return bool(cycle["depth"] >= CYCLE_DEPTH - ROUNDING)


def _is_deeper(before: Mapping[str, Any], cycle: Mapping[str, Any]) -> bool:
    return bool(cycle["depth"] - before["depth"] >= ROUNDING)


def _cycle(r: FlagRecord) -> dict[str, Any]:
    depth = (r.peak - r.trough) / r.peak
    return {"depth": depth, "peak_at": r.peak_at, "trough_at": r.trough_at}


def _monthly(record: FlagRecord, end: int, month: MonthEnd) -> dict[str, _Verdict]:
    if record.month not in (-1, month_of(end) - 1):  # a month without any close
        record.sharpes, record.behind = [], 0
    record.month = month_of(end)
    found = {"falling_sharpe": _falling(record, end, month.year)}
    if record.benchmark is not None:
        found["behind_benchmark"] = _behind(record, month.pair)
    found["more_volatility_without_return"] = _volatile(record, month.year, month.before)
    return found


def _falling(record: FlagRecord, end: int, year: Year | None) -> _Verdict:
    if year is None:
        record.sharpes = []
        return False, {"sharpes": []}
    record.sharpes = [*record.sharpes, {"at": end, "sharpe": year.sharpe}][-SHARPE_FALLS - 1 :]
    values = [entry["sharpe"] for entry in record.sharpes]
    falls = [a - b > SHARPE_ROUNDING for a, b in pairwise(values)]
    begins = len(falls) == SHARPE_FALLS and all(falls) and values[0] - values[-1] >= SHARPE_FALL
    goes_on = "falling_sharpe" in record.raised and falls[-1:] == [True]
    return begins or goes_on, {"sharpes": record.sharpes}


def _behind(record: FlagRecord, pair: tuple[float, float] | None) -> _Verdict:
    if pair is None:
        record.behind = 0
        return False, {"benchmark": record.benchmark, "months": 0}
    sharpe, other = pair
    record.behind = record.behind + 1 if sharpe < other - SHARPE_ROUNDING else 0
    evidence: dict[str, Any] = {"benchmark": record.benchmark, "months": record.behind}
    evidence |= {"sharpe": sharpe, "benchmark_sharpe": other}
    return record.behind >= BEHIND_MONTHS, evidence


def _volatile(record: FlagRecord, year: Year | None, before: Year | None) -> _Verdict:
    if year is None or before is None:
        return False, {}
    raised = "more_volatility_without_return" in record.raised
    least = VOLATILITY_CLEARS if raised else VOLATILITY_RISE
    evidence = {"volatility": year.volatility, "volatility_before": before.volatility}
    evidence |= {"return": year.growth, "return_before": before.growth}
    rose = year.volatility >= least * before.volatility * (1.0 - ROUNDING)
    return rose and year.growth <= before.growth + ROUNDING, evidence
