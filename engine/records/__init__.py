"""Every record of the log, once: its fields, their types, and the bounds that they keep.

Stages take and give these very types; `streams.codecs` reads and writes them. A record is a struct,
an object on the wire; a row inside one (`Instrument`, `Gap`, `Trust` …) is a named tuple, an array
there. Bounds of one field stand at it; what concerns several is in `check`. Both hold for what was
decoded, since anybody may write to a topic; whoever makes a record keeps them by himself.

Times are int nanoseconds UTC, prices and sizes are float64 in the quote currency and in coins.
"""

from engine.records.attention import (
    Acknowledgement,
    Delivery,
    Matchers,
    Notification,
    Notified,
    Silence,
)
from engine.records.bounds import Body, Kind, Origin, RecordError, Side
from engine.records.prices import (
    AssetRecord,
    Cluster,
    DefinitionRecord,
    FilledSpan,
    GapSpan,
    PriceFrame,
    Sources,
    Trust,
)
from engine.records.published import (
    AlertHead,
    BarHead,
    DefinitionHead,
    Level,
    LevelColumns,
    LogRecord,
    NumbersSpan,
    Rejected,
    SnapshotHead,
)
from engine.records.stages import Output, PricerInput, Receipt, ShardInput
from engine.records.ticks import (
    AssetFrame,
    Backfill,
    BackfillFrame,
    Gap,
    Instrument,
    PlainTick,
    Tick,
    TickFrame,
)

__all__ = [
    "Acknowledgement",
    "AlertHead",
    "AssetFrame",
    "AssetRecord",
    "Backfill",
    "BackfillFrame",
    "BarHead",
    "Body",
    "Cluster",
    "DefinitionHead",
    "DefinitionRecord",
    "Delivery",
    "FilledSpan",
    "Gap",
    "GapSpan",
    "Instrument",
    "Kind",
    "Level",
    "LevelColumns",
    "LogRecord",
    "Matchers",
    "Notification",
    "Notified",
    "NumbersSpan",
    "Origin",
    "Output",
    "PlainTick",
    "PriceFrame",
    "PricerInput",
    "Receipt",
    "RecordError",
    "Rejected",
    "ShardInput",
    "Side",
    "Silence",
    "SnapshotHead",
    "Sources",
    "Tick",
    "TickFrame",
    "Trust",
]
