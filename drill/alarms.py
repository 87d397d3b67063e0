"""A drawdown alarm, and the plainest way to make some of a row of prices."""

from __future__ import annotations

from dataclasses import dataclass

DEPTHS = (0.05, 0.10, 0.20)
"""The thresholds that every index of the drill watches."""


@dataclass(slots=True)
class Alarm:
    """When a drawdown alarm fired and was cleared (s, None while it fires), and what the index said
    of itself at either time. `heaviest` marks the extra alarm of the heaviest cluster."""

    depth: float
    fired: float
    cleared: float | None = None
    status: str = "live"
    disputed: bool = False
    clear_status: str = "live"
    clear_disputed: bool = False
    heaviest: bool = False


class Watcher:
    """Fires where the fall from the highest price reaches a depth, clears at half of it."""

    def __init__(self) -> None:
        self.alarms: list[Alarm] = []
        self._open: list[Alarm | None] = [None] * len(DEPTHS)
        self._peak = 0.0
        self._calm = (0.0, 0.0)
        """Between these prices nothing changes."""

    def see(self, price: float, at: float) -> None:
        """The next price."""
        if self._calm[0] < price < self._calm[1]:
            return
        self._peak = max(self._peak, price)
        fall = 1.0 - price / self._peak
        low, high = 0.0, self._peak
        for number, depth in enumerate(DEPTHS):
            alarm = self._open[number]
            if alarm is None and fall >= depth:
                alarm = self._open[number] = Alarm(depth, at)
                self.alarms.append(alarm)
            elif alarm is not None and fall <= depth / 2:
                alarm.cleared, alarm = at, None
                self._open[number] = None
            if alarm is None:
                low = max(low, self._peak * (1.0 - depth) * (1.0 + 1e-12))
            else:
                high = min(high, self._peak * (1.0 - depth / 2) * (1.0 - 1e-12))
        self._calm = (low, high)
