"""Which baskets wait for something before they can start or adopt what their definition names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from engine.index.composition import Basket
from engine.table import I64, Bool


class Absent:
    """The price keys without a price, and who waits for them; laid out with the baskets.

    A first price costs what the baskets that wait for it cost, not a look at all of them.
    """

    def __init__(self, prices: Iterable[str], baskets: Sequence[Basket], started: Bool) -> None:
        self.prices = set(prices)
        """The price keys that have had no price."""
        self.complete = set[int]()
        """The rows that have not started, and lack no price any more."""
        self._hopeful = [i for i, basket in enumerate(baskets) if basket.waiting or basket.pending]
        self._lacking: dict[int, int] = {}
        """How many prices each other row lacks that has not started."""
        self._waiting: dict[str, list[int]] = {key: [] for key in self.prices}
        for i, (basket, has_started) in enumerate(zip(baskets, started.tolist(), strict=True)):
            if not has_started:
                self._note_row(i, self.prices.intersection(basket.keys))

    def _note_row(self, i: int, absent: set[str]) -> None:
        if not absent:
            self.complete.add(i)
            return
        self._lacking[i] = len(absent)
        for key in absent:
            self._waiting[key].append(i)

    def note(self, at: I64, place: Mapping[str, int]) -> None:
        """Note the prices that came; `at` are the times of the last prices, by their places."""
        for key in [key for key in self.prices if at.item(place[key])]:
            self.prices.discard(key)
            for i in self._waiting.pop(key):
                self._lacking[i] -= 1
                if not self._lacking[i]:
                    self.complete.add(i)

    def candidates(self) -> list[int]:
        """The rows, in order, that may start, or adopt what they wait for."""
        return sorted(self.complete.union(self._hopeful))
