"""Evaluates the alert rules of a shard's indices: what fires or resolves becomes an alert here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from numpy.typing import NDArray

from engine.alerts.book import AlertBook, Rule
from engine.alerts.flags import Flags
from engine.alerts.kind import AlertState, Close, Figures
from engine.alerts.kinds.drawdown import fall
from engine.alerts.registry import KINDS, kind_named
from engine.alerts.standings import Standings, fall_rule
from engine.alerts.targets import read_targets
from engine.index.baskets import Baskets
from engine.index.definition import IndexDefinition
from engine.index.disputes import HEAVIEST, Disputes, heaviest_rule
from engine.index.kernel_arrays import EVENT
from engine.metrics.machinery.years import Years
from engine.records import Output, Receipt

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
        columns = {name: events[name].tolist() for name in EVENT.names or ()}
        names = ("level", "peak", "at", "peak_at")
        falls = [fall(*known) for known in zip(*(columns[n] for n in names), strict=True)]
        rows, numbers, fired = columns["basket"], columns["rule"], columns["fired"]
        told = explain(rows, falls, None)
        definitions, digest, change = baskets.all, self._digest, self.book.change
        for row, number, fires, facts in zip(rows, numbers, fired, told, strict=True):
            definition = definitions[row].definition
            assert definition is not None
            index, rule = definition.id, fall_rule(definition, definition.compiled_depths[number])
            body = change(index, digest(definition), rule, fires > 0, facts, origin, receipt)
            yield Output("alerts", index, "alert", body)

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
                facts = fall(shown, float(p["peak"]), at, int(p["peak_at"]))
                claims = None if level is None else disputes.claims
                (facts,) = explain([row], [facts], claims)
                if level is None:
                    facts["reason"] = "dispute_ended"
                    yield self.say(definition, rule, False, facts, origin, receipt)
                elif fires and facts["drawdown"] <= depth / 2:
                    yield self.say(definition, rule, False, facts, origin, receipt)
                elif (
                    not fires
                    and facts["drawdown"] >= depth
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
        close = Close(definition, end, baskets, years, benchmark, figures)
        for kind in KINDS:
            if kind.close_day is not None:
                for rule, fires, evidence in kind.close_day(close, self.state):
                    facts = {"level": close.level, "at": end, "evidence": evidence}
                    yield self.say(definition, rule, fires, facts, origin, receipt)

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
        kept = [kind.kept(definition, self.state) for kind in KINDS] if definition else []
        names = {name for of_kind in kept for name in of_kind}
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

    def _facts(self, index: str, rule: Rule, baskets: Baskets, now: int) -> dict[str, Any]:
        """What an alert says of a rule that is gone."""
        row = baskets.row[index]
        started = bool(baskets.levels.started[row])
        facts = {"level": float(baskets.levels.level[row]) if started else None, "at": now}
        return {**facts, **kind_named(rule.kind).removed(index, rule, baskets, now, self.state)}

    @property
    def state(self) -> AlertState:
        """What is known of all alerts here."""
        return AlertState(self.book, self.flags, self.rules)

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
