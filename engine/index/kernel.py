"""The tick kernel: what every price does to every index, compiled.

A price moves the level of each basket that holds the asset by `slope · Δprice`. One two-sided
compare against the basket's *guard band* then tells whether anything can have happened: inside it
neither peak, trough nor an alert's threshold was reached. Outside, the level is summed afresh from
the holdings and everything is decided on that exact sum, never on the running one. Levels are
summed afresh at the end of each call too, so what is seen depends on the prices alone and not on
how they were cut into records.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.readings import ZERO_RETURN
from engine.table import F64, I64, Bool

PATH = np.dtype(
    [
        ("peak", "f8"),
        ("peak_at", "i8"),
        ("trough", "f8"),
        ("trough_at", "i8"),
        ("max_depth", "f8"),
        ("max_peak_at", "i8"),
        ("max_trough_at", "i8"),
        ("max_recovered_at", "i8"),
        ("longest", "i8"),
        ("max_is_open", "i8"),
        ("day_open", "f8"),
        ("day_high", "f8"),
        ("day_low", "f8"),
        ("minute_open", "f8"),
        ("minute_high", "f8"),
        ("minute_low", "f8"),
        ("hour_open", "f8"),
        ("hour_high", "f8"),
        ("hour_low", "f8"),
    ]
)
"""The path of a basket: its drawdowns, its UTC day, minute and hour. Times are ns, 0 for none;
`longest` spans closed drawdowns. Minute and hour are of `engine.index.candles`."""

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

_RESUM_AFTER = 4096
"""Rows after which running levels are summed afresh: bounds their rounding error to the margin."""

_MARGIN = 1e-10
"""The guard band is narrower by this share of the peak. 4,096 steps of a running level, each wrong
by at most 6 · 2⁻⁵³ of the peak, add up to less than a tenth of it."""


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
    basket: I64
    slope: F64


class Members(NamedTuple):
    """What basket i holds: places ptr[i] to ptr[i + 1] of `asset` and of `holding`, in coins.
    Shapes (baskets + 1,), (holdings,), (holdings,)."""

    ptr: I64
    asset: I64
    holding: F64


class Standing(NamedTuple):
    """Where each basket stands, each of shape (baskets,)."""

    divisor: F64
    started: Bool
    level: F64
    last_at: I64


class Paths(NamedTuple):
    """The path of each basket (`PATH`), its guard band, its deepest finished drawdowns and alert
    rules: path, lo, hi (baskets,), depths (baskets, EPISODES), times (baskets, EPISODES, 3),
    rule_depth and firing (baskets, rules)."""

    path: NDArray[Any]
    lo: F64
    hi: F64
    depths: F64
    times: I64
    rule_depth: F64
    firing: Bool


@njit(cache=True)
def exact_level(i: int, prices: F64, members: Members, divisor: F64) -> float:
    """Level of basket i: Σ holding · price over its members, in their order, over the divisor."""
    total = 0.0
    for j in range(members.ptr[i], members.ptr[i + 1]):
        total += members.holding[j] * prices[members.asset[j]]
    return float(total / divisor[i])


@njit(cache=True)
def is_under(level: float, other: float, peak: float) -> bool:
    """Whether a level lies below another by more than rounding of the peak.

    A rebalance keeps the level to the bit, but not the last bit of what the same prices give later.
    """
    return bool(other - level >= ZERO_RETURN * peak)


@njit(cache=True)
def is_deeper(depth: float, other: float) -> bool:
    """Whether a drawdown is deeper than another by more than rounding."""
    return bool(depth - other >= ZERO_RETURN)


@njit(cache=True)
def _keep_episode(i: int, p: Any, at: int, depths: F64, times: I64) -> None:
    """Keep a finished drawdown among the deepest, the earlier one first among equals."""
    depth = (p.peak - p.trough) / p.peak
    place = EPISODES
    while place > 0 and is_deeper(depth, depths[i, place - 1]):
        place -= 1
    for k in range(EPISODES - 1, place, -1):
        depths[i, k] = depths[i, k - 1]
        times[i, k] = times[i, k - 1]
    if place < EPISODES:
        depths[i, place] = depth
        times[i, place, 0] = p.peak_at
        times[i, place, 1] = p.trough_at
        times[i, place, 2] = at


@njit(cache=True)
def set_band(i: int, p: Any, paths: Paths) -> None:
    """The open interval of levels at which nothing of basket i can change."""
    depth, firing = paths.rule_depth, paths.firing
    low, high = max(p.trough, p.day_low), min(p.peak, p.day_high)
    if p.minute_open > 0.0:
        low, high = max(low, p.minute_low), min(high, p.minute_high)
    for k in range(depth.shape[1]):
        if firing[i, k]:
            high = min(high, p.peak * (1.0 - depth[i, k] / 2.0))
        else:
            low = max(low, p.peak * (1.0 - depth[i, k]))
    paths.lo[i] = low + _MARGIN * p.peak
    paths.hi[i] = high - _MARGIN * p.peak


@njit(cache=True)
def observe(i: int, at: int, level: float, paths: Paths, events: Any, count: int) -> int:
    """Follow the path of basket i to an exact level; returns the new number of events."""
    p, rule_depth, firing = paths.path[i], paths.rule_depth, paths.firing
    if not is_under(level, p.peak, p.peak):
        if p.trough < p.peak:
            _keep_episode(i, p, at, paths.depths, paths.times)
            p.longest = max(p.longest, at - p.peak_at)
            if p.max_is_open:
                p.max_recovered_at = at
                p.max_is_open = 0
        p.peak, p.peak_at = max(level, p.peak), at
        p.trough, p.trough_at = p.peak, at
    elif is_under(level, p.trough, p.peak):
        p.trough, p.trough_at = level, at
        depth = (p.peak - level) / p.peak
        if is_deeper(depth, p.max_depth):
            p.max_depth, p.max_peak_at, p.max_trough_at = depth, p.peak_at, at
            p.max_recovered_at, p.max_is_open = 0, 1
    p.day_high, p.day_low = max(p.day_high, level), min(p.day_low, level)
    p.minute_high, p.minute_low = max(p.minute_high, level), min(p.minute_low, level)
    for k in range(rule_depth.shape[1]):
        depth = rule_depth[i, k]
        fires = not firing[i, k] and not is_under(p.peak * (1.0 - depth), level, p.peak)
        clears = firing[i, k] and not is_under(level, p.peak * (1.0 - depth / 2.0), p.peak)
        if fires or clears:
            firing[i, k] = fires
            e = events[count]
            e.basket, e.rule, e.fired, e.at = i, k, 1 if fires else 0, at
            e.level, e.peak, e.peak_at = level, p.peak, p.peak_at
            count += 1
    set_band(i, p, paths)
    return count


@njit(cache=True)
def open_day(i: int, level: float, paths: Paths) -> None:
    """Begin a UTC day of basket i at this level."""
    p = paths.path[i]
    p.day_open, p.day_high, p.day_low = level, level, level
    set_band(i, p, paths)


@njit(cache=True)
def open_days(standing: Standing, paths: Paths) -> None:
    """Begin a UTC day of every basket that has started, at its level."""
    for i in range(standing.level.shape[0]):
        if standing.started[i]:
            open_day(i, standing.level[i], paths)


@njit(cache=True)
def apply_prices(
    begin: int,
    end: int,
    rows: Instants,
    last: Last,
    holders: Holders,
    members: Members,
    standing: Standing,
    paths: Paths,
    touched: I64,
    events: Any,
) -> tuple[int, int]:
    """Apply rows begin … end (exclusive), instant by instant.

    `touched` is scratch of shape (baskets,), `events` (`EVENT`) takes what happens. Returns the row
    where it stopped (before `end` only where `events` might not have held the next instant's) and
    the number of events written.
    """
    level, last_at = standing.level, standing.last_at
    baskets = level.shape[0]
    room = events.shape[0] - baskets * paths.rule_depth.shape[1]
    count = 0
    row = begin
    first_at = rows.at[begin]
    resummed = begin
    while row < end and count <= room:
        at = rows.at[row]
        touched_count = 0
        while row < end and rows.at[row] == at:
            asset = rows.asset[row]
            change = rows.price[row] - last.price[asset]
            last.price[asset] = rows.price[row]
            last.at[asset] = at
            for j in range(holders.ptr[asset], holders.ptr[asset + 1]):
                i = holders.basket[j]
                level[i] += holders.slope[j] * change
                if last_at[i] != at:
                    last_at[i] = at
                    touched[touched_count] = i
                    touched_count += 1
            row += 1
        for k in range(touched_count):
            i = touched[k]
            if not (paths.lo[i] < level[i] < paths.hi[i]) and standing.started[i]:
                level[i] = exact_level(i, last.price, members, standing.divisor)
                count = observe(i, at, level[i], paths, events, count)
        if row - resummed >= _RESUM_AFTER:
            resum(first_at, last.price, members, standing)
            resummed = row
    resum(first_at, last.price, members, standing)
    return row, count


@njit(cache=True)
def resum(since: int, prices: F64, members: Members, standing: Standing) -> None:
    """Sum afresh the level of every basket that moved at or after `since`."""
    for i in range(standing.level.shape[0]):
        if standing.last_at[i] >= since and standing.started[i]:
            standing.level[i] = exact_level(i, prices, members, standing.divisor)


def new_path(rows: int) -> NDArray[Any]:
    """Drawdown paths of baskets that have not started."""
    return np.zeros(rows, dtype=PATH)


def dump_path(path: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """The columns of paths by name, for a checkpoint: fields may come and go later."""
    return {name: path[name].copy() for name in PATH.names or ()}


def load_path(state: Mapping[str, NDArray[Any]], rows: int) -> NDArray[Any]:
    """The paths of `rows` baskets; a field that the state does not know is 0."""
    path = new_path(rows)
    for name in PATH.names or ():
        if name in state:
            path[name] = state[name]
    return path
