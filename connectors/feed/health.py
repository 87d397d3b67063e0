"""When silence means trouble: each symbol is judged by its own rate, and by the other venues.

A heartbeat is no sign of health. Exchanges have stopped sending one symbol's trades for hours while
heartbeats, and the other symbols, went on. Nor is every silence trouble: markets halt and calm.
What tells the two apart is whether the other venues trade the same asset as they usually do.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, log1p, sqrt
from typing import NamedTuple

from engine.records import Instrument

MEMORY = 256
"""Waits that the rate of now is made of: half a minute of a busy symbol, hours of a quiet one."""
LONG_MEMORY = 4096
"""Waits that the usual rate is made of. The slower of the two rates counts, so that the calm after
a storm is no silence."""
TELLING = 10.0
"""Beats that are to be expected of the other venues before their number says anything: that none of
ten comes has a chance of e^-10."""
DOWN = 6.0
"""A venue silent for so many waits, at the market's pace, is down as well (chance e^-6) and says
nothing of that pace."""
MONTH, DAY = 30 * 86_400.0, 86_400.0
"""Seconds in which one symbol may be suspected wrongly once; see `StallRule`."""


@dataclass(frozen=True, slots=True)
class StallRule:
    """A silence whose chance is below e^-`factor` by the symbol's own rate is a stall.

    Trades come in clusters, so what comes within `burst` seconds of a counted trade is no evidence
    of its own (a *beat*), and no mean wait counts as shorter than that. Of the waits beyond, n are
    known, and their sum T; if they are exponential, the chance of one longer than t is
    (1 + t/T)^-n. At 20 random trades a second that makes a silence of 1.1 s a stall; in six
    recorded minutes of each of four Binance markets, busy and clustered, no silence came beyond 0.6
    of its limit.

    Where other venues trade the same asset, and at least `TELLING` beats of them are to be expected
    in that time, the *pace* of the market is how many came over how many are usual. Chance makes it
    1 more easily than not: b beats count as b + √b + 1 against a pace below 1, and as b - 2√b for
    one above 1. Venues that say nothing at all are left out unless all do, and so are those that
    went `DOWN` meanwhile. Then a silence is a stall where the chance of t·pace, the silence in the
    market's own time, is below one in a month of such waits, and the chance of t itself below one
    in a day of them; so

    - a market that halts or calms everywhere is no stall, however long it lasts; where the rates of
      all jump to and fro by up to sixteen times every 20 s, few symbols are suspected wrongly in
      hours, and most would be by their own rate alone;
    - a symbol too slow for a verdict of its own is suspected sooner while the others trade on, and
      soonest while they trade more than usual. One with a trade in 20 s, known from 30 of them,
      after 290 s (its own rate alone: 570 s), and after 195 s in a market twice as busy.

    What no venue sends any more, because it is our own line that is cut, is left to the websocket's
    pings, which end the connections within 40 s.

    No judgement before `beats` waits; but a connection that has no data at all in its first `first`
    seconds is a stall too. `check` is how often to look, in seconds.
    """

    factor: float = 20.0
    burst: float = 0.05
    beats: int = 5
    first: float = 300.0
    check: float = 0.2


class Activity:
    """The trading of one asset on all venues: a column for each symbol that some session has."""

    __slots__ = ("asset", "beats", "pulses", "trades", "venues")

    def __init__(self, asset: str) -> None:
        self.asset = asset
        self.venues: list[str] = []
        self.pulses: list[Pulse] = []
        self.trades: list[int] = []
        self.beats: list[int] = []

    def join(self, venue: str, pulse: Pulse) -> int:
        """A column for a symbol; its index."""
        self.venues.append(venue)
        self.pulses.append(pulse)
        self.trades.append(0)
        self.beats.append(0)
        return len(self.pulses) - 1


class Evidence:
    """What the sessions of one run know of each asset together. It holds counts, and no clock."""

    def __init__(self) -> None:
        self._assets: dict[str, Activity] = {}

    def pulse(self, rule: StallRule, instrument: Instrument) -> Pulse:
        """The pulse of a symbol, which all others of its asset are evidence for."""
        asset = instrument.base
        if asset not in self._assets:
            self._assets[asset] = Activity(asset)
        return Pulse(rule, self._assets[asset], instrument.venue)


class _Peer(NamedTuple):
    """What another venue's symbol says of the time since the last trade here."""

    came: int
    expected: float
    """Beats at its usual rate."""
    usual: float
    """Those that would be usual in the time in which bursts hid none."""
    silence: float
    """Its own, up to now, in waits usual for it."""


class Pulse:
    """How often a symbol (or a whole connection) has data. Times are monotonic seconds."""

    __slots__ = (
        *("_activity", "_beats", "_beats_then", "_counted", "_long_wait", "_column", "_rule"),
        *("_reported", "_trades_then", "_venue", "_wait", "last"),
    )

    def __init__(self, rule: StallRule, activity: Activity | None = None, venue: str = "") -> None:
        self._rule = rule
        self._wait = self._long_wait = 0.0
        self._beats = 0
        self._counted: float | None = None
        self._reported = False
        self.last: float | None = None
        self._activity, self._venue = activity, venue
        self._column = activity.join(venue, self) if activity is not None else 0
        self._trades_then: list[int] = []
        self._beats_then: list[int] = []

    def begin(self, now: float) -> None:
        """A session begins: silence is counted from here, the time between is no interval."""
        self._counted = None
        self.last = now
        self._mark()

    def again(self, now: float) -> Pulse:
        """The pulse of the next connection: it knows this one's rate, and begins now."""
        pulse = Pulse(self._rule)
        pulse._beats, pulse._wait, pulse._long_wait = self._beats, self._wait, self._long_wait
        pulse.begin(now)
        return pulse

    def beat(self, now: float) -> None:
        """Data came."""
        self.last, self._reported = now, False
        activity = self._activity
        if activity is not None:
            activity.trades[self._column] += 1
        if self._counted is None:
            self._counted = now
            self._mark()
            return
        wait = now - self._counted - self._rule.burst
        if wait < 0.0:
            return
        self._counted = now
        self._beats += 1
        self._wait += (wait - self._wait) / min(self._beats, MEMORY)
        self._long_wait += (wait - self._long_wait) / min(self._beats, LONG_MEMORY)
        if activity is not None:
            activity.beats[self._column] += 1
            self._mark()

    def _mark(self) -> None:
        """Remember what all venues have traded so far. Beats only: copies would cost at each trade.

        So what came since is counted from up to a burst before the last trade.
        """
        if self._activity is not None:
            self._trades_then = self._activity.trades.copy()
            self._beats_then = self._activity.beats.copy()

    def suspect(self) -> None:
        """A stall was reported. One silence is reported once: no judgement until the next beat.

        From there on the rate counts as known from a few waits: trades that fall silent again are a
        stall again. If that was all that was known of it, it is dropped: for a pair that trades
        ever less it must be learnt anew. The silence of now is no interval.
        """
        self._reported = True
        self._beats = self._rule.beats if self._beats > self._rule.beats else 0
        self._counted = None

    def wait(self) -> float | None:
        """Seconds beyond a burst that it usually takes to the next beat; None while not known."""
        if self._beats < self._rule.beats:
            return None
        return max(self._wait, self._long_wait, self._rule.burst)

    def limit(self) -> float | None:
        """Seconds of silence that are a stall by its own rate alone; None while not known."""
        wait, rule = self.wait(), self._rule
        if wait is None:
            return None
        known = min(self._beats, MEMORY)
        return rule.burst + known * wait * (exp(rule.factor / known) - 1.0)

    def pace(self, now: float) -> float | None:
        """The market's pace since the last trade here, as `StallRule` says; None where nothing
        shows it."""
        peers = self._peers(now)
        peers = [peer for peer in peers if peer.came] or peers
        while peers and sum(peer.expected for peer in peers) >= TELLING:
            came, usual = sum(peer.came for peer in peers), sum(peer.usual for peer in peers)
            least, most = came - 2.0 * sqrt(came), came + sqrt(came) + 1.0
            pace = min(most / usual, max(1.0, least / usual))
            mutest = max(peers, key=lambda peer: peer.silence)
            if mutest.silence * pace <= DOWN or len(peers) == 1:
                return pace
            peers.remove(mutest)
        return None

    def _peers(self, now: float) -> list[_Peer]:
        """The symbols of this asset on other venues whose rate is known."""
        activity = self._activity
        if activity is None or self.last is None:
            return []
        since, burst = now - self.last, self._rule.burst
        found = []
        columns = zip(activity.pulses, activity.beats, self._beats_then, strict=False)
        for pulse, beats, then in columns:
            wait = pulse.wait()
            if wait is None or pulse.last is None or pulse._reported or pulse._venue == self._venue:
                continue
            came = beats - then
            # A beat hides what comes within a burst of it, here three quarters of the time at most.
            usual = max(since - came * burst, 0.25 * since) / wait
            silence = min(now - pulse.last, since) / wait
            found.append(_Peer(came, since / (wait + burst), usual, silence))
        return found

    def stalled(self, now: float, pace: float | None = None) -> bool:
        """Whether the silence is a stall, at the pace given, or, without, at its own market's."""
        wait, rule = self.wait(), self._rule
        if wait is None or self.last is None or self._reported:
            return False
        known = min(self._beats, MEMORY)
        waits = (now - self.last - rule.burst) / wait
        if waits <= 0.0:
            return False
        alone = known * log1p(waits / known)
        if alone <= min(rule.factor, log(DAY / (rule.burst + wait))):
            return False
        if pace is None:
            pace = self.pace(now)
        if pace is None:
            return alone > rule.factor
        together = known * log1p(waits * pace / known)
        return together > min(rule.factor, log(MONTH / (rule.burst + wait)))

    def others(self) -> tuple[int, int]:
        """How many other venues traded the asset since the last trade here, and how many times."""
        activity = self._activity
        if activity is None:
            return 0, 0
        columns = zip(activity.venues, activity.trades, self._trades_then, strict=False)
        came = [(v, now - then) for v, now, then in columns if v != self._venue and now > then]
        return len({venue for venue, _ in came}), sum(trades for _, trades in came)

    def silence(self, symbol: str, now: float) -> str:
        """The silence in words."""
        seconds = now - self.last if self.last is not None else 0.0
        said = f"{symbol} silent for {seconds:.1f} s"
        venues, trades = self.others()
        if self._activity is None or not trades:
            return said
        who = f"{venues} venues" if venues > 1 else "another venue"
        times = f"{trades} times" if trades > 1 else "once"
        return f"{said} while {who} traded {self._activity.asset} {times}"
