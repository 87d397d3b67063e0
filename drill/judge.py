"""What of an index's alarms was right, by the true price.

`docs/drill.md` says it in words. All times are seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from drill.alarms import DEPTHS, Alarm
from drill.chain import Outcome
from drill.market import STEP, DrawnMarket, DrawnSource, Floats, Prints

LASTS = 5.0
"""A fall is due to be reported once it has lasted so long."""
IN_TIME = 2.5
"""Where the fall is over sooner than this after the second print that shows it, nobody could be
blamed: the latest that an alarm may be by the promise."""
LOOK_BACK = 30.0
"""An alarm is not false if the fall was there so short before."""
CLEAR_LOOK_BACK = 10.0
"""A clearance is not false if the price had recovered so short before."""
GIVEN_UP = 120.0
"""An alarm later than this is a missed one."""
AFTER = 10.0
"""An alarm may still come so long after the fall is over: feeds have delays."""
STUCK = 60.0
"""An alarm that fires to the end is stuck where the price had recovered for so long."""
APART = 0.1
"""Two prints of one venue closer than this may be one order."""


@dataclass(slots=True)
class Verdict:
    """Counts over one market, or several."""

    due: int = 0
    missed: int = 0
    false: int = 0
    false_live: int = 0
    false_clear: int = 0
    false_clear_live: int = 0
    undisputed: int = 0
    """Of the false and falsely cleared: without the mark `disputed`."""
    stuck: int = 0
    """Of the right ones: never cleared. A false one is a fault already, and counts once."""
    heaviest: int = 0
    between: int = 0
    late: list[float] = field(default_factory=list)
    """Of each alarm due that came: seconds after the second print that shows the fall."""

    def add(self, other: Verdict) -> None:
        """Count in another market."""
        for name in COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.late += other.late


COUNTS = (
    *("due", "missed", "false", "false_live", "false_clear", "false_clear_live", "undisputed"),
    *("stuck", "heaviest", "between"),
)


@dataclass(slots=True)
class Episode:
    """A true fall: from the first instant (a row on the grid) at or below a threshold to the one
    at which it is made good to half."""

    start: int
    end: int


class Truth:
    """The true drawdowns of a market, from a time on: what fell before that has not fallen in an
    index which began then."""

    def __init__(self, fair: Floats, margin: float, begin: float = 0.0) -> None:
        seen = np.arange(fair.size) * STEP >= begin
        self.fall = 1.0 - fair / np.maximum.accumulate(np.where(seen, fair, -np.inf))
        self.fall[~seen] = 0.0
        self.margin = margin
        """By how much a drawdown that honest venues show may differ from the true one."""
        self.length = (fair.size - 1) * STEP

    def row(self, at: float) -> int:
        """The row on the grid of a time."""
        return min(max(int(at / STEP), 0), self.fall.size - 1)

    def before(self, at: float, seconds: float) -> Floats:
        """The falls of so many seconds up to a time, and to the point of the grid behind it."""
        return self.fall[self.row(at - seconds) : self.row(at) + 2]

    def episodes(self, depth: float) -> list[Episode]:
        """The true falls of a depth."""
        found, begin, fall = list[Episode](), 0, self.fall
        while (over := np.flatnonzero(fall[begin:] >= depth)).size:
            start = begin + int(over[0])
            good = np.flatnonzero(fall[start:] <= depth / 2)
            begin = start + int(good[0]) if good.size else fall.size
            found.append(Episode(start, begin))
            if begin >= fall.size:
                break
        return found

    def plain(self, depth: float, episode: Episode) -> tuple[float, float] | None:
        """When the fall first exceeds the threshold by the noise for `LASTS`, and when it last
        does; None where it never does."""
        over = self.fall[episode.start : episode.end] >= depth + self.margin
        edges = np.flatnonzero(np.diff(np.concatenate(([0], over.view(np.int8), [0]))))
        begins, ends = edges[::2], edges[1::2]
        long = np.flatnonzero(ends - begins >= LASTS / STEP)
        if not long.size:
            return None
        first = episode.start + int(begins[long[0]])
        return first * STEP, (episode.start + int(ends[-1]) - 1) * STEP


Available = Callable[[float], float]
"""When trades made at or after a time had come from enough of the honest, see `availability`."""


def availability(market: DrawnMarket, prints: Sequence[Prints]) -> Available:
    """From when on what was traded from a time on can be known here.

    That is the arrival of the trade that completes half of the honest volume, and not before the
    second print: of another venue, or `APART` from the first. Infinite where it never comes.
    """
    honest = [
        (source.share, *_delivered(market, source, found))
        for source, found in zip(market.sources, prints, strict=True)
        if source.base in market.names and source.honest
    ]
    half = sum(share for share, _, _ in honest) / 2

    def available(at: float) -> float:
        firsts, seconds = list[tuple[float, float]](), list[float]()
        for share, made, arrival in honest:
            rows = np.flatnonzero(made >= at)
            if not rows.size:
                continue
            first = rows[0]
            firsts.append((float(arrival[first]), share))
            later = np.flatnonzero(made >= made[first] + APART)
            if later.size:
                seconds.append(float(arrival[later[0]]))
        firsts.sort()
        reached, enough = 0.0, np.inf
        for when, share in firsts:
            reached += share
            if reached >= half:
                enough = when
                break
        second = sorted([when for when, _ in firsts] + seconds)[1:2]
        return max(enough, second[0] if second else np.inf)

    return available


def _delivered(market: DrawnMarket, source: DrawnSource, found: Prints) -> tuple[Floats, Floats]:
    """When the trades that were not lost were made, and when they arrived."""
    if not market.cuts:
        return found.made, found.arrival
    lost = np.array([market.is_cut(source.venue, at) for at in found.arrival.tolist()], np.bool_)
    return found.made[~lost], found.arrival[~lost]


def begun_at(outcome: Outcome, available: Available) -> float:
    """When an index began, or can have begun if that is earlier."""
    first = outcome.prices[0][0] if outcome.prices else np.inf
    return min(first, available(0.0))


def judge(truth: Truth, begun: Truth, alarms: Iterable[Alarm], available: Available) -> Verdict:
    """Hold alarms against the true price.

    `truth` counts falls from the beginning of the market, and says what is false: an index may have
    begun in the history before it. `begun` counts them from when enough had been printed for an
    index to begin then at the latest, and says what is due: none can know of a peak before that.
    """
    verdict = Verdict()
    fired = list(alarms)
    verdict.heaviest = sum(alarm.heaviest for alarm in fired)
    for depth in DEPTHS:
        mine = [a for a in fired if a.depth == depth and not a.heaviest]
        _judge_depth(truth, begun, depth, mine, available, verdict)
    return verdict


def _judge_depth(
    truth: Truth,
    begun: Truth,
    depth: float,
    alarms: list[Alarm],
    available: Available,
    verdict: Verdict,
) -> None:
    episodes, later, needed = truth.episodes(depth), begun.episodes(depth), set[int]()
    for episode in later:
        plain = begun.plain(depth, episode)
        if plain is None:
            continue
        begin, end = plain
        known = available(begin)
        if known + IN_TIME > min(end, begun.length):
            continue
        verdict.due += 1
        closed = episode.end * STEP + AFTER
        came = [
            alarm for alarm in alarms if alarm.fired < closed and _end(alarm) > episode.start * STEP
        ]
        needed |= {id(alarm) for alarm in came}
        first = min((alarm.fired for alarm in came), default=np.inf)
        if first > known + GIVEN_UP:
            verdict.missed += 1
        else:
            verdict.late.append(max(0.0, first - known))
    for alarm in alarms:
        false = _is_false(truth, depth, alarm, episodes)
        if false:
            verdict.false += 1
            verdict.false_live += alarm.status == "live"
            verdict.undisputed += not alarm.disputed
        elif id(alarm) not in needed:
            verdict.between += 1
        if alarm.cleared is not None and _is_falsely_cleared(begun, depth, alarm, later):
            verdict.false_clear += 1
            verdict.false_clear_live += alarm.clear_status == "live"
            verdict.undisputed += not alarm.clear_disputed
        elif alarm.cleared is None and not false:
            last = truth.fall[-int(STUCK / STEP) :]
            verdict.stuck += bool(last.max() < depth / 2 - truth.margin)


def _end(alarm: Alarm) -> float:
    return np.inf if alarm.cleared is None else alarm.cleared


def _is_false(truth: Truth, depth: float, alarm: Alarm, episodes: list[Episode]) -> bool:
    """Whether the fall was never there, within the noise."""
    row = truth.row(alarm.fired)
    if truth.before(alarm.fired, LOOK_BACK).max() >= depth - truth.margin:
        return False
    return not any(e.start <= row < e.end for e in episodes)


def _is_falsely_cleared(truth: Truth, depth: float, alarm: Alarm, episodes: list[Episode]) -> bool:
    """Whether the fall was still there, beyond the noise."""
    assert alarm.cleared is not None
    row = truth.row(alarm.cleared)
    if truth.before(alarm.cleared, CLEAR_LOOK_BACK).min() <= depth / 2 + truth.margin:
        return False
    return any(e.start <= row < e.end for e in episodes)
