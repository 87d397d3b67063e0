"""What the coins of the crypto market are like: their prices when the simulation begins, and how
they move.

Measured over 944 daily closes against USDT on Binance, 1 June 2021 to 31 December 2023: BTC's
volatility was 59 % a year, the excess kurtosis of its daily returns 3.6; the median correlation of
two coins' daily returns 0.68 (0.53 to 0.86). `beta` is against BTC; `own` what of a coin's
volatility BTC does not explain. Hourly returns of USDT futures there (July 2021 to June 2023) had
excess kurtosis of 12 to 28, and the autocorrelation of their magnitude was 0.26 after one hour and
0.12 after ten. Of DOGE, which those closes lack, the numbers are those of its likes.
"""

from __future__ import annotations

from typing import NamedTuple


class SimulatedCoin(NamedTuple):
    """A coin. `price` is in USD at the present, `beta` against the common factor, which is BTC;
    `own` is the yearly volatility of what the common factor does not explain."""

    price: float
    beta: float
    own: float


COINS: dict[str, SimulatedCoin] = {
    "BTC": SimulatedCoin(62_000.0, 1.00, 0.00),
    "ETH": SimulatedCoin(2_600.0, 1.07, 0.38),
    "SOL": SimulatedCoin(150.0, 1.27, 0.86),
    "XRP": SimulatedCoin(0.58, 0.98, 0.66),
    "ADA": SimulatedCoin(0.40, 1.04, 0.58),
    "DOGE": SimulatedCoin(0.12, 1.20, 0.80),
    "LTC": SimulatedCoin(68.0, 1.08, 0.52),
    "LINK": SimulatedCoin(11.5, 1.18, 0.65),
    "AVAX": SimulatedCoin(26.0, 1.22, 0.85),
    "DOT": SimulatedCoin(4.6, 1.15, 0.61),
    "BNB": SimulatedCoin(570.0, 0.88, 0.44),
    "TRX": SimulatedCoin(0.16, 0.74, 0.50),
}
OTHER = SimulatedCoin(10.0, 1.10, 0.65)
"""A coin that is not listed above."""

VOLATILITY = 0.59
"""Of the common factor, a year."""
ALT = 0.30
"""Yearly volatility of a second factor, which all coins but BTC share; it is a part of `own`.
Without it two of them would correlate at 0.55, not at the 0.68 that was measured."""
TAILS = 5.0
"""Degrees of freedom of the returns, which follow Student's t: with the changing volatility hourly
returns get an excess kurtosis of 12."""
SPREAD_OF_VOLATILITY = 0.35
"""Standard deviation of the logarithm of the volatility, which comes back to its mean."""
YEAR_SECONDS = 365 * 86_400.0
