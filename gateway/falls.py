"""How deep the falls went that drawdown alerts are about: followed with every level, and where one
began before this gateway did, read from the candles that are kept."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from engine.alerts.standings import DRAWDOWN
from engine.index.disputes import HEAVIEST
from engine.records import AlertHead
from engine.types import DAY, HOUR, MINUTE, SECOND
from gateway.past import LATEST, Past
from gateway.recent import Recent
from streams.sinks.reader import Columns, TablesError

_STEPS = ((SECOND, HOUR, DAY), (MINUTE, 2 * DAY, 90 * DAY), (HOUR, 90 * DAY, 1 << 62))
"""Candles, how long an episode may be that is read from them, and how long they are kept (ns)."""


@dataclass(slots=True)
class AlarmedFall:
    """An episode of a drawdown alert from its firing on; times in ns, `end` None while it fires."""

    index: str
    begin: int
    peak: float
    at_firing: float
    """How deep it was then."""
    deepest: float
    """As far as it was followed, or told by its alerts."""
    is_known: bool
    """Whether that is all of it."""
    end: int | None = None

    def take(self, low: float, peak: float) -> None:
        """Take how low the index was, and its peak then."""
        self.deepest = max(self.deepest, 1.0 - low / peak)

    def take_seconds(self, recent: Recent, end: int) -> None:
        """Take what is held from its beginning until `end` (ns)."""
        for _, _, _, low, _, peak in recent.candles(self.index, SECOND, _start(self.begin), end):
            self.take(low, peak)


class AlarmedFalls:
    """The falls of episodes: all that fire, and the newest `kept` of those that are over."""

    def __init__(self, kept: int) -> None:
        self._kept = kept
        self._known: dict[str, AlarmedFall] = {}
        self._open: dict[str, dict[str, AlarmedFall]] = {}
        self._over: deque[str] = deque()

    def of(self, episode: str) -> AlarmedFall | None:
        """That of an episode; None of one that is not about how deep its index is."""
        return self._known.get(episode)

    def take_alert(self, head: AlertHead, recent: Recent) -> None:
        """Take the next alert; `recent` has the levels that came before it."""
        if head.kind != DRAWDOWN or head.drawdown is None or not head.peak:
            return
        if head.rule.endswith(HEAVIEST):  # no level follows what that cluster sees
            return
        if head.state == "firing":
            self._begin(head, head.drawdown, head.peak, recent)
        elif (fall := self._known.get(head.episode)) is not None:
            self._end(head, head.drawdown, fall, recent)

    def _begin(self, head: AlertHead, drawdown: float, peak: float, recent: Recent) -> None:
        is_known = _has(recent, head.index, head.at)
        fall = AlarmedFall(head.index, head.at, peak, drawdown, drawdown, is_known)
        if fall.is_known:
            # Levels and alerts come on ways of their own: some levels may have come before.
            fall.take_seconds(recent, LATEST)
        self._known[head.episode] = fall
        self._open.setdefault(head.index, {})[head.episode] = fall

    def _end(self, head: AlertHead, drawdown: float, fall: AlarmedFall, recent: Recent) -> None:
        self._open.get(head.index, {}).pop(head.episode, None)
        if not self._open.get(head.index):
            self._open.pop(head.index, None)
        fall.end = head.at
        # And some that came before this alert may be behind it, as when a log is caught up with.
        is_held = _has(recent, head.index, fall.begin)
        if is_held or not fall.is_known:
            fall.deepest = fall.at_firing
        if is_held:
            fall.take_seconds(recent, head.at)
        fall.deepest = max(fall.deepest, drawdown)
        self._over.append(head.episode)
        if len(self._over) > self._kept:
            self._known.pop(self._over.popleft(), None)

    def take_level(self, index: str, at: int, low: float, peak: float) -> None:
        """Take how low an index was since its level before this one, and its peak."""
        for fall in self._open.get(index, {}).values():
            if at >= fall.begin:
                fall.take(low, peak)

    def forget(self, index: str) -> None:
        """An index is retired: what fired of it is followed no more."""
        for episode in self._open.pop(index, ()):
            del self._known[episode]


def unknown(falls: Iterable[AlarmedFall | None]) -> list[AlarmedFall]:
    """Those that were not followed from their beginning."""
    return [fall for fall in falls if fall is not None and not fall.is_known]


def read_falls(past: Past, falls: Iterable[AlarmedFall], now: int) -> list[float | None]:
    """How deep each went by the candles until `now` (ns), None where these do not tell; for a
    thread of its own."""
    return [_read(past, fall, now) for fall in falls]


def _read(past: Past, fall: AlarmedFall, now: int) -> float | None:
    end = max(now if fall.end is None else fall.end, fall.begin)
    age = now - fall.begin
    step = next((s for s, long, kept in _STEPS if end - fall.begin <= long and age < kept), DAY)
    begin = _start(fall.begin, step)
    try:
        columns, _, missing = past.candles(fall.index, begin, end, step, now)
    except TablesError:
        return None
    return None if missing or not len(columns["time"]) else deepest(columns, fall.peak)


def _has(recent: Recent, index: str, at: int) -> bool:
    """Whether all levels of an index from this time (ns) on are held."""
    since = recent.since(index, SECOND)
    return since is not None and since <= at


def _start(at: int, step: int = SECOND) -> int:
    """Where the candle begins that this time stands in: (start, end]."""
    return (at - 1) // step * step


def deepest(candles: Columns, peak: float) -> float:
    """The deepest drawdown that candles show for sure, the `peak` before them given: a low is
    below the peak before its candle, or its own where that was not reached in it; a close below
    its own."""
    own = np.where(np.isnan(candles["peak"]), peak, candles["peak"])
    before = np.maximum(np.concatenate(([peak], own[:-1])), candles["open"])
    before = np.where(candles["high"] < own, own, before)
    lows = 1.0 - candles["low"] / before
    return float(max(np.max(lows), np.max(1.0 - candles["close"] / own)))
