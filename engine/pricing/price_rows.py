"""The price frame that the Pricer is making."""

from __future__ import annotations

from math import nan

from engine.records import FilledSpan, GapSpan, Origin, PriceFrame, Sources, Trust
from engine.records.bounds import Clock


class PriceRows:
    """Its rows so far, and what it reports of gaps."""

    __slots__ = (
        *("asset", "at", "price", "market_cap", "supply"),
        *("clock", "filled", "gaps", "keep", "trust"),
    )

    def __init__(self) -> None:
        self.asset: list[str] = []
        self.at: list[int] = []
        self.price: list[float] = []
        self.market_cap: list[float] = []
        self.supply: list[float] = []
        self.gaps: list[GapSpan] = []
        self.filled: list[FilledSpan] = []
        self.trust: list[Trust] = []
        self.clock: Clock = ""
        self.keep = False

    def add(self, asset: str, at: int, price: float, market_cap: float, supply: float) -> None:
        """Append a row; `market_cap` and `supply` are NaN where not known."""
        self._fill()
        self.asset.append(asset)
        self.at.append(at)
        self.price.append(price)
        self.market_cap.append(market_cap)
        self.supply.append(supply)

    def add_all(self, asset: list[str], at: list[int], price: list[float]) -> None:
        """Append rows that are made of trades."""
        if not self.asset:  # as a rule
            self.asset, self.at, self.price = asset, at, price
            return
        self.asset += asset
        self.at += at
        self.price += price

    def frame(self, now: int, origin: Origin, sources: dict[str, Sources]) -> PriceFrame:
        """The finished frame."""
        self._fill()
        return PriceFrame(
            *(now, origin, self.asset, self.at, self.price, self.market_cap, self.supply),
            *(sources, self.gaps, tuple(self.filled), tuple(self.trust), self.clock, self.keep),
        )

    def _fill(self) -> None:
        """Rows made of trades know no market cap and no supply."""
        missing = len(self.asset) - len(self.supply)
        if missing:
            self.market_cap += [nan] * missing
            self.supply += [nan] * missing
