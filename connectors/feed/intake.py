"""What a session's connections say, made one row of events for the sink, with its counts."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from math import inf

from connectors.feed.conversation import Conversation
from connectors.feed.gap_storm import GapStorm
from connectors.feed.health import Evidence, Pulse, StallRule
from connectors.feed.overlap import LAG, Overlap
from connectors.feed.stats import SessionStats, SymbolStats
from connectors.feed.transport import Clock, Sink
from connectors.venues.events import (
    Ack,
    Event,
    Heartbeat,
    Malformed,
    Notice,
    Refused,
    Reply,
    printable,
)
from connectors.venues.listing import see_listing
from engine.numbers import is_power_of_two
from engine.records import Gap, Instrument, Tick

logger = logging.getLogger(__name__)

NAMED = 5
"""Silent symbols of one connection that the log names; all are in the stats."""


class Intake:
    """Takes what each connection says. `on_data` is called at the first trade of each.

    What the sink raises comes out of `observe`, `poll` and `find_stalls`.
    """

    def __init__(
        self,
        instruments: Sequence[Instrument],
        sink: Sink,
        stats: SessionStats,
        clock: Clock,
        rule: StallRule,
        evidence: Evidence,
        on_data: Callable[[], None],
    ) -> None:
        self.stats = stats
        stats.symbols = {i.symbol: SymbolStats() for i in instruments}
        self._instruments = {i.symbol: i for i in instruments}
        self._sink, self._clock, self._on_data = sink, clock, on_data
        self._rule, self._evidence = rule, evidence
        self._pulses = {symbol: evidence.pulse(rule, i) for symbol, i in self._instruments.items()}
        self._suspected: dict[str, str] = {}
        self._storm = GapStorm()
        self._overlap: Overlap | None = None
        self._old: Conversation | None = None
        self._overlap_until = 0.0
        """Monotonic time; while the old connection of the overlap lives, of no meaning."""
        self._past: Overlap | None = None
        """The last one: what was left out in it shows with a symbol's next trade, however late."""

    # ---- connections

    def begin(self, conversation: Conversation) -> None:
        """A connection stands, and there is no other: silence is counted from now."""
        self.end()
        self.stats.state = "subscribing"
        for pulse in self._pulses.values():
            pulse.begin(conversation.opened)
        for symbol in self.stats.symbols.values():
            symbol.state, symbol.reason = "asked", None

    def end(self) -> None:
        """No connection is left that could say what something waits for: let it pass."""
        overlap, self._overlap, self._old, self._past = self._overlap, None, None, None
        if overlap is not None:
            self._pass(overlap.end())

    def begin_overlap(self, old: Conversation) -> None:
        """From now on, `old` and a connection that is about to be opened may speak both."""
        carried = {self._instruments[s]: self.stats.symbols[s].last_id for s in old.begun}
        self._overlap, self._old = Overlap(carried, old.suspects), old
        self._overlap_until = 0.0
        for symbol, stats in self.stats.symbols.items():
            if symbol not in old.begun:
                stats.state, stats.reason = "asked", None

    def overlapping(self) -> bool:
        """Whether two connections speak, or what one of them said may still come on the other."""
        return self._overlap is not None

    def waiting(self) -> list[str]:
        """The symbols that the new connection does not carry yet."""
        return self._overlap.waiting() if self._overlap is not None else []

    def _joined(self) -> set[str]:
        """The symbols that the new connection of two carries in place of the old one."""
        return self._overlap.joined() if self._overlap is not None else set()

    def old_ended(self, new: Conversation) -> None:
        """The old connection has said all: the new one goes on alone."""
        overlap = self._overlap
        if overlap is None:
            return
        self._old, self._overlap_until = None, self._clock.monotonic() + LAG
        self._pass(overlap.end())
        new.begun |= overlap.joined()

    def new_ended(self) -> None:
        """The new connection has ended before it took over."""
        if self._overlap is not None:
            self._overlap.abandon()
        self._overlap_until = self._clock.monotonic() + LAG

    def away(self, seconds: float) -> None:
        """We stood still so long: nothing has waited for a connection in that time."""
        if self._overlap is not None:
            self._overlap.away(seconds)

    # ---- what a connection says

    def observe(self, conversation: Conversation, said: list[Event]) -> None:
        """One message: count it, and pass its ticks and gaps on together."""
        received = self._clock.now_ns()
        stats = self.stats
        stats.messages += 1
        events: list[Tick | Gap] = []
        now: float | None = None
        for event in said:
            if type(event) is Tick:
                symbol = event.instrument.symbol
                if not self._subscribed(event.instrument):
                    self._count_unsubscribed(symbol)
                    continue
                if now is None:
                    now = self._clock.monotonic()
                    conversation.pulse.beat(now)
                if not conversation.live:
                    conversation.live = True
                    stats.state = "live"
                    self._on_data()
                if self._overlap is not None and self._overlap.covers(symbol):
                    self._merge(conversation, event, now, received, events)
                    continue
                if symbol not in conversation.begun:
                    self._begin_symbol(conversation, event.instrument, events)
                self._count(event, now, received)
                events.append(event)
            else:
                self._take_other(conversation, event, received, events)
        if events:
            self._sink(received, events)

    def _subscribed(self, instrument: Instrument) -> bool:
        """Whether we asked for it; a spot market and a contract may have the same symbol."""
        known = self._instruments.get(instrument.symbol)
        return known is instrument or known == instrument

    def _count_unsubscribed(self, symbol: str) -> None:
        """A trade that nobody asked for is dropped: whoever sends them may have any number."""
        self.stats.unsubscribed += 1
        number = self.stats.unsubscribed
        if is_power_of_two(number):
            self.note(f"{symbol}: trade number {number} of symbols that were not subscribed to")

    def _count(self, tick: Tick, now: float, received: int) -> None:
        """A trade that is passed on."""
        symbol = tick.instrument.symbol
        of_symbol = self.stats.symbols[symbol]
        of_symbol.ticks += 1
        of_symbol.last_data = received
        of_symbol.last_id = tick.id
        self.stats.ticks += 1
        if tick.off_book:  # a market may be dead while its venue books such trades
            self.stats.off_book += 1
        else:
            self._pulses[symbol].beat(now)

    def _merge(
        self,
        conversation: Conversation,
        event: Tick | Gap,
        now: float,
        received: int,
        events: list[Tick | Gap],
    ) -> None:
        """What one of two connections says of a symbol that both carry."""
        overlap = self._overlap
        assert overlap is not None
        says = overlap.from_old if conversation is self._old else overlap.from_new
        passed = [said for said in says(event, now) if self._reported(said, now)]
        self.stats.overlapped, overlap.dropped = self.stats.overlapped + overlap.dropped, 0
        self._count_all(passed, now, received)
        events += passed

    def _count_all(self, passed: list[Tick | Gap], now: float, received: int) -> None:
        for event in passed:
            if isinstance(event, Tick):
                self._count(event, now, received)
            else:
                self.stats.gaps += 1

    def _pass(self, passed: list[Tick | Gap]) -> None:
        """Give to the sink what has waited."""
        if passed:
            received = self._clock.now_ns()
            self._count_all(passed, self._clock.monotonic(), received)
            self._sink(received, passed)

    def _begin_symbol(
        self, conversation: Conversation, instrument: Instrument, events: list[Tick | Gap]
    ) -> None:
        """A symbol begins on this connection: what was traded before it is lost."""
        symbol = instrument.symbol
        conversation.begun.add(symbol)
        self.stats.symbols[symbol].state = "accepted"
        self.stats.gaps += 1
        events.append(Gap(instrument, None, None, "session"))

    def _take_other(
        self, conversation: Conversation, event: Event, received: int, events: list[Tick | Gap]
    ) -> None:
        """An event that is no tick."""
        stats = self.stats
        match event:
            case Gap(instrument):
                if not self._subscribed(instrument):
                    return
                if self._overlap is not None and self._overlap.covers(instrument.symbol):
                    self._merge(conversation, event, self._clock.monotonic(), received, events)
                elif (self._past is None or not self._past.has(event)) and self._reported(
                    event, self._clock.monotonic()
                ):
                    stats.gaps += 1
                    events.append(event)
            case Heartbeat():
                stats.heartbeats += 1
            case Ack(symbol):
                self._accepted(conversation, symbol, events)
            case Refused(symbol, reason):
                stats.refused += 1
                of_symbol = stats.symbols.get(symbol or "")
                if of_symbol is not None:
                    of_symbol.state, of_symbol.reason = "refused", printable(reason)
                see = see_listing(self.stats.venue, self._instruments.get(symbol or ""))
                self.note(f"{symbol or 'a request'} was refused: {reason}; {see}")
            case Malformed(reason, excerpt):
                stats.malformed += 1
                if is_power_of_two(stats.malformed):
                    self.note(f"malformed frame number {stats.malformed}: {reason}: {excerpt}")
                self._suspect_loss(conversation, reason, excerpt, events)
            case Notice(text, closing):
                self.note(text)
                if closing:
                    conversation.renew(text)
            case Reply(reply):
                conversation.post(reply)

    def _reported(self, event: Tick | Gap, now: float) -> bool:
        """Whether to pass it on; of gaps that a parser finds, those of a storm are merged."""
        if isinstance(event, Tick) or event.reason == "session":
            return True
        if self._storm.admit(event, now):
            return True
        self.stats.gaps += 1
        self.stats.merged_gaps += 1
        number = self.stats.merged_gaps
        if is_power_of_two(number):
            symbol = event.instrument.symbol
            self.note(f"{symbol}: gap number {number} of so many that they are merged")
        return False

    def _accepted(self, conversation: Conversation, symbol: str, events: list[Tick | Gap]) -> None:
        overlap = self._overlap
        if overlap is not None and overlap.covers(symbol):
            if conversation is not self._old:
                overlap.accepted(symbol, self._clock.monotonic())
        elif symbol in self._instruments and symbol not in conversation.begun:
            self._begin_symbol(conversation, self._instruments[symbol], events)

    def _suspect_loss(
        self, conversation: Conversation, reason: str, excerpt: str, events: list[Tick | Gap]
    ) -> None:
        """A trade that cannot be read is missed: gaps of the symbols that it may be of.

        Where ids count, the gate sees the hole by itself. One gap between two trades is enough.
        """
        blind = [s for s in conversation.begun | self._joined() if not self._instruments[s].counts]
        named = [s for s in blind if f'{s}"' in excerpt]
        for symbol in named or (blind if reason == "not JSON" else ()):
            last_id = self.stats.symbols[symbol].last_id
            if last_id is not None and self._suspected.get(symbol) != last_id:
                self._suspected[symbol] = last_id
                self.stats.gaps += 1
                events.append(Gap(self._instruments[symbol], last_id, None, "malformed"))

    # ---- health

    def poll(self, conversation: Conversation) -> None:
        """Let pass what waits because of the time. To be called now and then while `line` lives."""
        overlap, now = self._overlap, self._clock.monotonic()
        self._pass([*self._storm.merged(now)])
        if overlap is not None:
            self._pass(overlap.poll(now))
            if self._overlap_until and now > self._overlap_until:
                conversation.begun |= overlap.joined()
                self._past, self._overlap, self._old, self._overlap_until = overlap, None, None, 0.0

    def find_stalls(self, conversation: Conversation, now: float) -> None:
        """Gaps for the symbols that have fallen silent; then another connection is asked for.

        Where all have, this one is ended at once. Otherwise it goes on for the others.
        """
        all_silent = (
            not conversation.suspects  # whose trades would be missing in its rate
            and conversation.pulse.stalled(now, inf)
            and conversation.pulse.stalled(now, self._pace_of_newest(now))
        )
        if all_silent:
            carried = self._joined() if conversation is self._old else ()
            silent = [s for s, x in self.stats.symbols.items() if x.ticks and s not in carried]
        else:
            silent = [symbol for symbol, pulse in self._pulses.items() if pulse.stalled(now)]
        if not silent:
            return
        reported = []
        for symbol in silent:
            pulse, stats = self._pulses[symbol], self.stats.symbols[symbol]
            stats.stalls += 1
            stats.last_stall = pulse.silence(symbol, now)
            reported.append(stats.last_stall)
            if not all_silent or conversation is self._old:  # otherwise silence is counted anew
                # One renewal for one silence: a pair whose trading is halted must not cause one
                # again and again.
                pulse.suspect()
        more = f", and {len(reported) - NAMED} more" if len(reported) > NAMED else ""
        why = f"no data for too long: {', '.join(reported[:NAMED])}{more}"
        gaps: list[Tick | Gap] = [
            Gap(self._instruments[s], self.stats.symbols[s].last_id, None, "stall") for s in silent
        ]
        self.stats.stalls += 1
        self.stats.gaps += len(gaps)
        if all_silent:
            conversation.end(why)
        else:
            self.note(why)
            conversation.suspects.update(silent)
            conversation.renew(why)
        self._sink(self._clock.now_ns(), gaps)

    def _pace_of_newest(self, now: float) -> float | None:
        """The market's pace by the symbol that traded last: a silence of all is its silence."""
        newest: Pulse | None = None
        for pulse in self._pulses.values():
            if pulse.last is not None and (newest is None or pulse.last > (newest.last or 0.0)):
                newest = pulse
        return newest.pace(now) if newest is not None else None

    def report_unanswered(self) -> None:
        """Name the symbols without an answer or without data."""
        for symbol, stats in self.stats.symbols.items():
            see = see_listing(self.stats.venue, self._instruments[symbol])
            if stats.state == "asked":
                self.note(f"{symbol}: no answer to the subscription and no data; {see}")
            elif stats.state == "accepted" and stats.last_data is None:
                self.note(f"{symbol}: accepted, but no trade yet; {see}")

    def note(self, text: str) -> None:
        """Log it, and keep it as the last thing that went wrong."""
        text = printable(text)
        self.stats.last_error = text
        logger.warning("%s: %s", self.stats.name, text)
