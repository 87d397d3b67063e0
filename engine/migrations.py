"""How the state of an older version becomes one of this version.

Most changes of state need nothing here. A table takes a new column at its first value and a table
that was not there begins empty (`engine.table.Table.load`); a new field of a basket's path is 0.

What changed its *meaning*, or its form outside of tables, takes a step: add to `STEPS` under
(part, version) a pure function that makes a state of that version out of one of the version before.
The version of a part is that of its last step, 1 without any; `dump` writes it as `state`, and
`load` calls `migrate` before it looks at anything. The parts:

- `pricer`: what `Pricer.dump` gives;
- `shard`: what `Shard.dump` gives; its steps run before those of the parts in it;
- `baskets`: what `Baskets.dump` gives, `shard["baskets"]`.

A step gets a dict of its own to change (what lies deeper it copies before it changes it) and works
on plain values: it must not call today's code, which will be another's tomorrow. What the old state
cannot tell becomes what makes its figures null until they can be known, never a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

State = dict[str, Any]
Step = Callable[[State], State]


class NewerStateError(Exception):
    """A state of a later version than this one: it cannot be read."""


def _path_by_columns(state: State) -> State:
    """The paths were the raw bytes of records; now they are columns that know their names."""
    fields = [
        *((name, "<f8" if name in ("peak", "trough", "max_depth") else "<i8") for name in (
            "peak", "peak_at", "trough", "trough_at", "max_depth", "max_peak_at", "max_trough_at",
            "max_recovered_at", "longest", "max_is_open",
        )),
        ("day_open", "<f8"), ("day_high", "<f8"), ("day_low", "<f8"),
    ]  # fmt: skip
    records = np.frombuffer(state["path"].tobytes(), dtype=np.dtype(fields))
    state["path"] = {name: records[name].copy() for name, _ in fields}
    return state


MINUTE, HOUR, DAY = 60_000_000_000, 3_600_000_000_000, 86_400_000_000_000


def _ring_by_minutes(ring: State) -> State:
    """Kept closes had their times in ns; now in minutes."""
    found = {name: column for name, column in ring.items() if name != "at"}
    return found | {"minute": ring["at"] // MINUTE} if "at" in ring else found


def _history_by_minutes(state: State) -> State:
    """The closes of minutes, hours and days of all indices."""
    rings = {grid: _ring_by_minutes(ring) for grid, ring in state["history"]["rings"].items()}
    return state | {"history": state["history"] | {"rings": rings}}


def _closes_by_minutes(state: State) -> State:
    """The daily closes of the assets of indices weighted by their volatility."""
    if "closes" not in state:  # it is younger than the first state
        return state
    closes = state["closes"]
    return state | {"closes": closes | {"ring": _ring_by_minutes(closes["ring"])}}


def _pricer_by_votes(state: State) -> State:
    """Prices by votes: volume ages by a day instead of an hour, sources know when they traded, and
    each price knows who is in or out.

    What a source traded in the last hours stands for its day: its weight of then is kept, in the
    unit of the new half-life. Who was used or left out stays so; nothing is unproven.
    """
    now = state["last_now"]
    epoch = now - now % DAY
    aged = 0.5 ** ((now - state["epoch"]) / HOUR) * 24.0 / 0.5 ** ((now - epoch) / DAY)
    sources = []
    for instrument, gate, price, seen, weight in state["sources"]:
        sources.append(
            {
                "instrument": instrument,
                "gate": gate,
                "price": price,
                "traded_at": min(gate["last_ts"], seen),
                "moved_at": seen,
                "seen": seen,
                "first_at": seen,
                "prints": 2 if seen else 0,
                "pace": 0,
                "weight": weight * aged,
                "pending": 0.0,
                "pending_ts": 0,
                "pending_at": 0,
                "pending_until": 2**63 - 1,
            }
        )
    keys = [[name, dirty, _price_by_votes(name, key, state)] for name, dirty, key in state["keys"]]
    conversions = []
    for currency, value, assumed, _, rate in state["conversions"]:
        by_votes = _price_by_votes(currency, rate, state, quoted_in="USD")
        conversions.append([currency, [value, assumed, False, False], 0, True, by_votes])
    counters = state["counters"] | {"unproven": 0, "off_book": 0, "ahead": 0}
    return state | {
        "epoch": epoch,
        "fade_epoch": epoch,
        "counters": counters,
        "sources": sources,
        "keys": keys,
        "conversions": conversions,
        "old_units": [],
    }


def _price_by_votes(name: str, old: list[Any], state: State, quoted_in: str | None = None) -> State:
    """One price, by its key; of a rate, only what is `quoted_in` USD takes part."""
    asset, _, kinds = name.partition("@")
    price, out, _, used, flags, (before, excluded, said) = old
    seats = []
    for (venue, symbol, base, quote, kind, _), *_rest in state["sources"]:
        if base != asset or kind not in (kinds or "spot").split("+"):
            continue
        if quoted_in is not None and quote != quoted_in:
            continue
        status = "out" if f"{venue}:{symbol}" in out else "in"
        seats.append([venue, symbol, status, 0, 0, status == "in", True, False])
    return {
        "price": price,
        "made_at": state["last_now"] if price is not None else 0,
        "calm": False,
        "disputed_since": 0,
        "disputed": False,
        "degraded": False,
        "heaviest": 0.0,
        "wake": 2**63 - 1,
        "weighed_until": 0,
        "silent": 0.0,
        "regroup": True,
        "changed": True,
        "seats": seats,
        "told": [False, False, 0.0],
        "used": used,
        "flags": [flag for flag in flags if flag != "disagreement"],
        "reported": [before, excluded, said],
    }


def _pricer_with_pulls(state: State) -> State:
    """Prices know since when most do not agree with their median, rates whether anything confirms
    them: what is stale is not."""
    calm = {"pulled": 0, "pulled_at": 0}
    return state | {
        "keys": [[name, dirty, key | calm] for name, dirty, key in state["keys"]],
        "conversions": [
            [currency, [*rate, rate[2]], *rest, key | calm]
            for currency, rate, *rest, key in state["conversions"]
        ],
    }


def _pricer_with_doubts(state: State) -> State:
    """Prices know who made them before a dispute, and until when what was made of them is in
    doubt: nothing is."""

    def doubting(key: State) -> State:
        return key | {"undisputed": 0.0, "doubted_until": 0, "makers": key["used"]}

    return state | {
        "keys": [[name, dirty, doubting(key)] for name, dirty, key in state["keys"]],
        "conversions": [[*rest, doubting(key)] for *rest, key in state["conversions"]],
    }


STEPS: dict[tuple[str, int], Step] = {
    ("baskets", 2): _path_by_columns,
    ("pricer", 2): _pricer_by_votes,
    ("shard", 2): _history_by_minutes,
    ("baskets", 3): _closes_by_minutes,
    ("pricer", 3): _pricer_with_pulls,
    ("pricer", 4): _pricer_with_doubts,
}
"""(part, version): the step to that version from the one before."""


def version_of(part: str) -> int:
    """The version of a part's state today."""
    return max((version for name, version in STEPS if name == part), default=1)


def migrate(part: str, state: Mapping[str, Any]) -> State:
    """The state of a part as this version would have written it; raises NewerStateError."""
    found, now = state.get("state", 1), version_of(part)
    if found > now:
        raise NewerStateError(f"the state of {part} is of version {found}, this knows {now}")
    migrated = dict(state)
    for version in range(found + 1, now + 1):
        migrated = STEPS[part, version](migrated)
    return migrated | {"state": now}
