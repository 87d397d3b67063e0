"""Every figure that a process serves under `/metrics`: its name, kind, labels and words.

What is not here is not served. Names follow prometheus.io/docs/practices/naming: a counter ends in
`_total`, a unit is the basic one and stands behind the name. `docs/operations.md` is made of it.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal["counter", "gauge", "histogram"]


class Declared(NamedTuple):
    """A figure. A counter begins at 0 with the process. `commands` are those that serve it; `up`
    and `demo` are all of them in one process."""

    name: str
    kind: Kind
    commands: tuple[str, ...]
    labels: tuple[str, ...]
    help: str


def _of(commands: str, prefix: str, labels: str, words: dict[str, str]) -> list[Declared]:
    """Figures of one part of a process, all with the same labels."""
    return [
        Declared(
            f"tidegauge_{prefix}{name}",
            "counter" if name.endswith("_total") else "gauge",
            tuple(commands.split()),
            tuple(labels.split()),
            text,
        )
        for name, text in words.items()
    ]


HOPS = Declared(
    "tidegauge_hop_seconds",
    "histogram",
    ("connect", "worker", "serve"),
    ("hop",),
    "Time from one end of a hop to the other, by the clocks of both. socket_to_log: from the first "
    "trade of a frame at the socket until the log has the frame. log_to_price: from then until its "
    "prices are in the log. price_to_snapshot: from then until the levels, snapshots and alerts "
    "are. snapshot_to_client: from then until a client is sent what it follows, the oldest of a "
    "message, with the pause that the client asked for.",
)

_DECLARED = [
    HOPS,
    *_of(
        "connect worker serve notify",
        "",
        "version numbers",
        {"build_info": "1, with the version and that of the numbers."},
    ),
    *_of(
        "connect",
        "session_",
        "session",
        {
            "messages_total": "Messages that came from the venue.",
            "ticks_total": "Trades passed on.",
            "overlapped_total": "Trades that came on both connections of a hand-over.",
            "off_book_total": "Trades made outside the order book, which never price.",
            "unsubscribed_total": "Trades of symbols that were not asked for; dropped.",
            "malformed_total": "Messages that cannot be read.",
            "gaps_total": "Gaps reported.",
            "merged_gaps_total": "Gaps that were too many to be reported one by one.",
            "reconnects_total": "Connections after the first.",
            "stalls_total": "Silences of a symbol that ended a connection.",
            "refused_total": "Symbols that the venue refused.",
        },
    ),
    *_of(
        "connect",
        "ingest_",
        "",
        {
            "ticks_total": "Trades put into frames.",
            "backfilled_total": "Missed trades put into frames.",
            "gaps_total": "Gaps put into frames.",
            "frames_total": "Frames closed, of all kinds.",
            "clock_frames_total": "Frames that show only that time goes on.",
            "clamped_total": "Trades whose time of receipt was before that of the frame ahead.",
            "ahead_total": "Trades dropped for a clock that is ahead.",
            "unusable_total": "Trades dropped for a price or size that is no number.",
            "overflowed_total": "Trades dropped because too many waited for the log.",
        },
    ),
    *_of(
        "connect",
        "queue_",
        "queue",
        {
            "length": "What waits: trades in the queue ingest, frames in the queue log.",
            "age_seconds": "How long the oldest that waits has waited.",
        },
    ),
    *_of("connect", "", "", {"frames_sent_total": "Frames that the log has confirmed."}),
    *_of(
        "connect", "sender_", "", {"retries_total": "Deliveries to the log that were begun again."}
    ),
    *_of(
        "connect",
        "backfill_",
        "venue",
        {
            "gaps_total": "Gaps of the venue that were seen.",
            "jobs_total": "Gaps taken up to be filled.",
            "filled_total": "Gaps of which all trades came.",
            "partial_total": "Gaps of which only the oldest trades came.",
            "failed_total": "Gaps of which no trade came.",
            "dropped_total": "Gaps let go while they waited.",
            "trades_total": "Missed trades handed over.",
            "requests_total": "Requests sent to the venue, repeated ones included.",
        },
    ),
    *_of("connect", "backfill_", "", {"waiting": "Gaps that wait to be filled."}),
    *_of(
        "connect",
        "clock_",
        "",
        {
            "steps_total": "How often the wall clock was set, or the machine suspended.",
            "ahead_seconds": "How far the log's time is ahead of the right time.",
        },
    ),
    *_of(
        "worker",
        "stage_",
        "partition",
        {
            "offset": "Offset of the last record taken.",
            "behind": "Records that have yet to be taken.",
        },
    ),
    *_of(
        "worker",
        "",
        "partition",
        {
            "lag_seconds": "How old the last record taken is while others wait; else 0.",
            "rejected_total": "Records that could not be used; they are in the topic rejected.",
        },
    ),
    *_of(
        "worker",
        "stage_",
        "",
        {
            "duplicates_total": "Records that their writer had sent before.",
            "appended_total": "Records appended by the stages.",
            "checkpoints_total": "Checkpoints written.",
        },
    ),
    *_of("worker", "log_", "", {"bytes": "What the log's directory takes on the disk."}),
    *_of(
        "worker",
        "pricer_",
        "",
        {
            "accepted_total": "Trades that moved their source's price.",
            "reordered_total": "Trades older by time and new by id: they count in volume only.",
            "late_total": "Older trades and rows of recorded prices, ignored.",
            "duplicate_total": "Trades that were known.",
            "contradicting_total": "Rows of recorded prices that contradict another one.",
            "unproven_total": "Of the accepted: prints far off that had to wait for the next one.",
            "ahead_total": "Trades stamped ahead of their receipt, refused.",
            "gaps_total": "Gaps found in the ids of trades.",
            "off_book_total": "Trades made outside the order book: they never price.",
            "rejected_price_total": "Trades without a usable price, size or time.",
            "unknown_conversion_total": "Accepted trades whose quote currency had no rate.",
            "rejected_definition_total": "Definitions that cannot be read.",
            "came_late_total": "Trades reported missing that came live after all.",
            "backfilled_total": "Missing trades that came afterwards: they count in volume only.",
            "backfill_known_total": "Trades of backfills that were known already.",
            "gaps_filled_total": "Gaps all of whose trades came.",
            "unknown_holes_total": "Backfills, or parts of one, of which no open gap is known.",
            "holes_dropped_total": "Open gaps forgotten for newer ones: never filled.",
            "unwanted_total": "Trades of new symbols beyond what there is room for.",
        },
    ),
    *_of(
        "serve",
        "tables_",
        "",
        {
            "rows_total": "Rows written to the tables of history.",
            "missed_total": "Records that were gone from the log before the tables had them.",
            "again_total": "Records that their writer had sent before.",
            "rejected_total": "Records that the tables could not use.",
        },
    ),
    *_of(
        "serve",
        "gateway_",
        "",
        {
            "indices": "Indices that are known.",
            "clients": "Clients of the streams.",
            "lag_seconds": "How old the newest record was when it was read.",
            "alerts_firing": "Episodes that are open.",
            "alerts_missed_total": "Alerts whose number shows that one before them never came.",
        },
    ),
    *_of("serve", "gateway_", "topic", {"records_total": "Records taken."}),
    *_of("serve", "gateway_", "topic reason", {"dropped_total": "Records left out."}),
    *_of("serve", "gateway_", "reason", {"evicted_total": "Clients sent away, or not let in."}),
    *_of("serve", "gateway_", "kind", {"refused_total": "Requests refused before they were read."}),
    *_of(
        "notify",
        "notify_",
        "",
        {
            "at_work": "1 where this notifier sends, 0 while another one of the log does.",
            "sent_total": "Alerts that a receiver has taken.",
            "failed_total": "Alerts given up.",
            "silenced_total": "Alerts kept back by a silence.",
            "unlisted_total": "Alerts told only as a number, for there were too many.",
            "waiting": "Alerts that wait to be sent.",
            "held": "Alerts held back for a while, in quiet hours for one.",
            "sending": "Messages under way.",
        },
    ),
    *_of(
        "serve",
        "index_",
        "index",
        {
            "level": "The newest level. With /metrics?indices=1, as all of index.",
            "drawdown_ratio": "The fall from the peak to that level, as a share of the peak.",
            "timestamp_seconds": "The instant of the newest figure, in Unix time.",
        },
    ),
    *_of(
        "serve",
        "index_",
        "index status",
        {"status": "1 for the status that the index has, 0 for others."},
    ),
    *_of(
        "serve", "", "", {"indices_cut": "Indices left out of /metrics?indices=1: more than fit."}
    ),
]

CATALOGUE = {declared.name: declared for declared in _DECLARED}
"""All of them, by name."""
