"""`replay`: recorded prices through the very same engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np

from engine.index.index_file import IndexFile
from engine.index.shard import Shard
from engine.periods import NEVER
from engine.pricing.pricer import Pricer
from engine.records import (
    AssetFrame,
    AssetRecord,
    DefinitionRecord,
    Output,
    PriceFrame,
    PricerInput,
    Receipt,
    ShardInput,
    TickFrame,
)
from engine.records.packed_prices import CodedKeys
from tidegauge.recorded.frames import engine_frames
from tidegauge.recorded.reader import Reader
from tidegauge.recorded.rows import Rows, Vocabulary


@dataclass(slots=True)
class Collected:
    """What a replay said: the last snapshot of each index unless all are wanted, and alerts."""

    all_snapshots: bool
    snapshots: list[Any] = field(default_factory=list)
    last: dict[str, Any] = field(default_factory=dict)
    alerts: list[Any] = field(default_factory=list)

    def take(self, topic: str, key: str, body: Any) -> None:
        """Keep a body (a mapping, or encoded bytes) of `snapshots` or `alerts`."""
        if topic == "alerts":
            self.alerts.append(body)
        elif topic == "snapshots" and self.all_snapshots:
            self.snapshots.append(body)
        elif topic == "snapshots":
            self.last[key] = body


def replay_files(
    reader: Reader,
    defined: IndexFile,
    every: int | None,
    progress: Callable[[int, int], None],
    part: tuple[int, int] = (0, 1),
    shard: Shard | None = None,
) -> Iterator[Output]:
    """Outputs for recorded prices: a snapshot of each index per `every` ns, or the last only.

    `part` is the place and the number of shards that the indices are spread over. A fresh `shard`
    may be given for that, which says nothing more at the end.
    """
    engine = _Engine(reader.digest()[:32], defined, every, part, shard)
    for rows in reader.frames(every):
        yield from engine.take_rows(rows, reader.names)
        progress(reader.good, reader.done)
    if shard is None:
        yield from engine.last()


def replay_frames(
    recorded: Iterable[AssetFrame | TickFrame],
    log: str,
    defined: IndexFile,
    every: int | None,
    progress: Callable[[], None],
) -> Iterator[Output]:
    """Outputs for frames that stand for `log`, an id of what was recorded.

    The last record has snapshots in any case, and no record has them twice.
    """
    engine = _Engine(log, defined, every)
    for frame in recorded:
        yield from engine.take(frame)
        progress()
    yield from engine.last()


class _Engine:
    """Pricer and shard of one replay.

    Recorded prices of assets pass the Pricer untouched. So, while no venue has traded, it is given
    the time alone, and the shard the prices as they are.
    """

    def __init__(
        self,
        log: str,
        defined: IndexFile,
        every: int | None,
        part: tuple[int, int] = (0, 1),
        shard: Shard | None = None,
    ) -> None:
        self._log, self._defined = log, defined
        self._pricer = Pricer()
        self._shard = shard or Shard(*part, every=NEVER if every is None else every)
        self._offset, self._published = 0, -1
        self._traded = False
        self._names: list[str] = []
        """Those that `_are_plain` has looked at."""

    def take(self, frame: AssetFrame | TickFrame) -> Iterator[Output]:
        """One frame."""
        times = frame.at if isinstance(frame, AssetFrame) else frame.received
        yield from self._define(times[0] if times else frame.now)
        self._traded |= isinstance(frame, TickFrame)
        yield from self._through(frame)

    def take_rows(self, rows: Rows, names: Vocabulary) -> Iterator[Output]:
        """The rows of one frame (see `tidegauge.recorded.instants.framed`)."""
        yield from self._define(int(rows["ts"][0]))
        if self._traded or (rows["venue"] >= 0).any() or not self._are_plain(names):
            for frame in engine_frames(rows, names, "replay"):
                yield from self.take(frame)
            return
        now = int(rows["ts"][-1])
        [output] = self._pricer.apply(AssetFrame(now, "replay", [], [], [], [], []))
        yield from self._apply(self._priced(rows, output.body))

    def last(self) -> Iterator[Output]:
        """What is still to say at the end."""
        if self._offset and self._published < self._offset - 1:
            yield from self._shard.snapshots("replay", self._receipt(self._offset - 1))

    def _define(self, at: int) -> Iterator[Output]:
        """In force just before the first price, so that its instant can be every index's base."""
        if self._offset:
            return
        first = at - 1
        for coin in self._defined.assets:
            yield from self._through(AssetRecord(first, "replay", coin.asset, coin.to_mapping()))
        for definition in self._defined.indices:
            mapping = definition.to_mapping()
            yield from self._through(DefinitionRecord(first, "replay", definition.id, mapping))
        self._shard.state.settle()

    def _through(self, record: PricerInput) -> Iterator[Output]:
        for output in self._pricer.apply(record):
            yield from self._apply(output.body)

    def _apply(self, body: ShardInput) -> Iterator[Output]:
        for out in self._shard.apply(body, self._receipt(self._offset)):
            if out.topic == "snapshots":
                self._published = self._offset
            yield out
        self._offset += 1

    def _receipt(self, offset: int) -> Receipt:
        return Receipt("prices", self._log, 0, offset)

    def _are_plain(self, names: Vocabulary) -> bool:
        """Whether every asset has one price, that of its own name."""
        new = names.assets.all[len(self._names) :]
        if any(key != name for name in new for key in self._pricer.book.wanted.of(name)):
            return False
        self._names += new
        return True

    def _priced(self, rows: Rows, frame: PriceFrame) -> PriceFrame:
        """The frame with these rows; its columns are arrays, as the shard wants them."""
        caps, supply = rows["market_cap"], rows["supply"]
        is_known = not (np.isnan(caps).all() and np.isnan(supply).all())
        return frame._replace(
            asset=cast("list[str]", CodedKeys(self._names, rows["asset"])),
            at=cast("list[int]", rows["ts"]),
            price=cast("list[float]", rows["price"]),
            market_cap=caps.tolist() if is_known else [],
            supply=supply.tolist() if is_known else [],
        )
