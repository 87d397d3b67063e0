"""The websocket session of a venue: when to connect, when to renew, and how long to wait.

All knowledge of a venue is in its parser; all waiting, retrying and failing is here.

A connection that is to be renewed while it still delivers is *handed over*: the next one is opened
and subscribes first, and the old one is closed when the next one carries all that it carried
(`connectors.feed.overlap`). That is so before a venue's forced cut, whether we know when it is due
or the venue says so, and where some symbols have fallen silent while others go on.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Sequence

from websockets.exceptions import WebSocketException

from connectors.feed.conversation import Conversation, unless
from connectors.feed.health import Evidence, Pulse, StallRule
from connectors.feed.intake import Intake
from connectors.feed.rest import RestError, post_once
from connectors.feed.retry import AttemptBudget, Backoff
from connectors.feed.stats import SessionStats
from connectors.feed.transport import SYSTEM_CLOCK, Clock, Connect, Connection, Sink, open_websocket
from connectors.venues.base import Post, Venue, WithToken
from connectors.venues.events import Frame, printable
from engine.records import Instrument

__all__ = ["SYSTEM_CLOCK", "Clock", "Connect", "Connection", "Session", "Sink", "open_websocket"]

logger = logging.getLogger(__name__)

ANSWER_WITHIN = 30.0
"""Seconds after which symbols without answer and without data are named in the log."""
LATE = 3.0
"""Times its due: a look at the health that comes later than this is not used."""
HAND_OVER_WITHIN = 30.0
"""Seconds that a new connection has to carry all: as long as symbols have to be answered. After
that the old one is closed, and what is missing then begins anew, with a Gap."""
SPOKEN_WITHIN = 5.0
"""Seconds from the last subscription to the first trade of a new connection, at most, where the old
one has trades as usual; an answer takes one or two."""


class Session:
    """Keeps one connection of a venue up, for as many instruments as fit on one.

    `sink` is called synchronously, once for each message that has events. An exception of the sink
    ends the session and comes out of `run`: what it could not take must not be lost in silence.
    `evidence` is shared with the sessions whose trading says something of this one's silences.
    `post` asks for the token of a venue that wants one (`connectors.venues.base.WithToken`).
    """

    def __init__(
        self,
        venue: Venue,
        instruments: Sequence[Instrument],
        sink: Sink,
        *,
        name: str | None = None,
        base_url: str | None = None,
        attempts: AttemptBudget | None = None,
        stall: StallRule | None = None,
        clock: Clock = SYSTEM_CLOCK,
        connect: Connect = open_websocket,
        rng: random.Random | None = None,
        evidence: Evidence | None = None,
        post: Post = post_once,
    ) -> None:
        self._venue = venue
        self._limits = venue.limits
        self._asked = list(instruments)
        self._base_url = base_url
        self._stall = stall or StallRule()
        self._clock = clock
        self._connect, self._post = connect, post
        self._rng = rng or random.Random()
        self._backoff = Backoff(self._rng)
        self._attempts = attempts or AttemptBudget(venue.limits)
        self._stop = asyncio.Event()
        url = venue.endpoint(base_url or venue.url, instruments)
        self.stats = SessionStats(name or venue.name, venue.name, url)
        self._intake = Intake(
            self._asked,
            sink,
            self.stats,
            clock,
            self._stall,
            evidence or Evidence(),
            self._backoff.reset,
        )
        self._pulse = Pulse(self._stall)

    def stop(self) -> None:
        """Ask `run` to close the connection, take in what had arrived, and return."""
        self._stop.set()

    async def run(self) -> None:
        """Connect again and again until stopped. What the venue does never ends it."""
        try:
            while not self._stop.is_set():
                self.stats.state = "connecting"
                conversation = await self._open()
                if conversation is not None:
                    self._intake.begin(conversation)
                    await self._converse(conversation)
                if not self._stop.is_set():
                    self.stats.state = "waiting"
                    await unless(self._stop, self._clock.sleep(self._backoff.next_delay()))
        finally:
            self.stats.state = "stopped"

    # ---- opening

    async def _open(self) -> Conversation | None:
        """A connection within the venue's budget of attempts, or None and the log says why."""
        while wait := self._attempts.reserve(self._clock.monotonic()):
            await unless(self._stop, self._clock.sleep(wait))
            if self._stop.is_set():
                return None
        address = await unless(self._stop, self._address())
        if address is None:
            return None
        url, keep_alive = address
        try:
            connection = await unless(self._stop, self._connect(url))
        except (OSError, WebSocketException) as error:  # TimeoutError is an OSError
            self._failed(f"cannot connect to {self.stats.url}: {error or type(error).__name__}")
            return None
        if connection is None:
            return None
        self.stats.connections += 1
        self.stats.reconnects = self.stats.connections - 1
        logger.info("%s: connected to %s", self.stats.name, self.stats.url)
        self._pulse = self._pulse.again(self._clock.monotonic())
        return Conversation(
            self._venue,
            self._asked,
            connection,
            keep_alive,
            self._pulse,
            self._clock,
            self._intake.observe,
        )

    async def _address(self) -> tuple[str, tuple[float, Frame] | None] | None:
        """Where to connect to, and what to send how often; None where a token was refused."""
        keep_alive = self._limits.keep_alive
        venue = self._venue
        where = venue.token_url(self._base_url) if isinstance(venue, WithToken) else None
        if where is None or not isinstance(venue, WithToken):
            return self.stats.url, keep_alive
        try:
            answer = await self._post(where)
            url, every = venue.connection(answer, f"{self._rng.getrandbits(64):016x}")
        except (RestError, OSError, ValueError) as error:
            self._failed(f"cannot get a token to connect with: {error or type(error).__name__}")
            return None
        return url, (every, keep_alive[1]) if keep_alive is not None else None

    def _failed(self, why: str) -> None:
        self.stats.failed_attempts += 1
        self._intake.note(why)

    # ---- staying, and handing over

    async def _converse(self, conversation: Conversation) -> None:
        """One connection after the other, each handed over to the next, until one ends without."""
        talking = asyncio.create_task(conversation.run())
        while True:
            handing = asyncio.create_task(self._hand_over(conversation))
            parts = (
                talking,
                handing,
                asyncio.create_task(self._watch(conversation)),
                asyncio.create_task(self._end_when_stopped(conversation)),
            )
            try:
                await asyncio.wait(parts, return_when=asyncio.FIRST_EXCEPTION)
            finally:
                conversation.end()
                ends = await asyncio.gather(*parts, return_exceptions=True)
            after = ends[1]
            for end in ends:
                if isinstance(end, BaseException):
                    if isinstance(after, tuple):
                        after[0].end()
                        await asyncio.gather(after[1], return_exceptions=True)
                    raise end
            if not isinstance(after, tuple):
                break
            conversation, talking = after
        self._intake.end()
        if not self._stop.is_set():
            self._intake.note(f"connection ended: {conversation.ending}")

    async def _hand_over(self, old: Conversation) -> tuple[Conversation, asyncio.Task[None]] | None:
        """The connection that takes the place of `old`, or None if that ends without."""
        if not await old.to_renew():
            return None
        while not old.over:
            await old.while_it_lasts(self._clock.sleep(self._backoff.next_delay()))
            while self._intake.overlapping() and not old.over:
                await old.while_it_lasts(self._clock.sleep(self._stall.check))
            if old.over:
                break
            new = await self._open()
            if new is None:
                continue
            if old.over:
                self._intake.begin(new)
                return new, asyncio.create_task(new.run())
            self._intake.begin_overlap(old)
            talking = asyncio.create_task(new.run())
            try:
                taken_over = await self._until_carried(old, new)
            except BaseException:
                new.end()
                await asyncio.gather(talking, return_exceptions=True)
                raise
            if taken_over:
                return new, talking
            self._intake.new_ended()
            await talking  # raises what the sink raised
        return None

    async def _until_carried(self, old: Conversation, new: Conversation) -> bool:
        """Let both speak until the new connection carries all, then end the old one.

        True when the old one has ended, False when the new one did so first.
        """
        to_speak_by = new.asked_by + SPOKEN_WITHIN
        while not (old.over or new.over or self._stop.is_set()):
            waiting = self._intake.waiting()
            late = self._clock.monotonic() - new.opened > HAND_OVER_WITHIN
            if late and waiting:
                self._intake.note(f"{', '.join(waiting)}: not on the new connection yet")
            if new.ending is None and (late or not waiting):
                logger.info("%s: handed over: %s", self.stats.name, printable(old.renewal or ""))
                break
            away = await self._next_look(new, old)
            to_speak_by += away
            if not away and self._is_dead(new, old, to_speak_by):
                new.end("no data on it while the old connection has some")
        if new.over and not old.over and not self._stop.is_set():
            self._intake.note(f"connection ended: {new.ending}")
            return False
        if self._stop.is_set():
            new.end()
            await new.ended()
        elif old.over:
            self._intake.note(f"connection ended while the next one begins: {old.ending}")
        old.end()
        await old.ended()
        self._intake.old_ended(new)
        return True

    def _is_dead(self, new: Conversation, old: Conversation, to_speak_by: float) -> bool:
        """Whether a connection is silent beyond chance, and the old one is not."""
        now = self._clock.monotonic()
        due = new.live or now > to_speak_by
        return due and new.pulse.stalled(now) and not old.pulse.stalled(now)

    async def _next_look(self, *conversations: Conversation) -> float:
        """Wait a little while these connections last.

        The seconds that we were away meanwhile, if we were: what came then is not read yet.
        """
        before = self._clock.monotonic()
        pause: Awaitable[None] = self._clock.sleep(self._stall.check)
        for conversation in conversations:
            pause = conversation.while_it_lasts(pause)
        await pause
        waited = self._clock.monotonic() - before
        return waited if waited > LATE * self._stall.check else 0.0

    async def _end_when_stopped(self, conversation: Conversation) -> None:
        await conversation.while_it_lasts(self._stop.wait())
        conversation.end()

    async def _watch(self, conversation: Conversation) -> None:
        """Look at the health of a connection again and again, until it is over."""
        lifetime = self._limits.lifetime
        unanswered_reported = False
        while not conversation.over:
            away = await self._next_look(conversation)
            now = self._clock.monotonic()
            age = now - conversation.opened
            if lifetime is not None and age > lifetime:
                conversation.renew(f"renewed after {lifetime:.0f} s, before the venue cuts it")
            if away:
                self._intake.away(away)
            if conversation.over or away:
                continue
            self._intake.poll(conversation)
            if conversation.ending is not None:
                continue  # closing may take seconds, in which the next connection may speak already
            if not unanswered_reported and age > ANSWER_WITHIN:
                unanswered_reported = True
                self._intake.report_unanswered()
            if not conversation.live and age > self._stall.first:
                self.stats.stalls += 1
                conversation.end(f"no data at all in {self._stall.first:.0f} s")
            if conversation.ending is None:
                self._intake.find_stalls(conversation, now)
