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


STEPS: dict[tuple[str, int], Step] = {
    ("baskets", 2): _path_by_columns,
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
