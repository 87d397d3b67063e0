"""`replay DIR`: a recording through the real sessions and the very same engine."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from connectors.feed.player import Player
from connectors.feed.recording import Recording, RecordingError
from engine.index.index_file import IndexFile
from engine.records import TickFrame
from engine.types import SECOND
from streams.ingest import LINGER, FrameBuilder, Ingested
from tidegauge.errors import Failure, WrongUse
from tidegauge.indices import check_assets
from tidegauge.progress import progress
from tidegauge.recorded.skipped import Skipped
from tidegauge.replay import Collected, replay_frames
from tidegauge.warm import compiling_told

_LINGER_NS = int(LINGER * SECOND)


def replay_capture(
    where: Path,
    indices: Path,
    defined: IndexFile,
    every: int | None,
    strict: bool,
    collected: Collected,
) -> None:
    """A recording through real sessions and the engine into `collected`."""

    skipped = Skipped(lambda text: click.echo(text, err=True), strict, "lines")

    def report(text: str) -> None:
        where, _, reason = text.removesuffix("; skipped").rpartition(": ")
        skipped.add(where, "torn", reason)

    try:
        recording = Recording(where, report)
        for line in check_assets(indices, defined, recording.assets(), str(where)):
            click.echo(line, err=True)
        with compiling_told(), progress("replay", None) as shown:
            played = Framing(recording)
            log = recording.digest()[:32]
            outputs = replay_frames(
                played.frames(), log, defined, every, lambda: shown(played.builder.counts.ticks, 0)
            )
            with marked(played):
                for output in outputs:
                    collected.take(output.topic, output.key, output.body)
    except RecordingError as error:
        raise WrongUse(str(error)) from error
    if summary := skipped.summary():
        click.echo(summary, err=True)
    if not played.builder.counts.ticks:
        raise Failure(f"{where}: no trade is in it")


@contextmanager
def marked(played: Framing) -> Iterator[None]:
    """What the sessions log is marked as of the recording, with its time: nothing happens now."""

    def mark(record: logging.LogRecord) -> bool:
        if record.name.startswith("connectors."):
            at = datetime.fromtimestamp(played.now / SECOND, UTC)
            record.msg = f"in the recording, {at:%Y-%m-%d %H:%M:%S}: {record.msg}"
        return True

    handlers = list(logging.getLogger().handlers)
    for handler in handlers:
        handler.addFilter(mark)
    try:
        yield
    finally:
        for handler in handlers:
            handler.removeFilter(mark)


class Framing:
    """What played sessions say, in frames as a connector makes them, in the recorded time."""

    def __init__(self, recording: Recording) -> None:
        self._now = 0
        self._made: list[TickFrame] = []
        self.builder = FrameBuilder(self._take, "replay", "recording", lambda: self._now)
        self.player = Player(recording, self.builder.add, self._before)

    @property
    def now(self) -> int:
        """The recorded time (ns) that has been reached."""
        return self._now

    def frames(self) -> Iterator[TickFrame]:
        """All frames, in order; the same for the same recording."""
        for _ in self.player.play():
            yield from self._made
            self._made.clear()
        self.builder.flush()
        yield from self._made

    def _take(self, ingested: Ingested) -> bool:
        assert isinstance(ingested.frame, TickFrame)  # a recording has no backfills
        self._made.append(ingested.frame._replace(origin="replay"))
        return True

    def _before(self, at: int) -> None:
        """Time goes on to `at`: look at what is pending as often as a connector does.

        So no frame reaches over a slot of `every`, which is a whole number of these looks.
        """
        if (at - 1) // _LINGER_NS > (self._now - 1) // _LINGER_NS:
            self._now = (at - 1) // _LINGER_NS * _LINGER_NS
            self.builder.poll()
        self._now = max(self._now, at)
