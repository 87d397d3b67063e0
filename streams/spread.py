"""What each partition of `prices` is told, and when.

Every partition gets every row, in order, each with its instant: whatever is defined there later, or
held against what is computed elsewhere, finds the prices behind it. But a partition is told at once
only of what its own indices use. Other rows wait, and come in one record with the next that it is
told at once; at the latest in the first record of the next tenth of a second, or of the next second
where no index is published. So what a partition publishes is as if it had been told all at once:
only the offsets of the causing records differ. But for the snapshots of more than 1,000 indices in
a partition, whose cadence is no multiple of a tenth: they come up to a tenth of a second later.

`prices.history` has the same rows once more, as a partition that no index is in would: a record a
second, and so a small part of what all partitions with their many small records take. So it can be
kept for longer than they (`streams.older_prices`).

What waits is state: the same input gives the same records, whatever was written when.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, NamedTuple

from engine.alerts.standings import rules_of
from engine.index.canonical import canonical, parse_canonical
from engine.index.coin_events import AssetDefinition, parse_asset, related
from engine.index.definition import DefinitionError, IndexDefinition, check_change
from engine.records import AssetRecord, DefinitionRecord, PriceFrame
from engine.types import SECOND
from streams.codecs import decode, encode_json
from streams.topics import partition_of

PUBLISHED = SECOND // 10
"""Levels leave with the first record of each (`engine.index.publishing.LEVEL_EVERY`)."""
SLOW = SECOND
"""The beat of time in a partition that publishes nothing but bars of assets."""
MOST = 1000
"""Rows and whatever else frames tell (gaps, doubts), or frames without any, that wait for one
partition: bounds memory, and what is told at once."""

Told = tuple[int, Any]
"""A partition, or behind the last one `prices.history`, and what it is told; one object where
several are told the same."""


class Needs(NamedTuple):
    """What a partition is told of at once: of these assets; or, for the sake of `rules`, which may
    be of any figure, of everything. `beat` (ns): of time in any case."""

    assets: frozenset[str]
    rules: bool
    beat: int


class Spread:
    """What waits for each partition of `prices`. Of one partition, or while `is_on` is not set,
    nothing does; nor where there are several Pricers (`alone` is not set), as none knows what the
    others' assets are told of. With `history` there is one more, for `prices.history`."""

    def __init__(self, partitions: int, *, alone: bool = True, history: bool = False) -> None:
        self.is_on = True
        self._partitions, self._alone = partitions, alone
        self._places = partitions + history
        self._definitions: dict[str, IndexDefinition] = {}
        self._kept: dict[str, dict[str, Any]] = {}
        """Of these, those in whose place the Pricer has one that no shard takes."""
        self._coins: dict[str, AssetDefinition] = {}
        self._needs: list[Needs] | None = None
        self._waiting = deque[PriceFrame]()
        """As many as wait for the partition that was told last of all."""
        self._counts = [0] * self._places
        """How many of them, from the end, wait for each partition."""
        self._rows = [0] * self._places
        """What these tell, rows and all else."""
        self._reached = [0] * self._places
        """The time that each partition was told."""

    def take(self, body: Any) -> list[Told]:
        """What is to be told now that the Pricer says this, in its order."""
        if self._places == 1:
            return [(0, body)]
        if not isinstance(body, PriceFrame):
            self._learn(body)
            return [*self._all_waiting(), *((p, body) for p in range(self._places))]
        waits = self.is_on and self._alone
        if not waits or body.origin != "live" or body.clock:
            before = self._all_waiting()
            self._reached = [body.now] * self._places
            return [*before, *((p, body) for p in range(self._places))]
        return list(self._spread(body))

    def _spread(self, frame: PriceFrame) -> Iterator[Told]:
        needs = self._needs or self._lay_out()
        named, rows = _assets_of(frame), _size(frame)
        self._waiting.append(frame)
        made: dict[int, PriceFrame] = {1: frame}
        for p, need in enumerate(needs):
            self._counts[p] += 1
            self._rows[p] += rows
            is_full = max(self._rows[p], self._counts[p]) >= MOST
            is_due = need.rules or is_full or _turns(self._reached[p], frame.now, need.beat)
            if is_due or not need.assets.isdisjoint(named):
                yield self._tell(p, made)
        self._forget()

    def _all_waiting(self) -> list[Told]:
        """What waits, for each partition, as of the last frame."""
        made: dict[int, PriceFrame] = {}
        told = [self._tell(p, made) for p, count in enumerate(self._counts) if count]
        self._forget()
        return told

    def _tell(self, p: int, made: dict[int, PriceFrame]) -> Told:
        count = self._counts[p]
        if count not in made:
            made[count] = _joined(self._waiting[k] for k in range(-count, 0))
        frame = made[count]
        self._counts[p] = self._rows[p] = 0
        self._reached[p] = frame.now
        return p, frame

    def _forget(self) -> None:
        most = max(self._counts)
        while len(self._waiting) > most:
            self._waiting.popleft()

    # --- who needs what ----------------------------------------------------------------------

    def _learn(self, record: Any) -> None:
        if isinstance(record, DefinitionRecord):
            before = self._definitions.get(record.index)
            if record.definition is not None:
                try:
                    found = parse_canonical(record.index, record.definition)
                    check_change(before, found)
                except DefinitionError:  # the shard keeps the one before, the Pricer has this
                    if before is not None:
                        self._kept[record.index] = canonical(before)
                    return
                self._definitions[record.index] = found
            elif before is not None:
                del self._definitions[record.index]
            self._kept.pop(record.index, None)
            self._needs = None
        elif isinstance(record, AssetRecord):
            self._needs = None
            self._coins[record.asset] = parse_asset(record.asset, record.definition)

    def _lay_out(self) -> list[Needs]:
        n = self._partitions
        owned: list[list[IndexDefinition]] = [[] for _ in range(n)]
        for definition in self._definitions.values():
            owned[partition_of(definition.id, n)].append(definition)
        self._needs = [
            Needs(
                frozenset(related(self._coins.values(), chain(*map(self._assets, those)))),
                any(True for d in those for _ in rules_of(d)),
                PUBLISHED if those else SLOW,
            )
            for those in owned
        ]
        self._needs += [Needs(frozenset(), False, SLOW)] * (self._places - n)
        return self._needs

    def _assets(self, definition: IndexDefinition) -> Iterator[str]:
        """The assets that an index, and what it is held against, are made of."""
        yield from definition.all_assets()
        for name in definition.benchmarks:
            other = self._definitions.get(name)
            yield from (name,) if other is None else other.all_assets()

    # --- checkpoints -------------------------------------------------------------------------

    def dump(self) -> dict[str, Any]:
        """State for a checkpoint; the definitions are in that of the stage."""
        frames = [encode_json(frame)[1].decode() for frame in self._waiting]
        counts, reached = list(self._counts), list(self._reached)
        state = {"is_on": self.is_on, "waiting": frames, "counts": counts, "reached": reached}
        return state | ({"kept": dict(self._kept)} if self._kept else {})

    def load(self, state: Mapping[str, Any] | None, stage: Mapping[str, Any]) -> None:
        """Go on with the state that `dump` gave, where `stage` has that of the Pricer; None is one
        of before anything waited, behind which all are told everything."""
        self._kept = dict((state or {}).get("kept", {}))
        known = dict(stage.get("definitions") or ()) | self._kept
        self._definitions = {name: parse_canonical(name, told) for name, told in known.items()}
        coins = (stage.get("coins") or {}).get("known", {})
        self._coins = {name: parse_asset(name, told) for name, told in coins.items()}
        self._needs = None
        self.is_on = state is not None and state["is_on"]
        if state is not None:
            frames = [decode("prices", 1, text.encode(), 0) for text in state["waiting"]]
            self._waiting = deque(frames)
            # A state of before `prices.history` knows nothing of it: it begins here.
            since = [0] * (self._places - len(state["counts"]))
            self._counts, self._reached = [*state["counts"], *since], [*state["reached"], *since]
            sizes = [_size(frame) for frame in frames]
            self._rows = [sum(sizes[len(sizes) - count :]) for count in self._counts]


def _turns(before: int, now: int, beat: int) -> bool:
    """Whether something of this beat is due at `now` that was not `before`: bars at its end, what
    is published behind it."""
    return now // beat > before // beat or (now - 1) // beat > (before - 1) // beat


def _assets_of(frame: PriceFrame) -> set[str]:
    """What a frame says anything of."""
    keys = {*frame.asset, *frame.sources}
    for spans in (frame.trust, frame.gaps, frame.filled):
        keys.update(span.asset for span in spans)
    return {key.partition("@")[0] for key in keys}


def _size(frame: PriceFrame) -> int:
    return len(frame.asset) + len(frame.trust) + len(frame.gaps) + len(frame.filled)


def _joined(parts: Iterable[PriceFrame]) -> PriceFrame:
    """Frames as one, as of the last."""
    frames = list(parts)
    sources = dict(chain.from_iterable(frame.sources.items() for frame in frames))

    def column(name: str) -> list[Any]:
        return list(chain.from_iterable(getattr(frame, name) for frame in frames))

    return frames[-1]._replace(
        asset=column("asset"),
        at=column("at"),
        price=column("price"),
        market_cap=column("market_cap"),
        supply=column("supply"),
        sources=sources,
        gaps=column("gaps"),
        filled=tuple(column("filled")),
        trust=tuple(column("trust")),
    )
