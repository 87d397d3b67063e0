"""What a shard publishes of its indices beside alerts, and how often, in the log's time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from engine.index.baskets import Baskets
from engine.index.shard_state import ShardState
from engine.index.snapshot import Snapshots
from engine.kept import or_none
from engine.metrics.machinery.reader import FigureReader
from engine.periods import NEVER
from engine.records import Output, Receipt
from engine.types import DAY, SECOND

SNAPSHOT_EVERY = {"live": SECOND, "backfill": DAY, "replay": NEVER}
"""How often each index is published, by the origin of the prices."""
LEVEL_EVERY = {"live": SECOND // 10, "backfill": DAY, "replay": NEVER}
"""The same for bare levels: ten a second is more than an eye can follow."""
INDICES_A_SECOND = 1000
"""Of more indices than this the snapshots are rarer, so that they cost no more."""


class Publisher:
    """Publishes snapshots and levels; `every` overrides the cadence of snapshots (ns)."""

    def __init__(self, state: ShardState, every: int | None) -> None:
        self.state, self.every = state, every
        self._slot: dict[str, int] = {"snapshot": -1, "level": -1}
        self._cadence: dict[str, int] = {}
        """Of the last slot of each kind."""
        self._located: FigureReader | None = None
        self._ids: list[str] = []
        self._rows = np.zeros(0, dtype=np.int64)
        self._published = np.zeros(0, dtype=np.int64)
        """The instant of the last published level of each of `_ids`, which stand in `_rows`."""
        self._snapshots = Snapshots(state)
        self._idle: tuple[str, FigureReader | None, int] = ("", None, 0)
        """Of prices of this origin, as long as indices are laid out so, nothing is due up to
        then."""

    def is_idle(self, origin: str) -> bool:
        """Whether nothing can be due yet after a record of this origin."""
        state, (of, reader, until) = self.state, self._idle
        return state.now <= until and of == origin and reader is state.reader

    @property
    def idle_until(self) -> int:
        """The last instant up to which nothing can be due (`is_idle`)."""
        return self._idle[2]

    def publish(self, origin: str, receipt: Receipt) -> Iterator[Output]:
        """What is due after the record of this receipt."""
        cadence = {"snapshot": self._snapshot_every(origin), "level": LEVEL_EVERY[origin]}
        paced = origin == "live" and self._cadence.get("level") in (None, cadence["level"])
        if self._enter("snapshot", cadence["snapshot"]):
            yield from self.snapshots(origin, receipt)
        if self._enter("level", cadence["level"]):
            yield from self._levels(receipt, paced)
        ends = [(self._slot[what] + 1) * every for what, every in cadence.items() if every < NEVER]
        self._idle = origin, self.state.reader, min(ends, default=NEVER)

    def _snapshot_every(self, origin: str) -> int:
        if self.every is not None:
            return self.every
        usual = SNAPSHOT_EVERY[origin]
        if origin != "live":
            return usual
        return max(usual, len(self.state.roster.owned()) * SECOND // INDICES_A_SECOND)

    def _enter(self, what: str, every: int) -> bool:
        """Whether this is the first record in a new slot (k · every, (k + 1) · every] of time;
        notes the slot if it is. Another cadence begins with a slot of its own."""
        slot = (self.state.now - 1) // every
        is_other = self._cadence.get(what, every) != every
        is_due = every < NEVER and (is_other or slot > self._slot[what])
        if is_due:
            self._slot[what], self._cadence[what] = slot, every
        return is_due

    def keep(self, is_day: bool, origin: str, receipt: Receipt) -> list[Output]:
        """A snapshot of every index, as of the end of an hour or a day, which is now; none where
        their cadence is overridden."""
        if self.every is not None:
            return []
        kind = "day_snapshot" if is_day else "snapshot"
        made = self.snapshots(origin, receipt)
        return [o._replace(topic="snapshots.history", type=kind) for o in made]

    def snapshots(self, origin: str, receipt: Receipt) -> list[Output]:
        """A snapshot of every index, as of now."""
        if self._snapshots.reader is not self.state.reader:
            self._snapshots = Snapshots(self.state)
        made = self._snapshots.all(origin, receipt)
        return [Output("snapshots", index, "snapshot", body) for index, body in made]

    def _levels(self, receipt: Receipt, paced: bool) -> Iterator[Output]:
        """The levels of all indices that moved since they were last published, in columns; the
        highest and lowest since then where that was not longer ago than a slot of live prices
        (`paced`): a candle of a second is made of them."""
        self._locate()
        baskets = self.state.baskets
        rows, lv = self._rows, baskets.levels
        at = lv.last_at[rows]
        moved = np.flatnonzero(lv.started[rows] & (at > self._published))
        if not len(moved):
            return
        self._published[moved] = at[moved]
        rows = rows[moved]
        body = {
            "index": [self._ids[k] for k in moved.tolist()],
            "seq": [receipt.offset] * len(moved),
            "at": at[moved].tolist(),
            "level": lv.level[rows].tolist(),
            "high": or_none(lv.high[rows]) if paced else [None] * len(rows),
            "low": or_none(lv.low[rows]) if paced else [None] * len(rows),
            "peak": baskets.path["peak"][rows].tolist(),
        }
        baskets.follow_anew(rows)
        yield Output("levels", f"shard:{self.state.roster.partition}", "levels", body)

    def _locate(self) -> None:
        """Note where our indices stand; the reader is another one with each layout."""
        if self._located is not self.state.reader:
            self._located = self.state.reader
            known = self._published_by_id()
            self._ids = [definition.id for definition in self.state.roster.owned()]
            row = self.state.baskets.row
            self._rows = np.array([row[index] for index in self._ids], dtype=np.int64)
            self._published = np.array([known.get(i, 0) for i in self._ids], dtype=np.int64)

    def _published_by_id(self) -> dict[str, int]:
        found = dict(zip(self._ids, self._published.tolist(), strict=True))
        return {index: at for index, at in found.items() if at}

    def dump(self) -> dict[str, Any]:
        """State for a checkpoint."""
        return {
            "slot": dict(self._slot),
            "cadence": dict(self._cadence),
            "published": self._published_by_id(),
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """The inverse of `dump`."""
        self._slot = dict(state["slot"])
        self._ids = list(state["published"])
        self._published = np.array(list(state["published"].values()), dtype=np.int64)
        self._cadence = dict(state.get("cadence", {}))


def day_bar(
    index: str, end: int, baskets: Baskets, origin: str, receipt: Receipt
) -> dict[str, Any]:
    """The bar of the UTC day that ends at `end`, of an index that had a price in it."""
    row = baskets.row[index]
    p = baskets.path[row]
    return {
        "index": index,
        "day": end - DAY,
        "open": float(p["day_open"]),
        "high": float(p["day_high"]),
        "low": float(p["day_low"]),
        "close": float(baskets.levels.level[row]),
        "peak": float(p["peak"]),
        "origin": origin,
        "receipt": receipt._asdict(),
    }
