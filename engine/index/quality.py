"""What a snapshot says of the prices behind it: sources, ages and the times with missing trades."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from engine.index.baskets import Baskets
from engine.index.coin_timeline import Effect
from engine.index.composition import asset_of, assets_of
from engine.records import FilledSpan, GapSpan, Sources
from engine.types import DAY, MINUTE, SECOND, Figure

DROPPED: Final = "overflow"
"""The reason of a gap that we made ourselves, for want of room."""
DROPPED_FOR = MINUTE
"""How long what followed such a gap is called degraded: long enough to be seen by somebody."""

CLOCK_STEPPED = "clock_stepped"
STEPPED_FOR = 2 * SECOND
"""So long a frame of a clock that is not right is reported: between such frames, which come ten
times a second, there are those of other connectors, whose clocks are right."""

Behind = list[tuple[str, dict[str, Any]]]
"""Assets, each with what is said of the sources behind its price."""
_NOTHING = Sources()


class Quality:
    """Sources of each price key, the gaps of the last day, open and filled, and the log's clock."""

    def __init__(self) -> None:
        self.sources: dict[str, Sources] = {}
        self.gaps: list[GapSpan] = []
        self.filled: list[FilledSpan] = []
        self.stepped_until = 0
        """Until then the time is one of a clock that is not right."""
        self.version = 0
        """Another number whenever something was noted; no state."""
        self._known: dict[tuple[str, ...], list[tuple[str, Sources]]] = {}
        """The sources of some price keys, in order, until some change; no state."""
        self._behind: dict[str, tuple[list[str], Behind]] = {}
        """The same by index, as alerts say it, with the price keys that it holds."""

    def take(
        self,
        sources: Mapping[str, Sources],
        gaps: Iterable[GapSpan],
        filled: Iterable[FilledSpan] = (),
    ) -> None:
        """Note what a price frame reports; a filled gap is none any more."""
        self.version += 1
        if sources:
            self.sources.update(sources)
            self._known.clear()
            self._behind.clear()
        self.gaps.extend(gaps)
        for span in filled:
            place = next((k for k, gap in enumerate(self.gaps) if gap[:5] == span[:5]), None)
            if place is not None:
                del self.gaps[place]
            self.filled.append(span)

    def take_clock(self, clock: str, now: int) -> None:
        """Note what a price frame of time `now` says of the clock behind it."""
        if clock:
            self.stepped_until = now + STEPPED_FOR

    def is_still(self, as_of: int) -> bool:
        """Whether all stays as it is until something is noted."""
        return not (self.gaps or self.filled or as_of < self.stepped_until)

    def convert(self, effect: Effect) -> None:
        """What a coin traded at meanwhile was reported in the units of before its event."""
        self.filled = [
            _converted(span, effect.ratio)
            if effect.becomes is None and assets_of([span.asset]) == [effect.asset]
            else span
            for span in self.filled
        ]

    def read(self, keys: Collection[str], as_of: int) -> dict[str, Any]:
        """Sources, exclusions, flags and gap seconds of a basket of price keys."""
        known = self._sources_of(tuple(keys))
        left_out = [
            {"source": source, "reason": reason}
            for _, sources in known
            for source, reason in sources.excluded.items()
        ]
        flags = {flag for _, sources in known for flag in sources.flags}
        if as_of < self.stepped_until:
            flags.add(CLOCK_STEPPED)
        return {
            "sources": {key: list(sources.used) for key, sources in known},
            "excluded": left_out,
            "flags": sorted(flags),
            "gap_seconds_24h": self._gap_seconds(keys, as_of),
            "backfilled": self._backfilled(keys, as_of),
        }

    def _sources_of(self, keys: tuple[str, ...]) -> list[tuple[str, Sources]]:
        found = self._known.get(keys)
        if found is None:
            found = [(key, self.sources[key]) for key in sorted(set(keys)) if key in self.sources]
            self._known[keys] = found
        return found

    def behind(self, index: str, keys: list[str]) -> Behind:
        """What is behind the prices of the keys that an index holds, in their order. Not to be
        changed, and it does not change when sources do."""
        known = self._behind.get(index)
        if known is None or known[0] is not keys:
            told = [(asset_of(key), _evidence(self.sources.get(key, _NOTHING))) for key in keys]
            known = keys, told
            self._behind[index] = known
        return known[1]

    def _filled_of(self, wanted: Collection[str], as_of: int) -> list[FilledSpan]:
        """The filled gaps of these price keys that end within the last day."""
        if not self.filled:
            return []
        self.filled = [span for span in self.filled if span.end > as_of - DAY]
        return [span for span in self.filled if span.asset in wanted]

    def _backfilled(self, wanted: Collection[str], as_of: int) -> dict[str, int]:
        found = self._filled_of(wanted, as_of)
        return {"trades_24h": sum(span.trades for span in found), "gaps_24h": len(found)}

    def gap_drawdown(self, baskets: Baskets, row: int, as_of: int) -> Figure:
        """The deepest that an index would stand below its peak at a low of the filled gaps.

        Each low takes the place of its asset's price alone; holdings, the other prices and the peak
        are those of now. An estimate, for `quality` only: nothing else is made of it.
        """
        if not baskets.levels.started[row]:
            return Figure(None, "not_started")
        if not self.filled:
            return Figure(None, "nothing_filled")
        basket, level = baskets.all[row], float(baskets.levels.level[row])
        holding = dict(zip(basket.keys, basket.holdings, strict=True))
        peak, divisor = float(baskets.path["peak"][row]), float(baskets.levels.divisor[row])
        depths = list[float]()
        for span in self._filled_of(set(holding), as_of):
            if span.low is not None:
                price = float(baskets.prices.price[baskets.price_row[span.asset]])
                then = level + holding[span.asset] * (span.low - price) / divisor
                depths.append(max((peak - then) / peak, 0.0))
        return Figure(max(depths)) if depths else Figure(None, "nothing_filled")

    def dropped(self, keys: Iterable[str], as_of: int) -> bool:
        """Whether trades of these price keys were dropped within the last minute."""
        if not self.gaps:
            return False
        wanted = set(keys)
        return any(
            gap.reason == DROPPED and gap.end > as_of - DROPPED_FOR and gap.asset in wanted
            for gap in self.gaps
        )

    def _gap_seconds(self, wanted: Collection[str], as_of: int) -> float:
        """Length of the union of the times of the last day in which a source missed trades."""
        if not self.gaps:
            return 0.0
        since = as_of - DAY
        self.gaps = [gap for gap in self.gaps if gap.end > since]
        total, reached = 0, since
        for gap in sorted(self.gaps, key=lambda g: (g.start, g.end)):
            if gap.asset in wanted:
                total += max(gap.end - max(gap.start, reached), 0)
                reached = max(reached, gap.end)
        return total / SECOND

    def dump(self) -> dict[str, Any]:
        """State for a checkpoint."""
        return {
            "sources": {
                k: [s.used, s.excluded, s.flags, s.prices, s.weights, s.at]
                for k, s in self.sources.items()
            },
            "gaps": [list(gap) for gap in self.gaps],
            "filled": [list(span) for span in self.filled],
            "stepped_until": self.stepped_until,
        }

    @classmethod
    def load(cls, state: Mapping[str, Any]) -> Quality:
        """The quality that `dump` came from."""
        self = cls()
        self.sources = {
            k: Sources(list(used), dict(excluded), list(flags), *seen)
            for k, (used, excluded, flags, *seen) in state["sources"].items()
        }
        self.gaps = [GapSpan(*gap) for gap in state["gaps"]]
        self.filled = [FilledSpan(*span) for span in state["filled"]]
        self.stepped_until = state.get("stepped_until", 0)
        return self


def _evidence(sources: Sources) -> dict[str, Any]:
    found: dict[str, Any] = {"used": sources.used, "left_out": sources.excluded}
    return found | {"seen": sources.seen(), "at": sources.at} if sources.prices else found


def _converted(span: FilledSpan, ratio: float) -> FilledSpan:
    low, high = (price if price is None else price / ratio for price in (span.low, span.high))
    return span._replace(low=low, high=high)
