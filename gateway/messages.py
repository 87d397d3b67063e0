"""The messages of the stream, both ways, as `/v1/stream` and `/v1/events` carry them.

Every message is a JSON object that names its `type`. `docs/asyncapi.yaml` is made of these types,
and `tidegauge.client` reads them, so this module imports nothing that takes time to load.

Times are RFC 3339 text. `cursor` is where the stream stands once the message was taken: who comes
back with it is sent what came since. Of messages that belong together the last has it, the others
null. Fields may be added; readers pass over what they do not know.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from engine.records.bounds import Count, IndexId, Seq, Word

View = Literal["snapshots", "rows", "levels", "figures", "alerts", "episodes"]
"""What of an index is followed: its whole snapshot, its row in the list of indices, its level,
some figures of the snapshot, its alerts, what of them fires now."""
Cursor = Annotated[str, Meta(min_length=1, max_length=2000)]
Instant = Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3,9})?Z$")]
Path = Annotated[str, Meta(min_length=1, max_length=200)]
"""Where a figure stands in the snapshot, as `windows.1d.volatility`."""
Request = Annotated[str, Meta(max_length=100)]
"""Whatever the client calls its request; its answer carries it again."""

LEAST_EVERY, MOST_EVERY = 0.1, 60.0
MOST_FIGURES = 100
"""Paths of one client; each is looked up in each snapshot."""

Every = Annotated[float, Meta(ge=LEAST_EVERY, le=MOST_EVERY)]
"""Seconds between two updates. Alerts do not wait for it."""


class _Message(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """One with a type, by which it is told from the others."""


# What a client sends


class Subscribe(_Message, frozen=True, kw_only=True, tag="subscribe", forbid_unknown_fields=True):
    """Follow a view of these indices, of all of them where `indices` is null or not given.

    The whole of it is sent first; with a `cursor` what changed since.
    """

    view: View = "snapshots"
    indices: list[Word] | None = None
    figures: Annotated[list[Path], Meta(max_length=MOST_FIGURES)] = []
    every: Every | None = None
    cursor: Cursor | None = None
    request: Request | None = None


class Unsubscribe(
    _Message, frozen=True, kw_only=True, tag="unsubscribe", forbid_unknown_fields=True
):
    """Follow a view of these indices no more; of none where `indices` is null or not given."""

    view: View = "snapshots"
    indices: list[Word] | None = None
    request: Request | None = None


# What it is sent


class SubscribedMessage(_Message, frozen=True, kw_only=True, tag="subscribed"):
    """A request was taken: what of this view is followed now, null for all indices."""

    cursor: Cursor | None
    view: View
    indices: list[IndexId] | None
    figures: list[Path]
    every: float
    request: str | None


class IndexRow(msgspec.Struct, frozen=True):
    """An index in the list of indices: its snapshot in short, at its newest level."""

    index: IndexId
    name: str
    status: str | None
    origin: str | None
    seq: Seq | None
    as_of: Instant | None
    level: float | None
    peak: float | None
    returns: dict[str, float | None]
    risk: dict[str, float | None]
    drawdown: dict[str, float | None]
    flags: list[str]
    undefined: dict[str, str]


class RowsMessage(_Message, frozen=True, kw_only=True, tag="rows"):
    """Rows that changed, or all that are followed (`whole`), then in so many parts."""

    cursor: Cursor | None
    rows: list[IndexRow]
    whole: bool
    part: Annotated[int, Meta(ge=1)]
    parts: Annotated[int, Meta(ge=1)]


class SnapshotsMessage(_Message, frozen=True, kw_only=True, tag="snapshots"):
    """Whole snapshots, as `/v1/indices/{id}` has them."""

    cursor: Cursor | None
    snapshots: list[dict[str, Any]]


class SnapshotChange(msgspec.Struct, frozen=True):
    """The sections of a newer snapshot that are not as before. With a `seq` that the client
    has it is the same snapshot, whose status has aged."""

    index: IndexId
    seq: Seq
    sections: dict[str, Any]


class ChangesMessage(_Message, frozen=True, kw_only=True, tag="changes"):
    """Snapshots that changed, each to be laid over the one before, section by section."""

    cursor: Cursor | None
    changes: list[SnapshotChange]


class LevelRow(msgspec.Struct, frozen=True, array_like=True):
    """The newest level of an index. `left_out` levels of it since the one sent before were not
    sent, the first of them with the seq `first`; null, where nobody knows how many."""

    index: IndexId
    seq: Seq
    at: Instant
    level: float
    peak: float
    first: Seq | None
    left_out: Count | None


class LevelsMessage(_Message, frozen=True, kw_only=True, tag="levels"):
    """Levels that changed."""

    cursor: Cursor | None
    levels: list[LevelRow]


class FigureValues(msgspec.Struct, frozen=True):
    """Figures of a snapshot by their paths, those of sections that changed; of null ones why."""

    index: IndexId
    seq: Seq
    as_of: Instant
    values: dict[str, Any]
    undefined: dict[str, str]


class FiguresMessage(_Message, frozen=True, kw_only=True, tag="figures"):
    """Figures that changed."""

    cursor: Cursor | None
    figures: list[FigureValues]


class AlertsMessage(_Message, frozen=True, kw_only=True, tag="alerts"):
    """Alerts, oldest first, every one; or (`whole`) the newest hundred and all that fire, newest
    first, firings and resolutions: an episode may be over by another one among them.

    `firing` counts the episodes that fire now.
    """

    cursor: Cursor | None
    alerts: list[dict[str, Any]]
    firing: Count
    whole: bool


class FigureNow(msgspec.Struct, frozen=True):
    """The index and the episode's figure now, whatever it was at the firing."""

    status: str | None
    as_of: Instant | None
    level: float | None
    drawdown: float | None
    value: float | str | None


class FiringEpisode(msgspec.Struct, frozen=True):
    """What fires now: its figure then and now, who sees to it, which silence covers it. `slow`: it
    is judged once a day, no reason to wake anybody."""

    episode: str
    index: IndexId
    kind: str
    rule: str
    severity: str | None
    slow: bool
    open: bool
    begun: Instant = msgspec.field(name="from")
    words: str | None
    figure: str | None
    then: float | str | None
    now: FigureNow
    acknowledged: dict[str, Any] | None
    silenced: dict[str, Any] | None


class EpisodesMessage(_Message, frozen=True, kw_only=True, tag="episodes"):
    """Episodes that fire and changed, and ids of those that fire no more; or all that fire
    (`whole`). `open` counts what fires now, `slow` those among them that
    are judged once a day."""

    cursor: Cursor | None
    episodes: list[FiringEpisode]
    closed: list[str]
    open: Count
    slow: Count
    whole: bool


class RetiredMessage(_Message, frozen=True, kw_only=True, tag="retired"):
    """Indices that are no more."""

    cursor: Cursor | None
    indices: list[IndexId]


class LeftOutSnapshots(msgspec.Struct, frozen=True):
    """So many snapshots of an index, the first and the last with these seqs, were not sent."""

    index: IndexId
    first: Seq
    last: Seq
    count: Annotated[int, Meta(ge=1)]


class GapMessage(_Message, frozen=True, kw_only=True, tag="gap"):
    """What conflation left out of a view, told before what comes in its place."""

    cursor: Cursor | None
    view: View
    gaps: list[LeftOutSnapshots]


class ResyncMessage(_Message, frozen=True, kw_only=True, tag="resync"):
    """Of these indices (null: all) more may have been published since the client's cursor than is
    known here. What they are now follows."""

    cursor: Cursor | None
    view: View
    reason: Literal["restarted", "other_log", "too_old"]
    indices: list[IndexId] | None


class HealthReport(_Message, frozen=True, kw_only=True, tag="health"):
    """How the gateway is; comes every two seconds, and so shows that the connection lives."""

    ready: bool
    reasons: list[str]
    notes: list[str]
    indices: dict[str, int]
    lag_seconds: float
    left_out: dict[str, dict[str, int]]


class WarningMessage(_Message, frozen=True, kw_only=True, tag="warning"):
    """The client does not read; if it does not within so many seconds, it is cut off."""

    detail: str
    seconds: float


class ErrorMessage(_Message, frozen=True, kw_only=True, tag="error"):
    """A request was refused, as REST refuses it: `problem` is the kind, as an address that says
    more, `do` what to do about it. What was followed before still is."""

    status: int
    detail: str
    near: list[str]
    request: str | None
    do: str = ""
    problem: str = ""


ClientMessage = Subscribe | Unsubscribe
ServerMessage = (
    SubscribedMessage
    | RowsMessage
    | SnapshotsMessage
    | ChangesMessage
    | LevelsMessage
    | FiguresMessage
    | AlertsMessage
    | EpisodesMessage
    | RetiredMessage
    | GapMessage
    | ResyncMessage
    | HealthReport
    | WarningMessage
    | ErrorMessage
)
