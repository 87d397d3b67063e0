"""How deep the falls went that drawdown alerts are about: followed with every level, and where one
began before this gateway did, read from the candles that are kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from engine.alerts.standings import DRAWDOWN
from engine.index.disputes import HEAVIEST
from engine.records import AlertHead, Level
from engine.types import DAY, HOUR, MINUTE, SECOND
from gateway.kept_episodes import KeptEpisodes
from gateway.past import LATEST, Past
from gateway.recent import Recent
from streams.sinks.reader import Columns, TablesError
from streams.sinks.tables import HOURS

_STEPS = ((SECOND, HOUR, DAY), (MINUTE, 2 * DAY, 90 * DAY), (HOUR, 1 << 62, 1 << 62))
"""Candles, how long an episode may be that is read from them, and how long they are kept at most
(ns): where they are there no more, the next longer ones tell."""


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
    is_lost: bool = False
    """Whether it is known that no candles tell, nor will."""
    highest: float = 0.0
    """The highest peak until now: an episode that waits before it ends may see a new one."""

    def take(self, low: float, level: float, peak: float) -> None:
        """Take how low the index was since it was last looked at, its level then and its peak. A
        peak reached in between may be later than the low, which is no fall below that."""
        self.deepest = max(self.deepest, 1.0 - low / max(self.peak, self.highest))
        self.deepest = max(self.deepest, 1.0 - level / peak)
        self.highest = max(self.highest, peak)

    def take_seconds(self, recent: Recent, end: int) -> None:
        """Take what is held from its beginning until `end` (ns), and nothing that was taken."""
        self.deepest, self.highest = self.at_firing, self.peak
        begin = _start(self.begin)
        for _, _, _, low, close, peak in recent.candles(self.index, SECOND, begin, end):
            self.take(low, close, peak)


class AlarmedFalls:
    """The falls of episodes: all that fire, and the newest `kept` of those that are over."""

    def __init__(self, kept: int) -> None:
        self._episodes = KeptEpisodes[AlarmedFall](kept)

    def of(self, episode: str) -> AlarmedFall | None:
        """That of an episode; None of one that is not about how deep its index is."""
        return self._episodes.get(episode)

    def take_alert(self, head: AlertHead, recent: Recent) -> None:
        """Take the next alert; `recent` has the levels that came before it."""
        if head.kind != DRAWDOWN or head.drawdown is None or not head.peak:
            return
        if head.rule.endswith(HEAVIEST):  # no level follows what that cluster sees
            return
        if head.state == "firing":
            self._begin(head, head.drawdown, head.peak, recent)
        elif (fall := self._episodes.get(head.episode)) is not None:
            self._end(head, head.drawdown, fall, recent)

    def _begin(self, head: AlertHead, drawdown: float, peak: float, recent: Recent) -> None:
        is_known = _has(recent, head.index, head.at)
        fall = AlarmedFall(head.index, head.at, peak, drawdown, drawdown, is_known)
        if fall.is_known:
            # Levels and alerts come on ways of their own: some levels may have come before.
            fall.take_seconds(recent, LATEST)
        self._episodes.begin(head.index, head.episode, fall)

    def _end(self, head: AlertHead, drawdown: float, fall: AlarmedFall, recent: Recent) -> None:
        fall.end = head.at
        # And some that came before this alert may be behind it, as when a log is caught up with.
        is_held = _has(recent, head.index, fall.begin)
        if is_held:
            fall.take_seconds(recent, head.at)
        elif not fall.is_known:
            fall.deepest = fall.at_firing
        fall.deepest = max(fall.deepest, drawdown)
        self._episodes.end(head.index, head.episode)

    def take_level(self, level: Level, low: float) -> None:
        """Take a level, and how low its index was since the one before."""
        for fall in self._episodes.firing(level.index):
            if level.at >= fall.begin:
                fall.take(low, level.level, level.peak)

    def forget(self, index: str) -> None:
        """An index is retired: what fired of it is followed no more."""
        self._episodes.forget(index)


def unknown(falls: Iterable[AlarmedFall | None]) -> list[AlarmedFall]:
    """Those that were not followed from their beginning, and may be read."""
    return [fall for fall in falls if fall is not None and not (fall.is_known or fall.is_lost)]


class FallRead(NamedTuple):
    """How deep a fall went by the candles, None where these do not tell; and then whether they
    never will."""

    deepest: float | None
    is_lost: bool = False


def read_falls(past: Past, falls: Iterable[AlarmedFall], now: int) -> list[FallRead]:
    """How deep each went by the candles until `now` (ns); for a thread of its own."""
    written = past.reader.written(HOURS)
    return [_read(past, fall, now, written) for fall in falls]


def _read(past: Past, fall: AlarmedFall, now: int, written: int) -> FallRead:
    """By the candles that lie wholly within the episode: others show what was before or behind."""
    end = max(now if fall.end is None else fall.end, fall.begin)
    # Where the hour behind its end is `written`, nothing of it is to come.
    is_over = fall.end is not None and written >= fall.end
    for step, longest, kept in _STEPS:
        if end - fall.begin > longest or now - fall.begin >= kept:
            continue
        begin = -(-fall.begin // step) * step
        # What an open candle has is all of the episode, where that is open, too.
        last = end if fall.end is None else end // step * step
        if begin >= last:
            break
        try:
            columns, _, missing = past.candles(fall.index, begin, last, step, now)
        except TablesError:
            return FallRead(None)
        if not missing and len(columns["time"]):
            return FallRead(deepest(columns, fall.peak))
    return FallRead(None, is_over)


def _has(recent: Recent, index: str, at: int) -> bool:
    """Whether all levels of an index from this time (ns) on are held."""
    since = recent.since(index, SECOND)
    return since is not None and since <= at


def _start(at: int) -> int:
    """Where the second begins that this time stands in: (start, end]."""
    return (at - 1) // SECOND * SECOND


def deepest(candles: Columns, peak: float) -> float:
    """The deepest drawdown that candles show for sure, the `peak` before them given: a low is
    below the peak before its candle, or its own where that was not reached in it; a close below
    its own."""
    own = np.where(np.isnan(candles["peak"]), peak, candles["peak"])
    before = np.maximum(np.concatenate(([peak], own[:-1])), candles["open"])
    before = np.where(candles["high"] < own, own, before)
    lows = 1.0 - candles["low"] / before
    return float(max(np.max(lows), np.max(1.0 - candles["close"] / own)))
