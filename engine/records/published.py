"""What stages publish, as far as every reader relies on it; the rest of a body is free.

A figure of a snapshot is declared by its metric (`engine.metrics.registry`), what an alert says
beside its identity by its kind.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from engine.records.bounds import (
    Body,
    Count,
    FreeMapping,
    IndexId,
    Origin,
    Seq,
    Text,
    Time,
    Word,
)

Status = Literal["warming", "live", "degraded", "stale"]


class Level(Body, frozen=True):
    """One level; a record of the log `levels` in earlier versions. `drawdown` is a positive
    magnitude."""

    index: IndexId
    seq: Seq
    at: Time
    level: float
    peak: float
    drawdown: float


class LevelColumns(Body, frozen=True):
    """A record of the log `levels`: the levels of a shard's indices, one a row of its columns."""

    index: list[IndexId]
    seq: list[Seq]
    at: list[Time]
    level: list[float]
    peak: list[float]
    high: list[float | None] | None = None
    """The highest and lowest level of every instant since the row before; null where they are not
    known. Earlier versions did not write them."""
    low: list[float | None] | None = None

    def __post_init__(self) -> None:
        columns = (self.seq, self.at, self.level, self.peak, self.high, self.low)
        if any(column is not None and len(column) != len(self.index) for column in columns):
            raise ValueError("its columns have unequal lengths")


class SourceLeftOut(msgspec.Struct, frozen=True):
    """A source that makes no price, and why."""

    source: str
    reason: str


class SnapshotQuality(msgspec.Struct, frozen=True):
    """What is read of a snapshot's `quality`."""

    flags: list[str] = msgspec.field(default_factory=list)
    sources: dict[str, list[str]] | None = None
    excluded: list[SourceLeftOut] | None = None


class ReceiptHead(msgspec.Struct, frozen=True):
    """What is read of a receipt (`engine.records.Receipt`)."""

    offset: Count


class SnapshotHead(Body, frozen=True):
    """What a snapshot says of itself, and the sections that its readers look into."""

    index: IndexId
    seq: Seq
    as_of: Time
    status: Status
    level: float | None = None
    origin: Origin | None = None
    flags: list[dict[str, Any]] | None = None
    targets: dict[str, dict[str, Any]] | None = None
    undefined: dict[str, str] | None = None
    quality: SnapshotQuality | None = None
    receipt: ReceiptHead | None = None


class ClusterHead(msgspec.Struct, frozen=True):
    """What is read of a cluster in an alert's evidence."""

    price: float | None = None
    share: float | None = None
    sources: list[str] = msgspec.field(default_factory=list)
    level: float | None = None


class BecauseHead(msgspec.Struct, frozen=True):
    """What is read of an alert's `because`."""

    clusters: dict[str, list[ClusterHead]] | None = None


class AlertHead(Body, frozen=True):
    """What every alert says: a firing and its resolution have one `episode`. What its kind adds
    has these types where it is there."""

    id: Text
    episode: Text
    seq: Seq
    index: IndexId
    rule: Text
    state: Literal["firing", "resolved"]
    at: Time
    receipt: ReceiptHead | None = None
    kind: Word = ""
    level: float | None = None
    peak: float | None = None
    drawdown: float | None = None
    reason: Word | None = None
    evidence: dict[str, Any] | None = None
    because: BecauseHead | None = None


class BarHead(Body, frozen=True):
    """A closed span of an index, or of an asset by its price key: the minute, hour or day that
    begins there (ns). `peak` is the highest so far, null where that is not known."""

    open: float
    high: float
    low: float
    close: float
    index: IndexId | None = None
    asset: Text | None = None
    minute: Time | None = None
    hour: Time | None = None
    day: Time | None = None
    peak: float | None = None
    receipt: ReceiptHead | None = None

    def __post_init__(self) -> None:
        if (self.index is None) == (self.asset is None):
            raise ValueError("it is not of one index or one asset")
        if [self.minute, self.hour, self.day].count(None) != 2:
            raise ValueError("it is not of one minute, hour or day")


class Rejected(Body, frozen=True):
    """A record that a stage could not use: where it stands, why, and how it begins."""

    reason: str
    topic: Text
    partition: Count
    offset: Count
    type: str
    writer: str
    excerpt: str


class DefinitionHead(Body, frozen=True):
    """A `DefinitionRecord` with the digest that a gateway shows of it."""

    now: Time
    index: IndexId
    definition: FreeMapping | None
    sha256: str | None = None


class NumbersSpan(Body, frozen=True, rename={"start": "from"}, omit_defaults=True):
    """Outputs made from the records of `topic`/`partition` from offset `start` on are of these
    `numbers`; `at` is when that was entered (ns). `waits` where from the log's first record on rows
    wait for what their partition of `prices` needs (`streams.spread`)."""

    numbers: Annotated[str, Meta(pattern=r"\A[0-9]{1,9}\Z")]
    topic: Text
    partition: Count
    start: Count
    at: Time
    waits: bool = False


class LogRecord(Body, frozen=True):
    """The first record of a log: its UUID, and how many partitions each topic has."""

    log: Text
    partitions: dict[str, Annotated[int, Meta(ge=1, le=100_000)]]
    schema: Count = 1
