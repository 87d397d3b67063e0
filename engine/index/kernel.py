"""The tick kernel: what every price does to every index, compiled.

A price moves the level of each basket that holds the asset by `slope · Δprice`. One two-sided
compare against the basket's *guard band* then tells whether anything can have happened: inside it
neither peak, trough nor an alert's threshold was reached. Outside, the level is summed afresh from
the holdings and everything is decided on that exact sum, never on the running one. Levels are
summed afresh at the end of each call too, so what is seen depends on the prices alone and not on
how they were cut into records.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit

from engine.index.kernel_arrays import (
    EPISODES,
    Holders,
    Instants,
    Last,
    Members,
    Paths,
    Standing,
    Workspace,
)
from engine.readings import ZERO_RETURN
from engine.table import F64, I64

_RESUM_AFTER = 4096
"""Rows after which running levels are summed afresh: bounds their rounding error to the margin."""

_MARGIN = 1e-10
"""The guard band is narrower by this share of the peak. 4,096 steps of a running level, each wrong
by at most 6 · 2⁻⁵³ of the peak, add up to less than a tenth of it."""


_F = TypeVar("_F", bound=Callable[..., Any])


def _uncounted(function: _F) -> _F:
    """Compile what makes no array, without the counting of references to those that it gets: that
    took most of the time of the tick path."""
    options: dict[str, Any] = {"cache": True, "error_model": "numpy", "_nrt": False}
    return cast("_F", njit(**options)(function))


@njit(cache=True, forceinline=True)
def exact_level(i: int, prices: F64, members: Members, divisor: F64) -> float:
    """Level of basket i: Σ holding · price over its members, in their order, over the divisor."""
    total = 0.0
    for j in range(members.ptr[i], members.ptr[i + 1]):
        total += members.holding[j] * prices[members.asset[j]]
    return float(total / divisor[i])


@njit(cache=True, forceinline=True)
def is_under(level: float, other: float, peak: float) -> bool:
    """Whether a level lies below another by more than rounding of the peak.

    A rebalance keeps the level to the bit, but not the last bit of what the same prices give later.
    """
    return bool(other - level >= ZERO_RETURN * peak)


@njit(cache=True, forceinline=True)
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
        for t in range(times.shape[2]):
            times[i, k, t] = times[i, k - 1, t]
    if place < EPISODES:
        depths[i, place] = depth
        times[i, place, 0] = p.peak_at
        times[i, place, 1] = p.trough_at
        times[i, place, 2] = at


@njit(cache=True, forceinline=True)
def set_band(i: int, p: Any, paths: Paths) -> None:
    """The open interval of levels at which nothing of basket i can change."""
    low, high = max(p.trough, p.day_low), min(p.peak, p.day_high)
    if p.minute_open > 0.0:
        low, high = max(low, p.minute_low), min(high, p.minute_high)
    if paths.low[i] > low:  # not where it is NaN
        low = paths.low[i]
    if paths.high[i] < high:
        high = paths.high[i]
    paths.lo[i] = max(low, p.peak * p.fall) + _MARGIN * p.peak
    paths.hi[i] = min(high, p.peak * p.recovery) - _MARGIN * p.peak


@njit(cache=True)
def _judge_rules(i: int, at: int, level: float, paths: Paths, events: Any, count: int) -> int:
    """Fire and clear the rules of basket i that this level does; returns the new number of
    events."""
    p, rule_depth, firing = paths.path[i], paths.rule_depth, paths.firing
    peak, nearest, first = p.peak, -np.inf, np.inf
    for k in range(rule_depth.shape[1]):
        depth, fires = rule_depth[i, k], firing[i, k]
        fall, recovery = peak * (1.0 - depth), peak * (1.0 - depth / 2.0)
        if not is_under(level, recovery, peak) if fires else not is_under(fall, level, peak):
            fires = not fires
            firing[i, k] = fires
            e = events[count]
            e.basket, e.rule, e.fired, e.at = i, k, 1 if fires else 0, at
            e.level, e.peak, e.peak_at = level, peak, p.peak_at
            count += 1
        if fires:
            first = min(first, 1.0 - depth / 2.0)
        else:
            nearest = max(nearest, 1.0 - depth)
    p.fall, p.recovery = nearest, first
    return count


@njit(cache=True, forceinline=True)
def observe(i: int, at: int, level: float, paths: Paths, events: Any, count: int) -> int:
    """Follow the path of basket i to an exact level; returns the new number of events."""
    p = paths.path[i]
    peak, trough = p.peak, p.trough
    if not is_under(level, peak, peak):
        if trough < peak:
            _keep_episode(i, p, at, paths.depths, paths.times)
            p.longest = max(p.longest, at - p.peak_at)
            if p.max_is_open:
                p.max_recovered_at = at
                p.max_is_open = 0
        trough = peak = max(level, peak)
        p.peak, p.peak_at = peak, at
        p.trough, p.trough_at = peak, at
        paths.peaks[0] += 1
    elif is_under(level, trough, peak):
        trough = level
        p.trough, p.trough_at = level, at
        depth = (peak - level) / peak
        if is_deeper(depth, p.max_depth):
            p.max_depth, p.max_peak_at, p.max_trough_at = depth, p.peak_at, at
            p.max_recovered_at, p.max_is_open = 0, 1
    low, high = min(p.day_low, level), max(p.day_high, level)
    p.day_low, p.day_high = low, high
    minute_low, minute_high = min(p.minute_low, level), max(p.minute_high, level)
    p.minute_low, p.minute_high = minute_low, minute_high
    low, high = max(trough, low), min(peak, high)
    if p.minute_open > 0.0:
        low, high = max(low, minute_low), min(high, minute_high)
    if level < paths.low[i]:  # not where it is NaN
        paths.low[i] = level
    if level > paths.high[i]:
        paths.high[i] = level
    if paths.low[i] > low:
        low = paths.low[i]
    if paths.high[i] < high:
        high = paths.high[i]
    fall, recovery = peak * p.fall, peak * p.recovery
    if not is_under(level, recovery, peak) or not is_under(fall, level, peak):
        count = _judge_rules(i, at, level, paths, events, count)
        fall, recovery = peak * p.fall, peak * p.recovery
    paths.lo[i] = max(low, fall) + _MARGIN * peak
    paths.hi[i] = min(high, recovery) - _MARGIN * peak
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
def follow_anew(rows: I64, paths: Paths) -> None:
    """Follow the lowest and highest level of some baskets from their next instant on."""
    for i in rows:
        paths.low[i], paths.high[i] = np.inf, -np.inf
        set_band(i, paths.path[i], paths)


@njit(cache=True)
def apply_prices(
    begin: int, end: int, asset: I64, at: I64, price: F64, shared: Any
) -> tuple[int, int]:
    """Apply rows begin … end (exclusive) of columns of shape (rows,), instant by instant.

    Returns the row where it stopped (before `end` only where there might have been no room for the
    events of the next instant) and the number of events that were written to the workspace.
    """
    rows, s = Instants(asset, at, price), shared
    groups = (s.last, s.holders, s.members, s.standing, s.paths, s.workspace)
    row, events = _apply(begin, end, rows, *groups)
    return row, events


@_uncounted
def _apply(
    begin: int,
    end: int,
    rows: Instants,
    last: Last,
    holders: Holders,
    members: Members,
    standing: Standing,
    paths: Paths,
    workspace: Workspace,
) -> tuple[int, int]:
    """`apply_prices` on the groups."""
    touched, events, unsummed = workspace.touched, workspace.events, workspace.unsummed
    level, last_at = standing.level, standing.last_at
    lo, hi = paths.lo, paths.hi
    room = events.shape[0] - level.shape[0] * paths.rule_depth.shape[1]
    count = 0
    row = begin
    while row < end and count <= room:
        at, first = rows.at[row], row
        if unsummed[0] == 0:
            unsummed[1] = at
        if row + 1 == end or rows.at[row + 1] != at:
            asset = rows.asset[row]
            change = rows.price[row] - last.price[asset]
            last.price[asset] = rows.price[row]
            last.at[asset] = at
            row += 1
            for j in range(holders.ptr[asset], holders.ptr[asset + 1]):
                i = holders.basket[j]
                running = level[i] + holders.slope[j] * change
                level[i] = running
                last_at[i] = at
                if not lo[i] < running < hi[i] and standing.started[i]:
                    level[i] = exact_level(i, last.price, members, standing.divisor)
                    count = observe(i, at, level[i], paths, events, count)
        else:
            touched_count = 0
            while row < end and rows.at[row] == at:
                asset = rows.asset[row]
                change = rows.price[row] - last.price[asset]
                last.price[asset] = rows.price[row]
                last.at[asset] = at
                row += 1
                for j in range(holders.ptr[asset], holders.ptr[asset + 1]):
                    i = holders.basket[j]
                    level[i] += holders.slope[j] * change
                    if last_at[i] != at:
                        last_at[i] = at
                        touched[touched_count] = i
                        touched_count += 1
            for k in range(touched_count):
                i = touched[k]
                if not lo[i] < level[i] < hi[i] and standing.started[i]:
                    level[i] = exact_level(i, last.price, members, standing.divisor)
                    count = observe(i, at, level[i], paths, events, count)
        unsummed[0] += row - first
        if unsummed[0] >= _RESUM_AFTER:
            _resum(last, members, standing, unsummed)
    return row, count


@njit(cache=True)
def resum(shared: Any) -> None:
    """Sum afresh the level of every basket that moved since that was done last."""
    _resum(shared.last, shared.members, shared.standing, shared.workspace.unsummed)


@_uncounted
def _resum(last: Last, members: Members, standing: Standing, unsummed: I64) -> None:
    for i in range(standing.level.shape[0]):
        if standing.last_at[i] >= unsummed[1] and standing.started[i]:
            standing.level[i] = exact_level(i, last.price, members, standing.divisor)
    unsummed[0] = 0


@njit(cache=True)
def sum_idle(baskets: I64, since: int, shared: Any) -> None:
    """Sum the levels of baskets that no price moves, and move the instant of their last price as
    the prices after `since` (ns) would have: what they hold has not changed since then."""
    members, standing, last = shared.members, shared.standing, shared.last
    for i in baskets:
        if standing.started[i]:
            standing.level[i] = exact_level(i, last.price, members, standing.divisor)
            for j in range(members.ptr[i], members.ptr[i + 1]):
                at = last.at[members.asset[j]]
                if at > since:
                    standing.last_at[i] = max(standing.last_at[i], at)


@njit(cache=True)
def oldest_prices(baskets: I64, shared: Any) -> I64:
    """When the oldest price of what each of some baskets holds was made (ns); 0 where it holds
    nothing."""
    members, at = shared.members, shared.last.at
    found = np.zeros(baskets.shape[0], dtype=np.int64)
    for k, i in enumerate(baskets):
        for j in range(members.ptr[i], members.ptr[i + 1]):
            if members.holding[j] > 0.0:
                seen = at[members.asset[j]]
                found[k] = seen if found[k] == 0 else min(found[k], seen)
    return found
