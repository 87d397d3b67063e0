"""Dense trades of many symbols, mostly ordinary, with all that is not ordinary strewn in."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from engine.records import (
    AssetFrame,
    AssetRecord,
    BackfillFrame,
    DefinitionRecord,
    Gap,
    Instrument,
    PricerInput,
    TickFrame,
)
from engine.types import DAY, SECOND
from tests.engine.pricing_desk import T

QUOTES = {"USD": 1.0, "USDT": 1.0, "EUR": 1.1, "BTC": 50_000.0}
PRICES = {"BTC": 50_000.0, "ETH": 3_000.0, "TIDE": 0.5, "USDT": 1.0, "EUR": 1.1}
DEFINITIONS: list[tuple[str, dict[str, Any] | None]] = [
    ("X", {"assets": ["BTC", "ETH"]}),
    ("Y", {"assets": ["ETH", "TIDE"], "kinds": ["spot", "perpetual"]}),
    ("Y", None),
    ("Z", {"assets": ["BTC", "USDT"], "benchmarks": ["ETH"]}),
    ("Z", None),
    ("P", {"assets": ["BTC"], "kinds": ["perpetual"]}),
]


class Symbol:
    """One instrument, the kind of its ids, and who brings its trades."""

    def __init__(self, r: random.Random, instrument: Instrument) -> None:
        self.instrument = instrument
        self.ids = r.choice(["count", "count", "count", "rise", "rise", "rise", "text", "none"])
        self.number = r.choice([0, 7, 10**9, 10**17, 2**63 - 50, 2**64])
        self.premium = r.uniform(0.998, 1.002)
        self.size = 10 ** r.uniform(-3, 1)
        self.sent: list[tuple[float, float, str | None, int]] = []

    def next_id(self, r: random.Random) -> str | None:
        if self.ids == "none":
            return None
        self.number += 1 if self.ids == "count" else r.choice([1, 1, 3, 50])
        return f"x{self.number}" if self.ids == "text" else str(self.number)


class Storm:
    """`records` of a seed: `count` tick frames and what comes between them."""

    def __init__(self, seed: int, count: int = 40, trouble: float = 0.02) -> None:
        self.r = r = random.Random(seed)
        self.count, self.trouble = count, r.choice([0.0, trouble / 10, trouble / 2, 3 * trouble])
        self.connectors = r.choice([[""], [""], ["one"], ["", "", "one"]])
        self.now = T
        self.prices = dict(PRICES)
        self.symbols: list[Symbol] = []
        for venue in "abcdef"[: r.randint(2, 6)]:
            for base in r.sample(list(PRICES), r.randint(2, 5)):
                quotes = ["USD"] if base in ("USDT", "EUR") else ["USD", "USD", "USDT", "EUR"]
                if base == "ETH" and r.random() < 0.2:
                    quotes.append("BTC")
                for quote in set(r.choices(quotes, k=2)):
                    self._open(venue, base, quote, "spot")
                if base != "USDT" and r.random() < 0.3:
                    self._open(venue, base, "USD", "perpetual")

    def _open(self, venue: str, base: str, quote: str, kind: Any) -> None:
        name = f"{base}/{quote}/{kind}"
        counts = Instrument(venue, name, base, quote, kind, False)
        symbol = Symbol(self.r, counts)
        symbol.instrument = counts._replace(counts=symbol.ids == "count")
        self.symbols.append(symbol)

    def records(self) -> Iterator[PricerInput]:
        r = self.r
        yield self._definition(*DEFINITIONS[0])
        for _ in range(self.count):
            yield self._frame()
            if r.random() < 0.3 + self.trouble:
                self.now += r.choice([1, SECOND // 10, SECOND, 12 * SECOND])
                yield TickFrame(self.now, "live", [], [], [], [], [], [], [], [], [], "")
            if r.random() < self.trouble:
                yield self._other()

    def _definition(self, index: str, mapping: dict[str, Any] | None) -> DefinitionRecord:
        return DefinitionRecord(self.now, "live", index, mapping)

    def _other(self) -> PricerInput:
        """A record that is no tick frame, or time that passes."""
        r = self.r
        what = r.random()
        if what < 0.4:
            return self._definition(*r.choice(DEFINITIONS))
        if what < 0.5:
            nan = float("nan")
            return AssetFrame(self.now, "live", ["BTC"], [self.now], [5e4], [nan], [nan])
        if what < 0.6:
            event = {"at": self.now + r.choice([-SECOND, SECOND, 2 * DAY]), "ratio": 10.0}
            return AssetRecord(self.now, "live", "TIDE", {"events": [event], "exclude": []})
        if what < 0.7:
            symbol = r.choice(self.symbols)
            name = f"{symbol.instrument.venue}:{symbol.instrument.symbol}"
            body = {"events": [], "exclude": r.choice([[], [name]])}
            return AssetRecord(self.now, "live", "BTC", body)
        if what < 0.85:
            symbol = r.choice(self.symbols)
            ids = [str(symbol.number - n) for n in (9, 5, 4, 1)]
            price = self._price(symbol)
            columns = [price] * 2, [1.0] * 2, [None] * 2, ids[1:3], [self.now - SECOND] * 2
            whole = r.random() < 0.5
            return BackfillFrame(
                self.now, "live", symbol.instrument, ids[0], ids[3], *columns, whole
            )
        self.now += r.choice([200 * SECOND, 3000 * SECOND, 2 * DAY, 101 * DAY])
        return TickFrame(self.now, "live", [], [], [], [], [], [], [], [], [], "")

    def _price(self, symbol: Symbol) -> float:
        base, quote = symbol.instrument.base, symbol.instrument.quote
        return self.prices[base] / QUOTES[quote] * symbol.premium

    def _frame(self) -> TickFrame:
        r, trouble = self.r, self.trouble
        instruments: dict[Instrument, int] = {}
        rows: list[tuple[int, float, float, str | None, int, int]] = []
        off_book, gaps = list[int](), list[Gap]()
        connector = r.choice(self.connectors)
        busy = r.sample(self.symbols, r.randint(1, len(self.symbols)))
        for _ in range(r.choice([1, 5, 40, 300])):
            self.now += r.choice([0, 0, 10**5, 10**6, 10**7, 3 * 10**8])
            symbol = r.choice(busy)
            asset = symbol.instrument.base
            self.prices[asset] *= 1.0 + r.gauss(0.0, 2e-4)
            price = self._price(symbol) * r.uniform(0.9999, 1.0001)
            trade = [
                price,
                symbol.size * r.random(),
                symbol.next_id(r),
                self.now - r.randrange(10**7),
            ]
            if r.random() < trouble:
                self._spoil(symbol, trade)
            if symbol.sent and r.random() < trouble:  # known already
                trade = list(r.choice(symbol.sent[-5:]))
            symbol.sent.append(tuple(trade))  # type: ignore[arg-type]
            place = instruments.setdefault(symbol.instrument, len(instruments))
            if r.random() < 0.2 * trouble:
                off_book.append(len(rows))
            rows.append((place, *trade, self.now))  # type: ignore[arg-type]
        for instrument in instruments:
            if r.random() < trouble:
                gaps.append(Gap(instrument, None, None, "session"))
            if r.random() < 0.5 * trouble:
                gaps.append(Gap(instrument, "3", "9", "ids"))
        place, price, size, ids, ts, received = (list(c) for c in zip(*rows, strict=True))
        side = [None] * len(rows)
        columns: list[Any] = [place, price, size, side, ids, ts, received, gaps]
        now = self.now = self.now + r.choice([0, 1, 10**7])
        return TickFrame(now, "live", list(instruments), *columns, connector, tuple(off_book))

    def _spoil(self, symbol: Symbol, trade: list[Any]) -> None:
        """Something is unusual of a trade (price, size, id, time), or of what comes behind it."""
        r = self.r
        what = r.randrange(12)
        if what == 0:
            trade[0] *= r.choice([0.5, 0.96, 1.04, 10.0])
        elif what == 1:
            trade[0] = r.choice([0.0, -1.0, 1e31, float("nan")])
        elif what == 2:
            trade[1] = r.choice([0.0, 1e9, -1.0])
        elif what == 3:
            trade[2] = r.choice([None, "", "007", "-1", "١٢", "a\nb", str(2**70), "1" * 25])
        elif what == 4:
            trade[3] += r.choice([-(10**8), -(10**10), 4 * SECOND, 6 * SECOND, -(2**62)])
        elif what == 5:
            symbol.number += r.choice([1, 3, 1000, -1000])
        elif what == 6:
            self.prices[symbol.instrument.base] *= r.choice([0.9, 0.965, 1.035, 1.2])
        elif what == 7:
            symbol.premium = r.choice([0.95, 0.98, 1.0, 1.0, 1.02, 1.5])
        elif what == 8:
            symbol.size *= r.choice([0.001, 1.0, 1000.0])
        elif what == 9:
            self.now += r.choice([SECOND, 11 * SECOND, 60 * SECOND, 181 * SECOND])
        elif what == 10:
            other = symbol.instrument._replace(counts=not symbol.instrument.counts)
            symbol.instrument = other
        else:
            trade[3] = self.now  # the same time again
