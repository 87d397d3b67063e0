"""The time that enters the log: it never runs back, and finds back to the right time.

Normally it is the wall clock. A wall clock can be set, back or ahead, wrongly or rightly, and a
machine can be suspended, in which the monotonic clock stands still; either shows as a change of
the one against the other. From there on the log's time goes on by the monotonic clock, so that
intervals stay true, and the time stamps of the venues' trades say which time is right: the one from
before, the one that the wall clock shows now, or neither.

- Where the right time is ahead, the log's time jumps there. That leaves a gap in the bars and does
  no other harm, and trades of now are not taken for trades of the future.
- Where it is behind, the log's time has been there and cannot go back: it runs slower (`SLOWER`)
  until the right time has come up to it.

One venue alone can say which of two times is right, but never call a third one right: then it is
the venue that is wrong. Several that agree can, also where our clock was not set but is wrong.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from engine.types import SECOND

STEPPED = "stepped"
"""What frames say of a clock that is not right (`engine.records.TickFrame.clock`)."""

STEP = SECOND // 20
"""Clocks that move against each other by more have been set. NTP steps from 128 ms on and slews
below, which moves both; our two readings lie within `READ_WITHIN`."""
READ_WITHIN = SECOND // 1000
"""The wall clock is read between two readings of the monotonic one, again where something came
between: else a process that waited for its turn would look like a clock that was set."""
READS = 5
DOUBT = 2 * SECOND
"""A step so small is taken for granted: trades arrive up to a second late, and half of this is the
least difference that their stamps can show."""
NEAR = 5 * SECOND
"""A stamp within is right: the Pricer refuses what lies further ahead."""
BEHIND = 60 * SECOND
"""Where nothing was set, all stamps are so old before our clock is called wrong: a line or a
process that lags delivers old trades too, but is cut off before it lags by a minute."""
SETTLED = 10 * SECOND
"""And so long: what has piled up in a connection is through by then."""
WINDOW = 10 * SECOND
"""A venue's newest stamp counts for one to two of it."""
VOTE = 2 * SECOND
"""After a step a venue has a say for so long from its last trade on. What lay in the connections of
a machine that slept says that it did not, all at once; whoever has reconnected is not outvoted."""
PATIENCE = 30 * SECOND
"""After a step ahead the log's time waits so long for a trade to decide, and then follows the wall
clock: after a suspension sessions reconnect within that."""
SLOWER = 16
"""The log's time loses a sixteenth until the right time is reached: an hour in 16 hours. A
minute's bar then holds 64 s, and a volatility made of such bars reads 3 % high while it lasts."""
REPORTED_FROM = SECOND
"""From here on a difference is reported: snapshots come once a second and show no smaller one."""
LOOK = SECOND
"""Between two judgements while nothing unusual comes."""

logger = logging.getLogger(__name__)


class _Stamps:
    """How far a venue's newest stamps are from the monotonic clock, of the last window or two."""

    __slots__ = ("before", "best", "last_seen", "since", "turned")

    def __init__(self, at: int) -> None:
        self.turned = self.since = self.last_seen = at
        self.best: int | None = None
        self.before: int | None = None

    def observe(self, offset: int, at: int) -> None:
        """A stamp that is the monotonic time `at` and `offset`."""
        self.last_seen = at
        if at - self.turned > WINDOW:
            lasting = at - self.turned <= 2 * WINDOW
            self.before, self.best, self.turned = self.best if lasting else None, None, at
            if not lasting:
                self.since = at
        self.best = offset if self.best is None else max(self.best, offset)

    def claim(self, at: int) -> int | None:
        """The offset of the venue's clock, less how late its trades come; None: none lately.

        The highest is the one that came with the least delay.
        """
        if self.best is None or at - self.turned > 2 * WINDOW:
            return None
        return self.best if self.before is None else max(self.best, self.before)


class LogClock:
    """The time (ns UTC) for what comes in. It may be used from several threads.

    `wall` and `monotonic` give ns, of the latter only differences count. `last` is the log's last
    time where it goes on from an earlier run. An *offset* here is a time less the monotonic clock.
    """

    def __init__(
        self,
        wall: Callable[[], int] = time.time_ns,
        monotonic: Callable[[], int] = time.monotonic_ns,
        last: int = 0,
    ) -> None:
        self._read_wall, self._read_monotonic = wall, monotonic
        self._lock = threading.Lock()
        self.steps = 0
        """How often the wall clock was set, or the machine suspended."""
        self.jumps = 0
        """How often the log's time went ahead because of it."""
        self._at, self._wall = self._read()
        self._since = self._look_at = self._at
        self._time = last or self._at + self._wall
        self._right = self._time - self._at
        """The offset of the time that counts as right."""
        self._floor = 0
        """The log's time after its last jump."""
        self._confirmed = False
        """Venues have said so since the last step."""
        self._resumed = bool(last)
        """It is not known yet how long the log stood still; no step, but as with one."""
        self._stamps: dict[str, _Stamps] = {}

    # --- the time

    def now(self) -> int:
        """The log's time. It never decreases."""
        with self._lock:
            return self._advance()

    @property
    def latest(self) -> int:
        """The log's time as `now` or `observe` last read it."""
        return self._time

    def go_on_from(self, last: int) -> None:
        """The log is at `last` already."""
        with self._lock:
            self._advance()
            if last > self._time:
                self._time, self._right = last, last - self._at
                self._confirmed, self._resumed, self._since = False, True, self._at

    def observe(self, received: int, stamps: Iterable[tuple[str, int]]) -> int:
        """Take (venue, newest time stamp) of trades that came at `received`, by this clock.

        Returns when they count as received: later, if the time has jumped ahead meanwhile.
        """
        with self._lock:
            self._advance()
            at, telling = self._at, False
            for venue, ts in stamps:
                known = self._stamps.get(venue)
                if known is None:
                    known = self._stamps[venue] = _Stamps(at)
                before, offset = known.claim(at), ts - at
                known.observe(offset, at)
                news = before is None or offset - before > NEAR
                telling |= news and abs(offset - self._right) > NEAR
            if telling or (self._in_doubt() and not self._confirmed):
                self._judge()
                self._advance()
            return max(received, self._floor)

    def _read(self) -> tuple[int, int]:
        """The monotonic time and the wall clock's offset."""
        for _ in range(READS):
            before = self._read_monotonic()
            wall = self._read_wall()
            at = self._read_monotonic()
            if at - before <= READ_WITHIN:
                break
        return at, wall - at

    def _advance(self) -> int:
        at, wall = self._read()
        step, self._wall = wall - self._wall, wall
        passed, self._at = at - self._at, at
        if abs(step) > STEP:
            self._take_step(step)
        if at >= self._look_at:
            self._judge()
        elif not self._in_doubt():
            self._right = wall
        ahead = self._time + passed - (at + self._right)
        if ahead > 0:
            self._time += passed - min(passed // SLOWER, ahead)
        else:
            self._time = at + self._right
            if -ahead > STEP:
                self._floor = self._time
                self.jumps += 1
        return self._time

    # --- which time is right

    def _in_doubt(self) -> bool:
        return abs(self._wall - self._right) > DOUBT

    def _take_step(self, step: int) -> None:
        """The wall clock was set, or the monotonic one stood still: what is known is of before."""
        self.steps += 1
        if abs(step) > DOUBT:
            self._stamps.clear()
            self._confirmed = self._resumed = False
            self._since = self._at
        if abs(step) < REPORTED_FROM:
            logger.info("our clock was set by %+.3f s", step / SECOND)
        elif step < 0:
            logger.warning("clock_stepped: our clock was set back by %.1f s", -step / SECOND)
        else:
            text = "clock_stepped: our clock went %.1f s ahead: it was set, or the machine slept"
            logger.warning(text, step / SECOND)

    def _judge(self) -> None:
        self._look_at = self._at + LOOK
        wall, right = self._wall, self._right
        least = self._at - (VOTE if self._in_doubt() else 2 * WINDOW)
        claims = [
            (claim, stamps)
            for stamps in self._stamps.values()
            if stamps.last_seen >= least and (claim := stamps.claim(self._at)) is not None
        ]
        for_wall = for_right = 0
        for claim, _ in claims:
            from_wall, from_right = abs(claim - wall), abs(claim - right)
            if min(from_wall, from_right) <= NEAR:
                for_wall += from_wall <= from_right
                for_right += from_right < from_wall
        agreed = self._agreed(claims, for_wall)
        if agreed is not None and min(abs(agreed - wall), abs(agreed - right)) > NEAR:
            self._believe(agreed, "the venues agree on another time")
            self._confirmed = True
        elif not self._in_doubt():
            self._believe(wall)
        elif for_wall > for_right:
            self._believe(wall, "the venues' time stamps agree with it")
        elif for_right:
            self._confirmed = True
            self._resumed = False
        elif not self._confirmed and self._at - self._since > PATIENCE:
            self._believe(wall, "no trade has said anything else")

    def _agreed(self, claims: list[tuple[int, _Stamps]], for_wall: int) -> int | None:
        """The offset of most venues, if they are at least two and outvote our clock's own word."""
        groups = [[x for x in claims if 0 <= top - x[0] <= NEAR] for top, _ in claims]
        group = max(groups, key=len, default=[])
        if len(group) < 2 or 2 * len(group) <= len(claims) or len(group) <= for_wall + 1:
            return None
        middle = sorted(claim for claim, _ in group)[len(group) // 2]
        if middle >= self._right:
            return middle  # nothing but a clock makes a trade come before it was made
        settled = all(self._at - stamps.since >= SETTLED for _, stamps in group)
        return middle if settled and middle < self._right - BEHIND else None

    def _believe(self, offset: int, why: str = "") -> None:
        """From here on this offset is right."""
        if why and abs(offset - self._right) > DOUBT:
            ahead = (offset - (self._time - self._at)) / SECOND
            way = "jumps ahead" if ahead > 0.0 else "runs slower"
            # A log that stood still is behind: nothing is wrong with that.
            report = logger.info if self._resumed and ahead > 0.0 else logger.warning
            report("the log's time is to change by %+.1f s and %s: %s", ahead, way, why)
        self._right, self._resumed = offset, False

    # --- what is reported of it

    @property
    def ahead(self) -> int:
        """ns by which the log's time, when last asked for, was ahead of the wall clock."""
        return self._time - self._at - self._wall

    @property
    def state(self) -> str:
        """`STEPPED` while the log's time is not the wall clock's, or not the right one; else empty.

        A log that stood still is behind until the first trade: nobody has set anything.
        """
        if self._resumed and self.ahead < 0:
            return ""
        slower = self._time - self._at - self._right
        return STEPPED if max(abs(self.ahead), abs(slower)) > REPORTED_FROM else ""

    def reasons(self) -> list[str]:
        """What is wrong with our clock, or with venues', one text each; none if nothing is."""
        with self._lock:
            self._advance()
            at, right = self._at, self._right
            found = [self._description()] if self.state else []
            for venue, stamps in sorted(self._stamps.items()):
                claim = stamps.claim(at)
                off = 0 if claim is None else (claim - right) / SECOND
                if off * SECOND > NEAR:
                    found.append(
                        f"{venue}: its time stamps are {off:.0f} s ahead of our clock, so its "
                        "trades are refused"
                    )
                elif off * SECOND < -BEHIND:
                    found.append(
                        f"{venue}: its time stamps are {-off:.0f} s behind our clock, so its "
                        "trades count as old"
                    )
            return found

    def _description(self) -> str:
        ahead, slower = self.ahead, self._time - self._at - self._right
        side = "ahead of" if ahead > 0 else "behind"
        text = f"clock_stepped: the log's time is {abs(ahead) / SECOND:.1f} s {side} our clock"
        if slower > 0:
            until = (self._at + self._wall + SLOWER * slower) // SECOND
            until_text = f"{datetime.fromtimestamp(until, UTC):%Y-%m-%dT%H:%M:%SZ}"
            text += f" and runs a {SLOWER}th slower until about {until_text} by our clock"
        if self._in_doubt():
            text += (
                "; the venues' time stamps say that our clock is wrong: set it right"
                if self._confirmed
                else "; the next trades will tell which is right"
            )
        return text
