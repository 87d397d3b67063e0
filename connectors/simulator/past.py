"""A past of the crypto market: prices of the years before the simulation, from a seed.

Daily, hourly in the last month and by the minute in the last day: what the figures of an index
need (`windows` of a day are of minute bars, those of 7 and 30 days of hourly ones).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from connectors.simulator.coins import (
    ALT,
    COINS,
    OTHER,
    SPREAD_OF_VOLATILITY,
    TAILS,
    VOLATILITY,
    YEAR_SECONDS,
    SimulatedCoin,
)
from engine.types import DAY, HOUR, MINUTE, SECOND

F64 = NDArray[np.float64]

DAYS = 731
"""Two years, one of which may be a leap year."""
HOURLY, MINUTELY = 32 * DAY, 26 * HOUR
"""Before the present: the windows of 30 days and of one, and something for their first bar."""
_REGIME = 10 * 86_400.0
"""Seconds in which the volatility comes half-way back to its mean."""
_TREND = ((0.0, -0.60), (0.35, -0.15), (0.6, -0.50), (1.0, 0.0))
"""The common factor's drift, as shares of the time and log prices: a rise, a bear market, and the
rise from it to the present."""
_RALLIES = (180 * DAY, 20 * DAY, 2 * DAY, 2 * HOUR, 10 * MINUTE)
"""Before the present, over each of which every coin is lifted to its highest price so far: a
simulation begins at a record, so that a crash takes every index below its peak, and a recovery
brings it back there."""


class PastPrices(NamedTuple):
    """Prices in USD: of shape (n, coins) at times (ns UTC) of shape (n,), rising."""

    at: NDArray[np.int64]
    price: F64


def past_prices(seed: int, assets: Sequence[str], end: int) -> PastPrices:
    """Two years up to the last whole minute not after `end` (ns), where they are at the prices of
    `COINS`."""
    rng = np.random.default_rng([seed, 1])  # the live market has the seed alone
    begin = end // DAY * DAY - DAYS * DAY
    at = _instants(begin - 1, end)
    coins = [COINS.get(asset, OTHER) for asset in assets]
    random = _random_parts(rng, at, coins)
    trend = np.interp((at - at[0]) / (at[-1] - at[0]), *np.array(_TREND).T)
    beta = np.array([coin.beta for coin in coins])
    path = _rallied(random + beta * trend[:, None], at)
    kept = _told(at)
    return PastPrices(at[kept], _ending_at(coins, path[kept]))


def prices_between(
    seed: int, assets: Sequence[str], prices: Sequence[float], begin: int, end: int
) -> PastPrices:
    """What came between a time at which an earlier run ended, with these prices, and the last
    whole minute not after `end` (ns); it ends at the prices of `COINS`, too, and is never above
    them and those that it begins with: what begins then begins at a record."""
    at = _instants(begin, end)
    coins = [COINS.get(asset, OTHER) for asset in assets]
    off = np.log(np.array(prices)) - np.log(np.array([coin.price for coin in coins]))
    if len(at) == 0:
        return PastPrices(at, np.empty((0, len(coins))))
    whole = np.concatenate([[begin], at])
    random = _random_parts(np.random.default_rng([seed, begin]), whole, coins)
    left = ((at[-1] - at) / (at[-1] - begin))[:, None]
    path = -np.abs(random[1:] + np.minimum(off, 0.0) * left) + np.maximum(off, 0.0) * left
    return PastPrices(at, _ending_at(coins, path))


def _ending_at(coins: Sequence[SimulatedCoin], path: F64) -> F64:
    found: F64 = np.array([coin.price for coin in coins]) * np.exp(path - path[-1])
    return found


def _instants(begin: int, end: int) -> NDArray[np.int64]:
    """Hours, then minutes, after `begin`."""
    last = end // MINUTE * MINUTE
    fine = max(begin // MINUTE * MINUTE + MINUTE, (last - MINUTELY) // HOUR * HOUR)
    hours = np.arange(begin // HOUR * HOUR + HOUR, fine, HOUR)
    return np.concatenate([hours, np.arange(fine, last + 1, MINUTE)])


def _told(at: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Of the hours of long ago the last of each day only."""
    is_told: NDArray[np.bool_] = (at % DAY == 0) | (at >= at[-1] - HOURLY)
    return is_told


def _random_parts(rng: Generator, at: NDArray[np.int64], coins: Sequence[SimulatedCoin]) -> F64:
    """Log prices, of shape (n, coins). Each comes back to where it began, so that the trend alone
    tells what became of the market."""
    seconds = np.diff(at) / SECOND
    scale = np.sqrt(seconds / YEAR_SECONDS) * _volatility(rng, seconds)
    shocks = rng.standard_t(TAILS, (len(seconds), 2 + len(coins))) * math.sqrt(1.0 - 2.0 / TAILS)
    walks = np.zeros((len(at), 2 + len(coins)))
    np.cumsum(shocks * scale[:, None], axis=0, out=walks[1:])
    walks -= ((at - at[0]) / (at[-1] - at[0]))[:, None] * walks[-1]
    beta, own = np.array([[coin.beta, coin.own] for coin in coins]).T
    alt = np.minimum(own, ALT)
    rest = np.sqrt(own**2 - alt**2)
    found: F64 = VOLATILITY * beta * walks[:, :1] + alt * walks[:, 1:2] + rest * walks[:, 2:]
    return found


def _volatility(rng: Generator, seconds: F64) -> F64:
    """In each step, relative to what it is in the long run: an Ornstein-Uhlenbeck process of its
    logarithm, so that calm and stormy weeks come together."""
    keep = 0.5 ** (seconds / _REGIME)
    kicks = np.sqrt(1.0 - keep**2) * rng.standard_normal(len(seconds)) * SPREAD_OF_VOLATILITY
    found, value = np.empty(len(seconds)), 0.0
    for k, (kept, kick) in enumerate(zip(keep.tolist(), kicks.tolist(), strict=True)):
        value = kept * value + kick
        found[k] = value
    return np.exp(found - SPREAD_OF_VOLATILITY**2)


def _rallied(path: F64, at: NDArray[np.int64]) -> F64:
    """With the rises that take every coin to its record."""
    for span in _RALLIES:
        begin = at[-1] - span
        lift = np.maximum((at - begin) / span, 0.0)[:, None]
        for _ in range(4):  # a lift also lifts what it is to reach
            before = path[at < at[-1] - span // 8].max(axis=0)
            path = path + lift * np.maximum(before - path[-1], 0.0)
    return path
