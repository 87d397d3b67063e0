"""Judges the rules of a shard's indices, each whenever its figure can have changed.

Levels, returns and the present drawdown are judged at every instant of prices, behind a compiled
guard; figures of bars, minutes, hours and days where those end; all others, and the status, at the
end of each record and of each minute. Clocks run by the log's time: what is due before an instant
is said before it, with the figures that stood then.

It is no state (`engine.alerts.standings` is) and lays itself out anew with the indices.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from itertools import chain
from typing import Any

import numpy as np

from engine.alerts.book import Rule
from engine.alerts.figures import (
    RECORD,
    figure_of,
)
from engine.alerts.guard import Guard, Guarded
from engine.alerts.kinds.drawdown import fall_now
from engine.alerts.lifecycle import (
    FIRES,
    FOUND,
    LOST,
    MISSING,
    Event,
)
from engine.alerts.rule import ABOVE, BELOW, RuleSetting
from engine.alerts.standings import DRAWDOWN, lost_rule, rules_of
from engine.alerts.words import of_rule
from engine.index.because import FallReasons
from engine.index.definition import IndexDefinition
from engine.index.price_columns import PriceColumns
from engine.index.shard_state import ShardState
from engine.index.watched_rule import (
    SPANS,
    Rung,
    Value,
    WatchedRule,
    guarded_as,
    interval_of,
    read_rule,
    span_of,
)
from engine.index.window_sieve import Closing, WindowSieve, closing_of
from engine.metrics.machinery.family import INSTANT
from engine.metrics.machinery.plan import Piece
from engine.periods import NEVER
from engine.records import Output, Receipt
from engine.types import HOUR, MINUTE

Judge = Callable[[str, Receipt], Iterator[Output]]
"""Judges what is due, by the origin and the receipt of the record."""


class RuleWatch:
    """The rules of the indices of a shard, and when each of them is to be looked at."""

    def __init__(self, state: ShardState) -> None:
        self.state = state
        self._reader: object = None
        self._all: list[WatchedRule] = []
        self._when: dict[str, list[WatchedRule]] = {}
        """By when their figures change (`engine.alerts.figures`)."""
        self._by_row: dict[int, list[WatchedRule]] = {}
        """Those that are judged with every price."""
        self._closing: list[Closing] = []
        self._sieve_of: dict[int, WindowSieve] = {}
        """By the place of a rule."""
        self._stops: set[int] = set()
        """The spans (ns) at whose ends rules are judged that no price changes."""
        self._minding: list[WatchedRule] = []
        """Those that mind when their figure is missing, and are not looked at for that anyway."""
        self._clocked: dict[int, WatchedRule] = {}
        """By their place in the order: those of which a clock runs."""
        self._due = NEVER
        self._guard: Guard | None = None
        self._version = -1
        self._is_ahead = False
        """Whether the guard ran on through prices that were not applied."""
        self.rung: list[Rung] | None = None
        """What rang, with how far it went, where a backtest wants that kept."""
        self.only: Container[str] | None = None
        """Where a backtest asks for the rules of these names alone: no other is judged, and nothing
        at daily closes."""

    # --- layout ------------------------------------------------------------------------------

    @property
    def is_idle(self) -> bool:
        """Whether no index here has a rule."""
        if self._reader is not self.state.reader:
            self._lay_out()
        return not self._all

    def _lay_out(self) -> None:
        state = self.state
        self._reader, self._guard = state.reader, None
        self._all, self._when, self._by_row, self._clocked = [], {}, {}, {}
        self._due = NEVER
        for definition in state.roster.owned():
            for setting, rule in rules_of(definition):
                if self.only is not None and rule.name not in self.only:
                    continue
                w = self._watched(len(self._all), definition, setting, rule)
                self._all.append(w)
                self._when.setdefault(w.figure.changes, []).append(w)
                if w.figure.changes == INSTANT:
                    self._by_row.setdefault(w.row, []).append(w)
                self._wind(w)
        spans: dict[tuple[int, bool, bool], list[WatchedRule]] = {}
        for w in self._all:
            changes = w.figure.changes
            key = span_of(changes, w.definition), changes == RECORD, changes == INSTANT
            spans.setdefault(key, []).append(w)
        self._sieve_of = {}
        self._closing = [closing_of(*key, those, state) for key, those in spans.items()]
        for closing in self._closing:
            for sieve in closing.sieves:
                self._sieve_of |= {w.place: sieve for w in sieve.watched}
        self._minding = [w for w in self._all if w.setting.no_data and w.figure.changes != RECORD]
        self._stops = {SPANS[changes] for changes in self._when if changes in SPANS}
        self._stops |= {MINUTE} if RECORD in self._when else set()
        self._stops |= {HOUR} if any(w.setting.no_data for w in self._all) else set()

    def _watched(
        self, place: int, definition: IndexDefinition, setting: RuleSetting, rule: Rule
    ) -> WatchedRule:
        state, reader = self.state, self.state.reader
        figure = figure_of(setting.figure, definition.benchmarks, definition.all_assets())
        assert figure is not None  # the definition was checked
        fires = state.alerts.book.fires(definition.id, rule)
        standing = state.alerts.rules.standing(definition.id, setting, fires, state.now)
        pieces = [Piece(part, figure.benchmark) for part in figure.parts]
        pickers = [reader.picker(p, definition) for p in pieces if figure.changes != INSTANT]
        row = state.baskets.row[definition.id]
        w = WatchedRule(place, definition, row, setting, rule, figure, standing, pickers)
        w.is_judged = w.is_sought
        return w

    def _wind(self, w: WatchedRule) -> None:
        """Note when the clock of a rule is due next."""
        if w.standing.due(w.setting.timing) < NEVER:
            self._clocked[w.place] = w
        elif self._clocked.pop(w.place, None) is None:
            return
        clocks = self._clocked.values()
        self._due = min((c.standing.due(c.setting.timing) for c in clocks), default=NEVER)

    # --- while prices come --------------------------------------------------------------------

    def stop(self, until: int) -> int:
        """How far up to `until` prices may run in one go: to the next end of a minute or an hour at
        which rules are judged."""
        if self.is_idle:
            return until
        ends = self.state.history.ends
        return min([until, *(ends[span] for span in self._stops)])

    def until(self, begin: int, end: int, rows: PriceColumns) -> tuple[int, Judge | None]:
        """How far of the rows begin … end prices may run before rules are to be judged, and what
        judges them there: where prices have run so far, and no farther."""
        at, first = rows.at, int(rows.at[begin])
        if self._due < first:
            return begin, self._run_to_due
        if self._due <= at[end - 1]:  # it runs behind all that is seen at that instant
            end = int(np.searchsorted(at, self._due, side="right"))
        if not self._by_row:
            return end, None
        guard, state = self._guarded(), self.state
        if guard is None:
            return end, None
        if guard.minute < 0:
            when = max(first // MINUTE * MINUTE, state.now)
            return begin, lambda *known: self._judge_turn(first // MINUTE, when, *known)
        if guard.has_hour:  # the closes that the returns of an hour start from must be kept
            reach = int(np.searchsorted(at, state.history.ends[MINUTE] + HOUR - 1, side="right"))
            if reach <= begin:
                end, all_rows = int(np.searchsorted(at, first, side="right")), list(self._by_row)
                return end, lambda *known: self._judge_rows(all_rows, first, *known)
            end = min(end, reach)
        self._is_ahead = True
        stopped, left, minute = guard.run(begin, end, rows, state.baskets, state.history)
        if left or minute:
            when = minute * MINUTE if minute else int(at[stopped - 1])
            return stopped, lambda *known: self._judge_rows(left, when, *known)
        return end, self._caught_up

    def _run_to_due(self, origin: str, receipt: Receipt) -> Iterator[Output]:
        """The clock that is due next, and what the turn of a minute brings before it."""
        due = self._due
        begun = due // MINUTE * MINUTE
        if self._by_row and begun > self.state.now:
            yield from self._judge_turn(begun // MINUTE, begun, origin, receipt)
        yield from self.run(due, origin, receipt)

    def _caught_up(self, *_: Any) -> Iterator[Output]:
        """Nothing is to be judged: all prices that the guard ran through were applied."""
        self._is_ahead = False
        return iter(())

    def _guarded(self) -> Guard | None:
        """The guard, as levels and holdings are now."""
        state = self.state
        contributions = state.baskets.contributions
        version = contributions.version - contributions.turned
        if self._guard is None or self._version != version:
            self._version, self._guard = version, self._new_guard()
        elif self._is_ahead:
            self._guard.refresh(state.baskets)
        self._is_ahead = False
        return self._guard

    def _new_guard(self) -> Guard | None:
        state, rules = self.state, list[Guarded]()
        if self.rung is not None:
            for w in self._all:
                self._harvest(w)
        for row, watched in self._by_row.items():
            if state.baskets.started.item(row):
                for w in watched:
                    w.guarded = len(rules)
                    known = *guarded_as(w.figure), *interval_of(w), w.standing.missing_since > 0
                    rules.append(Guarded(row, *known))
        guard = Guard(rules, state.baskets, state.history) if rules else None
        if self.rung is not None and guard is not None:
            self._guard = guard
            for w in self._all:
                self._harvest(w)
        return guard

    def _judge_turn(self, minute: int, at: int, origin: str, receipt: Receipt) -> Iterator[Output]:
        """Judge, at the instant `at`, what may be beyond a limit by the turn of the minute."""
        guard = self._guarded()
        if guard is None:
            return
        is_new = guard.minute < 0
        left = guard.turn(minute, self.state.baskets, self.state.history)
        yield from self._judge_rows(left, at, origin, receipt, is_new=is_new)

    def _judge_rows(
        self,
        rows: Iterable[int],
        at: int,
        origin: str,
        receipt: Receipt,
        *,
        is_new: bool = False,
    ) -> Iterator[Output]:
        """Judge, at the instant `at`, what is judged with every price in these rows. For a new
        guard that is but to know where they stand: what is back comes back with the minute, as it
        does where there was no restart."""
        self._is_ahead = False
        for row in sorted(rows, key=lambda row: self._by_row[row][0].place):
            for w in self._by_row[row]:
                if is_new and w.is_sought:
                    continue
                yield from self._see(w, at, origin, receipt)
                self._set_band(w)

    def _set_band(self, w: WatchedRule) -> None:
        """A rule stands elsewhere: its band in the guard, or in a sieve, is another one."""
        if w.place in self._sieve_of:
            must = self.rung is not None and w.standing.is_open
            self._sieve_of[w.place].set(w, must=must)
        if w.guarded >= 0 and self._guard is not None:
            self._guard.set_band(w.guarded, *interval_of(w))

    # --- at the end of things -----------------------------------------------------------------

    def begin(self, at: int, origin: str, receipt: Receipt) -> Iterator[Output]:
        """Some indices may have begun at this instant."""
        begun = self.state.baskets.levels.inception == at
        rows = [row for row in self._by_row if begun[row]]
        self._guarded()
        yield from self._judge_rows(rows, at, origin, receipt)

    def close(self, since: int, limit: int, origin: str, receipt: Receipt) -> Iterator[Output]:
        """Time went from `since` to `limit`, which is now, and bars or minutes ended meanwhile."""
        found = [
            (limit if closing.is_now else end, closing)
            for closing in self._closing
            if (end := limit // closing.span * closing.span) > since
        ]
        if self._minding and limit // MINUTE * MINUTE > since:
            lost = [w for w in self._minding if self._comes_or_goes(w, limit)]
            found.append((limit, Closing(MINUTE, True, False, lost, [])))
        for at, closing in sorted(found, key=lambda entry: entry[0]):
            yield from self.run(at - 1, origin, receipt)
            if closing.by_guard:
                yield from self._judge_turn(at // MINUTE, at, origin, receipt)
                continue
            read = dict(chain.from_iterable(sieve.left(at) for sieve in closing.sieves))
            watched = closing.watched
            for w in sorted((*watched, *read), key=lambda w: w.place) if read else watched:
                yield from self._see(w, at, origin, receipt, read.get(w))
                self._set_band(w)
        yield from self.run(limit, origin, receipt)

    def record(self, origin: str, receipt: Receipt) -> Iterator[Output]:
        """All of a record has been taken."""
        now = self.state.now
        if RECORD in self._when:
            yield from self.run(now - 1, origin, receipt)
            for w in self._when[RECORD]:
                yield from self._see(w, now, origin, receipt)
        yield from self.run(now, origin, receipt)

    def run(self, until: int, origin: str, receipt: Receipt) -> Iterator[Output]:
        """Let the clocks run up to `until`, in their order; figures stand as they do now."""
        while (at := self._due) <= until:
            due = [w for w in self._clocked.values() if w.standing.due(w.setting.timing) <= at]
            for w in sorted(due, key=lambda w: w.place):
                events = list(w.standing.run(w.setting.timing, at))
                yield from self._say(w, events, *read_rule(self.state, w, at), origin, receipt)
                self._set_band(w)

    # --- one rule -----------------------------------------------------------------------------

    def _comes_or_goes(self, w: WatchedRule, now: int) -> bool:
        """Whether a rule that minds it has lost its figure, or found it again."""
        return (read_rule(self.state, w, now)[0] is None) != (w.standing.missing_since > 0)

    def _see(
        self, w: WatchedRule, at: int, origin: str, receipt: Receipt, read: Value | None = None
    ) -> Iterator[Output]:
        value, reason = read_rule(self.state, w, at) if read is None else read
        sight = MISSING if value is None else w.setting.sight(value)
        events = list(w.standing.see(w.setting.timing, sight, at))
        w.is_judged = True
        if self.rung is not None and w.standing.is_open:
            w.keep(value)
        yield from self._say(w, events, value, reason, origin, receipt)

    def _say(
        self,
        w: WatchedRule,
        events: Iterable[Event],
        value: Any,
        reason: str,
        origin: str,
        receipt: Receipt,
    ) -> Iterator[Output]:
        """The alerts of what a rule said; its clock is wound again."""
        self._wind(w)
        alerts = self.state.alerts
        for what, at in events:
            rule = lost_rule(w.rule) if what in (LOST, FOUND) else w.rule
            fires = what in (FIRES, LOST)
            if alerts.book.fires(w.definition.id, rule) == fires:
                continue  # it was said by another version of the numbers
            if self.rung is not None and rule is w.rule:
                self._keep_rung(w, fires, at, value)
            facts = self._facts(w, at, value, reason)
            yield alerts.say(w.definition, rule, fires, facts, origin, receipt)

    def _keep_rung(self, w: WatchedRule, fires: bool, at: int, value: Any) -> None:
        """An episode begins, or is over."""
        self._harvest(w)
        if not fires:
            assert self.rung is not None
            self.rung.append(Rung(w.definition.id, w.rule.name, at, w.worst))
        w.worst = None
        w.keep(value)

    def _harvest(self, w: WatchedRule) -> None:
        """Take from the guard how far the figure of a rule went."""
        if w.guarded >= 0 and self._guard is not None and w.setting.side in (ABOVE, BELOW):
            sign = 1.0 if w.setting.side == ABOVE else -1.0
            worst = self._guard.keep_worst(w.guarded, sign if w.standing.is_open else 0.0)
            w.keep(worst)

    def open_now(self) -> list[Rung]:
        """The episodes that last, and how far they went so far."""
        found = []
        for w in self._all:
            self._harvest(w)
            if w.standing.is_open:
                found.append(Rung(w.definition.id, w.rule.name, self.state.now, w.worst))
        return found

    def _facts(self, w: WatchedRule, at: int, value: Any, reason: str) -> dict[str, Any]:
        """What an alert of a rule says beside its identity."""
        state = self.state
        started = state.baskets.started.item(w.row)
        if w.rule.kind == DRAWDOWN and started:
            fall = fall_now(state.baskets, w.row, at)
            FallReasons(state).all([w.row], [fall])
            return fall
        ((disputed, doubt),) = state.doubts([w.row])
        facts = {"level": state.baskets.levels.level.item(w.row) if started else None, "at": at}
        because = doubt | {
            "figure": w.figure.path,
            "value": value,
            "limit": w.setting.limit,
        }
        if value is None:
            because["reason"] = reason
        because["words"] = of_rule(w.definition.id, because, w.setting.hold)
        return {**facts, "disputed": disputed, "because": because}
