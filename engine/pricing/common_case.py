"""The common case of the Pricer, compiled: trades of which nothing unusual can be said.

A trade is common if its source is known and fresh, its id is the next one (or one of a venue whose
ids do not count), its time in order and not ahead, its price within the band of the source's last
one, and nothing else is waited for. A price is made here if everybody who is usable agrees with the
one that stands and nothing new is to be said of it. Everything else stops with the row: the rule
itself stands in `engine.pricing.pricer` and `engine.pricing.consolidation`, and what is done here
is what they would do, to the bit (`tests/engine/test_common_case.py` runs both).
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.compiled import inlined, uncounted
from engine.math import decay
from engine.pricing.bounds import LARGEST, SMALLEST, SMALLEST_NOTIONAL
from engine.pricing.source import FAINTEST, PACE_SHARE
from engine.records.packed_ticks import NO_ID, OFF_BOOK, PLACE
from engine.table import F64, I64
from engine.types import SECOND

SOURCE = np.dtype(
    [
        *((name, "i8") for name in ("common", "counts", "undated", "links")),
        *((name, "i8") for name in ("high_id", "last_id", "last_ts", "has_id")),
        *((name, "i8") for name in ("traded_at", "moved_at", "seen", "pace", "prints")),
        *((name, "f8") for name in ("price", "usd", "rate", "weight", "usd_weight", "tilt")),
    ]
)
"""A source (`engine.pricing.source.Source`) and its gate. `common`: nothing is unusual about it;
`undated`: its rate is the last known one; `links` counts the prices that it takes part in;
`has_id`: its last trade had one."""

KEY = np.dtype(
    [
        *((name, "i8") for name in ("common", "plain", "rank", "dirty", "usable", "silent")),
        *((name, "i8") for name in ("made_at", "weighed_until", "degraded")),
        *((name, "f8") for name in ("price", "silent_weight")),
    ]
)
"""A wanted price (`engine.pricing.consolidation.Consolidation`). `common`: all agree and all has
been said; `plain`: who is usable is found without a look at what each once said; `rank` is its
place in order of name; `usable` and `silent` count its seats; `price` is NaN before the first."""

SEAT = np.dtype([(name, "i8") for name in ("source", "heavy", "venue", "order")])
"""A source within a price, the usable ones first, then those that are silent. `venue` is the place
of the first seat of the same venue; `order` has the places of the usable in order of price."""

CLOCK = np.dtype(
    [
        *((name, "i8") for name in ("epoch", "fade_epoch", "half_life", "fade")),
        *((name, "i8") for name in ("ahead", "stale_after", "recent", "wait")),
        *((name, "f8") for name in ("band", "share", "paces")),
    ]
)
"""The Pricer's scales of weights, and what of its rules is needed here."""

NOT_COMMON: Final = -1
"""The place of a source that is not known."""

LINKS: Final = 4
"""Prices that one source may take part in here: of spot alone, of perpetuals, of both …"""

DONE: Final = 0
"""All rows are taken, and every price they touch is made."""
UNUSUAL: Final = 1
"""The row at hand is not common."""
UNSETTLED: Final = 2
"""The instant ends, and a price is not common: it and those behind it are still to be made."""
DUE: Final = 3
"""A new instant begins before which time alone changes something."""

Records = NDArray[Any]


def parts(work: I64, sources: int, keys: int) -> tuple[I64, I64, I64]:
    """The parts of an array for so many sources and prices: which are ahead; which were touched;
    which prices are to be made."""
    ahead = 2 * max(sources, keys)
    touched = ahead + sources + keys
    return work[:ahead], work[ahead:touched], work[touched:]


_parts = inlined(parts)


@uncounted
def run(
    sources: Records,
    links: I64,
    keys: Records,
    seats: Records,
    clock: Records,
    places: I64,
    floats: F64,
    ints: I64,
    prices: F64,
    made: I64,
    work: I64,
    begin: int,
    at: int,
    due: int,
    touches: int,
) -> tuple[int, int, int, int, int, int]:
    """Take rows from `begin` on, the first of which may belong to the instant `at` already begun.

    `floats` and `ints` are those of an `engine.records.packed_ticks.PackedTicks`. `places` says
    which source an instrument is, or NOT_COMMON. From `due` on time alone may change something.
    Touched sources
    (2 · place) and prices (2 · place + 1) are 1 in the first part of `work`, and are noted in the
    second, `touches` so far.

    Returns why it stopped, before which row, within which instant, how many rows of prices it made,
    how many prices are still to be made, and `touches`. What it made is in `prices`, at most LINKS
    for each row; times are in the first half of `made`, keys in the second. The keys of those still
    to be made are in the last part of `work`.
    """
    n, waiting, rows = 0, 0, floats.size // 2
    ahead, touched, dirty = _parts(work, sources.size, keys.size)
    c = clock[0]
    second = at - at % SECOND
    growth = decay(c.epoch - second, c.half_life)
    for row in range(begin, rows + 1):
        is_end = row == rows
        received = at if is_end else ints[rows + row]
        if received > at or is_end:
            if waiting:
                n, waiting, touches = _settle(
                    sources,
                    keys,
                    seats,
                    c,
                    dirty,
                    waiting,
                    ahead,
                    touched,
                    touches,
                    prices,
                    made,
                    n,
                    at,
                )
                if waiting:
                    return UNSETTLED, row, at, n, waiting, touches
            if is_end:
                break
            at = received
            if at >= due:
                return DUE, row, at, n, 0, touches
            if at - second >= SECOND:
                second = at - at % SECOND
                growth = decay(c.epoch - second, c.half_life)
        code = ints[3 * rows + row]
        instrument = code >> PLACE
        place = places[instrument] if 0 <= instrument < places.size else NOT_COMMON
        if place < 0 or code & OFF_BOOK:
            _let_go(keys, dirty, waiting)
            return UNUSUAL, row, at, n, waiting, touches
        s = sources[place]
        ts, number, price, size = ints[row], ints[2 * rows + row], floats[row], floats[rows + row]
        if not (
            s.common
            and (number == NO_ID or _is_next(s, number))
            and s.last_ts <= ts <= received + c.ahead
            and SMALLEST <= price <= LARGEST
            and 0.0 <= size <= LARGEST
            and abs(price / s.price - 1.0) <= c.band
            and not (s.links and price * s.rate > keys[links[place, 0]].price * (1.0 + c.band))
        ):
            _let_go(keys, dirty, waiting)
            return UNUSUAL, row, at, n, waiting, touches
        _trade(s, number, ts, price, size, at, growth, c)
        touches = _note(ahead, touched, touches, 2 * place)
        for i in range(s.links):
            key = links[place, i]
            if not keys[key].dirty:
                keys[key].dirty = 1
                dirty[waiting] = key
                waiting += 1
    return DONE, rows, at, n, 0, touches


@inlined
def _let_go(keys: Records, dirty: I64, waiting: int) -> None:
    """These prices are made elsewhere."""
    for i in range(waiting):
        keys[dirty[i]].dirty = 0


@inlined
def _note(ahead: I64, touched: I64, touches: int, unit: int) -> int:
    """Note that a source or a price is further here than elsewhere."""
    if not ahead[unit]:
        touched[touches] = unit
        touches += 1
    ahead[unit] = 1
    return touches


@inlined
def _is_next(s: Any, number: int) -> bool:
    """Whether an id is new, and none is left out before it."""
    high = s.high_id
    return number > high and (number - high == 1 or not s.counts or high < 0)


@inlined
def _trade(
    s: Any, number: int, ts: int, price: float, size: float, at: int, growth: float, c: Any
) -> None:
    """What a trade changes of its source."""
    if number != NO_ID:
        s.high_id = s.last_id = number
    elif ts > s.last_ts:
        s.last_id = -1
    s.has_id, s.last_ts = number != NO_ID, ts
    s.weight += (price * size + SMALLEST_NOTIONAL) * growth
    s.usd_weight = s.weight * s.rate
    if at > s.seen:
        interval = min(at - s.seen, c.stale_after)
        if s.pace:
            s.pace += np.int64(np.rint(PACE_SHARE * np.float64(interval - s.pace)))
        else:
            s.pace = interval
        s.seen = at
    if at > s.moved_at:
        s.prints = min(s.prints + 1, 2)
    s.price, s.usd = price, price * s.rate
    s.traded_at, s.moved_at = min(ts, at), at
    s.tilt = max(decay(c.fade_epoch - s.traded_at, c.fade), FAINTEST)


@inlined
def _settle(
    sources: Records,
    keys: Records,
    seats: Records,
    c: Any,
    dirty: I64,
    waiting: int,
    ahead: I64,
    touched: I64,
    touches: int,
    prices: F64,
    made: I64,
    n: int,
    at: int,
) -> tuple[int, int, int]:
    """Make the prices that were touched, in order of name; those not made are left in `dirty`."""
    for i in range(1, waiting):
        key, j = dirty[i], i
        while j and keys[dirty[j - 1]].rank > keys[key].rank:
            dirty[j] = dirty[j - 1]
            j -= 1
        dirty[j] = key
    for i in range(waiting):
        key = dirty[i]
        if not _reprice(sources, keys, seats, key, c, at):
            for j in range(i, waiting):
                dirty[j - i] = dirty[j]
            _let_go(keys, dirty, waiting - i)
            return n, waiting - i, touches
        keys[key].dirty = 0
        touches = _note(ahead, touched, touches, 2 * key + 1)
        prices[n] = keys[key].price
        made[n], made[prices.size + n] = at, key
        n += 1
    return n, 0, touches


@inlined
def _reprice(sources: Records, keys: Records, seats: Records, key: int, c: Any, at: int) -> bool:
    """Make one price; False, and nothing is changed, where that is not for here to do."""
    k = keys[key]
    usable = k.usable
    if not k.common:
        return False
    silent = k.silent_weight
    weigh = at >= k.weighed_until
    if weigh:
        silent = _silent(sources, k, seats, key)
        if not (k.plain and _is_as_before(sources, k, seats, key, silent, c, at)):
            return False
    _sort(sources, seats, key, usable)
    low = sources[seats[key, seats[key, 0].order].source].usd
    high = sources[seats[key, seats[key, usable - 1].order].source].usd
    band = c.band * k.price
    if not (low >= k.price - band and high <= k.price + band):
        return False
    price, low, high = _median(sources, seats, key, usable)
    if not (abs(low / price - 1.0) <= c.band and abs(high / price - 1.0) <= c.band):
        return False
    if weigh:
        k.silent_weight, k.weighed_until = silent, at - at % SECOND + SECOND
    k.price, k.made_at = price, at
    return True


@inlined
def _sort(sources: Records, seats: Records, key: int, usable: int) -> None:
    """Bring `order` up to date: by price, of equals by place. It is nearly so before."""
    for i in range(1, usable):
        place, j = seats[key, i].order, i
        usd = sources[seats[key, place].source].usd
        while j:
            other = seats[key, j - 1].order
            theirs = sources[seats[key, other].source].usd
            if theirs < usd or (theirs == usd and other < place):
                break
            seats[key, j].order = other
            j -= 1
        seats[key, j].order = place


@inlined
def _median(sources: Records, seats: Records, key: int, usable: int) -> tuple[float, float, float]:
    """`engine.pricing.median.weighted_median` of the heavy seats; their lowest and highest price.
    NaN where there are none."""
    count, total, low, high = 0, 0.0, np.nan, np.nan
    for i in range(usable):
        seat = seats[key, seats[key, i].order]
        if seat.heavy:
            s = sources[seat.source]
            total += s.usd_weight * s.tilt
            high = s.usd
            if not count:
                low = s.usd
            count += 1
    if count <= 1:
        return low, low, high
    half, reached, before, found = total / 2.0, 0.0, np.nan, False
    for i in range(usable):
        seat = seats[key, seats[key, i].order]
        if seat.heavy:
            s = sources[seat.source]
            if found:  # the weights up to the one before were exactly half
                return (before + s.usd) / 2.0, low, high
            reached += s.usd_weight * s.tilt
            before = s.usd
            if reached > half:
                return before, low, high
            found = reached == half
    return high, low, high


@inlined
def _silent(sources: Records, k: Any, seats: Records, key: int) -> float:
    """The weight of members that are not fresh."""
    weight = 0.0
    for i in range(k.usable, k.usable + k.silent):
        weight += sources[seats[key, i].source].usd_weight
    return weight


@inlined
def _is_as_before(
    sources: Records, k: Any, seats: Records, key: int, silent: float, c: Any, at: int
) -> bool:
    """Whether the same venues are heavy still, and the price is as degraded or not as before."""
    inside = undated = total = 0.0
    for i in range(k.usable):
        s = sources[seats[key, i].source]
        inside += s.usd_weight
        if s.undated:
            undated += s.usd_weight
        patience = min(max(c.recent, np.int64(np.rint(c.paces * s.pace))), c.stale_after)
        quiet = at - s.moved_at - patience
        total += s.usd_weight * (decay(quiet, c.wait) if quiet > 0 else 1.0)
    least = c.share * total
    for i in range(k.usable):
        if seats[key, i].venue == i:
            weight = 0.0
            for j in range(i, k.usable):
                if seats[key, j].venue == i:
                    weight += sources[seats[key, j].source].usd_weight
            for j in range(i, k.usable):
                if seats[key, j].venue == i and (weight >= least) != (seats[key, j].heavy != 0):
                    return False
    degraded = silent >= inside or 2.0 * undated >= inside
    return inside > 0.0 and degraded == (k.degraded != 0)
