"""An invented market: seeded, correlated, and lively enough to watch.

Time here is simulated time, in steps of `STEP` seconds. The same seed, assets, venues and rate give
the same prices and trades, step by step, however fast they are played.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from connectors.simulator.crashes import Crashes
from engine.records import Side

STEP = 0.02
"""Seconds: fine enough that trades do not come in visible bursts."""

ASSETS: dict[str, tuple[float, float]] = {
    "BTC": (62_000.0, 0.95),
    "ETH": (2_600.0, 1.05),
    "SOL": (150.0, 1.20),
    "XRP": (0.58, 1.00),
    "ADA": (0.40, 1.10),
    "DOGE": (0.12, 1.25),
    "LTC": (68.0, 0.95),
    "LINK": (11.5, 1.10),
    "AVAX": (26.0, 1.20),
    "DOT": (4.6, 1.05),
    "BNB": (570.0, 0.90),
    "TRX": (0.16, 0.80),
}
"""Starting price in USD, and beta against the common factor."""
OTHER = (10.0, 1.0)
"""The same for an asset that is not listed above."""
STABLECOINS = {"USDT": 0.9997, "USDC": 1.0000}
"""USD around which they trade."""
USDT_VENUES = ("binance", "okx", "bybit")
"""Their deepest markets are quoted in USDT."""

COMMON_SD = 0.0006
OWN_SD = 0.0010
"""Resting spread of the common factor and of an asset's own part, in log price. Small beside a
crash, so that a recovery brings levels back near their peak and alerts resolve."""
HALF_LIFE = 4.0
"""Seconds in which either returns half-way to zero."""
JUMP_RATE = 1 / 20
JUMP_SD = 0.003
"""Jumps of an asset's own part: per second, and their size in log price."""
QUIET = 0.25
"""Volatility in a quiet spell, relative; every second pause between two crashes has one."""
PEG_SD = 0.00015
VENUE_BIAS = 0.0002
"""Standard deviation of the constant part of a venue's price against the common one, per asset."""
TRADE_NOISE = 0.00005
HALF_SPREAD = 0.00005
CRASH_DEPTH = (0.03, 0.08)
PAUSE = (5.0, 9.0)
"""Between a recovery and the next crash. A whole cycle is 10.5 to 18 s, so any 20 s hold one."""
MEAN_NOTIONAL = 1_500.0
"""USD: the median size of a trade."""


class Trade(NamedTuple):
    """A trade of the market. `price` is in `quote`, `side` the taker's, `size` in coins."""

    venue: str
    asset: str
    quote: str
    price: float
    size: float
    side: Side


def markets_of(venues: Sequence[str], assets: Sequence[str]) -> list[tuple[str, str, str]]:
    """(venue, asset, quote): some venues trade against USDT, the others against dollars."""
    markets = []
    for venue in venues:
        quote = "USDT" if venue in USDT_VENUES else "USD"
        coins = {"coinbase": ("USDT",), "kraken": ("USDT", "USDC")}.get(venue, ())
        markets += [(venue, asset, quote) for asset in (*assets, *coins)]
    return markets


class Market:
    """Prices in USD of `assets`, and trades of them on `venues`, about `rate` a second in all."""

    def __init__(
        self,
        seed: int,
        assets: Iterable[str] = tuple(ASSETS),
        venues: Sequence[str] = ("binance", "coinbase", "kraken"),
        rate: float = 300.0,
    ) -> None:
        self.assets = [a for a in dict.fromkeys(assets) if a not in (*STABLECOINS, "USD")]
        self.steps = 0
        self._rng = np.random.default_rng(seed)
        start, beta = zip(*(ASSETS.get(a, OTHER) for a in self.assets), strict=True)
        self._log_start = np.log(np.array(start))
        self._beta = np.array(beta)
        self._common = 0.0
        self._own = np.zeros(len(self.assets))
        self._peg = dict.fromkeys(STABLECOINS, 0.0)
        self._crash = 0.0  # in log price of the common factor, zero or below
        self._crashes = Crashes(self._rng, PAUSE, CRASH_DEPTH)
        self.markets = markets_of(venues, self.assets)
        """(venue, asset, quote)"""
        self._bias = self._rng.normal(0.0, VENUE_BIAS, len(self.markets))
        weights = np.array([2.0 if m[1] in ("BTC", "ETH") else 1.0 for m in self.markets])
        self._shares = weights / weights.sum()
        self._trades_a_step = rate * STEP

    @property
    def time(self) -> float:
        """Simulated seconds since the start."""
        return self.steps * STEP

    def prices(self) -> dict[str, float]:
        """The common price of each asset in USD, now, and of the stablecoins."""
        log_price = self._log_start + self._beta * (self._common + self._crash) + self._own
        found = {a: math.exp(x) for a, x in zip(self.assets, log_price, strict=True)}
        for coin, middle in STABLECOINS.items():
            found[coin] = middle * math.exp(self._peg[coin])
        return found

    def step(self) -> list[Trade]:
        """Go on by `STEP` and say what was traded in it."""
        self.steps += 1
        rng = self._rng
        decay = 0.5 ** (STEP / HALF_LIFE)
        kick = math.sqrt(1.0 - decay * decay) * (QUIET if self._crashes.number % 2 else 1.0)
        self._common = decay * self._common + kick * COMMON_SD * rng.standard_normal()
        own = kick * OWN_SD * rng.standard_normal(len(self._own))
        jumps = rng.random(len(self._own)) < JUMP_RATE * STEP
        own += jumps * rng.normal(0.0, JUMP_SD, len(self._own))
        self._own = decay * self._own + own
        for coin in self._peg:
            self._peg[coin] = decay * self._peg[coin] + kick * PEG_SD * rng.standard_normal()
        self._crash = self._crashes.at(self.time)
        return self._trade()

    # ---- trades

    def opening(self) -> list[Trade]:
        """One trade in each market at the present prices: the history before the first step."""
        return self._trades(np.arange(len(self.markets)))

    def _trade(self) -> list[Trade]:
        count = int(self._rng.poisson(self._trades_a_step))
        if count == 0:
            return []
        return self._trades(self._rng.choice(len(self.markets), count, p=self._shares))

    def _trades(self, which: NDArray[np.int64]) -> list[Trade]:
        """A trade in each of these markets at the present prices."""
        rng = self._rng
        count = len(which)
        noise = rng.normal(0.0, TRADE_NOISE, count)
        notional = MEAN_NOTIONAL * np.exp(rng.standard_normal(count))
        bought = rng.random(count) < 0.5 + 0.5 * math.tanh(200.0 * self._common)
        prices = self.prices()
        trades = []
        for index, wobble, usd, buys in zip(
            which.tolist(), noise.tolist(), notional.tolist(), bought.tolist(), strict=True
        ):
            venue, asset, quote = self.markets[index]
            pegged = asset in STABLECOINS  # whose own spread is a tenth of the others'
            off = float(self._bias[index]) + wobble + (HALF_SPREAD if buys else -HALF_SPREAD)
            price = prices[asset] * math.exp(0.1 * off if pegged else off)
            if quote != "USD":
                price /= prices[quote]
            side: Side = "buy" if buys else "sell"
            trades.append(Trade(venue, asset, quote, price, usd / prices[asset], side))
        return trades
