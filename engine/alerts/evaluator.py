"""Evaluates the alert rules of a shard's indices: what fires or resolves becomes an alert here."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from numpy.typing import NDArray

from engine.alerts.book import AlertBook, Rule
from engine.alerts.flags import ROUNDING, Drift, Flags, MonthEnd, flag_rule
from engine.alerts.standings import DRAWDOWN, NO_DATA_KIND, RULE, Standings, fall_rule
from engine.alerts.targets import TARGET, is_early, read_targets, target_rule
from engine.index.baskets import Baskets
from engine.index.definition import IndexDefinition
from engine.index.disputes import HEAVIEST, Disputes, heaviest_rule
from engine.index.weighting.registry import weigh
from engine.metrics.machinery.years import Years
from engine.records import Output, Receipt

Figures = Callable[[IndexDefinition], tuple[dict[str, Any], dict[str, str]]]
"""Gives the figures of a started index, and the reasons of their nulls."""
Falls = Sequence[dict[str, Any]]
Explain = Callable[[Sequence[int], Falls, dict[str, float] | None], list[dict[str, Any]]]
"""Adds to what alerts say of the falls of the indices in some rows why they fell, and how far the
prices behind them are to be trusted; these are given where others are to count than those that
stand."""


class AlertEvaluator:
    """The alerts of a shard: drawdowns at every instant, flags and targets at daily closes."""

    def __init__(self) -> None:
        self.book = AlertBook()
        self.flags = Flags()
        self.rules = Standings()
        self._digests: dict[str, tuple[IndexDefinition, str]] = {}
        """Of the definitions that alerts named; no state, as they can be made anew."""

    def crossed(
        self,
        events: NDArray[Any],
        baskets: Baskets,
        explain: Explain,
        origin: str,
        receipt: Receipt,
    ) -> Iterator[Output]:
        """The drawdown alerts of what the kernel saw (`engine.index.kernel_arrays.EVENT`)."""
        happened = events.tolist()  # each has the fields of EVENT
        falls = [_fall(level, peak, at, then) for *_, at, level, peak, then in happened]
        told = explain([event[0] for event in happened], falls, None)
        for (row, number, fired, *_), facts in zip(happened, told, strict=True):
            definition = baskets.all[row].definition
            assert definition is not None
            rule = fall_rule(definition, definition.compiled_depths[number])
            yield self.say(definition, rule, fired > 0, facts, origin, receipt)

    def judge_claims(
        self,
        definitions: Iterable[IndexDefinition],
        at: int,
        baskets: Baskets,
        disputes: Disputes,
        explain: Explain,
        origin: str,
        receipt: Receipt,
    ) -> Iterator[Output]:
        """The drawdown alerts of what only the heaviest cluster sees at this instant."""
        if not disputes.claims and not self.book.any_open(HEAVIEST):
            return
        for definition in definitions:
            row = baskets.row[definition.id]
            if not baskets.levels.started[row]:
                continue
            level = disputes.level(baskets, row)
            for depth in definition.drawdown_alerts:
                shared = fall_rule(definition, depth)
                rule = heaviest_rule(shared)
                fires = self.book.fires(definition.id, rule)
                if level is None and not fires:
                    continue
                p = baskets.path[row]
                shown = float(baskets.levels.level[row]) if level is None else level
                fall = _fall(shown, float(p["peak"]), at, int(p["peak_at"]))
                claims = None if level is None else disputes.claims
                (facts,) = explain([row], [fall], claims)
                if level is None:
                    facts["reason"] = "dispute_ended"
                    yield self.say(definition, rule, False, facts, origin, receipt)
                elif fires and fall["drawdown"] <= depth / 2:
                    yield self.say(definition, rule, False, facts, origin, receipt)
                elif (
                    not fires
                    and fall["drawdown"] >= depth
                    and not self.book.fires(definition.id, shared)
                ):
                    yield self.say(definition, rule, True, facts, origin, receipt)

    def close_day(
        self,
        definition: IndexDefinition,
        end: int,
        baskets: Baskets,
        years: Years,
        benchmark: str | None,
        figures: Figures,
        origin: str,
        receipt: Receipt,
    ) -> Iterator[Output]:
        """Judge the daily close `end` of an index that had a price that day.

        `benchmark` is the basket of its first benchmark. Rebalances due at `end` are done.
        """
        row = baskets.row[definition.id]
        level = float(baskets.levels.level[row])
        drift = None if definition.rebalance == "never" else furthest(baskets, row, end)
        month = None
        if self.flags.is_month_end(definition.id, end):
            month = _month_end(definition, end, years, benchmark)
        for change in self.flags.judge(definition.id, end, level, drift, month):
            facts = {"level": level, "at": end, "evidence": change.evidence}
            rule = flag_rule(change.flag)
            yield self.say(definition, rule, change.raised, facts, origin, receipt)
        if definition.targets:
            age = end - int(baskets.levels.inception[row])
            body, reasons = figures(definition)
            found = read_targets(definition.targets, definition.benchmarks, body, reasons)
            for name, target in found.items():
                rule, met = target_rule(name, target["target"]), target["met"]
                known = met is not None and not is_early(name, age)
                if known and met == self.book.fires(definition.id, rule):
                    facts = {"level": level, "at": end, "evidence": {"figure": name, **target}}
                    yield self.say(definition, rule, not met, facts, origin, receipt)

    def define(
        self,
        index: str,
        definition: IndexDefinition | None,
        baskets: Baskets,
        now: int,
        origin: str,
        receipt: Receipt,
    ) -> Iterator[Output]:
        """A definition is in force, or none any more: resolve what fires under rules gone."""
        names = self._rules(definition) if definition else set()
        reason = "rule_removed" if definition else "retired"
        for rule in self.book.gone(index, names):
            facts = {**self._facts(index, rule, baskets, now), "reason": reason}
            body = self.book.change(index, "", rule, False, facts, origin, receipt)
            yield Output("alerts", index, "alert", body)
        if definition:
            self.flags.define(definition)
            self.rules.define(definition)
        else:
            self.flags.retire(index)
            self.rules.retire(index)
            self._digests.pop(index, None)

    def hand_over(self, definitions: Iterable[IndexDefinition], baskets: Baskets) -> None:
        """Let the kernel go on with the drawdowns that fire, also those that it did not decide
        before."""
        for definition in definitions:
            for number, depth in enumerate(definition.compiled_depths):
                fires = self.book.fires(definition.id, fall_rule(definition, depth))
                baskets.levels.firing[baskets.row[definition.id], number] = fires

    def _rules(self, definition: IndexDefinition) -> set[str]:
        """The names of the rules that a definition has and that go on as they are."""
        depths = [fall_rule(definition, depth) for depth in definition.drawdown_alerts]
        drawdowns = {name for r in depths for name in (r.name, heaviest_rule(r).name)}
        targets = {target_rule(*target).name for target in definition.targets}
        lasting = {*self.flags.kept(definition), *self.rules.kept(definition)}
        return drawdowns | targets | lasting

    def _facts(self, index: str, rule: Rule, baskets: Baskets, now: int) -> dict[str, Any]:
        row = baskets.row[index]
        if rule.kind == DRAWDOWN:
            return self.fall(baskets, row, now)
        started = bool(baskets.levels.started[row])
        facts = {"level": float(baskets.levels.level[row]) if started else None, "at": now}
        if rule.kind in (RULE, NO_DATA_KIND):
            return facts
        evidence = {} if rule.kind == TARGET else self.flags.evidence(index, rule.kind)
        return {**facts, "evidence": evidence}

    def fall(self, baskets: Baskets, row: int, at: int) -> dict[str, Any]:
        """What a drawdown alert of a started index says of its fall, as of now."""
        p = baskets.path[row]
        level = float(baskets.levels.level[row])
        return _fall(level, float(p["peak"]), at, int(p["peak_at"]))

    def say(
        self,
        definition: IndexDefinition,
        rule: Rule,
        fires: bool,
        facts: Mapping[str, Any],
        origin: str,
        receipt: Receipt,
    ) -> Output:
        """The alert of a rule that begins or ceases to hold (`AlertBook.change`)."""
        digest = self._digest(definition)
        body = self.book.change(definition.id, digest, rule, fires, facts, origin, receipt)
        return Output("alerts", definition.id, "alert", body)

    def _digest(self, definition: IndexDefinition) -> str:
        known = self._digests.get(definition.id)
        if known is None or known[0] is not definition:
            known = self._digests[definition.id] = definition, definition.digest()
        return known[1]

    def read(
        self, definition: IndexDefinition, figures: Mapping[str, Any], reasons: dict[str, str]
    ) -> dict[str, Any]:
        """`flags` and `targets` of a snapshot; `figures` are its others, `reasons` of its nulls."""
        targets, benchmarks = definition.targets, definition.benchmarks
        return {
            "flags": self.flags.read(definition.id),
            "targets": read_targets(targets, benchmarks, figures, reasons),
        }

    def dump(self) -> dict[str, Any]:
        """State for a checkpoint."""
        found = {"book": self.book.dump(), "flags": self.flags.dump()}
        return found | {"rules": rules} if (rules := self.rules.dump()) else found

    @classmethod
    def load(cls, state: Mapping[str, Any]) -> AlertEvaluator:
        """The evaluator that `dump` came from."""
        self = cls()
        self.book, self.flags = AlertBook.load(state["book"]), Flags.load(state["flags"])
        self.rules = Standings.load(state.get("rules", {}))
        return self


def furthest(baskets: Baskets, row: int, end: int) -> Drift | None:
    """The asset of a started basket whose weight is furthest from the method's, first of equals.

    None where the method can weigh no asset now.
    """
    basket = baskets.all[row]
    definition = basket.definition
    assert definition is not None
    # However old the prices.
    targets = weigh(definition, baskets.members(definition, basket.keys, basket.shares, end))
    if not any(targets):
        return None
    prices = [float(baskets.prices.price[baskets.price_row[key]]) for key in basket.keys]
    values = [h * p for h, p in zip(basket.holdings, prices, strict=True)]
    total = math.fsum(values)
    drifts = [
        Drift(key, value / total, target)
        for key, value, target in zip(basket.keys, values, targets, strict=True)
    ]
    offs = [abs(drift.weight - drift.target) for drift in drifts]
    # Of two assets one gains what the other loses, but for rounding, which must not choose.
    return next(d for d, off in zip(drifts, offs, strict=True) if off >= max(offs) - ROUNDING)


def _fall(level: float, peak: float, at: int, peak_at: int) -> dict[str, Any]:
    """What a drawdown alert says."""
    depth = (peak - level) / peak
    return {"level": level, "peak": peak, "drawdown": depth, "at": at, "peak_at": peak_at}


def _month_end(
    definition: IndexDefinition, end: int, years: Years, benchmark: str | None
) -> MonthEnd:
    rates = (definition.risk_free, definition.year_days)
    pair = years.sharpes(definition.id, benchmark, end, *rates) if benchmark else None
    year = years.year(definition.id, end, 0, *rates)
    return MonthEnd(year, years.year(definition.id, end, 1, *rates), pair)
