"""The notifier at work: follows the log, sends messages, writes down what became of them.

One notifier of a log is at work at a time; a second one waits until the first is gone. Whatever
goes wrong with the log, it begins again from what the log says.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, aclosing, suppress
from typing import Any, Protocol

import msgspec

from engine.numbers import is_power_of_two
from engine.records import AlertHead, Notification
from engine.types import SECOND
from notify.channels.base import Channel
from notify.message import Letter, Message, SendOutcome
from notify.notebook import POSITION_KEY, Notebook
from notify.notifier import Notifier
from notify.restoring import Memory
from notify.routes import Route, RouteFile
from notify.wording import text_of, title_of
from streams.attention import TOPICS_OF_PEOPLE, attention_in
from streams.log import Holder, Log, Place, Writer, places
from streams.reading import left_out, read_or_log
from streams.records import LogError, Record

FOLLOWED = ("alerts", *TOPICS_OF_PEOPLE)
REFRESH_SECONDS = 60.0
"""How often a receiver that forgets is told again what fires; Prometheus does so as often."""
DRAIN_SECONDS = 5.0
"""How long a stop waits for answers that are still to come."""
AGAIN_SECONDS = 1.0
_FULL = 100
"""Batches of records that wait for the notifier."""

logger = logging.getLogger(__name__)


class Writers(Protocol):
    """Where a writer of the log is had."""

    def writer(self, *, patience: float | None = None) -> AbstractAsyncContextManager[Writer]:
        """Appends as long as it is open."""


class Service:
    """Sends the alerts of `log` along the routes, by `channels` (one a route). `clock` gives ns
    UTC, `chance` numbers in [0, 1). `writers` is where its records go in."""

    def __init__(
        self,
        log: Log,
        routes: RouteFile,
        channels: Mapping[str, Channel],
        *,
        writers: Writers | None = None,
        clock: Callable[[], int] = time.time_ns,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._log, self._file, self._channels = log, routes, channels
        self._writers: Writers = log if writers is None else writers
        self._clock, self._chance = clock, chance
        self.notifier: Notifier | None = None
        """None while another one is at work."""
        self._inbox: asyncio.Queue[list[Record] | tuple[Message, SendOutcome] | None]
        self._sending = set[asyncio.Task[None]]()
        self._last_answer: dict[str, str] = {}
        self._wrong = ""

    # --- what it says of itself

    def reasons(self) -> list[str]:
        """What is wrong now."""
        found = [f"notify: {self._wrong}"] if self._wrong else []
        for name, line in (self.notifier.lines if self.notifier else {}).items():
            trying = [m for m in line.sending.values() if m.tries]
            if trying:
                waiting = sum(len(m.items) for m in line.sending.values()) + len(line.ready)
                answer = self._last_answer.get(name, "no answer")
                found.append(f"route {name}: {waiting} alerts wait, last answer: {answer}")
        return found

    def figures(self) -> dict[str, Any]:
        """For `/metrics`."""
        at_work, counts = self.notifier, Counter[str]()
        for (_, what), count in (at_work.counts if at_work else Counter()).items():
            counts[what] += count
        lines = at_work.lines.values() if at_work else ()
        return {
            "tidegauge_notify_at_work": int(at_work is not None),
            **{
                f"tidegauge_notify_{what}_total": counts[what]
                for what in ("sent", "failed", "silenced", "unlisted")
            },
            "tidegauge_notify_waiting": sum(len(line.ready) for line in lines),
            "tidegauge_notify_held": sum(len(line.held) for line in lines),
            "tidegauge_notify_sending": sum(len(line.sending) for line in lines),
        }

    # --- at work

    async def run(self, stop: asyncio.Event) -> None:
        """Until stopped."""
        try:
            while not stop.is_set():
                try:
                    await self._until(stop)
                    self._wrong = ""
                except LogError as error:
                    self._wrong = str(error)
                    logger.warning("notify: %s; it begins again", error)
                    with suppress(TimeoutError):
                        async with asyncio.timeout(AGAIN_SECONDS):
                            await stop.wait()
        finally:
            for channel in self._channels.values():
                await channel.close()

    async def _until(self, stop: asyncio.Event) -> None:
        """Be at work, or wait for that; a stop ends the work well and the waiting at once."""
        work, stopped = asyncio.create_task(self._hold(stop)), asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if self.notifier is not None or work.done():
                await work
        finally:
            stopped.cancel()
            work.cancel()
            await asyncio.wait({work})

    async def _hold(self, stop: asyncio.Event) -> None:
        async with self._log.holding("notifier") as holder:
            try:
                await self._work(stop, holder)
            finally:
                for task in self._sending:
                    task.cancel()
                self.notifier = None

    async def _work(self, stop: asyncio.Event, holder: Holder) -> None:
        self._inbox = asyncio.Queue(_FULL)
        starts = await self._log.ends(places(self._log, *FOLLOWED))
        at_work = self.notifier = await self._restored(starts)
        try:
            async with asyncio.TaskGroup() as group:
                helpers = [
                    group.create_task(self._follow(starts)),
                    group.create_task(self._refresh(at_work)),
                    group.create_task(self._await(stop)),
                ]
                async with self._writers.writer() as writer:
                    notebook = Notebook(writer, uuid.uuid4().hex[:12])
                    await self._serve(at_work, notebook, holder, stop)
                    await self._drain(at_work, notebook)
                for helper in helpers:
                    helper.cancel()
        except BaseExceptionGroup as failed:
            raise failed.exceptions[0] from None

    async def _restored(self, ends: Mapping[Place, int]) -> Notifier:
        """A notifier that knows what was sent, and has taken the alerts since."""
        notes, positions = dict[str, Notification](), dict[int, int]()
        async with aclosing(self._log.latest("notifications", 0)) as records:
            async for record in records:  # of each key the last counts: a broker has older ones too
                _remember(record, notes, positions)
        memory = Memory(positions)
        for note in notes.values():
            memory.take(note)
        attention = await attention_in(self._log)
        found = Notifier(self._file.routes, attention, self._chance)
        now = self._clock()
        memory.restore(found, now)
        for topic, partition in places(self._log, "alerts"):
            end = ends[topic, partition]
            start = positions.get(partition, 0)
            async with aclosing(self._log.read(topic, partition, start, end)) as records:
                async for record in records:
                    _take(found, record, now)
        found.caught_up(now)
        return found

    async def _serve(
        self, at_work: Notifier, notebook: Notebook, holder: Holder, stop: asyncio.Event
    ) -> None:
        while not stop.is_set():
            step = at_work.step(self._clock())
            self._check(holder)  # who lost the role must not write over what another one wrote
            await notebook.send(step.records)
            self._check(holder)  # that may have taken long
            for message in step.messages:
                self._send(message)
            await self._take(at_work, at_work.wake(self._clock()))

    def _check(self, holder: Holder) -> None:
        if not holder.holds():
            raise LogError(f"{self._log.name}: another notifier may have taken over")

    async def _take(self, at_work: Notifier, wake: int | None) -> None:
        """Wait for what comes, but not beyond `wake`; take all that is there."""
        # Timers ring up to their resolution early; then it is not yet time, but nearly.
        seconds = None if wake is None else max((wake - self._clock()) / SECOND, 0.001)
        try:
            async with asyncio.timeout(seconds):  # `wait_for` may swallow a cancellation
                came = await self._inbox.get()
        except TimeoutError:
            return
        now = self._clock()
        while True:
            if isinstance(came, tuple):
                message, outcome = came
                self._last_answer[message.line] = outcome.answer
                at_work.answered(message, outcome, now)
                _tell(message, outcome)
            else:
                for record in came or ():
                    if record.topic == "alerts":
                        _take(at_work, record, now)
                    else:
                        at_work.heard(record)
            if self._inbox.empty():
                return
            came = self._inbox.get_nowait()

    async def _drain(self, at_work: Notifier, notebook: Notebook) -> None:
        """Wait a little for the answers that are still to come, and write them down."""
        if self._sending:
            await asyncio.wait(self._sending, timeout=DRAIN_SECONDS)
        now = self._clock()
        while not self._inbox.empty():
            came = self._inbox.get_nowait()
            if isinstance(came, tuple):
                at_work.answered(*came, now)
        await notebook.send(at_work.close(now))

    def _send(self, message: Message) -> None:
        task = asyncio.create_task(self._try(message))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _try(self, message: Message) -> None:
        assert self.notifier is not None
        route = self.notifier.lines[message.line].route
        try:
            letter = self._letter(message, route)
        except (KeyError, TypeError, ValueError) as error:  # nobody of ours wrote such an alert
            outcome = SendOutcome("refused", f"cannot be put into words: {error!r}")
        else:
            outcome = await self._sent(route, letter)
        await self._inbox.put((message, outcome))

    async def _sent(self, route: Route, letter: Letter) -> SendOutcome:
        try:
            return await self._channels[route.name].send(letter)
        except Exception as error:  # a fault of ours in one channel: the others go on, and it does
            logger.exception("route %s: %s could not be sent", route.name, letter.key)
            return SendOutcome("unknown", f"failed: {type(error).__name__}")

    def _letter(self, message: Message, route: Route) -> Letter:
        alerts = [item.alert for item in message.items]
        words = route.template, self._file.page
        text = text_of(alerts, *words, doubtful=message.doubtful, unlisted=message.unlisted)
        return Letter(
            key=message.key,
            route=message.line,
            reason=message.reason,
            alerts=alerts,
            title=title_of(alerts, message.reason, *words),
            text=text,
            tries=message.tries,
            doubtful=message.doubtful,
            unlisted=message.unlisted,
            page=self._file.page,
            now=self._clock(),
        )

    async def _follow(self, starts: Mapping[Place, int]) -> None:
        async with aclosing(self._log.follow(starts)) as batches:
            async for records in batches:
                if records:
                    await self._inbox.put(records)

    async def _await(self, stop: asyncio.Event) -> None:
        await stop.wait()
        await self._inbox.put(None)

    async def _refresh(self, at_work: Notifier) -> None:
        """Tell those that forget again what fires."""
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            for line in at_work.lines.values():
                alerts = [told.alert for told in line.told.values()]
                if alerts:
                    channel = self._channels[line.route.name]
                    try:
                        await channel.refresh(alerts, self._file.page, self._clock())
                    except Exception:  # it is tried again in a minute
                        logger.exception("route %s: was not told again", line.route.name)


def _remember(record: Record, notes: dict[str, Notification], positions: dict[int, int]) -> None:
    """Keep what a record of `notifications` says: by its key a note; or before which offset of a
    partition all alerts are settled. What cannot be read replaces nothing."""
    if not record.value:
        notes.pop(record.key, None)
    elif record.key.startswith(POSITION_KEY):
        body = read_or_log(record) if record.type == "notified" else None
        if body is not None and record.key == f"{POSITION_KEY}{body['partition']}":
            positions[body["partition"]] = body["next"]
    elif (note := _note_of(record)) is not None:
        if note.id == record.key:
            notes[record.key] = note
        else:
            left_out(record, f"it tells of {note.id}")


def _note_of(record: Record) -> Notification | None:
    if record.type != "notification" or not record.value:
        return None
    body = read_or_log(record)
    if body is None:
        return None
    try:
        msgspec.convert(body["alert"], AlertHead)
        return msgspec.convert(body, Notification)
    except msgspec.ValidationError as error:
        left_out(record, str(error))
        return None


def _take(at_work: Notifier, record: Record, now: int) -> None:
    body = read_or_log(record) if record.type == "alert" else None
    if body is None:
        at_work.pass_over(record.partition, record.offset)
    else:
        at_work.take(body, record.partition, record.offset, now)


def _tell(message: Message, outcome: SendOutcome) -> None:
    """Log what went wrong; neither an address nor a text, which may hold secrets."""
    fields = {"route": message.line, "key": message.key}
    if outcome.kind == "refused":
        text = "route %s: %s was refused for good: %s"
        logger.error(text, message.line, message.key, outcome.answer, extra=fields)
    elif outcome.kind != "sent" and is_power_of_two(message.tries):
        text = "route %s: %s is tried again (%d so far): %s"
        said = message.line, message.key, message.tries, outcome.answer
        logger.warning(text, *said, extra=fields)
