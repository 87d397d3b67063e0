"""Evaluates the alert rules of a shard's indices: what fires or resolves becomes an alert here."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from numpy.typing import NDArray

from engine.alerts.book import AlertBook, Rule, drawdown_rule
from engine.alerts.flags import ROUNDING, Drift, Flags, MonthEnd, flag_rule
from engine.alerts.targets import TARGET, is_early, read_targets, target_rule
from engine.index.baskets import Baskets
from engine.index.definition import IndexDefinition
from engine.index.disputes import HEAVIEST, Disputes, heaviest_rule
from engine.index.kernel_arrays import EVENT
from engine.index.weighting.registry import weigh
from engine.metrics.machinery.years import Years
from engine.records import Output, Receipt

Figures = Callable[[IndexDefinition], tuple[dict[str, Any], dict[str, str]]]
"""Gives the figures of a started index, and the reasons of their nulls."""
Doubts = Callable[[Sequence[int]], list[dict[str, Any]]]
"""Gives what alerts of the indices in these rows say of how far the prices behind them are to be
trusted."""


class AlertEvaluator:
    """The alerts of a shard: drawdowns at every instant, flags and targets at daily closes."""

    def __init__(self) -> None:
        self.book = AlertBook()
        self.flags = Flags()
        self._digests: dict[str, tuple[IndexDefinition, str]] = {}
        """Of the definitions that alerts named; no state, as they can be made anew."""

    def crossed(
        self, events: NDArray[Any], baskets: Baskets, doubts: Doubts, origin: str, receipt: Receipt
    ) -> Iterator[Output]:
        """The drawdown alerts of what the kernel saw (`engine.index.kernel_arrays.EVENT`)."""
        columns = [events[name].tolist() for name in EVENT.names or ()]
        definitions, digest, change = baskets.all, self._digest, self.book.change
        for event in zip(*columns, doubts(columns[0]), strict=True):
            row, number, fired, at, level, peak, peak_at, doubt = event
            definition = definitions[row].definition
            assert definition is not None
            index, rule = definition.id, drawdown_rule(definition.drawdown_alerts[number])
            facts = _fall(level, peak, at, peak_at)
            facts.update(doubt)
            body = change(index, digest(definition), rule, fired > 0, facts, origin, receipt)
            yield Output("alerts", index, "alert", body)

    def judge_claims(
        self,
        definitions: Iterable[IndexDefinition],
        at: int,
        baskets: Baskets,
        disputes: Disputes,
        doubts: Doubts,
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
                shared = drawdown_rule(depth)
                rule = heaviest_rule(shared)
                fires = self.book.fires(definition.id, rule)
                if level is None and not fires:
                    continue
                p = baskets.path[row]
                shown = float(baskets.levels.level[row]) if level is None else level
                fall = _fall(shown, float(p["peak"]), at, int(p["peak_at"]))
                facts = fall | doubts([row])[0]
                if level is None:
                    facts["reason"] = "dispute_ended"
                    yield self._alert(definition, rule, False, facts, origin, receipt)
                elif fires and fall["drawdown"] <= depth / 2:
                    yield self._alert(definition, rule, False, facts, origin, receipt)
                elif (
                    not fires
                    and fall["drawdown"] >= depth
                    and not self.book.fires(definition.id, shared)
                ):
                    yield self._alert(definition, rule, True, facts, origin, receipt)

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
            yield self._alert(definition, rule, change.raised, facts, origin, receipt)
        if definition.targets:
            age = end - int(baskets.levels.inception[row])
            body, reasons = figures(definition)
            found = read_targets(definition.targets, definition.benchmarks, body, reasons)
            for name, target in found.items():
                rule, met = target_rule(name, target["target"]), target["met"]
                known = met is not None and not is_early(name, age)
                if known and met == self.book.fires(definition.id, rule):
                    facts = {"level": level, "at": end, "evidence": {"figure": name, **target}}
                    yield self._alert(definition, rule, not met, facts, origin, receipt)

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
        else:
            self.flags.retire(index)
            self._digests.pop(index, None)

    def _rules(self, definition: IndexDefinition) -> set[str]:
        """The names of the rules that a definition has and that go on as they are."""
        depths = [drawdown_rule(depth) for depth in definition.drawdown_alerts]
        drawdowns = {name for r in depths for name in (r.name, heaviest_rule(r).name)}
        targets = {target_rule(*target).name for target in definition.targets}
        return drawdowns | targets | set(self.flags.kept(definition))

    def _facts(self, index: str, rule: Rule, baskets: Baskets, now: int) -> dict[str, Any]:
        row = baskets.row[index]
        level, p = float(baskets.levels.level[row]), baskets.path[row]
        if rule.kind == "drawdown":
            return _fall(level, float(p["peak"]), now, int(p["peak_at"]))
        evidence = {} if rule.kind == TARGET else self.flags.evidence(index, rule.kind)
        return {"level": level, "at": now, "evidence": evidence}

    def _alert(
        self,
        definition: IndexDefinition,
        rule: Rule,
        fires: bool,
        facts: Mapping[str, Any],
        origin: str,
        receipt: Receipt,
    ) -> Output:
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
        return {"book": self.book.dump(), "flags": self.flags.dump()}

    @classmethod
    def load(cls, state: Mapping[str, Any]) -> AlertEvaluator:
        """The evaluator that `dump` came from."""
        self = cls()
        self.book, self.flags = AlertBook.load(state["book"]), Flags.load(state["flags"])
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
