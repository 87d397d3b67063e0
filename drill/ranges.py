"""What the markets are drawn from. All ranges stand here, each with its reason.

They come from public markets, not from what the pricing rules can bear: a range that made them fail
is no reason to narrow it. Pairs are (least, most). Seconds, log prices and shares of volume.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

Range = tuple[float, float]

# ---- venues

VENUES = (1, 6)
"""With at least a hundredth of the volume. A small coin trades on one exchange, a large one on
many."""
THIN_VENUES = (0, 2)
"""Beside them: a listing that nobody trades."""
DEEPEST: Range = (0.3, 0.9)
"""Share of the deepest: 30 % is Bitcoin's in dollars, 90 % a coin with one home."""
THIN_SHARE: Range = (1e-6, 8e-3)
"""Of the volume, as in case 03 (0.002 %) up to just below a hundredth."""
TRADES = 8.0
"""A second, times the root of the share: number of trades grows slower than volume."""
TRADES_SPREAD: Range = (0.3, 3.0)
"""Venues of one share differ in trades by so much: lot sizes, market makers, fees."""
TRADES_WITHIN: Range = (1 / 300, 8.0)
"""Quieter is no market; more does not change what a price is, and only costs time."""
THIN_TRADES: Range = (1 / 300, 0.2)
MEAN_SECOND = 1e5
"""USD a second in all; only shares matter."""
SIZE_SPREAD = 1.0
"""Sd of the log of a trade's size: recorded sizes span four orders of magnitude."""
NOISE_AT_ALL = 2e-4
"""Sd of a print around its venue's price where a venue has all volume: half a spread."""
NOISE_GROWTH = -0.3
"""Thinner books have wider spreads: by share to this power."""
NOISE_WITHIN: Range = (1e-4, 8e-3)
BASIS = 1e-3
"""Sd of a lasting difference between venues: fees and the cost of moving coins."""
BASIS_OF_DEEP = 0.3
"""Of it, where a venue has a fifth of the volume or more: arbitrage works there."""
LATENCY: Range = (0.01, 2.0)
"""From a trade to its arrival here: a millisecond's wire up to a venue that pushes each second."""
LATENCY_OF_FAST: Range = (0.01, 0.3)
"""The same of a feed that is not slow: a websocket across an ocean."""
PEG: Range = (-0.003, 0.003)
"""Of a stablecoin against the dollar on a usual day (log)."""
PEG_TRADES: Range = (1 / 20, 2.0)
"""A second, on each dollar market of a stablecoin."""
PEG_NOISE = 1e-4
NO_DOLLAR_MARKET = 0.2
"""How often nothing that is subscribed to trades the stablecoin for dollars."""

# ---- prices

PRICE: Range = (0.02, 90_000.0)
"""USD of a coin at the beginning."""
PRICE_OF_NOTHING: Range = (1.0, 90.0)
"""The same of one that goes to nothing: LUNA fell from 80 USD."""
QUIET = 2e-5
"""Sd of the log price over a second's root: 0.1 % in 40 minutes, so that truth is plain."""
LIVELY = 1e-4
"""0.5 % in 40 minutes, where the scenario is about no fall."""
EVENT_AT: Range = (90.0, 300.0)
CRASH: Range = (0.11, 0.40)
"""From one alarm passed for certain to the worst hour of March 2020."""
CRASH_TAKES: Range = (10.0, 600.0)
AFTERWARDS: Range = (0.98, 1.02)
"""Where a price stands some minutes after a crash, against its bottom."""
FAST: Range = (10.0, 120.0)
"""The same where slow venues are the point: they must not see the fall on its way."""
MILD: Range = (0.058, 0.09)
"""Just beyond the smallest alarm, two to three bands of the pricing rule."""
FLASH: Range = (0.12, 0.40)
FLASH_TAKES: Range = (3.0, 60.0)
FLASH_LASTS: Range = (4.0, 60.0)
FLASH_BACK: Range = (10.0, 300.0)
BLEED: Range = (0.06, 0.30)
NOTHING: Range = (4.0, 9.2)
"""In log price: LUNA lost 99.99 % in May 2022, which is 9.2."""
NOTHING_TAKES: Range = (60.0, 900.0)
NOTHING_JUMP: Range = (0.03, 0.6)
"""A print-to-print fall in an emptying book (log)."""
HALTS = 0.3
"""How often a venue but the deepest stops trading it on the way down."""
BUSY_DEEP: Range = (3.0, 10.0)
BUSY_OTHERS: Range = (1.0, 3.0)
"""How much more is traded in a crash: most of it on the deepest venue."""
BUSY_AFTER = 120.0

# ---- what goes wrong

DEPEG: Range = (0.15, 0.38)
"""USDe stood at 0.65 on one exchange on 10 October 2025, and near 1.00 elsewhere."""
DEPEG_TAKES: Range = (5.0, 300.0)
DEPEG_VENUES = (3, 6)
"""With two others or more: against one alone there is no majority."""
DEPEG_SHARE: Range = (0.3, 0.7)
DEPEG_DOMINANT: Range = (0.85, 0.95)
DEPEG_LASTS: Range = (300.0, 1000.0)
DEPEG_TRADES = 0.3
"""Trades a second of the others, at least: they were liquid on that day."""
DEPEG_SLOW: Range = (1 / 60, 1.0)
"""The same where the others cannot answer within the second that a contested move must stand."""
DEPEG_BUSY: Range = (5.0, 20.0)
QUOTE_FALL: Range = (0.05, 0.13)
"""USDC stood at 0.88 on 11 March 2023."""
QUOTE_TAKES: Range = (60.0, 600.0)
"""USDC took five hours, with several percent within some minutes."""
QUOTE_TRADES: Range = (0.2, 5.0)
"""A second, on its dollar markets while they trade: everybody looked at them."""
QUOTE_REST: Range = (150.0, 600.0)
"""For so long its dollar market trades nothing; that is stale after three minutes."""
QUOTE_REST_MOVE: Range = (-0.01, 0.02)
"""By so much it reopens elsewhere, where all prices hang on it (0.88 to 0.89 in case 04)."""
BEHIND: Range = (15.0, 40.0)
FROZEN_THIN_TRADES: Range = (1 / 120, 0.5)
BACKLOG: Range = (5.0, 60.0)
"""Seconds in which what had waited is sent."""
FROZEN_PACE: Range = (0.02, 0.3)
"""Of its trades that a venue with halted deposits keeps."""
SLOW_TRADES: Range = (1 / 300, 1 / 40)
SLOW_DEEP: Range = (0.88, 0.96)
GONE_DEEP: Range = (0.98, 0.995)
"""A coin with one home, which closes, as FTX did for FTT."""
GONE_BEFORE: Range = (185.0, 300.0)
"""So long before: three minutes are what a silent venue is given."""
BAD_FACTORS = ("decimal", "tens", "dip", "spike", "zero")
BAD_DIP: Range = (0.65, 0.90)
BAD_SPIKE: Range = (1.1, 1.5)
BAD_FILLS = (1, 1, 2, 5)
"""One order fills several makers at one price in one millisecond."""
BAD_SIZE: Range = (0.01, 2.0)
"""Of the venue's usual trade."""
BAD_TWICE: Range = (0.2, 2.0)
"""Seconds between two wrong prints of two orders."""
BAD_PRINTS = 4
BLOCK_OFF: Range = (-0.4, 0.3)
"""A negotiated price against the market's (log)."""
BLOCK_SIZE: Range = (20.0, 500.0)
STAMP_OFF = (86_400.0, -86_400.0, 365 * 86_400.0)
"""A day or a year: time zones, seconds taken for milliseconds."""
CLOCK_OFF: Range = (30.0, 600.0)
"""A venue whose clock is so far off, either way."""
PREMIUM = (0.03, 0.08)
"""Withdrawal limits and capital controls; at and beyond the band of the pricing rule."""
EDGE: Range = (0.031, 0.05)
"""A premium (log) just beyond the band, of which single prints are within, as in Seoul for
weeks."""
EDGE_NOISE: Range = (3e-3, 8e-3)
"""Small orders at both sides of a wide spread."""
EDGE_TRADES: Range = (1.0, 8.0)
"""A second: many small orders, and elsewhere some large ones."""
EDGE_OTHERS: Range = (1 / 60, 1 / 5)
EDGE_FALL: Range = (0.022, 0.027)
"""Together with a band of premium it would be an alarm."""
COLD_LOW: Range = (0.4, 0.85)
COLD_HIGH: Range = (1.15, 1.6)
"""A first print against the market: 140,000 for 91,000 in case 11."""
CUTS = (2, 8)
CUT_EVERY = 40.0
"""Connections lost in a storm, and the mean of the seconds between."""
SPARED = 0.3
"""How often a venue has none."""
CUT_LASTS: Range = (0.5, 40.0)
TICKER_VENUES = (1, 3)
"""That list another coin under the ticker: several listed the new LUNA as LUNA on 28 May 2022."""
TICKER_OFF: Range = (2.2, 1e4)
"""How many times dearer or cheaper it is: from just beyond the factor at which two coins are told
apart to the two LUNAs."""
TICKER_APART: Range = (0.0, 60.0)
"""They open so long after the first."""
TICKER_BUSY: Range = (20.0, 500.0)
"""Its volume on the first day against that of a usual day of an old coin: in minutes as much as in
hours."""
RATIOS = (0.001, 0.1, 10.0, 100.0, 1000.0)
"""New coins for one old: BTT 1000, DOT 100; others merged many into one."""
HALT_BEFORE: Range = (5.0, 120.0)
HALT_AFTER: Range = (1.0, 240.0)
"""A venue halts a coin about its event, each at its own times."""
LATE_AFTER: Range = (30.0, 300.0)
"""And one may go on with the old coin for so long."""
EARLY_BY: Range = (5.0, 300.0)
"""Or trade the new one before the event for so long."""
LONE_TRADES: Range = (1 / 300, 1 / 20)
LONE_NOISE: Range = (1e-3, 4e-3)
OUR_STEP: Range = (3.0, 3600.0)
"""Our own clock is set by so much, back or ahead: up to a wrong hour of summer."""
OUR_STEPS = (1, 3)
SLEEP: Range = (5.0, 400.0)
"""Our own machine is suspended for so long."""
RECONNECT: Range = (0.5, 10.0)


def uniform(rng: Generator, limits: Range) -> float:
    """A number between the limits, all equally likely."""
    return float(rng.uniform(*limits))


def magnitude(rng: Generator, limits: Range) -> float:
    """A number between the limits, all orders of magnitude equally likely."""
    return float(np.exp(rng.uniform(np.log(limits[0]), np.log(limits[1]))))


def whole(rng: Generator, limits: tuple[int, int]) -> int:
    """A whole number from the least to the most."""
    return int(rng.integers(limits[0], limits[1] + 1))
