"""What quote currencies are in USD."""

from __future__ import annotations

from typing import Final

from engine.pricing.consolidation import Consolidation
from engine.pricing.rules import Rules
from engine.pricing.source import Rate, Source

PEGGED: Final = ("USDC", "USDT")
"""Currencies that count as one USD, and are flagged, where no trade ever said better."""


class Conversion:
    """What one of a quote currency is in USD, and the sources that need to know.

    `price` is made only of the currency's own spot pairs against USD, which need no conversion: so
    there is no cycle. A currency that ever traded keeps its last rate: what was known beats what is
    assumed.
    """

    __slots__ = ("currency", "doubted_until", "quoted", "rate", "rules", "usd_rate")

    def __init__(self, currency: str, feeding: list[Source], rules: Rules) -> None:
        self.currency, self.rules = currency, rules
        self.rate = Consolidation(currency, feeding, rules, 1.0 if currency in PEGGED else None)
        self.doubted_until = 0
        self.quoted: list[Source] = []
        self.usd_rate = self.current()

    def current(self) -> Rate:
        """The rate as it stands."""
        rate = self.rate
        if rate.price is not None:
            return Rate(rate.price, False, not rate.usable, rate.trust.disputed)
        # A first print that is not proven yet says already that nothing is to be assumed anew; what
        # rests on the assumption goes on until the rate is known.
        assumed = self.currency in PEGGED and (not rate.usable or self._in_use())
        return Rate(1.0 if assumed else 0.0, assumed)

    def _in_use(self) -> bool:
        return any(key.price is not None for source in self.quoted for key in source.keys)

    def update(self, at: int) -> bool:
        """Make the rate anew; True where the conversion is another one than before.

        A rate that jumps says that what it converted was wrong until now: it is in doubt for a
        while, and so are the prices made with it, and peaks that were prices. An assumption that no
        price rests on makes none.
        """
        before = self.usd_rate
        self.rate.reprice(at)
        rate = self.current()
        jumped = before.value and abs(rate.value / before.value - 1.0) > self.rules.back
        if jumped and self._in_use():
            self.doubted_until = at + self.rules.doubt
        if at < self.doubted_until:
            rate = rate._replace(disputed=True)
            self.rate.wake = min(self.rate.wake, self.doubted_until)
        if self.rate.price is not None:
            until = self._confirmed_until()
            rate = rate._replace(quiet=at > until)
            if at <= until:
                self.rate.wake = min(self.rate.wake, until + 1)
        self.usd_rate = rate
        return rate != before

    def _confirmed_until(self) -> int:
        """Until when the trades of its markets speak for the rate, 0 where it has none."""
        until = 0
        for source in self.rate.sources if self.rate.usable else ():
            patience = source.silence(self.rules.quiet, self.rules)
            until = max(until, source.moved_at + patience)
        return until
