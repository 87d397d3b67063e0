"""Rows of recorded prices to instants and frames of the engine, one row after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from engine.records import AssetFrame, Instrument, Origin, TickFrame
from tidegauge.recorded.row import RecordedRow

_ROWS_PER_FRAME = 2000
"""Enough that the cost of a record vanishes, few enough to keep a frame under 100 KB."""
_REPEATS_KEPT = 10
"""Rows that are remembered of those that say the same again: as many as are reported in full."""

Refuse = Callable[[RecordedRow, str, str], None]
"""Is called with a row that cannot be used, its kind and the reason."""
Name = Callable[[RecordedRow, RecordedRow], str]
"""How a message about the first row calls the second."""


class Instant(NamedTuple):
    """The rows of one time: prices of assets, one an asset, and trades of venues."""

    ts: int
    prices: list[RecordedRow]
    trades: list[RecordedRow]
    rows: int
    """How many rows these were: equal ones are one price."""


def instants(rows: Iterable[RecordedRow], refuse: Refuse, name: Name) -> Iterator[Instant]:
    """Rows in order of time, those of one time together, in whatever order they come.

    Prices of one asset at one time must agree: where they do not, none of them is used, and each
    is refused as a `contradiction`.
    """
    ts = -1
    prices: dict[str, RecordedRow] = {}
    trades: list[RecordedRow] = []
    repeats: dict[str, _Repeats] = {}
    for row in rows:
        if row.ts != ts:
            if prices or trades:
                yield _instant(ts, prices, trades, repeats)
            ts, prices, trades, repeats = row.ts, {}, [], {}
        if row.venue:
            trades.append(row)
        elif row.asset not in prices:
            prices[row.asset] = row
        else:
            if row.asset not in repeats:
                repeats[row.asset] = _Repeats(prices[row.asset], refuse, name)
            prices[row.asset] = repeats[row.asset].take(row)
    if prices or trades:
        yield _instant(ts, prices, trades, repeats)


def _instant(
    ts: int, prices: dict[str, RecordedRow], trades: list[RecordedRow], repeats: dict[str, _Repeats]
) -> Instant:
    used = [row for asset, row in prices.items() if asset not in repeats or repeats[asset].agree]
    again = sum(r.count - 1 for r in repeats.values() if r.agree)
    return Instant(ts, used, trades, len(used) + again + len(trades))


class _Repeats:
    """The rows of one asset at one time, where there are several; the first of them are kept."""

    def __init__(self, first: RecordedRow, refuse: Refuse, name: Name) -> None:
        self.agree, self.count = True, 1
        self._said, self._kept = first, [first]
        self._refuse, self._name = refuse, name

    def take(self, row: RecordedRow) -> RecordedRow:
        """One more; what all say together so far."""
        joined = _joined(self._said, row) if self.agree else None
        if joined is not None:
            self._said = joined
            self.count += 1
            if len(self._kept) < _REPEATS_KEPT:
                self._kept.append(row)
            return joined
        if self.agree:
            self.agree = False
            for earlier in self._kept:
                self._contradicts(earlier, row)
            for _ in range(self.count - len(self._kept)):
                self._contradicts(self._kept[-1], row)
        self._contradicts(row, self._kept[0])
        return self._said

    def _contradicts(self, row: RecordedRow, other: RecordedRow) -> None:
        text = f"{_shown(row)} contradicts {self._name(row, other)} of the same instant"
        self._refuse(row, "contradiction", f"{text}, {_shown(other)}; neither is used")


def _shown(row: RecordedRow) -> str:
    amounts = {"market cap": row.market_cap, "supply": row.supply}
    known = [f"{name} {value!r}" for name, value in amounts.items() if value == value]  # no NaN
    return ", ".join([f"{row.asset} at {row.price!r}", *known])


def _joined(row: RecordedRow, other: RecordedRow) -> RecordedRow | None:
    """What two rows of one asset say together; None where they contradict each other."""
    if row.price != other.price:
        return None
    found = row
    for column in ("market_cap", "supply"):
        one, two = getattr(row, column), getattr(other, column)
        if one == one and two == two and one != two:  # neither is NaN, which stands for unknown
            return None
        if one != one:
            found = found._replace(**{column: two})
    return found


def frames(
    found: Iterable[Instant], origin: Origin, every: int | None = None
) -> Iterator[AssetFrame | TickFrame]:
    """Instants in order of time to frames that never split one, nor a slot of `every` ns.

    Within an instant asset prices come before the trades of venues.
    """
    prices: list[RecordedRow] = []
    trades: list[RecordedRow] = []
    first = 0
    for ts, more_prices, more_trades, _ in found:
        if prices or trades:
            crossed = every is not None and (ts - 1) // every > (first - 1) // every
            # Only one kind fills up a frame of more than one instant.
            other = (prices and more_trades) or (trades and more_prices)
            if crossed or other or len(prices) + len(trades) >= _ROWS_PER_FRAME:
                yield from _frames(prices, trades, origin)
                prices, trades = [], []
        if not prices and not trades:
            first = ts
        prices += more_prices
        trades += more_trades
    yield from _frames(prices, trades, origin)


def _frames(
    prices: list[RecordedRow], trades: list[RecordedRow], origin: Origin
) -> Iterator[AssetFrame | TickFrame]:
    if prices:
        columns = [list(c) for c in zip(*prices, strict=True)]
        ts, asset, price, _, _, _, cap, supply, *_ = columns
        yield AssetFrame(prices[-1].ts, origin, asset, ts, price, cap, supply)
    if trades:
        markets = [
            Instrument(r.venue, f"{r.asset}-{r.quote}", r.asset, r.quote, "spot", False)
            for r in trades
        ]
        instruments = list(dict.fromkeys(markets))
        position = {instrument: k for k, instrument in enumerate(instruments)}
        yield TickFrame(
            now=trades[-1].ts,
            origin=origin,
            instruments=instruments,
            instrument=[position[market] for market in markets],
            price=[r.price for r in trades],
            size=[r.size for r in trades],
            side=[None] * len(trades),
            id=[None] * len(trades),
            ts=[r.ts for r in trades],
            received=[r.ts for r in trades],
            gaps=[],
        )
