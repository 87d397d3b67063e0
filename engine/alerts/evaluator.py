"""Evaluates the alert rules of a shard's indices: what fires or resolves becomes an alert here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from numpy.typing import NDArray

from engine.alerts.book import AlertBook, Rule
from engine.alerts.claims import Claimed, Explain
from engine.alerts.flags import Flags
from engine.alerts.kind import AlertState, Close, Figures
from engine.alerts.kinds.drawdown import fall
from engine.alerts.registry import KINDS, kind_named
from engine.alerts.standings import Standings, fall_rule
from engine.alerts.targets import read_targets
from engine.index.baskets import Baskets
from engine.index.definition import IndexDefinition
from engine.index.kernel_arrays import EVENT
from engine.metrics.machinery.years import Years
from engine.records import Output, Receipt

Named = tuple[str, list[Rule]]
"""The digest of a definition, and the rules of the drawdowns that the kernel decides."""


class AlertEvaluator:
    """The alerts of a shard: drawdowns at every instant, flags and targets at daily closes."""

    def __init__(self) -> None:
        self.book = AlertBook()
        self.flags = Flags()
        self.rules = Standings()
        self._known: dict[str, tuple[IndexDefinition, Named]] = {}
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
        explain(rows, falls, None)
        definitions, named, change = baskets.all, self._named, self.book.change
        for row, number, fires, facts in zip(rows, numbers, fired, falls, strict=True):
            definition = definitions[row].definition
            assert definition is not None
            index, (digest, rules) = definition.id, named(definition)
            body = change(index, digest, rules[number], fires > 0, facts, origin, receipt)
            yield Output("alerts", index, "alert", body)

    def say_claims(
        self, claimed: Iterable[Claimed], origin: str, receipt: Receipt
    ) -> Iterator[Output]:
        """The alerts of what a `ClaimJudge` found."""
        for definition, rule, fires, facts in claimed:
            yield self.say(definition, rule, fires, facts, origin, receipt)

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
            self._known.pop(index, None)

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
        digest, _ = self._named(definition)
        body = self.book.change(definition.id, digest, rule, fires, facts, origin, receipt)
        return Output("alerts", definition.id, "alert", body)

    def meet(self, definitions: Iterable[IndexDefinition]) -> None:
        """Make what drawdown alerts name of these definitions, so that no alert waits for it."""
        for definition in definitions:
            if definition.compiled_depths:
                self._named(definition)

    def _named(self, definition: IndexDefinition) -> Named:
        known = self._known.get(definition.id)
        if known is None or known[0] is not definition:
            rules = [fall_rule(definition, depth) for depth in definition.compiled_depths]
            known = self._known[definition.id] = definition, (definition.digest(), rules)
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
