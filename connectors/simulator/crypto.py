"""A market like that of crypto coins, for a demo: volatility, correlation, trades and spreads as
measured (`connectors.simulator.coins` has the sources), with a crash within seconds and then now
and then.

`connectors.simulator.market` is the livelier one that tests are made for.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.random import Generator

from connectors.simulator.coins import (
    ALT,
    COINS,
    OTHER,
    SPREAD_OF_VOLATILITY,
    TAILS,
    VOLATILITY,
    YEAR_SECONDS,
)
from connectors.simulator.crashes import Crashes
from connectors.simulator.market import STABLECOINS, STEP, Trade, markets_of
from engine.records import Side

HALF_LIFE = 1800.0
"""Seconds in which prices return half-way to where they began: a random walk would in hours be
far from the record at which the simulation begins, and alarms of a crash would not resolve. The
volatility of shorter times is not changed by it."""
LEFT_HALF_LIFE = 20.0
"""Seconds, of a run that ended in a crash: as fast as other recoveries, or a little slower."""
REGIME = 600.0
"""Seconds in which the volatility returns half-way to its mean."""
SHOCK_STEPS = round(1.0 / STEP)
"""Each second has its own volatility beside that, so that returns of seconds have heavy tails."""
PAUSE = (240.0, 900.0)
"""Seconds between a recovery and the next crash. Each that a minute ends in counts in the
volatility of the day, so that more of them would make it that of no market."""
CRASH_DEPTH = (0.04, 0.07)
CRASH_RATE = 4.0
"""Trades come so many times as often in a crash, until it is made good."""
PEG_SD, PEG_HALF_LIFE = 0.00015, 60.0
BASIS_SD, BASIS_HALF_LIFE = 0.0002, 60.0
"""How far a venue's price is from the others', beside the stablecoin's rate: two hundredths of a
percent, about the fees that arbitrage between them costs the largest traders."""
HALF_SPREADS = {"BTC": 0.00002, "ETH": 0.00003}
HALF_SPREAD = 0.0002
"""Of the others."""
BURST_SD, BURST_HALF_LIFE = 0.8, 0.5
"""Of the logarithm of the rate of orders; trades come in bursts, whose counts in one second and
the next correlate at 0.16 (Binance spot, BTCUSDT, 8 August 2024, 9,757 trades in 346 s)."""
FILLS = 3.0
"""Trades that an order makes on average: there two of three have the same millisecond as the one
before, as orders go through the book."""
SWEEP = 0.00002
"""How much worse each trade of an order is than the one before it."""
MEDIAN_USD, SIZE_SD = 37.0, 2.58
"""Of a trade: its median, and the standard deviation of its logarithm, there; so the mean is 1,000
and one in a hundred is above 15,000."""
WEIGHTS = {"BTC": 8.0, "ETH": 5.0, "SOL": 3.0, "XRP": 2.0}
"""How often they are traded, relative to the others."""


class CryptoMarket:
    """Prices in USD of `assets`, and trades of them on `venues`, about `rate` a second in all,
    more in a crash. As `connectors.simulator.market.Market`, the same for the same arguments.

    It is drawn to the prices of `COINS`; `prices` are those that it begins with, where an earlier
    run left it elsewhere.
    """

    def __init__(
        self,
        seed: int,
        assets: Iterable[str] = tuple(COINS),
        venues: Sequence[str] = ("binance", "coinbase", "kraken"),
        rate: float = 300.0,
        prices: Mapping[str, float] | None = None,
    ) -> None:
        self.assets = [a for a in dict.fromkeys(assets) if a not in (*STABLECOINS, "USD")]
        self.steps = 0
        self._rng = np.random.default_rng(seed)
        coins = [COINS.get(a, OTHER) for a in self.assets]
        known = {a: coin.price for a, coin in zip(self.assets, coins, strict=True)}
        self._log_price = np.log(np.array(list(known.values())))
        known |= {a: price for a, price in (prices or {}).items() if a in known}
        self._left = np.log(np.array(list(known.values()))) - self._log_price
        self._beta = np.array([coin.beta for coin in coins])
        own = np.array([coin.own for coin in coins])
        self._alt = np.minimum(own, ALT)
        self._own = np.sqrt(own**2 - self._alt**2)
        self._walks = np.zeros(2 + len(coins))
        """The factors and each coin's own part, at a volatility of 1 a year."""
        self._regime = _Wave(self._rng, 1, SPREAD_OF_VOLATILITY, REGIME)
        self._shock = 1.0
        self._crashes = Crashes(self._rng, PAUSE, CRASH_DEPTH)
        self._crash = self._falling = 0.0
        self._peg = _Wave(self._rng, len(STABLECOINS), PEG_SD, PEG_HALF_LIFE)
        self.markets = markets_of(venues, self.assets)
        """(venue, asset, quote)"""
        self._basis = _Wave(self._rng, len(self.markets), BASIS_SD, BASIS_HALF_LIFE)
        self._burst = _Wave(self._rng, 1, BURST_SD, BURST_HALF_LIFE)
        weights = np.array([WEIGHTS.get(market[1], 1.0) for market in self.markets])
        self._shares = weights / weights.sum()
        self._orders_a_step = rate * STEP / FILLS

    @property
    def time(self) -> float:
        """Simulated seconds since the start."""
        return self.steps * STEP

    def prices(self) -> dict[str, float]:
        """The common price of each asset in USD, now, and of the stablecoins."""
        common = VOLATILITY * self._walks[0] + self._crash
        log_price = self._log_price + self._left + self._beta * common
        log_price = log_price + self._alt * self._walks[1] + self._own * self._walks[2:]
        found = dict(zip(self.assets, np.exp(log_price).tolist(), strict=True))
        off = np.exp(self._peg.now).tolist()
        middles = zip(STABLECOINS.items(), off, strict=True)
        return found | {coin: middle * peg for (coin, middle), peg in middles}

    def step(self) -> list[Trade]:
        """Go on by `STEP` and say what was traded in it."""
        rng = self._rng
        if self.steps % SHOCK_STEPS == 0:
            self._regime.go(STEP * SHOCK_STEPS)
            heavy = math.sqrt((TAILS - 2.0) / rng.chisquare(TAILS))  # makes a normal a Student's t
            calm = float(self._regime.now[0]) - SPREAD_OF_VOLATILITY**2
            self._shock = heavy * math.exp(calm)
        self.steps += 1
        scale = math.sqrt(STEP / YEAR_SECONDS) * self._shock
        self._left *= 0.5 ** (STEP / LEFT_HALF_LIFE)
        self._walks *= 0.5 ** (STEP / HALF_LIFE)
        self._walks += scale * rng.standard_normal(len(self._walks))
        for wave in (self._peg, self._basis, self._burst):
            wave.go(STEP)
        before, self._crash = self._crash, self._crashes.at(self.time)
        self._falling = 1.0 if self._crash < before else 0.0
        return self._trade()

    def opening(self) -> list[Trade]:
        """One trade in each market at the present prices: the history before the first step."""
        return self._fills([(k, 1, k % 2 == 0) for k in range(len(self.markets))])

    def _trade(self) -> list[Trade]:
        rng = self._rng
        lively = math.exp(float(self._burst.now[0]) - BURST_SD**2 / 2.0)
        lively *= CRASH_RATE if self._crash < 0.0 else 1.0
        count = int(rng.poisson(self._orders_a_step * lively))
        if count == 0:
            return []
        which = rng.choice(len(self.markets), count, p=self._shares).tolist()
        fills = rng.geometric(1.0 / FILLS, count).tolist()
        bought = (rng.random(count) < 0.5 - 0.35 * self._falling).tolist()
        return self._fills(list(zip(which, fills, bought, strict=True)))

    def _fills(self, orders: Sequence[tuple[int, int, bool]]) -> list[Trade]:
        """The trades of orders: in which market, how many, and whether it buys."""
        prices = self.prices()
        basis = self._basis.now
        drawn = self._rng.standard_normal(sum(fills for _, fills, _ in orders))
        sizes = iter((MEDIAN_USD * np.exp(SIZE_SD * drawn)).tolist())
        trades = []
        for market, fills, buys in orders:
            venue, asset, quote = self.markets[market]
            worse = 1.0 if buys else -1.0
            off = float(basis[market]) + worse * HALF_SPREADS.get(asset, HALF_SPREAD)
            side: Side = "buy" if buys else "sell"
            for place in range(fills):
                moved = off + worse * SWEEP * place
                # Of a stablecoin the spread is a tenth of the others'.
                price = prices[asset] * math.exp(0.1 * moved if asset in STABLECOINS else moved)
                if quote != "USD":
                    price /= prices[quote]
                size = next(sizes) / prices[asset]
                trades.append(Trade(venue, asset, quote, price, size, side))
        return trades


class _Wave:
    """Ornstein-Uhlenbeck processes about zero, which begin there: `now` is of shape (n,)."""

    def __init__(self, rng: Generator, number: int, sd: float, half_life: float) -> None:
        self.now = np.zeros(number)
        self._rng, self._sd, self._half_life = rng, sd, half_life

    def go(self, seconds: float) -> None:
        """Let them go on."""
        keep = 0.5 ** (seconds / self._half_life)
        kick = self._sd * math.sqrt(1.0 - keep * keep)
        self.now = keep * self.now + kick * self._rng.standard_normal(len(self.now))
