"""What drives one stage over one partition of its input, the same on every log.

A `Runner` is itself a pure function with a state: records in, records out. It opens the gates,
decodes, applies the stage, encodes and numbers what the stage says. Where records come from, where
they go to and when a checkpoint is made is the driver's business.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from engine.migrations import NewerStateError
from engine.numbers import is_power_of_two
from engine.records import Output, PricerInput, Receipt, ShardInput
from engine.types import MINUTE, SECOND
from streams.checkpoints import CheckpointError
from streams.codecs import CodecError, decode_for_stage, encode
from streams.gates import OffsetError, WriterGate
from streams.reading import check_writer, is_own, place_fields
from streams.records import OutRecord, Record, StreamError
from streams.spread import Spread
from streams.topics import has_price_history, partition_of

_logger = logging.getLogger(__name__)

EXCERPT = 200
"""Characters of an unreadable record that go to `rejected`: enough to recognise it by."""
CONNECTOR = "connector:"
"""How writers of `streams.ingest` are named: their clocks are judged by several venues."""
PRICER = "pricer:"
CLOCKS_APART = MINUTE
"""How far a Pricer's time may be ahead of the append's, or of the log's time, in `prices`. Its own
input is held to seconds (`streams.codecs.AHEAD`); another broker may stamp what it makes."""

_ACCEPTED = {
    "ticks": ("ticks", "backfill", "assets", "definition", "asset", "tick", ""),
    "prices": ("prices", "definition", "asset"),
}


class PricerStage(Protocol):
    """`engine.pricing.pricer.Pricer`, as far as it matters here."""

    def apply(self, record: PricerInput, /) -> list[Output]:
        """Take one record of `ticks`."""

    def dump(self) -> dict[str, Any]:
        """The whole state."""

    def load(self, state: dict[str, Any], /) -> PricerStage:
        """A Pricer with this state."""


class ShardStage(Protocol):
    """`engine.index.shard.Shard`, as far as it matters here."""

    def apply(self, record: ShardInput, receipt: Receipt, /) -> list[Output]:
        """Take one record of a `prices` partition that stands where `receipt` says."""

    def dump(self) -> dict[str, Any]:
        """The whole state."""

    def load(self, state: dict[str, Any], /) -> ShardStage:
        """A Shard with this state."""


class StageError(StreamError):
    """The engine failed on a record. The cause is the exception's `__cause__`."""

    def __init__(self, topic: str, partition: int, offset: int, cause: BaseException) -> None:
        super().__init__(
            f"{topic}/{partition} offset {offset}: the engine failed "
            f"({type(cause).__name__}: {cause})"
        )
        self.topic, self.partition, self.offset = topic, partition, offset


class StaysDownError(StreamError):
    """The engine failed so often at one record that starting again makes no sense."""

    def __init__(self, topic: str, partition: int, offset: int, count: int, error: str) -> None:
        last = f" (last: {error})" if error else ""
        super().__init__(
            f"{topic}/{partition} offset {offset}: the engine failed {count} times at this record "
            f"and is not started again{last}; look at the record with `tidegauge tap`, "
            "report it, and after an upgrade allow another attempt"
        )
        self.topic, self.partition, self.offset = topic, partition, offset


class PricerAdapter:
    """A Pricer that is called like a Shard."""

    def __init__(self, pricer: PricerStage) -> None:
        self.pricer = pricer

    def apply(self, record: Any, _: Receipt, /) -> list[Output]:
        """Take one record of `ticks`; where it stands does not matter to the Pricer."""
        return self.pricer.apply(record)

    def dump(self) -> dict[str, Any]:
        """The whole state."""
        return self.pricer.dump()

    def load(self, state: dict[str, Any], /) -> PricerAdapter:
        """A Pricer with this state."""
        return PricerAdapter(self.pricer.load(state))


class Runner:
    """One stage on one partition.

    `writer` names it in what it sends (`pricer:0`), `log` is the log's UUID for receipts, and
    `partitions` says how many partitions each topic has. `last_offset` is that of the last record
    in the state, -1 before the first; `rejected` counts the records that could not be read.
    """

    def __init__(
        self,
        stage: ShardStage,
        *,
        writer: str,
        topic: str,
        partition: int,
        log: str,
        partitions: Mapping[str, int],
    ) -> None:
        self.stage = stage
        self.writer, self.topic, self.partition = writer, topic, partition
        self.gate = WriterGate()
        self.last_offset = -1
        self.rejected = 0
        self.applied_at = 0
        """When the last record that came was appended (ns UTC); 0 before the first. No state."""
        self._reached = (0, 0)
        """The time of the last frame of a connector, or of the Pricer's last record, and when it
        was appended (ns)."""
        self._log, self._partitions = log, partitions
        self._where = f"{topic}/{partition}"
        """Where records come from."""
        self._told = [*(("prices", p) for p in range(partitions["prices"])), ("prices.history", 0)]
        """The places that the spread tells, by its numbers."""
        self.seqs: dict[str, int] = {}
        """The last seq to each topic/partition that this writer sends to."""
        self.spread = Spread(
            partitions["prices"],
            alone=partitions["ticks"] == 1,
            history=has_price_history(partitions),
        )
        """What waits for partitions of `prices`."""

    def apply(self, record: Record) -> list[OutRecord]:
        """Take one record; what it makes, numbered, in the order in which it is to be appended.

        A record at or below `last_offset`, or one that its writer sent before, makes nothing; one
        that cannot be read, or that nobody of ours can have written, is rejected. Raises
        OffsetError and SequenceGapError where records are missing, and StageError; after any of
        them the runner is no longer usable.
        """
        if record.offset <= self.last_offset:
            return []
        if record.offset > self.last_offset + 1:
            if self.last_offset >= 0:
                raise OffsetError(self._where, self.last_offset + 1, record.offset)
            self.gate.cut = True
        foreign = is_own(record) and record.log != self._log
        writer = record.writer if is_own(record) and not foreign else ""
        verdict = self.gate.take(self._where, record.offset, writer, record.seq)
        self.last_offset, self.applied_at = record.offset, record.time
        if verdict == "duplicate":
            return []
        try:
            if foreign:  # ours name the log in each record; whoever does not has no sequence here
                raise CodecError(
                    f"it says that {record.writer} wrote it, into {record.log or 'an unnamed log'}"
                )
            if verdict == "gap":
                raise CodecError(
                    f"{writer} has come to seq {self.gate.last(writer)}, and this is {record.seq}"
                )
            body = self._read(record)
        except CodecError as error:
            outputs = [self._reject(record, str(error))]
        else:
            outputs = self._run(record, body)
        return [out for output in outputs for out in self._address(output)]

    def resume(self, record: Record) -> None:
        """Go on behind this record, and in its place of the log. The state covers it, though it
        came by another way."""
        self._where = f"{record.topic}/{record.partition}"
        self.last_offset, self.gate = record.offset, WriterGate()
        self.gate.cut = True
        self.gate.take(self._where, record.offset, record.writer, record.seq)

    def _read(self, record: Record) -> Any:
        check_writer(record)
        if record.type not in _ACCEPTED[self.topic]:
            raise CodecError(f"records of type {record.type!r} do not belong into {self.topic}")
        time = self._time_of(record)
        body = decode_for_stage(record.type, record.v, record.value, time)
        if record.writer.startswith(PRICER):
            if self._reached != (0, 0) and body.now > time + CLOCKS_APART:
                seconds = (body.now - time) // SECOND
                raise CodecError(f"now is {seconds} s ahead of the log's time")
            self._reached = body.now, record.time
        elif record.writer.startswith(CONNECTOR):
            self._reached = body.now, record.time
        return body

    def _time_of(self, record: Record) -> int:
        """By which time a record may say that it is.

        That of its append; for a connector's or the Pricer's, the time that such records have
        brought the log to, if that is later: the clock that stamps appends may be set back, and the
        log's time goes on.
        """
        if not record.writer.startswith((CONNECTOR, PRICER)):
            return record.time
        time, appended = self._reached
        return max(record.time, time + max(record.time - appended, 0))

    def _run(self, record: Record, body: Any) -> list[Output]:
        receipt = Receipt(record.topic, self._log, record.partition, record.offset)
        try:
            return self.stage.apply(body, receipt)
        except Exception as error:
            raise StageError(record.topic, record.partition, record.offset, error) from error

    def _reject(self, record: Record, reason: str) -> Output:
        self.rejected += 1
        if is_power_of_two(self.rejected):  # all are in the log
            _logger.warning(
                "%s offset %d is rejected (%d so far): %s",
                *(f"{record.topic}/{record.partition}", record.offset, self.rejected, reason),
                extra=place_fields(record),
            )
        body = {
            "reason": reason,
            "topic": record.topic,
            "partition": record.partition,
            "offset": record.offset,
            "type": record.type,
            "writer": record.writer,
            "excerpt": record.value[: 4 * EXCERPT].decode(errors="replace")[:EXCERPT],
        }
        key = f"{record.topic}:{record.partition}:{record.offset}"
        return Output("rejected", key, "rejected", body)

    def _address(self, output: Output) -> list[OutRecord]:
        topic, key, body = output.topic, output.key, output.body
        if topic == "prices":
            return list(self._prices(output))
        record_type, value = encode(body)
        record_type = record_type or output.type
        # Of a shard's levels together there is no key that leads to its partition.
        own = output.type == "levels"
        partition = self.partition if own else partition_of(key, self._partitions[topic])
        return [self._number(topic, partition, key, record_type, value, body)]

    def _prices(self, output: Output) -> Iterator[OutRecord]:
        made: dict[int, tuple[str, bytes]] = {}
        for number, body in self.spread.take(output.body):
            if id(body) not in made:
                record_type, value = encode(body)
                made[id(body)] = record_type or output.type, value
            record_type, value = made[id(body)]
            yield self._number(*self._told[number], output.key, record_type, value, body)

    def _number(
        self, topic: str, partition: int, key: str, record_type: str, value: bytes, body: Any
    ) -> OutRecord:
        target = f"{topic}/{partition}"
        seq = self.seqs.get(target, 0) + 1
        self.seqs[target] = seq
        return OutRecord(topic, partition, key, record_type, value, self.writer, seq, body)

    @property
    def reached(self) -> int:
        """The `now` (ns UTC) of the last frame of a connector, or of the Pricer's last record; 0
        before the first."""
        return self._reached[0]

    @property
    def reached_at(self) -> int:
        """When that was appended (ns UTC)."""
        return self._reached[1]

    def dump(self) -> dict[str, Any]:
        """Everything that `apply` depends on, the stage's state included."""
        return {
            "last_offset": self.last_offset,
            "rejected": self.rejected,
            "seqs": dict(self.seqs),
            "reached": list(self._reached),
            "gate": self.gate.dump(),
            "stage": self.stage.dump(),
        } | ({"spread": self.spread.dump()} if self.topic == "ticks" else {})

    def load(self, state: dict[str, Any]) -> None:
        """The inverse of `dump`; raises CheckpointError where a newer version wrote the state."""
        self.last_offset, self.rejected = state["last_offset"], state["rejected"]
        self.seqs = dict(state["seqs"])
        time, appended = state.get("reached", (0, 0))
        self._reached = time, appended
        self.gate.load(state["gate"])
        try:
            self.stage = self.stage.load(state["stage"])
            if self.topic == "ticks":
                self.spread.load(state.get("spread"), state["stage"])
        except NewerStateError as error:
            raise CheckpointError(
                f"{self._where}: the checkpoint at offset {self.last_offset} was written by a "
                f"newer version of tidegauge ({error}); use that version, or a newer one"
            ) from error


def pricer_runner(
    pricer: PricerStage, log: str, partitions: Mapping[str, int], partition: int = 0
) -> Runner:
    """The Pricer on a partition of `ticks`, as the writer `pricer:<partition>`."""
    return Runner(
        PricerAdapter(pricer),
        writer=f"pricer:{partition}",
        topic="ticks",
        partition=partition,
        log=log,
        partitions=partitions,
    )


def shard_runner(
    shard: ShardStage, log: str, partitions: Mapping[str, int], partition: int
) -> Runner:
    """A Shard on its partition of `prices`, as the writer `shard:<partition>`."""
    return Runner(
        shard,
        writer=f"shard:{partition}",
        topic="prices",
        partition=partition,
        log=log,
        partitions=partitions,
    )
