"""Holds what came out of sessions and the engine's gate against the trades that were made.

Words, for one symbol:
- *taken*: the gate let the trade through (`accepted` or `reordered`); each at most once.
- *late*: it came, and the gate did not let it through in any copy (its time or id was passed).
- *lost*: made after the first trade taken, and it never came.
- *covered*: lost, and between the two ids of a Gap: one that the gate reported, or one with both
  ids that the parser did; or after the last trade taken while the gate fears a loss.
- *false Gap*: (1) one that the gate reported of a venue whose ids count, and between its ids no
  trade is missing from those taken; (2) a `stall` that a session told when every trade made since
  the last one, up to `UNDER_WAY` before, had come, of this symbol and of all it told with it; (3)
  an `ids` Gap of a parser with no trade missing from those taken between its ids; (4) a `session`
  Gap more than there were connections; (5) a `malformed` one where no frame was; (6) one that the
  gate reported of a venue whose ids do not count, though nobody told it to fear one.

After a reconnect of OKX or Bybit a `session` Gap is never false: nothing tells there whether a
trade was missed. A hole that OKX's parser finds, it finds one push late, and the gate reports a Gap
one trade behind the hole. The parser's Gap is the one judged, with its ids; the echo is not.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from connectors.simulator.desks import Fill
from engine.index.definition import parse_index
from engine.pricing.gate import ACCEPTED, REORDERED, TradeGate
from engine.pricing.pricer import Pricer
from engine.pricing.rules import RULES
from engine.records import DefinitionRecord, Gap, PriceFrame, Tick, TickFrame
from streams.ingest import FrameBuilder, Ingested

UNDER_WAY = 100_000_000
"""ns that a trade may take to arrive."""
Market = tuple[str, str]
"""Venue and symbol."""
COUNTING = ("binance", "coinbase", "kraken")
"""Venues whose ids step by one, so that the gate sees a hole."""


def number(venue: str, trade_id: str | None) -> int:
    """The simulator's number of a trade, from its id on the wire."""
    assert trade_id is not None
    return UUID(trade_id).int if venue == "bybit" else int(trade_id)


@dataclass
class Verdicts:
    """What is found out about one symbol."""

    lost: list[Fill] = field(default_factory=list)
    uncovered: list[Fill] = field(default_factory=list)
    late: int = 0
    twice: int = 0
    gaps: int = 0
    false: list[Gap] = field(default_factory=list)
    stalls: dict[int, bool] = field(default_factory=dict)
    """By the time it was told: whether a trade was really withheld then."""


class Symbol:
    """What came of one symbol."""

    def __init__(self, gate: TradeGate) -> None:
        self.gate = gate
        self.taken: Counter[int] = Counter()
        self.came: dict[int, int] = {}
        """When each trade first came."""
        self.gaps: list[tuple[int, Gap]] = []
        """What the gate reported, and when."""
        self.told: list[tuple[int, Gap]] = []
        """What the session told, and when."""


class Judge:
    """Takes the events of sessions through the real frames, the real Pricer and a gate beside it.

    `sink` is for sessions. Call `poll` now and then, and `finish` at the end.
    """

    def __init__(self, now_ns: Any) -> None:
        self.symbols: dict[Market, Symbol] = {}
        self.pricer = Pricer()
        self.spans: Counter[Market] = Counter()
        self.frames = FrameBuilder(self._frame, "faults", "1", now_ns)
        assets = {"name": "faults", "weights": {"BTC": 0.5, "LTC": 0.5}}
        parse_index("FAULTS", assets)
        self.priced = self.ahead = 0
        self.pricer.apply(DefinitionRecord(1, "live", "FAULTS", assets))

    def sink(self, received: int, events: list[Tick | Gap]) -> None:
        """What sessions call."""
        for event in events:
            if isinstance(event, Gap):
                self._of(event.instrument).told.append((received, event))
        self.frames.add(received, events)

    def _of(self, instrument: Any) -> Symbol:
        market = instrument.venue, instrument.symbol
        if market not in self.symbols:
            self.symbols[market] = Symbol(TradeGate(instrument))
        return self.symbols[market]

    def poll(self) -> None:
        """Close the frame."""
        self.frames.flush()

    def _frame(self, ingested: Ingested) -> bool:
        frame = ingested.frame
        for output in self.pricer.apply(frame):
            if isinstance(output.body, PriceFrame):
                for span in output.body.gaps:
                    self.spans[span.venue, span.symbol] += 1
        self._gate(frame)
        return True

    def _gate(self, frame: TickFrame) -> None:
        for gap in frame.gaps:
            symbol = self._of(gap.instrument)
            if gap.next_id is None:
                symbol.gate.suspect_loss(gap.reason)
            elif symbol.gate.last_ts:
                symbol.gaps.append((frame.now, gap))
        symbols = [self._of(instrument) for instrument in frame.instruments]
        columns = frame.instrument, frame.ts, frame.id, frame.received
        for place, ts, trade_id, received in zip(*columns, strict=True):
            symbol = symbols[place]
            gate = symbol.gate
            ahead = ts > received + RULES.ahead  # only its id counts as seen, as in the Pricer
            self.ahead += ahead
            if ahead and not gate.last_ts:
                continue
            verdict = gate.admit(gate.last_ts if ahead else ts, trade_id)
            trade = number(gate.instrument.venue, trade_id)
            symbol.came.setdefault(trade, received)
            if verdict is ACCEPTED or verdict is REORDERED:
                symbol.taken[trade] += 1
                self.priced += not ahead
                if gate.gap is not None:
                    reported = gate.take_gap()
                    assert reported is not None
                    symbol.gaps.append((received, reported))

    def check_pricer(self) -> None:
        """The Pricer saw what the gate beside it saw."""
        counters = self.pricer.counters
        assert counters.gaps == sum(len(s.gaps) for s in self.symbols.values())
        assert counters.accepted + counters.reordered == self.priced
        assert counters.ahead == self.ahead
        for market, symbol in self.symbols.items():
            if symbol.gate.instrument.base in ("BTC", "LTC"):
                assert self.spans[market] == len(symbol.gaps), market

    def verdicts(self, market: Market, truth: list[Fill], connections: int) -> Verdicts:
        """About one symbol, of which all trades made are `truth`, their ids one row."""
        found = Verdicts()
        symbol = self.symbols.get(market)
        if symbol is None or not symbol.taken:
            return found
        first = truth[0].id
        assert [fill.id for fill in truth] == list(range(first, first + len(truth)))
        found.gaps = len(symbol.gaps)
        found.twice = sum(times - 1 for times in symbol.taken.values())
        begun = min(symbol.taken)
        missing = [f for f in truth if f.id > begun and f.id not in symbol.taken]
        found.lost = [f for f in missing if f.id not in symbol.came]
        found.late = len(missing) - len(found.lost)
        spans = self._spans(market, symbol, truth[-1].id)
        found.uncovered = [f for f in found.lost if not any(a < f.id < b for a, b in spans)]
        absent = {f.id for f in missing}
        found.stalls = {
            at: not self._all_came(symbol, truth, at, number(market[0], gap.last_id))
            for at, gap in symbol.told
            if gap.reason == "stall"
        }
        found.false = self._false(market, symbol, absent, connections)
        return found

    @staticmethod
    def _spans(market: Market, symbol: Symbol, last: int) -> list[tuple[int, int]]:
        """Numbers of the trades before and after each Gap that covers."""
        venue = market[0]
        gaps = [gap for _, gap in symbol.gaps + symbol.told]
        spans = [
            (number(venue, gap.last_id), number(venue, gap.next_id))
            for gap in gaps
            if gap.last_id is not None and gap.next_id is not None
        ]
        if symbol.gate.suspected is not None:
            spans.append((number(venue, symbol.gate.last_text), last + 1))
        return spans

    @staticmethod
    def _all_came(symbol: Symbol, truth: list[Fill], at: int, last: int) -> bool:
        """Whether all that was made after trade `last` had come by `at`."""
        due = (f.id for f in truth if f.id > last and f.ts <= at - UNDER_WAY)
        return all(symbol.came.get(trade, at + 1) <= at for trade in due)

    @staticmethod
    def _false(market: Market, symbol: Symbol, absent: set[int], connections: int) -> list[Gap]:
        venue = market[0]

        def is_empty(gap: Gap) -> bool:
            before, after = number(venue, gap.last_id), number(venue, gap.next_id)
            return not any(before < trade < after for trade in absent)

        told = symbol.told
        false = [gap for _, gap in told if gap.reason == "ids" and is_empty(gap)]
        false += [gap for _, gap in told if gap.reason == "session"][connections:]
        if venue in COUNTING:
            return false + [gap for _, gap in symbol.gaps if is_empty(gap)]
        return false + [gap for _, gap in symbol.gaps[len(told) :]]
