"""The arrays of the tick kernel: what it reads and changes, in named groups.

Compiled functions take the groups apart as one (`Shared`) or by themselves; the order of their
fields is part of compiled code.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numba import njit, types
from numba.experimental import structref
from numpy.typing import NDArray

from engine.table import F64, I64, Bool

_LINE = 64
"""Bytes that the processor fetches at once."""

_TIMES = ("peak_at", "trough_at", "max_peak_at", "max_trough_at", "max_recovered_at", "longest")
_FIELDS = (
    # What each new high or low reads and changes, in one line …
    *("peak", "peak_at", "trough", "trough_at"),
    *("day_low", "day_high", "minute_low", "minute_high"),
    # … and in the next; the rest changes with the clock.
    *("minute_open", "fall", "recovery", "max_depth"),
    *("max_peak_at", "max_trough_at", "max_recovered_at", "max_is_open"),
    *("longest", "day_open", "hour_open", "hour_high", "hour_low"),
)
_DERIVED = ("fall", "recovery")

PATH = np.dtype(
    {
        "names": _FIELDS,
        "formats": ["i8" if name in (*_TIMES, "max_is_open") else "f8" for name in _FIELDS],
        "itemsize": 3 * _LINE,
    }
)
"""The path of a basket: its drawdowns, its UTC day, minute and hour. Times are ns, 0 for none;
`longest` spans closed drawdowns. Minute and hour are of `engine.index.candles`.

`fall` and `recovery` are the shares of the peak at which the first rule that does not fire would,
and the first that fires would cease (`note_rules`): no other rule needs a look before. They are no
state."""

EVENT = np.dtype(
    [
        ("basket", "i8"),
        ("rule", "i8"),
        ("fired", "i8"),
        ("at", "i8"),
        ("level", "f8"),
        ("peak", "f8"),
        ("peak_at", "i8"),
    ]
)
"""An alert rule that began (`fired` 1) or ceased (0) to hold."""

EPISODES = 5
"""How many of the deepest finished drawdowns are kept."""

U32 = NDArray[np.uint32]
"""Places, which are never negative: compiled code need not look whether they are."""


class Instants(NamedTuple):
    """Rows of prices in order of time, each of shape (rows,)."""

    asset: I64
    at: I64
    price: F64


class Last(NamedTuple):
    """The last price of each asset, each of shape (assets,)."""

    price: F64
    at: I64


class Holders(NamedTuple):
    """The baskets that hold asset a: places ptr[a] to ptr[a + 1] of `basket` and of `slope`, the
    change of their level per unit of price. Shapes (assets + 1,), (holdings,), (holdings,)."""

    ptr: I64
    basket: U32
    slope: F64


class Members(NamedTuple):
    """What basket i holds: places ptr[i] to ptr[i + 1] of `asset` and of `holding`, in coins.
    Shapes (baskets + 1,), (holdings,), (holdings,)."""

    ptr: I64
    asset: U32
    holding: F64


class Standing(NamedTuple):
    """Where each basket stands, each of shape (baskets,)."""

    divisor: F64
    started: Bool
    level: F64
    last_at: I64


class Paths(NamedTuple):
    """The path of each basket (`PATH`), its guard band, its lowest and highest level since it was
    last published (NaN where that is not followed), its deepest finished drawdowns and alert rules:
    path, lo, hi, low, high (baskets,), depths (baskets, EPISODES), times (baskets, EPISODES, 3),
    rule_depth and firing (baskets, rules); and `peaks` (1,), which grows with each new peak of any
    of them."""

    path: NDArray[Any]
    lo: F64
    hi: F64
    low: F64
    high: F64
    depths: F64
    times: I64
    rule_depth: F64
    firing: Bool
    peaks: I64


class Workspace(NamedTuple):
    """Room for one call: `touched` (baskets,) takes baskets, `events` (`EVENT`) what happens; and
    `unsummed` (2,), how many rows the levels have run since they were summed afresh, and the
    instant of the first of them."""

    touched: I64
    events: NDArray[Any]
    unsummed: I64


class CandleArrays(NamedTuple):
    """The columns of `engine.index.candles.AssetCandles`: open, high, low (assets, spans), peak and
    begun (assets,)."""

    open: F64
    high: F64
    low: F64
    peak: F64
    begun: Bool


class Packed(NamedTuple):
    """Room for the columns of one frame behind each other (`engine.index.plain_frames`), the same
    memory as whole numbers and as reals."""

    whole: I64
    real: F64


@structref.register
class SharedType(types.StructRef):
    """The type of `Shared` in compiled functions."""


class Shared(structref.StructRefProxy):
    """All that prices change and are applied by: `last`, `holders`, `members`, `standing`, `paths`,
    `workspace`, `candles` and `packed`, the groups above.

    Compiled functions take it as one pointer. The same groups passed one by one cost more than
    what is done with ten prices.
    """


structref.define_boxing(SharedType, Shared)  # type: ignore[no-untyped-call]
structref.define_constructor(  # type: ignore[no-untyped-call]
    Shared,
    SharedType,
    ["last", "holders", "members", "standing", "paths", "workspace", "candles", "packed"],
)


@njit(cache=True)
def share(
    last: Last,
    holders: Holders,
    members: Members,
    standing: Standing,
    paths: Paths,
    workspace: Workspace,
    candles: CandleArrays,
    packed: Packed,
) -> Any:
    """The groups as one: it refers to the arrays and must be made anew when one is replaced."""
    return Shared(  # type: ignore[no-untyped-call]
        last, holders, members, standing, paths, workspace, candles, packed
    )


def note_rules(path: NDArray[Any], rule_depth: F64, firing: Bool) -> None:
    """Set `fall` and `recovery` of each path, infinitely far where there is no such rule."""
    fall = np.where(firing, -np.inf, 1.0 - rule_depth)
    recovery = np.where(firing, 1.0 - rule_depth / 2.0, np.inf)
    path["fall"] = fall.max(axis=1, initial=-np.inf)
    path["recovery"] = recovery.min(axis=1, initial=np.inf)


def new_path(rows: int) -> NDArray[Any]:
    """Drawdown paths of baskets that have not started, each at the begin of a line."""
    room = np.zeros(rows * PATH.itemsize + _LINE, dtype=np.uint8)
    begin = -room.ctypes.data % _LINE
    found: NDArray[Any] = room[begin : begin + rows * PATH.itemsize].view(PATH)
    return found


def dump_path(path: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """The columns of paths by name, for a checkpoint: fields may come and go later."""
    return {name: path[name].copy() for name in _FIELDS if name not in _DERIVED}


def load_path(state: Mapping[str, NDArray[Any]], rows: int) -> NDArray[Any]:
    """The paths of `rows` baskets; a field that the state does not know is 0."""
    path = new_path(rows)
    for name in PATH.names or ():
        if name in state:
            path[name] = state[name]
    return path
